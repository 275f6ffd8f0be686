#!/bin/sh
# compare.sh BUILD: `ebb compare` on made-up runs (runs.c): what was planted is
# found and what was not is not; other keys and other work are refused, and
# what was forced says so.
. "$(dirname "$0")/tap.sh" "$1"
runs=$build/test/harness/runs

# compare CODE ARGS...: runs it; true when it ends with that code.
compare() {
	wanted=$1
	shift
	"$build/ebb" compare "$@" >"$dir/log" 2>&1
	code=$?
	[ "$code" = "$wanted" ] || { echo "exit code $code"; return 1; }
}
first() { # FIXED TEXT: stands in the first line
	head -n 1 "$dir/log" | grep -F -- "$1"
}
says() {
	grep -F -- "$1" "$dir/log"
}

"$runs" "$dir/old" seed=1 day=1 noise=0.004
"$runs" "$dir/same" seed=2 day=2 noise=0.004 drift=0.4
"$runs" "$dir/slow" seed=3 day=3 noise=0.004 drift=0.4 time=1.08
"$runs" "$dir/fast" seed=4 day=4 noise=0.004 time=0.9 rss=0.8

same() {
	compare 0 "$dir/old" "$dir/same" && first "No worse" &&
	    first "0 worse, 0 better" && says "15 of the 15 compare ratios"
}
check "no worse, although the machine is 49 % slower" same
slow() {
	compare 3 "$dir/old" "$dir/slow" &&
	    first "Worse: decay slower in slots.t1 by" &&
	    grep -E 'slots.t1 +decay .* 1\.0[789][0-9]* .*slower' "$dir/log" &&
	    [ "$(grep -c ' slower' "$dir/log")" -eq 2 ]
}
check "what was planted is worse, and nothing else" slow
fast() {
	compare 0 "$dir/old" "$dir/fast" && first " 2 better" &&
	    grep -E 'slots.t1 +decay .*faster' "$dir/log" &&
	    grep -E 'swing.t2 +ratio .*smaller' "$dir/log"
}
check "better is no worse" fast
reverse() {
	compare 3 "$dir/fast" "$dir/old" && first " 2 worse"
}
check "the other way round it is worse" reverse
one_arm() {
	compare 0 "$dir/old" "$dir/slow" --arm ratio && first "Of 5" &&
	    ! says decay
}
check "--arm looks at no other" one_arm
metric() {
	compare 0 "$dir/old" "$dir/same" --arm ratio --metric minflt &&
	    says "minor faults (lower is better)" && first "Of 5" &&
	    grep -E 'slots.t1 +ratio +5.0. k +5.0. k .* –' "$dir/log"
}
check "--metric has an interval and no verdict" metric
"$runs" "$dir/few" seed=5 blocks=3
undecided() {
	compare 4 "$dir/few" "$dir/few" && first "Undecided" &&
	    says "holds only 90 %"
}
check "three blocks decide nothing" undecided
"$runs" "$dir/crash" seed=6 noise=0.004 fail=2
crash() {
	compare 3 "$dir/old" "$dir/crash" &&
	    first "Worse: decay fails in slots.t1" && first "1 arm is newly" &&
	    grep -E 'slots.t1 +decay .*FAILED' "$dir/log" &&
	    says "2 samples of the new run failed"
}
check "an arm that began to fail is worse" crash
plain() {
	"$runs" "$dir/plain" seed=7 noise=0.004 arms=decay,ratio &&
	    compare 3 "$dir/old" "$dir/plain" --arm decay --output "$dir/csv" \
		|| compare 0 "$dir/old" "$dir/plain" --arm decay
	says "compare the values themselves"
}
check "without glibc in both it says that values are compared" plain

# ---- keys ----
"$runs" "$dir/kernel" seed=8 noise=0.004 kernel=6.18.2 ncpu=4
refused() {
	compare 2 "$dir/old" "$dir/kernel" && first refused &&
	    says "kernel 6.1.0 against 6.18.2" && says "CPUs 2 against 4" &&
	    says "--force" && ! says "new/old"
}
check "another kernel and CPU are refused, by name" refused
forced() {
	compare 0 --force "$dir/old" "$dir/kernel" --output "$dir/csv" &&
	    says "FORCED although the runs are not comparable: CPUs 2" &&
	    head -n 1 "$dir/csv" | grep '^old_run,new_run,cell,arm,metric' &&
	    [ "$(grep -c 'CPUs 2 against 4; kernel 6.1.0 against 6.18.2' \
		"$dir/csv")" -eq $(($(wc -l <"$dir/csv") - 1)) ]
}
check "--force stands on the result and on every row that is written" forced
"$runs" "$dir/work" seed=9 noise=0.004 n=6
work() {
	compare 0 "$dir/old" "$dir/work" &&
	    says "Left out: slots.t1: other work (n 5 against 6)" &&
	    first "Of 3 comparisons" &&
	    compare 0 --force "$dir/old" "$dir/work" &&
	    says "FORCED" && says "slots.t1: other work" && first "Of 15"
}
check "a cell with other work is left out, or forced" work
program() {
	"$runs" "$dir/new_program" seed=1 noise=0.004 program=aaaa &&
	    compare 2 "$dir/same" "$dir/new_program" --arm decay &&
	    says "workload program 7ca7418099e2 against aaaa" &&
	    compare 0 "$dir/old" "$dir/new_program" --arm decay &&
	    first "Of 4 comparisons"
}
check "another workload program: the same seed proves the work" program

# ---- folders ----
unreadable() {
	compare 1 "$dir/old" "$dir/nothing" && says "'$dir/nothing'" &&
	    cp -r "$dir/old" "$dir/torn" && echo '{"arms": [' \
		>"$dir/torn/plan.json" &&
	    compare 1 "$dir/torn" "$dir/old" && says "$dir/torn/plan.json"
}
check "a run that cannot be read is named" unreadable
empty() {
	mkdir "$dir/empty" && cp "$dir/old"/*.json "$dir/empty" &&
	    compare 1 "$dir/old" "$dir/empty" &&
	    says "'$dir/empty' holds no samples" && says truth.tar.xz
}
check "a run without samples is no equal" empty
lost() {
	rm "$dir/torn/plan.json" "$dir/torn/machine.json"
	compare 2 "$dir/torn" "$dir/old" && says "machine.json is missing"
}
check "a lost machine.json proves nothing" lost
usage() {
	compare 2 "$dir/old" && says "which runs" &&
	    compare 2 "$dir/old" "$dir/old" "$dir/old" &&
	    compare 2 "$dir/old" "$dir/old" --arm dceay && says "'dceay'" &&
	    says "it has: glibc" &&
	    compare 2 "$dir/old" "$dir/old" --metric tempo && says "'tempo'"
}
check "bad usage is refused" usage
full() {
	compare 1 "$dir/old" "$dir/same" --output /dev/full &&
	    says "/dev/full"
}
check "a result that cannot be written is no success" full
plan
