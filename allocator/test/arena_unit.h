/*
 * What unit tests of arenas share: an arena of their own, objects in it, a
 * clock of their own, and the validator as an assertion.
 */
#ifndef EBB_TEST_ARENA_UNIT_H
#define EBB_TEST_ARENA_UNIT_H

#include "unit.h"

#include "arena.h"
#include "arenas.h"
#include "huge.h"
#include "init.h"
#include "nstime.h"
#include "validate.h"

#define SECOND ((int64_t)NSTIME_SECOND)
#define MS UINT64_C(1000000)

static uint64_t fake_time = 1000 * NSTIME_SECOND;

static inline uint64_t
fake_now(void)
{
	return fake_time;
}

/* A setup function of cmocka. */
static inline int
clock_is_fake(void **state)
{
	(void)state;
	nstime_now = fake_now;
	return 0;
}

static inline const char *
valid(arena_t *arena)
{
	const char *wrong = arena_validate(arena);
	return wrong == NULL ? "" : wrong;
}

#define assert_valid(arena) assert_string_equal(valid(arena), "")

/* An arena that no thread is bound to, under the policy. */
static inline arena_t *
arena_make(purge_mode_t mode, int64_t decay_time)
{
	unsigned ind;
	opt_purge = mode;
	opt_decay_time = decay_time;
	assert_false(malloc_init());
	assert_false(arenas_extend(&ind));
	arena_t *arena = arena_get(ind, false);
	assert_non_null(arena);
	return arena;
}

static inline size_t
ndirty(arena_t *arena)
{
	return arena->space.ndirty;
}

/* A large object, written to. */
static inline void *
large(arena_t *arena, size_t size)
{
	void *p = arena_malloc_large(arena, size2index(size), false);
	assert_non_null(p);
	memset(p, 1, size);
	return p;
}

/* A huge object, untouched. */
static inline void *
huge(arena_t *arena, size_t size)
{
	void *p = huge_malloc(arena, s2u(size), false);
	assert_non_null(p);
	return p;
}

static inline void
huge_free(void *p)
{
	huge_dalloc(huge_lookup(p));
}

static inline uint64_t
random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 20;
}

#endif /* EBB_TEST_ARENA_UNIT_H */
