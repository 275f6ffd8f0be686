#include "blocks.h"

#include "op.h"
#include "touch.h"

void
blocks_share(blocks_t *blocks, unsigned n, size_t size, size_t nbase,
    size_t ntransient, void **pointers)
{
	for (unsigned i = 0; i < n; i++) {
		blocks_t *b = &blocks[i];
		b->size = size;
		b->nbase = nbase * (i + 1) / n - nbase * i / n;
		b->ntransient = ntransient * (i + 1) / n - ntransient * i / n;
		b->base = pointers;
		b->transient = pointers + b->nbase;
		pointers += b->nbase + b->ntransient;
	}
}

OP_BODY void
blocks_get(thread_t *t, unsigned mode, void **block, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		block[i] = op_malloc(t, size, mode);
		touch_block(block[i], size);
		thread_count(t, (int64_t)size, 1);
	}
}

OP_BODY void
blocks_put(thread_t *t, unsigned mode, void **block, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		if ((mode & RUN_CHECK) && !touch_block_intact(block[i], size))
			run_damage(t, block[i], size);
		op_free(t, block[i], mode);
		thread_count(t, -(int64_t)size, 1);
	}
}

void
blocks_build(blocks_t *b, thread_t *t, blocks_placement_t placement)
{
	if (placement == BLOCKS_SEGREGATED) {
		blocks_get(t, 0, b->base, b->nbase, b->size);
		blocks_get(t, 0, b->transient, b->ntransient, b->size);
		return;
	}
	size_t placed = 0;
	for (size_t i = 0; i < b->nbase; i++) {
		blocks_get(t, 0, &b->base[i], 1, b->size);
		size_t due = (i + 1) * b->ntransient / b->nbase;
		blocks_get(t, 0, &b->transient[placed], due - placed, b->size);
		placed = due;
	}
}

void
blocks_free_transients(blocks_t *b, thread_t *t)
{
	OP_DISPATCH(blocks_put, t, b->transient, b->ntransient, b->size);
}

void
blocks_refill(blocks_t *b, thread_t *t)
{
	OP_DISPATCH(blocks_get, t, b->transient, b->ntransient, b->size);
}

void
blocks_drain(blocks_t *b, thread_t *t)
{
	blocks_put(t, t->run->mode & RUN_CHECK, b->base, b->nbase, b->size);
}
