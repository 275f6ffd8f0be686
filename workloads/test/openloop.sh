#!/bin/sh
# open-loop: its histograms, its table of slow halves, a planted sleep, and
# the counters of ebb's statistics page; and what mixer keeps alive.
# usage: openloop.sh BUILD        (TAP on stdout)
set -u
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset EBB_RECORD_FD EBB_LIVE_FD
count=0

# check NAME ARGS...: runs a workload; its record as r must pass the Python
# on stdin.
check() {
	name=$1
	shift
	count=$((count + 1))
	cat >"$work/check.py"
	if "$build/workload" "$@" >"$work/record" 2>"$work/output" &&
	    python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
p, x, lat, rows = r["params"], r["extra"], r["latency"], r["cycles"]
exec(open(sys.argv[2]).read())
' "$work/record" "$work/check.py" >"$work/output" 2>&1; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/output" | tail -n 5
	fi
}

check "two values a request in either histogram, in every run" \
    open-loop --requests=3000 --threads=2 <<'END'
assert lat["of"] == "half of a request" and lat["every"] == 1, lat
for h in lat["hist"], lat["control"]:
    assert h["count"] == 2 * 3000 * 2 == sum(n for _, n in h["buckets"])
END

check "no half is done before it is due: --latency=1 changes nothing" \
    open-loop --requests=2000 --latency=1 <<'END'
assert lat["hist"]["count"] == 4000
assert 0 < lat["hist"]["min"] <= lat["hist"]["max"]
assert x["late_max_ns"] < lat["hist"]["max"]
assert rows == [], "the tail has them"
END

# What every record with a tail must hold; the tail's rows are t.
cat >"$work/tail.py" <<'END'
tail = lat["tail"]
t = [dict(zip(tail["columns"], q)) for q in tail["rows"]]
assert all(len(q) == len(tail["columns"]) for q in tail["rows"])
causes = {"purge", "memory-call", "fault", "switch", "sleep", "wait", "fill",
          "flush", "call", "work", "machine", "arrivals"}
p999 = tail["p999_ns"]
above = t[:tail["above"]]
assert tail["above"] == tail["halves"] // 1000
assert all(q["response_ns"] >= p999 * (1 - 1 / 128) for q in above)
assert tail["missed"] == 0 and tail["halves"] == lat["hist"]["count"]
times = [q["response_ns"] for q in t]
assert times == sorted(times, reverse=True)
assert times[0] == lat["hist"]["max"]
assert len({(q["thread"], q["request"], q["half"]) for q in t}) == len(t)
beyond = sum(n for i, n in lat["hist"]["buckets"]
             if i >= 256 and (i % 128 + 128) << (i // 128 - 1) >
             p999 * (1 + 1 / 128))
assert len(above) >= beyond, (len(above), beyond)
assert len(t) == min(tail["halves"], tail["halves"] * 4 // 1000 + 16)
usage = "minflt", "majflt", "nivcsw", "nvcsw"
page = "npurge", "nmadvise", "purged", "nfills", "nflushes"
for q in t:
    assert q["cause"] in causes, q
    assert set(q["flags"].split()) <= causes, q
    assert q["response_ns"] == q["wait_ns"] + q["took_ns"], q
    assert q["queued"] == (q["wait_ns"] > q["took_ns"]), q
    assert q["call_ns"] <= q["took_ns"], q
    assert q["half"] in ("malloc", "free")
    assert all((q[u] is None) == (q["shared"] == 0) for u in usage), q
    assert q["queued"] or q["shared"] > 0, q
    for k in page + ("memcalls",):
        assert (q[k] is None) == (k in tail["unsupported"]), (k, q)
    if not q["queued"]:
        assert q["cause"] != "arrivals", q
        had = {"purge": q["npurge"], "memory-call": q["memcalls"],
               "fault": q["minflt"] + q["majflt"], "switch": q["nivcsw"],
               "wait": q["nvcsw"], "sleep": q["nvcsw"], "fill": q["nfills"],
               "flush": q["nflushes"]}
        assert had.get(q["cause"], 1) > 0, q
for kind in "malloc", "free":
    calls = tail[kind]
    assert calls["n"] > 0
    for s in calls["slow"]:
        assert s["cause"] in causes and s["n"] <= calls["n"]
        assert 9999 <= s["min_ns"] <= s["sum_ns"] / s["n"] <= s["max_ns"], s
assert tail["malloc"]["n"] == tail["free"]["n"] == x["calls"] / 2
assert lat["control"]["count"] == lat["hist"]["count"]
END

check_tail() { # check_tail NAME ARGS...: check with t and what it must hold
	cat "$work/tail.py" - >"$work/both.py"
	check "$@" --latency=1 <"$work/both.py"
}

check_tail "every half above p99.9 has its cause" \
    open-loop --requests=4000 --threads=2 <<'END'
assert len(above) == 16
END
check_tail "a short run's tail is all of it" open-loop --requests=8 --check=1 <<'END'
assert len(t) == 16
END
check_tail "calls that slow a request outside of the allocator are waits" \
    open-loop --requests=1000 --rate=5000 --plant-sleep-us=500000 \
    --plant-every=700 <<'END'
slept = [q for q in t if q["request"] == 699 and not q["queued"]]
assert len(slept) <= 1 # those behind it may all be slower
for q in slept:
    assert q["cause"] == "wait" and q["nvcsw"] > 0, q
    assert q["took_ns"] >= 500000000, q
behind = [q for q in t if q["queued"]]
waits = [q for q in behind if q["cause"] == "wait"]
assert len(behind) > 10 and len(waits) > len(behind) / 2, behind
END

check "the slowest halves, with the slowest of all first" \
    open-loop --requests=3000 --threads=2 --slowest=100 <<'END'
times = [q["response_ns"] for q in rows]
assert len(rows) == 100 and times == sorted(times, reverse=True)
assert times[0] == lat["hist"]["max"]
assert len({(q["thread"], q["request"], q["ends"]) for q in rows}) == 100
for q in rows:
    assert q["wait_ns"] < q["response_ns"] and q["bytes"] >= 160, q
    assert q["idle_ns"] < q["intended_ns"] + q["response_ns"], q
END

check "a short run shows every half" open-loop --requests=20 <<'END'
assert len(rows) == 40
assert {q["ends"] for q in rows} == {0, 1}
for kind in 0, 1:
    half = {q["request"]: q["bytes"] for q in rows if q["ends"] == kind}
    assert len(half) == 20
    whole = half if kind == 0 else whole
    assert whole == half, "what is freed is what was allocated"
END

check "one of --large-every requests has a large block" \
    open-loop --requests=500 --large-every=100 --slowest=1000 --rate=5000 \
    --large=1M <<'END'
large = [q for q in rows if q["bytes"] >= 1 << 18 and not q["ends"]]
assert sorted(q["request"] // 100 for q in large) == [0, 1, 2, 3, 4], large
END

# The sleep is 40 ms: next to nothing else takes as long.
check "a planted sleep is counted, and shows as a voluntary switch" \
    open-loop --requests=1000 --rate=5000 --plant-sleep-us=40000 \
    --plant-every=400 --slowest=1000 <<'END'
assert x["planted"] == 2
for i in 399, 799:
    q = [q for q in rows if q["request"] == i and not q["ends"]][0]
    assert q["response_ns"] >= 40000000 and q["nvcsw"] >= 1, q
behind = [q for q in rows if q["wait_ns"] > 10000000]
assert len(behind) > 50, "those behind it wait"
END

check "a rate that cannot be served makes everything late, not lost" \
    open-loop --requests=2000 --rate=1e7 <<'END'
assert lat["hist"]["count"] == 4000
assert x["late_max_ns"] > r["wall_ns"] / 4
END

so=$build/variants/ratio/libebb.so
if [ -e "$so" ]; then
	LD_PRELOAD=$so
	export LD_PRELOAD
	check "the statistics page: ratio purges while large blocks are freed" \
	    open-loop --requests=200 --large-every=1 --slowest=400 \
	    --rate=2000 <<'END'
assert x["stats_page"] == 1
assert sum(q["npurge"] for q in rows) > 0
assert sum(q["nfills"] for q in rows) > 0
assert sum(q["minflt"] for q in rows) > 1000
END
	check_tail "the tail of ratio has purges, of its own arena" \
	    open-loop --requests=400 --large-every=1 --rate=1000 <<'END'
assert tail["unsupported"].keys() == {"memcalls"}
assert tail["with"]["purge"] > 0
END
	unset LD_PRELOAD
fi

for profile in plateau ramp peak; do
	check "mixer: a $profile has --live bytes at its peak" \
	    mixer --profile=$profile --live=8M --rounds=10 <<'END'
assert 0.75 * p["live"] < r["live_peak"] < 1.4 * p["live"], r["live_peak"]
assert x["clock_bytes"] >= 0.99 * 11 * p["live"]
END
done
echo "1..$count"
