/* Unit test of run: statuses, scaling, the window's counts, damage. */
#include "run.h"

#include "op.h"
#include "pool.h"
#include "registry.h"
#include "touch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static run_t run;

/* Opens and executes; args end with NULL. Leaves the run open. */
static int
execute(const workload_t *w, char *const *args)
{
	unsigned n = 0;
	while (args[n] != NULL)
		n++;
	int status = run_open(&run, w, n, args);
	return status == RUN_OK ? run_execute(&run) : status;
}

#define ARGS(...) ((char *const[]){__VA_ARGS__, NULL})

static void
test_run_counts_the_window(void **state)
{
	(void)state;
	assert_int_equal(execute(&workload_micro,
			     ARGS("--ops=1000", "--threads=3", "--check=1")),
	    RUN_OK);
	assert_int_equal(run.ops, 3000);
	assert_int_equal(run.calls, 6000);
	assert_int_equal(run.live_peak, 3 * 64);
	assert_int_equal(ebb_live_bytes(run.live), 0);
	assert_true(run.live->work_begin_ns != 0);
	assert_true(run.live->work_end_ns > run.live->work_begin_ns);
	assert_int_equal(run.work_ns, run.end_ns - run.begin_ns);
	assert_string_equal(run_case(&run), "pair-64");
	run_close(&run);
}

static void
test_run_scales_to_the_limit(void **state)
{
	(void)state;
	assert_int_equal(execute(&workload_step_down,
			     ARGS("--base=64M", "--amount=64M", "--hold-ms=0",
				 "--watch-ms=1", "--mem-limit=8M")),
	    RUN_OK);
	assert_int_equal(run.live_peak, (8 << 20) + (40 << 10));
	assert_int_equal(params_count(&run.params, PARAM_OWN), 4 << 20);
	run_close(&run);
	assert_int_equal(
	    execute(&workload_step_down, ARGS("--mem-limit=100K")), RUN_USAGE);
	assert_non_null(strstr(run.error, "--mem-limit"));
	run_close(&run);
}

static void
test_run_refuses_what_makes_no_sense(void **state)
{
	(void)state;
	static const struct {
		const workload_t *workload;
		char *argument, *says;
	} rows[] = {
	    {&workload_producer_consumer, "--threads=3", "even"},
	    {&workload_producer_consumer, "--threads=1", "even"},
	    {&workload_oscillate, "--discard=6", "--cycles=6"},
	    {&workload_oscillate, "--base=4096", "--base"},
	    {&workload_server_slots, "--min=2000", "--max=1000"},
	    {&workload_micro, "--nothing=1", "unknown"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = execute(rows[i].workload, ARGS(rows[i].argument));
		assert_int_equal(status, RUN_USAGE);
		assert_non_null(strstr(run.error, rows[i].says));
		run_close(&run);
	}
}

static void
test_run_latency_times_every_64th(void **state)
{
	(void)state;
	assert_int_equal(
	    execute(&workload_micro, ARGS("--ops=64000", "--latency=1",
					 "--pattern=ring", "--threads=2")),
	    RUN_OK);
	/* Calls of the warm-up, a sixteenth, are timed as well. */
	assert_in_range(run.hist->count, 4000, 4000 + 4000 / 16 + 4);
	assert_true(run.clock_ns > 0);
	run_close(&run);
}

/* Every 64th call is asked about instead; the op stream is the same. */
static void
test_run_usable_asks_every_64th(void **state)
{
	(void)state;
	assert_int_equal(
	    execute(&workload_micro, ARGS("--ops=64000", "--pattern=ring")),
	    RUN_OK);
	uint64_t checksum = run.checksum;
	run_close(&run);
	assert_int_equal(
	    execute(&workload_micro,
		ARGS("--ops=64000", "--usable=1", "--pattern=ring")),
	    RUN_OK);
	assert_true(run.checksum == checksum);
	const thread_t *t = &run.thread[0];
	assert_in_range(t->sampled, 64000 / 64 / 2, 64000 / 64 * 2);
	assert_true(t->requested >= t->sampled);
	assert_true(t->usable >= t->requested);
	assert_int_equal(t->hist->count, 0);
	run_close(&run);
}

/* A workload that damages one of its blocks. */
static void
damaging_body(thread_t *t)
{
	run_window_begin(t);
	uint8_t *block = op_malloc(t, 100, 0);
	touch_block(block, 100);
	block[99] ^= 1;
	if (!touch_block_intact(block, 100))
		run_damage(t, block, 100);
	op_free(t, block, 0);
	run_window_end(t);
}

static bool
damaging_prepare(run_t *r)
{
	(void)r;
	return true;
}

static void
damaging_release(run_t *r)
{
	(void)r;
}

static void
test_run_reports_damage(void **state)
{
	(void)state;
	static const workload_case_t cases[] = {{NULL}};
	static const workload_t damaging = {
	    .name = "damaging",
	    .cases = cases,
	    .prepare = damaging_prepare,
	    .body = damaging_body,
	    .release = damaging_release,
	};
	assert_int_equal(
	    execute(&damaging, ARGS("--threads=2", "--check=1")), RUN_DAMAGED);
	assert_non_null(strstr(run.error, "damaging: the block of 100 bytes"));
	run_close(&run);
}

static _Atomic unsigned called;

static void
pool_note(void *argument, unsigned id)
{
	pthread_t *main_thread = argument;
	atomic_fetch_or(&called, 1u << id);
	if (pthread_equal(*main_thread, pthread_self()))
		atomic_fetch_or(&called, 1u << 31);
}

static void
test_run_pool_uses_main_thread_alone(void **state)
{
	(void)state;
	pthread_t self = pthread_self();
	called = 0;
	assert_int_equal(pool_run(1, pool_note, &self), 0);
	assert_int_equal(called, 1u | 1u << 31);
	called = 0;
	assert_int_equal(pool_run(5, pool_note, &self), 0);
	assert_int_equal(called, 31);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_run_counts_the_window),
	    cmocka_unit_test(test_run_scales_to_the_limit),
	    cmocka_unit_test(test_run_refuses_what_makes_no_sense),
	    cmocka_unit_test(test_run_latency_times_every_64th),
	    cmocka_unit_test(test_run_usable_asks_every_64th),
	    cmocka_unit_test(test_run_reports_damage),
	    cmocka_unit_test(test_run_pool_uses_main_thread_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
