#!/bin/sh
# test: alone
# Causes on real processes: pages given back twice are flagged where memory is
# freed in whole chunks, on classic and not on decay; decay gives back once what
# was freed; a policy that nobody asks is named; every cause is a number or says
# why it is none.
. "$(dirname "$0")/tap.sh" "$1"

cat >"$dir/causes.py" <<'END'
import glob, json, sys
folder, what = sys.argv[1:3]
lines = [json.loads(l) for l in open(folder + "/samples.jsonl")]
def metric(cell, arm, name, kind="time"):
    for line in lines:
        if (line["kind"], line["arm"]) == (kind, arm) and cell in line["cell"]:
            return line["metrics"][name]
    raise SystemExit("no sample of %s under %s" % (cell, arm))
def series(line):
    rows = [r.rstrip("\n").split(",")
            for r in open(folder + "/" + line["raw"]["series"]["file"])]
    return [dict(zip(rows[0], r)) for r in rows[1:]]

TIME = """purge_amplification dirty_reuse purged_per_freed pdirty_unused
purge_regret_100ms purge_regret_1s purge_regret_10s chance_age_most_ns
pdirty_mean pactive_mean ticks_per_s lock_waits cache_hit_rate fills_per_call
flushes_per_call frag_mean
frag_at_live_peak frag_at_rss_peak frag_peaks ideal_rss_mean rss_over_ideal
return_t50_ns return_t90_ns return_floor return_share""".split()
CENSUS = """rss_less_lazyfree_mean anon_huge_mean swap_peak page_tables_peak
usable_over_requested""".split()

def ok():
    assert lines
    for line in lines:
        assert line["status"] == "ok", line["reason"]

def reasons():
    for line in lines:
        names = {"time": TIME, "census": CENSUS}.get(line["kind"], [])
        for name in names:
            value = line["metrics"][name]
            if isinstance(value, dict):
                assert len(value["unsupported"]) > 10, (name, value)
            else:
                assert value >= 0, (name, value, line["arm"])
    # Nobody is asked about pages who shows none; memory is seen of all.
    assert metric("step-down", "glibc", "purged_per_freed") == {
        "unsupported": "glibc exports no purge counter"}
    assert metric("step-down", "decay", "ticks_per_s") > 0
    assert metric("step-down", "decay", "lock_waits") >= 0
    for arm in "glibc", "decay", "ratio", "classic":
        assert metric("step-down", arm, "frag_peaks") > 0.9
        assert metric("step-down", arm, "page_tables_peak", "census") > 0
    # All of the work is shorter than 10 s.
    assert "less than 10000" in metric(
        "step-down", "decay", "purge_regret_10s")["unsupported"]

def twice():
    # Twice, less the eighth that ratio keeps.
    assert metric("step-down", "classic", "purged_per_freed") > 1.4
    assert 0.8 < metric("step-down", "decay", "purged_per_freed") < 1.2

def once():
    assert 0.7 < metric("arena", "decay", "purged_per_freed") < 1.2
    assert metric("arena", "decay", "return_share") > 0.8
    assert metric("arena", "decay", "return_t50_ns") <= \
        metric("arena", "decay", "return_t90_ns")

def idle():
    # 800 ms of work in which nobody asks: nothing is purged or given back.
    assert metric("idle", "decay", "chance_age_most_ns") > 2e8
    assert metric("idle", "decay", "purged_per_freed") == 0
    assert metric("idle", "decay", "pdirty_unused") > 3000
    assert "not by 50" in metric(
        "idle", "decay", "return_t50_ns")["unsupported"]

def clock():
    # Counts only grow, on one clock; the process's faults are the record's.
    for line in lines:
        if line["kind"] != "time":
            continue
        points, last = series(line), {}
        for point in points:
            for name in "t_ns minflt calls purged dirtied nfills".split():
                if point[name] != "":
                    assert int(point[name]) >= last.get(name, 0), (name, point)
                    last[name] = int(point[name])
        assert last["minflt"] >= line["metrics"]["minflt"] * 0.9, last
        if line["arm"] != "glibc":
            assert last["dirtied"] > 0 and "chance_age" in points[0]

def arenas():
    for line in lines:
        if line["kind"] == "time" and "server-slots" in line["cell"]:
            rows = open(folder + "/" + line["raw"]["arenas"]["file"])
            assert next(rows).startswith("t_ns,arena,pactive,")
            assert len({r.split(",")[1] for r in rows}) >= 2
            assert line["caches"] and line["metrics"]["fills_per_call"] > 0
            assert 0.5 < line["metrics"]["cache_hit_rate"] < 1
            for c in line["caches"]:
                assert c["requests"] >= c["fills"], c
            assert "arenas" in line["raw"]
            return
    raise SystemExit("no sample with two arenas")

globals()[what]()
END

causes() {
	python3 "$dir/causes.py" "$run" "$1"
}

said() { # said PATTERN: the report says so
	grep -q "$1" "$run/report.md"
}

unsaid() {
	! grep "$1" "$run/report.md"
}

check "a run with whole chunks freed" "$build/ebb" run --plan smoke --no-controls \
    --arms glibc,decay,ratio,classic --workloads step-down.arena --blocks 1 \
    --set step-down.placement=segregated --set step-down.watch-ms=300 \
    --set step-down.hold-ms=150 \
    --threads 1 --out "$dir/a"
run=$(echo "$dir"/a/*)
check "all samples are ok" causes ok
check "causes are numbers or reasons" causes reasons
check "classic gives whole chunks back twice, decay once" causes twice
check "the report flags classic" \
    said 'classic in step-down.* gave the same pages back more than once'
check "the report does not flag decay" unsaid 'decay in .* more than once'
check "the series is on one clock" causes clock
check "the report has the four measures" said '| 1 mean | 2 at peak live |'

check "a run with holes freed, with calls and without" "$build/ebb" run \
    --plan smoke --no-controls --arms decay --blocks 1 --threads 1 --out "$dir/b" \
    --workloads step-down.arena,step-down.idle \
    --set step-down.watch-ms=800 --set step-down.hold-ms=150
run=$(echo "$dir"/b/*)
check "decay gives back once what was freed" causes once
check "nothing is purged while nobody calls" causes idle
check "the report names who was not asked" \
    said 'decay in step-down.idle.*: nobody called, so nothing could be purged'
check "a run on two arenas" "$build/ebb" run --plan smoke --no-controls \
    --arms decay --blocks 1 --threads 2 --out "$dir/c" --workloads server-slots
run=$(echo "$dir"/c/*)
check "arenas are kept one by one" causes arenas
check "the report shows the arenas" said '| decay 1 |'
plan
