#!/bin/sh
# test: alone
# A small sweep: the purge policies do what their formulas say, a build with a
# planted threshold is named in words, and pages that are purged twice are seen.
. "$(dirname "$0")/tap.sh" "$1"

planted=$build/test/planted/libebb.so

# sweep NAME ARGS...: its output in $dir/NAME.log, its folder in $run.
sweep() {
	which=$1
	shift
	"$build/ebb" sweep --seed 7 --out "$dir/$which" "$@" \
	    >"$dir/$which.log" 2>&1
	code=$?
	run=$(echo "$dir/$which"/*)
	[ "$code" = 0 ] || { cat "$dir/$which.log"; return 1; }
}

says() { # says NAME TEXT
	grep -F -- "$2" "$dir/$1.log" || { cat "$dir/$1.log"; return 1; }
}

silent() { # silent NAME PATTERN: no finding begins with it
	sed -n '/^Findings:/,/^Notes:$/p' "$dir/$1.log" >"$dir/findings"
	[ -s "$dir/findings" ] && ! grep "^  $2" "$dir/findings"
}

# Ratio, m = 3: just below and just above 1/9, and far beyond.
check "a sweep of ratio ends with 0" sweep ratio --arms ratio \
    --allocator "planted=$planted:purge:ratio" --f 0.1056,0.1167,0.3 --T 0.1 \
    --decay-time 0.1
check "ratio is within 5 % of its closed form" says ratio \
    "ratio (lg_dirty_mult:3): 3 of 3 points are as predicted"
check "ratio begins at its boundary" says ratio \
    "ratio (lg_dirty_mult:3) begins to purge between f 0.1056 and 0.1167"
check "ratio has no finding" silent ratio "ratio "
check "the planted threshold is named" says ratio "planted: the purge \
threshold behaves like nactive >> 4, not nactive >> 3 (lg_dirty_mult:3)"
check "each of its points is a finding" says ratio \
    "planted (lg_dirty_mult:3), f 0.3, T 0.1 s: 0.854 of the freed pages are \
given back, predicted are 0.708"
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

# Decay, and what it does after a release. The variant classic purges chunks
# again after it has purged all of their runs.
check "a sweep of decay ends with 0" sweep decay --arms decay \
    --allocator "old=$build/variants/classic/libebb.so:purge:decay" \
    --f 0.2 --T 0.25,0.5,0.75
check "decay is within 0.05 of its closed form" says decay \
    "decay (decay_time:0.5): 3 of 3 points are as predicted"
check "classic gives segregated pages back twice" says decay \
    "old (decay_time:0.5), segregated blocks: purge amplification 1.9"
check "decay has no finding" silent decay "decay "
check "the curves are drawn" grep -q '</svg>' "$run/plots/decay.svg"

interrupted() {
	timeout -s INT 3 "$build/ebb" sweep --arms ratio --f 0.1,0.3 --T 0.2,0.4 \
	    --out "$dir/cut" >"$dir/cut.log" 2>&1
	run=$(echo "$dir/cut"/*)
	says cut "ebb sweep --resume $run" &&
	    [ "$(grep -c . "$run/samples.jsonl")" -lt 4 ] &&
	    "$build/ebb" sweep --resume "$run" >"$dir/cut.log" 2>&1 &&
	    [ "$(grep -c '"status":"ok"' "$run/samples.jsonl")" = 4 ] &&
	    says cut "ratio (lg_dirty_mult:3): 4 of 4"
}

dry() {
	"$build/ebb" sweep --base 8M --dry-run --out "$dir/dry" >"$dir/dry.log" &&
	    says dry "takes      about" && says dry "62, each a fresh process" &&
	    says dry "regime: the heap is so small" && [ ! -e "$dir/dry" ]
}

refused() { # refused TEXT ARGS...
	text=$1
	shift
	"$build/ebb" sweep --out "$dir/no" "$@" >"$dir/no.log" 2>&1
	[ $? = 2 ] && says no "$text" && [ ! -e "$dir/no" ]
}

check "an interrupted sweep is completed" interrupted
check "a dry run says how long it takes, and warns of a small base" dry
check "an arm that is not ebb is refused" refused "is no build of ebb" \
    --arms glibc
check "an arm without a policy is refused" refused \
    "does not say how it purges" --allocator "x=$planted"
check "cycles too short to settle are refused" refused "choose longer ones" \
    --T 0.02 --decay-time 5
check "a grid with --resume is refused" refused "leave out --f" \
    --resume "$dir/ratio" --f 0.2
echo "1..$n"
