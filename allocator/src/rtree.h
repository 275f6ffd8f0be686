/*
 * The radix tree: chunk address -> extent node, for arena chunks and for the
 * first chunk of each huge allocation. Global and lock-free: a reader makes
 * two loads, a writer one store, and a missing leaf is published by
 * compare-and-swap (the loser's leaf goes to a spare slot). Leaves are never
 * freed.
 *
 * With the reference's 2 MiB chunks, 26 bits of a user address matter
 * (LG_VADDR - LG_CHUNK); two levels of 13 cover them, where the reference
 * spreads all 43 over three.
 */
#ifndef EBB_RTREE_H
#define EBB_RTREE_H

#include <stdbool.h>

struct extent_node_s;

/* node NULL: removes the entry. chunk: below 1 << LG_VADDR. May take base_mtx.
 * true: no memory for a leaf, nothing changed (cannot happen for a removal). */
bool rtree_set(const void *chunk, struct extent_node_s *node);

/* Any address. The node registered for exactly this chunk, or NULL. */
struct extent_node_s *rtree_get(const void *chunk);

#endif /* EBB_RTREE_H */
