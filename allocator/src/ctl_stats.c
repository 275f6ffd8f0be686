#include "ctl_stats.h"

#include <string.h>

#include "arenas.h"
#include "assert.h"
#include "base.h"
#include "ctl.h"
#include "tcache.h"

malloc_mutex_t ctl_mtx = MALLOC_MUTEX_INITIALIZER("ctl", WITNESS_RANK_CTL);
ctl_stats_t ctl_stats;
size_t ctl_cactive;

/* A slot is either an arena's or unused. */
typedef union ctl_slot_u {
	ctl_arena_t arena;
	union ctl_slot_u *next;
} ctl_slot_t;

/* Guarded by ctl_mtx. */
static struct {
	ctl_slot_t *slots[ARENAS_MAX + 1]; /* NULL: not in the snapshot */
	ctl_slot_t *unused;
	unsigned nunused;
} ctl_snapshot;

/* ---------------------------------------------------------------- slots -- */

/* Arenas below total that have no slot. ctl_mtx is held. */
static unsigned
ctl_slots_missing(unsigned total)
{
	unsigned n = 0;
	for (unsigned i = 0; i < total; i++)
		n += ctl_snapshot.slots[i] == NULL &&
		     arena_get(i, false) != NULL;
	return n;
}

/* Leaves ctl_mtx held, with an unused slot for each arena below total that has
 * none; base memory is had with no lock held. true: no memory, and the lock is
 * not held. */
static bool
ctl_slots_reserve(unsigned total)
{
	malloc_mutex_lock(&ctl_mtx);
	while (ctl_snapshot.nunused < ctl_slots_missing(total)) {
		malloc_mutex_unlock(&ctl_mtx);
		ctl_slot_t *slot = base_alloc(sizeof(*slot));
		if (slot == NULL)
			return true;
		malloc_mutex_lock(&ctl_mtx);
		slot->next = ctl_snapshot.unused;
		ctl_snapshot.unused = slot;
		ctl_snapshot.nunused++;
	}
	return false;
}

/* The arena's slot; NULL if the arena has come into being since they were
 * reserved. ctl_mtx is held. */
static ctl_slot_t *
ctl_slot_get(unsigned ind)
{
	ctl_slot_t *slot = ctl_snapshot.slots[ind];
	if (slot != NULL || ctl_snapshot.nunused == 0)
		return slot;
	slot = ctl_snapshot.unused;
	ctl_snapshot.unused = slot->next;
	ctl_snapshot.nunused--;
	ctl_snapshot.slots[ind] = slot;
	return slot;
}

const ctl_arena_t *
ctl_stats_arena(size_t ind)
{
	malloc_mutex_assert_owner(&ctl_mtx);
	if (ind == CTL_ARENAS_ALL || ind == narenas_total_get())
		return &ctl_stats.all;
	if (ind > ARENAS_MAX || ctl_snapshot.slots[ind] == NULL)
		return NULL;
	return &ctl_snapshot.slots[ind]->arena;
}

/* ------------------------------------------------------------ one arena -- */

/*
 * Requests that threads counted and did not report yet. Their counters are
 * plain words of other threads: a sum of theirs may be a little old, but the
 * counters themselves are only read (E-50). The lock under which they are
 * reported is held, so that none is counted twice or not at all.
 */
__attribute__((no_sanitize("thread"))) static uint64_t
ctl_requests_pending(arena_t *arena, szind_t ind)
{
	uint64_t sum = 0;
	for (qr_t *link = arena->tsds.next; link != &arena->tsds;
	     link = link->next) {
		const tsd_t *tsd = container_of(link, tsd_t, link);
		sum += *(const volatile uint32_t *)&tsd->tbins[ind].nrequests;
	}
	return sum;
}

/* arena.lock is held: no run changes hands meanwhile, so that what is
 * allocated is not more than what is active. */
static void
ctl_bins_copy(ctl_arena_t *to, arena_t *arena)
{
	for (szind_t i = 0; i < NBINS; i++) {
		arena_bin_stats_t *stats = &to->bins[i];
		malloc_mutex_lock(&arena->bins[i].lock);
		*stats = arena->bins[i].stats;
		stats->nrequests += ctl_requests_pending(arena, i);
		malloc_mutex_unlock(&arena->bins[i].lock);
		to->small.allocated += stats->curregs * index2size(i);
		to->small.nmalloc += stats->nmalloc;
		to->small.ndalloc += stats->ndalloc;
		to->small.nrequests += stats->nrequests;
	}
}

/* arena.lock is held. */
static void
ctl_large_copy(ctl_arena_t *to, arena_t *arena)
{
	const arena_stats_t *from = &arena->stats;
	to->large.allocated = from->allocated_large;
	to->large.nmalloc = from->nmalloc_large;
	to->large.ndalloc = from->ndalloc_large;
	to->large.nrequests = from->nrequests_large;
	memcpy(to->lruns, from->lruns, sizeof(to->lruns));
	for (unsigned i = 0; i < NLCLASSES; i++) {
		uint64_t pending = ctl_requests_pending(arena, NBINS + i);
		to->lruns[i].nrequests += pending;
		to->large.nrequests += pending;
	}
	to->huge.allocated = from->allocated_huge;
	to->huge.nmalloc = from->nmalloc_huge;
	to->huge.ndalloc = from->ndalloc_huge;
	to->huge.nrequests = from->nmalloc_huge;
	memcpy(to->hchunks, from->hchunks, sizeof(to->hchunks));
}

static void
ctl_arena_copy(ctl_arena_t *to, arena_t *arena)
{
	memset(to, 0, sizeof(*to));
	to->nthreads = atomic_load(&arena->nthreads);
	malloc_mutex_lock(&arena->lock);
	to->lg_dirty_mult = arena->lg_dirty_mult;
	to->decay_time = arena->decay.time;
	to->pactive = arena->nactive;
	to->pdirty = arena->space.ndirty;
	to->mapped = arena->stats.mapped;
	to->retained =
	    atomic_load_explicit(&arena->space.retained, memory_order_relaxed);
	to->metadata_mapped = arena->stats.metadata_mapped;
	to->npurge = arena->stats.npurge;
	to->nmadvise = arena->stats.nmadvise;
	to->purged = arena->stats.purged;
	ctl_large_copy(to, arena);
	ctl_bins_copy(to, arena);
	malloc_mutex_unlock(&arena->lock);
}

/* ----------------------------------------------------------------- sums -- */

static void
ctl_total_add(ctl_total_t *sum, const ctl_total_t *part)
{
	sum->allocated += part->allocated;
	sum->nmalloc += part->nmalloc;
	sum->ndalloc += part->ndalloc;
	sum->nrequests += part->nrequests;
}

static void
ctl_bin_add(arena_bin_stats_t *sum, const arena_bin_stats_t *part)
{
	sum->nmalloc += part->nmalloc;
	sum->ndalloc += part->ndalloc;
	sum->nrequests += part->nrequests;
	sum->curregs += part->curregs;
	sum->nfills += part->nfills;
	sum->nflushes += part->nflushes;
	sum->nruns += part->nruns;
	sum->reruns += part->reruns;
	sum->curruns += part->curruns;
}

static void
ctl_classes_add(
    arena_class_stats_t *sum, const arena_class_stats_t *part, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		sum[i].nmalloc += part[i].nmalloc;
		sum[i].ndalloc += part[i].ndalloc;
		sum[i].nrequests += part[i].nrequests;
		sum[i].cur += part[i].cur;
	}
}

static void
ctl_arena_add(ctl_arena_t *sum, const ctl_arena_t *part)
{
	sum->nthreads += part->nthreads;
	sum->pactive += part->pactive;
	sum->pdirty += part->pdirty;
	sum->mapped += part->mapped;
	sum->retained += part->retained;
	sum->metadata_mapped += part->metadata_mapped;
	sum->npurge += part->npurge;
	sum->nmadvise += part->nmadvise;
	sum->purged += part->purged;
	ctl_total_add(&sum->small, &part->small);
	ctl_total_add(&sum->large, &part->large);
	ctl_total_add(&sum->huge, &part->huge);
	for (unsigned i = 0; i < NBINS; i++)
		ctl_bin_add(&sum->bins[i], &part->bins[i]);
	ctl_classes_add(sum->lruns, part->lruns, NLCLASSES);
	ctl_classes_add(sum->hchunks, part->hchunks, CTL_NHCHUNKS);
}

/* What the sums say of the process. */
static void
ctl_stats_conclude(size_t cactive)
{
	const ctl_arena_t *all = &ctl_stats.all;
	size_t base_allocated, base_resident, base_mapped;
	base_stats_get(&base_allocated, &base_resident, &base_mapped);
	ctl_stats.allocated =
	    all->small.allocated + all->large.allocated + all->huge.allocated;
	ctl_stats.active = all->pactive << LG_PAGE;
	ctl_stats.metadata = base_allocated + all->metadata_mapped;
	ctl_stats.resident = base_resident + all->metadata_mapped +
			     ((all->pactive + all->pdirty) << LG_PAGE);
	ctl_stats.mapped = base_mapped + all->mapped;
	ctl_stats.retained = all->retained;
	ctl_stats.epoch++;
	__atomic_store_n(&ctl_cactive, cactive, __ATOMIC_RELAXED);
}

bool
ctl_stats_refresh(void)
{
	size_t cactive = 0;
	unsigned total = narenas_total_get();
	if (ctl_slots_reserve(total))
		return true;
	memset(&ctl_stats.all, 0, sizeof(ctl_stats.all));
	ctl_stats.all.lg_dirty_mult = arena_lg_dirty_mult_default_get();
	ctl_stats.all.decay_time = arena_decay_time_default_get();
	for (unsigned i = 0; i < total; i++) {
		arena_t *arena = arena_get(i, false);
		ctl_slot_t *slot = arena != NULL ? ctl_slot_get(i) : NULL;
		if (slot == NULL)
			continue;
		ctl_arena_copy(&slot->arena, arena);
		ctl_arena_add(&ctl_stats.all, &slot->arena);
		cactive += ALIGN_UP(slot->arena.pactive << LG_PAGE, CHUNKSIZE);
	}
	ctl_stats_conclude(cactive);
	malloc_mutex_unlock(&ctl_mtx);
	return false;
}

bool
ctl_stats_need(void)
{
	malloc_mutex_lock(&ctl_mtx);
	bool none = ctl_stats.epoch == 0;
	malloc_mutex_unlock(&ctl_mtx);
	/* Of two threads that find none both may take one. */
	return none && ctl_stats_refresh();
}
