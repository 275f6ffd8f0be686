#!/bin/sh
# Arms that crash, run out of memory or hang are results; the others go on. A
# run that was interrupted or killed is completed by --resume.
build=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
check() {
	n=$((n + 1))
	name=$1
	shift
	if "$@" >"$dir/check" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$dir/check" "$dir/log"
	fi
}

# glibc's malloc, until the 3000th call.
cat >"$dir/broken.c" <<'END'
#include <stdlib.h>
#include <unistd.h>
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);
static int calls;
void *malloc(size_t n) { if (++calls == 3000) BREAK; return __libc_malloc(n); }
void free(void *p) { __libc_free(p); }
void *calloc(size_t n, size_t m) { return __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { return __libc_realloc(p, n); }
void *memalign(size_t a, size_t n) { return __libc_memalign(a, n); }
void *aligned_alloc(size_t a, size_t n) { return __libc_memalign(a, n); }
int posix_memalign(void **p, size_t a, size_t n)
{ *p = __libc_memalign(a, n); return 0; }
size_t malloc_usable_size(void *p) { return p == NULL; }
END
for how in 'crash abort()' 'full return(NULL)' 'hang for(;;)pause()'; do
	cc -shared -fPIC -fno-builtin "-DBREAK=${how#* }" \
	    -o "$dir/${how%% *}.so" "$dir/broken.c"
done

ebb() {
	"$build/ebb" run --profile smoke --arms glibc --no-report \
	    --out "$dir/out" "$@" >"$dir/log" 2>&1
}

status() { # status ARM STATUS: so many lines say so
	grep "\"arm\":\"$1\"" "$lines" | grep -c "\"status\":\"$2\""
}

ebb --workloads micro.pair-64 --blocks 2 --ops-scale 0.2 --timeout 2 \
    --allocator "crash=$dir/crash.so" --allocator "full=$dir/full.so" \
    --allocator "hang=$dir/hang.so"
code=$?
lines=$(echo "$dir"/out/*/samples.jsonl)
check "a run with failed arms ends with 1" [ $code = 1 ]
check "the crash is a result" [ "$(status crash crash)" = 3 ]
check "the lack of memory is a result" [ "$(status full error)" = 3 ]
check "the time-out is a result" [ "$(status hang timeout)" = 3 ]
check "the other arm is complete" [ "$(status glibc ok)" = 3 ]
check "a failed sample has no number" sh -c \
    "! grep -v '\"status\":\"ok\"' '$lines' | grep -q '\"work_ns\":[0-9]'"
check "the failed arms are named" grep -q "crash on micro.pair-64.t1: crash" \
    "$dir/log"
rm -rf "$dir/out"

# stopped SIGNAL: a run gets the signal when some samples are done.
stopped() {
	rm -rf "$dir/out"
	"$build/ebb" run --profile smoke --arms glibc --no-report \
	    --workloads micro.pair-64,micro.ring-1000 --blocks 10 \
	    --ops-scale 0.5 --out "$dir/out" >"$dir/log" 2>&1 &
	pid=$!
	lines=
	for try in $(seq 200); do
		[ "$(cat "$dir"/out/*/samples.jsonl 2>/dev/null |
		    wc -l)" -ge 3 ] && break
		sleep 0.05
	done
	kill "-$1" $pid
	wait $pid
	code=$?
	run=$(echo "$dir"/out/*)
	lines=$run/samples.jsonl
}

whole() {
	planned=$(grep -c '"id"' "$run/plan.json")
	[ "$planned" = 22 ] &&
	    [ "$(grep -o '"id":"s[0-9]*","order":[0-9]*' "$lines" | sort -u |
	    wc -l)" = "$planned" ]
}

stopped INT
check "an interrupted run ends with 130" [ $code = 130 ]
check "it says how to go on" grep -q -- "--resume $run" "$dir/log"
check "what it did is kept" [ "$(grep -c . "$lines")" -ge 3 ]
check "resume completes it" "$build/ebb" run --resume "$run" --no-report
check "no sample was taken twice" [ "$(grep -c . "$lines")" = 22 ]
check "every sample is there" whole

stopped KILL
printf '{"schema":1,"id":"s000' >>"$lines"
echo damaged >>"$run/raw/s000001.series"
check "resume after kill -9, a torn line and a damaged file" \
    "$build/ebb" run --resume "$run" --no-report
check "every sample is there" whole
check "the damaged one was taken again" \
    [ "$(grep -c '"id":"s000001"' "$lines")" = 2 ]
check "resume of a whole run takes nothing" sh -c \
    "'$build/ebb' run --resume '$run' --no-report | grep -q ' 0 are left'"
echo "1..$n"
