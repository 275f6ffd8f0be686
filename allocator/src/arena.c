#include "arena.h"

#include <sched.h>

#include "arena_run.h"
#include "assert.h"
#include "base.h"
#include "nstime.h"

ssize_t opt_lg_dirty_mult = 3;
int64_t opt_decay_time = 10 * (int64_t)NSTIME_SECOND;
bool opt_junk_alloc;
bool opt_junk_free;
bool opt_zero;

/* Defaults for new arenas, once mallctl has changed them. */
static struct {
	_Atomic bool lg_dirty_mult_set;
	_Atomic ssize_t lg_dirty_mult;
	_Atomic bool decay_time_set;
	_Atomic int64_t decay_time;
} arena_defaults;

ssize_t
arena_lg_dirty_mult_default_get(void)
{
	return atomic_load(&arena_defaults.lg_dirty_mult_set)
		   ? atomic_load(&arena_defaults.lg_dirty_mult)
		   : opt_lg_dirty_mult;
}

void
arena_lg_dirty_mult_default_set(ssize_t lg_dirty_mult)
{
	atomic_store(&arena_defaults.lg_dirty_mult, lg_dirty_mult);
	atomic_store(&arena_defaults.lg_dirty_mult_set, true);
}

int64_t
arena_decay_time_default_get(void)
{
	return atomic_load(&arena_defaults.decay_time_set)
		   ? atomic_load(&arena_defaults.decay_time)
		   : opt_decay_time;
}

void
arena_decay_time_default_set(int64_t decay_time)
{
	atomic_store(&arena_defaults.decay_time, decay_time);
	atomic_store(&arena_defaults.decay_time_set, true);
}

static void
arena_bin_init(arena_bin_t *bin)
{
	malloc_mutex_init(&bin->lock, "bin", WITNESS_RANK_LEAF);
	treap_new(&bin->runs);
}

arena_t *
arena_new(void)
{
	char *memory = base_alloc(sizeof(arena_t) + _Alignof(arena_t));
	if (memory == NULL)
		return NULL;
	arena_t *arena =
	    (arena_t *)ALIGN_UP((uintptr_t)memory, _Alignof(arena_t));
	malloc_mutex_init(&arena->lock, "arena", WITNESS_RANK_ARENA);
	qr_init(&arena->tsds);
	arena->offset_state = (uint64_t)(uintptr_t)arena;
	qr_init(&arena->achunks);
	chunk_space_init(&arena->space, arena);
	for (unsigned i = 0; i < RUNS_AVAIL; i++)
		treap_new(&arena->runs_avail[i]);
	arena->lg_dirty_mult = arena_lg_dirty_mult_default_get();
	decay_init(&arena->decay, arena_decay_time_default_get(), nstime_now(),
	    (uint64_t)(uintptr_t)arena);
	malloc_mutex_init(&arena->huge_mtx, "huge", WITNESS_RANK_LEAF);
	qr_init(&arena->huge);
	for (unsigned i = 0; i < NBINS; i++)
		arena_bin_init(&arena->bins[i]);
	chunk_nodes_reserve(&arena->space);
	return arena;
}

void
arena_ind_set(arena_t *arena, unsigned ind)
{
	arena->ind = ind;
	arena->page = arena->space.page = stats_page_arena(ind);
}

ssize_t
arena_lg_dirty_mult_get(arena_t *arena)
{
	malloc_mutex_lock(&arena->lock);
	ssize_t ret = arena->lg_dirty_mult;
	malloc_mutex_unlock(&arena->lock);
	return ret;
}

void
arena_lg_dirty_mult_set(arena_t *arena, ssize_t lg_dirty_mult)
{
	malloc_mutex_lock(&arena->lock);
	arena->lg_dirty_mult = lg_dirty_mult;
	arena_maybe_purge(arena);
	malloc_mutex_unlock(&arena->lock);
}

int64_t
arena_decay_time_get(arena_t *arena)
{
	malloc_mutex_lock(&arena->lock);
	int64_t ret = arena->decay.time;
	malloc_mutex_unlock(&arena->lock);
	return ret;
}

/* The backlog restarts from zero: whatever is dirty now counts as decayed. */
void
arena_decay_time_set(arena_t *arena, int64_t decay_time)
{
	malloc_mutex_lock(&arena->lock);
	decay_restart(&arena->decay, decay_time, nstime_now());
	decay_ndirty_set(&arena->decay, arena->space.ndirty);
	arena->decay_due = true;
	arena_maybe_purge(arena);
	malloc_mutex_unlock(&arena->lock);
}

void
arena_page_publish(arena_t *arena)
{
	struct ebb_stats_arena *page = arena->page;
	malloc_mutex_assert_owner(&arena->lock);
	stats_page_set(&page->pactive, arena->nactive);
	stats_page_set(&page->pdirty, arena->space.ndirty);
	stats_page_set(&page->npurge, arena->stats.npurge);
	stats_page_set(&page->nmadvise, arena->stats.nmadvise);
	stats_page_set(&page->purged, arena->stats.purged);
	stats_page_set(&page->mapped, arena->stats.mapped);
}

/* ----------------------------------------------------------------- fork -- */

/* A pass that is under way holds stashed memory with the lock dropped. Its
 * thread does not live on in the child, so wait for it: it needs no lock that
 * fork holds by now but this one. */
void
arena_prefork0(arena_t *arena)
{
	malloc_mutex_prefork(&arena->lock);
	while (arena->purging != 0) {
		malloc_mutex_postfork_parent(&arena->lock);
		sched_yield();
		malloc_mutex_prefork(&arena->lock);
	}
}

void
arena_prefork3(arena_t *arena)
{
	for (unsigned i = 0; i < NBINS; i++)
		malloc_mutex_prefork(&arena->bins[i].lock);
	malloc_mutex_prefork(&arena->huge_mtx);
}

void
arena_postfork_parent(arena_t *arena)
{
	malloc_mutex_postfork_parent(&arena->huge_mtx);
	for (unsigned i = 0; i < NBINS; i++)
		malloc_mutex_postfork_parent(&arena->bins[i].lock);
	chunk_space_postfork_parent(&arena->space);
	malloc_mutex_postfork_parent(&arena->lock);
}

/* Only the thread that forked lives on (E-53): who calls this re-enters the
 * caller's record afterwards. */
void
arena_postfork_child(arena_t *arena)
{
	atomic_store(&arena->nthreads, 0);
	qr_init(&arena->tsds);
	malloc_mutex_postfork_child(&arena->huge_mtx);
	for (unsigned i = 0; i < NBINS; i++)
		malloc_mutex_postfork_child(&arena->bins[i].lock);
	chunk_space_postfork_child(&arena->space);
	malloc_mutex_postfork_child(&arena->lock);
}
