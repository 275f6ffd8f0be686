#include "treap.h"

#include "assert.h"

/*
 * A link is the place that holds the pointer to a subtree: &t->root, or a
 * node's &left or &right. Going down by links makes the root no special case.
 */
typedef treap_node_t *link_t;

/* Whether a belongs above b. */
static bool
treap_above(const treap_node_t *a, const treap_node_t *b)
{
	return treap_priority(a) > treap_priority(b);
}

/*
 * Parts a subtree into the nodes before and behind the key. Two open links,
 * one a side, wait for the next part; what stays above keeps its place.
 */
static void
treap_split(treap_node_t *sub, const treap_node_t *key, link_t *before,
    link_t *behind, treap_cmp_t *cmp)
{
	while (sub != NULL) {
		int order = cmp(sub, key);
		assert(order != 0);
		if (order < 0) {
			*before = sub;
			before = &sub->right;
			sub = sub->right;
		} else {
			*behind = sub;
			behind = &sub->left;
			sub = sub->left;
		}
	}
	*before = *behind = NULL;
}

/* Joins two subtrees, all of a before all of b, at a link. */
static void
treap_join(link_t *at, treap_node_t *a, treap_node_t *b)
{
	while (a != NULL && b != NULL) {
		if (treap_above(a, b)) {
			*at = a;
			at = &a->right;
			a = a->right;
		} else {
			*at = b;
			at = &b->left;
			b = b->left;
		}
	}
	*at = a != NULL ? a : b;
}

/* Walks to the least node. */
static treap_node_t *
treap_leftmost(treap_node_t *sub)
{
	while (sub != NULL && sub->left != NULL)
		sub = sub->left;
	return sub;
}

void
treap_insert(treap_t *t, treap_node_t *node, treap_cmp_t *cmp)
{
	link_t *at = &t->root;
	while (*at != NULL && treap_above(*at, node)) {
		int order = cmp(node, *at);
		assert(order != 0);
		at = order < 0 ? &(*at)->left : &(*at)->right;
	}
	treap_split(*at, node, &node->left, &node->right, cmp);
	*at = node;
	if (t->first == NULL || cmp(node, t->first) < 0)
		t->first = node;
}

void
treap_remove(treap_t *t, treap_node_t *node, treap_cmp_t *cmp)
{
	link_t *at = &t->root;
	/* The least node, which is taken most often, is the leftmost one. */
	bool first = t->first == node;
	while (*at != node) {
		assert(*at != NULL);
		at = first || cmp(node, *at) < 0 ? &(*at)->left : &(*at)->right;
	}
	treap_join(at, node->left, node->right);
	if (first)
		t->first = treap_leftmost(t->root);
}

treap_node_t *
treap_remove_first(treap_t *t, treap_cmp_t *cmp)
{
	treap_node_t *first = t->first;
	if (first != NULL)
		treap_remove(t, first, cmp);
	return first;
}
