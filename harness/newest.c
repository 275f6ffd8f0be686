#include "newest.h"

#include <math.h>
#include <stdlib.h>

#include "student.h"
#include "text.h"

/* Mean and standard deviation of the values of runs from..last but one. */
typedef struct others_s others_t;
struct others_s {
	size_t n;
	double mean, sd;
};

static others_t
others_of(const double *x, size_t from, size_t nruns, size_t but, double floor)
{
	others_t others = {0};
	double sum = 0;
	for (size_t r = from; r < nruns; r++)
		if (r != but && isfinite(x[r])) {
			sum += x[r];
			others.n++;
		}
	if (others.n < 2)
		return others;
	others.mean = sum / (double)others.n;
	double squares = 0;
	for (size_t r = from; r < nruns; r++)
		if (r != but && isfinite(x[r]))
			squares += pow(x[r] - others.mean, 2);
	others.sd = fmax(sqrt(squares / (double)(others.n - 1)), floor);
	return others;
}

/* The standard error of a new value's distance from their mean. */
static double
others_error(const others_t *others)
{
	return others->sd * sqrt(1 + 1 / (double)others->n);
}

/* p of "the value in run `run` is one of the others". */
static double
stands_out(const double *x, size_t from, size_t nruns, size_t run, double floor)
{
	others_t others = others_of(x, from, nruns, run, floor);
	if (others.n < NEWEST_LEAST || !isfinite(x[run]))
		return NAN;
	double away = x[run] - others.mean;
	if (away == 0)
		return 1;
	return student_two_sided(away / others_error(&others), others.n - 1);
}

/* The smallest p of any series in any run before the newest. */
static double
oddest_before(
    const change_history_t *history, const size_t *from, const double *floor)
{
	double least = 1;
	for (size_t s = 0; s < history->nseries; s++)
		for (size_t r = from[s]; r + 1 < history->nruns; r++) {
			double p = stands_out(history->x + s * history->nruns,
			    from[s], history->nruns, r, floor[s]);
			if (p < least)
				least = p;
		}
	return least;
}

static newest_t
judge_series(
    const double *x, size_t from, size_t nruns, double floor, double confidence)
{
	newest_t out = {.shift = {NAN, NAN, NAN, 0}, .p = NAN, .p_holm = NAN};
	size_t newest = nruns - 1;
	others_t others = others_of(x, from, nruns, newest, floor);
	out.p = stands_out(x, from, nruns, newest, floor);
	if (isnan(out.p))
		return out;
	double half = student_quantile(1 - confidence, others.n - 1) *
		      others_error(&others);
	double away = x[newest] - others.mean;
	out.n = others.n;
	out.shift =
	    (stats_interval_t){away, away - half, away + half, confidence};
	return out;
}

size_t
newest_judge(const change_history_t *history, const size_t *from,
    const double *floor, double confidence, newest_t *out)
{
	size_t n = 0;
	double *p = text_memory(history->nseries, sizeof(*p));
	double before = oddest_before(history, from, floor);
	for (size_t s = 0; s < history->nseries; s++) {
		out[s] = judge_series(history->x + s * history->nruns, from[s],
		    history->nruns, floor[s], confidence);
		out[s].oddest = out[s].n > 0 && out[s].p < before;
		if (out[s].n > 0)
			p[n++] = out[s].p;
	}
	stats_holm(p, n, p);
	for (size_t s = 0, k = 0; s < history->nseries; s++)
		if (out[s].n > 0)
			out[s].p_holm = p[k++];
	free(p);
	return n;
}
