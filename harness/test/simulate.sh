#!/bin/sh
# `ebb simulate`: the tables and files that it makes; what it computes is
# purge_model.c's test.
. "$(dirname "$0")/tap.sh" "$1"

simulate() { # simulate ARGS...
	"$build/ebb" simulate "$@" >"$dir/log" 2>&1
}

# field SETTING COLUMN: of the row of the table that begins with it.
field() {
	awk -v name="$1" -v at="$2" '$1 == name { print $at }' "$dir/log"
}

# At f = 0.3 ratio gives back 0.708; half a decay time of trough gives 1/2.
shares() {
	simulate --f 0.3 --T 2 --decay-time 2 &&
	    [ "$(field lg_dirty_mult:3 5)" = 0.708 ] &&
	    [ "$(field decay_time:2 6)" = 0.500 ] &&
	    awk -v x="$(field decay_time:2 5)" 'BEGIN { exit !(x > 0.48 && x < 0.5) }'
}

grid() {
	simulate --sweep --csv "$dir/grid.csv" &&
	    [ "$(wc -l <"$dir/grid.csv")" = 61 ] &&
	    head -n 1 "$dir/grid.csv" | grep -q '^setting,f,period_s,duty' &&
	    awk -F, 'NR > 1 { d = $7 - $8; if (d < -0.02 || d > 0.02) exit 1 }' \
		"$dir/grid.csv"
}

many() { # 120 settings
	simulate --policy ratio --m 1:6:1 --f 0.05:0.5:0.05 --T 1,2 &&
	    [ "$(grep -c '^  lg_dirty_mult' "$dir/log")" = 120 ]
}

curve() {
	simulate --policy decay --workload step-down --T 1 --decay-time 1 \
	    --curve "$dir/curve.csv" &&
	    [ "$(wc -l <"$dir/curve.csv")" -gt 100 ] &&
	    tail -n 1 "$dir/curve.csv" | grep -Eq ',[0-9]{1,2}$'
}

idle() {
	simulate --policy decay --workload step-down --T 9 --tick 0 &&
	    [ "$(field decay_time:0.5 5)" = 0.000 ] &&
	    grep -q 'it needs calls' "$dir/log"
}

refused() { # refused TEXT ARGS...
	text=$1
	shift
	"$build/ebb" simulate "$@" >"$dir/log" 2>&1
	[ $? = 2 ] && grep -F -- "$text" "$dir/log"
}

check "shares are those of the formulas" shares
check "the grid is near the closed forms, as CSV too" grid
check "120 settings at once" many
check "dirty pages over time" curve
check "no calls, nothing given back" idle
check "help teaches" sh -c "'$build/ebb' simulate --help | grep -q 'ebb simulate --sweep'"
check "a policy that there is not is refused" refused "ratio or decay" \
    --policy lru
check "a range without a step is refused" refused "no range" --f 0.1:0.2
check "f beyond its bounds is refused" refused "is not from" --f 1.5
check "half an m is refused" refused "is not whole" --m 2.5
check "a file that cannot be written is an error" sh -c \
    "'$build/ebb' simulate --csv /nowhere/x; [ \$? = 1 ]"
echo "1..$n"
