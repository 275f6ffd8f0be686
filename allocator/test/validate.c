#include "validate.h"

#include <string.h>

#include "arena_map.h"
#include "arena_run.h"
#include "arenas.h"
#include "bitmap.h"
#include "chunk_map.h"
#include "rtree.h"
#include "treap.h"

#define SOUND(e)                   \
	do {                       \
		if (!(e))          \
			return #e; \
	} while (0)
#define PASS_ON(e)                        \
	do {                              \
		const char *wrong_ = (e); \
		if (wrong_ != NULL)       \
			return wrong_;    \
	} while (0)

/* What a walk over the chunks counted, to be compared with the records. */
typedef struct census_s {
	arena_t *arena;
	size_t nchunks;
	size_t nactive;
	size_t dirty_runs;
	size_t dirty_pages;
	size_t avail; /* free runs outside the spare */
	size_t large[NLCLASSES];
	size_t runs[NBINS];
	size_t regs[NBINS]; /* allocated */
	size_t nonfull[NBINS];
} census_t;

/* ----------------------------------------------------------------- runs -- */

static bool
treap_contains(const treap_t *t, const treap_node_t *node, treap_cmp_t *cmp)
{
	const treap_node_t *at = t->root;
	while (at != NULL && at != node)
		at = cmp(node, at) < 0 ? at->left : at->right;
	return at == node;
}

static const char *
validate_free_run(census_t *c, arena_chunk_t *chunk, unsigned first,
    unsigned npages, bool *before_free, bool *before_dirty)
{
	arena_t *arena = c->arena;
	uint32_t bits = arena_mapbits_get(chunk, first);
	bool dirty = bits & MAP_DIRTY;
	unsigned last = first + npages - 1;
	SOUND(last < ARENA_CHUNK_NPAGES);
	uint32_t last_bits = arena_mapbits_get(chunk, last);
	SOUND((last_bits & (MAP_ALLOCATED | MAP_LARGE)) == 0);
	SOUND((bool)(last_bits & MAP_DIRTY) == dirty);
	SOUND(arena_mapbits_npages(chunk, last) == npages);
	SOUND(!(*before_free && *before_dirty == dirty)); /* merged */
	for (unsigned i = first; i <= last; i++)
		SOUND(chunk->kind[i] == KIND_NONE);
	unsigned heap = psz2ind(run_quantize_floor((size_t)npages << LG_PAGE));
	bool in_heap = treap_contains(&arena->runs_avail[heap],
	    &arena_run_at(chunk, first)->link, arena_run_cmp);
	SOUND(in_heap == (chunk != arena->spare)); /* I2 */
	c->avail += in_heap;
	if (dirty) {
		const qr_t *rd = &chunk->side[first].rd;
		SOUND(rd->next->prev == rd && rd->prev->next == rd);
		SOUND(rd->next != rd); /* I3 */
		c->dirty_runs++;
		c->dirty_pages += npages;
	}
	*before_free = true;
	*before_dirty = dirty;
	return NULL;
}

static const char *
validate_large_run(
    census_t *c, arena_chunk_t *chunk, unsigned first, unsigned npages)
{
	unsigned last = first + npages - 1;
	unsigned ind = chunk->kind[first];
	SOUND(last < ARENA_CHUNK_NPAGES);
	SOUND(ind >= NBINS && ind < NBINS + NLCLASSES); /* I6 */
	SOUND(npages == (index2size(ind) + LARGE_PAD) >> LG_PAGE);
	for (unsigned i = first + 1; i <= last; i++)
		SOUND(chunk->kind[i] == KIND_INSIDE);
	const uint32_t flags = MAP_ALLOCATED | MAP_LARGE;
	uint32_t bits = arena_mapbits_get(chunk, last);
	SOUND((bits & flags) == flags);
	SOUND(last == first || arena_mapbits_npages(chunk, last) == 0);
	c->large[ind - NBINS]++;
	return NULL;
}

static const uint64_t *
run_bitmap(const arena_chunk_t *chunk, unsigned first, const bin_info_t *info)
{
	const arena_side_t *side = &chunk->side[first];
	return info->nregs > info->run_pages * 8 * sizeof(side->bitmap)
		   ? side->bitmap_far
		   : side->bitmap;
}

/* The bin's lock is taken. */
static const char *
validate_small_run_locked(
    census_t *c, arena_chunk_t *chunk, unsigned first, szind_t ind)
{
	const bin_info_t *info = &arena_bin_info[ind];
	arena_bin_t *bin = &c->arena->bins[ind];
	arena_run_t *run = arena_run_at(chunk, first);
	unsigned nfree = chunk->nfree[first];
	bool kept = run == bin->kept;
	SOUND(kept == (nfree == info->nregs)); /* else it would be released */
	SOUND(
	    bitmap_count(run_bitmap(chunk, first, info), info->nregs) == nfree);
	bool in_heap = treap_contains(&bin->runs, &run->link, arena_run_cmp);
	SOUND(!(in_heap && nfree == 0));
	SOUND(!(in_heap && run == bin->runcur));
	SOUND(!(kept && (in_heap || run == bin->runcur)));
	SOUND(nfree == 0 || in_heap || run == bin->runcur || kept);
	c->runs[ind]++;
	c->regs[ind] += info->nregs - nfree;
	c->nonfull[ind] += in_heap;
	return NULL;
}

static const char *
validate_small_run(
    census_t *c, arena_chunk_t *chunk, unsigned first, unsigned *npages)
{
	unsigned ind = chunk->kind[first];
	SOUND(ind < NBINS);
	*npages = arena_bin_info[ind].run_pages;
	SOUND(first + *npages <= ARENA_CHUNK_NPAGES);
	for (unsigned i = 0; i < *npages; i++) {
		uint32_t bits = arena_mapbits_get(chunk, first + i);
		SOUND((bits & (MAP_ALLOCATED | MAP_LARGE)) == MAP_ALLOCATED);
		SOUND(arena_mapbits_small_offset(chunk, first + i) == i);
		SOUND(chunk->kind[first + i] == ind);
	}
	malloc_mutex_lock(&c->arena->bins[ind].lock);
	const char *wrong = validate_small_run_locked(c, chunk, first, ind);
	malloc_mutex_unlock(&c->arena->bins[ind].lock);
	return wrong;
}

static const char *
validate_chunk(census_t *c, arena_chunk_t *chunk)
{
	unsigned npages;
	bool before_free = false, before_dirty = false;
	SOUND(((uintptr_t)chunk & CHUNKSIZE_MASK) == 0);
	SOUND(chunk_map_is_arena(chunk));
	SOUND(rtree_get(chunk) == &chunk->node);
	SOUND(chunk->node.achunk && chunk->node.arena == c->arena);
	SOUND(chunk->node.addr == chunk && chunk->node.size == CHUNKSIZE);
	for (unsigned i = 0; i < ARENA_MAP_BIAS; i++)
		SOUND(chunk->kind[i] == KIND_NONE);
	for (unsigned i = ARENA_MAP_BIAS; i < ARENA_CHUNK_NPAGES; i += npages) {
		uint32_t bits = arena_mapbits_get(chunk, i);
		npages = arena_mapbits_npages(chunk, i);
		if ((bits & MAP_ALLOCATED) == 0) {
			SOUND(npages != 0);
			PASS_ON(validate_free_run(
			    c, chunk, i, npages, &before_free, &before_dirty));
			SOUND((npages == ARENA_CHUNK_NDATA) ==
			      (chunk == c->arena->spare));
			continue;
		}
		before_free = false;
		if (bits & MAP_LARGE) {
			SOUND(npages != 0);
			PASS_ON(validate_large_run(c, chunk, i, npages));
		} else
			PASS_ON(validate_small_run(c, chunk, i, &npages));
		c->nactive += npages;
	} /* I4: they tile the chunk, or an entry were of no kind */
	c->nchunks++;
	return NULL;
}

/* ---------------------------------------------------------------- treaps -- */

/* Adds the number of nodes to *n. Order and heap property, recursively. */
static const char *
validate_treap_below(const treap_node_t *node, const treap_node_t *low,
    const treap_node_t *high, size_t *n)
{
	if (node == NULL)
		return NULL;
	SOUND(low == NULL || arena_run_cmp(low, node) < 0);
	SOUND(high == NULL || arena_run_cmp(node, high) < 0);
	SOUND(node->left == NULL ||
	      treap_priority(node->left) < treap_priority(node));
	SOUND(node->right == NULL ||
	      treap_priority(node->right) < treap_priority(node));
	++*n;
	PASS_ON(validate_treap_below(node->left, low, node, n));
	return validate_treap_below(node->right, node, high, n);
}

static const char *
validate_treap(const treap_t *t, size_t *n)
{
	const treap_node_t *least = t->root;
	while (least != NULL && least->left != NULL)
		least = least->left;
	SOUND(t->first == least);
	return validate_treap_below(t->root, NULL, NULL, n);
}

static const char *
validate_runs_avail(census_t *c)
{
	size_t avail = 0;
	for (unsigned i = 0; i < RUNS_AVAIL; i++) {
		size_t n = 0;
		PASS_ON(validate_treap(&c->arena->runs_avail[i], &n));
		SOUND((n != 0) == (c->arena->runs_avail_nonempty >> i & 1));
		avail += n;
	}
	SOUND(avail == c->avail);
	return NULL;
}

static const char *
validate_bin_locked(census_t *c, szind_t ind)
{
	arena_bin_t *bin = &c->arena->bins[ind];
	size_t n = 0;
	PASS_ON(validate_treap(&bin->runs, &n));
	SOUND(n == c->nonfull[ind]);
	SOUND(bin->stats.curregs == c->regs[ind]); /* I5 */
	SOUND(bin->stats.curruns == c->runs[ind]);
	SOUND(bin->stats.nmalloc - bin->stats.ndalloc == c->regs[ind]);
	return NULL;
}

static const char *
validate_bins(census_t *c)
{
	for (szind_t i = 0; i < NBINS; i++) {
		malloc_mutex_lock(&c->arena->bins[i].lock);
		const char *wrong = validate_bin_locked(c, i);
		malloc_mutex_unlock(&c->arena->bins[i].lock);
		PASS_ON(wrong);
	}
	for (szind_t i = 0; i < NLCLASSES; i++)
		SOUND(c->arena->stats.lruns[i].cur == c->large[i]);
	return NULL;
}

/* ---------------------------------------------------------------- chunks -- */

/* The ring of dirty memory: chunks_cache is a sub-sequence of runs_dirty. */
static const char *
validate_rings(census_t *c, size_t *ncached)
{
	chunk_space_t *space = &c->arena->space;
	qr_t *cc = space->chunks_cache.next;
	size_t runs = 0, pages = 0;
	for (qr_t *rd = space->runs_dirty.next; rd != &space->runs_dirty;
	     rd = rd->next) {
		SOUND(rd->next->prev == rd && rd->prev->next == rd);
		extent_node_t *node = container_of(cc, extent_node_t, cc);
		if (cc != &space->chunks_cache && rd == &node->rd) {
			pages += node->size >> LG_PAGE;
			++*ncached;
			cc = cc->next;
		} else
			runs++;
	}
	SOUND(cc == &space->chunks_cache);
	SOUND(runs == c->dirty_runs);
	SOUND(pages + c->dirty_pages == space->ndirty); /* I1 */
	return NULL;
}

/* In order of address: *n nodes, *size bytes, *end where the last one ends. */
static const char *
validate_ad(extent_node_t *node, size_t *n, size_t *size, char **end)
{
	if (node == NULL)
		return NULL;
	PASS_ON(validate_ad(RB_LEFT(node, ad_link), n, size, end));
	SOUND(*end < (char *)node->addr); /* neither overlap nor touch */
	SOUND(((uintptr_t)node->addr & CHUNKSIZE_MASK) == 0);
	SOUND(node->size != 0 && (node->size & CHUNKSIZE_MASK) == 0);
	SOUND(rtree_get(node->addr) == NULL);
	for (size_t i = 0; i < node->size; i += CHUNKSIZE)
		SOUND(!chunk_map_is_arena((char *)node->addr + i));
	++*n;
	*size += node->size;
	*end = (char *)node->addr + node->size;
	return validate_ad(RB_RIGHT(node, ad_link), n, size, end);
}

static const char *
validate_szad(extent_node_t *node, extent_node_t **before, size_t *n)
{
	if (node == NULL)
		return NULL;
	PASS_ON(validate_szad(RB_LEFT(node, szad_link), before, n));
	SOUND(*before == NULL || chunk_quantize_floor((*before)->size) <=
				     chunk_quantize_floor(node->size));
	*before = node;
	++*n;
	return validate_szad(RB_RIGHT(node, szad_link), before, n);
}

static const char *
validate_trees(extent_szad_t *szad, extent_ad_t *ad, size_t *n, size_t *size)
{
	char *end = NULL;
	extent_node_t *before = NULL;
	size_t by_size = 0;
	PASS_ON(validate_ad(RB_ROOT(ad), n, size, &end));
	PASS_ON(validate_szad(RB_ROOT(szad), &before, &by_size));
	SOUND(*n == by_size);
	return NULL;
}

static const char *
validate_space_locked(census_t *c)
{
	chunk_space_t *space = &c->arena->space;
	size_t on_ring = 0, cached = 0, cached_size = 0, retained = 0, size = 0;
	PASS_ON(validate_rings(c, &on_ring));
	PASS_ON(validate_trees(
	    &space->szad_cached, &space->ad_cached, &cached, &cached_size));
	SOUND(cached == on_ring); /* I7 */
	PASS_ON(validate_trees(
	    &space->szad_retained, &space->ad_retained, &retained, &size));
	SOUND(size == atomic_load(&space->retained));
	return NULL;
}

static const char *
validate_space(census_t *c)
{
	malloc_mutex_lock(&c->arena->space.chunks_mtx);
	const char *wrong = validate_space_locked(c);
	malloc_mutex_unlock(&c->arena->space.chunks_mtx);
	return wrong;
}

static const char *
validate_huge_locked(census_t *c, size_t *mapped)
{
	qr_t *list = &c->arena->huge;
	size_t allocated = 0;
	for (qr_t *link = list->next; link != list; link = link->next) {
		extent_node_t *node = container_of(link, extent_node_t, link);
		SOUND(rtree_get(node->addr) == node);
		SOUND(!node->achunk && node->arena == c->arena);
		SOUND(!chunk_map_is_arena(node->addr));
		c->nactive += node->size >> LG_PAGE;
		allocated += node->size;
		*mapped += ALIGN_UP(node->size, CHUNKSIZE);
	}
	SOUND(allocated == c->arena->stats.allocated_huge);
	return NULL;
}

static const char *
validate_huge(census_t *c)
{
	size_t mapped = c->nchunks * CHUNKSIZE;
	malloc_mutex_lock(&c->arena->huge_mtx);
	const char *wrong = validate_huge_locked(c, &mapped);
	malloc_mutex_unlock(&c->arena->huge_mtx);
	PASS_ON(wrong);
	SOUND(mapped == c->arena->stats.mapped);
	SOUND(c->arena->stats.metadata_mapped ==
	      c->nchunks * (ARENA_MAP_BIAS << LG_PAGE));
	return NULL;
}

/* ----------------------------------------------------------------- arena -- */

static const char *
arena_validate_locked(census_t *c)
{
	arena_t *arena = c->arena;
	qr_t *list = &arena->achunks;
	for (qr_t *link = list->next; link != list; link = link->next) {
		extent_node_t *node = container_of(link, extent_node_t, link);
		SOUND(node->addr != arena->spare);
		PASS_ON(validate_chunk(c, node->addr));
	}
	if (arena->spare != NULL)
		PASS_ON(validate_chunk(c, arena->spare));
	PASS_ON(validate_runs_avail(c));
	PASS_ON(validate_bins(c));
	PASS_ON(validate_space(c));
	PASS_ON(validate_huge(c));
	SOUND(c->nactive == arena->nactive); /* I1 */
	SOUND(arena->purging == 0);
	return NULL;
}

const char *
arena_validate(arena_t *arena)
{
	census_t census;
	memset(&census, 0, sizeof(census));
	census.arena = arena;
	malloc_mutex_lock(&arena->lock);
	const char *wrong = arena_validate_locked(&census);
	malloc_mutex_unlock(&arena->lock);
	return wrong;
}

const char *
arenas_validate(void)
{
	for (unsigned i = 0; i < narenas_total_get(); i++) {
		arena_t *arena = arena_get(i, false);
		if (arena != NULL)
			PASS_ON(arena_validate(arena));
	}
	return NULL;
}
