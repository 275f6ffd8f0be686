#include "hist.h"

#include <math.h>
#include <string.h>

void
hist_init(hist_t *h)
{
	memset(h, 0, sizeof(*h));
	h->min = UINT64_MAX;
}

/* log2 of the width of a bucket. */
static unsigned
hist_bucket_shift(size_t index)
{
	size_t doubling = index >> HIST_LG_SUB;
	return doubling > 1 ? (unsigned)doubling - 1 : 0;
}

uint64_t
hist_bucket_low(size_t index)
{
	unsigned shift = hist_bucket_shift(index);
	return ((uint64_t)index - (uint64_t)shift * HIST_SUB) << shift;
}

uint64_t
hist_bucket_mid(size_t index)
{
	unsigned shift = hist_bucket_shift(index);
	return hist_bucket_low(index) + (((uint64_t)1 << shift) >> 1);
}

bool
hist_record_bucket(hist_t *h, size_t index, uint64_t n)
{
	if (index >= HIST_BUCKETS)
		return false;
	if (n == 0)
		return true;
	uint64_t mid = hist_bucket_mid(index);
	h->count += n;
	h->sum += (double)mid * (double)n;
	if (mid < h->min)
		h->min = mid;
	if (mid > h->max)
		h->max = mid;
	h->bucket[index] += n;
	return true;
}

void
hist_merge(hist_t *h, const hist_t *from)
{
	h->count += from->count;
	h->sum += from->sum;
	if (from->min < h->min)
		h->min = from->min;
	if (from->max > h->max)
		h->max = from->max;
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		h->bucket[i] += from->bucket[i];
}

uint64_t
hist_quantile(const hist_t *h, double q)
{
	if (h->count == 0)
		return 0;
	if (q <= 0)
		return h->min;
	if (q >= 1)
		return h->max;
	double rank = ceil(q * (double)h->count);
	uint64_t need = rank < 1 ? 1 : (uint64_t)rank;
	uint64_t seen = 0;
	size_t i = 0;
	for (; i < HIST_BUCKETS - 1; i++) {
		seen += h->bucket[i];
		if (seen >= need)
			break;
	}
	uint64_t value = hist_bucket_mid(i);
	if (value < h->min)
		return h->min;
	return value > h->max ? h->max : value;
}

bool
hist_quantile_supported(const hist_t *h, double q)
{
	/* 1 - 0.9 is a little less than 0.1: do not ask for the 101st. */
	return (double)h->count * (1 - q) >= 10 * (1 - 1e-9);
}

double
hist_mean(const hist_t *h)
{
	return h->count == 0 ? 0 : h->sum / (double)h->count;
}
