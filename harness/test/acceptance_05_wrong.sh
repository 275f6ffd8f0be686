#!/bin/sh
# Acceptance 5: a wrong allocator gives no number. A mistyped path or option, a
# library that is none, a static program are refused before anything is measured,
# with the thing named and exit code 2; a library that becomes another one while
# the run lasts makes its samples void, with the reason and exit code 1.
. "$(dirname "$0")/tap.sh" "$1"

# refused NAME PATTERN ARGS...
refused() {
	name=$1
	pattern=$2
	shift 2
	"${ebb:-$build/ebb}" run --plan smoke --no-report --out "$dir/out" \
	    "$@" >"$dir/log" 2>&1
	code=$?
	check "$name" sh -c "[ $code = 2 ] && [ ! -e '$dir/out' ] &&
	    grep -q -- \"$pattern\" '$dir/log'"
}

refused "a library that is not there" "'/nonexistent.so'" \
    --allocator x=/nonexistent.so
refused "a library without malloc" "does not define malloc" \
    --allocator x=libm.so.6
refused "a file that is no library" "not an ELF file" \
    --allocator x=/etc/passwd
refused "an option without a value" "'narenas=1' is not an option" \
    --allocator "x=$build/variants/decay/libebb.so:narenas=1"
refused "a mistyped option of ours" "decay_tyme" \
    --allocator "x=$build/variants/decay/libebb.so:decay_tyme:3"
refused "a mistyped common option" "decay_tyme" --arms decay \
    --conf decay_tyme:3
refused "a value out of range" "lg_dirty_mult" \
    --allocator "x=$build/variants/decay/libebb.so:lg_dirty_mult:99"

# The workload program without a dynamic loader: nothing can be preloaded. It
# answers what the real one would, so that only the proof of identity is wanting.
static=$dir/static
mkdir "$static"
cp "$build/ebb" "$build/libebb-probe.so" "$build/variants.json" "$static"
"$build/workload" --list=json >"$dir/list.json"
cat >"$dir/static.c" <<END
#include <stdio.h>
int main(void)
{
	FILE *list = fopen("$dir/list.json", "r");
	for (int c; list != NULL && (c = getc(list)) != EOF;)
		putchar(c);
	return list == NULL;
}
END
if cc -static-pie -fPIE -o "$static/workload" "$dir/static.c" 2>"$dir/log"; then
	ebb=$static/ebb
	refused "a static program" "the probe did not answer: the program is static" \
	    --arms decay --workloads micro.pair-64
	ebb=
else
	skip "a static program" "there is no static libc here"
fi

# A run whose library becomes another one: the path is right, the build is not.
cp "$build/variants/decay/libebb.so" "$dir/mine.so"
"$build/ebb" run --plan smoke --no-controls --arms glibc --blocks 40 \
    --allocator "mine=$dir/mine.so" --workloads micro.pair-64 \
    --ops-scale 0.05 --out "$dir/out" >"$dir/log" 2>&1 &
pid=$!
until_true 20 has_lines 4 "$dir/out"
cp "$build/variants/ratio/libebb.so" "$dir/other.so"
mv "$dir/other.so" "$dir/mine.so"
wait $pid
code=$?
run=$(echo "$dir"/out/*)
void() { # those samples say which build they had, and have no number
	grep '"arm":"mine"' "$run/samples.jsonl" |
	    grep '"status":"wrong-allocator"' >"$dir/void"
	[ -s "$dir/void" ] && ! grep -v 'has build-id [0-9a-f]*, expected is' \
	    "$dir/void" && ! grep -v '"metrics":{}' "$dir/void"
}
check "a run whose library was exchanged ends with 1" [ $code = 1 ]
check "the samples of the other build are void, with the reason" void
check "the arm gets no verdict" sh -c "
	grep -q 'mine FAILED in micro.pair-64.t1' '$run/report.md' &&
	! awk -F, '\$5 == \"mine\" && \$28 != \"\"' '$run/summary.csv' | grep ."
check "the other arm has its numbers" sh -c "
	! grep '\"arm\":\"glibc\"' '$run/samples.jsonl' |
	    grep -v '\"status\":\"ok\"'"
plan
