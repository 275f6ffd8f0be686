/*
 * The choices that the variant `classic` freezes as jemalloc 4's call tree
 * draws them, and that all other variants make differently. A build links one
 * of policy_default.c and policy_classic.c; both are whole. Policies that every
 * variant can be told at run time (purge, fill) are not here.
 */
#ifndef EBB_POLICY_H
#define EBB_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sz.h"
#include "treap.h"

/* Which of the free runs serves a request. heaps: by page class; nonempty: a
 * bit for each; i: the first class in which every run is large enough. NULL if
 * there is none. The order of a heap is cmp. */
treap_node_t *
policy_run_fit(treap_t *heaps, uint32_t nonempty, unsigned i, treap_cmp_t *cmp);

/* How much of a cached range of size bytes a purge pass takes when excess pages
 * are too many: whole chunks, 0 to end the pass. minimal: at least the excess
 * if there is that much; else at most. */
size_t policy_chunk_purge_size(size_t size, size_t excess, bool minimal);

/* Whether a pass that is not minimal takes a run of npages pages when excess
 * pages are too many; if not, it ends. */
bool policy_run_purged(unsigned npages, size_t excess);

/* Whether an arena chunk whose pages are all clean goes to the cached set, as
 * if it were dirty. */
bool policy_clean_chunk_is_cached(void);

/* Whether epochs of decay are closed before pages become dirty. */
bool policy_decay_notes_dirty(void);

/* Whether a bin keeps a wholly free run for its next object. */
bool policy_bin_keeps_run(void);

/* Whether a collection passes over bins that were never used, to one that was.
 */
bool policy_gc_skips_unused(void);
/* Units of arena activity that a collection counts as. */
unsigned policy_gc_ticks(void);

/* Objects of the class that a thread caches at most, >= 1. */
unsigned policy_ncached_max(szind_t ind);
/* As many of a small class while the thread takes back from the arena what it
 * has just flushed, >= policy_ncached_max. */
unsigned policy_ncached_peak(szind_t ind);

#endif /* EBB_POLICY_H */
