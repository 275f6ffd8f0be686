#include "extent.h"

#include "sz.h"

void
extent_node_init(extent_node_t *node, struct arena_s *arena, void *addr,
    size_t size, size_t sn, bool zeroed)
{
	node->arena = arena;
	node->addr = addr;
	node->size = size;
	node->sn = sn;
	node->zeroed = zeroed;
	node->achunk = false;
	qr_init(&node->rd);
	qr_init(&node->cc);
	qr_init(&node->link);
}

static int
compare(uintptr_t a, uintptr_t b)
{
	return (a > b) - (a < b);
}

static int
extent_szad_cmp(extent_node_t *a, extent_node_t *b)
{
	int ret = compare(
	    chunk_quantize_floor(a->size), chunk_quantize_floor(b->size));
	if (ret == 0)
		ret = compare(a->sn, b->sn);
	if (ret == 0)
		ret = compare((uintptr_t)a->addr, (uintptr_t)b->addr);
	return ret;
}

static int
extent_ad_cmp(extent_node_t *a, extent_node_t *b)
{
	return compare((uintptr_t)a->addr, (uintptr_t)b->addr);
}

/* libbsd's tree.h leaves some generated functions unused. */
#define UNUSED __attribute__((unused)) static
RB_PROTOTYPE_INTERNAL(
    extent_szad_s, extent_node_s, szad_link, extent_szad_cmp, UNUSED)
RB_GENERATE_INTERNAL(
    extent_szad_s, extent_node_s, szad_link, extent_szad_cmp, UNUSED)
RB_PROTOTYPE_INTERNAL(
    extent_ad_s, extent_node_s, ad_link, extent_ad_cmp, UNUSED)
RB_GENERATE_INTERNAL(extent_ad_s, extent_node_s, ad_link, extent_ad_cmp, UNUSED)

void
extent_szad_insert(extent_szad_t *tree, extent_node_t *node)
{
	RB_INSERT(extent_szad_s, tree, node);
}

void
extent_szad_remove(extent_szad_t *tree, extent_node_t *node)
{
	RB_REMOVE(extent_szad_s, tree, node);
}

extent_node_t *
extent_szad_best_fit(extent_szad_t *tree, size_t size)
{
	extent_node_t key;
	extent_node_init(&key, NULL, NULL, chunk_quantize_ceil(size), 0, false);
	return RB_NFIND(extent_szad_s, tree, &key);
}

void
extent_ad_insert(extent_ad_t *tree, extent_node_t *node)
{
	RB_INSERT(extent_ad_s, tree, node);
}

void
extent_ad_remove(extent_ad_t *tree, extent_node_t *node)
{
	RB_REMOVE(extent_ad_s, tree, node);
}

extent_node_t *
extent_ad_search(extent_ad_t *tree, void *addr)
{
	extent_node_t key;
	extent_node_init(&key, NULL, addr, 0, 0, false);
	return RB_FIND(extent_ad_s, tree, &key);
}

extent_node_t *
extent_ad_find_before(extent_ad_t *tree, void *addr)
{
	extent_node_t key;
	extent_node_init(&key, NULL, addr, 0, 0, false);
	extent_node_t *next = RB_NFIND(extent_ad_s, tree, &key);
	return next != NULL ? RB_PREV(extent_ad_s, tree, next)
			    : RB_MAX(extent_ad_s, tree);
}
