/*
 * Purging: what each policy gives back, and when, on an arena of our own with
 * a clock of our own.
 */
#include "arena_unit.h"

#include "smoothstep.h"

/* ------------------------------------------------------------------ all -- */

/* Two chunks of 512 dirty pages each: the reference leaves one of them. */
static void
purge_all_leaves_nothing(purge_mode_t mode)
{
	arena_t *arena = arena_make(mode, 10 * SECOND);
	void *a = huge(arena, CHUNKSIZE);
	void *between = huge(arena, CHUNKSIZE);
	void *b = huge(arena, CHUNKSIZE);
	arena->lg_dirty_mult = -1; /* not by itself */
	huge_free(a);
	huge_free(b);
	assert_int_equal(ndirty(arena), 1024);
	arena_purge(arena, true);
	assert_int_equal(ndirty(arena), 0);
	assert_int_equal(arena->stats.purged, 1024);
	assert_int_equal(arena->stats.npurge, 1);
	assert_valid(arena);
	huge_free(between);
}

static void
test_arena_purge_all_chunks_decay(void **state)
{
	(void)state;
	purge_all_leaves_nothing(PURGE_DECAY);
}

static void
test_arena_purge_all_chunks_ratio(void **state)
{
	(void)state;
	purge_all_leaves_nothing(PURGE_RATIO);
}

/* Runs in chunks that stay, in the spare, and cached chunks, all at once. */
static void
purge_all_of_every_kind(purge_mode_t mode)
{
	enum { N = 200 };
	void *p[N];
	arena_t *arena = arena_make(mode, 10 * SECOND);
	arena->lg_dirty_mult = -1;
	for (unsigned i = 0; i < N; i++)
		p[i] = large(arena, 32768);
	void *h = huge(arena, 3 * CHUNKSIZE);
	for (unsigned i = 0; i < N / 2; i++)
		arena_dalloc_large(p[i]);
	for (unsigned i = N / 2; i < N; i += 2)
		arena_dalloc_large(p[i]);
	huge_free(h);
	assert_true(ndirty(arena) > 1024);
	assert_valid(arena);
	arena_purge(arena, true);
	assert_int_equal(ndirty(arena), 0);
	assert_valid(arena);
	for (unsigned i = N / 2 + 1; i < N; i += 2)
		arena_dalloc_large(p[i]);
	arena_purge(arena, true);
	assert_int_equal(ndirty(arena), 0);
	assert_int_equal(arena->nactive, 0);
	assert_valid(arena);
}

static void
test_arena_purge_all_of_every_kind(void **state)
{
	(void)state;
	purge_all_of_every_kind(PURGE_DECAY);
	purge_all_of_every_kind(PURGE_RATIO);
}

static void
test_arena_purge_all_gives_memory_back(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 10 * SECOND);
	char *p = large(arena, 1 << 20);
	char *q = huge(arena, 2 * CHUNKSIZE);
	memset(q, 2, 2 * CHUNKSIZE);
	arena_dalloc_large(p);
	huge_free(q);
	arena_purge(arena, true);
	for (size_t i = 0; i < 1 << 20; i += PAGE)
		assert_int_equal(p[i], 0);
	for (size_t i = 0; i < 2 * CHUNKSIZE; i += PAGE)
		assert_int_equal(q[i], 0);
}

/* What was purged is known to be zero, and is. */
static void
test_arena_purge_then_zeroed(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 10 * SECOND);
	void *keep = large(arena, 16384);
	for (unsigned round = 0; round < 3; round++) {
		char *p = large(arena, 1 << 20);
		arena_dalloc_large(p);
		arena_purge(arena, true);
		p = arena_malloc_large(arena, size2index(1 << 20), true);
		for (size_t i = 0; i < 1 << 20; i++)
			assert_int_equal(p[i], 0);
		memset(p, 3, 1 << 20);
		arena_dalloc_large(p);
		p = arena_malloc_large(arena, size2index(1 << 20), true);
		for (size_t i = 0; i < 1 << 20; i++)
			assert_int_equal(p[i], 0);
		arena_dalloc_large(p);
		assert_valid(arena);
	}
	arena_dalloc_large(keep);
}

/* ---------------------------------------------------------------- decay -- */

/* The curve that a batch of pages follows: share left k epochs after the one
 * it became dirty in. */
static size_t
curve(size_t batch, uint64_t epochs)
{
	if (epochs > SMOOTHSTEP_NSTEPS)
		return 0;
	return (size_t)(((unsigned __int128)batch *
			    smoothstep_table[SMOOTHSTEP_NSTEPS - epochs]) >>
			SMOOTHSTEP_BFP);
}

/* A burst is tolerated in full when it becomes dirty, however long the arena
 * was silent before. */
static void
test_arena_decay_burst_after_silence(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	void *p = huge(arena, 32 * CHUNKSIZE);
	fake_time += 5 * NSTIME_SECOND;
	huge_free(p);
	assert_int_equal(ndirty(arena), 32 * 512);
	fake_time += 20 * MS;
	arena_purge(arena, false);
	assert_true(ndirty(arena) > 32 * 512 * 98 / 100);
	assert_valid(arena);
}

/* Also for runs, freed one after the other at a moment when a look is due. */
static void
test_arena_decay_burst_of_runs_after_silence(void **state)
{
	(void)state;
	enum { N = 100 };
	void *p[N];
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	for (unsigned i = 0; i < N; i++)
		p[i] = large(arena, 32768);
	for (unsigned i = 0; i < N; i += 2) {
		fake_time += NSTIME_SECOND / 100;
		size_t before = ndirty(arena);
		arena_dalloc_large(p[i]);
		/* 9 more; some of the older ones may have gone. */
		assert_true(ndirty(arena) + before / 5 + 9 >= before + 9);
		assert_true(ndirty(arena) >= 9);
	}
	for (unsigned i = 1; i < N; i += 2)
		arena_dalloc_large(p[i]);
}

/* One batch, looked at every `step`: never more than the curve allows as of
 * the last look, and never less than it by a chunk. */
static void
decay_follows_curve(uint64_t step, int64_t decay_time)
{
	enum { CHUNKS = 32 };
	const size_t batch = CHUNKS * 512;
	const uint64_t interval = (uint64_t)decay_time / SMOOTHSTEP_NSTEPS;
	arena_t *arena = arena_make(PURGE_DECAY, decay_time);
	void *p[CHUNKS];
	for (unsigned i = 0; i < CHUNKS; i++)
		p[i] = huge(arena, CHUNKSIZE);
	fake_time += interval * 3;
	uint64_t start = fake_time;
	for (unsigned i = 0; i < CHUNKS; i++)
		huge_free(p[i]);
	assert_int_equal(ndirty(arena), batch);
	while (fake_time - start < (uint64_t)decay_time * 11 / 10) {
		fake_time += step;
		arena_purge(arena, false);
		uint64_t age = (fake_time - start) / interval;
		/* The deadline's jitter is one epoch, and the batch lies
		 * anywhere in its own. */
		size_t least = curve(batch, age + 1);
		size_t most = curve(batch, age > 3 ? age - 3 : 0 + 1);
		assert_true(ndirty(arena) + 512 >= least);
		assert_true(ndirty(arena) <= most + 512);
	}
	fake_time += 2 * interval + step;
	arena_purge(arena, false);
	assert_int_equal(ndirty(arena), 0);
	/* Nothing was given back twice. */
	assert_int_equal(arena->stats.purged, batch);
	assert_valid(arena);
}

static void
test_arena_decay_follows_curve(void **state)
{
	(void)state;
	for (uint64_t step = 5 * MS; step <= 1000 * MS; step *= 2)
		decay_follows_curve(step, SECOND);
	decay_follows_curve(50 * MS, 10 * SECOND);
	decay_follows_curve(10000 * MS, 10 * SECOND);
	decay_follows_curve(1 * MS, SECOND / 5);
}

/* The limit is what the backlog says, at each look. */
static void
test_arena_decay_limit_is_sum_over_backlog(void **state)
{
	(void)state;
	enum { N = 64 };
	void *p[N];
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	uint64_t random = 88172645463325252u;
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < N; i++)
			p[i] = large(arena, 16384 << (i & 3));
		for (unsigned i = 0; i < N; i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			fake_time += random % (10 * MS);
			arena_dalloc_large(p[i]);
			uint64_t epoch = arena->decay.epoch;
			arena_purge(arena, false);
			size_t sum = 0;
			for (unsigned k = 0; k < SMOOTHSTEP_NSTEPS; k++)
				sum += arena->decay.backlog[k] *
				       smoothstep_table[k];
			sum >>= SMOOTHSTEP_BFP;
			assert_int_equal(
			    decay_npages_limit(&arena->decay), sum);
			assert_true(arena->decay.epoch >= epoch);
			assert_valid(arena);
		}
	}
}

/* Silence ages pages that were freed before it. */
static void
test_arena_decay_silence_counts(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	void *p = huge(arena, 40 * CHUNKSIZE);
	fake_time += 10 * NSTIME_SECOND;
	huge_free(p);
	fake_time += NSTIME_SECOND * 6 / 5;
	assert_int_equal(ndirty(arena), 40 * 512);
	arena_purge(arena, false); /* the first look after the silence */
	assert_int_equal(ndirty(arena), 0);
}

/* A free after the silence does not make the older pages young. */
static void
test_arena_decay_free_after_silence(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	void *p = huge(arena, 40 * CHUNKSIZE);
	void *between = huge(arena, CHUNKSIZE);
	void *q = huge(arena, 2 * CHUNKSIZE);
	huge_free(p);
	fake_time += NSTIME_SECOND * 6 / 5;
	huge_free(q);
	arena_purge(arena, false);
	assert_int_equal(ndirty(arena), 2 * 512);
	huge_free(between);
}

/* A program that goes on using a part of a dirty run does not keep the rest:
 * what it frees last is young, and merges with what is old. */
static void
test_arena_decay_while_busy(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	void *p[14];
	for (unsigned i = 0; i < COUNT(p); i++)
		p[i] = large(arena, 131072);
	for (unsigned i = 0; i < COUNT(p); i++)
		arena_dalloc_large(p[i]);
	assert_true(ndirty(arena) > 450);
	for (unsigned i = 0; i < 300; i++) {
		fake_time += 5 * MS;
		for (unsigned j = 0; j < 4; j++)
			arena_dalloc_large(large(arena, 98304));
		if (i % 100 == 99)
			arena_purge(arena, false);
	}
	assert_true(ndirty(arena) <= 64);
	assert_valid(arena);
}

static void
test_arena_decay_time_zero_and_never(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, 0);
	void *p = huge(arena, 4 * CHUNKSIZE);
	huge_free(p);
	assert_int_equal(ndirty(arena), 0);
	arena_decay_time_set(arena, -1);
	p = huge(arena, 4 * CHUNKSIZE);
	huge_free(p);
	fake_time += 1000 * NSTIME_SECOND;
	arena_purge(arena, false);
	assert_int_equal(ndirty(arena), 4 * 512);
	/* Another time: what is dirty counts as decayed. */
	arena_decay_time_set(arena, SECOND);
	assert_int_equal(ndirty(arena), 0);
	assert_int_equal(arena_decay_time_get(arena), SECOND);
}

static void
test_arena_decay_clock_backwards(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	void *p = huge(arena, 4 * CHUNKSIZE);
	huge_free(p);
	fake_time -= 500 * MS;
	arena_purge(arena, false);
	assert_int_equal(ndirty(arena), 4 * 512);
	fake_time += NSTIME_SECOND * 12 / 10;
	arena_purge(arena, false);
	assert_int_equal(ndirty(arena), 0);
	fake_time += NSTIME_SECOND;
}

/* Chunks that empty as a whole are given back once, however often the arena is
 * asked: what was purged equals what had become dirty. */
static void
test_arena_decay_amplification_segregated(void **state)
{
	(void)state;
	enum { N = 31 * 16 };
	static void *p[N];
	arena_t *arena = arena_make(PURGE_DECAY, SECOND);
	size_t dirtied = 0;
	for (unsigned cycle = 0; cycle < 3; cycle++) {
		for (unsigned i = 0; i < N; i++)
			p[i] = large(arena, 65536);
		for (unsigned i = 0; i < N; i++)
			arena_dalloc_large(p[i]);
		dirtied += ndirty(arena);
		for (unsigned i = 0; i < 150; i++) {
			fake_time += 10 * MS;
			arena_purge(arena, false);
		}
		assert_int_equal(ndirty(arena), 0);
	}
	/* Headers of chunks come and go with them. */
	assert_true(arena->stats.purged <= dirtied + dirtied / 50);
	assert_true(arena->stats.purged + dirtied / 50 >= dirtied);
	assert_valid(arena);
}

/* ---------------------------------------------------------------- ratio -- */

/* Blocks of 64 KiB, every one whose number falls below the share f is freed,
 * spread evenly. Result: pages that the policy gave back. */
static size_t
ratio_interleaved(double f, size_t *dirtied)
{
	enum { N = 4096 }; /* 256 MiB of address space, few pages touched */
	static void *p[N];
	arena_t *arena = arena_make(PURGE_RATIO, SECOND);
	arena_lg_dirty_mult_set(arena, 3);
	for (unsigned i = 0; i < N; i++) {
		p[i] = arena_malloc_large(arena, size2index(65536), false);
		assert_non_null(p[i]);
	}
	*dirtied = 0;
	double sum = 0;
	for (unsigned i = 0; i < N; i++) {
		sum += f;
		if (sum >= 1) {
			sum -= 1;
			arena_dalloc_large(p[i]);
			p[i] = NULL;
			*dirtied += 17;
		}
	}
	size_t purged = arena->stats.purged;
	assert_valid(arena);
	for (unsigned i = 0; i < N; i++) {
		if (p[i] != NULL)
			arena_dalloc_large(p[i]);
	}
	arena_purge(arena, true);
	assert_valid(arena);
	return purged;
}

/* ndirty > nactive / 8 from f = 1/9 on; the share that goes back follows. */
static void
test_arena_ratio_thresholds(void **state)
{
	(void)state;
	size_t dirtied;
	assert_int_equal(ratio_interleaved(0.10, &dirtied), 0);
	assert_true(ratio_interleaved(0.13, &dirtied) > 0);
	size_t purged = ratio_interleaved(0.30, &dirtied);
	double expected = 1 - (1 - 0.30) / (0.30 * 8);
	double share = (double)purged / (double)dirtied;
	print_message("# f 0.30: share %.3f, expected %.3f\n", share, expected);
	assert_true(share > expected - 0.05 && share < expected + 0.05);
}

/* One chunk of dirty pages is tolerated whatever the ratio says. */
static void
test_arena_ratio_floor(void **state)
{
	(void)state;
	arena_t *arena = arena_make(PURGE_RATIO, SECOND);
	arena_lg_dirty_mult_set(arena, 10);
	void *p[60];
	for (unsigned i = 0; i < COUNT(p); i++)
		p[i] = large(arena, 65536);
	void *h = huge(arena, CHUNKSIZE);
	for (unsigned i = 0; i < 30; i++)
		arena_dalloc_large(p[2 * i]);
	assert_int_equal(ndirty(arena), 30 * 17);
	assert_int_equal(arena->stats.purged, 0);
	arena_dalloc_large(p[1]);
	assert_true(ndirty(arena) <= 512);
	assert_true(arena->stats.purged > 0);
	huge_free(h);
	assert_true(ndirty(arena) <= 512);
	assert_valid(arena);
	arena_lg_dirty_mult_set(arena, -1);
	for (unsigned i = 3; i < COUNT(p); i += 2)
		arena_dalloc_large(p[i]);
	assert_true(ndirty(arena) > 512);
	arena_lg_dirty_mult_set(arena, 3); /* applies at once */
	assert_true(ndirty(arena) <= 512);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena_purge_all_chunks_decay),
	    cmocka_unit_test(test_arena_purge_all_chunks_ratio),
	    cmocka_unit_test(test_arena_purge_all_of_every_kind),
	    cmocka_unit_test(test_arena_purge_all_gives_memory_back),
	    cmocka_unit_test(test_arena_purge_then_zeroed),
	    cmocka_unit_test(test_arena_decay_burst_after_silence),
	    cmocka_unit_test(test_arena_decay_burst_of_runs_after_silence),
	    cmocka_unit_test(test_arena_decay_follows_curve),
	    cmocka_unit_test(test_arena_decay_limit_is_sum_over_backlog),
	    cmocka_unit_test(test_arena_decay_silence_counts),
	    cmocka_unit_test(test_arena_decay_free_after_silence),
	    cmocka_unit_test(test_arena_decay_while_busy),
	    cmocka_unit_test(test_arena_decay_time_zero_and_never),
	    cmocka_unit_test(test_arena_decay_clock_backwards),
	    cmocka_unit_test(test_arena_decay_amplification_segregated),
	    cmocka_unit_test(test_arena_ratio_thresholds),
	    cmocka_unit_test(test_arena_ratio_floor),
	};
	return cmocka_run_group_tests(tests, clock_is_fake, NULL);
}
