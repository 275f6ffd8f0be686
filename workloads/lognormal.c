#include "lognormal.h"

#include <math.h>

/* The quantile of the standard normal law, by halving an interval. */
static double
normal_quantile(double q)
{
	double low = -10, high = 10;
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;
		if (0.5 * erfc(-middle * M_SQRT1_2) < q)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void
lognormal_init(lognormal_t *law, double median, double sigma, uint64_t least,
    uint64_t most)
{
	for (unsigned i = 0; i < LOGNORMAL_N; i++) {
		double z = normal_quantile((i + 0.5) / LOGNORMAL_N);
		double value = round(median * exp(sigma * z));
		value = fmax(value, (double)least);
		law->value[i] = (uint64_t)fmin(value, (double)most);
	}
}

double
lognormal_mean(const lognormal_t *law)
{
	double sum = 0;
	for (unsigned i = 0; i < LOGNORMAL_N; i++)
		sum += (double)law->value[i];
	return sum / LOGNORMAL_N;
}
