/* Unit test of schedule: order, slots, rate, holds, seeds. */
#include "schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define N 20000

static schedule_event_t events[2 * N], again[2 * N];
static schedule_work_t work[N];
static lognormal_t hold;

static schedule_t
build(schedule_event_t *event, uint64_t seed, uint32_t n, double rate)
{
	schedule_t s = {.event = event};
	prng_t rng;
	prng_seed(&rng, seed, 0);
	schedule_build(&s, n, rate, &hold, &rng, work);
	return s;
}

/* Each request begins, then ends after a hold of the law; each slot holds
 * one request at a time; time never goes back. */
static void
check_events(const schedule_t *s, uint32_t n)
{
	static uint64_t began[N];
	static uint32_t holder[N]; /* request + 1, 0: free */
	memset(began, 0, sizeof(began));
	memset(holder, 0, sizeof(holder));
	uint32_t next = 0, held = 0, most = 0;
	assert_int_equal(s->nevents, 2 * (size_t)n);
	for (size_t i = 0; i < s->nevents; i++) {
		const schedule_event_t *e = &s->event[i];
		assert_true(i == 0 || e[-1].due_ns <= e->due_ns);
		assert_true(e->slot < s->nslots);
		if (e->ends) {
			assert_int_equal(holder[e->slot], e->request + 1);
			assert_in_range(e->due_ns - began[e->request],
			    hold.value[0], hold.value[LOGNORMAL_N - 1]);
			holder[e->slot] = 0;
			held--;
		} else {
			assert_int_equal(e->request, next++);
			assert_int_equal(holder[e->slot], 0);
			holder[e->slot] = e->request + 1;
			began[e->request] = e->due_ns;
			most = ++held > most ? held : most;
		}
	}
	assert_int_equal(held, 0);
	assert_int_equal(s->nslots, most);
}

static void
test_schedule_events(void **state)
{
	(void)state;
	lognormal_init(&hold, 1e6, 1, 1000, 100000000);
	schedule_t s = build(events, 1, N, 50000);
	check_events(&s, N);
	s = build(events, 1, 1, 50000);
	check_events(&s, 1);
	lognormal_init(&hold, 1e9, 1, 1000, UINT64_C(1000000000000));
	s = build(events, 1, N, 1e6); /* all at once */
	check_events(&s, N);
	assert_true(s.nslots > N / 2);
}

/* Of exponential gaps, 1 - 1/e are below the mean. */
static void
test_schedule_rate(void **state)
{
	(void)state;
	lognormal_init(&hold, 1e6, 1, 1000, 100000000);
	schedule_t s = build(events, 7, N, 50000);
	uint64_t last = 0;
	unsigned shorter = 0;
	for (size_t i = 0; i < s.nevents; i++) {
		if (s.event[i].ends)
			continue;
		shorter += s.event[i].due_ns - last < 20000;
		last = s.event[i].due_ns;
	}
	assert_in_range(last, N * 20000u * 0.96, N * 20000u * 1.04);
	assert_in_range(shorter, N * 0.61, N * 0.65);
	/* Little's law: rate times mean hold are held, less than nslots. */
	double held = 50000 * lognormal_mean(&hold) / 1e9;
	assert_in_range(s.nslots, held, 3 * held);
}

static void
test_schedule_seeds(void **state)
{
	(void)state;
	lognormal_init(&hold, 1e6, 1, 1000, 100000000);
	build(events, 3, N, 50000);
	build(again, 3, N, 50000);
	for (size_t i = 0; i < 2 * N; i++)
		assert_int_equal(events[i].due_ns, again[i].due_ns);
	build(again, 4, N, 50000);
	assert_int_not_equal(events[0].due_ns, again[0].due_ns);
	assert_int_not_equal(events[N].due_ns, again[N].due_ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schedule_events),
	    cmocka_unit_test(test_schedule_rate),
	    cmocka_unit_test(test_schedule_seeds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
