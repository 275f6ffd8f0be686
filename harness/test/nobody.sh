#!/bin/sh
# As an ordinary user without tracepoints, perf events and the perf program,
# then without seccomp's notifications too: run, ab, report and doctor complete
# and say what is missing. Acceptance test 7.6: no unsupported counter reads 0.
. "$(dirname "$0")/tap.sh" "$1"

give_up() {
	skip "as nobody: run, ab, report and doctor complete" "$1"
	plan
	exit 0
}

[ "$(id -u)" = 0 ] || give_up "only root can become nobody"
command -v setpriv >/dev/null || give_up "no setpriv (util-linux)"
command -v python3 >/dev/null || give_up "no python3"
setpriv --reuid=nobody --regid=nogroup --clear-groups \
    test -x "$build/ebb" || give_up "nobody may not read the build folder"

# A folder of programs without perf, and one to write into.
chmod 755 "$dir"
mkdir "$dir/bin" "$dir/out"
chmod 777 "$dir/out"
for program in lscpu gnuplot sh; do
	found=$(command -v "$program") && ln -s "$found" "$dir/bin/$program"
done

cat >"$dir/without.py" <<'END'
# without.py CALL,... COMMAND...: the kernel refuses these calls to COMMAND.
import ctypes, os, sys
lib = ctypes.CDLL('libseccomp.so.2')
lib.seccomp_init.restype = ctypes.c_void_p
rules = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(0x7fff0000)))
for name in sys.argv[1].split(','):
    number = lib.seccomp_syscall_resolve_name(name.encode())
    if lib.seccomp_rule_add(rules, ctypes.c_uint32(0x00050000 | 13),
                            ctypes.c_int(number), ctypes.c_uint(0)) != 0:
        sys.exit('cannot refuse ' + name)
if lib.seccomp_load(rules) != 0:
    sys.exit('cannot load the filter')
os.execvp(sys.argv[2], sys.argv[2:])
END

cat >"$dir/counters.py" <<'END'
# counters.py LINES: no counter of perf's has a number, each has a reason.
import json, sys
names = [e + s for e in ('cycles', 'instructions', 'branch_misses',
         'cache_misses', 'dtlb_misses', 'page_faults')
         for s in ('_user', '_kernel')] + [
         'task_clock_ns', 'context_switches', 'migrations']
seen = 0
for text in open(sys.argv[1]):
    line = json.loads(text)
    if line['kind'] != 'census':
        continue
    for name in names:
        value = line['metrics'][name]
        if not isinstance(value, dict) or len(value['unsupported']) < 5:
            sys.exit('%s: %s is %r' % (line['id'], name, value))
        seen += 1
sys.exit(seen == 0)
END

# nobody CALLS COMMAND...
nobody() {
	calls=$1
	shift
	(cd "$dir/out" && python3 "$dir/without.py" "$calls" setpriv \
	    --reuid=nobody --regid=nogroup --clear-groups \
	    env PATH="$dir/bin" HOME="$dir/out" "$@") >"$dir/log" 2>&1
}

run() { # run CALLS FOLDER OPTION...
	calls=$1
	folder=$2
	shift 2
	nobody "$calls" "$build/ebb" run --plan smoke --threads 1 --blocks 1 \
	    --ops-scale 0.1 --no-controls --out "$folder" "$@"
}

all_ok() {
	[ -s "$1/plan.json" ] && [ "$(grep -c '"status":"ok"' "$1/samples.jsonl")" = \
	    "$(grep -c '"id"' "$1/plan.json")" ]
}

# The report has the row, with its answer and how, or why not.
row() { # row FILE WHAT ANSWER HOW
	grep -F "| $2 |" "$1" | grep -Eq "\| [*]*$3[*]* \| .*($4)"
}

# exits CODES COMMAND...: ends with one of them.
exits() {
	codes=$1
	shift
	"$@"
	code=$?
	case " $codes " in *" $code "*) return 0 ;; esac
	echo "exit code $code"
	return 1
}

check "ebb run ends with 0" run perf_event_open a \
    --arms glibc,decay --workloads micro.pair-64 --profile
one=$(echo "$dir"/out/a/*)
check "all samples are numbers" all_ok "$one"
check "7.6: each counter is unsupported with its reason, none reads 0" \
    python3 "$dir/counters.py" "$one/samples.jsonl"
check "system calls are still counted, by notification" sh -c "
	grep '\"kind\":\"census\"' '$one/samples.jsonl' |
	    grep -q '\"method\":\"notification\"' &&
	grep '\"kind\":\"census\"' '$one/samples.jsonl' |
	    grep -q '\"kernel_mmap\":[1-9]'"
check "the report is complete" test -s "$one/report.html"
check "it says why there are no hardware counters" \
    row "$one/report.md" "hardware counters" no "is forbidden"
check "... and no tracepoints" row "$one/report.md" \
    "system calls of the allocators (census)" yes "no tracepoints: "
check "... and no functions by perf record" \
    row "$one/report.md" "functions (perf record)" no "perf is not installed"
check "... and what of the machine is unknown" \
    row "$one/report.md" "settings of the machine" '(yes|partly)' .
check "each is in the capability table once" sh -c "
	[ \"\$(grep -c '^| hardware counters |' '$one/report.md')\" = 1 ]"
check "ebb report builds it again, the same" sh -c "
	cp '$one/report.md' '$dir/first.md'
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	    env PATH='$dir/bin' '$build/ebb' report '$one' >'$dir/log' 2>&1 &&
	cmp '$dir/first.md' '$one/report.md'"
check "pinned and bound, or refused in words" sh -c "
	cd '$dir/out' && setpriv --reuid=nobody --regid=nogroup \
	    --clear-groups '$build/ebb' run --plan smoke --threads 1 \
	    --blocks 1 --ops-scale 0.1 --no-controls --arms glibc \
	    --workloads micro.pair-64 --pin cpus --thp never --no-report \
	    --out pinned >'$dir/log' 2>&1 &&
	grep -q '\"cpus\":\"[0-9]*\"' pinned/*/samples.jsonl &&
	! grep -q '\"thp_enabled\":1' pinned/*/samples.jsonl ||
	grep -q -e '--pin\|--thp' '$dir/log'"

check "without notifications too: ebb run ends with 0" \
    run perf_event_open,seccomp b --arms glibc --workloads micro.pair-64
two=$(echo "$dir"/out/b/*)
check "all samples are numbers" all_ok "$two"
check "7.6: nor does a count of system calls read 0" sh -c "
	grep '\"kind\":\"census\"' '$two/samples.jsonl' |
	    grep -q '\"kernel_mmap\":{\"unsupported\":'"
check "the report says that they cannot be counted" row "$two/report.md" \
    "system calls of the allocators (census)" no "no seccomp notification"

check "ebb doctor has a verdict" sh -c "
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	    '$build/ebb' doctor --quick >'$dir/log' 2>&1
	code=\$?
	{ [ \$code = 0 ] || [ \$code = 3 ]; } && grep -q '^verdict: ' '$dir/log'"
if "$build/ebb" ab --help >/dev/null 2>&1; then
	check "ebb ab completes" exits "0 3 4" nobody perf_event_open "$build/ebb" ab \
	    -a decay -b ratio --workload micro.pair-64 --blocks 4 \
	    --ops-scale 0.1 --no-controls --out ab
	check "... and has its samples" grep -q '"status":"ok"' \
	    "$dir"/out/ab/*/samples.jsonl
else
	skip "ebb ab completes" "this build has no ebb ab"
fi
plan
