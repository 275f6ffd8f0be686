#!/bin/sh
# Acceptance 9: arms that crash, run out of memory or hang are results; the
# others go on, and the report shows them as failed, not as fast.
. "$(dirname "$0")/tap.sh" "$1"

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
	"$build/ebb" run --plan smoke --no-controls --arms glibc --no-report \
	    --out "$dir/out" "$@" >"$dir/log" 2>&1
}

status() { # status ARM STATUS: every planned sample of the arm ended so
	planned=$(grep -c "\"arm\": \"$1\"" "${lines%/*}/plan.json")
	[ "$planned" -ge 3 ] && [ "$(grep "\"arm\":\"$1\"" "$lines" |
	    grep -c "\"status\":\"$2\"")" = "$planned" ]
}

ebb --workloads micro.pair-64 --blocks 2 --ops-scale 0.2 --timeout 2 \
    --allocator "crash=$dir/crash.so" --allocator "full=$dir/full.so" \
    --allocator "hang=$dir/hang.so"
code=$?
lines=$(echo "$dir"/out/*/samples.jsonl)
check "a run with failed arms ends with 1" [ $code = 1 ]
check "the crash is a result" status crash crash
check "the lack of memory is a result" status full error
check "the time-out is a result" status hang timeout
check "the other arm is complete" status glibc ok
check "a failed sample has no number" sh -c \
    "! grep -v '\"status\":\"ok\"' '$lines' | grep -q '\"work_ns\":[0-9]'"
check "the failed arms are named" grep -q "crash on micro.pair-64.t1: crash" \
    "$dir/log"
run=${lines%/*}
shown() { # the report says it of each arm, and none has a number or verdict
	"$build/ebb" report "$run" || return 1
	for arm in crash full hang; do
		grep -q "$arm FAILED in micro.pair-64.t1" "$run/report.md" &&
		    grep -q "$arm FAILED in micro.pair-64.t1" \
			"$run/report.html" || return 1
	done
	awk -F, '$5 ~ /^(crash|full|hang)$/ {
		rows++
		if ($10 != "" || $17 != "" || $28 != "") { print; bad = 1 }
	} END { exit bad || rows < 3 }' "$run/summary.csv" &&
	    awk -F, '$5 == "glibc" && $6 == "work_ns" { ok = $10 > 0 }
		END { exit !ok }' "$run/summary.csv"
}
check "the report shows them as failed, without a number" shown

# Who measures is killed: what hangs goes too.
hangs() {
	for maps in $(grep -ls "$dir/hang.so" /proc/[0-9]*/maps); do
		[ "$(cat "${maps%/maps}/comm")" = workload ] && return 0
	done
	return 1
}
hangs_on() {
	hangs && sleep 0.5 && hangs
}
gone() {
	! hangs
}
rm -rf "$dir/out"
"$build/ebb" run --plan smoke --no-controls --arms glibc --no-report --out "$dir/out" \
    --workloads micro.pair-64 --allocator "hang=$dir/hang.so" \
    >"$dir/log" 2>&1 &
pid=$!
check "an arm hangs" until_true 20 hangs_on
kill -KILL $pid
wait $pid
check "it ends with the ebb that launched it" until_true 20 gone
plan
