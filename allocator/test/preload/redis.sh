#!/bin/sh
# redis.sh LIBEBB: redis-server under redis-benchmark answers the same as under
# glibc, with the library proven to be loaded.
lib=$1
tmp=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$tmp"' EXIT
n=0

result() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - redis: $2"
	else
		echo "not ok $n - redis: $2"
	fi
}

cli() {
	redis-cli -s "$tmp/socket" "$@"
}

# start PRELOAD: an empty server. The one before may have finished its bgsave.
start() {
	rm -f "$tmp/dump.rdb"
	LD_PRELOAD=$1 redis-server --port 0 --unixsocket "$tmp/socket" \
	    --dir "$tmp" --save '' --io-threads 2 --logfile "$tmp/log" \
	    --activedefrag no &
	pid=$!
	i=0
	until cli ping >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt 100 ] || return 1
		sleep 0.05
	done
}

stop() {
	cli shutdown nosave >/dev/null 2>&1
	wait "$pid"
	code=$?
	pid=
	return $code
}

# The same keys and values, in and out.
work() {
	seq 1 20000 | awk '{ text = "abcdefghijklmnopqrstuvwxyz0123456789"
	    printf "SET k%d %s\n", $1, substr(text, 1 + $1 % 20) ($1 * 7919)
	    if ($1 % 3 == 0) printf "APPEND k%d more%d\n", $1 / 3, $1
	    if ($1 % 5 == 0) printf "DEL k%d\n", $1 / 5
	    if ($1 % 7 == 0) printf "LPUSH l%d %d\n", $1 % 11, $1
	    if ($1 % 4 == 0) printf "HSET h%d f%d %d\n", $1 % 13, $1, $1 * 3
	    if ($1 % 6 == 0) printf "ZADD z%d %d m%d\n", $1 % 17, $1 % 999, $1
	    }' | cli | cksum
	seq 1 20000 | sed 's/^/GET k/' | cli | cksum
	for i in 0 5 10; do
		cli lrange l$i 0 -1 | cksum
		cli hgetall h$i | sort | cksum
		cli zrange z$i 0 -1 withscores | cksum
	done
	cli dbsize
	cli debug reload >/dev/null # saves in a child, and loads
	cli dbsize
	cli bgsave >/dev/null
}

start ''
result $? "starts under glibc"
work >"$tmp/glibc"
stop
start "$lib"
result $? "starts under ebb"
grep -q "$lib" "/proc/$pid/maps"
result $? "the library is loaded"
work >"$tmp/ebb"
cmp "$tmp/glibc" "$tmp/ebb"
result $? "the same answers as under glibc"
redis-benchmark -s "$tmp/socket" -n 10000 -r 5000 -d 300 -P 8 -c 20 -q \
    -t set,get,incr,lpush,lpop,sadd,hset,spop,zadd,mset,lrange_100 \
    >"$tmp/benchmark" 2>&1
[ $? = 0 ] && grep -q 'requests per second' "$tmp/benchmark" &&
    ! grep -qi error "$tmp/benchmark"
result $? "redis-benchmark runs through"
cli memory purge | grep -q OK
result $? "MEMORY PURGE"
cli info memory | grep -q '^allocator_allocated:[1-9]'
result $? "INFO tells what the allocator says"
cli flushall >/dev/null
stop
result $? "ends with exit code 0"
echo "1..$n"
