#!/bin/sh
# test: alone
# The command `ebb sweep`: interrupted and completed, tried out, refused. What it
# finds is in acceptance_03_phase.sh and acceptance_04_decay.sh.
. "$(dirname "$0")/tap.sh" "$1"
. "$(dirname "$0")/sweep_tap.sh"

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
    "does not say how it purges" --allocator "x=$build/test/planted/libebb.so"
check "cycles too short to settle are refused" refused "choose longer ones" \
    --T 0.02 --decay-time 5
check "a grid with --resume is refused" refused "leave out --f" \
    --resume "$dir/cut" --f 0.2
plan
