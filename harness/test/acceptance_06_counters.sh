#!/bin/sh
# Acceptance 6: where a container forbids perf, the report is complete, each
# counter says why it has no number, and none of them reads 0.
. "$(dirname "$0")/tap.sh" "$1"

# As the default seccomp profile of container engines: perf_event_open fails.
# What cannot be had by it is not to be had from tracefs or a tool either.
cat >"$dir/forbid.c" <<'END'
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_perf_event_open, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		return 99;
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 99;
}
END
if ! cc -o "$dir/forbid" "$dir/forbid.c" 2>"$dir/log" ||
    ! "$dir/forbid" /bin/true; then
	skip "a run without perf" "seccomp filters are not permitted here"
	plan
	exit 0
fi
"$dir/forbid" "$build/ebb" run --plan smoke --profile --no-controls \
    --arms glibc,decay --workloads micro.pair-64 --blocks 1 --ops-scale 0.2 \
    --out "$dir/out" >"$dir/log" 2>&1
code=$?
run=$(echo "$dir"/out/*)

# Each of them in each census sample: a reason, and no number.
counters() {
	python3 - "$run/samples.jsonl" <<'END'
import json, sys
hardware = [name + "_" + mode for mode in ("user", "kernel") for name in
            ("cycles", "instructions", "branch_misses", "cache_misses",
             "dtlb_misses")]
software = ["task_clock_ns", "page_faults_user", "page_faults_kernel",
            "context_switches", "migrations"]
shares = ["allocator_share", "allocator_kernel_share", "kernel_share"]
seen = 0
for text in open(sys.argv[1]):
    line = json.loads(text)
    wanted = {"census": hardware + software, "hotspots": shares}.get(
        line["kind"], [])
    for name in wanted:
        value = line["metrics"][name]
        assert isinstance(value, dict) and len(value["unsupported"]) > 8, \
            (line["id"], name, value)
        seen += 1
print(seen)
assert seen == 2 * (len(hardware) + len(software) + len(shares))
END
}
no_number() { # in the summary: counters have a reason, never a value
	awk -F, '$6 ~ /^(cycles|instructions|branch_misses|cache_misses|dtlb_)/ ||
	    $6 ~ /^(task_clock_ns|page_faults_|context_switches|migrations)/ ||
	    $6 ~ /_share$/ {
		rows++
		if ($10 != "" || $0 !~ /unsupported \(/) { print; bad = 1 }
	} END { exit bad || rows < 30 }' "$run/summary.csv"
}
complete() { # all that does not need perf is there
	for file in report.html report.md summary.csv gbench.json; do
		[ -s "$run/$file" ] || { echo "$file"; return 1; }
	done
	grep -q '^micro.pair-64.t1,.*,decay,work_ns,ns,lower,1,[0-9]' \
	    "$run/summary.csv" && grep -q '</html>' "$run/report.html" &&
	    grep -q 'hardware counters: no (' "$dir/log" &&
	    grep -q 'software counters: no (' "$dir/log"
}

check "the run is complete" [ $code = 0 ]
check "every sample is a number" sh -c \
    "! grep -v '\"status\":\"ok\"' '$run/samples.jsonl'"
check "each counter says why it has none" counters
check "no counter reads 0 in the summary" no_number
check "the report is complete and names what it lacks" complete
plan
