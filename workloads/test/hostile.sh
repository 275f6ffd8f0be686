#!/bin/sh
# What a careless user or a broken allocator does to the workloads: many
# threads, tiny limits, extreme keys, contents that change.
# usage: hostile.sh BUILD        (TAP on stdout)
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

# holds EXPRESSION ARGS...: runs a workload; true when the Python expression
# of its record r and its params p holds.
holds() {
	expression=$1
	shift
	"$build/workload" "$@" >"$work/record" || return 1
	python3 -c '
import json, sys
r = json.load(open(sys.argv[1]))
p = r["params"]
if not eval(sys.argv[2]):
    sys.exit("live_peak %s ops %s extra %s params %s" % (
        r["live_peak"], r["ops"], r["extra"], p))' "$work/record" "$expression"
}

# Limits: the most that is live stays within, whatever the seed.
ok "large-loop: a limit leaves a small --min as it is" \
    holds 'p["min"] == 1 and p["max"] == 1 << 20' \
    large-loop --min=1 --max=20M --mem-limit=1M
for limit in 20K 64K 1M; do
	for seed in 1 2 3; do
		ok "arena-baton: --mem-limit=$limit is kept, seed $seed" \
		    holds 'r["live_peak"] <= p["mem-limit"]' arena-baton \
		    --mem-limit=$limit --seed=$seed --ops=2000 --watch-ms=0
	done
done
ok "arena-baton: replacing keeps to --bytes and an eighth" \
    holds 'r["live_peak"] <= p["bytes"] * 9 // 8' \
    arena-baton --bytes=32K --ops=2000 --watch-ms=0
ok "thread-churn: a swapping thread has one object more" \
    holds 'r["live_peak"] == (p["slots"] + p["width"]) * p["size"]' \
    thread-churn --mallocs=1000 --size=32K --rounds=1
ok "thread-churn: and no limit scales down what fits" \
    holds 'p["size"] == 32768' \
    thread-churn --mallocs=64 --size=32K --rounds=1 --mem-limit=3M
# How much of the objects of several threads is live at once is the
# scheduler's choice: only one thread's peak follows from the seed.
ok "exchange-pool: four threads keep to 1M" \
    holds 'r["live_peak"] <= p["mem-limit"]' \
    exchange-pool --threads=4 --mem-limit=1M
ok "exchange-pool: one thread keeps to 1M, and uses it" \
    holds 'r["live_peak"] <= p["mem-limit"] < 4 * r["live_peak"]' \
    exchange-pool --threads=1 --mem-limit=1M
ok "burst-idle: more blocks than 32 bits count are refused" sh -c '
	ulimit -v 4000000 # else a --base that is not refused takes all memory
	"$1/workload" burst-idle --base=60000G --burst=1000 2>"$2/stderr"
	test $? -eq 2 && grep -q -e "want a number of bytes" "$2/stderr"' \
    sh "$build" "$work"

# The work is what it says.
ok "large-loop: each op of --order=random frees and allocates" \
    holds 'r["extra"]["calls"] == 2 * r["ops"]' \
    large-loop --slots=20 --min=64K --max=128K --order=random --rounds=50
ok "arena-baton: the phases of a long chain leave room for the last" \
    holds '[q["name"] for q in r["phases"]][-2:] == ["idle", "drain"]' \
    arena-baton --chain=600 --bytes=32K --ops=1 --small=1 --watch-ms=0
ok "exchange-pool: a round's calls do not depend on who frees" \
    holds 'r["extra"]["calls"] == 2 * r["ops"] + p["rounds"] * p["shared"]' \
    exchange-pool --threads=3 --rounds=4 --scale=20
ok "random-stride: a thread that is alone hands to itself" \
    holds 'r["extra"]["calls"] == 2 * r["ops"]' \
    random-stride --cross=1 --slots=7 --ops=1000 --check=1
ok "random-stride: one slot" holds 'r["ops"] == 3000' \
    random-stride --slots=1 --cross=1 --ops=1000 --threads=3 --check=1

# The most threads there can be.
while read -r args; do
	# shellcheck disable=SC2086  # args are words
	ok "64 threads: $args" holds 'r["check"] == "ok"' $args \
	    --threads=64 --check=1
done <<END
large-loop --rounds=2 --min=1M --max=1M
thread-churn --rounds=2
burst-idle --base=1M --idle-ms=0 --requests=1 --request-ms=1
exchange-pool --scale=2 --rounds=2
random-stride --ops=5000 --cross=1
random-stride --ops=1 --cross=1
END

# Who frees what another thread allocated: the live page adds up to nothing
# once all is freed. (struct ebb_live ends with its slots of 64 bytes.)
balanced() {
	truncate -s 65536 "$work/live"
	EBB_LIVE_FD=7 "$build/workload" "$@" 7<>"$work/live" \
	    >"$work/record" || return 1
	python3 -c '
import struct, sys
page = open(sys.argv[1], "rb").read()
threads, = struct.unpack_from("I", page, 28)
slots = [struct.unpack_from("=qQ", page, 32 + 256 * 16 + 64 * i)
         for i in range(64)]
print(slots[:threads])
calls = sum(s[1] for s in slots[:threads])
sys.exit(sum(s[0] for s in slots) != 0 or calls == 0)' "$work/live"
	code=$?
	rm "$work/live"
	return $code
}
while read -r args; do
	# shellcheck disable=SC2086  # args are words
	ok "all is freed: $args" balanced $args
done <<END
large-loop --slots=4 --min=64K --max=128K --order=random --rounds=50 --threads=2
large-loop --slots=4 --min=64K --max=128K --order=batch --rounds=50
arena-baton --bytes=64K --ops=500 --watch-ms=0
burst-idle --base=1M --idle-ms=2 --requests=2 --request-ms=1 --ticks=arena
thread-churn --rounds=5 --mallocs=3 --threads=2
thread-churn --rounds=5 --mallocs=3 --work=own
exchange-pool --scale=20 --rounds=4 --threads=3
random-stride --ops=20000 --threads=3 --cross=1
END

# An allocator that changes a byte of a live block: check mode must say so.
cat >"$work/damage.c" <<'END'
#include <pthread.h>
#include <stddef.h>
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void __libc_free(void *);
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *victim;
static unsigned long calls;
/* Every 7th block is watched, until it is freed or the next 50th call. */
static void *note(void *block)
{
	pthread_mutex_lock(&mutex);
	if (++calls % 50 == 0 && victim != NULL) {
		victim[0] ^= 0x55;
		victim = NULL;
	} else if (calls % 7 == 0 && victim == NULL) {
		victim = block;
	}
	pthread_mutex_unlock(&mutex);
	return block;
}
void *malloc(size_t n) { return note(__libc_malloc(n)); }
/* A thread's own vectors come from calloc(n, size) with n > 1. */
void *calloc(size_t n, size_t s)
{
	void *block = __libc_calloc(n, s);
	return n == 1 ? note(block) : block;
}
void free(void *block)
{
	pthread_mutex_lock(&mutex);
	if (block == victim)
		victim = NULL;
	pthread_mutex_unlock(&mutex);
	__libc_free(block);
}
END
damaged() {
	LD_PRELOAD="$work/damage.so" "$build/workload" "$@" --check=1 \
	    >"$work/record" 2>"$work/stderr"
	code=$?
	echo "exit $code"
	[ $code -eq 3 ] && grep -q "not what had been written" "$work/stderr" &&
	    grep -q '"check":"failed"' "$work/record"
}
# shellcheck disable=SC2086  # CC may be words
ok "an allocator that damages blocks compiles" ${CC:-cc} -std=gnu11 \
    -fno-builtin -O1 -shared -fPIC -pthread -o "$work/damage.so" \
    "$work/damage.c"
while read -r args; do
	# shellcheck disable=SC2086  # args are words
	ok "damage is found: $args" damaged $args
done <<END
oscillate --base=16M --period-ms=4 --cycles=3 --discard=1
step-down --base=16M --amount=16M --hold-ms=1 --watch-ms=2
server-slots --rounds=10 --threads=2
producer-consumer --batches=10 --threads=2
burst-width --ops=50000
large-loop --slots=60 --min=64K --max=64K --rounds=500
large-loop --slots=60 --min=64K --max=64K --rounds=500 --touch=ends
arena-baton --bytes=1M --ops=500 --watch-ms=0
burst-idle --base=4M --idle-ms=0 --requests=1 --request-ms=1
thread-churn --rounds=100
thread-churn --rounds=10 --work=own --mallocs=100
exchange-pool --scale=20 --rounds=2 --threads=2
random-stride --ops=10000 --threads=2
END
echo "1..$count"
