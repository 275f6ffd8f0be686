/*
 * A heap of equal blocks in two sets: base blocks, which stay, and transient
 * blocks, which come and go together. Their placement decides what an
 * allocator can give back:
 *
 *   interleaved  transients spread evenly between base blocks while the heap
 *                is built: when they are freed, the pages are free but no
 *                chunk of the allocator ever becomes empty
 *   segregated   transients allocated last: whole chunks become empty
 */
#ifndef EBB_WORKLOADS_BLOCKS_H
#define EBB_WORKLOADS_BLOCKS_H

#include "run.h"

#define BLOCKS_WORDS "interleaved|segregated"
typedef enum blocks_placement {
	BLOCKS_INTERLEAVED,
	BLOCKS_SEGREGATED
} blocks_placement_t;

typedef struct blocks_s blocks_t;
struct blocks_s {
	size_t size; /* bytes a block */
	size_t nbase, ntransient;
	void **base;      /* [nbase], freed by blocks_drain() */
	void **transient; /* [ntransient] */
};

/*
 * Divides a heap among the threads of a run: blocks[i] gets the i-th share of
 * nbase and ntransient blocks and of the array `pointers`, which has room for
 * nbase + ntransient.
 */
void blocks_share(blocks_t *blocks, unsigned n, size_t size, size_t nbase,
    size_t ntransient, void **pointers);

/* Allocates and touches both sets. */
void blocks_build(blocks_t *blocks, thread_t *t, blocks_placement_t placement);

/* Frees all transients, in the order of their allocation (and verifies). */
void blocks_free_transients(blocks_t *blocks, thread_t *t);

/* Allocates and touches all transients again. */
void blocks_refill(blocks_t *blocks, thread_t *t);

/* Frees the base blocks. */
void blocks_drain(blocks_t *blocks, thread_t *t);

#endif
