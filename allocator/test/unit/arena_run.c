/*
 * Runs and chunks: random work on an arena of our own, after which every
 * invariant holds and nothing overlaps; and the life of a chunk.
 */
#include "arena_unit.h"

#include "arena_map.h"
#include "arena_run.h"
#include "chunk_map.h"
#include "rtree.h"

#define SLOTS 400

typedef struct object_s {
	unsigned char *p;
	size_t usize;
	unsigned char tag;
} object_t;

static object_t objects[SLOTS];

/* Head, tail and one byte of every page. */
static void
object_fill(object_t *o)
{
	for (size_t i = 0; i < o->usize; i += PAGE)
		o->p[i] = o->tag;
	o->p[o->usize - 1] = o->tag;
}

static void
object_check(const object_t *o)
{
	for (size_t i = 0; i < o->usize; i += PAGE)
		assert_int_equal(o->p[i], o->tag);
	assert_int_equal(o->p[o->usize - 1], o->tag);
}

static void
object_free(object_t *o)
{
	object_check(o);
	if (o->usize <= SMALL_MAXCLASS)
		arena_dalloc_small(o->p);
	else if (o->usize <= LARGE_MAXCLASS)
		arena_dalloc_large(o->p);
	else
		huge_free(o->p);
	o->p = NULL;
}

static void
object_make(arena_t *arena, object_t *o, uint64_t *random)
{
	uint64_t r = random_next(random);
	size_t size = 1 + (r >> 10) % ((size_t)1 << (3 + r % 20));
	bool zero = (r >> 5) % 4 == 0;
	size_t alignment =
	    (r >> 8) % 5 == 0 ? (size_t)1 << (LG_PAGE + 1 + (r >> 12) % 9) : 0;
	o->usize = s2u(size);
	o->tag = (unsigned char)(r >> 3 | 1);
	if (o->usize <= SMALL_MAXCLASS)
		o->p = arena_malloc_small(arena, size2index(size), zero);
	else if (alignment != 0) {
		o->usize = sa2u(size, alignment);
		o->p =
		    o->usize <= LARGE_MAXCLASS
			? arena_palloc_large(arena, o->usize, alignment, zero)
			: huge_palloc(arena, o->usize, alignment, zero);
		assert_int_equal((uintptr_t)o->p & (alignment - 1), 0);
	} else if (o->usize <= LARGE_MAXCLASS)
		o->p = arena_malloc_large(arena, size2index(size), zero);
	else
		o->p = huge_malloc(arena, o->usize, zero);
	assert_non_null(o->p);
	for (size_t i = 0; zero && i < o->usize; i++)
		assert_int_equal(o->p[i], 0);
	object_fill(o);
}

/* In place, or not at all. */
static void
object_resize(object_t *o, uint64_t *random)
{
	uint64_t r = random_next(random);
	size_t least = s2u(o->usize / 2 + r % (2 * o->usize));
	size_t most = s2u(least + r % o->usize);
	bool zero = r & 1;
	size_t old = o->usize;
	object_check(o);
	if (old <= SMALL_MAXCLASS)
		return;
	if (old > LARGE_MAXCLASS) {
		if (huge_ralloc_no_move(huge_lookup(o->p), least, most, zero))
			return;
		o->usize = huge_salloc(huge_lookup(o->p));
	} else {
		if (arena_ralloc_large_no_move(o->p, old, least, most, zero))
			return;
		o->usize = arena_salloc(o->p);
	}
	assert_true(o->usize >= least && o->usize <= most);
	for (size_t i = old; zero && i < o->usize; i++)
		assert_int_equal(o->p[i], 0);
	for (size_t i = 0; i < old && i < o->usize; i += PAGE)
		assert_int_equal(o->p[i], o->tag);
	object_fill(o);
}

static void
random_work(arena_t *arena, unsigned ops, uint64_t random)
{
	for (unsigned op = 0; op < ops; op++) {
		object_t *o = &objects[random_next(&random) % SLOTS];
		uint64_t what = random_next(&random) % 100;
		fake_time += random_next(&random) % (4 * MS);
		if (o->p == NULL)
			object_make(arena, o, &random);
		else if (what < 30)
			object_resize(o, &random);
		else
			object_free(o);
		if (what == 99)
			arena_purge(arena, true);
		else if (what > 90)
			arena_purge(arena, false);
		if (op % 16 == 0)
			assert_valid(arena);
	}
	for (unsigned i = 0; i < SLOTS; i++) {
		if (objects[i].p != NULL)
			object_free(&objects[i]);
	}
	assert_valid(arena);
	arena_purge(arena, true);
	assert_int_equal(arena->nactive, 0);
	assert_int_equal(ndirty(arena), 0);
	assert_true(arena->stats.mapped <= CHUNKSIZE); /* the spare */
	assert_valid(arena);
}

static void
test_arena_random_work_decay(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++)
		random_work(arena_make(PURGE_DECAY, SECOND), 2000, seed);
}

static void
test_arena_random_work_ratio(void **state)
{
	(void)state;
	for (uint64_t seed = 11; seed <= 13; seed++)
		random_work(arena_make(PURGE_RATIO, SECOND), 2000, seed);
}

static void
test_arena_random_work_purge_at_once(void **state)
{
	(void)state;
	random_work(arena_make(PURGE_DECAY, 0), 3000, 21);
}

/* ----------------------------------------------------------- life of chunk */

static void
test_arena_chunk_life(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	void *a = large(arena, LARGE_MAXCLASS);
	void *b = large(arena, LARGE_MAXCLASS);
	arena_chunk_t *chunk_a = arena_chunk_of(a);
	arena_chunk_t *chunk_b = arena_chunk_of(b);
	assert_ptr_not_equal(chunk_a, chunk_b);
	arena_dalloc_large(a);
	assert_int_equal(ndirty(arena), 449);
	assert_null(arena->spare); /* dirty and clean pages lie apart */
	assert_valid(arena);
	arena_purge(arena, true);
	assert_ptr_equal(arena->spare, chunk_a);
	assert_valid(arena);
	arena_dalloc_large(b);
	arena_purge(arena, true);
	assert_ptr_equal(arena->spare, chunk_b); /* in the former one's place */
	assert_false(chunk_map_is_arena(chunk_a));
	assert_null(rtree_get(chunk_a));
	assert_int_equal(ndirty(arena), 0);
	assert_int_equal(arena->stats.mapped, CHUNKSIZE);
	assert_int_equal(atomic_load(&arena->space.retained), CHUNKSIZE);
	assert_valid(arena);
	/* And back: the spare first, then the retained one. */
	a = large(arena, LARGE_MAXCLASS);
	assert_ptr_equal(arena_chunk_of(a), chunk_b);
	b = large(arena, LARGE_MAXCLASS);
	assert_ptr_equal(arena_chunk_of(b), chunk_a);
	assert_int_equal(atomic_load(&arena->space.retained), 0);
	assert_valid(arena);
	arena_dalloc_large(a);
	arena_dalloc_large(b);
}

/* Free neighbours become one, unless one is dirty and the other is not. */
static void
test_arena_run_coalesce(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	void *p[5];
	for (unsigned i = 0; i < COUNT(p); i++)
		p[i] = large(arena, 61440 - 4096 * 3); /* 13 pages */
	arena_chunk_t *chunk = arena_chunk_of(p[0]);
	unsigned first = arena_pageind(p[0]);
	unsigned each = arena_mapbits_npages(chunk, first);
	arena_dalloc_large(p[1]);
	arena_dalloc_large(p[3]);
	assert_int_equal(
	    arena_mapbits_npages(chunk, arena_pageind(p[1])), each);
	arena_dalloc_large(p[2]);
	assert_int_equal(
	    arena_mapbits_npages(chunk, arena_pageind(p[1])), 3 * each);
	arena_dalloc_large(p[4]); /* the clean rest lies behind */
	assert_int_equal(
	    arena_mapbits_npages(chunk, arena_pageind(p[1])), 4 * each);
	assert_valid(arena);
	arena_purge(arena, true); /* now they are alike */
	assert_int_equal(arena_mapbits_npages(chunk, arena_pageind(p[1])),
	    ARENA_CHUNK_NPAGES - first - each);
	assert_valid(arena);
	arena_dalloc_large(p[0]);
	assert_valid(arena);
}

/* First fit: the oldest chunk's lowest run that is large enough. */
static void
test_arena_run_first_fit(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 1000 * SECOND);
	void *p[60];
	for (unsigned i = 0; i < COUNT(p); i++)
		p[i] = large(arena, 65536);
	arena_dalloc_large(p[50]);
	arena_dalloc_large(p[10]);
	arena_dalloc_large(p[20]);
	arena_dalloc_large(p[21]);
	char *q = large(arena, 65536);
	assert_int_equal((uintptr_t)q >> LG_PAGE, (uintptr_t)p[10] >> LG_PAGE);
	char *r = large(arena, 98304);
	assert_int_equal((uintptr_t)r >> LG_PAGE, (uintptr_t)p[20] >> LG_PAGE);
	assert_valid(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena_random_work_decay),
	    cmocka_unit_test(test_arena_random_work_ratio),
	    cmocka_unit_test(test_arena_random_work_purge_at_once),
	    cmocka_unit_test(test_arena_chunk_life),
	    cmocka_unit_test(test_arena_run_coalesce),
	    cmocka_unit_test(test_arena_run_first_fit),
	};
	return cmocka_run_group_tests(tests, clock_is_fake, NULL);
}
