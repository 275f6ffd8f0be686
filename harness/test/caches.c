/* Thread caches: sizes of classes, sums over arenas. */
#include "caches.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "text.h"

static void
test_caches_class_bytes(void **state)
{
	(void)state;
	static const unsigned bytes[] = {8, 16, 32, 48, 64, 80, 96, 112, 128,
	    160, 192, 224, 256, 320, 384, 448, 512, 640};
	for (unsigned i = 0; i < sizeof(bytes) / sizeof(*bytes); i++)
		assert_int_equal(caches_class_bytes(i), bytes[i]);
	/* 36 small classes, the last 3.5 pages; the first large one 4. */
	assert_int_equal(caches_class_bytes(35), 14336);
	assert_int_equal(caches_class_bytes(36), 16384);
	assert_int_equal(caches_class_bytes(37), 20480);
	assert_int_equal(caches_class_bytes(40), 32768);
}

static void
test_caches_json(void **state)
{
	(void)state;
	struct ebb_stats_page *page = text_memory(1, sizeof(*page));
	page->narenas = 2;
	page->arenas[0].nfills[4] = 3;
	page->arenas[1].nfills[4] = 4;
	page->arenas[1].nflushes[36] = 5;
	page->arenas[2].nfills[0] = 100; /* behind the last arena */
	json_t *list = caches_json(page, NULL);
	json_t *want = json_pack("[{s:i,s:i,s:i},{s:i,s:i,s:i}]", "bytes", 64,
	    "fills", 7, "flushes", 0, "bytes", 16384, "fills", 0, "flushes", 5);
	assert_true(json_equal(list, want));
	json_decref(list);
	/* With requests; those of classes that no cache serves are left out. */
	uint64_t requests[EBB_STATS_PAGE_BINS] = {[4] = 70, [36] = 9, [50] = 3};
	list = caches_json(page, requests);
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(json_integer_value(json_object_get(
			     json_array_get(list, 0), "requests")),
	    70);
	json_decref(list);
	json_decref(want);
	free(page);
}

static void
test_caches_hit_rate(void **state)
{
	(void)state;
	struct ebb_stats_page *page = text_memory(1, sizeof(*page));
	uint64_t requests[EBB_STATS_PAGE_BINS] = {[4] = 75, [5] = 25, [40] = 9};
	page->narenas = 2;
	/* Without caches nothing was filled: that is no hit rate of 1. */
	assert_true(caches_hit_rate(page, requests) < 0);
	page->arenas[0].nfills[4] = 3;
	page->arenas[1].nfills[5] = 2;
	page->arenas[1].nfills[40] = 5; /* large */
	double rate = caches_hit_rate(page, requests);
	assert_true(rate > 0.949 && rate < 0.951);
	assert_true(caches_hit_rate(page, NULL) < 0);
	requests[4] = requests[5] = 1;
	assert_true(caches_hit_rate(page, requests) < 0);
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_caches_class_bytes),
	    cmocka_unit_test(test_caches_json),
	    cmocka_unit_test(test_caches_hit_rate),
	};
	return cmocka_run_group_tests_name("caches", tests, NULL, NULL);
}
