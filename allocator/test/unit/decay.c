/*
 * decay against a model that keeps each batch of pages with the number of the
 * epoch it became dirty in, and adds up S(x) by 128-bit integers.
 */
#include "unit.h"

#include "decay.h"
#include "prng.h"

#define SECOND INT64_C(1000000000)
#define N 200
#define START UINT64_C(123456789)
#define MAXBATCHES 4096

typedef struct model_s {
	uint64_t interval;
	uint64_t epoch;  /* time */
	uint64_t number; /* epochs since the start */
	size_t baseline;
	struct {
		uint64_t number;
		size_t pages;
	} batches[MAXBATCHES];
	unsigned nbatches;
} model_t;

static model_t model;
static decay_t decay;

static void
both_init(int64_t time, uint64_t seed)
{
	decay_init(&decay, time, START, seed);
	memset(&model, 0, sizeof(model));
	model.interval = (uint64_t)time / N;
	model.epoch = START;
}

/* 2^24 S(k / 200) rounded down. */
static uint64_t
curve(uint64_t k)
{
	__int128 x = (__int128)k, n = N;
	__int128 y = 6 * x * x * x * x * x - 15 * n * x * x * x * x +
		     10 * n * n * x * x * x;
	return (uint64_t)((y << 24) / (n * n * n * n * n));
}

/* A batch of the epoch that ended last weighs 1, then less. */
static size_t
model_limit(void)
{
	unsigned __int128 sum = 0;
	for (unsigned i = 0; i < model.nbatches; i++) {
		uint64_t age = model.number - model.batches[i].number;
		if (age <= N)
			sum += (unsigned __int128)model.batches[i].pages *
			       curve(N + 1 - age);
	}
	return (size_t)(sum >> 24);
}

static void
model_advance(uint64_t now, size_t ndirty)
{
	uint64_t n = (now - model.epoch) / model.interval;
	if (ndirty > model.baseline) {
		assert_true(model.nbatches < MAXBATCHES);
		model.batches[model.nbatches].number = model.number;
		model.batches[model.nbatches++].pages = ndirty - model.baseline;
	}
	model.baseline = ndirty;
	model.number += n;
	model.epoch += n * model.interval;
}

static void
both_advance(uint64_t now, size_t ndirty)
{
	assert_true(decay_deadline_reached(&decay, now));
	decay_epoch_advance(&decay, now, ndirty);
	model_advance(now, ndirty);
	assert_int_equal(decay.epoch, model.epoch);
	assert_int_equal(decay.ndirty, ndirty);
	assert_in_range(decay.deadline, model.epoch + model.interval,
	    model.epoch + 2 * model.interval - 1);
	assert_int_equal(decay_npages_limit(&decay), model_limit());
}

static void
test_decay_init(void **state)
{
	(void)state;
	both_init(10 * SECOND, 1);
	assert_int_equal(decay.interval, 50 * 1000 * 1000);
	assert_int_equal(decay.epoch, START);
	assert_int_equal(decay_npages_limit(&decay), 0);
	assert_false(decay_deadline_reached(&decay, START));
	assert_false(decay_deadline_reached(&decay, decay.deadline - 1));
	assert_true(decay_deadline_reached(&decay, decay.deadline));
}

static void
test_decay_jitter(void **state)
{
	uint64_t low = UINT64_MAX, high = 0, interval = 50 * 1000 * 1000;
	(void)state;
	for (uint64_t seed = 0; seed < 500; seed++) {
		decay_init(&decay, 10 * SECOND, START,
		    seed * UINT64_C(0x9e3779b97f4a7c15));
		uint64_t late = decay.deadline - START;
		assert_in_range(late, interval, 2 * interval - 1);
		low = late < low ? late : low;
		high = late > high ? late : high;
	}
	assert_true(low < interval + interval / 10);
	assert_true(high > 2 * interval - interval / 10);
}

/* One batch, looked at once an epoch: 1 at first, half at half, then none. */
static void
test_decay_one_batch(void **state)
{
	const size_t pages = 100000;
	(void)state;
	both_init(10 * SECOND, 1);
	for (unsigned age = 1; age <= N + 1; age++) {
		uint64_t now = model.epoch + model.interval;
		/* Do not wait for the jitter. */
		decay.deadline = now;
		both_advance(now, pages);
		size_t limit = decay_npages_limit(&decay);
		if (age == 1)
			assert_int_equal(limit, pages);
		if (age == N / 2 + 1)
			assert_int_equal(limit, pages / 2);
		if (age == N + 1)
			assert_int_equal(limit, 0);
	}
}

/* Random looks: pages come and go, the purger obeys, times are uneven. */
static void
test_decay_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		uint64_t rnd = seed, now = START;
		size_t ndirty = 0;
		both_init(seed % 2 == 0 ? SECOND : 7 * SECOND + 13, seed);
		for (unsigned i = 0; i < 400; i++) {
			uint64_t jump = prng_range(&rnd, 10) == 0
					    ? 40 * model.interval
					    : 3 * model.interval;
			now += prng_range(&rnd, jump);
			if (decay_deadline_reached(&decay, now)) {
				both_advance(now, ndirty);
				size_t limit = decay_npages_limit(&decay);
				ndirty = ndirty > limit ? limit : ndirty;
				decay_ndirty_set(&decay, ndirty);
				model.baseline = ndirty;
			} else {
				assert_true(now < decay.deadline);
			}
			if (prng_range(&rnd, 3) == 0)
				ndirty -= ndirty / 4;
			else
				ndirty += prng_range(&rnd, 5000);
		}
	}
}

/* A silence ages pages that were freed before it. */
static void
test_decay_silence(void **state)
{
	static const uint64_t silences[] = {
	    2, 3, 50, 101, 199, 200, 201, 202, 1000, UINT64_C(1) << 32};
	(void)state;
	for (size_t i = 0; i < COUNT(silences); i++) {
		both_init(10 * SECOND, i);
		uint64_t now = START + silences[i] * model.interval;
		both_advance(now, 1 << 20);
		size_t limit = decay_npages_limit(&decay);
		assert_int_equal(limit,
		    silences[i] > N
			? 0
			: ((uint64_t)curve(N + 1 - silences[i]) << 20) >> 24);
		if (silences[i] > N)
			continue;
		/* A second one, over pages of different ages. */
		now += (silences[i] + 1) * model.interval;
		both_advance(now, (1 << 20) + 5000);
	}
	/* More than T of silence: nothing is left of either. */
	both_init(10 * SECOND, 1);
	both_advance(START + 3 * model.interval, 777);
	both_advance(START + 300 * model.interval, 100000);
	assert_int_equal(decay_npages_limit(&decay), 0);
	for (unsigned k = 0; k < N; k++)
		assert_int_equal(decay.backlog[k], 0);
}

static void
test_decay_books_growth_only(void **state)
{
	(void)state;
	both_init(10 * SECOND, 1);
	both_advance(START + 2 * model.interval, 1000);
	size_t before = decay.backlog[N - 2];
	assert_int_equal(before, 1000);
	both_advance(START + 4 * model.interval, 400);
	assert_int_equal(decay.backlog[N - 2], 0);
	assert_int_equal(decay.backlog[N - 4], 1000);
	/* From the lower baseline. */
	both_advance(START + 6 * model.interval, 500);
	assert_int_equal(decay.backlog[N - 2], 100);
}

static void
test_decay_early_call_is_harmless(void **state)
{
	(void)state;
	both_init(10 * SECOND, 1);
	decay_t before = decay;
	decay_epoch_advance(&decay, START + model.interval - 1, 1000);
	assert_memory_equal(&decay, &before, sizeof(decay));
}

static void
test_decay_clock_rewind(void **state)
{
	(void)state;
	both_init(10 * SECOND, 1);
	both_advance(START + 4 * model.interval, 1000);
	size_t limit = decay_npages_limit(&decay);
	uint64_t back = START - 1000;
	assert_true(decay_deadline_reached(&decay, back));
	decay_epoch_advance(&decay, back, 1500);
	/* Nothing aged; the new pages count in full. */
	assert_int_equal(decay.epoch, back);
	assert_in_range(decay.deadline, back + model.interval,
	    back + 2 * model.interval - 1);
	assert_int_equal(decay_npages_limit(&decay), limit + 500);
	assert_int_equal(decay.ndirty, 1500);
	assert_false(decay_deadline_reached(&decay, back));
	assert_true(decay_deadline_reached(&decay, decay.deadline));
	/* By itself it only moves the epoch. */
	decay_clock_rewind(&decay, 5);
	assert_int_equal(decay.epoch, 5);
	assert_int_equal(decay.ndirty, 1500);
	assert_int_equal(decay_npages_limit(&decay), limit + 500);
}

static void
test_decay_time_0_and_never(void **state)
{
	(void)state;
	decay_init(&decay, 0, START, 1);
	assert_int_equal(decay.time, 0);
	assert_int_equal(decay_npages_limit(&decay), 0);
	assert_false(decay_deadline_reached(&decay, UINT64_MAX));
	decay_init(&decay, -1, START, 1);
	assert_int_equal(decay.time, -1);
	assert_true(decay_npages_limit(&decay) == SIZE_MAX);
	assert_false(decay_deadline_reached(&decay, UINT64_MAX));
	assert_false(decay_deadline_reached(&decay, 0));
}

static void
test_decay_tiny_and_long_times(void **state)
{
	(void)state;
	decay_init(&decay, 199, START, 1);
	assert_int_equal(decay.interval, 1);
	assert_int_equal(decay.deadline, START + 1);
	decay_epoch_advance(&decay, START + 1, 10);
	assert_int_equal(decay_npages_limit(&decay), 10);
	decay_epoch_advance(&decay, START + 1 + N, 10);
	assert_int_equal(decay_npages_limit(&decay), 0);
	decay_init(&decay, INT64_MAX, START, 1);
	assert_true(decay.deadline > START);
	assert_false(decay_deadline_reached(&decay, START + SECOND));
}

static void
test_decay_restart(void **state)
{
	(void)state;
	both_init(10 * SECOND, 1);
	both_advance(START + 2 * model.interval, 1000);
	uint64_t now = START + 3 * model.interval;
	uint64_t jitter = decay.jitter_state;
	decay_restart(&decay, 2 * SECOND, now);
	decay_ndirty_set(&decay, 1000);
	assert_int_equal(decay.interval, 10 * 1000 * 1000);
	assert_int_equal(decay.epoch, now);
	assert_int_equal(decay_npages_limit(&decay), 0);
	assert_in_range(
	    decay.deadline, now + decay.interval, now + 2 * decay.interval - 1);
	/* The generator goes on, it does not begin again. */
	prng_range(&jitter, decay.interval);
	assert_int_equal(decay.jitter_state, jitter);
	/* What was dirty has decayed; what comes counts. */
	decay_epoch_advance(&decay, now + decay.interval, 1200);
	assert_int_equal(decay_npages_limit(&decay), 200);
	decay_restart(&decay, 0, now);
	assert_int_equal(decay_npages_limit(&decay), 0);
}

static void
test_decay_limit_does_not_overflow(void **state)
{
	(void)state;
	both_init(10 * SECOND, 1);
	both_advance(START + 2 * model.interval, SIZE_MAX / 2);
	assert_int_equal(decay_npages_limit(&decay),
	    (size_t)(((unsigned __int128)(SIZE_MAX / 2) * curve(N - 1)) >> 24));
	for (unsigned k = 0; k < N; k++)
		decay.backlog[k] = SIZE_MAX;
	assert_true(decay_npages_limit(&decay) == SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decay_init),
	    cmocka_unit_test(test_decay_jitter),
	    cmocka_unit_test(test_decay_one_batch),
	    cmocka_unit_test(test_decay_random),
	    cmocka_unit_test(test_decay_silence),
	    cmocka_unit_test(test_decay_books_growth_only),
	    cmocka_unit_test(test_decay_early_call_is_harmless),
	    cmocka_unit_test(test_decay_clock_rewind),
	    cmocka_unit_test(test_decay_time_0_and_never),
	    cmocka_unit_test(test_decay_tiny_and_long_times),
	    cmocka_unit_test(test_decay_restart),
	    cmocka_unit_test(test_decay_limit_does_not_overflow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
