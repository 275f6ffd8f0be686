#!/bin/sh
# test: alone
# Acceptance 3: a small phase diagram: the purge policies do what their formulas
# say, within 5 % (ratio) and 0.05 (decay), and a build with a planted threshold
# (`>> m+1`) is named in words. acceptance_03_phase_long.sh has the whole grid.
. "$(dirname "$0")/tap.sh" "$1"
. "$(dirname "$0")/sweep_tap.sh"
planted=$build/test/planted/libebb.so

# Ratio, m = 3: just below and just above 1/9, and far beyond.
check "a sweep of ratio ends with 0" sweep ratio --arms ratio \
    --allocator "planted=$planted:purge:ratio" --f 0.1056,0.1167,0.3 --T 0.3 \
    --decay-time 0.1
check "ratio is within 5 % of its closed form" says ratio \
    "ratio (lg_dirty_mult:3): 3 of 3 points are as predicted"
check "ratio begins at its boundary" says ratio \
    "ratio (lg_dirty_mult:3) begins to purge between f 0.1056 and 0.1167"
check "ratio has no finding" silent ratio "ratio "
check "the planted threshold is named" says ratio "planted: the purge \
threshold behaves like nactive >> 4, not nactive >> 3 (lg_dirty_mult:3)"
each_found() { # three points, the last with nearly the share of m = 4, 0.854
	[ "$(grep -c '^  planted (lg_dirty_mult:3), f [0-9.]*, T 0.3 s: ' \
	    "$dir/ratio.log")" = 3 ] &&
	    grep 'f 0.3, T 0.3 s: 0.8[4-6][0-9] of the freed pages are given back,' \
		"$dir/ratio.log" | grep 'predicted are 0.70[0-9]'
}
check "each of its points is a finding" each_found
check "no point of it agrees" says ratio "planted (lg_dirty_mult:3): 0 of 3"

in_csv() { # in_csv ROWS: phase.csv has the columns and as many rows
	head -n 1 "$run/phase.csv" | grep -q '^arm,purge,lg_dirty_mult,decay_s,f' &&
	    [ "$(wc -l <"$run/phase.csv")" = $(($1 + 1)) ]
}

figures() {
	for figure in "$@"; do
		grep -q '</svg>' "$run/plots/$figure.svg" || return 1
	done
	grep -q 'behaves like nactive' "$run/report.html" &&
	    ! grep -E '(src|href)="https?:' "$run/report.html"
}

again() {
	cp "$run/phase.csv" "$dir/before" && rm "$run/phase.csv" &&
	    "$build/ebb" report "$run" && cmp "$run/phase.csv" "$dir/before"
}

check "phase.csv has a row a point" in_csv 6
check "figures and page are there and fetch nothing" \
    figures phase-ratio-m3 phase-planted-m3
check "ebb report builds the same again" again

check "a sweep of decay ends with 0" sweep decay --arms decay \
    --f 0.2 --T 0.25,0.5,0.75
check "decay is within 0.05 of its closed form" says decay \
    "decay (decay_time:0.5): 3 of 3 points are as predicted"
check "decay has no finding" silent decay "decay "
plan
