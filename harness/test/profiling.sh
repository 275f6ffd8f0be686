#!/bin/sh
# Samples under perf record: shares, lists and raw files where perf works, the
# reason where it does not.
. "$(dirname "$0")/tap.sh" "$1"

# run NAME: lines of its hotspots samples in $lines.
run() {
	"$build/ebb" run --plan smoke --no-controls --profile --arms glibc,decay \
	    --workloads server-slots --threads 2 --blocks 1 --ops-scale 2 --no-report \
	    --out "$dir/$1" >"$dir/log" 2>&1
	code=$?
	folder=$(echo "$dir/$1"/*)
	lines=$dir/$1.lines
	grep '"kind":"hotspots"' "$folder/samples.jsonl" >"$lines"
}

# value ARM METRIC: the number, or nothing.
value() {
	grep "\"arm\":\"$1\"" "$lines" |
	    sed -n "s/.*\"metrics\":{[^}]*\"$2\":\([0-9.eE+-]*\)[,}].*/\1/p"
}

share() { # share ARM METRIC LEAST: from LEAST to 1
	value "$1" "$2" | awk -v least="$3" \
	    '{n++; if ($1 < least || $1 > 1) exit 1} END {exit n != 1}'
}

hashes() {
	grep -o '"file":"raw/[^"]*","sha256":"[0-9a-f]*"' "$lines" |
	    sed 's/"file":"\([^"]*\)","sha256":"\(.*\)"/\2  \1/' \
	    >"$dir/sums"
	[ "$(grep -c 'perf.txt' "$dir/sums")" = 2 ] &&
	    (cd "$folder" && sha256sum -c --quiet "$dir/sums")
}

listed() { # the hottest function of ebb's arm, the number of rows, the word
	grep '"arm":"decay"' "$lines" |
	    grep -q '"hotspots":\[{"share":0\.[0-9]*,"object":"[^"]*","symbol":"' &&
	    [ "$(grep '"arm":"decay"' "$lines" | grep -o '"share":' |
	    grep -c .)" -le 12 ] && grep -q '"object":"libebb.so"' "$lines"
}

# No perf in the path at all.
mkdir "$dir/none"
for tool in env git lscpu; do
	path=$(command -v $tool) && ln -s "$path" "$dir/none/$tool"
done
(PATH=$dir/none; export PATH; "$build/ebb" run --plan smoke --no-controls --profile \
    --arms glibc --workloads micro.pair-64 --blocks 1 --no-report \
    --out "$dir/without") >"$dir/log" 2>&1
code=$?
lines=$dir/without.lines
cat "$dir"/without/*/samples.jsonl >"$lines"
check "a run without perf goes on" [ $code = 0 ]
check "its sample says what to install" grep -q \
    '"kind":"hotspots".*"allocator_share":{"unsupported":"perf is not installed: apt-get install linux-perf' \
    "$lines"
check "its sample is no failure" sh -c \
    "grep '\"kind\":\"hotspots\"' '$lines' | grep -q '\"status\":\"ok\"'"

# perf, and what its own environment is.
perf=$(command -v perf)
mkdir "$dir/bin"
printf '#!/bin/sh\nenv >>"%s"\nexec %s "$@"\n' "$dir/perf.env" "$perf" \
    >"$dir/bin/perf"
chmod +x "$dir/bin/perf"
if [ -n "$perf" ]; then
	PATH=$dir/bin:$PATH run with
	why=$(sed -n 's/.*"allocator_share":{"unsupported":"\(perf cannot[^"]*\)".*/\1/p' \
	    "$lines" | head -n 1)
else
	why="perf is not installed"
fi
if [ -n "$why" ]; then
	skip "a recording" "$why"
	plan
	exit 0
fi
check "the run is complete" [ $code = 0 ]
check "a sample of each arm" [ "$(grep -c '"status":"ok"' "$lines")" = 2 ]
check "glibc's share is a share" share glibc allocator_share 0.01
check "ebb's share is a share" share decay allocator_share 0.01
check "the list names functions of the library" listed
check "the stacks are kept and hashed" hashes
check "a stack is folded" grep -q 'workload`[a-z_]*;.* [0-9]*$' \
    "$folder"/raw/*.perf.txt
check "what perf wrote is not kept" sh -c "! ls '$folder'/raw | grep perf.data"
check "our libraries are not preloaded into perf" sh -c \
    "[ -s '$dir/perf.env' ] && ! grep LD_PRELOAD '$dir/perf.env'"
check "it has shares only, no times" sh -c \
    "grep -o '\"metrics\":{[^}]*}' '$lines' | grep -q kernel_share &&
    ! grep -o '\"metrics\":{[^}]*}' '$lines' | grep -q work_ns"
plan
