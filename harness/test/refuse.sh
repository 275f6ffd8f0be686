#!/bin/sh
# What cannot be measured is refused before anything is: exit code 2, the thing
# named, no folder of results. Of allocators and options: acceptance_05_wrong.sh.
. "$(dirname "$0")/tap.sh" "$1"

# refused NAME PATTERN ARGS...
refused() {
	name=$1
	pattern=$2
	shift 2
	"$build/ebb" run --plan smoke --no-report --out "$dir/out" "$@" \
	    >"$dir/log" 2>&1
	code=$?
	check "$name" sh -c "[ $code = 2 ] && [ ! -e '$dir/out' ] &&
	    grep -q -- \"$pattern\" '$dir/log'"
}

refused "a name that is taken" "already" --allocator glibc=libm.so.6
refused "an arm there is not" "no arm 'nobody'" --arms nobody
refused "peers beside the arms that are named" "name them in --arms" \
    --arms glibc --peers all
refused "a folder without a name" "--out: nothing is named" --out ''
refused "a scale that is too large" "above 0, at most 1000000" --ops-scale 1e7
refused "a plan there is not" "smoke, default, full" --plan nothing
refused "a plan as --profile had it" "is a plan: --plan smoke" --profile smoke
refused "a workload's key there is not" "has no key 'bogus'" \
    --arms glibc --set micro.bogus=1
refused "a workload's value that is wrong" "pattern" \
    --arms glibc --set micro.pattern=sideways
refused "a workload there is not" "'micro.pear'" \
    --arms glibc --workloads micro.pair-64,micro.pear
refused "threads that a workload does not take" "nothing to measure" \
    --arms glibc --workloads producer-consumer --threads 3
refused "a number that is none" "--blocks 'none'" --blocks none
check "a folder that is no run" sh -c "
	! '$build/ebb' run --resume '$dir' 2>'$dir/log' &&
	grep -q 'no plan.json' '$dir/log'"
# The plan is an option of the run that is completed.
check "options that --resume does not take" sh -c "
	! '$build/ebb' run --resume '$dir' --blocks 3 2>'$dir/log' &&
	grep -q 'leave out .--blocks=3' '$dir/log'"
check "without a standard input all is as ever" sh -c "
	'$build/ebb' list <&- | grep -q oscillate"
plan
