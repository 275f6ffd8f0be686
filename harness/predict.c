#include "predict.h"

#include <math.h>

double
predict_ratio_onset(int m)
{
	return 1 / (exp2(m) + 1);
}

double
predict_ratio_share(double f, int m)
{
	return predict_ratio_pages(1 - f, f, m, 0);
}

double
predict_ratio_pages(
    double base_pages, double transient_pages, int m, double floor_pages)
{
	double limit = fmax(base_pages / exp2(m), floor_pages);
	return fmax(0, 1 - limit / transient_pages);
}

double
predict_decay_left(double x)
{
	if (x <= 0)
		return 1;
	return x >= 1 ? 0 : 1 - x * x * x * (6 * x * x - 15 * x + 10);
}

/*
 * At the end of a trough the transients of this cycle are a trough old, those
 * of the cycle before a period older, and so on. All of these batches are
 * remembered, although they are the same pages: so short a cycle gives back
 * nothing, and the share is not the first term alone.
 */
double
predict_decay_share(double period, double duty, double decay)
{
	double left = 0;
	for (double age = period * (1 - duty); age < decay && left < 1;
	     age += period)
		left += predict_decay_left(age / decay);
	return fmax(0, 1 - left);
}
