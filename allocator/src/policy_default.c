#include "policy.h"

#include "bits.h"

/* First fit over all adequate heaps, each of which shows its least run: a few
 * compares, and it packs tighter than the best-fitting class alone (E-27). */
treap_node_t *
policy_run_fit(treap_t *heaps, uint32_t nonempty, unsigned i, treap_cmp_t *cmp)
{
	uint32_t adequate = nonempty >> i << i;
	treap_node_t *best = NULL;
	while (adequate != 0) {
		treap_node_t *run = treap_first(&heaps[ffs_u64(adequate)]);
		if (best == NULL || cmp(run, best) < 0)
			best = run;
		adequate &= adequate - 1;
	}
	return best;
}

/* As many chunks as the excess asks for: a merged range is not an
 * all-or-nothing lump that stays until the end of its decay time and goes at
 * once (E-38). */
size_t
policy_chunk_purge_size(size_t size, size_t excess, bool minimal)
{
	size_t want = minimal ? ALIGN_UP(excess << LG_PAGE, CHUNKSIZE)
			      : ALIGN_DOWN(excess << LG_PAGE, CHUNKSIZE);
	return want < size ? want : size;
}

/* A run is not cut. If it had to be exceeded in full, a busy program would keep
 * the run that it allocates from for ever: what it has just freed into it may
 * stay, and the older rest with it (E-38). */
bool
policy_run_purged(unsigned npages, size_t excess)
{
	return npages / 2 <= excess;
}

/* It has nothing to give back but its header; among the dirty ones it would be
 * purged a second time (E-43). */
bool
policy_clean_chunk_is_cached(void)
{
	return false;
}

/* So that silence counts as elapsed time (ecosystem.md B2). */
bool
policy_decay_notes_dirty(void)
{
	return true;
}

/* Until the arena's ticker has fired twice without need for it. Without a cache
 * a lone object of a class cost 100 ns otherwise, most of it for its run. */
bool
policy_bin_keeps_run(void)
{
	return true;
}

bool
policy_gc_skips_unused(void)
{
	return true;
}

/* A thread that lives on its cache keeps its arena's clock going (ecosystem.md
 * B2): a look at the clock every third collection. */
unsigned
policy_gc_ticks(void)
{
	return 400;
}

/* Bytes of one class that a thread may keep (E-14): the reference's counts
 * allow 280 KiB of 14 KiB objects and 640 KiB of 32 KiB ones. */
#define CACHE_BUDGET ((size_t)64 << 10)
/* ... while it takes back what it has flushed: bursts that free 40 objects of
 * 8 KiB and fill them again made and released a run for each. */
#define CACHE_BUDGET_PEAK ((size_t)512 << 10)
/* And as many objects, if they fit: the counts follow the runs, and a run
 * of 1024-byte objects has four, so that 20 would have to do for them. */
#define CACHE_OBJECTS 64

static unsigned
ncached_within(size_t budget, szind_t ind)
{
	size_t count =
	    ind < NBINS ? arena_bin_info[ind].ncached_max : TCACHE_LARGE_MAX;
	size_t afford = budget / index2size(ind);
	if (ind < NBINS && count < CACHE_OBJECTS)
		count = CACHE_OBJECTS;
	if (afford < 2)
		afford = 2;
	return (unsigned)(count < afford ? count : afford);
}

unsigned
policy_ncached_max(szind_t ind)
{
	return ncached_within(CACHE_BUDGET, ind);
}

unsigned
policy_ncached_peak(szind_t ind)
{
	return ncached_within(CACHE_BUDGET_PEAK, ind);
}
