#!/bin/sh
# programs.sh LIBEBB: programs of every day print the same with and without it.
lib=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
export LC_ALL=C HOME="$tmp" GIT_CONFIG_NOSYSTEM=1
n=0

# same NAME SCRIPT: the shell script prints the same, and succeeds, both ways.
# It finds an empty folder and $tmp with what has been prepared in it.
same() {
	n=$((n + 1))
	printf '%s\n' "$2" >"$tmp/script"
	for how in glibc ebb; do
		rm -rf "$tmp/work"
		mkdir "$tmp/work"
		preload=
		[ $how = ebb ] && preload=$lib
		(cd "$tmp/work" &&
		    LD_PRELOAD=$preload timeout 60 sh -e "$tmp/script") \
		    >"$tmp/out.$how" 2>"$tmp/err.$how"
		echo "exit code $?" >>"$tmp/out.$how"
	done
	if cmp -s "$tmp/out.glibc" "$tmp/out.ebb" &&
	    cmp -s "$tmp/err.glibc" "$tmp/err.ebb" &&
	    grep -q '^exit code 0$' "$tmp/out.ebb"; then
		echo "ok $n - programs: $1"
	else
		echo "not ok $n - programs: $1"
		diff "$tmp/out.glibc" "$tmp/out.ebb" | head -n 10 | sed 's/^/# /'
		head -n 5 "$tmp/err.ebb" | sed 's/^/# /'
	fi
}

awk 'BEGIN { srand(7); for (i = 0; i < 60000; i++)
	printf "%d %x some text %d\n", rand() * 1e9, rand() * 1e9, i }' \
    >"$tmp/lines"

n=$((n + 1))
if LD_PRELOAD=$lib sh -c 'grep -q libebb.so /proc/self/maps'; then
	echo "ok $n - programs: the library is loaded"
else
	echo "not ok $n - programs: the library is not loaded"
fi

same "sort --parallel=2" 'sort --parallel=2 -S 8M ../lines | cksum
sort -n -k2 ../lines | cksum'

same "python3" 'python3 - <<EOF
import json, re, threading, hashlib, zlib
words = {}
for line in open("../lines"):
    for word in line.split():
        words.setdefault(word[:3], []).append(word)
print(len(words), sum(len(v) for v in words.values()))
text = json.dumps(words, sort_keys=True)
print(hashlib.sha256(text.encode()).hexdigest())
print(len(re.findall(r"[0-9]{5}", text)))
def work(i, out):
    out[i] = sum(len(str(j) * 5) for j in range(5000))
out = {}
threads = [threading.Thread(target=work, args=(i, out)) for i in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print(out == {i: out[0] for i in range(8)}, out[0])
big = bytearray(30_000_000)
del big
print(hashlib.md5(zlib.compress(text.encode() * 3, 1)).hexdigest())
EOF'

same "perl" 'perl -e "
my (%h, @a);
open my \$f, q{<}, q{../lines};
while (<\$f>) { my @w = split; push @{\$h{substr \$w[0], 0, 4}}, \$w[1]; }
print scalar(keys %h), qq{\n};
print join(q{,}, map { scalar @{\$h{\$_}} } sort keys %h), qq{\n};
my \$s = q{x} x 1000000; \$s .= q{y} x 5000000; print length(\$s), qq{\n};
\$s =~ s/xy/z/g; print length(\$s), qq{\n};
my \$pid = fork; if (!\$pid) { my @l = (1 .. 100000); exit 0 } wait;
print \$?, qq{\n};
"'

same "git" 'export GIT_AUTHOR_DATE="1700000000 +0000"
export GIT_COMMITTER_DATE="1700000000 +0000"
git init -q -b main . && git config user.email a@b && git config user.name a
for i in 1 2 3 4 5 6; do
	mkdir -p d$i && split -l 5000 -a 2 ../lines d$i/p
	git add . && git commit -q -m "number $i"
done
git log --oneline | cat
git repack -q -a -d --threads=2 && git fsck --full --no-progress
git grep -c "77777" | cksum
git diff HEAD~2 --stat | tail -n 1
git blame d1/paa | cksum'

same "gcc" 'cat >a.c <<EOF
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct s { int a[100]; char *p; };
static int cmp(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}
int main(void)
{
	int *v = malloc(100000 * sizeof *v);
	for (int i = 0; i < 100000; i++)
		v[i] = (i * 7919) % 100003;
	qsort(v, 100000, sizeof *v, cmp);
	printf("%d %d %d\n", v[0], v[50000], v[99999]);
	free(v);
	return 0;
}
EOF
gcc -O2 -g -Wall -o a a.c && ./a && gcc -O2 -S -o a.s a.c && cksum a.s'

same "sqlite3" 'sqlite3 t.db <<EOF
PRAGMA journal_mode = OFF;
CREATE TABLE t (a INTEGER, b TEXT, c INTEGER);
.mode csv
.separator " "
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
INSERT INTO t SELECT i * 7919 % 100003, hex(i * i), i % 1000 FROM n;
CREATE INDEX x ON t(b);
SELECT c, count(*), sum(a), max(b) FROM t GROUP BY c ORDER BY 3 DESC LIMIT 10;
SELECT sum(length(u.b) * t.a) FROM t JOIN t u ON t.b = u.b WHERE t.c < 200;
SELECT length(group_concat(b, " ")) FROM t;
DELETE FROM t WHERE a % 3 = 0;
VACUUM;
SELECT count(*) FROM t;
PRAGMA integrity_check;
EOF'

same "awk, tar, gzip, find" 'awk "{ c[\$1 % 1000] += \$5; if (NR < 2000) s = s \$2 }
END { print length(s), c[7] }" ../lines
tar cf - --mtime=@0 --owner=0 --group=0 -C .. lines | gzip -n -1 | cksum
find /usr/share/doc -name "*.gz" 2>/dev/null | sort | cksum'
echo "1..$n"
