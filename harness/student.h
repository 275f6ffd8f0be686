/*
 * Student's t distribution with whole degrees of freedom, by its finite sums
 * (Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.3 and
 * 26.7.4). Pure; harness/test/stats_two.c compares it with published tables.
 */
#ifndef EBB_HARNESS_STUDENT_H
#define EBB_HARNESS_STUDENT_H

#include <stddef.h>

/* P(|T| > |t|) for T with df >= 1 degrees of freedom; NaN for a NaN. A
 * probability below 1e-15 reads as 0 or that much. */
double student_two_sided(double t, size_t df);

/* t with P(|T| > t) = alpha, 0 < alpha < 1. */
double student_quantile(double alpha, size_t df);

#endif
