#!/bin/sh
# Acceptance 1: a variant compared with itself. The report says equivalent or
# undecided; of comparisons drawn from its stored samples, and of whole tables of
# them, at most 5 % claim a difference: acceptance_01_aa.sh BUILD [SAMPLES TABLES LEAST]
. "$(dirname "$0")/tap.sh" "$1"
samples=${2:-80}
tables=${3:-20}
least=${4:-72}

pair() { # pair SEED: a run of a variant and its copy
	"$build/ebb" run --plan smoke --no-controls --arms decay \
	    --allocator "copy=$build/variants/decay/libebb.so" --seed "$1" \
	    --workloads micro.ring-1000 --blocks 12 --ops-scale 2.5 \
	    --out "$dir/pair$1"
}
same() { # same SEED: neither metric has a difference
	awk -F, '$5 == "copy" && ($6 == "work_ns" || $6 == "rss_mean") {
		rows++
		print $6, $17, $28
		if ($28 != "equivalent" && $28 != "undecided") bad = 1
	} END { exit bad || rows != 2 }' "$dir/pair$1"/*/summary.csv
}
# One run in twenty may claim a difference: that is the error rate. Two in a row
# may not.
same_again() {
	same 1 || { pair 2 && same 2; }
}
check "a run of a variant and its copy ends with 0" pair 1
check "the report says equivalent or undecided" same_again

check "$samples samples of one arm are stored" "$build/ebb" run --plan smoke \
    --no-controls --no-report --arms decay --blocks "$samples" --seed 1 \
    --workloads micro.ring-1000 --ops-scale 2.5 --out "$dir/one"
"$build/test/harness/resample" "$dir"/one/* "$tables" >"$dir/log" 2>&1
sed -n 's/^#/&/p' "$dir/log"
enough() { # samples that have both values, work time and mean RSS
	used=$(sed -n 's/^# [^ ]*: \([0-9]*\) samples.*/\1/p' "$dir/log")
	[ "$used" -ge "$least" ]
}
check "$least of them at least have both values" enough
rate() { # the line with that number is "ok"
	grep "^ok $1 " "$dir/log"
}
told() { # the line without its number and outcome
	sed -n "s/^[not ]*ok $1 - //p" "$dir/log"
}
for line in 1 2 3; do
	check "resampled: $(told $line)" rate $line
done
plan
