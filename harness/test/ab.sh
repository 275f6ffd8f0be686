#!/bin/sh
# ebb ab: two arms on a workload and on a program; what it answers, and its exit
# codes; looks that end it early; what is refused; a run that is interrupted.
# What decides here is counted, or printed by the program: not the machine's speed.
. "$(dirname "$0")/tap.sh" "$1"

# ab CODE NAME ARGS...: output in $dir/log, folder of the run in $run.
ab() {
	want=$1
	out=$dir/$2
	shift 2
	"$build/ebb" ab --no-controls --out "$out" "$@" >"$dir/log" 2>&1
	code=$?
	run=$(echo "$out"/*)
	[ "$code" = "$want" ] || { echo "exit code $code, not $want"; return 1; }
}

says() {
	grep -F -- "$1" "$dir/log" >/dev/null || { echo "no '$1'"; return 1; }
}

# A program that prints a number which is twice as large under ratio.
cat >"$dir/program" <<'END'
#!/bin/sh
case $MALLOC_CONF in
*ratio*) echo "n=10"; echo "n=20 rounds" ;;
*) echo "n=10 rounds" ;;
esac
END
chmod +x "$dir/program"

program() { # program CODE NAME VALUE ARGS...
	want=$1
	folder=$2
	value=$3
	shift 3
	ab "$want" "$folder" --a purge:decay --b purge:ratio --value "$value" \
	    --blocks 16 --no-report "$@" -- "$dir/program"
}

samples() {
	grep -c "\"kind\":\"$1\"" "$run/samples.jsonl"
}

check "a value that is higher is worse" program 3 up 'n=([0-9]+) rounds' \
    --primary n
check "the answer says by how much" says \
    "B has 2.0 x the n (2.000 [2.000, 2.000])"
check "the last match counts, and gets its verdict" \
    grep -Eq 'n +10 +20 +2.000 \[2.000, 2.000\] +higher' "$dir/log"
check "it ended at the first look" says "is decided: every primary comparison"
check "with fewer samples than were planned" \
    [ "$(samples time)" -lt "$(grep -c '"kind": "time"' "$run/plan.json")" ]
check "and says where in stop.json" grep -q '"why": "decided"' "$run/stop.json"
check "the level is that of the look" sh -c \
    "grep -Eq 'verdicts at 9[6-9][.][0-9] %' '$dir/log'"
cp "$dir/log" "$dir/first"
cp "$run/samples.jsonl" "$dir/before"
again() {
	"$build/ebb" ab --resume "$run" --no-report >"$dir/log" 2>&1
	[ $? = 3 ] && says ", 0 are left" && cmp "$run/samples.jsonl" "$dir/before"
}
check "it is complete: resume takes nothing and answers the same" again
check "with '+' higher is better" program 0 plus '+n=([0-9]+) rounds' \
    --primary n --blocks 6
check "and is called so" grep -Eq 'n +10 +20 .* higher' "$dir/log"
check "the same setting twice is equivalent" ab 0 same --a purge:ratio \
    --b purge:ratio --value 'n=([0-9]+) rounds' --primary n --blocks 6 \
    --no-report -- "$dir/program"
check "and says so" says "B is equivalent in n, within 1.5 %"
check "few blocks leave it undecided" program 4 few 'n=([0-9]+) rounds' \
    --primary n --blocks 2
check "a program that fails is a failed sample" ab 1 false --a glibc \
    --b decay --blocks 1 --no-report -- false
check "and is named" says "exit code 1"
refused() { # refused TITLE TEXT ARGS...
	title=$1
	text=$2
	shift 2
	"$build/ebb" ab --out "$dir/no" "$@" >"$dir/log" 2>&1
	code=$?
	check "$title" sh -c "[ $code = 2 ] && [ ! -e '$dir/no' ] &&
	    grep -qF -- \"$text\" '$dir/log'"
}
refused "nothing to compare" "--b is missing" --a glibc --workload micro
refused "nothing to run" "nothing to run" --a glibc --b decay
refused "both kinds" "not both" --a glibc --b decay --workload micro -- true
refused "a metric there is not" "there is no such metric" --a glibc --b decay \
    --primary wrok_ns -- true
refused "a value without a number" "has no group" --a glibc --b decay \
    --value 'n=[0-9]+' -- true
refused "a server's option without a program" "is of a program" --a glibc \
    --b decay --workload micro.pair-64 --drive true
refused "a time that is none" "is no time" --a glibc --b decay --budget soon \
    -- true
refused "a name that is not UTF-8" "is not UTF-8" --a glibc --b decay \
    --name "$(printf 'n\377')" -- true

# Not position-independent, and takes malloc's address: python3 and node do.
cat >"$dir/fixed.c" <<'END'
#include <stdlib.h>
void *(*volatile allocate)(size_t) = malloc;
int main(void) { return allocate(1 << 20) == NULL; }
END
fixed() {
	cc -O1 -no-pie -fno-pie -o "$dir/fixed" "$dir/fixed.c" &&
	    ab 4 stub --a glibc --b decay --no-report --blocks 1 \
		--primary minflt -- "$dir/fixed" &&
	    [ "$(samples time)" = 2 ] &&
	    ! grep -v '"status":"ok"' "$run/samples.jsonl" &&
	    grep -o '"link":"[a-z]*"' "$run/samples.jsonl" | sort -u |
	    diff - "$dir/links"
}
printf '"link":"linked"\n"link":"preload"\n' >"$dir/links"
check "a program with malloc's address in it is measured" fixed
# What is read of a long output is its end, and a NUL ends nothing.
long_output() {
	ab 4 long --a glibc --b decay --no-report --blocks 1 --value \
	    'n=([0-9]+)$' -- sh -c \
	    'echo n=1; head -c 17000000 /dev/zero; printf "\nn=2\n"' &&
	    [ "$(grep -c '"n":2.0' "$run/samples.jsonl")" -ge 2 ]
}
check "the value behind 16 MiB is found" long_output
refused "a library that is not there" "cannot open 'no/such.so'" --a glibc \
    --b no/such.so -- true
refused "a folder as a program" "'/tmp' is no program" --a glibc --b decay -- /tmp

interrupted() {
	"$build/ebb" ab --a purge:decay --b purge:ratio --primary n --no-report \
	    --no-controls --value 'n=([0-9]+) rounds' --blocks 40 \
	    --out "$dir/cut" -- sh -c "sleep 0.05; $dir/program" \
	    >"$dir/log" 2>&1 &
	pid=$!
	until_true 20 has_lines 6 "$dir/cut"
	kill -INT $pid
	wait $pid
	[ $? = 130 ] || return 1
	run=$(echo "$dir"/cut/*)
	says "ebb ab --resume $run"
}
resumed() {
	"$build/ebb" ab --resume "$run" --no-report >"$dir/log" 2>&1
	[ $? = 3 ] && says "B has 2.0 x the n" && [ -e "$run/stop.json" ] &&
	    [ "$(samples time)" = "$(grep '"kind":"time"' "$run/samples.jsonl" |
		grep -o '"id":"s[0-9]*"' | sort -u | wc -l)" ]
}
check "an interrupted comparison ends with 130 and can go on" interrupted
check "resume looks where it was planned, and ends it" resumed
plan
