/*
 * A planted fault, for the test of the harness that must find it: a libebb
 * whose malloc sleeps for 1 ms in 1 of 10 000 calls, whoever makes them.
 * SConstruct renames the real one to unplanted_malloc in this library alone,
 * which is never shipped.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PLANTED_EVERY 10000u
#define PLANTED_NS 1000000

void *unplanted_malloc(size_t size);
void *malloc(size_t size) __attribute__((visibility("default")));

void *
malloc(size_t size)
{
	static uint64_t calls;
	if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % PLANTED_EVERY ==
	    0) {
		const struct timespec length = {.tv_nsec = PLANTED_NS};
		int error = errno;
		nanosleep(&length, NULL);
		errno = error;
	}
	return unplanted_malloc(size);
}
