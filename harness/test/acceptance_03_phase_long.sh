#!/bin/sh
# test: alone, test: long
# Acceptance 3, on the default grid of `ebb sweep` and with three settings of
# ratio: every point is within 5 % (ratio) or 0.05 (decay) of the closed form.
. "$(dirname "$0")/tap.sh" "$1"

sweep() { # sweep ARGS...
	"$build/ebb" sweep --seed 11 --out "$dir/out" "$@" >"$dir/log" 2>&1
}

agrees() { # agrees TEXT...: such lines are among the notes
	for text in "$@"; do
		grep -F -- "$text" "$dir/log" || return 1
	done
	grep "Findings: nothing differs" "$dir/log"
}

check "the default grid ends with 0" sweep
check "all of it is as predicted" agrees \
    "decay (decay_time:0.5): 30 of 30 points" \
    "ratio (lg_dirty_mult:3): 30 of 30 points" \
    "begins to purge between f 0.1056 and 0.1167"
check "three settings of ratio end with 0" sweep --arms ratio --m 2,4,5 \
    --T 0.1 --decay-time 0.1 --base 256M \
    --f 0.028,0.031,0.058,0.061,0.2,0.205,0.3
check "they begin where they should" agrees \
    "ratio (lg_dirty_mult:2) begins to purge between f 0.2 and 0.205" \
    "ratio (lg_dirty_mult:4) begins to purge between f 0.058 and 0.061" \
    "ratio (lg_dirty_mult:5) begins to purge between f 0.028 and 0.031"
for duty in 0.25 0.7; do
	check "decay at duty $duty ends with 0" sweep --arms decay \
	    --duty $duty --f 0.2 --T 0.25,0.4,0.6
	check "decay at duty $duty is as predicted" agrees \
	    "decay (decay_time:0.5): 3 of 3 points"
done
plan
