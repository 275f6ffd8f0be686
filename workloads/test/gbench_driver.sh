#!/bin/sh
# The Google Benchmark driver: listing, filtering, JSON, fixed iterations.
# usage: gbench_driver.sh BUILD        (TAP on stdout)
set -u
driver=$1/workload-gbench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset EBB_RECORD_FD EBB_LIVE_FD
count=0

ok() {
	name=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/output" 2>&1; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/output" | tail -n 5
	fi
}

"$driver" --benchmark_list_tests=true >"$work/list"
for want in oscillate/interleaved/t:1 step-down/arena/t:1 \
    server-slots/larson/t:1 producer-consumer/fixed-64/t:2 \
    burst-width/sweep-64/k:129/t:1 micro/pair-64/t:1 micro/ring-1000/t:1; do
	ok "$want is listed" grep -q "^$want/" "$work/list"
done

"$driver" '--benchmark_filter=^micro/(pair-64|ring-1000|pair-65536)/t:1/' \
    --benchmark_format=json --benchmark_out="$work/out.json" \
    >"$work/stdout.json" 2>"$work/stderr"
ok "JSON on stdout and in the file, of what was asked for" python3 -c '
import json, sys
for path in sys.argv[1:]:
    report = json.load(open(path))
    rows = report["benchmarks"]
    assert len(rows) == 3, len(rows)
    assert "registry" in report["context"]
    for row in rows:
        assert row["iterations"] in (4000000, 1000000), row
        assert row["time_unit"] == "ns"
        assert 0.5 < row["real_time"] < 20000, row
        per_second = 1e9 / row["real_time"]
        assert abs(row["items_per_second"] / per_second - 1) < 0.01, row
' "$work/stdout.json" "$work/out.json"

"$driver" '--benchmark_filter=^(oscillate/seg|server-slots).*/t:2/' \
    --benchmark_format=json >"$work/stdout.json" 2>"$work/stderr"
ok "a whole workload is one iteration of its own time" python3 -c '
import json, sys
rows = json.load(open(sys.argv[1]))["benchmarks"]
assert len(rows) == 2
for row in rows:
    assert row["iterations"] == 1 and row["time_unit"] == "ms"
    assert row["real_time"] > 0 and "error_occurred" not in row
' "$work/stdout.json"

exits_2() {
	"$driver" "$@" >"$work/stdout" 2>"$work/stderr"
	[ $? -eq 2 ]
}
ok "an unknown flag exits 2" exits_2 --benchmark_nothing
ok "a filter that matches nothing exits 2" exits_2 --benchmark_filter=nothing
echo "1..$count"
