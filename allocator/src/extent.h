/*
 * Extent nodes: descriptors of chunk ranges, and the two orders they are
 * searched by. A node describes an arena chunk (it then lies in the chunk's
 * header), a huge allocation, or a free range that is cached or retained.
 */
#ifndef EBB_EXTENT_H
#define EBB_EXTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <bsd/sys/tree.h>

#include "ql.h"

struct arena_s;

typedef struct extent_node_s {
	struct arena_s *arena;
	void *addr;  /* a chunk address */
	size_t size; /* bytes; of a huge allocation: its usable size */
	size_t sn;   /* serial number of the address space: smaller is older */
	bool zeroed; /* known to read as zero */
	bool achunk; /* an arena chunk */
	/* Place on the arena's rings of dirty memory, when cached (A.6). */
	qr_t rd;
	qr_t cc;
	/* In the trees of a chunk space when free; `link` otherwise: on
	 * arena.achunks, arena.huge, or a list of unused nodes. */
	RB_ENTRY(extent_node_s) szad_link;
	RB_ENTRY(extent_node_s) ad_link;
	qr_t link;
} extent_node_t;

RB_HEAD(extent_szad_s, extent_node_s);
RB_HEAD(extent_ad_s, extent_node_s);
typedef struct extent_szad_s extent_szad_t; /* by (size class, sn, addr) */
typedef struct extent_ad_s extent_ad_t;     /* by addr */

void extent_node_init(extent_node_t *node, struct arena_s *arena, void *addr,
    size_t size, size_t sn, bool zeroed);

void extent_szad_insert(extent_szad_t *tree, extent_node_t *node);
void extent_szad_remove(extent_szad_t *tree, extent_node_t *node);
/* The oldest, lowest node of the smallest class in which every node has
 * `size` bytes; NULL if there is none. */
extent_node_t *extent_szad_best_fit(extent_szad_t *tree, size_t size);

void extent_ad_insert(extent_ad_t *tree, extent_node_t *node);
void extent_ad_remove(extent_ad_t *tree, extent_node_t *node);
/* The node that starts at addr, or NULL. */
extent_node_t *extent_ad_search(extent_ad_t *tree, void *addr);
/* The node with the highest address below addr, or NULL. */
extent_node_t *extent_ad_find_before(extent_ad_t *tree, void *addr);

#endif /* EBB_EXTENT_H */
