#!/bin/sh
# ebb ab drives a server: ready, drives, values, settle, stop; what goes wrong is
# a failed sample that says what; and redis, of which there is all that was asked
# for.
. "$(dirname "$0")/tap.sh" "$1"

server() { # server CODE ARGS...: output in $dir/log, folder in $run
	want=$1
	shift
	rm -rf "$dir/out"
	"$build/ebb" ab --no-controls --no-report --blocks 1 --a purge:decay \
	    --b purge:ratio --out "$dir/out" "$@" >"$dir/log" 2>&1
	code=$?
	run=$(echo "$dir"/out/*)
	[ "$code" = "$want" ] || { echo "exit code $code, not $want"; return 1; }
}

says() {
	grep -F -- "$1" "$dir/log" >/dev/null || { echo "no '$1'"; return 1; }
}

# A server of a file: what is driven leaves something behind.
drive='echo 41; printf "1\r7\n"; : ${MALLOC_CONF+set}'
check "a server that SIGTERM ends is fine" server 4 --ready true \
    --drive "$drive" --drive true --settle 0.05 --value '+last=([0-9]+)$' \
    -- sleep 100
measured() {
	[ "$(grep -c '"status":"ok"' "$run/samples.jsonl")" = 4 ] &&
	    grep -q '"drive1_ns":[0-9]' "$run/samples.jsonl" &&
	    grep -q '"drive2_ns":[0-9]' "$run/samples.jsonl" &&
	    grep -q '"rss_end":[0-9]' "$run/samples.jsonl" &&
	    grep -q '"last":7.0' "$run/samples.jsonl"
}
check "its drives are timed, its value and its memory are read" measured
check "values, memory at the end and purges get the verdicts" \
    grep -q '"rss_end",' "$run/plan.json"
apart() {
	server 4 --ready 'test -z "$LD_PRELOAD$MALLOC_CONF"' --drive \
	    'env | grep -c -e LD_PRELOAD -e MALLOC_CONF -e EBB_ || true' \
	    --value 'seen=([0-9]+)' --value 'count=^([0-9]+)$' -- sleep 100 &&
	    grep -q '"count":0.0' "$run/samples.jsonl"
}
check "clients run without the allocator" apart
check "a server that is never ready" server 1 --ready 'echo no >&2; false' \
    --ready-timeout 0.2 --drive true -- sleep 100
check "is named with the command and its words" says \
    "the server is not ready after 0.2 s: 'echo no >&2; false' failed (exit code 1): no"
check "a --ready that does not end" server 1 --ready 'sleep 100' \
    --ready-timeout 0.2 --drive true -- sleep 100
check "is named, in time" says \
    "the server is not ready after 0.2 s: 'sleep 100' did not end;"
check "a server that ends before" server 1 --ready false --drive true -- true
check "is said to have ended" says "the server ended before it was ready"
check "a client that fails" server 1 --ready true \
    --drive 'echo wrong >&2; exit 5' -- sleep 100
check "is named" says "'echo wrong >&2; exit 5' failed (exit code 5): wrong"
check "its --stop is the server's end" server 4 --ready true --drive true \
    --stop 'pkill -f "^[^ ]*sleep 987$"' --env HERE=1 -- sleep 987
check "and leaves no warning" sh -c "! grep -F 'stop: the server' '$run/samples.jsonl'"
check "a --stop that fails" server 4 --ready true --drive true --stop 'exit 7' \
    -- sleep 100
check "is followed by SIGTERM, with a warning" grep -F -e \
    "stop: the server was ended by SIGTERM, as --stop failed ('exit 7': exit code 7)" \
    "$run/samples.jsonl"
for option in ready drive stop; do
	check "an empty --$option is refused" server 2 --ready true "--$option" ' ' \
	    -- sleep 100
	check "by name" says "--$option: the command is empty"
done
left() {
	! pgrep -f 'sleep 100$' -P 1 >/dev/null
}
check "no server is left behind" left

# Redis: purges are counted, so that a verdict does not hang on the machine.
if command -v redis-server >/dev/null && command -v redis-benchmark \
    >/dev/null; then
	port=$((20000 + $$ % 20000))
	check "redis is driven" server 0 --blocks 6 --primary npurge \
	    --a purge:decay,decay_time:1000 --b purge:ratio,lg_dirty_mult:8 \
	    --ready "redis-cli -p $port ping" \
	    --drive "redis-benchmark -p $port -t set -n 3000 -r 3000 -d 2000 -q" \
	    --drive "redis-cli -p $port flushall" --settle 0.1 \
	    --value '+rps=([0-9.]+) requests per second' \
	    --stop "redis-cli -p $port shutdown nosave" \
	    -- redis-server --port $port --save '' --appendonly no
	redis() {
		grep -Eq '^ +npurge .* more' "$dir/log" &&
		    grep -Eq '^ +rps +[0-9]' "$dir/log" &&
		    grep -Eq '^ +RSS at the end +[0-9]' "$dir/log" &&
		    grep -q '"rps":[1-9]' "$run/samples.jsonl"
	}
	check "and gives requests a second, memory and a verdict on purges" redis
else
	skip "redis is driven" "redis-server or redis-benchmark is not there"
	skip "and gives requests a second, memory and a verdict on purges" \
	    "redis-server or redis-benchmark is not there"
fi
plan
