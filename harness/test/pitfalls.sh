#!/bin/sh
# test: long
# Answers to the pitfalls of harness/README.md, switched off one after the other:
# in a copy of the sources a line is exchanged, and the test that the table
# names must then fail. It must pass with the line in place.
. "$(dirname "$0")/tap.sh" "$1"
top=$(pwd)
tree=$dir/tree

# What git knows, and what is built: the copy keeps the times of files, so that
# little is built again.
mkdir "$tree"
git ls-files -z | xargs -0 cp --parents -a -t "$tree"
cp -a "$build" "$tree/build"
rm -f "$tree/build/variants.json"

cat >"$dir/exchange.py" <<'END_OF_PYTHON'
import sys
file, old, new = sys.argv[1:]
text = open(file).read()
if text.count(old) != 1:
    sys.exit("%s has the line %d times: %s" % (file, text.count(old), old))
open(file, "w").write(text.replace(old, new))
END_OF_PYTHON

# runs TEST: "pass" or "fail", or nothing when it could not be built.
runs() {
	(cd "$tree" && scons -Q -s -j 2 "ONLY=$1" "test-${1%%/*}") >"$dir/log" 2>&1
	sed -n "s#^\(pass\|FAIL\) $1[: ].*#\1#p" "$dir/log"
}

row() { # row NUMBER FILE TEST OLD NEW
	number=$1 file=$2 test=$3
	cp -a "$top/$file" "$dir/kept"
	python3 "$dir/exchange.py" "$tree/$file" "$4" "$5" >"$dir/log" 2>&1 ||
	    return 1
	result=$(runs "$test")
	cp -a "$dir/kept" "$tree/$file"
	touch "$tree/$file"
	[ "$result" = FAIL ]
}

# With numbers behind BUILD, those rows alone.
shift
wanted=" $* "
rows=0
while IFS='|' read -r number file test old new; do
	rows=$((rows + 1))
	case $wanted in "  " | *" $number "*) ;; *) continue ;; esac
	check "$number: $test fails without its answer in $file" \
	    row "$number" "$file" "$test" "$old" "$new"
	echo "$test" >>"$dir/tests"
done <<'END_OF_ROWS'
1|harness/identity.c|harness/identity|if (!owner_is_expected(arm, probe, entry))|if (false)
6|harness/identity.c|harness/identity|bool failed = conf_compare(all, opt, fault);|bool failed = false;
7|harness/counters.c|harness/counters|if (arm->kind != ARM_EBB)|if (arm->kind == ARM_KINDS)
9|harness/judge.c|harness/acceptance_09_failures|	if (trial->end == LAUNCH_TIMED_OUT) {|	if (trial->end == LAUNCH_TIMED_OUT && trial->timeout_ms == 0) {
10|harness/summary.c|harness/summary|dataset_values(data, cell, arm, value->metric, a, NULL);|dataset_values(data, cell, data->baseline, value->metric, a, NULL);
11|harness/series.c|harness/series|if (less != SERIES_COLUMNS && p->v[less] != SERIES_NONE)|if (false)
12|harness/giveback.c|harness/giveback|+ part * span;|+ 0 * part * span;
13|harness/series.c|harness/series|if (p->t_ns >= begin && p->t_ns <= end && p->rss_most > most)|if (begin <= end && p->rss_most > most)
20|workloads/touch.h|workloads/touch|#define TOUCH_PAGE ((uintptr_t)4096)|#define TOUCH_PAGE ((uintptr_t)8192)
22|harness/fragmentation.c|harness/fragmentation|.at_live = (double)sums.live_peak->v[SERIES_RSS] / live_most,|.at_live = sums.rss / sums.live,
28|harness/phase_findings.c|harness/phase_findings|if (base_bytes >= whole)|if (base_bytes >= 0)
34|harness/williams.c|harness/plan|out[at] = (base + row) % n;|out[at] = (0 * base + i + row) % n;
35|harness/plan.c|harness/plan|unsigned drawn = orders[block % n];|unsigned drawn = orders[0];
38|harness/stats.c|harness/reference|double q = order[i].p * (double)(n - i);|double q = order[i].p;
39|harness/verdict.c|harness/verdict|if (interval->lo > -region && interval->hi < region)|if (p > 0.05 + 0 * region)
42|harness/topology.c|harness/topology|cpu->sibling += CPU_ISSET(i, &core) != 0;|cpu->sibling += 0 * CPU_ISSET(i, &core);
53|harness/perf_counters.c|harness/perf_counters|if (counter->values.value == 0 && impossible_zero && ran) {|if (counter->values.value == 1 && impossible_zero && ran) {
55|harness/census_tally.c|harness/census_tally|case SYS_mremap:|case SYS_membarrier:
57|harness/key.c|harness/key|{"kernel", FROM_MACHINE, "kernel", NULL, 0},|
60|workloads/openloop_serve.c|workloads/openloop|hist_record(s->t->hist, v->end - v->due);|hist_record(s->t->hist, v->end - v->begin);
63|workloads/hist.c|harness/counters|return (double)h->count * (1 - q) >= 10 * (1 - 1e-9);|return (double)h->count * (1 - q) >= 0;
64|harness/trial.c|harness/acceptance_07_cost|.rollup = trial->watch >= TRIAL_FULL,|.rollup = true,
65|workloads/slowest.c|workloads/slowest|if (slowest_key(from, i) > slowest_limit(s))|if (slowest_key(from, i) < slowest_limit(s))
END_OF_ROWS
check "twenty answers at least were switched off" [ "$rows" -ge 20 ]

# With every answer in place, each of these tests passes.
for test in $(sort -u "$dir/tests"); do
	check "$test passes with its answers" [ "$(runs "$test")" = pass ]
done
plan
