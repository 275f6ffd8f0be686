#!/bin/sh
# Acceptance 10: the same seed gives the same order and the same work, shown by
# the checksums of what was done; another seed gives another order and other work.
. "$(dirname "$0")/tap.sh" "$1"

run() { # run NAME SEED
	"$build/ebb" run --plan smoke --arms glibc,decay --no-report \
	    --workloads micro.ring-1000,server-slots --threads 1 --blocks 2 \
	    --ops-scale 0.1 --seed "$2" --out "$dir/$1"
}

# The order of a run, without what its pilot measured.
order() {
	sed -n '/"order"/,$p' "$dir/$1"/*/plan.json
}

# What each sample did: its place, seed and checksum, in the plan's order.
work() {
	sed 's/.*"id":"\(s[0-9]*\)".*"seed":\([0-9]*\),.*"checksum":"\([0-9a-f]*\)".*/\1 \2 \3/' \
	    "$dir/$1"/*/samples.jsonl
}

same() { # same WHAT A B
	"$1" "$2" >"$dir/first" && "$1" "$3" >"$dir/second" &&
	    [ "$(grep -c . "$dir/first")" -ge 16 ] &&
	    cmp "$dir/first" "$dir/second"
}

other_work() { # no sample of one did what a sample of the other did
	work a | cut -d ' ' -f 3 | sort -u >"$dir/first"
	work other | cut -d ' ' -f 3 | sort -u >"$dir/second"
	[ -s "$dir/first" ] && [ -z "$(comm -12 "$dir/first" "$dir/second")" ]
}

blocks() { # the arms of a block did the same, other blocks something else
	sed 's/.*"block":\([0-9]*\),.*"cell":"\([^"]*\)".*"kind":"\([a-z]*\)".*"checksum":"\([0-9a-f]*\)".*/\2 \3 \1 \4/' \
	    "$dir"/a/*/samples.jsonl | sort -u >"$dir/blocks"
	[ "$(cut -d ' ' -f 1-3 "$dir/blocks" | sort -u | wc -l)" = \
	    "$(wc -l <"$dir/blocks")" ] &&
	    [ "$(cut -d ' ' -f 4 "$dir/blocks" | sort -u | wc -l)" = \
	    "$(wc -l <"$dir/blocks")" ]
}

check "a run ends with 0" run a 5
check "a second one with the same seed" run b 5
check "and one with another seed" run other 6
check "the same seed gives the same order" same order a b
check "the same seed gives the same work" same work a b
check "another seed gives another order" sh -c "! $(
	order a >"$dir/order.a"
	order other >"$dir/order.other"
	echo "cmp -s '$dir/order.a' '$dir/order.other'")"
check "another seed gives other work" other_work
check "all arms of a block do the same work" blocks
plan
