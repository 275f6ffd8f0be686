/*
 * treap against a sorted array, with the structure checked after each step.
 */
#include "unit.h"

#include "prng.h"
#include "treap.h"

#define NNODES 600

typedef struct item_s {
	unsigned key; /* not unique: ties by address */
	bool in;
	treap_node_t node;
} item_t;

static item_t items[NNODES];
static item_t *sorted[NNODES];
static unsigned nsorted;
static treap_t tree;

static int
item_cmp(const treap_node_t *a, const treap_node_t *b)
{
	const item_t *ia = container_of(a, item_t, node);
	const item_t *ib = container_of(b, item_t, node);
	if (ia->key != ib->key)
		return ia->key < ib->key ? -1 : 1;
	return (ia > ib) - (ia < ib);
}

static int
items_reset(void **state)
{
	uint64_t seed = 11;
	(void)state;
	memset(items, 0xa5, sizeof(items));
	for (unsigned i = 0; i < NNODES; i++) {
		items[i].key = (unsigned)prng_range(&seed, NNODES / 3);
		items[i].in = false;
	}
	nsorted = 0;
	treap_new(&tree);
	return 0;
}

static void
model_insert(item_t *item)
{
	unsigned i = nsorted++;
	for (; i > 0 && item_cmp(&item->node, &sorted[i - 1]->node) < 0; i--)
		sorted[i] = sorted[i - 1];
	sorted[i] = item;
	item->in = true;
}

static void
model_remove(item_t *item)
{
	unsigned i = 0;
	while (sorted[i] != item)
		i++;
	for (nsorted--; i < nsorted; i++)
		sorted[i] = sorted[i + 1];
	item->in = false;
}

/* Checks order and heap below a node. Returns its height. */
static unsigned
check_node(const treap_node_t *node, unsigned *at)
{
	if (node == NULL)
		return 0;
	const treap_node_t *kids[] = {node->left, node->right};
	for (int i = 0; i < 2; i++) {
		if (kids[i] != NULL)
			assert_true(
			    treap_priority(node) > treap_priority(kids[i]));
	}
	unsigned left = check_node(node->left, at);
	assert_true(*at < nsorted);
	assert_ptr_equal(node, &sorted[(*at)++]->node);
	unsigned right = check_node(node->right, at);
	return 1 + (left > right ? left : right);
}

/* Returns the height. */
static unsigned
check_tree(void)
{
	unsigned at = 0, height = check_node(tree.root, &at);
	assert_int_equal(at, nsorted);
	assert_int_equal(treap_empty(&tree), nsorted == 0);
	assert_ptr_equal(
	    treap_first(&tree), nsorted == 0 ? NULL : &sorted[0]->node);
	return height;
}

static void
test_treap_empty(void **state)
{
	(void)state;
	check_tree();
	assert_null(treap_remove_first(&tree, item_cmp));
	treap_insert(&tree, &items[0].node, item_cmp);
	model_insert(&items[0]);
	check_tree();
	assert_ptr_equal(treap_remove_first(&tree, item_cmp), &items[0].node);
	model_remove(&items[0]);
	check_tree();
}

static void
step(uint64_t *seed, unsigned grow)
{
	item_t *item = &items[prng_range(seed, NNODES)];
	if (prng_range(seed, 8) == 0 && nsorted != 0) {
		treap_node_t *first = treap_remove_first(&tree, item_cmp);
		assert_ptr_equal(first, &sorted[0]->node);
		model_remove(sorted[0]);
	} else if (item->in && prng_range(seed, 4) >= grow) {
		treap_remove(&tree, &item->node, item_cmp);
		model_remove(item);
	} else if (!item->in) {
		treap_insert(&tree, &item->node, item_cmp);
		model_insert(item);
	}
	check_tree();
}

static void
test_treap_random(void **state)
{
	uint64_t seed = 1;
	unsigned most = 0;
	(void)state;
	for (unsigned i = 0; i < 12000; i++) {
		step(&seed, i / 2000 % 2 == 0 ? 3 : 0);
		most = nsorted > most ? nsorted : most;
	}
	assert_true(most > NNODES / 2);
}

static void
test_treap_drains_in_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NNODES; i++) {
		treap_insert(&tree, &items[i].node, item_cmp);
		model_insert(&items[i]);
	}
	while (nsorted != 0) {
		assert_ptr_equal(
		    treap_remove_first(&tree, item_cmp), &sorted[0]->node);
		model_remove(sorted[0]);
		check_tree();
	}
}

/* A comparison may not look at nodes that left. */
static void
test_treap_remove_each_place(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		items[i].key = i;
		treap_insert(&tree, &items[i].node, item_cmp);
		model_insert(&items[i]);
	}
	for (unsigned i = 0; i < 100; i++) {
		item_t *item = &items[i * 37 % 100];
		treap_remove(&tree, &item->node, item_cmp);
		model_remove(item);
		memset(&item->node, 0xff, sizeof(item->node));
		check_tree();
	}
}

/*
 * Keys in order are the worst for a tree that does not balance. Expected
 * height of a treap of n is below 3 lg n; 5 lg n would be a bad hash.
 */
static void
test_treap_is_balanced(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NNODES; i++) {
		items[i].key = i;
		treap_insert(&tree, &items[i].node, item_cmp);
		model_insert(&items[i]);
	}
	assert_in_range(check_tree(), 10, 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_treap_empty, items_reset),
	    cmocka_unit_test_setup(test_treap_random, items_reset),
	    cmocka_unit_test_setup(test_treap_drains_in_order, items_reset),
	    cmocka_unit_test_setup(test_treap_remove_each_place, items_reset),
	    cmocka_unit_test_setup(test_treap_is_balanced, items_reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
