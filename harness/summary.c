#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "percentile.h"
#include "stability.h"

static const stats_interval_t no_interval = {NAN, NAN, NAN, 0};
static const drift_t drift_none = {NAN, NAN, NAN, NAN, NAN};

summary_row_t *
summary_row(const summary_t *summary, size_t cell, size_t arm)
{
	return &summary->rows[cell * summary->data->narms + arm];
}

const summary_value_t *
summary_value(const summary_t *summary, size_t cell, size_t arm, size_t m)
{
	return &summary_row(summary, cell, arm)->values[m];
}

verdict_rule_t
summary_rule(const summary_t *summary, size_t cell)
{
	const looks_t *looks = &summary->data->cells[cell].looks;
	verdict_rule_t rule = summary->rule;
	if (looks->n > 0)
		rule.confidence =
		    1 - looks_level(looks, 1 - rule.confidence,
			    dataset_cell_blocks(summary->data, cell));
	return rule;
}

const summary_value_t *
summary_find(
    const summary_t *summary, size_t cell, size_t arm, const char *name)
{
	for (size_t m = 0; m < summary->nmetrics; m++)
		if (strcmp(summary->metrics[m].name, name) == 0)
			return summary_value(summary, cell, arm, m);
	return NULL;
}

/* ------------------------------------------------------------ failures -- */

static const struct {
	const char *status, *words;
} status_words[] = {
    {"crash", "crashed"},
    {"timeout", "ran out of time"},
    {"wrong-allocator", "did not run the arm's allocator"},
    {"check-failed", "damaged the contents of memory"},
    {"bad-record", "wrote no valid record"},
    {"error", "could not be run"},
};

static const char *
failure_words(const json_t *line)
{
	const char *status = sample_text(line, "status");
	for (size_t i = 0; i < sizeof(status_words) / sizeof(*status_words);
	     i++)
		if (strcmp(status_words[i].status, status) == 0)
			return status_words[i].words;
	return status;
}

/* "2 of 10 samples crashed (signal 11): the reason". */
static const char *
failure_compose(summary_t *summary, const tally_t *tally)
{
	const json_t *line = tally->failure;
	const char *reason = sample_text(line, "reason");
	char signal[32] = "";
	int64_t number = sample_number(json_object_get(line, "exit"), "signal");
	if (number > 0)
		snprintf(signal, sizeof(signal), " (signal %d)", (int)number);
	return SUMMARY_COMPOSE(summary, "%zu of %zu samples %s%s%s%s",
	    tally->failed, tally->done, failure_words(line), signal,
	    reason[0] != '\0' ? ": " : "", reason);
}

static void
row_tally(summary_t *summary, size_t cell, size_t arm)
{
	summary_row_t *row = summary_row(summary, cell, arm);
	tally_t all = {0};
	for (metric_source_t s = FROM_TIME; s < METRIC_SOURCES; s++) {
		tally_t one = dataset_tally(summary->data, cell, arm, s);
		all.planned += one.planned;
		all.done += one.done;
		all.ok += one.ok;
		all.failed += one.failed;
		if (all.failure == NULL)
			all.failure = one.failure;
	}
	row->present = true;
	row->planned = all.planned;
	row->done = all.done;
	row->failed = all.failed;
	if (all.failed > 0)
		row->failure = failure_compose(summary, &all);
}

/* -------------------------------------------------------------- values -- */

const char *
summary_absence(
    summary_t *summary, size_t cell, size_t arm, const metric_t *metric)
{
	const dataset_t *data = summary->data;
	summary_row_t *row = summary_row(summary, cell, arm);
	tally_t tally = dataset_tally(data, cell, arm, metric->source);
	if (tally.failed > 0 && tally.ok == 0)
		return row->failure;
	if (tally.planned == 0 && tally.done == 0) {
		static const char *const none[] = {
		    [FROM_TIME] = "no sample of this kind in the plan",
		    [FROM_LATENCY] = "no latency samples in this plan",
		    [FROM_GBENCH] = "no Google Benchmark sample in the plan",
		    [FROM_CENSUS] = "no census in the plan",
		    [FROM_HOTSPOTS] = "not asked for (--profile)"};
		return none[metric->source];
	}
	if (tally.ok == 0)
		return SUMMARY_COMPOSE(summary,
		    "not measured yet: %zu of %zu samples of the run are done",
		    data->nsamples, data->nplanned);
	return "the samples do not state it";
}

static void
value_from_blocks(summary_t *summary, size_t cell, size_t arm,
    summary_value_t *value, double *by_block)
{
	const dataset_t *data = summary->data;
	const char *why;
	double *x = text_memory(data->nblocks, sizeof(*x));
	size_t n = 0;
	value->n =
	    dataset_values(data, cell, arm, value->metric, by_block, &why);
	for (size_t b = 0; b < data->nblocks; b++)
		if (isfinite(by_block[b]))
			x[n++] = by_block[b];
	if (n > 0) {
		value->middle = stats_median_interval(
		    x, n, summary_rule(summary, cell).confidence);
		value->mad = stats_mad(x, n);
	} else {
		value->reason =
		    why != NULL
			? SUMMARY_COMPOSE(summary, "unsupported (%s)", why)
			: summary_absence(summary, cell, arm, value->metric);
	}
	free(x);
}

/* -------------------------------------------------------------- ratios -- */

static stats_interval_t
interval_exp(stats_interval_t x)
{
	return (stats_interval_t){
	    exp(x.estimate), exp(x.lo), exp(x.hi), x.confidence};
}

/* Drops what is not finite. Returns the number left. */
static size_t
finite_only(double *x, size_t n)
{
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(x[i]))
			x[k++] = x[i];
	return k;
}

/*
 * Of counts that carry a verdict, 1 is added to each where some are 0: a block
 * without a ratio would be left out, and just where the arms differ most.
 * Returns true when it was done.
 */
static bool
counts_raise(const metric_t *metric, double *a, double *base, size_t n)
{
	bool zero = false;
	if (!metric->primary || metric->subject != VERDICT_OF_COUNT)
		return false;
	for (size_t i = 0; i < n; i++)
		zero |= a[i] == 0 || base[i] == 0;
	for (size_t i = 0; i < n && zero; i++) {
		a[i] += 1;
		base[i] += 1;
	}
	return zero;
}

/* Compares an arm's blocks with the baseline's. logs has room for n. */
static void
value_compare(const summary_t *summary, size_t cell, summary_value_t *value,
    double *a, double *base, double *logs)
{
	size_t n = summary->data->nblocks;
	double confidence = summary_rule(summary, cell).confidence;
	value->raised = counts_raise(value->metric, a, base, n);
	value->pairs = stats_log_ratios(a, base, n, logs);
	if (value->pairs == 0) {
		value->no_ratio = "no block with a value above 0 on both sides";
		return;
	}
	value->ratio =
	    interval_exp(stats_median_interval(logs, value->pairs, confidence));
	value->shift =
	    interval_exp(stats_hodges_lehmann(logs, value->pairs, confidence));
	value->p = stats_sign_test(logs, value->pairs);
	value->p_rank = stats_signed_rank_test(logs, value->pairs).p;
	size_t na = finite_only(a, n);
	value->cliffs_delta =
	    stats_cliffs_delta(a, na, base, finite_only(base, n));
	value->judged = value->metric->primary;
}

const char *
summary_barred(const summary_t *summary, size_t cell, size_t arm, size_t m)
{
	size_t baseline = summary->data->baseline;
	const summary_value_t *base = summary_value(summary, cell, baseline, m);
	if (arm == baseline)
		return "the baseline itself";
	if (!dataset_cell_has(&summary->data->cells[cell], baseline))
		return "the baseline is not measured in this cell";
	if (summary_row(summary, cell, arm)->failure != NULL)
		return summary_row(summary, cell, arm)->failure;
	if (summary_row(summary, cell, baseline)->failure != NULL)
		return "the baseline failed in this cell";
	if (base->reason != NULL)
		return "the baseline has no value";
	if (summary_value(summary, cell, arm, m)->reason != NULL)
		return "the arm has no value";
	return NULL;
}

static void
cell_compare(summary_t *summary, size_t cell)
{
	const dataset_t *data = summary->data;
	double *room = text_memory(3 * data->nblocks, sizeof(*room));
	double *a = room;
	double *base = a + data->nblocks;
	double *logs = base + data->nblocks;
	for (size_t i = 0; i < data->cells[cell].narms; i++) {
		size_t arm = data->cells[cell].arms[i];
		summary_row_t *row = summary_row(summary, cell, arm);
		for (size_t m = 0; m < summary->nmetrics; m++) {
			summary_value_t *value = &row->values[m];
			if (value->metric->source == FROM_LATENCY)
				continue;
			value->no_ratio = summary_barred(summary, cell, arm, m);
			if (value->no_ratio != NULL)
				continue;
			dataset_values(data, cell, arm, value->metric, a, NULL);
			dataset_values(data, cell, data->baseline,
			    value->metric, base, NULL);
			value_compare(summary, cell, value, a, base, logs);
		}
	}
	free(room);
}

/* ------------------------------------------------------------ verdicts -- */

static void
value_judge(summary_t *summary, size_t cell, size_t arm, summary_value_t *value)
{
	const dataset_t *data = summary->data;
	double *room = text_memory(3 * data->nblocks, sizeof(*room));
	double *base = room + data->nblocks;
	double *logs = base + data->nblocks;
	dataset_values(data, cell, arm, value->metric, room, NULL);
	dataset_values(data, cell, data->baseline, value->metric, base, NULL);
	counts_raise(value->metric, room, base, data->nblocks);
	size_t n = stats_log_ratios(room, base, data->nblocks, logs);
	verdict_rule_t rule = summary_rule(summary, cell);
	/* The rule is of a number that better be low. */
	for (size_t i = 0; i < n; i++)
		if (value->metric->direction == HIGHER_IS_BETTER)
			logs[i] = -logs[i];
	stats_interval_t interval =
	    stats_median_interval(logs, n, rule.confidence);
	value->verdict = verdict_judge(
	    &rule, logs, n, &interval, value->p_holm, value->family);
	free(room);
}

/*
 * Corrects and judges one family: the primary comparisons of the cell among
 * the metrics from first to before last.
 */
static void
family_judge(summary_t *summary, size_t cell, size_t first, size_t last)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	size_t most = c->narms * (last - first);
	summary_value_t **values = text_memory(most, sizeof(*values));
	size_t *arms = text_memory(most, sizeof(*arms));
	double *p = text_memory(most, sizeof(*p));
	size_t n = 0;
	for (size_t i = 0; i < c->narms; i++)
		for (size_t m = first; m < last; m++) {
			summary_value_t *value =
			    &summary_row(summary, cell, c->arms[i])->values[m];
			if (!value->judged)
				continue;
			values[n] = value;
			arms[n] = c->arms[i];
			p[n++] = value->p;
		}
	stats_holm(p, n, p);
	for (size_t i = 0; i < n; i++) {
		values[i]->p_holm = p[i];
		values[i]->family = n;
		value_judge(summary, cell, arms[i], values[i]);
	}
	summary->comparisons += n;
	free(p);
	free(arms);
	free(values);
}

/* A cell is one family; each case of Google Benchmark is one of its own. */
static void
cell_judge(summary_t *summary, size_t cell)
{
	if (!summary->data->cells[cell].gbench) {
		family_judge(summary, cell, 0, summary->nmetrics);
		return;
	}
	for (size_t m = metrics_count; m < summary->nmetrics; m++)
		family_judge(summary, cell, m, m + 1);
}

/* --------------------------------------------------------------- whole -- */

static void
metric_add(summary_t *summary, const metric_t *metric)
{
	summary->metrics = reallocarray(
	    summary->metrics, summary->nmetrics + 1, sizeof(*summary->metrics));
	if (summary->metrics == NULL)
		abort();
	summary->metrics[summary->nmetrics++] = *metric;
}

/*
 * A benchmark's name without what it says of how it is run:
 * "micro/ring/t:2/iterations:4000/manual_time" is "micro/ring/t:2".
 */
static const char *
gbench_title(summary_t *summary, const char *name)
{
	static const char *const noise[] = {"iterations:", "repeats:",
	    "process_time", "real_time", "manual_time"};
	words_t parts = {0};
	words_t kept = {0};
	words_split(&parts, name, '/');
	for (size_t i = 0; i < parts.n; i++) {
		bool keep = true;
		for (size_t k = 0; k < sizeof(noise) / sizeof(*noise); k++)
			keep &= strncmp(parts.v[i], noise[k],
				    strlen(noise[k])) != 0;
		if (keep)
			words_add(&kept, "%s", parts.v[i]);
	}
	char *title = words_join(&kept, "/");
	const char *owned = SUMMARY_COMPOSE(summary, "%s", title);
	free(title);
	words_release(&kept);
	words_release(&parts);
	return owned;
}

/* True when the plan wants a verdict on it; without a word of the plan, the
 * table decides. */
static bool
metric_is_primary(const summary_t *summary, const metric_t *metric)
{
	const dataset_t *data = summary->data;
	/* What controls are there to find is time and memory. */
	const json_t *names =
	    data->is_controls ? NULL
			      : json_object_get(data->store.plan, "primary");
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		if (name != NULL && strcmp(name, metric->name) == 0)
			return true;
	}
	return json_array_size(names) == 0 && metric->primary;
}

/* The table's metrics, and those that programs of the user's have. */
static void
metrics_known(summary_t *summary)
{
	const dataset_t *data = summary->data;
	for (size_t m = 0; m < metrics_count; m++) {
		metric_t metric = metrics[m];
		if (!metric.primary)
			metric.subject = metric_subject(&metric);
		metric.primary = metric_is_primary(summary, &metric);
		metric_add(summary, &metric);
	}
	for (size_t c = 0; c < data->ncells; c++) {
		const guest_t *guest = data->cells[c].guest;
		for (size_t i = 0; guest != NULL && i < guest->nmetrics; i++) {
			metric_t metric = guest->metrics[i];
			metric.primary = metric_is_primary(summary, &metric);
			metric_add(summary, &metric);
		}
	}
}

/* The known metrics, then those of Google Benchmark in order of sight. */
static void
metrics_collect(summary_t *summary)
{
	metrics_known(summary);
	words_t seen = {0};
	for (size_t i = 0; i < summary->data->nsamples; i++) {
		const char *name;
		json_t *value, *all = json_object_get(
				   summary->data->samples[i].line, "metrics");
		metric_t gbench;
		json_object_foreach(all, name, value)
		{
			if (metric_lookup(name, &gbench) != &gbench ||
			    words_contain(&seen, name))
				continue;
			words_add(&seen, "%s", name);
			gbench.title = gbench_title(summary, gbench.title);
			metric_add(summary, &gbench);
		}
	}
	words_release(&seen);
}

static void
row_init(summary_t *summary, size_t cell, size_t arm)
{
	summary_row_t *row = summary_row(summary, cell, arm);
	double *by_block =
	    text_memory(summary->data->nblocks, sizeof(*by_block));
	row_tally(summary, cell, arm);
	for (size_t m = 0; m < summary->nmetrics; m++) {
		summary_value_t *value = &row->values[m];
		if (value->metric->source != FROM_LATENCY)
			value_from_blocks(summary, cell, arm, value, by_block);
	}
	free(by_block);
}

void
summary_init(
    summary_t *summary, const dataset_t *data, const verdict_rule_t *rule)
{
	*summary = (summary_t){.data = data, .rule = *rule};
	metrics_collect(summary);
	size_t nrows = data->ncells * data->narms;
	summary->rows = text_memory(nrows, sizeof(*summary->rows));
	for (size_t r = 0; r < nrows; r++) {
		summary->rows[r].values = text_memory(
		    summary->nmetrics, sizeof(*summary->rows[r].values));
		for (size_t m = 0; m < summary->nmetrics; m++)
			summary->rows[r].values[m] =
			    (summary_value_t){.metric = &summary->metrics[m],
				.middle = no_interval,
				.ratio = no_interval,
				.shift = no_interval,
				.mad = NAN,
				.cliffs_delta = NAN,
				.p = NAN,
				.p_holm = NAN,
				.p_rank = NAN,
				.drift = drift_none,
				.ratio_drift = drift_none,
				.dip = NAN,
				.dip_p = NAN};
	}
	for (size_t c = 0; c < data->ncells; c++) {
		for (size_t i = 0; i < data->cells[c].narms; i++)
			row_init(summary, c, data->cells[c].arms[i]);
		percentiles_init(summary, c);
		cell_compare(summary, c);
		cell_judge(summary, c);
	}
	stability_init(summary);
}

void
summary_release(summary_t *summary)
{
	for (size_t r = 0; r < summary->data->ncells * summary->data->narms;
	     r++) {
		free(summary->rows[r].values);
		free(summary->rows[r].latency);
	}
	free(summary->rows);
	free(summary->metrics);
	words_release(&summary->words);
	*summary = (summary_t){0};
}
