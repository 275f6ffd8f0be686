#include "detectable.h"

#include <math.h>

#include "stats.h"

/* P(X <= k) for X ~ Binomial(n, p). */
static double
binomial_cdf(unsigned k, unsigned n, double p)
{
	double sum = 0, lg_n = lgamma(n + 1.0);
	if (p <= 0)
		return 1;
	for (unsigned i = 0; i <= k && i <= n; i++)
		sum += exp(lg_n - lgamma(i + 1.0) - lgamma(n - i + 1.0) +
			   i * log(p) + (n - i) * log1p(-p));
	return sum < 1 ? sum : 1;
}

double
detectable_power(double sd, double effect, unsigned blocks, double alpha)
{
	/* The most blocks that may have the other sign. */
	unsigned k = 0;
	if (blocks == 0 || 2 * stats_binomial_half_cdf(0, blocks) > alpha)
		return 0;
	while (2 * stats_binomial_half_cdf(k + 1, blocks) <= alpha)
		k++;
	double other = erfc(fabs(effect) / sd / M_SQRT2) / 2;
	return binomial_cdf(k, blocks, other);
}

double
detectable_effect(double sd, unsigned blocks, double alpha)
{
	/* 40 deviations: nothing of a normal distribution is beyond. */
	double lo = 0, hi = 40 * sd;
	if (detectable_power(sd, hi, blocks, alpha) < DETECTABLE_POWER)
		return INFINITY;
	for (int i = 0; i < 100; i++) {
		double mid = (lo + hi) / 2;
		if (detectable_power(sd, mid, blocks, alpha) < DETECTABLE_POWER)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

unsigned
detectable_blocks(double sd, double effect, double alpha, unsigned most)
{
	for (unsigned n = 1; n <= most; n++)
		if (detectable_power(sd, effect, n, alpha) >= DETECTABLE_POWER)
			return n;
	return 0;
}
