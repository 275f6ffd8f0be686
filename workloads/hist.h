/*
 * A log-linear histogram of unsigned 64-bit values (latencies in ns).
 *
 * Fixed memory inside the struct (58 KiB), so that recording never allocates:
 * 128 buckets of equal width a doubling. Values below 256 are exact; above,
 * a bucket's midpoint is within 1/256 (0.4 %) of every value in it, over the
 * whole range of the type. Histograms with the same HIST_LG_SUB merge without
 * loss: percentiles of many threads are taken from the merged histogram,
 * never averaged.
 *
 * Buckets: values below 2^7 have index = value; a value with highest bit
 * e >= 7 has index = (e - 6) * 2^7 + (value >> (e - 7)) - 2^7.
 */
#ifndef EBB_WORKLOADS_HIST_H
#define EBB_WORKLOADS_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIST_LG_SUB 7
#define HIST_SUB (1u << HIST_LG_SUB)
#define HIST_BUCKETS ((64 - HIST_LG_SUB + 1) * HIST_SUB)

typedef struct hist_s hist_t;
struct hist_s {
	uint64_t count;    /* values recorded */
	uint64_t min, max; /* exact; UINT64_MAX and 0 while count is 0 */
	double sum;        /* of the values, for the mean */
	uint64_t bucket[HIST_BUCKETS];
};

/* The bucket that holds a value, < HIST_BUCKETS. */
static inline size_t
hist_index(uint64_t value)
{
	if (value < HIST_SUB)
		return (size_t)value;
	unsigned e = 63u - (unsigned)__builtin_clzll(value);
	return (size_t)(e - HIST_LG_SUB) * HIST_SUB +
	       (size_t)(value >> (e - HIST_LG_SUB));
}

/* Makes h empty; also how a struct of any content is initialised. */
void hist_init(hist_t *h);

/* Records one value, in constant time. */
static inline void
hist_record(hist_t *h, uint64_t value)
{
	h->count++;
	h->sum += (double)value;
	if (value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	h->bucket[hist_index(value)]++;
}

/* The least value that a bucket (index < HIST_BUCKETS) holds. */
uint64_t hist_bucket_low(size_t index);

/* The value that stands for a bucket: the middle of its range. */
uint64_t hist_bucket_mid(size_t index);

/*
 * Records n values as the middle of a bucket: how a stored histogram is read
 * back. Returns false, with h as it was, when index is no bucket.
 * min and max are then those of middles: the reader who stored the exact ones
 * sets them afterwards.
 */
bool hist_record_bucket(hist_t *h, size_t index, uint64_t n);

/* Adds everything recorded in from to h. */
void hist_merge(hist_t *h, const hist_t *from);

/*
 * The q-quantile (0 <= q <= 1): the least recorded value that at least
 * ceil(q * count) values do not exceed, within the bucket's error and never
 * outside [min, max]; q = 0 is min, q = 1 is max, both exact. 0 when empty.
 */
uint64_t hist_quantile(const hist_t *h, double q);

/*
 * The rule of honesty: true when enough values were recorded for this
 * quantile, that is count >= 10 / (1 - q). Otherwise show nothing.
 */
bool hist_quantile_supported(const hist_t *h, double q);

/* The mean of the values, 0 when empty. */
double hist_mean(const hist_t *h);

#endif
