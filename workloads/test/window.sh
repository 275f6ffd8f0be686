#!/bin/sh
# Within the measured window a workload makes the allocator calls it counts
# and no other: a preloaded counter of calls, switched by the live page's
# work_begin_ns and work_end_ns, must equal the record's extra.calls.
# usage: window.sh BUILD        (TAP on stdout)
set -u
build=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset EBB_RECORD_FD EBB_LIVE_FD
count=0

cat >"$work/count.c" <<'END'
#include "live.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);
static struct ebb_live *live;
static _Atomic unsigned long calls;
static void note(void)
{
	if (live != NULL && live->work_begin_ns != 0 && live->work_end_ns == 0)
		calls++;
}
void *malloc(size_t n) { note(); return __libc_malloc(n); }
void *calloc(size_t n, size_t s) { note(); return __libc_calloc(n, s); }
void *realloc(void *p, size_t n) { note(); return __libc_realloc(p, n); }
void *memalign(size_t a, size_t n) { note(); return __libc_memalign(a, n); }
void *aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
int posix_memalign(void **p, size_t a, size_t n)
{
	*p = memalign(a, n);
	return *p != NULL ? 0 : ENOMEM;
}
/* glibc frees a vector of NULLs with each thread: no work for an allocator. */
void free(void *p) { if (p != NULL) note(); __libc_free(p); }
__attribute__((constructor)) static void begin(void)
{
	int fd = atoi(getenv("EBB_LIVE_FD"));
	live = mmap(NULL, sizeof(*live), PROT_READ, MAP_SHARED, fd, 0);
	if (live == MAP_FAILED)
		_exit(99);
}
__attribute__((destructor)) static void end(void)
{
	dprintf(8, "%lu\n", calls);
}
END
if ! ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -fno-builtin -O1 -shared -fPIC \
    -I"$here/.." -o "$work/count.so" "$work/count.c" 2>"$work/log"; then
	sed 's/^/# /' "$work/log"
	echo "not ok 1 - the counter compiles"
	exit 1
fi

# calls WORKLOAD...: leaves what was counted in $seen, the record's in $said.
calls() {
	rm -f "$work/live"
	truncate -s 65536 "$work/live"
	EBB_LIVE_FD=7 LD_PRELOAD="$work/count.so" "$build/workload" "$@" \
	    7<>"$work/live" 8>"$work/seen" >"$work/record" || return 1
	seen=$(cat "$work/seen")
	said=$(sed 's/.*"calls":\([0-9]*\).*/\1/' "$work/record")
}

while read -r name args; do
	count=$((count + 1))
	for mode in "" "--latency=1" "--check=1"; do
		# shellcheck disable=SC2086  # words
		calls "$name" $args $mode || seen=failed
		[ "$seen" = "$said" ] || break
	done
	if [ "$seen" = "$said" ] && [ "$said" -gt 0 ]; then
		echo "ok $count - $name $args: $said calls and no other"
	else
		echo "not ok $count - $name $args $mode: $seen calls, said $said"
	fi
done <<END
oscillate --base=4M --period-ms=8 --cycles=3 --discard=1 --ticks=arena
oscillate --base=4M --period-ms=8 --cycles=3 --threads=2 --placement=segregated
step-down --base=4M --amount=4M --hold-ms=2 --watch-ms=4
step-down --base=4M --amount=4M --hold-ms=2 --watch-ms=4 --ticks=none
server-slots --rounds=5
server-slots --rounds=5 --threads=2 --generations=1
producer-consumer --batches=5 --threads=2
producer-consumer --batches=5 --threads=4 --relays=2 --sizes=mix
burst-width --ops=10000 --k=8,200 --switch=3
burst-width --ops=10000 --think=gc --order=random --threads=2
micro --ops=10000
micro --ops=10000 --pattern=ring --threads=3
micro --ops=10000 --pattern=lifo
large-loop --rounds=5
large-loop --rounds=9 --slots=3 --min=1M --order=random --threads=2
large-loop --rounds=9 --slots=4 --max=20M --order=batch --touch=ends
burst-idle --base=4M --idle-ms=1 --requests=2 --request-ms=1 --threads=2
burst-idle --base=4M --idle-ms=4 --requests=2 --request-ms=1 --ticks=arena
arena-baton --pattern=sleepers --chain=5 --bytes=1M --ops=50 --watch-ms=1
exchange-pool --rounds=3 --scale=20
random-stride --ops=20000
random-stride --ops=20000 --threads=3 --cross=1 --sizes=even
random-stride --ops=20000 --threads=2 --cross=0 --sizes=linear
mixer --live=1M --rounds=11
mixer --live=1M --rounds=11 --threads=3 --structure=vector
open-loop --requests=1000
open-loop --requests=1000 --threads=2
END

# Successor threads are made in the window by design: pthread_create's own
# calls, two or three a thread, are all that may come on top.
while read -r made name args; do
	count=$((count + 1))
	# shellcheck disable=SC2086  # words
	calls "$name" $args || seen=0
	if [ "$seen" -ge "$said" ] && [ "$seen" -le $((said + 3 * made)) ]; then
		echo "ok $count - $name: $made threads add their creation only"
	else
		echo "not ok $count - $name: $seen calls, said $said"
	fi
done <<END
8 server-slots --rounds=8 --threads=2 --generations=4
5 arena-baton --chain=5 --bytes=1M --ops=50 --watch-ms=1
160 thread-churn --rounds=8 --threads=2
80 thread-churn --rounds=8 --work=own --mallocs=64
12 exchange-pool --rounds=4 --scale=20 --threads=3
0 empty --threads=2
0 control --batches=3 --batch=1000
0 control --batches=3 --batch=1000 --plant-time=0.5 --plant-pages=0.5
END
echo "1..$count"
