#!/bin/sh
# test: alone
# Acceptance 2: what is planted is found, with the right sign, and the report
# says so at its top; a control that fails makes the exit code 1. Large effects
# in few samples here; acceptance_02_planted_long.sh plants 2 % and 5 % at the
# default budget. The planted tail is in acceptance_02_tail.sh.
. "$(dirname "$0")/tap.sh" "$1"

controls() { # controls SEED: in $dir/terminal what it said
	rm -rf "$dir/out"
	"$build/ebb" run --plan smoke --workloads control --arms decay \
	    --blocks 12 --plant-time 2 --plant-pages 1 --seed "$1" \
	    --out "$dir/out" >"$dir/terminal" 2>&1
}
# One run in twenty may claim a difference of the A/A pair: that is the error
# rate. Two in a row may not.
controls_pass() {
	controls 3 || controls 4 || { cat "$dir/terminal"; return 1; }
}
check "a run of the controls alone ends with 0" controls_pass
run=$(echo "$dir"/out/*)

plain() { # report.md without its escapes, as the other two read
	sed 's/\\//g' "$run/report.md"
}
everywhere() { # everywhere TEXT: in the terminal, report.md and report.html
	tr '\n' ' ' <"$dir/terminal" | tr -s ' ' | grep -qF -- "$1" &&
	    plain | grep -qF -- "$1" && grep -qF -- "$1" "$run/report.html" || {
		grep -n 'Controls\|Planted\|A/A\|False' "$run/report.md"
		return 1
	}
}
on_top() { # before any verdict
	plain | sed '/^## /q' | grep -q "Controls: [0-9] of 5 passed" &&
	    sed '/id="verdicts"/q' "$run/report.html" |
	    grep -q "Controls: [0-9] of 5 passed"
}
check "the outcome stands at the top" on_top
check "planted time is found" everywhere "passed: slower, "
check "planted pages are found" everywhere "passed: larger, "
check "their true size is said" sh -c "
	grep -q 'Planted time, +20[0-9][.][0-9]* %: passed' '$run/report.html' &&
	grep -q 'Planted pages, +100[.]0[0-9]* %: passed' '$run/report.html'"
check "a wrong library is refused" everywhere \
    "False arm, wrong library: passed: decay with "
check "a misspelt option is refused" everywhere \
    "False arm, misspelt option: passed: decay with decay_tme:1 was refused"
check "the smallest effect that is found is said" everywhere \
    "smallest difference that is found here, 4 times in 5: "

in_csv() { # ROLE METRIC VERDICT: of the row of that role
	awk -F, -v arm="decay/$1" -v metric="$2" -v verdict="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		$c["arm"] == arm && $c["metric"] == metric {
			print; ok = $c["verdict"] == verdict }
		END { exit !ok }' "$run/summary.csv"
}
check "summary.csv has the planted time" in_csv time work_ns slower
check "summary.csv has the planted pages" in_csv pages rss_mean larger
same_work() { # a block of planted arms did what the others did
	python3 - "$run/samples.jsonl" <<'END'
import json, sys
seen = {}
for text in open(sys.argv[1]):
    line = json.loads(text)
    assert line["status"] == "ok", line["reason"]
    seen.setdefault(line["block"], set()).add(line["record"]["checksum"])
assert len(seen) == 12 and all(len(s) == 1 for s in seen.values()), seen
END
}
check "the op stream is the same in all arms" same_work

# Beside allocators: in no verdict, no table, no figure.
check "a run of two allocators with controls ends with 0" "$build/ebb" run \
    --plan smoke --arms glibc,decay --workloads micro.pair-64 --blocks 2 \
    --ops-scale 0.3 --seed 3 --out "$dir/beside"
beside=$(echo "$dir"/beside/*)
roles="decay/\(itself\|again\|time\|pages\)"
apart() {
	sed -n '/^## /,$p' "$beside/report.md" | grep -e "$roles" -e "control[.]"
	[ $? = 1 ] && ! grep -l "$roles\|control[.]planted" "$beside"/plots/*.csv &&
	    ! ls "$beside/plots" "$beside/series" | grep control &&
	    sh results/headline.sh "$beside" | grep micro.pair-64 &&
	    ! sh results/headline.sh "$beside" | grep control &&
	    grep -q '^control.planted.t1,' "$beside/summary.csv"
}
check "controls are no allocators" apart
check "the run that is completed has them too" sh -c "
	'$build/ebb' run --resume '$beside' --no-report | grep -q 'Controls: '"

# failed NAME TEXT: a report of what was done to the run says so, and ends with 1.
failed() {
	"$build/ebb" report "$run" >"$dir/terminal" 2>"$dir/errors"
	code=$?
	what=$1
	check "$what: exit code 1" [ $code = 1 ]
	check "$what: the numbers are not to be trusted" everywhere \
	    "A CONTROL FAILED: the numbers of this run are not to be trusted."
	check "$what: which" everywhere "$2"
	check "$what: stderr says so" grep -q "control failed" "$dir/errors"
}

cp "$run/plan.json" "$run/samples.jsonl" "$dir"
sed -i 's/"refused": true/"refused": false/' "$run/plan.json"
failed "a wrong library that is accepted" "was ACCEPTED"
cp "$dir/plan.json" "$run"
# The arms of a pair that are not the same.
sed -i 's,"arm":"decay/again",X,; s,"arm":"decay/time","arm":"decay/again",
	s,X,"arm":"decay/time",' "$run/samples.jsonl"
failed "an A/A pair that differs" "a difference is claimed that is not there"
# The slow one is taken for what the others are compared with.
sed 's,"arm":"decay/itself",X,; s,"arm":"decay/time","arm":"decay/itself",
	s,X,"arm":"decay/time",' "$dir/samples.jsonl" >"$run/samples.jsonl"
failed "a planted effect of the wrong sign" "the verdict is faster"
plan
