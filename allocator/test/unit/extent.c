/*
 * The two orders of extent nodes, against a search through an array.
 */
#include "unit.h"

#include "extent.h"
#include "sz.h"

#define N 300

static extent_node_t nodes[N];
static bool in[N];
static extent_szad_t szad;
static extent_ad_t ad;

static void *
address(unsigned i)
{
	return (void *)((uintptr_t)(i + 1) << LG_CHUNK);
}

/* The model: smallest class at least ceil(size), oldest, lowest. */
static extent_node_t *
best_fit(size_t size)
{
	extent_node_t *best = NULL;
	for (unsigned i = 0; i < N; i++) {
		extent_node_t *n = &nodes[i];
		if (!in[i] ||
		    chunk_quantize_floor(n->size) < chunk_quantize_ceil(size))
			continue;
		if (best == NULL) {
			best = n;
			continue;
		}
		size_t a = chunk_quantize_floor(n->size);
		size_t b = chunk_quantize_floor(best->size);
		if (a < b || (a == b && n->sn < best->sn) ||
		    (a == b && n->sn == best->sn && n->addr < best->addr))
			best = n;
	}
	return best;
}

static extent_node_t *
before(void *addr)
{
	extent_node_t *best = NULL;
	for (unsigned i = 0; i < N; i++) {
		if (in[i] && nodes[i].addr < addr)
			best = &nodes[i];
	}
	return best;
}

static void
test_extent_orders(void **state)
{
	(void)state;
	uint64_t random = 1;
	RB_INIT(&szad);
	RB_INIT(&ad);
	for (unsigned op = 0; op < 20000; op++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		unsigned i = (unsigned)(random >> 33) % N;
		if (in[i]) {
			extent_szad_remove(&szad, &nodes[i]);
			extent_ad_remove(&ad, &nodes[i]);
		} else {
			size_t size = (1 + (random >> 50) % 40) << LG_CHUNK;
			extent_node_init(&nodes[i], NULL, address(i), size,
			    (random >> 40) % 5, false);
			extent_szad_insert(&szad, &nodes[i]);
			extent_ad_insert(&ad, &nodes[i]);
		}
		in[i] = !in[i];
		unsigned j = (unsigned)(random >> 20) % (N + 2);
		size_t size = (1 + (random >> 45) % 44) << LG_CHUNK;
		assert_ptr_equal(
		    extent_szad_best_fit(&szad, size), best_fit(size));
		assert_ptr_equal(extent_ad_search(&ad, address(j)),
		    j < N && in[j] ? &nodes[j] : NULL);
		assert_ptr_equal(
		    extent_ad_find_before(&ad, address(j)), before(address(j)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_extent_orders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
