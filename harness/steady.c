#include "steady.h"

#include <math.h>
#include <stdlib.h>

#include "stats.h"
#include "text.h"

const char *const steady_names[STEADY_KINDS] = {
    [STEADY_FLAT] = "flat",
    [STEADY_WARM_UP] = "warm-up",
    [STEADY_SLOWDOWN] = "slowdown",
    [STEADY_NONE] = "no steady state",
    [STEADY_SHORT] = "too short to say",
};

/*
 * What a further segment must save, in units of log n. Barrett et al. take 15
 * for changes of mean and variance, as rates of neighbouring spans are not
 * independent; with it, white noise is split in less than one process of a
 * thousand, and heavy-tailed noise in one of eighty (harness/test/steady.c).
 */
#define PENALTY 15
/* A segment has at least so many spans. */
#define SEGMENT_LEAST 3
/* Readings in a span, at least. */
#define SPAN_READINGS 3

/* ------------------------------------------------------------- segments -- */

/*
 * The noise of x: from differences three apart, as nearer ones share readings
 * where rates are smoothed; a change of level is in three of them. 0 when most
 * are equal.
 */
static double
noise_of(const double *x, size_t n)
{
	double *step = text_memory(n, sizeof(*step));
	for (size_t i = 0; i + 3 < n; i++)
		step[i] = fabs(x[i + 3] - x[i]);
	/* The MAD of a normal is 0.6745 sigma; a difference has two of it. */
	double sigma = stats_median(step, n - 3) / (0.6745 * M_SQRT2);
	free(step);
	return sigma;
}

/* Sums of x and of its squares up to an index. */
typedef struct sums_s sums_t;
struct sums_s {
	double *x, *squares;
};

/* Squared distances of x[from..to) from their mean. */
static double
segment_cost(const sums_t *sums, size_t from, size_t to)
{
	double sum = sums->x[to] - sums->x[from];
	double squares = sums->squares[to] - sums->squares[from];
	return fmax(squares - sum * sum / (double)(to - from), 0);
}

/*
 * PELT: best[t] is the least cost of x[0..t); a beginning that is worse than
 * best[t] even without a penalty can never become the best again.
 */
static void
pelt(const sums_t *sums, size_t n, double penalty, double *best, size_t *from)
{
	size_t *open = text_memory(n + 1, sizeof(*open));
	size_t nopen = 0;
	best[0] = -penalty;
	for (size_t t = 1; t <= n; t++) {
		best[t] = INFINITY;
		if (t >= SEGMENT_LEAST)
			open[nopen++] = t - SEGMENT_LEAST;
		for (size_t k = 0; k < nopen; k++) {
			double cost = best[open[k]] +
				      segment_cost(sums, open[k], t) + penalty;
			if (cost < best[t]) {
				best[t] = cost;
				from[t] = open[k];
			}
		}
		size_t kept = 0;
		for (size_t k = 0; k < nopen; k++)
			if (!(best[open[k]] + segment_cost(sums, open[k], t) >
				best[t]))
				open[kept++] = open[k];
		nopen = kept;
	}
	free(open);
}

size_t
steady_segments(const double *x, size_t n, size_t *ends)
{
	if (n < 2 * SEGMENT_LEAST) {
		ends[0] = n;
		return n > 0;
	}
	double *room = text_memory(3 * (n + 1), sizeof(*room));
	size_t *from = text_memory(n + 1, sizeof(*from));
	sums_t sums = {room, room + n + 1};
	double *best = room + 2 * (n + 1);
	double level = stats_median(x, n);
	/* Noise below a thousandth is none: without it, equal rates would be
	 * split at the last digit. */
	double sigma = fmax(noise_of(x, n), 1e-3 * fabs(level) + 1e-300);
	for (size_t i = 0; i < n; i++) {
		double z = (x[i] - level) / sigma;
		sums.x[i + 1] = sums.x[i] + z;
		sums.squares[i + 1] = sums.squares[i] + z * z;
	}
	pelt(&sums, n, PENALTY * log((double)n), best, from);
	size_t count = 0;
	for (size_t t = n; t > 0; t = from[t])
		ends[count++] = t;
	for (size_t i = 0; i < count / 2; i++) {
		size_t swap = ends[i];
		ends[i] = ends[count - 1 - i];
		ends[count - 1 - i] = swap;
	}
	free(from);
	free(room);
	return count;
}

/* ------------------------------------------------------- classification -- */

static double
mean_of(const double *x, size_t from, size_t to)
{
	double sum = 0;
	for (size_t i = from; i < to; i++)
		sum += x[i];
	return sum / (double)(to - from);
}

static bool
are_alike(double a, double b)
{
	return fabs(a - b) <= STEADY_ALIKE * fmax(fabs(a), fabs(b));
}

/* Joins neighbouring segments whose means are alike, from the end, where the
 * steady state is looked for. Returns how many are left. */
static size_t
segments_join(const double *x, size_t *ends, size_t count)
{
	for (size_t i = count; i-- > 1;) {
		size_t begin = i > 1 ? ends[i - 2] : 0;
		if (!are_alike(mean_of(x, begin, ends[i - 1]),
			mean_of(x, ends[i - 1], ends[i])))
			continue;
		for (size_t k = i - 1; k + 1 < count; k++)
			ends[k] = ends[k + 1];
		count--;
		if (i < count)
			i++; /* the joined one may be like the next */
	}
	return count;
}

steady_t
steady_classify(const double *rates, size_t n)
{
	steady_t out = {STEADY_SHORT, 0, 0, {NAN, NAN}};
	if (n < STEADY_RATES_LEAST)
		return out;
	size_t *ends = text_memory(n, sizeof(*ends));
	size_t count = steady_segments(rates, n, ends);
	count = segments_join(rates, ends, count);
	size_t begin = count > 1 ? ends[count - 2] : 0;
	double last = mean_of(rates, begin, n);
	double most = last;
	for (size_t i = 0; i + 1 < count; i++)
		most = fmax(
		    most, mean_of(rates, i > 0 ? ends[i - 1] : 0, ends[i]));
	out.segments = count;
	out.begins = (double)begin / (double)n;
	out.rates[0] = mean_of(rates, 0, ends[0]);
	out.rates[1] = last;
	if (count == 1)
		out.kind = STEADY_FLAT;
	else if ((double)(n - begin) < STEADY_LASTS * (double)n)
		out.kind = STEADY_NONE;
	else
		out.kind =
		    are_alike(last, most) ? STEADY_WARM_UP : STEADY_SLOWDOWN;
	free(ends);
	return out;
}

/* ---------------------------------------------------------------- rates -- */

/* The rates between neighbouring readings. Returns their number. */
static size_t
step_rates(const double *t_s, const double *counter, size_t n, double *steps)
{
	size_t count = 0;
	for (size_t i = 0; i + 1 < n; i++)
		if (t_s[i + 1] > t_s[i])
			steps[count++] = (counter[i + 1] - counter[i]) /
					 (t_s[i + 1] - t_s[i]);
	return count;
}

size_t
steady_rates(const double *t_s, const double *counter, size_t n, double *rates,
    size_t most)
{
	double *steps = text_memory(n, sizeof(*steps));
	size_t count = step_rates(t_s, counter, n, steps);
	size_t spans = 0;
	size_t length = (count + most - 1) / most;
	if (length < SPAN_READINGS)
		length = SPAN_READINGS;
	/* Spans that overlap when there are too few for spans apart. */
	size_t stride =
	    count >= SPAN_READINGS * STEADY_RATES_LEAST ? length : 1;
	for (size_t i = 0; i + length <= count; i += stride)
		rates[spans++] = stats_median(&steps[i], length);
	free(steps);
	return spans;
}
