#!/bin/sh
# test: alone
# Acceptance 7: what looking costs, by measurement: the observer's CPU time is
# below 1 % of the wall time of the samples it watches, and no smaps_rollup is
# read while latency is timed.
. "$(dirname "$0")/tap.sh" "$1"

check "a run ends with 0" "$build/ebb" run --plan smoke --no-controls \
    --no-report --workloads oscillate.interleaved,server-slots,large-loop.loop-20m \
    --arms glibc,decay --threads 1 --blocks 4 --ops-scale 3 --out "$dir/out"
run=$(echo "$dir"/out/*)

cost() { # cost MOST KIND ROLLUPS: share of the wall time, readings
	python3 - "$run/samples.jsonl" "$@" <<'END'
import json, sys
file, most, kind, rollups = sys.argv[1:]
lines = [json.loads(text) for text in open(file)]
lines = [line for line in lines if line["kind"] == kind]
wall = sum(line["t_end_ns"] - line["t_begin_ns"] for line in lines)
cpu = sum(line["observer"]["cpu_ns"] for line in lines)
read = sum(line["observer"]["rollups"] for line in lines)
ticks = sum(line["observer"]["ticks"] for line in lines)
print("%d samples of %s: %.2f %% of %.2f s, %d ticks, %d rollups" % (
    len(lines), kind, 100 * cpu / wall, wall / 1e9, ticks, read))
assert len(lines) >= 4 and ticks > 0 and cpu > 0
assert cpu < float(most) * wall
assert read == 0 if rollups == "none" else read > 0
END
}

check "time samples: below 1 % of the wall time" cost 0.01 time some
check "latency samples: below 1 %, and no smaps_rollup" cost 0.01 latency none

# The fast reading is compared with the exact one wherever that is taken.
beside() {
	python3 - "$run/samples.jsonl" <<'END'
import json, sys
compared = 0
for line in map(json.loads, open(sys.argv[1])):
    if line["kind"] != "time" or line["observer"]["rollups"] == 0:
        continue
    error = line["observer"]["rss_error"]
    compared += 1
    print(line["id"], error)
    assert error >= 0
    assert (error > 0.05) == any(
        word.startswith("rss-error:") for word in line["warnings"])
assert compared > 0
END
}
check "where statm is far from smaps_rollup, the sample says so" beside
plan
