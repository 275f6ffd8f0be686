#include "spending.h"

#include <math.h>

double
spending_total(double alpha, double t)
{
	return alpha * log1p((M_E - 1) * t);
}

double
spending_alpha(double alpha, unsigned look, unsigned looks)
{
	double before = (double)look / looks;
	double after = (double)(look + 1) / looks;
	return spending_total(alpha, after) - spending_total(alpha, before);
}
