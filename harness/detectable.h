/*
 * What a comparison of so many blocks can find: the power of the exact sign
 * test on paired log ratios that are normal with a given deviation.
 *
 * Pure. alpha is the level of the two-sided test after every correction.
 */
#ifndef EBB_HARNESS_DETECTABLE_H
#define EBB_HARNESS_DETECTABLE_H

/* How sure "can find" is. */
#define DETECTABLE_POWER 0.8

/* The probability that n blocks find an effect (a log ratio) when the paired
 * log ratios deviate by sd around it. */
double
detectable_power(double sd, double effect, unsigned blocks, double alpha);

/*
 * The smallest log ratio that so many blocks find with DETECTABLE_POWER.
 * INFINITY when no effect is large enough: too few blocks for this alpha.
 */
double detectable_effect(double sd, unsigned blocks, double alpha);

/* The least number of blocks that find the effect; 0 when most do not. */
unsigned
detectable_blocks(double sd, double effect, double alpha, unsigned most);

#endif
