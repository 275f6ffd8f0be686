/* returned.c: what census samples say was given back, over time. */
#include "returned.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define CELL 1 /* step-down */

typedef struct subject_s subject_t;
struct subject_s {
	char *dir;
	dataset_t data;
	returned_t returned;
	double end_s; /* of decay's process */
};

static int
setup(void **state)
{
	fault_t fault;
	subject_t *s = text_memory(1, sizeof(*s));
	s->dir = fixture_folder();
	fixture_write(s->dir, SIZE_MAX);
	assert_false(dataset_read(&s->data, s->dir, &fault));
	s->end_s = fixture_work_ns(CELL, DECAY, 0) * 1.25 / 1e9;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	subject_t *s = *state;
	dataset_release(&s->data);
	fixture_remove(s->dir);
	free(s);
	return 0;
}

static double
at(const subject_t *s, returned_call_t call, double part)
{
	size_t i = (size_t)(part * (CURVE_POINTS - 1));
	return s->returned.bytes[call][i] / FIXTURE_MIB;
}

static void
test_returned_by_call_and_time(void **state)
{
	subject_t *s = *state;
	fault_t fault;
	assert_false(returned_read(&s->returned, &s->data, CELL, DECAY,
	    s->end_s / (CURVE_POINTS - 1), &fault));
	assert_int_equal(s->returned.samples, 1);
	/* 120 MiB, evenly from one half to nine tenths of the process. */
	assert_true(at(s, RETURNED_DONTNEED, 0.49) == 0);
	assert_true(fabs(at(s, RETURNED_DONTNEED, 0.7) - 60) < 3);
	assert_true(at(s, RETURNED_DONTNEED, 1) == 120);
	assert_true(at(s, RETURNED_FREE, 1) == 0);
	assert_true(at(s, RETURNED_MUNMAP, 1) == 0);
}

static void
test_returned_other_arms(void **state)
{
	subject_t *s = *state;
	fault_t fault;
	double step = 2 * s->end_s / (CURVE_POINTS - 1);
	assert_false(returned_read(
	    &s->returned, &s->data, CELL, TCMALLOC, step, &fault));
	assert_true(at(s, RETURNED_FREE, 1) == 128);
	assert_true(at(s, RETURNED_DONTNEED, 1) == 0);
	/* micro has no census. */
	assert_false(
	    returned_read(&s->returned, &s->data, 3, DECAY, step, &fault));
	assert_int_equal(s->returned.samples, 0);
	/* A grid that ends early holds what came before its end. */
	assert_false(returned_read(
	    &s->returned, &s->data, CELL, TCMALLOC, step / 4, &fault));
	assert_true(at(s, RETURNED_FREE, 1) < 128);
}

/* A file with other columns is a fault, not zeros. */
static void
test_returned_of_another_file(void **state)
{
	subject_t *s = *state;
	fault_t fault;
	for (size_t i = 0; i < s->data.nsamples; i++) {
		const dataset_sample_t *sample = &s->data.samples[i];
		if (sample->source != FROM_CENSUS)
			continue;
		char *path = dataset_raw(&s->data, sample, "census");
		FILE *stream = fopen(path, "we");
		fputs("t_ns,bytes\n1,2\n", stream);
		fclose(stream);
		free(path);
	}
	assert_true(
	    returned_read(&s->returned, &s->data, CELL, DECAY, 0.01, &fault));
	assert_non_null(strstr(fault.text, "is no census"));
	assert_int_equal(s->returned.samples, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_returned_by_call_and_time),
	    TEST(test_returned_other_arms),
	    TEST(test_returned_of_another_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
