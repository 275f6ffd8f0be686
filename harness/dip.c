#include "dip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "stats.h"
#include "text.h"

/* Sizes beyond it are looked up here. */
#define SIZE_MOST 100
#define SEED UINT64_C(0x4861727469676e)

/* ------------------------------------------------------------------ dip -- */

/*
 * The steps of an empirical distribution, in counts of values: it rises from
 * below[i] to upto[i] at x[i].
 */
typedef struct steps_s steps_t;
struct steps_s {
	size_t n;
	double *x, *below, *upto;
};

static void
steps_init(steps_t *steps, const double *sorted, size_t n)
{
	*steps = (steps_t){.x = text_memory(3 * n, sizeof(*steps->x))};
	steps->below = steps->x + n;
	steps->upto = steps->below + n;
	for (size_t i = 0; i < n;) {
		size_t ties = 1;
		while (i + ties < n && sorted[i + ties] == sorted[i])
			ties++;
		steps->x[steps->n] = sorted[i];
		steps->below[steps->n] = (double)i;
		steps->upto[steps->n++] = (double)(i + ties);
		i += ties;
	}
}

/* Corners of a line that spans a stretch of the steps, and its heights. */
typedef struct hull_s hull_t;
struct hull_s {
	size_t *corner; /* indices of steps, ascending */
	size_t n;
	double *height; /* at every step of the stretch */
};

/*
 * The greatest convex minorant of y (sign 1) or the least concave majorant
 * (sign -1) over the steps lo to hi.
 */
static void
hull_span(hull_t *hull, const double *x, const double *y, size_t lo, size_t hi,
    double sign)
{
	hull->n = 0;
	for (size_t i = lo; i <= hi; i++) {
		while (hull->n >= 2) {
			size_t a = hull->corner[hull->n - 2];
			size_t b = hull->corner[hull->n - 1];
			double turn = (x[b] - x[a]) * (y[i] - y[a]) -
				      (x[i] - x[a]) * (y[b] - y[a]);
			if (sign * turn > 0)
				break;
			hull->n--;
		}
		hull->corner[hull->n++] = i;
	}
	for (size_t k = 0; k + 1 < hull->n; k++) {
		size_t a = hull->corner[k];
		size_t b = hull->corner[k + 1];
		double slope = (y[b] - y[a]) / (x[b] - x[a]);
		for (size_t i = a; i <= b; i++)
			hull->height[i] = y[a] + slope * (x[i] - x[a]);
	}
	if (hull->n == 1)
		hull->height[lo] = y[lo];
}

/*
 * The greatest distance between the two hulls, which is at a corner of one of
 * them; *left and *right become the ends of the modal interval that it
 * suggests: that corner, and the other hull's next corner on the mode's side.
 */
static double
hulls_apart(
    const hull_t *minorant, const hull_t *majorant, size_t *left, size_t *right)
{
	double most = -1;
	for (size_t k = 0; k < minorant->n; k++) {
		size_t i = minorant->corner[k];
		double apart = majorant->height[i] - minorant->height[i];
		if (apart <= most)
			continue;
		most = apart;
		*left = i;
		size_t next = 0;
		while (majorant->corner[next] < i)
			next++;
		*right = majorant->corner[next];
	}
	for (size_t k = 0; k < majorant->n; k++) {
		size_t i = majorant->corner[k];
		double apart = majorant->height[i] - minorant->height[i];
		if (apart <= most)
			continue;
		most = apart;
		*right = i;
		size_t before = minorant->n - 1;
		while (minorant->corner[before] > i)
			before--;
		*left = minorant->corner[before];
	}
	return most;
}

/* The dip in counts of values, twice. */
static double
dip_of_steps(const steps_t *steps, hull_t *minorant, hull_t *majorant)
{
	size_t lo = 0;
	size_t hi = steps->n - 1;
	double dip = 1; /* no distribution is nearer than half a step */
	for (;;) {
		size_t left = lo;
		size_t right = hi;
		hull_span(minorant, steps->x, steps->below, lo, hi, 1);
		hull_span(majorant, steps->x, steps->upto, lo, hi, -1);
		double apart = hulls_apart(minorant, majorant, &left, &right);
		if (apart <= dip)
			return dip;
		/* Outside the modal interval the distribution must be convex
		 * on the left and concave on the right: it cannot jump with
		 * equal values there. At the interval's ends it can. */
		for (size_t i = lo; i < left; i++)
			dip = fmax(dip, steps->upto[i] - minorant->height[i]);
		for (size_t i = right + 1; i <= hi; i++)
			dip = fmax(dip, majorant->height[i] - steps->below[i]);
		if (left == lo && right == hi)
			return dip;
		lo = left;
		hi = right;
	}
}

/* The dip of sorted values. */
static double
dip_sorted(const double *sorted, size_t n)
{
	steps_t steps;
	steps_init(&steps, sorted, n);
	hull_t minorant = {.corner = text_memory(n, sizeof(size_t)),
	    .height = text_memory(n, sizeof(double))};
	hull_t majorant = {.corner = text_memory(n, sizeof(size_t)),
	    .height = text_memory(n, sizeof(double))};
	double counts =
	    steps.n == 1 ? 1 : dip_of_steps(&steps, &minorant, &majorant);
	free(minorant.corner);
	free(minorant.height);
	free(majorant.corner);
	free(majorant.height);
	free(steps.x);
	return counts / (2 * (double)n);
}

double
dip(const double *x, size_t n)
{
	if (n == 0)
		return NAN;
	double *sorted = text_memory(n, sizeof(*sorted));
	memcpy(sorted, x, n * sizeof(*sorted));
	stats_sort(sorted, n);
	double value = dip_sorted(sorted, n);
	free(sorted);
	return value;
}

/* ---------------------------------------------------------------- table -- */

void
dip_table_init(dip_table_t *table)
{
	*table = (dip_table_t){0};
}

void
dip_table_release(dip_table_t *table)
{
	for (size_t i = 0; i < table->nsizes; i++)
		free(table->sizes[i].dips);
	free(table->sizes);
	*table = (dip_table_t){0};
}

/* n uniform values in ascending order: sums of exponential gaps. */
static void
uniform_sorted(rng_t *rng, double *x, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		double u = ldexp((double)(rng_next(rng) >> 11) + 0.5, -53);
		x[i] = sum -= log(u);
	}
}

static const double *
table_dips(dip_table_t *table, size_t n)
{
	for (size_t i = 0; i < table->nsizes; i++)
		if (table->sizes[i].n == n)
			return table->sizes[i].dips;
	table->sizes = reallocarray(
	    table->sizes, table->nsizes + 1, sizeof(*table->sizes));
	if (table->sizes == NULL)
		abort();
	double *dips = text_memory(DIP_DRAWS, sizeof(*dips));
	double *x = text_memory(n, sizeof(*x));
	rng_t rng;
	rng_init(&rng, SEED + n);
	for (size_t k = 0; k < DIP_DRAWS; k++) {
		uniform_sorted(&rng, x, n);
		dips[k] = dip_sorted(x, n);
	}
	free(x);
	stats_sort(dips, DIP_DRAWS);
	table->sizes[table->nsizes++] = (struct dip_size_s){n, dips};
	return dips;
}

double
dip_p(dip_table_t *table, double dip, size_t n)
{
	if (n > SIZE_MOST) {
		dip *= sqrt((double)n / SIZE_MOST);
		n = SIZE_MOST;
	}
	const double *dips = table_dips(table, n);
	size_t lo = 0;
	size_t hi = DIP_DRAWS;
	/* Equal dips, as of few values, differ in their last digit. */
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (dips[mid] < dip - 1e-12)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (double)(DIP_DRAWS - lo + 1) / (DIP_DRAWS + 1);
}

/* ---------------------------------------------------------------- modes -- */

dip_modes_t
dip_modes(const double *x, size_t n)
{
	double *sorted = text_memory(n, sizeof(*sorted));
	memcpy(sorted, x, n * sizeof(*sorted));
	stats_sort(sorted, n);
	size_t least = n >= 4 ? 2 : 1;
	size_t cut = least;
	for (size_t i = least; i + least <= n; i++)
		if (sorted[i] - sorted[i - 1] > sorted[cut] - sorted[cut - 1])
			cut = i;
	dip_modes_t modes = {{cut, n - cut},
	    {stats_median(sorted, cut), stats_median(sorted + cut, n - cut)}};
	free(sorted);
	return modes;
}
