#include "ab_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ab_plan.h"
#include "units.h"
#include "verdict_table.h"

/* Rows below the primary ones, where they are none of these. */
static const char *const others[] = {"work_ns", "cpu_user_ns", "cpu_sys_ns",
    "p50_ns", "p99_ns", "p999_ns", "rss_mean", "rss_peak", "rss_end",
    "rss_byte_s", "npurge", "purged_pages", "minflt", "majflt"};

/* From here on a ratio is said as a factor and not in per cent. */
#define FACTOR_LEAST 1.995

bool
ab_fits(const dataset_t *data)
{
	return data->narms == 2 &&
	       strcmp(sample_text(data->store.plan, "baseline"),
		   data->arms[data->baseline].name) == 0;
}

static size_t
arm_of_b(const dataset_t *data)
{
	return data->baseline == 0 ? 1 : 0;
}

/* ----------------------------------------------------------------- table -- */

/* "10 of 66 blocks, ended at look 1 of 4 (decided)" */
static void
put_detail(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	const json_t *stop = json_object_get(
	    json_object_get(data->store.stop, "cells"), c->name);
	size_t blocks = dataset_cell_blocks(data, cell);
	char *looks = text_copy("");
	if (stop != NULL)
		text_assign(&looks, " of %d, ended at look %d of %u (%s)",
		    (int)sample_number(stop, "planned"),
		    (int)sample_number(stop, "look") + 1, c->looks.n,
		    sample_text(stop, "why"));
	else if (c->looks.n > 1)
		text_assign(&looks, ", all %u looks", c->looks.n);
	table_detail(table,
	    "%d thread%s, %s%s%zu block%s%s; verdicts at %.1f %%, corrected "
	    "together",
	    c->threads, c->threads == 1 ? "" : "s", c->conf,
	    c->conf[0] != '\0' ? ", " : "", blocks, blocks == 1 ? "" : "s",
	    looks, 100 * summary_rule(summary, cell).confidence);
	free(looks);
}

static void
put_row(table_t *table, const summary_t *summary, size_t cell, size_t m)
{
	const dataset_t *data = summary->data;
	size_t b = arm_of_b(data);
	const summary_row_t *row = summary_row(summary, cell, b);
	const summary_value_t *value = &row->values[m];
	table_row(table, TABLE_NO_ARM);
	table_field(table, TONE_PLAIN, "%s", value->metric->title);
	verdict_put_value(table, summary_row(summary, cell, data->baseline), m);
	verdict_put_value(table, row, m);
	verdict_put_ratio(table, summary, cell, b, value);
	if (value->metric->primary)
		verdict_put_verdict(table, summary, cell, b, value);
	else
		table_field(table, TONE_QUIET, " ");
}

/* True for a metric that only the program of this cell has. */
static bool
is_own(const dataset_cell_t *cell, const metric_t *metric)
{
	for (size_t i = 0; cell->guest != NULL && i < cell->guest->nmetrics;
	     i++)
		if (strcmp(cell->guest->metrics[i].name, metric->name) == 0)
			return true;
	return false;
}

static bool
is_anyones_own(const dataset_t *data, const metric_t *metric)
{
	for (size_t c = 0; c < data->ncells; c++)
		if (is_own(&data->cells[c], metric))
			return true;
	return false;
}

/* The primary metrics of the cell. */
static bool
is_judged_here(const summary_t *summary, size_t cell, const metric_t *metric)
{
	const dataset_t *data = summary->data;
	return metric->primary && metric->source != FROM_GBENCH &&
	       (is_own(&data->cells[cell], metric) ||
		   !is_anyones_own(data, metric));
}

static size_t
metric_find(const summary_t *summary, const char *name)
{
	size_t m = 0;
	while (m < summary->nmetrics &&
	       strcmp(summary->metrics[m].name, name) != 0)
		m++;
	return m;
}

/* The cell's primary metrics, in the order in which they were asked for, into
 * found (room for all metrics). Returns how many. */
static size_t
judged_find(const summary_t *summary, size_t cell, size_t *found)
{
	const json_t *names =
	    json_object_get(summary->data->store.plan, "primary");
	size_t n = 0, asked = json_array_size(names);
	for (size_t i = 0; i < asked; i++) {
		const char *name = json_string_value(json_array_get(names, i));
		size_t m = metric_find(summary, name == NULL ? "" : name);
		if (m < summary->nmetrics &&
		    is_judged_here(summary, cell, &summary->metrics[m]))
			found[n++] = m;
	}
	for (size_t m = 0; asked == 0 && m < summary->nmetrics; m++)
		if (is_judged_here(summary, cell, &summary->metrics[m]))
			found[n++] = m;
	return n;
}

void
ab_table(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	const char *a = data->arms[data->baseline].name;
	const char *b = data->arms[arm_of_b(data)].name;
	table_init(table, "%s: %s against %s", c->name, b, a);
	put_detail(table, summary, cell);
	table_column(table, TABLE_LEFT, "metric");
	table_column(table, TABLE_RIGHT, "%s", a);
	table_column(table, TABLE_RIGHT, "%s", b);
	table_column(table, TABLE_RIGHT, "%s/%s [%.1f %%]", b, a,
	    100 * summary_rule(summary, cell).confidence);
	table_column(table, TABLE_LEFT, "verdict");
	size_t *judged = text_memory(summary->nmetrics, sizeof(*judged));
	size_t njudged = judged_find(summary, cell, judged);
	for (size_t i = 0; i < njudged; i++)
		put_row(table, summary, cell, judged[i]);
	free(judged);
	for (size_t m = 0; m < summary->nmetrics; m++)
		if (!summary->metrics[m].primary &&
		    is_own(c, &summary->metrics[m]))
			put_row(table, summary, cell, m);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		for (size_t m = 0; m < summary->nmetrics; m++)
			if (!summary->metrics[m].primary &&
			    strcmp(summary->metrics[m].name, others[i]) == 0)
				put_row(table, summary, cell, m);
}

/* ---------------------------------------------------------------- answer -- */

/* "5 %", "0.4 %" */
static void
percent_format(char *out, double ratio)
{
	double percent = 100 * fabs(ratio - 1);
	snprintf(
	    out, UNITS_MAX, percent < 9.95 ? "%.1f %%" : "%.0f %%", percent);
}

/* How much more or less of a metric, in words. */
static char *
difference_words(const summary_value_t *value)
{
	const char *name = value->metric->name;
	double ratio = value->ratio.estimate;
	bool time = strcmp(name, "work_ns") == 0;
	bool memory = strcmp(name, "rss_mean") == 0;
	char share[UNITS_MAX];
	percent_format(share, ratio);
	if (time && ratio >= FACTOR_LEAST)
		return text_format("is %.1f x slower", ratio);
	if (time && ratio <= 1 / FACTOR_LEAST)
		return text_format("is %.1f x faster", 1 / ratio);
	if (time)
		return text_format(
		    "takes %s %s time", share, ratio > 1 ? "more" : "less");
	if (memory && ratio >= FACTOR_LEAST)
		return text_format("needs %.1f x the memory", ratio);
	if (memory)
		return text_format(
		    "needs %s %s memory", share, ratio > 1 ? "more" : "less");
	if (ratio >= FACTOR_LEAST)
		return text_format(
		    "has %.1f x the %s", ratio, value->metric->title);
	return text_format("has %s %s %s", share, ratio > 1 ? "more" : "less",
	    value->metric->title);
}

static char *
clause_compose(const summary_t *summary, const summary_value_t *value)
{
	char text[3][UNITS_MAX];
	const char *title = value->metric->title;
	if (!value->judged)
		return text_format("cannot be compared in %s (%s)", title,
		    value->reason != NULL     ? value->reason
		    : value->no_ratio != NULL ? value->no_ratio
					      : "no value");
	char *numbers = text_format("%s [%s, %s]",
	    ratio_format(text[0], value->ratio.estimate),
	    ratio_format(text[1], value->ratio.lo),
	    ratio_format(text[2], value->ratio.hi));
	char *clause = NULL;
	switch (value->verdict.kind) {
	case VERDICT_EQUIVALENT:
		clause = text_format("is equivalent in %s, within %.1f %% (%s)",
		    title, 100 * summary->rule.delta, numbers);
		break;
	case VERDICT_UNDECIDED:
		clause = text_format("is undecided in %s (%s; about %u blocks "
				     "more should decide)",
		    title, numbers, value->verdict.blocks_more);
		break;
	default: {
		char *words = difference_words(value);
		clause = text_format("%s (%s)", words, numbers);
		free(words);
	}
	}
	free(numbers);
	return clause;
}

char *
ab_answer(const summary_t *summary, size_t cell)
{
	const dataset_t *data = summary->data;
	size_t b = arm_of_b(data);
	const summary_row_t *row = summary_row(summary, cell, b);
	const char *failure = row->failure;
	words_t clauses = {0};
	size_t *judged = text_memory(summary->nmetrics, sizeof(*judged));
	size_t njudged = judged_find(summary, cell, judged);
	for (size_t i = 0; i < njudged; i++) {
		char *clause = clause_compose(summary, &row->values[judged[i]]);
		words_add(&clauses, "%s", clause);
		free(clause);
	}
	free(judged);
	char *answer = text_format("%s ", data->arms[b].name);
	for (size_t i = 0; i < clauses.n && failure == NULL; i++)
		text_assign(&answer, "%s%s%s", answer,
		    i == 0              ? ""
		    : i + 1 < clauses.n ? ", "
					: " and ",
		    clauses.v[i]);
	if (failure != NULL)
		text_assign(&answer, "%sfailed: %s", answer, failure);
	text_assign(&answer, "%s.", answer);
	words_release(&clauses);
	return answer;
}

/* ------------------------------------------------------------------ code -- */

int
ab_code(const summary_t *summary)
{
	const dataset_t *data = summary->data;
	size_t b = arm_of_b(data);
	bool worse = false, undecided = false, failed = false;
	for (size_t c = 0; c < data->ncells; c++) {
		for (size_t a = 0; a < data->narms; a++)
			failed |= summary_row(summary, c, a)->failure != NULL;
		for (size_t m = 0; m < summary->nmetrics; m++) {
			const summary_value_t *v =
			    summary_value(summary, c, b, m);
			if (!is_judged_here(summary, c, v->metric))
				continue;
			undecided |=
			    !v->judged || v->verdict.kind == VERDICT_UNDECIDED;
			worse |= v->judged &&
				 v->verdict.kind == VERDICT_WORSE &&
				 v->metric->direction != NO_DIRECTION;
		}
	}
	return failed      ? AB_FAILED
	       : worse     ? AB_WORSE
	       : undecided ? AB_UNDECIDED
			   : AB_NOT_WORSE;
}

/* ----------------------------------------------------------------- print -- */

static void
print_arm(const dataset_arm_t *arm, FILE *out)
{
	fprintf(out, "  %s  %s%s%s\n", arm->name,
	    arm->path[0] != '\0' ? arm->path : arm->kind,
	    arm->conf[0] != '\0' ? " with " : "", arm->conf);
}

void
ab_print(const summary_t *summary, FILE *out)
{
	const dataset_t *data = summary->data;
	bool colour = isatty(fileno(out)) == 1;
	print_arm(&data->arms[data->baseline], out);
	print_arm(&data->arms[arm_of_b(data)], out);
	for (size_t c = 0; c < data->ncells; c++) {
		table_t table;
		ab_table(&table, summary, c);
		fputc('\n', out);
		table_print(&table, out, colour);
		table_release(&table);
	}
	fputc('\n', out);
	for (size_t c = 0; c < data->ncells; c++) {
		char *answer = ab_answer(summary, c);
		if (data->ncells > 1)
			fprintf(out, "In %s: ", data->cells[c].name);
		fprintf(out, "%s\n", answer);
		free(answer);
	}
}

int
ab_conclude(const char *run_dir, FILE *out)
{
	dataset_t data;
	summary_t summary;
	fault_t fault;
	if (dataset_read(&data, run_dir, &fault)) {
		fprintf(stderr, "ebb ab: %s\n", fault.text);
		dataset_release(&data);
		return AB_FAILED;
	}
	summary_init(&summary, &data, &verdict_rule_default);
	ab_print(&summary, out);
	int code = ab_code(&summary);
	summary_release(&summary);
	dataset_release(&data);
	return code;
}
