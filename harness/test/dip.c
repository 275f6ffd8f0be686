/*
 * dip.c against R's diptest, and on values with one mode and with two.
 */
#include "dip.h"

#include "reference.h"
#include "rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

/* Ratings of statisticians: the example of the paper, p. 81: 0.0595, and the
 * value of diptest::dip(statfaculty). */
static const double ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
static const double two_fives[] = {1, 2, 3, 4, 5, 101, 102, 103, 104, 105};
static const double four[] = {0, 1, 10, 11};
static const double tied[] = {1, 1, 1, 2, 2, 3, 5, 5, 5, 5, 6};
static const double pairs[] = {1, 1, 2, 2};
static const double seconds10[] = {
    1.00, 1.01, 1.02, 1.03, 1.01, 1.30, 1.31, 1.29, 1.32, 1.305};
static const double seconds14[] = {1, 1.01, 1.02, 1.015, 1.005, 1.03, 1.012,
    1.3, 1.31, 1.29, 1.32, 1.305, 1.295, 1.308};
/* R: quakes$depth[1:60] */
static const double quakes[] = {562, 650, 42, 626, 649, 195, 82, 194, 211, 622,
    583, 249, 554, 600, 139, 306, 50, 590, 570, 598, 576, 211, 512, 125, 431,
    537, 155, 498, 582, 328, 553, 50, 292, 349, 48, 600, 206, 574, 585, 230,
    263, 96, 511, 94, 246, 56, 329, 70, 493, 129, 554, 223, 46, 593, 489, 562,
    445, 584, 535, 530};

/* R: diptest::dip(x), to twelve digits. */
static const struct {
	const double *x;
	size_t n;
	double dip;
} references[] = {
    {statfaculty, COUNT(statfaculty), 0.0595238095238},
    {ten, 10, 0.05},
    {two_fives, 10, 0.24},
    {four, 4, 0.225},
    {tied, 11, 0.159090909091},
    {pairs, 4, 0.25},
    {seconds10, 10, 0.224137931034},
    {seconds14, 14, 0.224137931034},
    {darwin, 15, 0.0549019607843},
    {nhtemp, 60, 0.0416666666667},
    {quakes, 60, 0.0722781506339},
};

static void
test_dip_references(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(references); i++) {
		double got = dip(references[i].x, references[i].n);
		if (fabs(got - references[i].dip) > 1e-12)
			print_message("# row %zu: %.13g, wanted %.13g\n", i,
			    got, references[i].dip);
		close_to(got, references[i].dip, 1e-12);
	}
}

/* Equal values, as whole bytes and pages give: R: diptest::dip(x). */
static const struct {
	size_t n;
	double dip, x[16];
} ties[] = {
    {7, 0.142857142857, {3, 1, 7, 3, 1, 1, 5}},
    {12, 0.0865384615385, {49, 9, 9, 36, 4, 49, 25, 16, 64, 4, 25, 64}},
    {16, 0.0625, {1, 6, 4, 3, 2, 5, 2, 2, 3, 1, 2, 6, 8, 4, 5, 7}},
    {12, 0.166666666667, {9, 36, 36, 4, 64, 64, 1, 4, 4, 64, 16, 64}},
    {13, 0.115384615385, {4, 4, 4, 5, 3, 8, 4, 5, 3, 7, 6, 5, 3}},
    {8, 0.1875, {64, 9, 4, 64, 16, 64, 1, 4}},
    {15, 0.1, {7, 1, 7, 6, 4, 1, 4, 5, 2, 3, 1, 4, 3, 4, 3}},
    {16, 0.125, {1, 36, 64, 1, 49, 16, 25, 1, 25, 16, 49, 9, 16, 25, 49, 49}},
    {15, 0.0666666666667, {7, 6, 7, 6, 7, 4, 8, 7, 3, 1, 1, 2, 7, 7, 5}},
    {14, 0.107142857143, {4, 64, 16, 36, 9, 4, 36, 9, 9, 1, 4, 64, 36, 16}},
};

static void
test_dip_ties(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ties); i++) {
		double got = dip(ties[i].x, ties[i].n);
		if (fabs(got - ties[i].dip) > 1e-12)
			print_message("# row %zu: %.13g, wanted %.13g\n", i,
			    got, ties[i].dip);
		close_to(got, ties[i].dip, 1e-12);
	}
}

/* Quantiles of the dip of uniform samples: R's diptest::qDiptab, itself from
 * a million samples a size. */
static void
test_dip_p_references(void **state)
{
	(void)state;
	static const struct {
		size_t n;
		double upper, dip;
	} rows[] = {
	    {10, 0.5, 0.09778176304},
	    {10, 0.1, 0.13046214964},
	    {10, 0.05, 0.13961139514},
	    {10, 0.01, 0.15968415886},
	    {15, 0.05, 0.11876077},
	    {15, 0.01, 0.13598356864},
	    {20, 0.05, 0.10513021827},
	    {50, 0.05, 0.07027378772},
	    {50, 0.01, 0.08119984154},
	    {100, 0.05, 0.05112794429},
	};
	dip_table_t table;
	dip_table_init(&table);
	for (size_t i = 0; i < COUNT(rows); i++) {
		double p = dip_p(&table, rows[i].dip, rows[i].n);
		double sigma =
		    sqrt(rows[i].upper * (1 - rows[i].upper) / DIP_DRAWS);
		close_to(p, rows[i].upper, 5 * sigma);
	}
	/* R: dip.test(statfaculty) gives 0.0867 */
	close_to(dip_p(&table, dip(statfaculty, 63), 63), 0.0867, 0.012);
	assert_true(dip_p(&table, dip(two_fives, 10), 10) < 0.0005);
	assert_true(dip_p(&table, 0.05, 10) > 0.99);
	/* Sizes are drawn once. */
	assert_int_equal(table.nsizes, 6);
	dip_table_release(&table);
}

/* Larger samples go by sqrt(n): R: dip.test(faithful$eruptions), n = 272, has
 * dip 0.0924 and p = 0; dip.test(rivers), n = 141, dip 0.0181, p = 0.992. */
static void
test_dip_p_of_many(void **state)
{
	(void)state;
	dip_table_t table;
	dip_table_init(&table);
	assert_true(dip_p(&table, 0.0923810263069, 272) < 0.0002);
	assert_true(dip_p(&table, 0.0181476846058, 141) > 0.97);
	assert_int_equal(table.nsizes, 1);
	dip_table_release(&table);
}

/* One skewed mode is seldom called two; two modes are. */
static void
test_dip_finds_modes(void **state)
{
	(void)state;
	enum { RUNS = 1000, N = 12 };
	size_t false_alarms = 0;
	size_t found = 0;
	dip_table_t table;
	dip_table_init(&table);
	rng_t rng;
	rng_init(&rng, 1);
	for (size_t r = 0; r < RUNS; r++) {
		double one[N], two[N];
		for (size_t i = 0; i < N; i++) {
			double u = ldexp((double)(rng_next(&rng) >> 11), -53);
			one[i] = exp(0.2 * u) - log(1 - u);
			two[i] = (rng_next(&rng) & 1 ? 1 : 1.3) + 0.05 * u;
		}
		false_alarms += dip_p(&table, dip(one, N), N) <= 0.05;
		found += dip_p(&table, dip(two, N), N) <= 0.05;
	}
	print_message(
	    "# of %d: %zu false, %zu found\n", RUNS, false_alarms, found);
	assert_true(false_alarms <= 50);
	assert_true(found >= 800);
	dip_table_release(&table);
}

static void
test_dip_modes(void **state)
{
	(void)state;
	dip_modes_t modes = dip_modes(seconds14, 14);
	assert_int_equal(modes.n[0], 7);
	assert_int_equal(modes.n[1], 7);
	close_to(modes.median[0], 1.012, 1e-12);
	close_to(modes.median[1], 1.305, 1e-12);
	/* A single wild value is no mode. */
	static const double wild[] = {1, 2, 3, 4, 100};
	modes = dip_modes(wild, 5);
	assert_in_range(modes.n[1], 2, 3);
	assert_true(isnan(dip(ten, 0)));
	close_to(dip(ten, 1), 0.5, 0);
	static const double same[] = {3, 3, 3, 3};
	close_to(dip(same, 4), 0.125, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dip_references),
	    cmocka_unit_test(test_dip_ties),
	    cmocka_unit_test(test_dip_p_references),
	    cmocka_unit_test(test_dip_p_of_many),
	    cmocka_unit_test(test_dip_finds_modes),
	    cmocka_unit_test(test_dip_modes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
