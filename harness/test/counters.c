/* Counters: numbers, and reasons where there is none. */
#include "counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hist.h"
#include "text.h"

static double
number(const json_t *metrics, const char *name)
{
	const json_t *metric = json_object_get(metrics, name);
	assert_true(json_is_number(metric));
	return json_number_value(metric);
}

static const char *
reason(const json_t *metrics, const char *name)
{
	const char *text = json_string_value(
	    json_object_get(json_object_get(metrics, name), "unsupported"));
	assert_non_null(text);
	return text;
}

static void
test_counters_of_record(void **state)
{
	(void)state;
	json_t *metrics = json_object();
	json_t *record = json_pack("{s:i,s:I,s:i}", "ops", 500, "work_ns",
	    (json_int_t)1000000000, "majflt", 0);
	counters_of_record(metrics, record);
	assert_true(number(metrics, "ops_per_s") == 500);
	assert_true(number(metrics, "majflt") == 0);
	/* What the record does not have is not 0. */
	assert_non_null(strstr(reason(metrics, "minflt"), "record"));
	json_object_set_new(record, "work_ns", json_integer(0));
	counters_of_record(metrics, record);
	reason(metrics, "ops_per_s");
	json_decref(metrics);
	json_decref(record);
}

static void
test_counters_of_memory_without_points(void **state)
{
	(void)state;
	series_t series;
	struct rusage usage = {.ru_maxrss = 10};
	json_t *metrics = json_object(), *record = json_object();
	series_init(&series, 8);
	counters_of_memory(metrics, &series, 0, 0, record, &usage);
	assert_non_null(strstr(reason(metrics, "rss_mean"), "window"));
	reason(metrics, "rss_peak");
	reason(metrics, "live_peak");
	assert_true(number(metrics, "max_rss") == 10240);
	series_release(&series);
	json_decref(metrics);
	json_decref(record);
}

/* Two readings in the window are none; three have a mean. */
static void
test_counters_of_memory_with_few_points(void **state)
{
	(void)state;
	json_t *metrics = json_object();
	json_t *record = json_pack("{s:i}", "live_peak", 7);
	struct rusage usage = {.ru_maxrss = 10};
	series_t series;
	point_t point;
	series_init(&series, 8);
	for (uint64_t t = 0; t < 4; t++) {
		point_init(&point, t * 1000000);
		point.v[SERIES_RSS] = (int64_t)(1 + t) * 1000;
		series_add(&series, &point);
		uint64_t end = (t + 1) * 1000000;
		counters_of_memory(
		    metrics, &series, 500000, end, record, &usage);
		counters_of_rollup(metrics, &series, 500000, end);
		if (t < 3)
			assert_non_null(
			    strstr(reason(metrics, "rss_mean"), "readings in"));
		/* The only reading so far came before the work. */
		if (t == 0)
			assert_non_null(strstr(
			    reason(metrics, "rss_end"), "during the work"));
	}
	assert_true(number(metrics, "rss_mean") > 2000);
	assert_true(number(metrics, "rss_peak") == 4000);
	assert_true(number(metrics, "rss_end") == 4000);
	assert_non_null(strstr(
	    reason(metrics, "rss_less_lazyfree_mean"), "0 readings in 3.5 ms"));
	series_release(&series);
	json_decref(metrics);
	json_decref(record);
}

static void
test_counters_of_page(void **state)
{
	(void)state;
	arm_t glibc = {.name = "glibc", .kind = ARM_GLIBC};
	arm_t decay = {.name = "decay", .kind = ARM_EBB};
	series_t series;
	point_t point;
	struct ebb_stats_page *page = text_memory(1, sizeof(*page));
	json_t *metrics = json_object();
	series_init(&series, 8);
	counters_of_page(metrics, &glibc, NULL, &series, 2, 10);
	assert_string_equal(
	    reason(metrics, "npurge"), "glibc exports no purge counter");
	counters_of_page(metrics, &decay, NULL, &series, 2, 10);
	reason(metrics, "nfills");
	page->narenas = 2;
	page->arenas[0].npurge = 3;
	page->arenas[1].npurge = 4;
	page->arenas[1].purged = 5;
	page->arenas[1].nfills[EBB_STATS_PAGE_BINS - 1] = 6;
	/* What is behind the last arena does not count. */
	page->arenas[2].npurge = 1000;
	point_init(&point, 5);
	point.v[SERIES_PDIRTY] = 77;
	series_add(&series, &point);
	counters_of_page(metrics, &decay, page, &series, 2, 10);
	assert_true(number(metrics, "npurge") == 7);
	assert_true(number(metrics, "purged_pages") == 5);
	assert_true(number(metrics, "nmadvise") == 0);
	assert_true(number(metrics, "nfills") == 6);
	assert_true(number(metrics, "pdirty_end") == 77);
	reason(metrics, "pactive_end");
	/* What was read before the work is not how it ended. */
	counters_of_page(metrics, &decay, page, &series, 6, 10);
	assert_non_null(
	    strstr(reason(metrics, "pdirty_end"), "during the work"));
	page->narenas = EBB_STATS_PAGE_ARENAS + 1;
	counters_of_page(metrics, &decay, page, &series, 2, 10);
	assert_non_null(strstr(reason(metrics, "npurge"), "33 arenas"));
	series_release(&series);
	free(page);
	json_decref(metrics);
}

/* A record with n calls that took 100 ns. */
static json_t *
latency_record(int n)
{
	return json_pack("{s:{s:{s:i,s:i,s:i,s:i,s:[[i,i]]}}}", "latency",
	    "hist", "lg_sub", HIST_LG_SUB, "count", n, "min", 100, "max", 100,
	    "buckets", (int)hist_index(100), n);
}

static void
test_counters_of_latency(void **state)
{
	(void)state;
	json_t *metrics = json_object();
	json_t *record = latency_record(1000);
	counters_of_latency(metrics, record);
	assert_true(number(metrics, "p50_ns") == 100);
	assert_true(number(metrics, "p99_ns") == 100);
	assert_string_equal(reason(metrics, "p999_ns"),
	    "1000 calls were timed, it needs 10000");
	json_decref(record);
	record = json_pack("{s:n}", "latency");
	counters_of_latency(metrics, record);
	assert_non_null(strstr(reason(metrics, "p50_ns"), "no latency"));
	json_decref(record);
	json_decref(metrics);
}

static void
test_counters_of_gbench(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"benchmarks\":["
	    "{\"run_name\":\"a\",\"run_type\":\"iteration\",\"real_time\":3,"
	    "\"time_unit\":\"us\"},"
	    "{\"run_name\":\"a\",\"run_type\":\"iteration\",\"real_time\":1,"
	    "\"time_unit\":\"us\"},"
	    "{\"run_name\":\"a\",\"run_type\":\"aggregate\",\"real_time\":99,"
	    "\"time_unit\":\"us\"},"
	    "{\"run_name\":\"b\",\"run_type\":\"iteration\",\"real_time\":7,"
	    "\"time_unit\":\"ns\"},"
	    "{\"run_name\":\"c\",\"run_type\":\"iteration\","
	    "\"error_occurred\":true,\"error_message\":\"too big\"}]}";
	json_t *metrics = json_object();
	json_t *output = json_loads(text, 0, NULL);
	assert_non_null(output);
	counters_of_gbench(metrics, output);
	assert_true(number(metrics, "gb:a") == 2000);
	assert_true(number(metrics, "gb:b") == 7);
	assert_string_equal(reason(metrics, "gb:c"), "too big");
	assert_int_equal(json_object_size(metrics), 3);
	json_decref(output);
	json_decref(metrics);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counters_of_record),
	    cmocka_unit_test(test_counters_of_memory_without_points),
	    cmocka_unit_test(test_counters_of_memory_with_few_points),
	    cmocka_unit_test(test_counters_of_page),
	    cmocka_unit_test(test_counters_of_latency),
	    cmocka_unit_test(test_counters_of_gbench),
	};
	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
