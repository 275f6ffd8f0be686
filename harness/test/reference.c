/*
 * stats.c, stats_two.c and student.c against published and independently
 * computed reference values: each row of each table says where its numbers are
 * from. The data sets and the
 * versions of R are named in reference.h.
 */
#include "reference.h"

#include "stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "stats_two.h"
#include "student.h"

#define close_to(a, b, by) assert_true(fabs((a) - (b)) <= (by))

/* Says which row it was. */
static void
row_check(
    const char *source, const char *what, double got, double wanted, double by)
{
	if (!(fabs(got - wanted) <= by))
		print_message("# %s: %s is %.12g, wanted %.12g\n", source, what,
		    got, wanted);
	close_to(got, wanted, by);
}

/* The values less what they are tested against. */
static double room[64];

static const double *
less(const double *x, size_t n, double mu)
{
	for (size_t i = 0; i < n; i++)
		room[i] = x[i] - mu;
	return room;
}

/* The values as whole numbers, so that equal differences are equal. */
static double whole[64];

static const double *
times(const double *x, size_t n, double factor)
{
	for (size_t i = 0; i < n; i++)
		whole[i] = round(x[i] * factor);
	return whole;
}

static const struct signed_rank_row {
	const char *source;
	const double *x;
	size_t n;
	double factor, mu;
	double v, p, by; /* by: of p, relative */
} signed_ranks[] = {
    {"H&W p. 29, R: wilcox.test(depression)", depression, 9, 1000, 0, 40,
	0.0390625, 1e-9},
    {"R: wilcox.test(darwin)", darwin, 15, 1, 0, 96, 0.0412597656250, 1e-9},
    {"R: wilcox.test(darwin, mu = 25), a zero", darwin, 15, 1, 25, 60, 1, 0},
    /* With zeros and ties R's own p is no longer exact. */
    {"R: wilcox.exact(darwin, mu = 26.5)", darwin, 15, 1, 26.5, 56.5,
	0.857788085938, 1e-9},
    {"R: wilcox.exact(sleep)", sleep_tenths, 10, 1, 0, 0, 0.00390625, 1e-9},
    {"R: wilcox.exact(shoes)", shoes_tenths, 10, 1, 0, 3, 0.0078125, 1e-9},
    {"R: wilcox.exact(huron, mu = 580.5)", huron, 20, 100, 58050, 106.5,
	0.96478843689, 1e-9},
    {"R: wilcox.exact(nhtemp, mu = 51.3, exact = T)", nhtemp, 60, 10, 513,
	785.5, 0.456243277888, 1e-9},
    {"R: wilcox.exact(nhtemp, mu = 51.2, exact = T)", nhtemp, 60, 10, 512,
	917.5, 0.986875417382, 1e-9},
};

static void
test_reference_signed_rank(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(signed_ranks); i++) {
		const struct signed_rank_row *row = &signed_ranks[i];
		stats_signed_rank_t got = stats_signed_rank_test(
		    less(times(row->x, row->n, row->factor), row->n, row->mu),
		    row->n);
		row_check(row->source, "V", got.v, row->v, 0);
		row_check(row->source, "p", got.p, row->p, row->by * row->p);
	}
}

/* Beyond 200 values R's wilcox.test with continuity correction:
 * x <- ((1:250) * 7919) %% 251 - 100 gives V = 21274.5, p = 5.156521e-07. */
static void
test_reference_signed_rank_normal(void **state)
{
	(void)state;
	double x[250];
	for (size_t i = 0; i < 250; i++)
		x[i] = (double)(((i + 1) * 7919) % 251) - 100;
	stats_signed_rank_t got = stats_signed_rank_test(x, 250);
	close_to(got.v, 21274.5, 0);
	close_to(got.p / 5.15652106931e-07, 1, 1e-9);
	close_to(stats_signed_rank_test(x, 0).p, 1, 0);
	static const double zeros[] = {0, 0, 0};
	close_to(stats_signed_rank_test(zeros, 3).p, 1, 0);
}

typedef stats_interval_t interval_fn(const double *, size_t, double);

/*
 * Estimates with exact intervals. HL: wilcox.test(x, conf.int = TRUE), the
 * confidence by psignrank; where there are ties, the order statistics
 * qsignrank(alpha / 2, n) of the sorted Walsh averages. Sign: the order
 * statistics qbinom(alpha / 2, n, .5), the confidence by pbinom.
 */
static const struct interval_row {
	const char *source;
	interval_fn *fn;
	const double *x;
	size_t n;
	double factor, asked;
	double estimate, lo, hi, confidence;
} intervals[] = {
    {"HL: H&W, R", stats_hodges_lehmann, depression, 9, 1000, 0.95, 460, 10,
	786, 0.9609375},
    {"HL: R, darwin", stats_hodges_lehmann, darwin, 15, 1, 0.95, 25, 4, 41.5,
	0.952087402344},
    {"HL: R, darwin 0.90", stats_hodges_lehmann, darwin, 15, 1, 0.90, 25, 8,
	39.5, 0.905395507812},
    {"HL: R, darwin 0.99", stats_hodges_lehmann, darwin, 15, 1, 0.99, 25, -13,
	49, 0.991638183594},
    {"HL: R, sleep", stats_hodges_lehmann, sleep_tenths, 10, 1, 0.95, -13, -27,
	-9, 0.951171875},
    {"HL: R, shoes", stats_hodges_lehmann, shoes_tenths, 10, 1, 0.95, -4, -7,
	-1, 0.951171875},
    {"HL: R, huron", stats_hodges_lehmann, huron, 20, 100, 0.95, 58052, 58010.5,
	58092.5, 0.951559066772},
    {"HL: R, nhtemp", stats_hodges_lehmann, nhtemp, 60, 10, 0.95, 512, 508.5,
	515, 0.950718494016},
    {"HL: R, nhtemp 0.99", stats_hodges_lehmann, nhtemp, 60, 10, 0.99, 512,
	507.5, 516, 0.990181199174},
    {"sign: BSDA ?SIGN.test", stats_median_interval, reaction, 11, 10, 0.95, 70,
	65, 76, 0.98828125},
    {"sign: BSDA ?SIGN.test 0.93", stats_median_interval, reaction, 11, 10,
	0.93, 70, 66, 74, 0.9345703125},
    {"sign: R, depression", stats_median_interval, depression, 9, 1000, 0.95,
	490, -80, 952, 0.9609375},
    {"sign: R, darwin", stats_median_interval, darwin, 15, 1, 0.95, 24, 8, 49,
	0.96484375},
    {"sign: R, huron", stats_median_interval, huron, 20, 100, 0.95, 58047.5,
	57991, 58117, 0.9586105347},
    {"sign: R, nhtemp", stats_median_interval, nhtemp, 60, 10, 0.95, 512, 509,
	517, 0.9726598661},
};

static void
test_reference_intervals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(intervals); i++) {
		const struct interval_row *row = &intervals[i];
		stats_interval_t got = row->fn(
		    times(row->x, row->n, row->factor), row->n, row->asked);
		row_check(row->source, "the estimate", got.estimate,
		    row->estimate, 1e-9);
		row_check(row->source, "lo", got.lo, row->lo, 1e-9);
		row_check(row->source, "hi", got.hi, row->hi, 1e-9);
		row_check(row->source, "the confidence", got.confidence,
		    row->confidence, 1e-9);
	}
}

/*
 * Ranks of the interval of the median: k <- qbinom(a / 2, n, .5), from k to
 * n + 1 - k, which holds 1 - 2 * pbinom(k - 1, n, .5), in R.
 */
static const struct {
	size_t n;
	double asked;
	size_t lo, hi;
	double confidence;
} ranks[] = {
    {6, 0.95, 1, 6, 0.96875},
    {7, 0.90, 1, 7, 0.984375},
    {8, 0.90, 2, 7, 0.9296875},
    {8, 0.95, 1, 8, 0.9921875},
    {9, 0.95, 2, 8, 0.9609375},
    {10, 0.95, 2, 9, 0.978515625},
    {10, 0.99, 1, 10, 0.998046875},
    {11, 0.90, 3, 9, 0.9345703125},
    {12, 0.95, 3, 10, 0.9614257812},
    {13, 0.95, 3, 11, 0.9775390625},
    {14, 0.95, 3, 12, 0.9870605469},
    {15, 0.95, 4, 12, 0.96484375},
    {16, 0.95, 4, 13, 0.978729248},
    {16, 0.99, 3, 14, 0.9958190918},
    {20, 0.95, 6, 15, 0.9586105347},
    {25, 0.95, 8, 18, 0.9567147493},
    {30, 0.95, 10, 21, 0.9572260547},
    {40, 0.95, 14, 27, 0.9615226917},
    {50, 0.95, 18, 33, 0.9671608624},
    {50, 0.99, 16, 35, 0.993399552},
};

static void
test_reference_median_ranks(void **state)
{
	(void)state;
	double x[64];
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = (double)i + 1;
	for (size_t i = 0; i < COUNT(ranks); i++) {
		stats_interval_t got =
		    stats_median_interval(x, ranks[i].n, ranks[i].asked);
		close_to(got.lo, (double)ranks[i].lo, 0);
		close_to(got.hi, (double)ranks[i].hi, 0);
		close_to(got.confidence, ranks[i].confidence, 1e-9);
	}
}

/*
 * Two samples: wilcox.exact(a, b)$p.value, and wilcox.test(a, b, conf.int =
 * TRUE); where there are ties, the order statistics qwilcox(alpha / 2, m, n)
 * of the sorted differences. The confidence by pwilcox.
 */
static const struct two_row {
	const char *source;
	const double *a, *b;
	size_t na, nb;
	double factor, asked;
	double p, estimate, lo, hi, confidence;
} two_samples[] = {
    {"H&W p. 68, R: permeability, W = 35", term, weeks, 10, 5, 100, 0.95,
	0.254412254412, 30.5, -15, 76, 0.96003996004},
    {"R: huron, two decades", huron, huron + 10, 10, 10, 100, 0.95,
	0.165493948776, 71.5, -22, 139, 0.956742947455},
    {"R: darwin, 0.99", darwin, darwin + 7, 7, 8, 1, 0.99, 0.120590520591, -20,
	-81, 35, 0.990675990676},
    {"R: nhtemp, first and last twenty, ties", nhtemp, nhtemp + 40, 20, 20, 10,
	0.95, 0.000277468952809, -14, -23, -8, 0.950909674811},
    {"R: nhtemp, two halves, ties", nhtemp, nhtemp + 30, 30, 30, 10, 0.95,
	4.22110219651e-05, -12, -18, -7, 0.950380000035},
};

static void
test_reference_two_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(two_samples); i++) {
		const struct two_row *row = &two_samples[i];
		double a[64];
		const double *b;
		times(row->a, row->na, row->factor);
		for (size_t k = 0; k < row->na; k++)
			a[k] = whole[k];
		b = times(row->b, row->nb, row->factor);
		row_check(row->source, "p",
		    stats_rank_sum_test(a, row->na, b, row->nb), row->p,
		    1e-9 * row->p);
		stats_interval_t got =
		    stats_shift(a, row->na, b, row->nb, row->asked);
		row_check(row->source, "the estimate", got.estimate,
		    row->estimate, 1e-9);
		row_check(row->source, "lo", got.lo, row->lo, 1e-9);
		row_check(row->source, "hi", got.hi, row->hi, 1e-9);
		row_check(row->source, "the confidence", got.confidence,
		    row->confidence, 1e-9);
	}
}

/* binom.test(min(above, below), above + below) */
static void
test_reference_sign_test(void **state)
{
	(void)state;
	static const struct {
		const char *source;
		const double *x;
		size_t n;
		double factor, mu, p;
	} rows[] = {
	    {"BSDA ?SIGN.test, md = 6.5", reaction, 11, 10, 65, 0.021484375},
	    {"R: binom.test(2, 9)", depression, 9, 1000, 0, 0.1796875},
	    {"R: binom.test(2, 15)", darwin, 15, 1, 0, 0.00738525390625},
	    {"R: binom.test(0, 9)", sleep_tenths, 10, 1, 0, 0.00390625},
	    {"R: binom.test(29, 59)", nhtemp, 60, 10, 513, 1},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		row_check(rows[i].source, "p",
		    stats_sign_test(
			less(times(rows[i].x, rows[i].n, rows[i].factor),
			    rows[i].n, rows[i].mu),
			rows[i].n),
		    rows[i].p, 1e-12);
}

/* 2 * W / (m * n) - 1 with R's W of wilcox.test(a, b). */
static void
test_reference_cliffs_delta(void **state)
{
	(void)state;
	static const double drug1[] = {
	    0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
	static const double drug2[] = {
	    1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
	static const double a[] = {
	    13.2, 8.2, 10.9, 14.3, 10.7, 6.6, 9.5, 10.8, 8.8, 13.3};
	static const double b[] = {
	    14.0, 8.8, 11.2, 14.2, 11.8, 6.4, 9.8, 11.3, 9.3, 13.6};
	row_check("H&W p. 68, R: W = 35", "delta",
	    stats_cliffs_delta(term, 10, weeks, 5), 0.4, 1e-12);
	row_check("R: sleep, W = 25.5", "delta",
	    stats_cliffs_delta(drug1, 10, drug2, 10), -0.49, 1e-12);
	row_check("R: shoes, W = 42.5", "delta",
	    stats_cliffs_delta(a, 10, b, 10), -0.15, 1e-12);
	row_check("R: nhtemp, two halves", "delta",
	    stats_cliffs_delta(nhtemp, 30, nhtemp + 30, 30), -0.593333333333,
	    1e-11);
}

/*
 * R's ?p.adjust: set.seed(123); x <- rnorm(50, mean = c(rep(0, 25),
 * rep(3, 25))); p <- 2 * pnorm(sort(-abs(x))), to six digits, and
 * p.adjust(p, "holm"); here in an order that is not theirs.
 */
static void
test_reference_holm(void **state)
{
	(void)state;
	static const double p[] = {0.000000, 0.000021, 0.000026, 0.000098,
	    0.000105, 0.000124, 0.000133, 0.000157, 0.000225, 0.000380,
	    0.000611, 0.001614, 0.003302, 0.003538, 0.005237, 0.006832,
	    0.007059, 0.008805, 0.009401, 0.011298, 0.021150, 0.049227,
	    0.060533, 0.062622, 0.073952, 0.082811, 0.086333, 0.119065,
	    0.189080, 0.205849, 0.220921, 0.285600, 0.304889, 0.466068,
	    0.483081, 0.492175, 0.531945, 0.575155, 0.578319, 0.618589,
	    0.636362, 0.644859, 0.655841, 0.688588, 0.718986, 0.817954,
	    0.827449, 0.897130, 0.911868, 0.943789};
	static const double r[50] = {0, 0.001029, 0.001248, 0.004606, 0.00483,
	    0.00558, 0.005852, 0.006751, 0.00945, 0.01558, 0.02444, 0.062946,
	    0.125476, 0.130906, 0.188532, 0.23912, 0.240006, 0.290565, 0.300832,
	    0.350238, 0.6345, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	double mixed[50], got[50];
	for (size_t i = 0; i < 50; i++)
		mixed[i] = p[i * 7 % 50];
	stats_holm(mixed, 50, got);
	for (size_t i = 0; i < 50; i++)
		row_check(
		    "R: ?p.adjust", "Holm's p", got[i], r[i * 7 % 50], 1e-12);
	/* R: p.adjust(1:5 / 100, "holm") */
	static const double five[] = {0.05, 0.08, 0.09, 0.09, 0.09};
	for (size_t i = 0; i < 5; i++)
		mixed[i] = (double)(i + 1) / 100;
	stats_holm(mixed, 5, got);
	for (size_t i = 0; i < 5; i++)
		row_check("R: p.adjust(1:5 / 100)", "Holm's p", got[i], five[i],
		    1e-12);
}

/* R: p.adjust(p, "BH") */
static void
test_reference_false_discovery(void **state)
{
	(void)state;
	static const double p[] = {0.03, 0.001, 0.6, 0.02, 0.04, 0.008, 0.2, 1};
	static const double r[] = {0.06, 0.008, 0.685714285714, 0.0533333333333,
	    0.064, 0.032, 0.266666666667, 1};
	double got[8];
	stats_false_discovery(p, 8, got);
	for (size_t i = 0; i < 8; i++)
		row_check("R: p.adjust, BH", "p", got[i], r[i], 1e-11);
}

/* quantile(x, q), type 7, and mad(x, constant = 1). */
static void
test_reference_quantiles(void **state)
{
	(void)state;
	static const double q[] = {0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1};
	static const double r[] = {
	    479, 481.95, 494, 505.75, 512, 519, 526.1, 542.46, 546};
	for (size_t i = 0; i < COUNT(q); i++)
		row_check("R: quantile(nhtemp)", "the quantile",
		    stats_quantile(times(nhtemp, 60, 10), 60, q[i]), r[i],
		    1e-9);
	row_check("R: mad(nhtemp, constant = 1)", "the MAD",
	    stats_mad(times(nhtemp, 60, 10), 60), 7, 1e-9);
	row_check("R: mad(darwin, constant = 1)", "the MAD",
	    stats_mad(darwin, 15), 17, 1e-9);
}

static void
test_reference_distributions(void **state)
{
	(void)state;
	/* R: pbinom(c(0, 1, 4, 9), c(5, 11, 15, 30), .5) */
	static const struct {
		size_t k, n;
		double p;
	} binomial[] = {{0, 5, 0.03125}, {1, 11, 0.005859375},
	    {4, 15, 0.0592346191406}, {9, 30, 0.0213869726285}};
	for (size_t i = 0; i < COUNT(binomial); i++)
		row_check("R: pbinom", "P",
		    stats_binomial_half_cdf(binomial[i].k, binomial[i].n),
		    binomial[i].p, 1e-12);
	/* R: qnorm(1 - a / 2) */
	static const double normal[][2] = {{0.5, 0.674489750196},
	    {0.1, 1.64485362695}, {0.05, 1.95996398454}, {0.01, 2.57582930355},
	    {0.001, 3.29052673149}, {0.0001, 3.89059188641}};
	for (size_t i = 0; i < COUNT(normal); i++)
		row_check("R: qnorm", "z", stats_normal_two_sided(normal[i][0]),
		    normal[i][1], 1e-9);
	/* R: qt(.975, 1:10); the first column of every table of Student's t */
	static const double t[] = {12.70620474, 4.30265273, 3.182446305,
	    2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135,
	    2.262157163, 2.228138852};
	for (size_t i = 0; i < COUNT(t); i++)
		row_check("R: qt(.975, 1:10)", "t",
		    student_quantile(0.05, i + 1), t[i], 5e-9);
	/* R: qt(.995, c(2, 5, 9, 15, 30)) */
	static const double t99[][2] = {{2, 9.924843201}, {5, 4.032142984},
	    {9, 3.249835542}, {15, 2.946712883}, {30, 2.749995654}};
	for (size_t i = 0; i < COUNT(t99); i++)
		row_check("R: qt(.995)", "t",
		    student_quantile(0.01, (size_t)t99[i][0]), t99[i][1], 5e-9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reference_signed_rank),
	    cmocka_unit_test(test_reference_signed_rank_normal),
	    cmocka_unit_test(test_reference_intervals),
	    cmocka_unit_test(test_reference_two_samples),
	    cmocka_unit_test(test_reference_median_ranks),
	    cmocka_unit_test(test_reference_sign_test),
	    cmocka_unit_test(test_reference_cliffs_delta),
	    cmocka_unit_test(test_reference_holm),
	    cmocka_unit_test(test_reference_false_discovery),
	    cmocka_unit_test(test_reference_quantiles),
	    cmocka_unit_test(test_reference_distributions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
