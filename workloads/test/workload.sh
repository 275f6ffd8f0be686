#!/bin/sh
# Every workload and case at smoke size: exit 0, one line of JSON, contents
# verified, the expected number of ops; seeds; errors; limits; latency.
# usage: workload.sh BUILD        (TAP on stdout)
# shellcheck disable=SC2016  # the inner shells expand
set -u
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset EBB_RECORD_FD EBB_LIVE_FD
count=0

# ok NAME COMMAND...: one line of TAP, by the command's exit code.
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

# record ARGS...: runs a workload and leaves its record in $work/record.
record() {
	"$build/workload" "$@" >"$work/record"
}

# field NAME: a field of the last record, dots between levels.
field() {
	python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = value[key]
print(value)' "$work/record" "$1"
}

# A plan of smoke runs, from the registry itself: name, case, arguments.
"$build/workload" --list=json | python3 -c '
import json, sys
for line in sys.stdin:
    row = json.loads(line)
    counts = {"any": [1, 2], "1": [1], "even": [2]}[row["threads"]]
    assert row["cases"] + row["more_cases"]
    assert row["name"] == "empty" or row["smoke"] and row["default"]
    for case in row["cases"] + row["more_cases"]:
        for n in counts if case in row["cases"] else counts[:1]:
            print(row["name"], case["case"], n,
                  *row["smoke"], *case["args"])' >"$work/plan"
ok "the registry lists itself as JSON" test -s "$work/plan"

cat >"$work/verify.py" <<'END'
import json, sys
lines = open(sys.argv[1]).read().splitlines()
assert len(lines) == 1, "want one line, got %d" % len(lines)
r = json.loads(lines[0])
p, n, name = r["params"], r["threads"], r["workload"]
bursts = lambda ops, k: max(1, ops // k) * k
micro = lambda: p["ops"] if p["pattern"] in ("pair", "ring") \
    else bursts(p["ops"], p["n"])
want = {
    "oscillate": lambda: 2 * r["extra"]["transient_blocks"]
        * (p["cycles"] - p["discard"]),
    "step-down": lambda: p["amount"] // p["block"],
    "server-slots": lambda: n * p["rounds"] * p["slots"],
    "producer-consumer":
        lambda: p["producers"] * p["batches"] * p["batch"],
    "burst-width": lambda: n * sum(bursts(p["ops"], k) for k in p["k"]),
    "micro": lambda: n * micro(),
    "large-loop": lambda: n * p["rounds"],
    "arena-baton": lambda: p["chain"] * p["ops"],
    "burst-idle": lambda: r["extra"]["freed_blocks"]
        + n * p["requests"] * p["objects"],
    "thread-churn": lambda: n * p["rounds"] * p["width"],
    "exchange-pool": lambda: 100 * p["scale"] * p["rounds"]
        * sum(i % 8 + 1 for i in range(n)),
    "random-stride": lambda: n * p["ops"],
    # Blocks, by chance; nearly as many as die in the window are born in it.
    "mixer": lambda: r["ops"]
        if 1.8 < r["extra"]["calls"] / r["ops"] < 2.1 else 0,
    "open-loop": lambda: n * p["requests"],
    "control": lambda: p["batches"] * p["batch"],
    "empty": lambda: 0,
}[name]()
assert r["ops"] == want, "ops %d, want %d" % (r["ops"], want)
assert r["case"] == sys.argv[2], r["case"]
assert r["threads"] == int(sys.argv[3])
assert r["check"] == "ok"
assert (r["latency"] is None) == (name != "open-loop")
assert 0 < r["work_ns"] <= r["wall_ns"]
assert (r["live_peak"] > 0) == (name != "empty")
assert r["extra"]["calls"] >= r["ops"]
assert [q["name"] for q in r["phases"]][0] == "setup"
times = [q["t_ns"] for q in r["phases"]]
assert times == sorted(times)
for key in "cpu_user_ns cpu_sys_ns minflt majflt nvcsw nivcsw".split():
    assert r[key] >= 0
END
while read -r name case threads args; do
	# shellcheck disable=SC2086  # args are words
	ok "$name $case, $threads threads, runs and verifies" sh -c '
		build=$1 work=$2 name=$3 case=$4 threads=$5
		shift 5
		"$build/workload" "$name" "$@" --threads="$threads" --check=1 \
		    >"$work/record" &&
		python3 "$work/verify.py" "$work/record" "$case" "$threads"' \
	    sh "$build" "$work" "$name" "$case" "$threads" $args
done <"$work/plan"

# Seeds: the same one gives the same op stream, whatever the addresses.
small="oscillate:--base=4M:--period-ms=4:--cycles=1:--discard=0
step-down:--base=4M:--amount=4M:--hold-ms=1:--watch-ms=2
server-slots:--rounds=3:--threads=2
producer-consumer:--batches=3:--sizes=mix:--threads=2
burst-width:--ops=1000:--order=random
micro:--ops=1000:--pattern=ring
large-loop:--rounds=8:--slots=3:--min=1M:--max=2M:--order=random
arena-baton:--chain=3:--bytes=1M:--ops=100:--watch-ms=1
burst-idle:--base=4M:--idle-ms=1:--requests=2:--request-ms=1
thread-churn:--rounds=5:--threads=2:--size=32K
exchange-pool:--scale=40:--rounds=3:--threads=3
random-stride:--ops=20000:--threads=3
mixer:--live=1M:--rounds=11:--threads=3:--streams=1
open-loop:--requests=1000:--threads=2
control:--batches=2:--batch=1000"
for row in $small; do
	# shellcheck disable=SC2046  # words
	set -- $(echo "$row" | tr : ' ')
	record "$@" --seed=5 && first=$(field checksum)
	case $1 in
	thread-churn | control) mode=--check=1 ;; # calls are not timed
	*) mode=--latency=1 ;;
	esac
	record "$@" --seed=5 $mode && again=$(field checksum)
	record "$@" --seed=6 && other=$(field checksum)
	ok "$1: same seed, same checksum" test "$first" = "$again"
	ok "$1: other seed, other checksum" test "$first" != "$other"
	record "$@" --mem-limit=1M
	ok "$1: stays within --mem-limit" \
	    test "$(field live_peak)" -le $((1100 << 10))
done

# Latency: every 64th call, in a histogram that sums up.
record server-slots --rounds=20 --latency=1
ok "latency: a histogram of every 64th call" python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
lat = r["latency"]
h = lat["hist"]
assert lat["unit"] == "ns" and lat["every"] == 64 and lat["clock_ns"] > 0
assert h["lg_sub"] == 7 and h["min"] <= h["max"]
assert h["count"] == sum(n for _, n in h["buckets"])
calls = 2 * r["ops"]
assert calls / 64 <= h["count"] <= calls / 64 * 1.1 + 2, h["count"]
' "$work/record"

# What is planted: its true size is in the record, the op stream the same.
planted() { # planted KEY SHARE
	record control --batches=5 --batch=4000 --live=4M --seed=5 &&
	    first=$(field checksum) &&
	    record control --batches=5 --batch=4000 --live=4M --seed=5 \
		"--plant-$1=$2" &&
	    [ "$first" = "$(field checksum)" ] &&
	    python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
x, kind, share = r["extra"], sys.argv[2], float(sys.argv[3])
of, on = (("worked_ns", "planted_ns"), ("resident_pages", "planted_pages"))[
    kind == "pages"]
other = "planted_ns" if kind == "pages" else "planted_pages"
print(x)
assert x[on] >= share * x[of] - 1
# A spin may end late, by what a machine that is busy stalls.
assert x[on] <= share * x[of] + (2e7 if kind == "time" else 1)
assert x[other] == 0
assert r["work_ns"] >= x["worked_ns"] + x["planted_ns"]
' "$work/record" "$1" "$2"
}
ok "control: planted time is spun, and counted" planted time 0.5
ok "control: planted pages are kept, and counted" planted pages 0.25

# Errors name what is wrong, on stderr, and exit with 2.
refuses() {
	want=$1
	shift
	"$build/workload" "$@" >"$work/stdout" 2>"$work/stderr"
	code=$?
	if [ $code -ne 2 ] || [ -s "$work/stdout" ] ||
	    ! grep -qF -e "$want" "$work/stderr"; then
		echo "exit $code"
		cat "$work/stderr"
		return 1
	fi
}
ok "an unknown name is named" refuses '"oscilate"' oscilate
ok "an unknown key is named" refuses --bas=1M oscillate --bas=1M
ok "a bad value is named" refuses --f=1.5 oscillate --f=1.5
ok "a bad word is named with the words" refuses 'interleaved|segregated' \
    oscillate --placement=x
ok "an odd number of threads is refused" refuses --threads=3 \
    producer-consumer --threads=3
ok "an argument that is no key is refused" refuses junk micro junk
ok "no name at all prints the usage" refuses usage:
fails_with_1() {
	want=$1
	shift
	"$@" >"$work/stdout" 2>"$work/stderr"
	[ $? -eq 1 ] && grep -qF -e "$want" "$work/stderr"
}
ok "a closed EBB_RECORD_FD is refused" fails_with_1 EBB_RECORD_FD=77 \
    env EBB_RECORD_FD=77 "$build/workload" micro --ops=64
ok "a closed EBB_LIVE_FD is refused" fails_with_1 EBB_LIVE_FD=77 \
    env EBB_LIVE_FD=77 "$build/workload" micro --ops=64
ok "no memory is said, not crashed on" fails_with_1 "malloc(" \
    sh -c 'ulimit -v 200000; exec "$1/workload" oscillate --base=4G' sh "$build"

# The record goes to EBB_RECORD_FD, and then stdout stays empty.
EBB_RECORD_FD=9 "$build/workload" micro --ops=64 9>"$work/record" \
    >"$work/stdout"
ok "EBB_RECORD_FD gets the record" test "$(field workload)" = micro
ok "and stdout stays empty" test ! -s "$work/stdout"

for word in --help --list; do
	ok "$word answers" "$build/workload" "$word"
done
ok "NAME --help names the keys" sh -c '"$1/workload" burst-width --help |
    grep -q -e "--switch=0"' sh "$build"
echo "1..$count"
