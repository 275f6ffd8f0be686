#!/bin/sh
# A time to keep: the plan that fits, what it finds, said before it begins.
. "$(dirname "$0")/tap.sh" "$1"

run() {
	"$build/ebb" run --plan default --arms glibc,decay --no-report \
	    --workloads micro.pair-64 --no-controls --out "$dir/out" "$@" >"$dir/log" 2>&1
}

# Time blocks of the plan that was printed.
blocks() {
	sed -n 's/.*micro.pair-64.* \([0-9]*\) time x .*/\1/p' "$dir/log"
}

# seconds that the plan says it takes, at most so many.
takes() {
	sed -n 's/^  takes *about \([0-9]*\) s$/\1/p' "$dir/log" >"$dir/takes"
	[ -s "$dir/takes" ] && [ "$(cat "$dir/takes")" -le "$1" ]
}

check "a plan of twelve seconds, not carried out" run --budget 12s --dry-run
check "it fits" takes 12
check "in whole squares" sh -c "[ $(blocks) -gt 0 ] && [ $(($(blocks) % 2)) = 0 ]"
check "it says what it finds, or why it does not know" \
    grep -q '^  finds .*work time: ' "$dir/log"
check "nothing is written" [ ! -e "$dir/out" ]
short=$(blocks)
check "more time is more blocks" sh -c "
	'$build/ebb' run --plan default --arms glibc,decay \
	    --workloads micro.pair-64 --budget 3m --dry-run \
	    --out '$dir/out' >'$dir/log' 2>&1"
check "(many more)" [ "$(blocks)" -gt "$((2 * short))" ]
check "a pilot of three minutes finds the spread" grep -q \
    'how much ratios deviate is from the pilot for [12] cell' "$dir/log"

refused() { # refused PATTERN ARGS...
	pattern=$1
	shift
	run "$@"
	[ $? = 2 ] && [ ! -e "$dir/out" ] && grep -q -- "$pattern" "$dir/log"
}
control=$(sed -n 's/.*control.* \([0-9]*\) time x .*/\1/p' "$dir/log")
check "there is time for the controls" [ "$control" -ge 1 ]
check "a time without a unit is refused" refused "90s, 20m or 1h30m" \
    --budget 20
check "blocks beside a budget are refused" refused "leave one of them out" \
    --budget 1m --blocks 3

check "a run with a budget and looks" run --budget 12s --looks 2
plan=$(echo "$dir"/out/*/plan.json)
check "the plan keeps what was asked for" grep -q '"budget_s": 12.0' "$plan"
check "and what it finds" sh -c "
	grep -A 4 '\"smallest_effect\"' '$plan' | grep -q '\"work_ns\": [0-9{]'"
first=$(dirname "$plan")

# A second run learns from the first what its pilot has no time for.
check "a short plan takes the spread of the last run" sh -c "
	'$build/ebb' run --plan default --arms glibc,decay --blocks 4 \
	    --workloads micro.pair-64 --no-controls --out '$dir/out' --dry-run \
	    >'$dir/log' 2>&1 &&
	grep -q 'is from ${first##*/} for 1 cell' '$dir/log'"
"$build/ebb" report "$first" >"$dir/terminal" 2>&1
check "the report says how it was designed" sh -c "
	grep -q '^### Design' '$first/report.md' &&
	grep -q 'asked for 12 s' '$first/report.md' &&
	grep -q 'orders of linking' '$first/report.md' &&
	grep -q 'Design' '$first/report.html'"
plan
