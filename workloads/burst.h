/*
 * Bursts: k objects of one size allocated, then freed, again and again.
 * The loop that burst-width and the batches of micro share.
 */
#ifndef EBB_WORKLOADS_BURST_H
#define EBB_WORKLOADS_BURST_H

#include "run.h"

#define BURST_WORDS "lifo|fifo|random"
typedef enum burst_order { BURST_LIFO, BURST_FIFO, BURST_RANDOM } burst_order_t;

/* Orders of freeing that BURST_RANDOM takes by turns; a power of two. */
#define BURST_ORDERS 16

typedef struct burst_s burst_t;
struct burst_s {
	uint32_t k;
	size_t size; /* bytes an object */
	burst_order_t order;
	void **block; /* [k], the thread's own */
	/* [BURST_ORDERS][k], each a permutation of 0 .. k - 1; RANDOM only. */
	const uint32_t *permutation;
};

/* How many whole bursts of k make so many pairs: at least one. */
static inline uint64_t
burst_count(uint64_t pairs, uint64_t k)
{
	return pairs / k > 0 ? pairs / k : 1;
}

/* Fills in BURST_ORDERS permutations of 0 .. k - 1. */
void burst_permute(prng_t *rng, uint32_t *permutation, uint32_t k);

/* Runs n bursts and counts their calls; the thread's ops are the caller's. */
void burst_run(thread_t *t, const burst_t *burst, uint64_t n);

#endif
