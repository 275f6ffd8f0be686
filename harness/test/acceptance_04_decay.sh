#!/bin/sh
# test: alone
# Acceptance 4: what decay does after a release. The variant classic gives chunks
# back again after it has given back all of their runs: on segregated blocks an
# amplification of 2, which is flagged; on the variant decay nothing is.
. "$(dirname "$0")/tap.sh" "$1"
. "$(dirname "$0")/sweep_tap.sh"

amplification() { # LEAST MOST: of decay's own curves, each placement
	sed -n 's/^  *decay (.*purge amplification \([0-9.]*\).*/\1/p' \
	    "$dir/decay.log" >"$dir/found"
	cat "$dir/found"
	[ "$(wc -l <"$dir/found")" -ge 2 ] &&
	    awk -v a="$1" -v b="$2" '$1 < a || $1 > b { exit 1 }' "$dir/found"
}

check "a sweep of decay ends with 0" sweep decay --arms decay \
    --allocator "old=$build/variants/classic/libebb.so:purge:decay" \
    --f 0.2 --T 0.25
check "classic gives segregated pages back twice" says decay \
    "old (decay_time:0.5), segregated blocks: purge amplification 1.9"
check "interleaved blocks of it are not flagged" silent decay \
    "old (decay_time:0.5), interleaved"
check "decay is not flagged" silent decay "decay "
check "each page of decay's is given back once" amplification 0.9 1.1
check "the curves are drawn" grep -q '</svg>' "$run/plots/decay.svg"
plan
