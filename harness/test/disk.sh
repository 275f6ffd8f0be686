#!/bin/sh
# A disk that is full ends the run with its name; what is done is kept, and
# --resume completes it once there is room. The disk is a small tmpfs in a mount
# namespace of our own, for which a user namespace may be needed.
if [ -z "${EBB_UNSHARED:-}" ]; then
	export EBB_UNSHARED=1
	for how in -m -rm; do
		unshare $how mount -t tmpfs tmpfs /mnt 2>/dev/null &&
		    exec unshare $how sh "$0" "$@"
	done
	echo "ok 1 - a full disk # SKIP no right to mount a small tmpfs"
	echo "1..1"
	exit 0
fi
. "$(dirname "$0")/tap.sh" "$1"
cleanup() {
	umount "$dir/out"
}
mkdir "$dir/out"
mount -t tmpfs -o size=4m tmpfs "$dir/out"

# room KIB: leaves so much by a file that takes the rest.
room() {
	rm -f "$dir/out/ballast"
	free=$(df -k --output=avail "$dir/out" | tail -n 1)
	head -c "$((free - $1))k" /dev/zero >"$dir/out/ballast"
}

run_full() {
	"$build/ebb" run --plan smoke --no-controls --arms glibc --no-report \
	    --workloads micro.pair-64,micro.ring-1000,gbench --blocks 20 \
	    --ops-scale 0.2 --out "$dir/out" >"$dir/log" 2>&1
	code=$?
}

# Every line is whole and believed, and the file ends with one.
lines_whole() {
	[ "$(tail -c 1 "$run/samples.jsonl" | wc -l)" = 1 ] &&
	    [ "$(grep -c '^{"schema":1,.*}$' "$run/samples.jsonl")" = \
	    "$(grep -c '' "$run/samples.jsonl")" ]
}

room 160
run_full
run=$(echo "$dir"/out/*-smoke)
check "a full disk ends the run with 1" [ $code = 1 ]
check "it is named, with what to do" sh -c "
	grep -q 'No space left' '$dir/log' &&
	    grep -q 'Free some space' '$dir/log' &&
	    grep -q -- '--resume $run' '$dir/log'"
check "samples were taken before" has_lines 3 "$dir/out"
check "no line is torn" lines_whole
check "no sample failed for it" sh -c \
    "! grep -v '\"status\":\"ok\"' '$run/samples.jsonl'"
"$build/ebb" run --resume "$run" --no-report >"$dir/log" 2>&1
check "without room, resume ends in the same way" [ $? = 1 ]
rm "$dir/out/ballast"
check "with room, resume completes it" \
    "$build/ebb" run --resume "$run" --no-report
check "every sample is there, once" sh -c "
	[ $(grep -c '"id"' "$run/plan.json") -ge 42 ] &&
	[ $(grep -c . "$run/samples.jsonl") = $(grep -c '"id"' \
	    "$run/plan.json") ]"

# Not even the plan fits.
rm -rf "$run"
room 8
run_full
check "a disk that is full from the start is refused" [ $code = 2 ]
check "and nothing is left" [ "$(ls "$dir/out")" = ballast ]
plan
