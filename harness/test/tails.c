/*
 * Unit test of tails: documents of several samples become one tail, by rank,
 * and sentences that name what slept.
 */
#include "tails.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define COLUMNS                                                     \
	"[\"response_ns\",\"half\",\"band\",\"call_ns\",\"cause\"," \
	"\"queued\",\"flags\"]"

static json_t *
document(const char *halves, const char *more, const char *rows)
{
	char text[4096];
	snprintf(text, sizeof(text),
	    "{\"halves\":%s,%s\"columns\":" COLUMNS ",\"rows\":[%s]}", halves,
	    more, rows);
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	return json;
}

/* Two samples of 2000 and 1000: the three slowest of both are above p99.9. */
static void
test_tails_by_rank(void **state)
{
	(void)state;
	json_t *both[] = {
	    document("2000", "",
		"[9000,\"malloc\",\"<=128\",8000,\"purge\",false,\"purge "
		"fill\"],"
		"[7000,\"free\",\"<=1K\",10,\"purge\",true,\"\"],"
		"[2000,\"free\",\"<=1K\",10,\"fault\",false,\"fault\"]"),
	    document("1000", "",
		"[8000,\"free\",\">1M\",7000,\"switch\",false,\"switch\"],"
		"[1000,\"free\",\"<=1K\",10,\"fault\",false,\"fault\"]")};
	tails_t tails;
	tails_gather(&tails, both, 2, 6000);
	assert_int_equal(tails.samples, 2);
	assert_int_equal(tails.halves, 3000);
	assert_int_equal(tails.above, 3);
	assert_int_equal(tails.missed, 0);
	assert_int_equal(tails.cut, 0);
	const tails_cause_t *purge = &tails.cause[CAUSE_PURGE];
	assert_int_equal(purge->n, 2);
	assert_int_equal(purge->queued, 1);
	assert_true(purge->beyond_ns == 3000 + 1000);
	assert_true(purge->most_ns == 9000);
	assert_string_equal(purge->half, "malloc");
	assert_string_equal(purge->band, "<=128");
	assert_true(purge->call_ns == 8000);
	assert_int_equal(purge->ran[CAUSE_PURGE], 1);
	assert_int_equal(purge->ran[CAUSE_FILL], 1);
	assert_int_equal(tails.cause[CAUSE_SWITCH].n, 1);
	assert_int_equal(tails.cause[CAUSE_FAULT].n, 0);
	json_decref(both[0]);
	json_decref(both[1]);
}

/* One sample has all of the slowest, and kept two: more may be. */
static void
test_tails_say_what_is_missing(void **state)
{
	(void)state;
	json_t *few[] = {
	    document("3000", "",
		"[9000,\"malloc\",\"<=128\",1,\"call\",false,\"\"],"
		"[8000,\"malloc\",\"<=128\",1,\"later\",false,\"later\"]"),
	    json_null(), json_object()};
	tails_t tails;
	tails_gather(&tails, few, 3, 6000);
	assert_int_equal(tails.samples, 1);
	assert_int_equal(tails.above, 3);
	assert_int_equal(tails.missed, 1);
	assert_int_equal(tails.cause[CAUSE_CALL].n, 1);
	assert_int_equal(tails.cause[CAUSE_WORK].n, 1); /* an unknown name */
	json_decref(few[0]);
	json_t *cut = document(
	    "1500", "", "[9000,\"malloc\",\"<=128\",1,\"call\",false,\"\"]");
	json_t *other = document("1500", "",
	    "[8000,\"malloc\",\"<=128\",1,\"call\",false,\"\"],"
	    "[7000,\"malloc\",\"<=128\",1,\"call\",false,\"\"],"
	    "[10,\"malloc\",\"<=128\",1,\"call\",false,\"\"]");
	tails_gather(&tails, (json_t *[]){cut, other}, 2, 6000);
	assert_int_equal(tails.missed, 0);
	assert_int_equal(tails.cut, 1);
	json_decref(cut);
	json_decref(other);
	tails_gather(&tails, NULL, 0, NAN);
	assert_int_equal(tails.samples, 0);
}

#define SLEPT(n)                                                           \
	"\"malloc\":{\"n\":500000,\"slow\":[{\"cause\":\"sleep\",\"n\":" n \
	",\"sum_ns\":55000000,\"min_ns\":1060000,\"max_ns\":2000000}]},"   \
	"\"free\":{\"n\":500000,\"slow\":[{\"cause\":\"purge\",\"n\":60,"  \
	"\"sum_ns\":6000000,\"min_ns\":20000,\"max_ns\":200000}]},"

static bool
says(const words_t *lines, const char *text)
{
	for (size_t i = 0; i < lines->n; i++)
		if (strstr(lines->v[i], text) != NULL)
			return true;
	for (size_t i = 0; i < lines->n; i++)
		printf("# %s\n", lines->v[i]);
	return false;
}

static void
test_tails_name_what_slept(void **state)
{
	(void)state;
	json_t *a[] = {document("1000", SLEPT("25"),
			   "[9000,\"malloc\",\"<=128\",1,\"sleep\",false,"
			   "\"wait\"]"),
	    document("1000", SLEPT("25"),
		"[8000,\"free\",\"<=128\",1,\"sleep\",true,\"\"]")};
	tails_t tails;
	words_t lines = {0};
	tails_gather(&tails, a, 2, 6000);
	assert_int_equal(tails.calls[0].n, 1000000);
	assert_int_equal(tails.calls[0].slow[CAUSE_SLEEP].n, 50);
	assert_int_equal(tails.calls[1].slow[CAUSE_PURGE].n, 120);
	tails_say(&lines, &tails, "x", "w.c.t1", 1);
	assert_int_equal(lines.n, 2);
	assert_true(says(&lines, "of 2 above it: 100 % sleep: the thread slept "
				 "inside the allocator's call (50 % queued "
				 "behind one)"));
	assert_true(says(&lines, "x in w.c.t1: 1 in about 20 000 malloc calls "
				 "slept 1.06 ms or longer inside the "
				 "allocator, 2.20 ms on average (50 of "
				 "1000000 calls"));
	assert_true(says(&lines, "no lock of its own"));
	words_release(&lines);
	tails_say(&lines, &tails, "x", "w.c.t2", 2);
	assert_true(says(&lines, "or to wait for a lock") ||
		    says(&lines, "to sleep or to wait for a lock"));
	words_release(&lines);
	json_decref(a[0]);
	json_decref(a[1]);
}

/* Two calls are none, and one in millions is rare. */
static void
test_tails_do_not_name_chance(void **state)
{
	(void)state;
	json_t *one = document("1000", SLEPT("2"), "");
	tails_t tails;
	words_t lines = {0};
	tails_gather(&tails, &one, 1, 6000);
	assert_int_equal(tails.missed, 1);
	tails_say(&lines, &tails, "x", "w.c.t1", 1);
	assert_int_equal(lines.n, 0);
	tails.calls[0].slow[CAUSE_SLEEP].n = 4;
	tails.calls[0].n = 5000000;
	tails_say(&lines, &tails, "x", "w.c.t1", 1);
	assert_int_equal(lines.n, 0);
	words_release(&lines);
	json_decref(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tails_by_rank),
	    cmocka_unit_test(test_tails_say_what_is_missing),
	    cmocka_unit_test(test_tails_name_what_slept),
	    cmocka_unit_test(test_tails_do_not_name_chance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
