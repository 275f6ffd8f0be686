/*
 * guest.c: numbers that are read from a program's output, and a program in
 * plan.json; primary.c: what may carry a verdict.
 */
#include "guest.h"
#include "primary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "store.h"

/* The value in text; what goes wrong is "none" or "no number". */
static bool
find(const char *pattern, const char *text, double *number, fault_t *fault)
{
	guest_value_t value = {.pattern = (char *)(uintptr_t)pattern};
	return guest_value_find(&value, text, number, fault);
}

static void
test_values_found(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		double number;
	} rows[] = {
	    {"rps=([0-9.]+)", "rps=12.5\n", 12.5},
	    /* The last counts: programs print how far they are. */
	    {"rps=([0-9.]+)", "rps=1\rrps=2\nrps=3.25\n", 3.25},
	    {"([0-9.]+) requests per second",
		"SET: rps=1.0 (overall: 2.0)\rSET: 20618.56 requests per "
		"second, p50=1.2 msec\n",
		20618.56},
	    {"^total ([0-9,]+)$", "sub 1\ntotal 1,234,567\nend\n", 1234567},
	    {"t=(-?[0-9.e+-]+)", "t=-1.5e-3", -0.0015},
	    {"a|b([0-9]+)", "b7 a b8", 8},
	    /* A line begins behind a match that took the end of one. */
	    {"^n ([0-9]+)\n", "n 1\nn 2\n", 2},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double number = 0;
		fault_t fault;
		assert_false(
		    find(rows[i].pattern, rows[i].text, &number, &fault));
		assert_true(number == rows[i].number);
	}
}

/* The time is in proportion to the output: what is quadratic takes a minute
 * here. */
static void
test_values_many(void **state)
{
	(void)state;
	enum { LINES = 300000 };
	static const char line[] = "rps=1\n";
	size_t size = sizeof(line) - 1;
	char *text = malloc(LINES * size + 1);
	double number = 0;
	fault_t fault;
	assert_non_null(text);
	for (size_t i = 0; i < LINES; i++)
		memcpy(text + i * size, line, size + 1);
	text[(LINES - 1) * size + 4] = '7';
	clock_t begin = clock();
	assert_false(find("rps=([0-9])", text, &number, &fault));
	assert_true(clock() - begin < 10 * CLOCKS_PER_SEC);
	assert_true(number == 7);
	free(text);
}

static void
test_values_missing(void **state)
{
	(void)state;
	double number = 42;
	fault_t fault;
	assert_true(find("rps=([0-9.]+)", "nothing here", &number, &fault));
	assert_non_null(strstr(fault.text, "matches nothing"));
	assert_true(find("rps=(.*)", "rps=fast", &number, &fault));
	assert_non_null(strstr(fault.text, "is no number"));
	assert_true(find("rps=([0-9]*)", "rps=", &number, &fault));
	/* 1.25 or 125? */
	assert_true(find("v=([0-9,]+)", "v=1,25", &number, &fault));
	assert_true(find("v=([0-9,]+)", "v=1,2345", &number, &fault));
	assert_true(find("v=([0-9,]+)", "v=,125", &number, &fault));
	assert_false(find("v=([0-9,]+)", "v=1,234,567", &number, &fault));
	assert_float_equal(number, 1234567, 0);
	/* Matches that are empty come to an end. */
	assert_true(find("(x*)", "aaa", &number, &fault));
}

static void
test_value_specs(void **state)
{
	(void)state;
	static const struct {
		const char *spec, *why;
	} wrong[] = {
	    {"rps", "the form is NAME=REGEX"},
	    {"=([0-9]+)", "the form is"},
	    {"rps=", "the form is"},
	    {"a-b=([0-9]+)", "the form is"},
	    {"rps=[0-9]+", "has no group"},
	    {"rps=([0-9]+", "the expression"},
	    {"work_ns=([0-9]+)", "a metric 'work_ns' already"},
	    {"+seen=([0-9]+)", "a metric 'seen' already"},
	};
	guest_t *guest = guest_new();
	fault_t fault;
	assert_false(guest_add_value(guest, "seen=([0-9]+)", &fault));
	assert_false(guest_add_value(guest, "+rate=a=([0-9]+)", &fault));
	assert_string_equal(guest->values[1].pattern, "a=([0-9]+)");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_true(guest_add_value(guest, wrong[i].spec, &fault));
		assert_non_null(strstr(fault.text, wrong[i].why));
	}
	assert_int_equal(guest->nvalues, 2);
	guest_free(guest);
}

static void
test_json(void **state)
{
	(void)state;
	guest_t *guest = guest_new(), *again = NULL;
	fault_t fault;
	words_add(&guest->argv, "/bin/server");
	words_add(&guest->argv, "--port");
	words_add(&guest->environment, "A=b");
	words_add(&guest->drives, "client 1");
	guest->settle_s = 1.5;
	assert_true(guest_is_server(guest));
	assert_false(guest_add_value(guest, "+rps=([0-9]+)", &fault));
	guest_describe(guest);
	json_t *json = guest_to_json(guest);
	assert_false(guest_from_json(&again, json, &fault));
	assert_int_equal(again->argv.n, 2);
	assert_string_equal(again->drives.v[0], "client 1");
	assert_null(again->ready);
	assert_null(again->stop);
	assert_true(again->settle_s == 1.5);
	assert_int_equal(again->nmetrics, 2);
	assert_string_equal(again->metrics[0].name, "rps");
	assert_int_equal(again->metrics[0].direction, HIGHER_IS_BETTER);
	assert_int_equal(again->metrics[0].subject, VERDICT_OF_YIELD);
	assert_string_equal(again->metrics[1].name, "drive1_ns");
	guest_free(again);
	json_object_set_new(json, "argv", json_array());
	assert_true(guest_from_json(&again, json, &fault));
	guest_free(again);
	assert_false(guest_from_json(&again, NULL, &fault));
	assert_null(again);
	json_decref(json);
	guest_free(guest);
}

static void
test_located(void **state)
{
	(void)state;
	guest_t *guest = guest_new();
	fault_t fault;
	words_add(&guest->argv, "no-such-program-anywhere");
	assert_true(guest_locate(guest, &fault));
	assert_non_null(strstr(fault.text, "no-such-program-anywhere"));
	words_release(&guest->argv);
	words_add(&guest->argv, "sh");
	assert_false(guest_locate(guest, &fault));
	assert_int_equal(guest->argv.v[0][0], '/');
	assert_true(guest->plain_c);
	guest_free(guest);
}

/* Names that may be primary: those of time samples, and a program's own. */
static void
test_primary(void **state)
{
	(void)state;
	plan_t plan = {0};
	fault_t fault;
	guest_t *guest = guest_new();
	assert_int_equal(primary_count(&plan), 2);
	assert_false(guest_add_value(guest, "rps=([0-9]+)", &fault));
	guest_describe(guest);
	plan_add_cell(&plan, GUEST_WORKLOAD, "x", 1)->guest = guest;
	words_add(&plan.primary, "rps");
	words_add(&plan.primary, "minflt");
	words_add(&plan.primary, "rss_end");
	assert_false(primary_check(&plan, &fault));
	assert_int_equal(primary_count(&plan), 3);
	words_add(&plan.primary, "p99_ns");
	assert_true(primary_check(&plan, &fault));
	assert_non_null(strstr(fault.text, "no value for each block"));
	words_release(&plan.primary);
	words_add(&plan.primary, "wrok_ns");
	assert_true(primary_check(&plan, &fault));
	assert_non_null(strstr(fault.text, "work_ns, rss_mean"));
	assert_non_null(strstr(fault.text, ", rps"));
	plan_release(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values_found),
	    cmocka_unit_test(test_values_many),
	    cmocka_unit_test(test_values_missing),
	    cmocka_unit_test(test_value_specs),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_located),
	    cmocka_unit_test(test_primary),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
