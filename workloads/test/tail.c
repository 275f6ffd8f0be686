/*
 * Unit test of tail: halves that were served by a made-up clock keep what is
 * above p99.9, blame those before them, and share stalls with the control.
 */
#include "tail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define CAPACITY 64
#define US 1000u
#define USUAL (2 * US)

static tail_units_t units;
static tail_row_t room[2][CAPACITY];
static tail_t tail, other;
static hist_t control, all;
static uint64_t now;

static int
setup(void **state)
{
	(void)state;
	units = (tail_units_t){.ticks_per_ns = 1,
	    .costs = {.fault = 500, .page = 100, .memory_call = 1000}};
	memset(room, 0, sizeof(room));
	tail_init(&tail, &units, 0, room[0], CAPACITY);
	hist_init(&control);
	hist_init(&all);
	now = 1000 * US;
	tail_forget(&tail);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	snapshot_unbind();
	return 0;
}

/* Serves half number i: due then, begun now or then, done `took` later; of
 * that, `call` in one call as the stopwatch sees it. */
static void
serve(uint32_t i, uint64_t due, uint64_t took, uint64_t call)
{
	if (now < due) {
		now = due;
		tail_idle(&tail, now, true);
	}
	tail_begin(&tail, i % 2);
	tail.call_ticks = call;
	tail.call_bytes = 100;
	tail_served(&tail, &(tail_half_t){due, now, now + took, 100, i, i % 2});
	now += took;
	hist_record(&all, now - due);
}

/* Halves that nothing is wrong with, far from each other. */
static void
serve_usual(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		serve(1000 + i, now + 10 * US, USUAL, 100);
}

static const tail_row_t *
row_of(uint32_t request)
{
	for (unsigned i = 0; i < tail.kept.n; i++) {
		const tail_row_t *row = slowest_row(&tail.kept, i);
		if (row->request == request)
			return row;
	}
	fail_msg("request %u is not kept", request);
	return NULL;
}

static void
test_tail_keeps_the_slowest(void **state)
{
	(void)state;
	serve_usual(5000);
	serve(1, now + 10 * US, 500 * US, 400 * US);
	serve_usual(5000);
	serve(2, now + 10 * US, 300 * US, 10 * US);
	tail_settle(&tail, &control);
	assert_int_equal(tail.kept.n, CAPACITY);
	assert_int_equal(slowest_key(&tail.kept, 0), 500 * US);
	assert_int_equal(row_of(1)->cause, CAUSE_CALL);
	assert_int_equal(row_of(2)->cause, CAUSE_WORK);
	assert_false(row_of(1)->queued);
	assert_int_equal(row_of(1)->call_ns, 400 * US);
	assert_int_equal(tail.nhalves, 10002);
}

static void
test_tail_queued(void **state)
{
	(void)state;
	serve_usual(1000);
	uint64_t due = now + 100 * US;
	serve(1, due, 800 * US, 790 * US);
	for (uint32_t i = 2; i < 12; i++)
		serve(i, due + i * US, USUAL, 100);
	tail_settle(&tail, &control);
	for (uint32_t i = 2; i < 12; i++) {
		assert_true(row_of(i)->queued);
		assert_int_equal(row_of(i)->cause, CAUSE_CALL);
		assert_int_equal(row_of(i)->queue, i - 1);
		assert_in_range(row_of(i)->behind_ns, 790 * US, 800 * US);
		assert_int_equal(row_of(i)->since_ns, due);
		assert_int_equal(row_of(i)->shared, 0); /* not looked at */
	}
}

/* Nobody is slow, but they come at once. */
static void
test_tail_arrivals(void **state)
{
	(void)state;
	serve_usual(1000);
	uint64_t due = now + 100 * US;
	for (uint32_t i = 1; i < 50; i++)
		serve(i, due, USUAL, 100);
	assert_int_equal(row_of(40)->cause, CAUSE_ARRIVALS);
	assert_true(row_of(40)->queued);
}

static void
test_tail_overslept(void **state)
{
	(void)state;
	serve_usual(1000);
	uint64_t due = now + 100 * US;
	now = due - US;
	tail_idle(&tail, now, true);
	now = due + 300 * US;
	tail_overslept(&tail, 300 * US);
	serve(1, due, USUAL, 100);
	serve(2, due + US, USUAL, 100);
	/* The test itself may be switched off the processor. */
	cause_t cause = row_of(1)->cause;
	assert_true(cause == CAUSE_MACHINE || cause == CAUSE_SWITCH);
	assert_int_equal(row_of(2)->cause, cause);
	assert_true(row_of(1)->queued && row_of(2)->queued);
}

/* A call that sleeps is looked at by itself; the half has its cause. */
static void
test_tail_slow_call(void **state)
{
	(void)state;
	serve_usual(1000);
	tail_idle(&tail, now, true);
	tail_begin(&tail, false);
	const struct timespec length = {.tv_nsec = 2000000};
	nanosleep(&length, NULL);
	tail.last = stopwatch_read() - 2000 * US;
	tail_called(&tail, 64);
	assert_int_equal(tail.calls[0].n, 1);
	assert_int_equal(tail.calls[0].slow[CAUSE_SLEEP].n, 1);
	assert_true(tail.calls[0].slow[CAUSE_SLEEP].sum_ns >= 2000 * US);
	/* The rest of the half is longer, and had no event. */
	tail_served(&tail, &(tail_half_t){now, now, now + 9000 * US, 64, 7, 0});
	tail_begin(&tail, false);
	tail_called(&tail, 64);
	assert_int_equal(row_of(7)->call_bytes, 64);
	assert_true(row_of(7)->seen.nvcsw >= 1);
	assert_true(
	    row_of(7)->cause != CAUSE_SLEEP && row_of(7)->cause != CAUSE_WAIT);
}

/* As many stalls that long in the control: they are the machine's. */
static void
test_tail_settles_with_the_control(void **state)
{
	(void)state;
	serve_usual(1000);
	for (uint32_t i = 1; i < 5; i++) { /* 900, 800, 700, 600 us */
		serve(i, now + 100 * US, (1000 - 100 * i) * US,
		    (1000 - 100 * i) * US);
		serve(10 + i, now - 200 * US, USUAL, 100);
		serve_usual(10);
	}
	hist_record(&control, 850 * US);
	hist_record(&control, 610 * US);
	hist_record(&control, 610 * US);
	hist_record(&control, 610 * US);
	tail_settle(&tail, &control);
	/* 900: none as long; 800: one, but it is the second; 700: the same. */
	assert_int_equal(row_of(1)->cause, CAUSE_CALL);
	assert_int_equal(row_of(2)->cause, CAUSE_CALL);
	assert_int_equal(row_of(3)->cause, CAUSE_CALL);
	assert_int_equal(row_of(4)->cause, CAUSE_MACHINE);
	assert_int_equal(row_of(11)->cause, CAUSE_CALL);
	assert_int_equal(row_of(14)->cause, CAUSE_MACHINE);
	assert_true(row_of(14)->queued);
}

static void
test_tail_merge(void **state)
{
	(void)state;
	serve_usual(100);
	other = tail;
	other.kept.row = room[1];
	memcpy(room[1], room[0], sizeof(room[0]));
	serve(1, now + 10 * US, 500 * US, 20);
	tail_merge(&other, &tail);
	tail_settle(&other, &control);
	assert_int_equal(other.nhalves, 201);
	assert_int_equal(other.kept.n, CAPACITY);
	assert_int_equal(slowest_key(&other.kept, 0), 500 * US);
	assert_int_equal(slowest_key(&other.kept, 1), USUAL);
}

static void
test_tail_capacity(void **state)
{
	(void)state;
	assert_true(tail_capacity(0) >= 1);
	assert_true(tail_capacity(60000) >= 4 * 60);
	assert_true(tail_capacity(60000) <= 300);
	assert_int_equal(tail_capacity(UINT64_C(1) << 40), TAIL_ROWS);
}

static void
test_tail_units(void **state)
{
	(void)state;
	tail_units_t u;
	tail_units(&u);
	assert_true(u.ticks_per_ns > 0 && u.ticks_per_ns < 100);
	assert_true(u.stopwatch_ns > 0);
	assert_true(u.costs.fault > 0 && u.costs.memory_call > 0);
	assert_true(u.costs.page >= 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_tail_keeps_the_slowest),
	    CASE(test_tail_queued),
	    CASE(test_tail_arrivals),
	    CASE(test_tail_overslept),
	    CASE(test_tail_slow_call),
	    CASE(test_tail_settles_with_the_control),
	    CASE(test_tail_merge),
	    CASE(test_tail_capacity),
	    CASE(test_tail_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
