/*
 * Hartigan's dip: how far a sample is from having one mode.
 *
 * The dip is the greatest distance between the empirical distribution and the
 * unimodal distribution that is nearest to it (J. A. Hartigan and P. M.
 * Hartigan, The Dip Test of Unimodality, Annals of Statistics 13, 1985). A
 * run time with two modes, as two placements of memory or two clock
 * frequencies give, has a median that is of neither.
 *
 * p is the share of uniform samples of the same size with a dip at least as
 * great: of all unimodal distributions the uniform's is asymptotically the
 * greatest.
 */
#ifndef EBB_HARNESS_DIP_H
#define EBB_HARNESS_DIP_H

#include <stddef.h>

/* Fewer values have no two modes worth the name. */
#define DIP_VALUES_LEAST 6

/* Uniform samples drawn for a size: the least p is 1 in this. */
#define DIP_DRAWS 20000

/* The dip of n values in any order; NaN for none. At least 1 / (2n). */
double dip(const double *x, size_t n);

/* Sorted dips of uniform samples, by size: what p is read from. */
typedef struct dip_table_s dip_table_t;
struct dip_table_s {
	struct dip_size_s {
		size_t n;
		double *dips;
	} * sizes;
	size_t nsizes;
};

/* An empty table; sizes are drawn when asked for, always the same. */
void dip_table_init(dip_table_t *table);
void dip_table_release(dip_table_t *table);

/*
 * p of "one mode" for a dip of n values. Beyond 100 values by the dip of 100
 * with the same sqrt(n) * dip, which hardly depends on n.
 */
double dip_p(dip_table_t *table, double dip, size_t n);

/* The two heaps that a sample falls into at its widest gap. */
typedef struct dip_modes_s dip_modes_t;
struct dip_modes_s {
	size_t n[2];      /* values below the gap, and above */
	double median[2]; /* of these */
};

/* n >= 2 values in any order. The gap leaves two values at each side when
 * there are four or more. */
dip_modes_t dip_modes(const double *x, size_t n);

#endif
