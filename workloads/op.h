/*
 * Allocator calls of a workload's body.
 *
 * A body is written once, as an OP_BODY function of a constant `mode`, and
 * OP_DISPATCH calls the copy for the run's mode: without --latency there is
 * no clock and no counter in the loop, without --check no verification, and
 * no branch that would ask.
 */
#ifndef EBB_WORKLOADS_OP_H
#define EBB_WORKLOADS_OP_H

#include "run.h"

#include <stdlib.h>

#define OP_BODY static inline __attribute__((always_inline))

#define OP_DISPATCH(body, thread, ...)                                         \
	do {                                                                   \
		switch ((thread)->run->mode) {                                 \
		case 0:                                                        \
			body((thread), 0u, ##__VA_ARGS__);                     \
			break;                                                 \
		case RUN_LATENCY:                                              \
			body((thread), RUN_LATENCY, ##__VA_ARGS__);            \
			break;                                                 \
		case RUN_CHECK:                                                \
			body((thread), RUN_CHECK, ##__VA_ARGS__);              \
			break;                                                 \
		default:                                                       \
			body(                                                  \
			    (thread), RUN_LATENCY | RUN_CHECK, ##__VA_ARGS__); \
			break;                                                 \
		}                                                              \
	} while (0)

/* On average one of OP_EVERY calls is timed. */
#define OP_EVERY 64

/* Ends the process with RUN_FAILED and says what could not be had. */
_Noreturn void op_no_memory(size_t size);

/* The same calls, timed into the thread's histogram. */
void *op_malloc_timed(thread_t *t, size_t size);
void op_free_timed(thread_t *t, void *block);

/* The compiler can neither see where a pointer comes from nor where it goes. */
static inline void *
op_hide(void *block)
{
	__asm__ volatile("" : "+r"(block) : : "memory");
	return block;
}

OP_BODY void *
op_malloc(thread_t *t, size_t size, unsigned mode)
{
	void *block = (mode & RUN_LATENCY) && --t->countdown == 0
			  ? op_malloc_timed(t, size)
			  : malloc(size);
	if (__builtin_expect(block == NULL, 0))
		op_no_memory(size);
	return op_hide(block);
}

OP_BODY void
op_free(thread_t *t, void *block, unsigned mode)
{
	block = op_hide(block);
	if ((mode & RUN_LATENCY) && --t->countdown == 0)
		op_free_timed(t, block);
	else
		free(block);
}

#endif
