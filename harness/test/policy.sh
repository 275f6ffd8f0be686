#!/bin/sh
# test: alone
# The purge policies do what their formulas say (harness/README.md): ratio purges
# when dirty pages exceed active ones / 2^m, decay along its curve. Blocks of 64
# KiB, interleaved, caches off, one arena, one thread. What was given back is seen
# as page faults when it is used again: 17 pages a block (64 KiB at an offset).
build=$1
n=0

# share VARIANT CONF KEYS... -> purged pages / transient pages, a cycle
share() {
	variant=$1 conf=$2
	shift 2
	MALLOC_CONF=$conf,narenas:1,tcache:false \
	    LD_PRELOAD=$build/variants/$variant/libebb.so \
	    "$build/workload" oscillate --placement=interleaved "$@" |
	    python3 -c '
import json, sys
r = json.load(sys.stdin)
faults = [c["minflt"] for c in r["cycles"]]
blocks = r["extra"]["transient_pages_4k"] / 16
print("%.4f" % (sum(faults) / len(faults) / (blocks * 17)))'
}

# check NAME MEASURED LOW HIGH
check() {
	n=$((n + 1))
	if awk "BEGIN { exit !($2 >= $3 && $2 <= $4) }"; then
		echo "ok $n - $1: $2 in [$3, $4]"
	else
		echo "not ok $n - $1: $2 outside [$3, $4]"
	fi
}

# Ratio, m = 3: from f* = 1/9 on, by 1 - (1-f)/(f*2^m).
ratio() {
	share ratio lg_dirty_mult:3 --base=536870912 --f="$1" \
	    --period-ms=200 --duty=0.5 --cycles=4
}
check "ratio f=0.10 does not purge" "$(ratio 0.10)" 0 0
check "ratio f=0.13 purges" "$(ratio 0.13)" 0.05 1
p=0.7083
check "ratio f=0.30 within 5 % of $p" "$(ratio 0.30)" \
    "$(awk "BEGIN { print $p * 0.95 }")" "$(awk "BEGIN { print $p * 1.05 }")"

# Decay, D = 1 s: max(0, 1 - sum over k >= 0 of 1 - S((h + kT)/D)), h = T(1-duty).
predict() {
	awk -v T="$1" -v duty="$2" 'function S(x) {
		return x <= 0 ? 0 : x >= 1 ? 1 : x^3 * (6*x*x - 15*x + 10) }
	BEGIN { h = T * (1 - duty)
		for (s = k = 0; h + k * T < 1; k++) s += 1 - S(h + k * T)
		printf "%.4f", (s > 1 ? 0 : 1 - s) }'
}
for point in "0.3 0.5" "0.5 0.5" "0.5 0.25" "0.8 0.5" "1.2 0.5" "0.9 0.7"; do
	set -- $point
	p=$(predict "$1" "$2")
	ms=$(awk "BEGIN { print $1 * 1000 }")
	cycles=$(awk "BEGIN { print int(3 / $1) + 4 }")
	check "decay T=$1 duty=$2 within 0.05 of $p" \
	    "$(share decay decay_time:1 --base=268435456 --f=0.2 \
	    --period-ms="$ms" --duty="$2" --cycles="$cycles" --discard=3)" \
	    "$(awk "BEGIN { print $p - 0.05 }")" "$(awk "BEGIN { print $p + 0.05 }")"
done
