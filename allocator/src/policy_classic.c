#include "policy.h"

#include "bits.h"

/* Best fit by class, and within it the oldest, lowest run. */
treap_node_t *
policy_run_fit(treap_t *heaps, uint32_t nonempty, unsigned i, treap_cmp_t *cmp)
{
	uint32_t adequate = nonempty >> i << i;
	(void)cmp;
	return adequate == 0 ? NULL : treap_first(&heaps[ffs_u64(adequate)]);
}

/* A range is one element, however many chunks merged into it. */
size_t
policy_chunk_purge_size(size_t size, size_t excess, bool minimal)
{
	return minimal || size >> LG_PAGE <= excess ? size : 0;
}

bool
policy_run_purged(unsigned npages, size_t excess)
{
	return npages <= excess;
}

bool
policy_clean_chunk_is_cached(void)
{
	return true;
}

bool
policy_decay_notes_dirty(void)
{
	return false;
}

bool
policy_bin_keeps_run(void)
{
	return false;
}

bool
policy_gc_skips_unused(void)
{
	return false;
}

unsigned
policy_gc_ticks(void)
{
	return 0;
}

unsigned
policy_ncached_max(szind_t ind)
{
	return ind < NBINS ? arena_bin_info[ind].ncached_max : TCACHE_LARGE_MAX;
}

unsigned
policy_ncached_peak(szind_t ind)
{
	return policy_ncached_max(ind);
}
