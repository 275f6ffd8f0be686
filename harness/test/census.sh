#!/bin/sh
# The census against strace: what it counts in the kernel of the same process,
# same keys, same seed, same addresses, is the same within 1 %; by tracepoints
# as root, by seccomp's notifications as nobody.
. "$(dirname "$0")/tap.sh" "$1"
chmod 755 "$dir"

# What nobody must read is copied: the build folder may be private.
copy=$dir/copy
mkdir -p "$copy/variants/decay"
cp "$build/ebb" "$build/ebb-census" "$build/workload" \
    "$build/libebb-probe.so" "$copy"
cp "$build/variants/decay/libebb.so" "$copy/variants/decay"
sed "s|$build/|$copy/|" "$build/variants.json" >"$copy/variants.json"

cat >"$dir/compare.py" <<'END'
import glob, json, os, re, subprocess, sys, tempfile
build, folder, arm, method = sys.argv[1:]
for text in open(os.path.join(folder, "samples.jsonl")):
    line = json.loads(text)
    if line["kind"] == "census" and line["arm"] == arm:
        break
assert line["status"] == "ok", line["reason"]
census = line["census"]
assert census["method"] == method and census["lost"] == 0, census
raw = os.path.join(folder, line["raw"]["census"]["file"])
rows = [r.strip().split(",") for r in open(raw)][1:]

# The same process under strace: command, options, preloaded probe.
words = line["command"][1:]
preload, environment = [], []
while "=" in words[0]:
    name, value = words.pop(0).split("=", 1)
    if name == "LD_PRELOAD":
        preload.append(value if value[0] == "/" else
                       build + "/variants/decay/libebb.so")
    else:
        environment += ["-E", name + "=" + value]
words[0] = build + "/workload"
preload = ":".join(preload + [build + "/libebb-probe.so"])
environment += ["-E", "LD_PRELOAD=" + preload]
for i, name in enumerate(["RECORD", "LIVE", "PROBE", "STATS"]):
    with tempfile.TemporaryFile() as file:
        file.truncate(65536 if name == "LIVE" else 0)
        os.dup2(file.fileno(), 200 + i)
    environment += ["-E", "EBB_%s_FD=%d" % (name, 200 + i)]
log = tempfile.NamedTemporaryFile()
subprocess.run(["strace", "-f", "-o", log.name, "-e",
                "trace=madvise,process_madvise,munmap,mmap,mremap,brk"]
               + environment + words, pass_fds=range(200, 204), check=True)

# Added up by strace's words, not by ours.
want = dict.fromkeys(census["total"], 0)
last = None
def add(name, size, returned=False):
    want["kernel_" + name] += 1
    want["kernel_" + name + "_bytes"] += size
    want["kernel_returned_bytes"] += size if returned else 0
for text in open(log.name):
    call, args = re.match(r"\d+ +(\w+|[+-]+)\(?(.*)", text).groups()
    args = args.split(")")[0].split(", ")
    if call == "madvise":
        name = {"MADV_DONTNEED": "dontneed", "MADV_FREE": "free"}.get(
            args[2], "other")
        add("madvise_" + name, int(args[1]), name != "other")
    elif call == "munmap":
        add("munmap", int(args[1]), True)
    elif call == "mmap":
        add("mmap", int(args[1]))
    elif call == "mremap":
        add("mremap", abs(int(args[1]) - int(args[2])))
    elif call == "brk":
        to = None if args[0] == "NULL" else int(args[0], 16)
        move = to - last if to and last else 0
        add("brk", abs(move))
        want["kernel_returned_bytes"] += max(0, -move)
        last = to or last
assert want["kernel_mmap"] > 5 and want["kernel_munmap"] > 0, want
bad = 0
for name, value in census["total"].items():
    near = abs(value - want[name]) <= 0.01 * want[name]
    bad += not near
    print("%-32s census %12d strace %12d%s" % (
        name, value, want[name], "" if near else "  differs"))

# The raw file and the metrics are of these counts.
for name, value in census["total"].items():
    if not re.search("_(bytes|ranges)$", name):
        of = [r for r in rows if "kernel_" + r[1] == name]
        assert sum(int(r[2]) for r in of) == value, (name, of)
        assert sum(int(r[3]) for r in of) == census["total"][name + "_bytes"]
    less = value - census["empty"][name]
    assert line["metrics"][name] == max(0, less), name
sys.exit(bad > 0)
END

# Pages that are purged at once, and no ticks: nothing depends on time.
census() { # census FOLDER COMMAND...: takes the samples
	out=$1
	shift
	mkdir -m 777 "$out" && cd / &&
	    setarch -R "$@" "$copy/ebb" run --plan smoke --no-controls \
		--arms glibc,tcmalloc,decay --workloads step-down.arena \
		--blocks 1 --seed 7 --no-report --conf dirty_decay_ms:0 \
		--set step-down.hold-ms=1 --set step-down.watch-ms=20 \
		--set step-down.ticks=none \
		--out "$out"
}

compare() { # compare FOLDER ARM METHOD
	setarch -R python3 "$dir/compare.py" "$copy" "$1"/*/ "$2" "$3"
}

if ! command -v strace >/dev/null || ! strace -o "$dir/log" true; then
	skip "the census is what strace counts" "strace is not permitted"
elif ! setarch -R true 2>/dev/null; then
	skip "the census is what strace counts" \
	    "addresses cannot be fixed (setarch -R)"
else
	run() { # run USER COMMAND...: samples and comparisons
		user=$1
		shift
		check "a run as $user ends well" census "$dir/$user" "$@"
		method=$(sed -n 's/.*"method": "\([a-z]*\)".*/\1/p' \
		    "$dir/$user"/*/machine.json)
		why=$(sed -n '/"census"/,/}/s/.*"why": "\(.*\)".*/\1/p' \
		    "$dir/$user"/*/machine.json)
		if [ "$method" = none ]; then
			skip "the census as $user" "$why"
			return
		fi
		for arm in glibc tcmalloc decay; do
			check "$arm as $user, by $method: what strace counts" \
			    compare "$dir/$user" $arm "$method"
		done
	}
	run "$(id -un)" env
	if [ "$(id -u)" = 0 ]; then
		run nobody setpriv --reuid=65534 --regid=65534 --clear-groups
	else
		skip "the census as nobody" "we are not root"
	fi
fi
plan
