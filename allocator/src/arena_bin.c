/*
 * Small objects: bins, and the runs of equal regions that they consist of.
 *
 * bin.lock is a leaf. Whoever needs pages for a bin, or gives some back, drops
 * it, works under arena.lock, takes it again and looks at the bin anew.
 */
#include "arena.h"

#include <string.h>

#include "arena_map.h"
#include "arena_run.h"
#include "assert.h"
#include "base.h"
#include "bitmap.h"
#include "policy.h"

/* ----------------------------------------------------------- run header -- */

/* Whether a run's bitmap does not fit its pages' side slots: the classes of 8
 * and 16 bytes. Reserving room for them in every header would cost 8 pages a
 * chunk (E-12). */
static bool
arena_bitmap_is_far(const bin_info_t *info)
{
	return info->nregs >
	       info->run_pages * 8 * sizeof(((arena_side_t *)0)->bitmap);
}

#define FAR_BITMAP_SIZE (512 / 8)

static uint64_t *
arena_run_bitmap(arena_chunk_t *chunk, unsigned pageind, const bin_info_t *info)
{
	arena_side_t *side = &chunk->side[pageind];
	return arena_bitmap_is_far(info) ? side->bitmap_far : side->bitmap;
}

/* arena.lock is held, and dropped if the list is empty. NULL: no memory. */
static uint64_t *
arena_bitmap_alloc(arena_t *arena)
{
	if (arena->bitmaps == NULL) {
		malloc_mutex_unlock(&arena->lock);
		uint64_t *bitmap = base_alloc(FAR_BITMAP_SIZE);
		malloc_mutex_lock(&arena->lock);
		return bitmap;
	}
	uint64_t *bitmap = arena->bitmaps;
	arena->bitmaps = (uint64_t *)(uintptr_t)bitmap[0];
	return bitmap;
}

static void
arena_bitmap_dalloc(arena_t *arena, uint64_t *bitmap)
{
	bitmap[0] = (uint64_t)(uintptr_t)arena->bitmaps;
	arena->bitmaps = bitmap;
}

static uint16_t *
arena_run_nfree(arena_run_t *run)
{
	return &arena_chunk_of(run)->nfree[arena_run_pageind(run)];
}

/* A new run with all regions free. No lock is held. NULL: no memory. */
static arena_run_t *
arena_bin_run_new(arena_t *arena, szind_t binind)
{
	const bin_info_t *info = &arena_bin_info[binind];
	uint64_t *far = NULL;
	malloc_mutex_lock(&arena->lock);
	if (arena_bitmap_is_far(info)) {
		far = arena_bitmap_alloc(arena);
		if (far == NULL) {
			malloc_mutex_unlock(&arena->lock);
			return NULL;
		}
	}
	arena_run_t *run = arena_run_alloc_small(arena, info->run_size, binind);
	if (run != NULL) {
		arena_chunk_t *chunk = arena_chunk_of(run);
		unsigned pageind = arena_run_pageind(run);
		chunk->nfree[pageind] = info->nregs;
		if (far != NULL)
			chunk->side[pageind].bitmap_far = far;
		bitmap_init(
		    arena_run_bitmap(chunk, pageind, info), info->nregs);
	} else if (far != NULL)
		arena_bitmap_dalloc(arena, far);
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
	return run;
}

/* Gives back wholly free runs, linked by link.left. No lock is held. */
static void
arena_bin_runs_release(arena_t *arena, arena_run_t *runs, szind_t binind)
{
	if (runs == NULL)
		return;
	const bin_info_t *info = &arena_bin_info[binind];
	malloc_mutex_lock(&arena->lock);
	while (runs != NULL) {
		arena_run_t *next = (arena_run_t *)runs->link.left;
		if (arena_bitmap_is_far(info)) {
			arena_chunk_t *chunk = arena_chunk_of(runs);
			unsigned pageind = arena_run_pageind(runs);
			arena_bitmap_dalloc(
			    arena, chunk->side[pageind].bitmap_far);
		}
		arena_run_dalloc(arena, runs, info->run_pages, true, false);
		runs = next;
	}
	arena_page_publish(arena);
	malloc_mutex_unlock(&arena->lock);
}

/* --------------------------------------------------------------- alloc --- */

static void *
arena_run_region(arena_run_t *run, const bin_info_t *info, unsigned regind)
{
	return (char *)arena_run_addr(run) + (size_t)regind * info->reg_size;
}

static void *
arena_run_reg_alloc(arena_run_t *run, const bin_info_t *info)
{
	arena_chunk_t *chunk = arena_chunk_of(run);
	unsigned pageind = arena_run_pageind(run);
	assert(chunk->nfree[pageind] > 0);
	chunk->nfree[pageind]--;
	return arena_run_region(run, info,
	    bitmap_sfu(arena_run_bitmap(chunk, pageind, info), info->nregs));
}

EBB_INLINE arena_run_t *
arena_bin_kept(const arena_bin_t *bin)
{
	return atomic_load_explicit(&bin->kept, memory_order_relaxed);
}

EBB_INLINE void
arena_bin_kept_set(arena_bin_t *bin, arena_run_t *run)
{
	atomic_store_explicit(&bin->kept, run, memory_order_relaxed);
}

static arena_run_t *
arena_bin_nonfull_run_tryget(arena_bin_t *bin)
{
	arena_run_t *run =
	    (arena_run_t *)treap_remove_first(&bin->runs, arena_run_cmp);
	if (run == NULL) {
		run = arena_bin_kept(bin);
		arena_bin_kept_set(bin, NULL);
	}
	if (run != NULL)
		bin->stats.reruns++;
	return run;
}

/* A run with free regions that is in no heap. The bin's lock is dropped if
 * there is none at hand. NULL: no memory. */
static arena_run_t *
arena_bin_nonfull_run_get(arena_t *arena, arena_bin_t *bin, szind_t binind)
{
	arena_run_t *run = arena_bin_nonfull_run_tryget(bin);
	if (run != NULL)
		return run;
	malloc_mutex_unlock(&bin->lock);
	run = arena_bin_run_new(arena, binind);
	malloc_mutex_lock(&bin->lock);
	if (run != NULL) {
		bin->stats.nruns++;
		bin->stats.curruns++;
		return run;
	}
	/* Some thread may have freed into this bin meanwhile. */
	return arena_bin_nonfull_run_tryget(bin);
}

/* Files a run that has free regions and is in no heap: the older, lower one of
 * it and runcur becomes runcur (E-25). */
static void
arena_bin_lower_run(arena_bin_t *bin, arena_run_t *run)
{
	arena_run_t *cur = bin->runcur;
	if (cur != NULL && arena_run_cmp(&cur->link, &run->link) > 0) {
		if (*arena_run_nfree(cur) > 0)
			treap_insert(&bin->runs, &cur->link, arena_run_cmp);
		bin->runcur = run;
		bin->stats.reruns++;
	} else
		treap_insert(&bin->runs, &run->link, arena_run_cmp);
}

/* The run is wholly free and in no heap. One such run stays with the bin: a
 * program that has an object of the class now and then would take a run from
 * the arena and give it back with each. Result: the run that does not stay, for
 * the caller to release after unlocking; NULL: there is none. */
static arena_run_t *
arena_bin_keep(arena_bin_t *bin, arena_run_t *run)
{
	arena_run_t *kept = arena_bin_kept(bin);
	if (policy_bin_keeps_run() &&
	    (kept == NULL || arena_run_cmp(&run->link, &kept->link) < 0)) {
		arena_bin_kept_set(bin, run);
		bin->kept_idle = false;
		run = kept;
	}
	if (run != NULL)
		bin->stats.curruns--;
	return run;
}

/* The run lost the race to become runcur. */
static void
arena_bin_surplus_run(
    arena_t *arena, arena_bin_t *bin, arena_run_t *run, szind_t binind)
{
	if (*arena_run_nfree(run) < arena_bin_info[binind].nregs) {
		arena_bin_lower_run(bin, run);
		return;
	}
	run = arena_bin_keep(bin, run);
	if (run == NULL)
		return;
	malloc_mutex_unlock(&bin->lock);
	run->link.left = NULL;
	arena_bin_runs_release(arena, run, binind);
	malloc_mutex_lock(&bin->lock);
}

static bool
arena_bin_has_region(const arena_bin_t *bin)
{
	return bin->runcur != NULL && *arena_run_nfree(bin->runcur) > 0;
}

/* Makes runcur a run with free regions. The lock may be dropped. true: no
 * memory. */
static bool
arena_bin_malloc_hard(arena_t *arena, arena_bin_t *bin, szind_t binind)
{
	while (!arena_bin_has_region(bin)) {
		bin->runcur = NULL; /* a full run is simply forgotten */
		arena_run_t *run =
		    arena_bin_nonfull_run_get(arena, bin, binind);
		if (!arena_bin_has_region(bin)) {
			if (run == NULL)
				return true;
			bin->runcur = run;
		} else if (run != NULL)
			arena_bin_surplus_run(arena, bin, run, binind);
	}
	return false;
}

/* Takes up to n regions of runcur. */
static unsigned
arena_bin_take(arena_bin_t *bin, const bin_info_t *info, void **out, unsigned n)
{
	arena_chunk_t *chunk = arena_chunk_of(bin->runcur);
	unsigned pageind = arena_run_pageind(bin->runcur);
	void *addr = arena_page_addr(chunk, pageind);
	if (n > chunk->nfree[pageind])
		n = chunk->nfree[pageind];
	unsigned got = bitmap_take(arena_run_bitmap(chunk, pageind, info),
	    info->nregs, addr, info->reg_size, out, n);
	assert(got == n);
	chunk->nfree[pageind] = (uint16_t)(chunk->nfree[pageind] - got);
	return got;
}

void
arena_tcache_fill_small(
    arena_t *arena, tbin_t *tbin, szind_t binind, unsigned n)
{
	const bin_info_t *info = &arena_bin_info[binind];
	arena_bin_t *bin = &arena->bins[binind];
	void **empty = tbin_empty(tbin);
	assert(tbin->head == empty && n <= tbin->nslots);
	/* The lowest address goes to the top of the stack: handed out first. */
	void **out = empty - n;
	unsigned got = 0;
	malloc_mutex_lock(&bin->lock);
	while (got < n && !arena_bin_malloc_hard(arena, bin, binind))
		got += arena_bin_take(bin, info, out + got, n - got);
	bin->stats.nmalloc += got;
	bin->stats.curregs += got;
	bin->stats.nrequests += tbin->nrequests;
	bin->stats.nfills++;
	stats_page_inc(&arena->page->nfills[binind], 1);
	malloc_mutex_unlock(&bin->lock);
	tbin->nrequests = 0;
	if (got < n)
		memmove(empty - got, out, got * sizeof(*out));
	tbin->head = empty - got;
}

void *
arena_malloc_small(arena_t *arena, szind_t binind, bool zero)
{
	const bin_info_t *info = &arena_bin_info[binind];
	arena_bin_t *bin = &arena->bins[binind];
	malloc_mutex_lock(&bin->lock);
	if (unlikely(!arena_bin_has_region(bin)) &&
	    arena_bin_malloc_hard(arena, bin, binind)) {
		malloc_mutex_unlock(&bin->lock);
		return NULL;
	}
	void *ret = arena_run_reg_alloc(bin->runcur, info);
	bin->stats.nmalloc++;
	bin->stats.nrequests++;
	bin->stats.curregs++;
	malloc_mutex_unlock(&bin->lock);
	if (zero)
		memset(ret, 0, info->reg_size);
	return ret;
}

/* ---------------------------------------------------------------- free --- */

/* A small run that objects are being freed into. */
typedef struct bin_cursor_s {
	const bin_info_t *info;
	arena_run_t *run;
	char *addr; /* of the run's first region */
	uint16_t *nfree;
	uint64_t *bitmap;
} bin_cursor_t;

static void
bin_cursor_seek(bin_cursor_t *cursor, void *ptr, szind_t binind)
{
	arena_chunk_t *chunk = arena_chunk_of(ptr);
	unsigned page = arena_pageind(ptr);
	if (unlikely(chunk->kind[page] != binind))
		safety_check_fail("free(%p): the object was freed before, "
				  "and its pages reused",
		    ptr);
	unsigned pageind = page - arena_mapbits_small_offset(chunk, page);
	cursor->run = arena_run_at(chunk, pageind);
	cursor->addr = arena_page_addr(chunk, pageind);
	cursor->nfree = &chunk->nfree[pageind];
	cursor->bitmap = arena_run_bitmap(chunk, pageind, cursor->info);
}

/* Frees those of the n objects at ptrs that come before the first one outside
 * the run: objects that are freed together tend to share runs (E-11). Result:
 * how many. */
static unsigned
arena_run_regs_dalloc(const bin_cursor_t *cursor, void **ptrs, unsigned n)
{
	/* A copy, which no store into the bitmap can change. */
	const bin_info_t info = *cursor->info;
	char *const addr = cursor->addr;
	uint64_t *const bitmap = cursor->bitmap;
	unsigned i;
	for (i = 0; i < n; i++) {
		size_t offset = (size_t)((char *)ptrs[i] - addr);
		if (offset >= info.run_size)
			break;
		unsigned regind = bin_region_index(&info, offset);
		if (unlikely((size_t)regind * info.reg_size != offset))
			safety_check_fail("free(%p): the address lies inside "
					  "an object of %u bytes, not at its "
					  "start",
			    ptrs[i], info.reg_size);
		if (unlikely(bitmap_is_free(bitmap, regind)))
			safety_check_fail(
			    "free(%p): the object was freed before", ptrs[i]);
		bitmap_unset(bitmap, regind);
	}
	return i;
}

/* Frees some of the n objects at ptrs, of which the first lies in the cursor's
 * run. Result: how many. A run that the bin no longer needs is put before
 * *released, for the caller to release after unlocking. */
static unsigned
arena_dalloc_bin_locked_impl(arena_bin_t *bin, const bin_cursor_t *cursor,
    void **ptrs, unsigned n, arena_run_t **released)
{
	arena_run_t *run = cursor->run;
	unsigned freed = arena_run_regs_dalloc(cursor, ptrs, n);
	unsigned before = *cursor->nfree, nfree = before + freed;
	*cursor->nfree = (uint16_t)nfree;
	if (unlikely(nfree == cursor->info->nregs)) {
		if (run == bin->runcur)
			bin->runcur = NULL;
		else if (before != 0) /* else it was full, and in no heap */
			treap_remove(&bin->runs, &run->link, arena_run_cmp);
		run = arena_bin_keep(bin, run);
		if (run != NULL) {
			run->link.left = (treap_node_t *)*released;
			*released = run;
		}
	} else if (unlikely(before == 0) && run != bin->runcur)
		arena_bin_lower_run(bin, run);
	return freed;
}

void
arena_dalloc_small(void *ptr)
{
	arena_chunk_t *chunk = arena_chunk_of(ptr);
	arena_t *arena = chunk->node.arena;
	szind_t binind = chunk->kind[arena_pageind(ptr)];
	arena_bin_t *bin = &arena->bins[binind];
	bin_cursor_t cursor = {.info = &arena_bin_info[binind]};
	arena_run_t *released = NULL;
	malloc_mutex_lock(&bin->lock);
	bin_cursor_seek(&cursor, ptr, binind);
	arena_dalloc_bin_locked_impl(bin, &cursor, &ptr, 1, &released);
	bin->stats.ndalloc++;
	bin->stats.curregs--;
	malloc_mutex_unlock(&bin->lock);
	arena_bin_runs_release(arena, released, binind);
}

unsigned
arena_flush_small(void **ptrs, unsigned n, szind_t binind, arena_t *mine,
    uint32_t *nrequests, arena_t **freed_to)
{
	arena_t *arena = arena_of_cached(ptrs[0]);
	arena_bin_t *bin = &arena->bins[binind];
	bin_cursor_t cursor = {.info = &arena_bin_info[binind]};
	arena_run_t *released = NULL;
	unsigned left = 0;
	malloc_mutex_lock(&bin->lock);
	for (unsigned i = 0; i < n;) {
		if (arena_chunk_of(ptrs[i])->node.arena != arena) {
			ptrs[left++] = ptrs[i++];
			continue;
		}
		bin_cursor_seek(&cursor, ptrs[i], binind);
		i += arena_dalloc_bin_locked_impl(
		    bin, &cursor, ptrs + i, n - i, &released);
	}
	bin->stats.ndalloc += n - left;
	bin->stats.curregs -= n - left;
	if (arena == mine) {
		bin->stats.nrequests += *nrequests;
		*nrequests = 0;
	}
	bin->stats.nflushes++;
	stats_page_inc(&arena->page->nflushes[binind], 1);
	malloc_mutex_unlock(&bin->lock);
	/* E-11: pages are given back once for the whole batch. */
	arena_bin_runs_release(arena, released, binind);
	*freed_to = arena;
	return left;
}

/* The bin's free run, unless it is to stay; NULL: none. */
static arena_run_t *
arena_bin_trim(arena_bin_t *bin, bool all)
{
	malloc_mutex_lock(&bin->lock);
	arena_run_t *run = arena_bin_kept(bin);
	if (run != NULL && (all || bin->kept_idle)) {
		arena_bin_kept_set(bin, NULL);
		bin->stats.curruns--;
	} else
		run = NULL;
	bin->kept_idle = true;
	malloc_mutex_unlock(&bin->lock);
	return run;
}

void
arena_bins_trim(arena_t *arena, bool all)
{
	for (szind_t i = 0; i < NBINS; i++) {
		arena_bin_t *bin = &arena->bins[i];
		if (arena_bin_kept(bin) == NULL)
			continue;
		arena_run_t *run = arena_bin_trim(bin, all);
		if (run != NULL) {
			run->link.left = NULL;
			arena_bin_runs_release(arena, run, i);
		}
	}
}

void
arena_bin_nrequests_merge(arena_t *arena, szind_t binind, uint32_t *nrequests)
{
	arena_bin_t *bin = &arena->bins[binind];
	malloc_mutex_lock(&bin->lock);
	bin->stats.nrequests += *nrequests;
	malloc_mutex_unlock(&bin->lock);
	*nrequests = 0;
}
