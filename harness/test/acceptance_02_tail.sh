#!/bin/sh
# Acceptance 2, the planted tail: a libebb whose malloc sleeps 1 ms in 1 of
# 10 000 calls is found and named by the report, and the same variant without it
# is not; every slow request has its cause; a run from before there were tails
# still reports.
. "$(dirname "$0")/tap.sh" "$1"

# Slow enough that the sleeps do not fill the queue.
measure() {
	"$build/ebb" run --workloads open-loop.half --threads 1 \
	    --arms decay --blocks 1 --seed 5 --no-controls \
	    --allocator "planted=$build/test/planted-sleep/libebb.so" \
	    --set open-loop.rate=10000 --set open-loop.requests=5000 \
	    --out "$dir/out" >"$dir/log" 2>&1
}
check "a run with a planted sleep ends with 0" measure
run=$(echo "$dir/out"/*)

says() { # says ARM TEXT: a sentence of the report about that arm
	grep -F "$1 in open-loop.half.t1: " "$run/report.md" >"$dir/said"
	grep -e "$2" "$dir/said" || { cat "$dir/said"; return 1; }
}
check "the planted sleep is named: how often, where and how long" says \
    planted '1 in about [0-9][0-9 ]* malloc calls slept 1\.[0-9]* ms or longer'
check "and that it is no lock" says planted 'no lock of its own'
often() { # within a quarter of 1 in 10 000
	counts=$(sed -n 's/.*(\([0-9]*\) of \([0-9]*\) calls.*/\2 \1/p' "$dir/said")
	# shellcheck disable=SC2086  # two words
	set -- $counts
	[ "$(($1 / $2))" -gt 7500 ] && [ "$(($1 / $2))" -lt 12500 ]
}
check "it is 1 in 10 000 calls, within a quarter" often
not_named() {
	says decay "p99.9 of a request" && ! says decay slept
}
check "without it, nothing is named" not_named

files() {
	[ "$(ls "$run/raw" | grep -c '\.tail$')" = 2 ] || return 1
	for f in "$run"/raw/*.tail; do
		sum=$(sha256sum <"$f")
		grep -q "\"file\":\"raw/${f##*/}\",\"sha256\":\"${sum%% *}\"" \
		    "$run/samples.jsonl" || return 1
	done
	! grep '"columns"' "$run/samples.jsonl"
}
check "each latency sample has its hashed raw file, and not in its line" files

caused() {
	python3 - "$run" <<-'END'
	import glob, json, sys
	for f in glob.glob(sys.argv[1] + "/raw/*.tail"):
	    t = json.load(open(f))
	    rows = [dict(zip(t["columns"], r)) for r in t["rows"]]
	    above = rows[:t["above"]]
	    assert t["above"] == t["halves"] // 1000 == 10, t["above"]
	    assert t["missed"] == 0 and len(above) == t["above"]
	    assert all(r["cause"] for r in above), above
	END
}
check "every half of a request above p99.9 has its cause" caused

table() {
	sed -n '/^### Causes of the tail/,/^###* [^C]/p' "$run/report.md" \
	    >"$dir/table"
	cat "$dir/table"
	# The shares of each arm are the whole, and so is the number of halves.
	for arm in decay planted; do
		awk -F' *[|] *' -v arm="$arm" '
			/^\| [a-z]/ && $2 != "" { of = $2 }
			/^\|/ && of == arm && $6 + 0 > 0 { n += $6; share += $7 }
			END { exit !(n == 10 && share > 99 && share < 101) }' \
		    "$dir/table" || { echo "$arm"; return 1; }
	done
}
check "the table has all of them" table
check "the page has the table, folded" grep -q \
    '<summary>Causes of the tail' "$run/report.html"

figure() {
	cat "$run"/plots/tail-*.csv
	[ "$(grep -c ',0,' "$run/plots/tail-open-loop.half.t1.csv")" -ge 2 ] &&
	    grep -q '</svg>' "$run/plots/tail-open-loop.half.t1.svg" &&
	    grep -q 'plots/tail-open-loop.half.t1.svg' "$run/report.md"
}
check "the causes are drawn" figure
check "the control is drawn beside the arms" \
    grep -q '^clock-only,' "$run/plots/latency-open-loop.half.t1.csv"

again() {
	cp "$run/report.md" "$dir/before"
	"$build/ebb" report "$run" >/dev/null && cmp "$run/report.md" "$dir/before"
}
check "the report is the same again" again

# What an older ebb wrote: no such files, and nothing said of them.
older() {
	sed 's/,*"tail":{"file[^}]*},*/,/; s/{,/{/; s/,}/}/' \
	    "$run/samples.jsonl" >"$dir/lines" &&
	    mv "$dir/lines" "$run/samples.jsonl" && rm "$run"/raw/*.tail &&
	    "$build/ebb" report "$run" >"$dir/older" 2>&1 &&
	    ! grep -e 'auses of the tail' -e 'raw files of' \
		"$run/report.md" "$dir/older"
}
check "a run without tails is reported" older
plan
