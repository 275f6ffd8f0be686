#include "arena_run.h"

#include "arena_map.h"
#include "assert.h"
#include "policy.h"

int
arena_run_cmp(const treap_node_t *a, const treap_node_t *b)
{
	const arena_chunk_t *a_chunk = arena_chunk_of(a);
	const arena_chunk_t *b_chunk = arena_chunk_of(b);
	if (a_chunk != b_chunk && a_chunk->node.sn != b_chunk->node.sn)
		return a_chunk->node.sn < b_chunk->node.sn ? -1 : 1;
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

/* Floor, because a free run may be larger than its class (D.4). */
static unsigned
arena_avail_index(unsigned npages)
{
	return psz2ind(run_quantize_floor((size_t)npages << LG_PAGE));
}

void
arena_avail_insert(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned npages)
{
	unsigned i = arena_avail_index(npages);
	assert(i < RUNS_AVAIL);
	treap_insert(&arena->runs_avail[i], &arena_run_at(chunk, pageind)->link,
	    arena_run_cmp);
	arena->runs_avail_nonempty |= (uint32_t)1 << i;
}

void
arena_avail_remove(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned npages)
{
	unsigned i = arena_avail_index(npages);
	assert(i < RUNS_AVAIL);
	treap_remove(&arena->runs_avail[i], &arena_run_at(chunk, pageind)->link,
	    arena_run_cmp);
	if (treap_empty(&arena->runs_avail[i]))
		arena->runs_avail_nonempty &= ~((uint32_t)1 << i);
}

void
arena_run_dirty_insert(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned npages)
{
	qr_t *rd = &chunk->side[pageind].rd;
	qr_init(rd);
	qr_before_insert(&arena->space.runs_dirty, rd);
	arena->space.ndirty += npages;
}

void
arena_run_dirty_remove(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned npages)
{
	assert(arena->space.ndirty >= npages);
	qr_remove(&chunk->side[pageind].rd);
	arena->space.ndirty -= npages;
}

arena_run_t *
arena_run_first_best_fit(arena_t *arena, size_t size)
{
	unsigned i = psz2ind(run_quantize_ceil(size));
	if (i >= RUNS_AVAIL)
		return NULL;
	return (arena_run_t *)policy_run_fit(
	    arena->runs_avail, arena->runs_avail_nonempty, i, arena_run_cmp);
}
