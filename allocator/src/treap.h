/*
 * An ordered set with two links a node, for taking the least element. A treap:
 * a search tree by the caller's order, and a heap by a priority that is a hash
 * of the node's address, so that it needs no field and no random state. All
 * operations take expected O(log n) steps, without recursion.
 *
 * Invariants: in-order, nodes ascend; a node's priority exceeds those of its
 * children; first is the least node. The shape depends on the set alone, not
 * on how it came about.
 */
#ifndef EBB_TREAP_H
#define EBB_TREAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

typedef struct treap_node_s {
	struct treap_node_s *left;
	struct treap_node_s *right;
} treap_node_t;

typedef struct treap_s {
	treap_node_t *root;
	treap_node_t *first;
} treap_t;

/*
 * <0, 0, >0 as a is before, the same as, or behind b. Total: 0 only if a == b.
 * Must not change for nodes that are in a tree.
 */
typedef int(treap_cmp_t)(const treap_node_t *a, const treap_node_t *b);

EBB_INLINE void
treap_new(treap_t *t)
{
	t->root = t->first = NULL;
}

EBB_INLINE bool
treap_empty(const treap_t *t)
{
	return t->root == NULL;
}

/* The least node, NULL if there is none. */
EBB_INLINE treap_node_t *
treap_first(const treap_t *t)
{
	return t->first;
}

/* Adds a node that is in no tree; its links need no value. */
void treap_insert(treap_t *t, treap_node_t *node, treap_cmp_t *cmp);

/* Takes out a node that is in this tree. */
void treap_remove(treap_t *t, treap_node_t *node, treap_cmp_t *cmp);

/* Takes out the least node and returns it; NULL if there is none. */
treap_node_t *treap_remove_first(treap_t *t, treap_cmp_t *cmp);

/* The priority of a node: a bijection of its address. */
EBB_INLINE uint64_t
treap_priority(const treap_node_t *node)
{
	uint64_t x = (uint64_t)(uintptr_t)node;
	x = (x ^ (x >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 29)) * UINT64_C(0xd1342543de82ef95);
	return x ^ (x >> 32);
}

#endif /* EBB_TREAP_H */
