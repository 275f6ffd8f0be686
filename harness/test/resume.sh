#!/bin/sh
# A run that was interrupted or killed is completed by --resume, by one ebb at a
# time, with the files it began with.
. "$(dirname "$0")/tap.sh" "$1"

# begin ARGS...: a run of 22 samples or more, in the background.
begin() {
	rm -rf "$dir/out"
	"$build/ebb" run --plan smoke --no-controls --arms glibc --no-report \
	    --workloads micro.pair-64,micro.ring-1000 --blocks 10 \
	    --ops-scale 0.3 --out "$dir/out" "$@" >"$dir/log" 2>&1 &
	pid=$!
}

# stopped SIGNAL ARGS...: a run gets the signal when some samples are done.
stopped() {
	signal=$1
	shift
	begin "$@"
	until_true 20 has_lines 3 "$dir/out"
	kill "-$signal" $pid
	wait $pid
	code=$?
	run=$(echo "$dir"/out/*)
	lines=$run/samples.jsonl
}

planned() {
	grep -c '"id"' "$run/plan.json"
}

# Every planned sample has a line.
whole() {
	[ "$(planned)" -ge 22 ] &&
	    [ "$(grep -o '"id":"s[0-9]*","order":[0-9]*' "$lines" | sort -u |
	    wc -l)" = "$(planned)" ]
}

once() {
	[ "$(grep -c . "$lines")" = "$(planned)" ]
}

resume() {
	"$build/ebb" run --resume "$run" --no-report "$@"
}

stopped INT
check "an interrupted run ends with 130" [ $code = 130 ]
check "it says how to go on" grep -q -- "--resume $run" "$dir/log"
check "what it did is kept" [ "$(grep -c . "$lines")" -ge 3 ]
cp "$lines" "$dir/before"
check "a dry run says what is left" sh -c \
    "'$build/ebb' run --resume '$run' --dry-run | grep -q ' are left'"
check "and takes nothing" cmp "$lines" "$dir/before"
check "resume completes it" resume
check "no sample was taken twice" once
check "every sample is there" whole

stopped KILL
printf '{"schema":1,"id":"s000' >>"$lines"
echo damaged >>"$run/raw/s000001.series"
check "resume after kill -9, a torn line and a damaged file" resume
check "every sample is there" whole
check "the damaged one was taken again" \
    [ "$(grep -c '"id":"s000001"' "$lines")" = 2 ]
check "resume of a whole run takes nothing" sh -c \
    "'$build/ebb' run --resume '$run' --no-report | grep -q ' 0 are left'"

stopped TERM
check "SIGTERM does as Ctrl-C" [ $code = 130 ]
resume >"$dir/first" 2>&1 &
pid=$!
before=$(grep -c . "$lines")
until_true 20 has_lines $((before + 1)) "$dir/out"
check "a second resume is refused while one runs" sh -c "
	'$build/ebb' run --resume '$run' --no-report 2>'$dir/log'
	[ \$? = 2 ] && grep -q 'another ebb' '$dir/log'"
wait $pid
check "the first goes on undisturbed" [ $? = 0 ]
check "every sample is there" whole
check "each once" once

# The library is another one.
cp "$build/variants/decay/libebb.so" "$dir/mine.so"
stopped INT --allocator "mine=$dir/mine.so"
rm "$dir/mine.so"
check "a library that is gone is named" sh -c "
	'$build/ebb' run --resume '$run' 2>'$dir/log'
	[ \$? = 2 ] && grep -q 'mine: .*/mine.so. is not there' '$dir/log'"
cp "$build/variants/ratio/libebb.so" "$dir/mine.so"
cp "$lines" "$dir/before"
check "a library that was rebuilt is refused" sh -c "
	'$build/ebb' run --resume '$run' 2>'$dir/log'
	[ \$? = 2 ] && grep -q 'mine: .*/mine.so. was rebuilt' '$dir/log'"
check "and nothing is measured" cmp "$lines" "$dir/before"
cp "$build/variants/decay/libebb.so" "$dir/mine.so"
check "with the first one back, resume completes it" resume

# Before there is a plan there is no folder.
begin --allocator "mine=$dir/mine.so"
sleep 0.3
kill -TERM $pid
wait $pid
code=$?
early() {
	[ $code = 130 ] || return 1
	[ -e "$dir/out" ] || grep -q 'nothing was written' "$dir/log"
}
check "SIGTERM before or in the pilot" early

# While the report is built.
rm -rf "$dir/out"
"$build/ebb" run --plan smoke --no-controls --arms glibc --workloads micro.pair-64 \
    --blocks 1 --ops-scale 0.1 --out "$dir/out" >"$dir/log" 2>&1 &
pid=$!
until_true 20 grep -q '^  results ' "$dir/log"
kill -TERM $pid
wait $pid
code=$?
run=$(echo "$dir"/out/*)
check "a signal ends the building of the report" [ $code = 130 ]
check "it says how to build it" grep -q "ebb report $run" "$dir/log"
check "the report can be built" "$build/ebb" report "$run"
plan
