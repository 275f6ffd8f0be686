#!/bin/sh
# test: alone
# Acceptance 4: what decay does after a release. The variant classic gives chunks
# back again after it has given back all of their runs: on segregated blocks an
# amplification of 2, which is flagged; on the variant decay nothing is.
. "$(dirname "$0")/tap.sh" "$1"
. "$(dirname "$0")/sweep_tap.sh"

check "a sweep of decay ends with 0" sweep decay --arms decay \
    --allocator "old=$build/variants/classic/libebb.so:purge:decay" \
    --f 0.2 --T 0.25
check "classic gives segregated pages back twice" says decay \
    "old (decay_time:0.5), segregated blocks: purge amplification 1.9"
check "interleaved blocks of it are not flagged" silent decay \
    "old (decay_time:0.5), interleaved blocks: purge amplification"
check "decay is not flagged" silent decay "decay (.*purge amplification"
check "the curves are drawn" grep -q '</svg>' "$run/plots/decay.svg"
plan
