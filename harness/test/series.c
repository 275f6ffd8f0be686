/* The series: time-weighted means, peaks, thinning, the raw file. */
#include "series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
add(series_t *series, uint64_t t_ns, int64_t rss, int64_t lazyfree)
{
	point_t point;
	point_init(&point, t_ns);
	point.v[SERIES_RSS] = rss;
	point.v[SERIES_LAZYFREE] = lazyfree;
	series_add(series, &point);
}

static void
test_series_mean_is_weighted(void **state)
{
	(void)state;
	series_t series;
	double mean = -1;
	series_init(&series, 16);
	assert_true(
	    series_mean(&series, SERIES_RSS, SERIES_COLUMNS, 0, 100, &mean));
	add(&series, 10, 100, SERIES_NONE);
	add(&series, 20, 200, SERIES_NONE);
	add(&series, 50, 400, SERIES_NONE);
	/* 100 holds 10 ns, 200 holds 30 ns, 400 holds 50 ns. */
	assert_false(
	    series_mean(&series, SERIES_RSS, SERIES_COLUMNS, 10, 100, &mean));
	assert_true(mean == (100. * 10 + 200 * 30 + 400 * 50) / 90);
	/* A window within one value; one before the first point. */
	assert_false(
	    series_mean(&series, SERIES_RSS, SERIES_COLUMNS, 25, 30, &mean));
	assert_true(mean == 200);
	assert_false(
	    series_mean(&series, SERIES_RSS, SERIES_COLUMNS, 1, 5, &mean));
	assert_true(mean == 100);
	assert_true(
	    series_mean(&series, SERIES_RSS, SERIES_COLUMNS, 5, 5, &mean));
	assert_true(
	    series_mean(&series, SERIES_LIVE, SERIES_COLUMNS, 10, 100, &mean));
	series_release(&series);
}

/* The exact reading is rarer: each holds until the next, the first also
 * before it was taken. */
static void
test_series_mean_less_lazyfree(void **state)
{
	(void)state;
	series_t series;
	double mean;
	series_init(&series, 16);
	add(&series, 0, 100, SERIES_NONE);
	assert_true(
	    series_mean(&series, SERIES_RSS, SERIES_LAZYFREE, 0, 40, &mean));
	add(&series, 10, 200, 50);
	add(&series, 20, 200, SERIES_NONE);
	add(&series, 30, 300, 100);
	assert_false(
	    series_mean(&series, SERIES_RSS, SERIES_LAZYFREE, 0, 40, &mean));
	assert_true(mean == (50. + 150 + 150 + 200) / 4);
	series_release(&series);
}

static void
test_series_peak_and_last(void **state)
{
	(void)state;
	series_t series;
	double value;
	series_init(&series, 16);
	assert_true(series_peak(&series, 0, 100, &value));
	assert_true(series_last(&series, SERIES_RSS, 0, 100, &value));
	add(&series, 10, 900, SERIES_NONE);
	add(&series, 20, 100, SERIES_NONE);
	add(&series, 30, 500, SERIES_NONE);
	add(&series, 40, 950, SERIES_NONE);
	/* What stood when the window began counts, what was before does not:
	 * at 15 the last reading was 900, at 25 it was 100. */
	assert_false(series_peak(&series, 25, 35, &value));
	assert_true(value == 500);
	assert_false(series_peak(&series, 15, 35, &value));
	assert_true(value == 900);
	assert_false(series_last(&series, SERIES_RSS, 0, 35, &value));
	assert_true(value == 500);
	assert_true(series_last(&series, SERIES_RSS, 31, 35, &value));
	assert_int_equal(series_count(&series, 10, 30), 3);
	series_release(&series);
}

/* However many points come, the peak and the exact readings stay. */
static void
test_series_thins(void **state)
{
	(void)state;
	series_t series;
	double value;
	unsigned thinned = 0;
	series_init(&series, 8);
	for (uint64_t t = 0; t < 1000; t++) {
		point_t point;
		point_init(&point, t);
		point.v[SERIES_RSS] = t == 333 ? 12345 : 100;
		if (t == 501)
			point.v[SERIES_ANON] = 7;
		thinned += series_add(&series, &point);
	}
	assert_true(series.n <= 8);
	assert_true(thinned > 0);
	assert_false(series_peak(&series, 0, 1000, &value));
	assert_true(value == 12345);
	assert_false(series_last(&series, SERIES_ANON, 0, 1000, &value));
	assert_true(value == 7);
	for (size_t i = 1; i < series.n; i++)
		assert_true(series.v[i].t_ns > series.v[i - 1].t_ns);
	series_release(&series);
}

static void
test_series_file(void **state)
{
	(void)state;
	char path[] = P_tmpdir "/ebb-series-XXXXXX", text[512];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	series_t series;
	point_t point;
	fault_t fault;
	series_init(&series, 8);
	point_init(&point, 1000);
	point.v[SERIES_RSS] = 4096;
	point.v[SERIES_PHASE] = 2;
	point.v[SERIES_RETAINED] = 0;
	series_add(&series, &point);
	assert_false(series_write(&series, path, 400, &fault));
	FILE *stream = fopen(path, "r");
	assert_non_null(fgets(text, sizeof(text), stream));
	assert_string_equal(text,
	    "t_ns,rss,anon,lazyfree,live,phase,pactive,pdirty,npurge,nmadvise,"
	    "purged,mapped,retained,calls,minflt,dirtied,nfills,nflushes,"
	    "chance_age,anon_huge,swap,page_tables,nticks,lock_waits\n");
	assert_non_null(fgets(text, sizeof(text), stream));
	assert_string_equal(text, "600,4096,,,,work,,,,,,,0,,,,,,,,,,,\n");
	assert_null(fgets(text, sizeof(text), stream));
	fclose(stream);
	close(fd);
	unlink(path);
	series_release(&series);
	assert_true(series_write(&series, "/nonexistent/x", 0, &fault));
	assert_non_null(strstr(fault.text, "/nonexistent/x"));
}

/* Arenas: a row when something changed, and those in use are counted. */
static void
test_series_arenas_file(void **state)
{
	(void)state;
	char path[] = P_tmpdir "/ebb-arenas-XXXXXX", text[512];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	series_t series;
	fault_t fault;
	series_init(&series, 8);
	assert_int_equal(series_arenas_used(&series), 0);
	for (uint64_t t = 0; t < 4; t++) {
		point_t point;
		point_init(&point, 1000 + t);
		point.narenas = 3;
		point.arenas[0] = (arena_point_t){.pactive = 7, .pdirty = 1};
		if (t >= 2)
			point.arenas[2] =
			    (arena_point_t){.purged = 9, .npurge = t};
		series_add(&series, &point);
	}
	assert_int_equal(series_arenas_used(&series), 2);
	assert_false(series_write_arenas(&series, path, 1000, &fault));
	static const char *const lines[] = {
	    "t_ns,arena,pactive,pdirty,npurge,nmadvise,purged\n",
	    "0,0,7,1,0,0,0\n", "2,2,0,0,2,0,9\n", "3,2,0,0,3,0,9\n"};
	FILE *stream = fopen(path, "r");
	for (int i = 0; i < 4; i++) {
		assert_non_null(fgets(text, sizeof(text), stream));
		assert_string_equal(text, lines[i]);
	}
	assert_null(fgets(text, sizeof(text), stream));
	fclose(stream);
	/* Thinning keeps the arenas of the points that stay, and takes those
	 * of the next where a point has none. */
	for (uint64_t t = 4; t < 20; t++) {
		point_t point;
		point_init(&point, 1000 + t);
		point.narenas = t % 2 == 0 ? 0 : 3;
		point.arenas[2].purged = 9;
		series_add(&series, &point);
	}
	assert_int_equal(series.v[2].t_ns, 1012);
	assert_int_equal(series.v[2].narenas, 3);
	assert_int_equal(series_arenas_used(&series), 2);
	close(fd);
	unlink(path);
	series_release(&series);
	assert_true(series_write_arenas(&series, "/nonexistent/x", 0, &fault));
	assert_non_null(strstr(fault.text, "/nonexistent/x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_series_mean_is_weighted),
	    cmocka_unit_test(test_series_mean_less_lazyfree),
	    cmocka_unit_test(test_series_peak_and_last),
	    cmocka_unit_test(test_series_thins),
	    cmocka_unit_test(test_series_file),
	    cmocka_unit_test(test_series_arenas_file),
	};
	return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
