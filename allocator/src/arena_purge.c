/*
 * Purging: which dirty memory is given back to the kernel, and when.
 *
 * A pass takes elements off the ring of dirty memory, oldest first, under
 * arena.lock (stash); gives their memory back with the lock dropped; and files
 * them as clean under the lock again (unstash).
 */
#include "arena.h"

#include "arena_map.h"
#include "arena_run.h"
#include "assert.h"
#include "nstime.h"
#include "pages.h"
#include "policy.h"

purge_mode_t opt_purge = PURGE_DECAY;
const char *const purge_mode_names[] = {"ratio", "decay", NULL};
bool opt_thp = true;

/* What one pass took off the rings, on lists of its own. */
typedef struct purge_stash_s {
	qr_t runs;   /* by side.rd */
	qr_t chunks; /* extent nodes by link */
	size_t npages;
	size_t nelements;
	bool zeroed; /* all of the runs read as zero after their purge */
} purge_stash_t;

/* ---------------------------------------------------------------- stash -- */

static void
arena_stash_run(arena_t *arena, arena_side_t *side, purge_stash_t *stash)
{
	arena_chunk_t *chunk = arena_chunk_of(side);
	unsigned pageind = (unsigned)(side - chunk->side);
	unsigned npages = arena_mapbits_npages(chunk, pageind);
	/* The spare's run is in no heap: make it an ordinary chunk first. */
	if (chunk == arena->spare)
		arena_chunk_alloc(arena);
	arena_run_split_large(
	    arena, arena_run_at(chunk, pageind), (size_t)npages << LG_PAGE);
	qr_init(&side->rd);
	qr_before_insert(&stash->runs, &side->rd);
	stash->npages += npages;
	stash->nelements++;
}

/* false: the pass ends here. */
static bool
arena_stash_chunk(arena_t *arena, extent_node_t *node, size_t excess,
    bool minimal, purge_stash_t *stash)
{
	size_t want = policy_chunk_purge_size(node->size, excess, minimal);
	if (want == 0)
		return false;
	extent_node_t *claimed = chunk_cache_claim(&arena->space, node, want);
	if (claimed == NULL)
		return false;
	qr_init(&claimed->link);
	qr_before_insert(&stash->chunks, &claimed->link);
	stash->npages += want >> LG_PAGE;
	stash->nelements++;
	return true;
}

/* minimal: as little as reaches the limit; else as much as does not go below
 * it. The excess is fixed at the start: dirty pages that are counted out as
 * they are stashed must not be subtracted a second time (E-37), and pages that
 * other threads add are not chased (E-39). */
static void
arena_stash_dirty(
    arena_t *arena, size_t ndirty_limit, bool minimal, purge_stash_t *stash)
{
	chunk_space_t *space = &arena->space;
	if (space->ndirty <= ndirty_limit)
		return;
	const size_t excess = space->ndirty - ndirty_limit;
	qr_t *rd = space->runs_dirty.next;
	qr_t *cc = space->chunks_cache.next;
	while (rd != &space->runs_dirty && stash->npages < excess) {
		size_t left = excess - stash->npages;
		extent_node_t *node = container_of(cc, extent_node_t, cc);
		qr_t *rd_next = rd->next;
		if (cc != &space->chunks_cache && rd == &node->rd) {
			qr_t *cc_next = cc->next;
			size_t before = node->size;
			if (!arena_stash_chunk(
				arena, node, left, minimal, stash) ||
			    before > left << LG_PAGE)
				break; /* what is left of it stays */
			cc = cc_next;
		} else {
			arena_side_t *side = container_of(rd, arena_side_t, rd);
			arena_chunk_t *chunk = arena_chunk_of(side);
			if (!minimal && !policy_run_purged(
					    arena_mapbits_npages(chunk,
						(unsigned)(side - chunk->side)),
					    left))
				break;
			arena_stash_run(arena, side, stash);
		}
		rd = rd_next;
	}
}

/* ---------------------------------------------------------------- purge -- */

/* Result: the run reads as zero. */
static bool
arena_purge_run(arena_chunk_t *chunk, unsigned pageind)
{
	unsigned npages = arena_mapbits_npages(chunk, pageind);
	if (opt_thp && pages_thp_always() && !chunk->nohuge) {
		/* Else the kernel fills the holes again with huge pages. */
		chunk->nohuge = true;
		pages_nohuge(chunk, CHUNKSIZE);
	}
	bool zeroed = pages_purge(
	    arena_page_addr(chunk, pageind), (size_t)npages << LG_PAGE);
	arena_run_mark_clean_inside(chunk, pageind, npages, zeroed);
	return zeroed;
}

/* No lock is held: all of it is ours. */
static void
arena_purge_stashed(arena_t *arena, purge_stash_t *stash)
{
	for (qr_t *rd = stash->runs.next; rd != &stash->runs; rd = rd->next) {
		arena_side_t *side = container_of(rd, arena_side_t, rd);
		arena_chunk_t *chunk = arena_chunk_of(side);
		stash->zeroed &=
		    arena_purge_run(chunk, (unsigned)(side - chunk->side));
	}
	while (!qr_empty(&stash->chunks)) {
		extent_node_t *node =
		    container_of(stash->chunks.next, extent_node_t, link);
		qr_remove(&node->link);
		chunk_claimed_purge(node);
		chunk_claimed_retain(&arena->space, node);
	}
	chunk_nodes_reserve(&arena->space);
}

static void
arena_unstash_purged(arena_t *arena, purge_stash_t *stash)
{
	while (!qr_empty(&stash->runs)) {
		arena_side_t *side =
		    container_of(stash->runs.next, arena_side_t, rd);
		arena_chunk_t *chunk = arena_chunk_of(side);
		unsigned pageind = (unsigned)(side - chunk->side);
		unsigned npages = arena_mapbits_npages(chunk, pageind);
		qr_remove(&side->rd);
		arena_run_mark_clean_ends(
		    chunk, pageind, npages, stash->zeroed);
		arena_run_dalloc(
		    arena, arena_run_at(chunk, pageind), npages, false, true);
	}
}

/* Result: pages given back. The lock is dropped meanwhile. */
static size_t
arena_purge_to_limit(arena_t *arena, size_t ndirty_limit, bool minimal)
{
	purge_stash_t stash = {.zeroed = true};
	qr_init(&stash.runs);
	qr_init(&stash.chunks);
	arena->purging++;
	arena_stash_dirty(arena, ndirty_limit, minimal, &stash);
	decay_t *decay = &arena->decay;
	decay_ndirty_set(decay,
	    decay->ndirty > stash.npages ? decay->ndirty - stash.npages : 0);
	if (stash.npages != 0) {
		malloc_mutex_unlock(&arena->lock);
		arena_purge_stashed(arena, &stash);
		malloc_mutex_lock(&arena->lock);
		arena_unstash_purged(arena, &stash);
		arena->stats.npurge++;
		arena->stats.nmadvise += stash.nelements;
		arena->stats.purged += stash.npages;
		arena_page_publish(arena);
	}
	arena->purging--;
	return stash.npages;
}

/* --------------------------------------------------------------- policy -- */

/* One chunk of dirty pages is always tolerated (D.10). */
static size_t
arena_ratio_limit(const arena_t *arena)
{
	size_t limit = arena->nactive >> arena->lg_dirty_mult;
	return limit > ARENA_CHUNK_NPAGES ? limit : ARENA_CHUNK_NPAGES;
}

/* A loop, because the lock is dropped and frees by other threads skip purging
 * meanwhile. */
static void
arena_maybe_purge_ratio(arena_t *arena)
{
	if (arena->lg_dirty_mult < 0)
		return;
	while (arena->space.ndirty > arena_ratio_limit(arena) &&
	       arena_purge_to_limit(arena, arena_ratio_limit(arena), true) != 0)
		continue;
}

/* Closes the epochs that are over. */
static void
arena_decay_look(arena_t *arena)
{
	if (opt_purge != PURGE_DECAY || arena->decay.time <= 0)
		return;
	uint64_t now = nstime_now();
	stats_page_set(&arena->page->last_chance_ns, now);
	if (decay_deadline_reached(&arena->decay, now)) {
		decay_epoch_advance(&arena->decay, now, arena->space.ndirty);
		arena->decay_due = true;
	}
}

void
arena_decay_note(arena_t *arena)
{
	if (policy_decay_notes_dirty())
		arena_decay_look(arena);
}

static void
arena_maybe_purge_decay(arena_t *arena)
{
	if (arena->decay.time == 0)
		arena_purge_to_limit(arena, 0, false);
	if (arena->decay.time <= 0)
		return;
	arena_decay_look(arena);
	if (!arena->decay_due)
		return;
	arena->decay_due = false;
	/* Pages that became dirty since the epoch ended are in none yet: all
	 * of them may stay, and the next advance will book them. */
	size_t ndirty = arena->space.ndirty;
	if (ndirty < arena->decay.ndirty)
		decay_ndirty_set(&arena->decay, ndirty);
	size_t limit =
	    decay_npages_limit(&arena->decay) + ndirty - arena->decay.ndirty;
	if (ndirty > limit)
		arena_purge_to_limit(arena, limit, false);
}

void
arena_maybe_purge(arena_t *arena)
{
	if (arena->purging != 0)
		return;
	if (opt_purge == PURGE_RATIO)
		arena_maybe_purge_ratio(arena);
	else
		arena_maybe_purge_decay(arena);
}

void
arena_purge(arena_t *arena, bool all)
{
	arena_bins_trim(arena, all);
	malloc_mutex_lock(&arena->lock);
	if (all)
		arena_purge_to_limit(arena, 0, false);
	else
		arena_maybe_purge(arena);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
}
