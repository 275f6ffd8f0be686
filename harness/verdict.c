#include "verdict.h"

#include <math.h>

const verdict_rule_t verdict_rule_default = {0.015, 0.95};

static const char *const words[VERDICT_KINDS][VERDICT_SUBJECTS] = {
    [VERDICT_BETTER] = {"faster", "smaller", "fewer", "lower", "higher"},
    [VERDICT_WORSE] = {"slower", "larger", "more", "higher", "lower"},
    [VERDICT_EQUIVALENT] = {"equivalent", "equivalent", "equivalent",
	"equivalent", "equivalent"},
    [VERDICT_UNDECIDED] = {"undecided", "undecided", "undecided", "undecided",
	"undecided"},
};

const char *
verdict_word(verdict_kind_t kind, verdict_subject_t subject)
{
	return words[kind][subject];
}

/*
 * Blocks for which the interval's half width falls below `room`: the standard
 * error of a median is sqrt(pi / 2) * sigma / sqrt(n), with sigma taken from
 * the MAD, so that one wild block does not decide the plan.
 */
static double
blocks_for(double z, double sigma, double room)
{
	if (room <= 0)
		return INFINITY;
	double root = z * sqrt(M_PI / 2) * sigma / room;
	return ceil(root * root);
}

/* Blocks of one sign that reach this p: 2 * 2^-n <= p. */
static double
blocks_of_one_sign(double p)
{
	return ceil(1 - log2(p));
}

static unsigned
blocks_more(const verdict_rule_t *rule, const double *log_ratio, size_t n,
    double median, size_t family)
{
	double alpha = 1 - rule->confidence;
	double each = alpha / (double)(family > 0 ? family : 1);
	double sigma = 1.4826 * stats_mad(log_ratio, n);
	double apart =
	    blocks_for(stats_normal_two_sided(each), sigma, fabs(median));
	apart = fmax(apart, blocks_of_one_sign(each));
	double same = blocks_for(stats_normal_two_sided(alpha), sigma,
	    log1p(rule->delta) - fabs(median));
	same = fmax(same, blocks_of_one_sign(alpha));
	double all = fmin(median != 0 ? apart : INFINITY, same);
	/* An estimate that says "enough already" was too low: add a quarter. */
	double more = fmax(all - (double)n, ceil((double)n / 4));
	return more < 1                    ? 1
	       : more < VERDICT_BLOCKS_MAX ? (unsigned)more
					   : VERDICT_BLOCKS_MAX;
}

verdict_t
verdict_judge(const verdict_rule_t *rule, const double *log_ratio, size_t n,
    const stats_interval_t *interval, double p, size_t family)
{
	double region = log1p(rule->delta);
	if (n == 0)
		return (verdict_t){VERDICT_UNDECIDED,
		    (unsigned)blocks_of_one_sign(1 - rule->confidence)};
	if (interval->confidence >= rule->confidence) {
		if (interval->lo > -region && interval->hi < region)
			return (verdict_t){VERDICT_EQUIVALENT, 0};
		if (p <= 1 - rule->confidence && interval->hi < 0)
			return (verdict_t){VERDICT_BETTER, 0};
		if (p <= 1 - rule->confidence && interval->lo > 0)
			return (verdict_t){VERDICT_WORSE, 0};
	}
	return (verdict_t){VERDICT_UNDECIDED,
	    blocks_more(rule, log_ratio, n, interval->estimate, family)};
}
