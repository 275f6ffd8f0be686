#include "stability.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bootstrap.h"
#include "rng.h"
#include "units.h"

/* Of each kind of failure, so many are named; the others are counted. */
#define NAMED_MOST 4

/* ---------------------------------------------------------------- tests -- */

/* A tested value, and where it is. */
typedef struct subject_s subject_t;
struct subject_s {
	size_t cell, arm;
	summary_value_t *value;
};

/* All values of primary metrics; the caller frees it. Google Benchmark's few
 * repetitions have no order worth a test. */
static subject_t *
subjects_new(const summary_t *summary, size_t *n)
{
	const dataset_t *data = summary->data;
	size_t most = data->ncells * data->narms * summary->nmetrics;
	subject_t *subjects = text_memory(most, sizeof(*subjects));
	*n = 0;
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t i = 0; i < data->cells[c].narms; i++)
			for (size_t m = 0; m < summary->nmetrics; m++) {
				size_t arm = data->cells[c].arms[i];
				summary_value_t *value =
				    &summary_row(summary, c, arm)->values[m];
				if (!value->metric->primary ||
				    value->metric->source != FROM_TIME ||
				    value->reason != NULL)
					continue;
				subjects[(*n)++] = (subject_t){c, arm, value};
			}
	return subjects;
}

/* The log ratios of an arm's blocks to the baseline's, in order of blocks.
 * logs has room for the run's blocks. Returns their number. */
static size_t
subject_ratios(const dataset_t *data, const subject_t *subject, double *logs)
{
	double *room = text_memory(2 * data->nblocks, sizeof(*room));
	double *base = room + data->nblocks;
	dataset_values(data, subject->cell, subject->arm,
	    subject->value->metric, room, NULL);
	dataset_values(data, subject->cell, data->baseline,
	    subject->value->metric, base, NULL);
	size_t n = stats_log_ratios(room, base, data->nblocks, logs);
	free(room);
	return n;
}

static uint64_t
subject_seed(const summary_t *summary, const subject_t *subject)
{
	const dataset_t *data = summary->data;
	return rng_derive((uint64_t)sample_number(data->store.plan, "seed"),
	    data->cells[subject->cell].name, subject->arm);
}

static void
subject_test(
    summary_t *summary, const subject_t *subject, dip_table_t *dips, double *x)
{
	const dataset_t *data = summary->data;
	summary_value_t *value = subject->value;
	uint64_t seed = subject_seed(summary, subject);
	size_t *blocks = text_memory(data->nsamples, sizeof(*blocks));
	size_t n = dataset_measured(
	    data, subject->cell, subject->arm, value->metric, x, blocks, NULL);
	free(blocks);
	value->drift = drift_test(x, n, seed);
	if (n >= DIP_VALUES_LEAST) {
		value->dip = dip(x, n);
		value->dip_p = dip_p(dips, value->dip, n);
		value->modes = dip_modes(x, n);
	}
	if (isfinite(value->ratio.estimate))
		value->ratio_drift =
		    drift_test(x, subject_ratios(data, subject, x), seed);
}

/* Where the p of a value are. */
#define TESTS 5

static void
tests_of(summary_value_t *value, double *p[TESTS])
{
	p[0] = &value->drift.trend_p;
	p[1] = &value->drift.lag1_p;
	p[2] = &value->dip_p;
	p[3] = &value->ratio_drift.trend_p;
	p[4] = &value->ratio_drift.lag1_p;
}

static void
subjects_correct(summary_t *summary, const subject_t *subjects, size_t n)
{
	double **where = text_memory(TESTS * n, sizeof(*where));
	double *p = text_memory(TESTS * n, sizeof(*p));
	size_t tests = 0;
	for (size_t i = 0; i < n; i++) {
		double *of_value[TESTS];
		tests_of(subjects[i].value, of_value);
		for (size_t k = 0; k < TESTS; k++)
			if (isfinite(*of_value[k])) {
				where[tests] = of_value[k];
				p[tests++] = *of_value[k];
			}
	}
	stats_false_discovery(p, tests, p);
	for (size_t i = 0; i < tests; i++)
		*where[i] = p[i];
	summary->stability_tests = tests;
	free(p);
	free(where);
}

void
stability_init(summary_t *summary)
{
	const dataset_t *data = summary->data;
	size_t n;
	subject_t *subjects = subjects_new(summary, &n);
	double *x = text_memory(data->nsamples + data->nblocks, sizeof(*x));
	dip_table_t dips;
	dip_table_init(&dips);
	for (size_t i = 0; i < n; i++)
		subject_test(summary, &subjects[i], &dips, x);
	dip_table_release(&dips);
	subjects_correct(summary, subjects, n);
	free(x);
	free(subjects);
}

/* ---------------------------------------------------------------- words -- */

/* A kind of failure: which p says it, and what is said of one that failed.
 * told: the caller frees it. */
typedef struct failure_kind_s failure_kind_t;
struct failure_kind_s {
	double (*p)(const summary_value_t *value);
	char *(*tell)(const summary_t *summary, const subject_t *subject);
	const char *before, *after;
};

static double
trend_p(const summary_value_t *value)
{
	return value->drift.trend_p;
}

static double
lag1_p(const summary_value_t *value)
{
	return value->drift.lag1_p;
}

static double
modes_p(const summary_value_t *value)
{
	return value->dip_p;
}

/* One test suffices to doubt the interval of a ratio. */
static double
ratio_p(const summary_value_t *value)
{
	return fmin(value->ratio_drift.trend_p, value->ratio_drift.lag1_p);
}

static char *
trend_tell(const summary_t *summary, const subject_t *subject)
{
	const summary_value_t *value = subject->value;
	(void)summary;
	return text_format(
	    "by %+.1f %%", 100 * value->drift.change / value->middle.estimate);
}

static char *
lag1_tell(const summary_t *summary, const subject_t *subject)
{
	(void)summary;
	return text_format("%.2f", subject->value->drift.lag1);
}

static char *
modes_tell(const summary_t *summary, const subject_t *subject)
{
	const summary_value_t *value = subject->value;
	char text[2][UNITS_MAX];
	(void)summary;
	for (size_t k = 0; k < 2; k++)
		unit_format(
		    text[k], value->modes.median[k], value->metric->unit);
	return text_format("%zu samples about %s, %zu about %s",
	    value->modes.n[0], text[0], value->modes.n[1], text[1]);
}

static char *
ratio_tell(const summary_t *summary, const subject_t *subject)
{
	const dataset_t *data = summary->data;
	char text[4][UNITS_MAX];
	double *logs = text_memory(data->nblocks, sizeof(*logs));
	size_t n = subject_ratios(data, subject, logs);
	stats_interval_t moving = bootstrap_median(logs, n,
	    summary_rule(summary, subject->cell).confidence,
	    subject_seed(summary, subject));
	free(logs);
	const stats_interval_t *plain = &subject->value->ratio;
	if (!isfinite(moving.lo))
		return text_format("[%s, %s]", ratio_format(text[0], plain->lo),
		    ratio_format(text[1], plain->hi));
	return text_format("[%s, %s], by moving blocks [%s, %s]",
	    ratio_format(text[0], plain->lo), ratio_format(text[1], plain->hi),
	    ratio_format(text[2], exp(moving.lo)),
	    ratio_format(text[3], exp(moving.hi)));
}

static const failure_kind_t kinds[] = {
    {trend_p, trend_tell, "Drifted over the run (Mann-Kendall): ",
	". The blocks of all arms drift together; ratios are paired within "
	"them and keep, unless named below."},
    {lag1_p, lag1_tell,
	"Samples are like the one before (lag-1 autocorrelation): ",
	". Medians of these are less sure than their intervals say; ratios "
	"are paired within blocks and keep, unless named below."},
    {modes_p, modes_tell, "Two modes (Hartigan's dip): ",
	". A median between modes is of neither: placement of memory, clock "
	"frequency or a neighbour may have two states."},
    {ratio_p, ratio_tell,
	"Ratios to the baseline drift or are like the one before: ",
	". Their intervals and verdicts take blocks for independent: believe "
	"the wider interval, or measure again."},
};

/* The failures of a kind, the least p first. */
static size_t
failures_find(const failure_kind_t *kind, const subject_t *subjects, size_t n,
    const subject_t **failed)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		double p = kind->p(subjects[i].value);
		if (!(p <= STABILITY_LEVEL))
			continue;
		size_t at = count++;
		for (; at > 0 && kind->p(failed[at - 1]->value) > p; at--)
			failed[at] = failed[at - 1];
		failed[at] = &subjects[i];
	}
	return count;
}

static void
failures_note(words_t *notes, const summary_t *summary,
    const failure_kind_t *kind, const subject_t *const *failed, size_t count)
{
	const dataset_t *data = summary->data;
	char *line = text_copy(kind->before);
	for (size_t i = 0; i < count && i < NAMED_MOST; i++) {
		char *told = kind->tell(summary, failed[i]);
		text_assign(&line, "%s%s%s of %s in %s (%s, p %.2g)", line,
		    i > 0 ? "; " : "", failed[i]->value->metric->title,
		    data->arms[failed[i]->arm].name,
		    data->cells[failed[i]->cell].name, told,
		    kind->p(failed[i]->value));
		free(told);
	}
	if (count > NAMED_MOST)
		text_assign(&line, "%s; and %zu more (summary.csv)", line,
		    count - NAMED_MOST);
	words_add(notes, "%s%s", line, kind->after);
	free(line);
}

/* Median autocorrelation of values, and of their ratios. */
static void
typical_note(words_t *notes, const summary_t *summary,
    const subject_t *subjects, size_t n)
{
	double *lags = text_memory(2 * n, sizeof(*lags));
	double *ratios = lags + n;
	size_t values = 0;
	size_t compared = 0;
	size_t modes = 0;
	for (size_t i = 0; i < n; i++) {
		const summary_value_t *v = subjects[i].value;
		modes += isfinite(v->dip_p);
		if (isfinite(v->drift.lag1))
			lags[values++] = v->drift.lag1;
		if (isfinite(v->ratio_drift.lag1))
			ratios[compared++] = v->ratio_drift.lag1;
	}
	if (summary->stability_tests == 0)
		words_add(notes,
		    "Drift, autocorrelation and modes are not tested: that "
		    "takes %d samples of a cell and arm.",
		    DRIFT_VALUES_LEAST);
	else
		words_add(notes,
		    "%zu values of primary metrics were tested for drift and "
		    "lag-1 autocorrelation, %zu for two modes, %zu ratios for "
		    "drift and autocorrelation; p are corrected over all %zu "
		    "tests (Benjamini-Hochberg). What fails is named here. "
		    "Median autocorrelation: %.2f of values, %.2f of ratios.",
		    values, modes, compared, summary->stability_tests,
		    values > 0 ? stats_median(lags, values) : 0,
		    compared > 0 ? stats_median(ratios, compared) : 0);
	free(lags);
}

void
stability_notes(words_t *notes, const summary_t *summary)
{
	size_t n;
	subject_t *subjects = subjects_new(summary, &n);
	const subject_t **failed = text_memory(n, sizeof(*failed));
	typical_note(notes, summary, subjects, n);
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		size_t count = failures_find(&kinds[k], subjects, n, failed);
		if (count > 0)
			failures_note(notes, summary, &kinds[k], failed, count);
	}
	free(failed);
	free(subjects);
}
