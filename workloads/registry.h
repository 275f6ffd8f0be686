/*
 * The registry: every workload, one row each. A new workload is a file that
 * defines workload_<symbol> (workload.h), and its row here.
 */
#ifndef EBB_WORKLOADS_REGISTRY_H
#define EBB_WORKLOADS_REGISTRY_H

#include "workload.h"

#include <stddef.h>

#define REGISTRY(X)          \
	X(oscillate)         \
	X(step_down)         \
	X(server_slots)      \
	X(producer_consumer) \
	X(burst_width)       \
	X(micro)             \
	X(large_loop)        \
	X(arena_baton)       \
	X(thread_churn)      \
	X(burst_idle)        \
	X(exchange_pool)     \
	X(random_stride)     \
	X(mixer)             \
	X(open_loop)         \
	X(control)           \
	X(empty)

#define X(symbol) extern const workload_t workload_##symbol;
REGISTRY(X)
#undef X

extern const workload_t *const registry[];
extern const size_t registry_count;

/* The workload of a name, or NULL. */
const workload_t *registry_lookup(const char *name);

/* The word for a rule about threads: "any", "1" or "even". */
const char *registry_threads(workload_threads_t threads);

#endif
