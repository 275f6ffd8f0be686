#include "verdict_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

static const char not_primary[] =
    "not one of the metrics that verdicts were asked for (--primary)";

/* A failed arm's other samples stay in summary.csv: here it has no numbers,
 * which would look like a result. */
void
verdict_put_value(table_t *table, const summary_row_t *row, size_t m)
{
	char text[UNITS_MAX];
	const summary_value_t *value = &row->values[m];
	const char *why = row->failure != NULL ? row->failure : value->reason;
	if (why != NULL)
		table_blank(table, why);
	else
		table_field(table, TONE_PLAIN, "%s",
		    unit_format(
			text, value->middle.estimate, value->metric->unit));
}

/* The head of a ratio's column: "time/glibc [95 %]". */
static void
ratio_column(
    table_t *table, const summary_t *summary, size_t cell, const char *what)
{
	const dataset_t *data = summary->data;
	double confidence = summary_rule(summary, cell).confidence * 100;
	table_column(table, TABLE_RIGHT, "%s/%s [%.*f %%]", what,
	    data->arms[data->baseline].name,
	    fabs(confidence - round(confidence)) < 0.05 ? 0 : 1, confidence);
}

void
verdict_put_ratio(table_t *table, const summary_t *summary, size_t cell,
    size_t arm, const summary_value_t *value)
{
	char text[3][UNITS_MAX];
	if (arm == summary->data->baseline && value->reason == NULL) {
		table_field(table, TONE_QUIET, "1");
		return;
	}
	if (value->no_ratio != NULL) {
		table_blank(table,
		    value->reason != NULL ? value->reason : value->no_ratio);
		return;
	}
	if (value->pairs == 1 || !isfinite(value->ratio.lo)) {
		table_field(table, TONE_PLAIN, "%s",
		    ratio_format(text[0], value->ratio.estimate));
		table_note(table, value->no_interval != NULL
				      ? value->no_interval
				      : "one block has no interval");
		return;
	}
	table_field(table, TONE_PLAIN, "%s [%s, %s]",
	    ratio_format(text[0], value->ratio.estimate),
	    ratio_format(text[1], value->ratio.lo),
	    ratio_format(text[2], value->ratio.hi));
	if (value->raised)
		table_note(table, "1 is added to each count, as some are 0");
	else if (value->ratio.confidence <
		 summary_rule(summary, cell).confidence) {
		char *note = text_format(
		    "the widest interval of %zu blocks holds only %.0f %%",
		    value->pairs, value->ratio.confidence * 100);
		table_note(table, note);
		free(note);
	}
}

void
verdict_put_verdict(table_t *table, const summary_t *summary, size_t cell,
    size_t arm, const summary_value_t *value)
{
	static const table_tone_t tones[VERDICT_KINDS] = {
	    [VERDICT_BETTER] = TONE_GOOD,
	    [VERDICT_WORSE] = TONE_BAD,
	    [VERDICT_EQUIVALENT] = TONE_QUIET,
	    [VERDICT_UNDECIDED] = TONE_QUIET};
	const char *failure = summary_row(summary, cell, arm)->failure;
	if (failure != NULL) {
		table_field(table, TONE_FAILED, "FAILED");
		table_note(table, failure);
	} else if (arm == summary->data->baseline && value->reason == NULL) {
		table_field(table, TONE_QUIET, "baseline");
	} else if (!value->judged) {
		table_blank(table, value->reason != NULL     ? value->reason
				   : value->no_ratio != NULL ? value->no_ratio
							     : not_primary);
	} else {
		const verdict_t *v = &value->verdict;
		const char *word =
		    verdict_word(v->kind, value->metric->subject);
		if (v->blocks_more == 0)
			table_field(table, tones[v->kind], "%s", word);
		else
			table_field(table, tones[v->kind], "%s +%u%s", word,
			    v->blocks_more,
			    v->blocks_more == VERDICT_BLOCKS_MAX ? "..." : "");
	}
}

/* The caption: cell, what was done, how often. */
static void
caption_init(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	size_t blocks = 0;
	size_t family = 0;
	for (size_t i = 0; i < c->narms; i++)
		for (size_t m = 0; m < summary->nmetrics; m++) {
			const summary_value_t *v =
			    summary_value(summary, cell, c->arms[i], m);
			if (v->metric->source != FROM_LATENCY && v->n > blocks)
				blocks = v->n;
			if (v->judged)
				family = v->family;
		}
	table_init(table, "%s", c->name);
	table_detail(table,
	    "%d thread%s, %s%s%zu block%s, %zu verdicts corrected together%s",
	    c->threads, c->threads == 1 ? "" : "s", c->conf,
	    c->conf[0] != '\0' ? ", " : "", blocks, blocks == 1 ? "" : "s",
	    family, c->gbench ? " in each benchmark" : "");
}

/* --------------------------------------------------------------- cells -- */

/* True when any arm of the cell has the metric. */
static bool
metric_in_cell(const summary_t *summary, size_t cell, size_t m)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	for (size_t i = 0; i < c->narms; i++)
		if (summary_value(summary, cell, c->arms[i], m)->reason == NULL)
			return true;
	return false;
}

/* Beyond time and memory, which have their columns, the metrics that verdicts
 * were asked for. */
static bool
is_further_primary(const summary_t *summary, size_t cell, size_t m)
{
	return m != METRIC_WORK_NS && m != METRIC_RSS_MEAN &&
	       summary->metrics[m].primary &&
	       summary->metrics[m].source != FROM_GBENCH &&
	       metric_in_cell(summary, cell, m);
}

static void
workload_row(table_t *table, const summary_t *summary, size_t cell, size_t arm)
{
	static const size_t memory[] = {
	    METRIC_RSS_PEAK, METRIC_NPURGE, METRIC_PURGED_PAGES};
	const summary_row_t *row = summary_row(summary, cell, arm);
	const summary_value_t *v = row->values;
	table_row(table, arm);
	table_field(table, TONE_PLAIN, "%s", summary->data->arms[arm].name);
	verdict_put_value(table, row, METRIC_OPS_PER_S);
	verdict_put_ratio(table, summary, cell, arm, &v[METRIC_WORK_NS]);
	verdict_put_verdict(table, summary, cell, arm, &v[METRIC_WORK_NS]);
	verdict_put_value(table, row, METRIC_P50_NS);
	verdict_put_value(table, row, METRIC_P99_NS);
	verdict_put_value(table, row, METRIC_RSS_MEAN);
	verdict_put_ratio(table, summary, cell, arm, &v[METRIC_RSS_MEAN]);
	verdict_put_verdict(table, summary, cell, arm, &v[METRIC_RSS_MEAN]);
	for (size_t i = 0; i < sizeof(memory) / sizeof(*memory); i++)
		verdict_put_value(table, row, memory[i]);
	for (size_t m = 0; m < summary->nmetrics; m++) {
		if (!is_further_primary(summary, cell, m))
			continue;
		verdict_put_value(table, row, m);
		verdict_put_ratio(table, summary, cell, arm, &v[m]);
		verdict_put_verdict(table, summary, cell, arm, &v[m]);
	}
}

static void
workload_table(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_RIGHT, "ops/s");
	ratio_column(table, summary, cell, "time");
	table_column(table, TABLE_LEFT, "verdict");
	table_column(table, TABLE_RIGHT, "p50");
	table_column(table, TABLE_RIGHT, "p99");
	table_column(table, TABLE_RIGHT, "mean RSS");
	ratio_column(table, summary, cell, "RSS");
	table_column(table, TABLE_LEFT, "verdict");
	table_column(table, TABLE_RIGHT, "peak RSS");
	table_column(table, TABLE_RIGHT, "npurge");
	table_column(table, TABLE_RIGHT, "purged pages");
	for (size_t m = 0; m < summary->nmetrics; m++) {
		if (!is_further_primary(summary, cell, m))
			continue;
		const char *title = summary->metrics[m].title;
		table_column(table, TABLE_RIGHT, "%s", title);
		ratio_column(table, summary, cell, title);
		table_column(table, TABLE_LEFT, "verdict");
	}
	for (size_t i = 0; i < c->narms; i++)
		workload_row(table, summary, cell, c->arms[i]);
}

static void
gbench_table(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	table_column(table, TABLE_LEFT, "benchmark");
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_RIGHT, "an iteration");
	ratio_column(table, summary, cell, "time");
	table_column(table, TABLE_LEFT, "verdict");
	for (size_t m = metrics_count; m < summary->nmetrics; m++) {
		if (!metric_in_cell(summary, cell, m))
			continue;
		for (size_t i = 0; i < c->narms; i++) {
			size_t arm = c->arms[i];
			const summary_value_t *v =
			    summary_value(summary, cell, arm, m);
			table_row(table, arm);
			table_field(table, TONE_PLAIN, "%s",
			    i == 0 ? summary->metrics[m].title : "");
			table_field(table, TONE_PLAIN, "%s",
			    summary->data->arms[arm].name);
			verdict_put_value(
			    table, summary_row(summary, cell, arm), m);
			verdict_put_ratio(table, summary, cell, arm, v);
			verdict_put_verdict(table, summary, cell, arm, v);
		}
	}
}

void
verdict_table(table_t *table, const summary_t *summary, size_t cell)
{
	caption_init(table, summary, cell);
	if (summary->data->cells[cell].gbench)
		gbench_table(table, summary, cell);
	else
		workload_table(table, summary, cell);
}

/* -------------------------------------------------------------- metric -- */

static void
put_interval(table_t *table, const summary_value_t *value)
{
	char text[2][UNITS_MAX];
	if (!isfinite(value->middle.lo))
		table_blank(table,
		    value->reason != NULL ? value->reason : value->no_interval);
	else
		table_field(table, TONE_PLAIN, "%s .. %s",
		    unit_format(text[0], value->middle.lo, value->metric->unit),
		    unit_format(
			text[1], value->middle.hi, value->metric->unit));
}

static void
put_number(table_t *table, const char *format, double x, const char *why)
{
	char text[UNITS_MAX];
	if (!isfinite(x)) {
		table_blank(table, why != NULL ? why : "no value");
		return;
	}
	snprintf(text, sizeof(text), format, x);
	table_field(table, TONE_PLAIN, "%s", text);
}

void
metric_table(table_t *table, const summary_t *summary, size_t cell, size_t m)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	const metric_t *metric = &summary->metrics[m];
	table_init(table, "%s: %s", c->name, metric->title);
	table_detail(table, "%s",
	    metric->direction == NO_DIRECTION      ? "no direction"
	    : metric->direction == LOWER_IS_BETTER ? "lower is better"
						   : "higher is better");
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_RIGHT, "n");
	table_column(table, TABLE_RIGHT, "median");
	table_column(table, TABLE_RIGHT, "interval");
	table_column(table, TABLE_RIGHT, "MAD");
	ratio_column(table, summary, cell, "ratio");
	table_column(table, TABLE_RIGHT, "Cliff's delta");
	table_column(table, TABLE_RIGHT, "p (sign test)");
	for (size_t i = 0; i < c->narms; i++) {
		size_t arm = c->arms[i];
		const summary_value_t *v = summary_value(summary, cell, arm, m);
		const char *why = v->reason != NULL     ? v->reason
				  : v->no_ratio != NULL ? v->no_ratio
				  : metric->source == FROM_LATENCY
				      ? "percentiles are compared by their "
					"intervals"
				      : NULL;
		table_row(table, arm);
		table_field(
		    table, TONE_PLAIN, "%s", summary->data->arms[arm].name);
		table_field(table, TONE_PLAIN, "%zu", v->n);
		verdict_put_value(table, summary_row(summary, cell, arm), m);
		put_interval(table, v);
		char mad[UNITS_MAX];
		if (isfinite(v->mad))
			table_field(table, TONE_PLAIN, "%s",
			    unit_format(mad, v->mad, metric->unit));
		else
			table_blank(table, v->reason != NULL
					       ? v->reason
					       : "a merged histogram has none");
		verdict_put_ratio(table, summary, cell, arm, v);
		put_number(table, "%.2f", v->cliffs_delta, why);
		put_number(table, "%.4f", v->p, why);
	}
}

/* -------------------------------------------------------------- legend -- */

char *
verdict_table_legend(const summary_t *summary)
{
	const dataset_t *data = summary->data;
	const char *baseline = data->arms[data->baseline].name;
	return text_format(
	    "A number is the median over blocks of fresh processes. "
	    "time/%s and RSS/%s are medians of ratios paired within blocks, "
	    "below 1 is better, with the exact interval of the sign test "
	    "(at least %.0f %%). The verdicts of a table are corrected "
	    "together (Holm). Equivalent: the whole interval lies within "
	    "%.1f %% of 1. Undecided +n: about n blocks more should decide. "
	    "Percentiles come from the merged histograms of separate latency "
	    "samples. A dash has a letter that says why there is no number.",
	    baseline, baseline, summary->rule.confidence * 100,
	    summary->rule.delta * 100);
}
