#include "student.h"

#include <math.h>

/*
 * The sums' common part: 1 + a/b * c + a/b * (a+2)/(b+2) * c^2 + ..., with
 * that many terms in all.
 */
static double
series_sum(double a, double b, double c, size_t terms)
{
	double sum = 0;
	double term = 1;
	for (size_t i = 0; i < terms; i++) {
		sum += term;
		term *= (a + 2 * (double)i) / (b + 2 * (double)i) * c;
	}
	return sum;
}

double
student_two_sided(double t, size_t df)
{
	if (isnan(t))
		return NAN;
	if (isinf(t))
		return 0;
	double theta = atan(fabs(t) / sqrt((double)df));
	double cosine = cos(theta);
	double square = cosine * cosine;
	double within; /* P(|T| <= |t|) */
	if (df % 2 == 0)
		within = sin(theta) * series_sum(1, 2, square, df / 2);
	else
		within = M_2_PI *
			 (theta + sin(theta) * cosine *
				      series_sum(2, 3, square, (df - 1) / 2));
	return within < 1 ? 1 - within : 0;
}

double
student_quantile(double alpha, size_t df)
{
	double lo = 0;
	double hi = 1;
	while (student_two_sided(hi, df) > alpha)
		hi *= 2;
	for (int i = 0; i < 100; i++) {
		double middle = (lo + hi) / 2;
		if (student_two_sided(middle, df) > alpha)
			lo = middle;
		else
			hi = middle;
	}
	return (lo + hi) / 2;
}
