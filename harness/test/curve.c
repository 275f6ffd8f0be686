/*
 * curve.c: readings over time become one median curve an arm.
 */
#include "curve.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))
#define HEAD                                                                \
	"t_ns,rss,anon,lazyfree,live,phase,pactive,pdirty,npurge,nmadvise," \
	"purged,mapped,retained\n"

/* Writes text into a file of its own and reads it as a track. */
static bool
track_from(track_t *track, const char *text)
{
	fault_t fault;
	char *dir = fixture_folder();
	char *path = text_format("%s/s.series", dir);
	FILE *stream = fopen(path, "we");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
	bool failed = track_read(track, path, &fault);
	free(path);
	fixture_remove(dir);
	return failed;
}

static void
test_curve_track_interpolates(void **state)
{
	(void)state;
	track_t track;
	assert_false(
	    track_from(&track, HEAD "1000000000,100,,0,50,work,,,,,,,\n"
				    "2000000000,200,,,50,work,,,,,,,\n"
				    "3000000000,400,,30,50,hold,,,,,,,\n"
				    "4000000000,400,,,50,hold,,,,,,,\n"));
	assert_int_equal(track.n, 4);
	close_to(track_at(&track, CURVE_RSS, 1), 100, 0);
	close_to(track_at(&track, CURVE_RSS, 1.5), 150, 1e-9);
	close_to(track_at(&track, CURVE_RSS, 3), 400, 1e-9);
	/* A column that is read now and then: between and after readings. */
	close_to(track_at(&track, CURVE_LAZYFREE, 2), 15, 1e-9);
	close_to(track_at(&track, CURVE_LAZYFREE, 3.5), 30, 1e-9);
	close_to(track_at(&track, CURVE_RSS_LESS_LAZYFREE, 2), 185, 1e-9);
	/* Nothing before the first reading, after the end, never read. */
	assert_true(isnan(track_at(&track, CURVE_RSS, 0.5)));
	assert_true(isnan(track_at(&track, CURVE_RSS, 4.1)));
	assert_true(isnan(track_at(&track, CURVE_PDIRTY, 2)));
	track_release(&track);
}

static void
test_curve_track_finds_columns_by_name(void **state)
{
	(void)state;
	track_t track;
	assert_false(track_from(&track,
	    "live,new_column,t_ns,rss\n7,x,0,100\n8,y,1000000000,200\n"
	    "9,z,2000000000,30"));
	assert_int_equal(track.n, 2); /* the last line is torn */
	close_to(track_at(&track, CURVE_RSS, 1), 200, 0);
	close_to(track_at(&track, CURVE_LIVE, 0), 7, 0);
	track_release(&track);
	assert_true(track_from(&track, "rss,live\n1,2\n"));
	track_release(&track);
	assert_true(track_from(&track, ""));
	track_release(&track);
}

/* Median of the samples, quartiles, end, phases: of the made-up run. */
static void
test_curve_of_fixture(void **state)
{
	(void)state;
	fault_t fault;
	dataset_t data;
	curves_t curves;
	char *dir = fixture_folder();
	fixture_write(dir, SIZE_MAX);
	assert_false(dataset_read(&data, dir, &fault));
	curves_init(&curves, &data, 1, FROM_TIME);
	assert_null(curves.damage);
	assert_int_equal(curves.narms, 4);
	const curve_t *decay = &curves.arms[2];
	assert_int_equal(decay->samples, FIXTURE_BLOCKS);
	close_to(decay->end_s, 0.4 * 1.25 * 1.001, 0.01);
	size_t i = (size_t)(0.25 * decay->end_s / curves.step_s);
	close_to(decay->median[CURVE_RSS][i], fixture_rss(1, DECAY, 4, 0.25),
	    2 * FIXTURE_MIB);
	close_to(decay->median[CURVE_LIVE][i], 160 * FIXTURE_MIB, 1);
	assert_true(decay->lo[i] <= decay->median[CURVE_RSS][i]);
	assert_true(decay->hi[i] >= decay->median[CURVE_RSS][i]);
	assert_false(curves.cut);
	assert_int_equal(curves.nspans, 4);
	assert_string_equal(curves.spans[2].name, "hold");
	close_to(curves.spans[2].begin_s, 0.4 * decay->end_s, 0.03);
	close_to(curves.spans[2].end_s, curves.spans[3].begin_s, 0);
	curves_release(&curves);
	dataset_release(&data);
	fixture_remove(dir);
}

static void
test_curve_files(void **state)
{
	(void)state;
	fault_t fault;
	dataset_t data;
	curves_t curves;
	char *dir = fixture_folder();
	fixture_write(dir, SIZE_MAX);
	assert_false(dataset_read(&data, dir, &fault));
	curves_init(&curves, &data, 0, FROM_TIME);
	/* 0.9 to 1.25 of glibc's time: no common phases. */
	assert_int_equal(curves.nspans, 0);
	assert_false(curves_write(&curves, &data, 0, &fault));
	char *path =
	    text_format("%s/series/oscillate.interleaved.t1.ratio.csv", dir);
	FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	char head[256];
	assert_non_null(fgets(head, sizeof(head), stream));
	assert_string_equal(head,
	    "t_s,rss,lazyfree,live,pactive,pdirty,npurge,nmadvise,purged,"
	    "mapped,calls,rss_less_lazyfree,rss_q1,rss_q3,samples\n");
	fclose(stream);
	free(path);
	curves_release(&curves);
	dataset_release(&data);
	fixture_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_curve_track_interpolates),
	    cmocka_unit_test(test_curve_track_finds_columns_by_name),
	    cmocka_unit_test(test_curve_of_fixture),
	    cmocka_unit_test(test_curve_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
