/*
 * The entry points' fast paths against a model, with every invariant checked
 * on the way.
 */
#include "arena_unit.h"

#include <errno.h>

#include "public.h"
#include "tcache.h"
#include "thread.h"

#define SLOTS 500

static struct {
	unsigned char *p;
	size_t size;
} slots[SLOTS];

static bool
holds(const unsigned char *p, size_t size, unsigned char tag)
{
	return p[0] == tag && p[size / 2] == tag && p[size - 1] == tag;
}

static void
replace(unsigned i, uint64_t r)
{
	size_t size = 1 + (r >> 12) % ((size_t)1 << (4 + r % 17));
	unsigned char tag = (unsigned char)i;
	if (slots[i].p != NULL)
		assert_true(holds(slots[i].p, slots[i].size, tag));
	if ((r >> 6) % 4 == 0 && slots[i].p != NULL) {
		size_t kept = size < slots[i].size ? size : slots[i].size;
		slots[i].p = je_realloc(slots[i].p, size);
		assert_int_equal(slots[i].p[0], tag);
		assert_true(kept <= slots[i].size / 2 ||
			    slots[i].p[slots[i].size / 2] == tag);
	} else {
		je_free(slots[i].p);
		slots[i].p =
		    (r >> 8) % 4 == 0 ? je_calloc(1, size) : je_malloc(size);
		if ((r >> 8) % 4 == 0)
			assert_true(holds(slots[i].p, size, 0));
	}
	assert_non_null(slots[i].p);
	slots[i].size = je_malloc_usable_size(slots[i].p);
	assert_true(slots[i].size >= size);
	memset(slots[i].p, tag, slots[i].size);
}

static void
test_malloc_random_work(void **state)
{
	(void)state;
	uint64_t random = 99;
	for (unsigned op = 0; op < 30000; op++) {
		uint64_t r = random_next(&random);
		replace((unsigned)(r % SLOTS), random_next(&random));
		if (op % 500 == 0)
			assert_string_equal(
			    arenas_validate() ? arenas_validate() : "", "");
	}
	for (unsigned i = 0; i < SLOTS; i++) {
		je_free(slots[i].p);
		slots[i].p = NULL;
	}
	tcache_flush(tsd_fetch());
	assert_string_equal(arenas_validate() ? arenas_validate() : "", "");
	arena_t *arena = arena_choose(tsd_fetch());
	arena_bins_trim(arena, true);
	assert_int_equal(arena->nactive, 0);
}

/* What is freed is counted exactly once, through cache and all. */
static void
test_malloc_every_small_size(void **state)
{
	(void)state;
	for (size_t size = 0; size <= SMALL_MAXCLASS; size++) {
		void *p = je_malloc(size);
		assert_int_equal(
		    je_malloc_usable_size(p), s2u(size == 0 ? 1 : size));
		je_free(p);
	}
}

static void
test_calloc_of_cached_object(void **state)
{
	(void)state;
	for (size_t size = 1; size <= 32768; size += size / 8 + 1) {
		unsigned char *p = je_malloc(size);
		memset(p, 0xff, je_malloc_usable_size(p));
		je_free(p);
		unsigned char *q = je_calloc(size, 1);
		size_t usable = je_malloc_usable_size(q);
		for (size_t i = 0; i < usable; i++)
			assert_int_equal(q[i], 0);
		je_free(q);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_malloc_random_work),
	    cmocka_unit_test(test_malloc_every_small_size),
	    cmocka_unit_test(test_calloc_of_cached_object),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
