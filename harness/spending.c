#include "spending.h"

#include <math.h>

double
spending_total(double alpha, double t)
{
	return alpha * log1p((M_E - 1) * t);
}

double
spending_between(double alpha, double before, double after)
{
	return spending_total(alpha, after) - spending_total(alpha, before);
}
