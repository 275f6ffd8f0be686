/*
 * Data sets that are in print, and what R computes of them: the references
 * that the statistics are compared with. R is version 4.2.2, its packages
 * exactRankTests 0.8-35 and diptest 0.76-0; nothing of R is needed to run a
 * test.
 *
 *  depression, term, weeks   Hollander & Wolfe, Nonparametric Statistical
 *      Methods (1973), p. 29 and p. 68; R's ?wilcox.test
 *  reaction    R package BSDA, ?SIGN.test
 *  sleep       Student, The Probable Error of a Mean (1908); R's ?sleep,
 *      differences of the two drugs
 *  shoes       Box, Hunter & Hunter, Statistics for Experimenters (1978),
 *      p. 100: wear of materials A - B
 *  darwin      Fisher, The Design of Experiments (1935), III: Darwin's
 *      maize, crossed - self-fertilised
 *  nhtemp      R's ?nhtemp: yearly temperature of New Haven, 1912-1971
 *  huron       R's ?LakeHuron: level in feet, its first twenty years
 *  statfaculty Hartigan & Hartigan (1985): ratings of statisticians; R's
 *      ?diptest::statfaculty
 */
#ifndef EBB_HARNESS_TEST_REFERENCE_H
#define EBB_HARNESS_TEST_REFERENCE_H

static const double depression[] = {1.83 - 0.878, 0.50 - 0.647, 1.62 - 0.598,
    2.48 - 2.05, 1.68 - 1.06, 1.88 - 1.29, 1.55 - 1.06, 3.06 - 3.14,
    1.30 - 1.29};
static const double term[] = {
    0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double weeks[] = {1.15, 0.88, 0.90, 0.74, 1.21};
static const double reaction[] = {
    7.8, 6.6, 6.5, 7.4, 7.3, 7.0, 6.4, 7.1, 6.7, 7.6, 6.8};
/* Tenths, as whole numbers: differences that are equal are equal here. */
static const double sleep_tenths[] = {
    -12, -24, -13, -13, 0, -10, -18, -8, -46, -14};
static const double shoes_tenths[] = {-8, -6, -3, 1, -11, 2, -3, -5, -5, -3};
static const double darwin[] = {
    49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
static const double nhtemp[] = {49.9, 52.3, 49.4, 51.1, 49.4, 47.9, 49.8, 50.9,
    49.3, 51.9, 50.8, 49.6, 49.3, 50.6, 48.4, 50.7, 50.9, 50.6, 51.5, 52.8,
    51.8, 51.1, 49.8, 50.2, 50.4, 51.6, 51.8, 50.9, 48.8, 51.7, 51.0, 50.6,
    51.7, 51.5, 52.1, 51.3, 51.0, 54.0, 51.4, 52.7, 53.1, 54.6, 52.0, 52.0,
    50.9, 52.6, 50.2, 52.6, 51.6, 51.9, 50.5, 50.9, 51.7, 51.4, 51.7, 50.8,
    51.9, 51.8, 51.9, 53.0};
static const double huron[] = {580.38, 581.86, 580.97, 580.80, 579.79, 580.39,
    580.42, 580.82, 581.40, 581.32, 581.44, 581.68, 581.17, 580.53, 580.01,
    579.91, 579.14, 579.16, 579.55, 579.67};
static const double statfaculty[] = {30, 33, 35, 36, 37, 37, 39, 39, 39, 39, 39,
    40, 40, 40, 40, 41, 42, 43, 43, 43, 44, 44, 45, 45, 46, 46, 47, 47, 48, 48,
    48, 49, 50, 50, 51, 52, 52, 53, 53, 53, 53, 53, 54, 54, 57, 57, 59, 60, 60,
    60, 61, 61, 61, 61, 62, 62, 62, 62, 63, 66, 70, 72, 72};

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

#endif
