#!/bin/sh
# Acceptance 1: a variant compared with itself. The report says equivalent or
# undecided; of comparisons drawn from its stored samples, and of whole tables of
# them, at most 5 % claim a difference: acceptance_01_aa.sh BUILD [SAMPLES TABLES]
. "$(dirname "$0")/tap.sh" "$1"
samples=${2:-80}
tables=${3:-20}

check "a run of a variant and its copy ends with 0" "$build/ebb" run \
    --plan smoke --no-controls --arms decay \
    --allocator "copy=$build/variants/decay/libebb.so" \
    --workloads micro.ring-1000 --blocks 12 --ops-scale 0.5 --out "$dir/pair"
pair=$(echo "$dir"/pair/*)
same() {
	awk -F, '$5 == "copy" && ($6 == "work_ns" || $6 == "rss_mean") {
		rows++
		print $6, $17, $28
		if ($28 != "equivalent" && $28 != "undecided") bad = 1
	} END { exit bad || rows != 2 }' "$pair/summary.csv"
}
check "the report says equivalent or undecided" same

check "$samples samples of one arm are stored" "$build/ebb" run --plan smoke \
    --no-controls --no-report --arms decay --blocks "$samples" --seed 1 \
    --workloads micro.ring-1000 --ops-scale 2.5 --out "$dir/one"
"$build/test/harness/resample" "$dir"/one/* "$tables" >"$dir/log" 2>&1
sed -n 's/^#/&/p' "$dir/log"
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
