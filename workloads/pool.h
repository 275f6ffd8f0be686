/*
 * Threads of a run: all of them exist before any begins.
 *
 * Creating a thread allocates (glibc takes its thread vector from calloc), so
 * threads are made before the measured window, held at a gate, and let go
 * together.
 */
#ifndef EBB_WORKLOADS_POOL_H
#define EBB_WORKLOADS_POOL_H

#define POOL_MAX 64

typedef void pool_fn(void *argument, unsigned id);

/*
 * Calls fn(argument, id) for id 0 .. n - 1 and waits for all of them. With
 * n = 1 the caller's own thread does the work and none is created; with more,
 * the caller only waits. 1 <= n <= POOL_MAX.
 * Returns 0, or the errno value of a thread that could not be created: then
 * fn was not called at all.
 */
int pool_run(unsigned n, pool_fn *fn, void *argument);

#endif
