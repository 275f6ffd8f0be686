#include "detail_table.h"

#include <math.h>
#include <stdlib.h>

#include "units.h"

detail_table_t *const detail_tables[DETAIL_TABLES] = {
    detail_table_effects, detail_table_percentiles, detail_table_pace};

static void
put_interval(table_t *table, const stats_interval_t *x)
{
	char text[3][UNITS_MAX];
	if (!isfinite(x->lo))
		table_field(table, TONE_PLAIN, "%s",
		    ratio_format(text[0], x->estimate));
	else
		table_field(table, TONE_PLAIN, "%s [%s, %s]",
		    ratio_format(text[0], x->estimate),
		    ratio_format(text[1], x->lo), ratio_format(text[2], x->hi));
}

/* -------------------------------------------------------------- effects -- */

static void
effects_row(table_t *table, const summary_t *summary, size_t arm,
    const summary_value_t *v)
{
	table_row(table, arm);
	table_field(table, TONE_PLAIN, "%s", v->metric->title);
	table_field(table, TONE_PLAIN, "%s", summary->data->arms[arm].name);
	table_field(table, TONE_PLAIN, "%zu", v->pairs);
	put_interval(table, &v->ratio);
	put_interval(table, &v->shift);
	table_field(table, TONE_PLAIN, "%+.2f", v->cliffs_delta);
	table_field(table, TONE_PLAIN, "%.4f", v->p);
	table_field(table, TONE_PLAIN, "%.4f", v->p_holm);
	table_field(table, TONE_PLAIN, "%.4f", v->p_rank);
}

bool
detail_table_effects(table_t *table, const summary_t *summary,
    const curves_t *curves, size_t cell)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	(void)curves;
	table_init(table, "Effect sizes");
	table_detail(table,
	    "ratios to %s with %.3g %% intervals: their median, and the "
	    "Hodges-Lehmann estimate, which takes their spread for symmetric; "
	    "Cliff's delta: how often above %s less how often below; p of the "
	    "sign test, corrected by Holm, and of the signed-rank test",
	    data->arms[data->baseline].name,
	    100 * summary_rule(summary, cell).confidence,
	    data->arms[data->baseline].name);
	table_column(table, TABLE_LEFT, "metric");
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_RIGHT, "blocks");
	table_column(table, TABLE_RIGHT, "median of ratios");
	table_column(table, TABLE_RIGHT, "Hodges-Lehmann");
	table_column(table, TABLE_RIGHT, "Cliff's delta");
	table_column(table, TABLE_RIGHT, "p");
	table_column(table, TABLE_RIGHT, "p, Holm");
	table_column(table, TABLE_RIGHT, "p, signed ranks");
	for (size_t m = 0; m < summary->nmetrics; m++)
		for (size_t i = 0; i < c->narms; i++) {
			const summary_value_t *v =
			    summary_value(summary, cell, c->arms[i], m);
			if (v->judged)
				effects_row(table, summary, c->arms[i], v);
		}
	return table->nrows > 0;
}

/* ---------------------------------------------------------- percentiles -- */

/* "1.2 us [1.1 us, 1.4 us]" */
static void
put_percentile(table_t *table, const summary_value_t *v)
{
	char text[3][UNITS_MAX];
	unit_t unit = v->metric->unit;
	unit_format(text[0], v->middle.estimate, unit);
	if (!isfinite(v->middle.lo)) {
		table_field(table, TONE_PLAIN, "%s", text[0]);
		if (v->no_interval != NULL)
			table_note(table, v->no_interval);
		return;
	}
	table_field(table, TONE_PLAIN, "%s [%s, %s]", text[0],
	    unit_format(text[1], v->middle.lo, unit),
	    unit_format(text[2], v->middle.hi, unit));
}

/* What an interval of few blocks holds at most. */
static void
note_confidence(
    table_t *table, const stats_interval_t *x, double asked, size_t blocks)
{
	if (!isfinite(x->lo) || x->confidence >= asked)
		return;
	char *note = text_format(
	    "the widest interval of %zu blocks holds at most %.0f %%", blocks,
	    100 * x->confidence);
	table_note(table, note);
	free(note);
}

static void
percentile_row(table_t *table, const summary_t *summary, size_t cell,
    size_t arm, const summary_value_t *v)
{
	double asked = summary_rule(summary, cell).confidence;
	table_row(table, arm);
	table_field(table, TONE_PLAIN, "%s", v->metric->title);
	table_field(table, TONE_PLAIN, "%s", summary->data->arms[arm].name);
	table_field(table, TONE_PLAIN, "%zu", v->n);
	if (v->reason != NULL) {
		table_blank(table, v->reason);
		table_blank(table, v->reason);
		return;
	}
	put_percentile(table, v);
	note_confidence(table, &v->middle, asked, v->n);
	if (arm == summary->data->baseline) {
		table_field(table, TONE_QUIET, "1");
		return;
	}
	if (v->no_ratio != NULL) {
		table_blank(table, v->no_ratio);
		return;
	}
	put_interval(table, &v->ratio);
	if (v->no_interval != NULL)
		table_note(table, v->no_interval);
	note_confidence(table, &v->ratio, asked, v->pairs);
}

bool
detail_table_percentiles(table_t *table, const summary_t *summary,
    const curves_t *curves, size_t cell)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	bool any = false;
	(void)curves;
	table_init(table, "Percentiles of latency");
	table_detail(table,
	    "of the merged histograms; intervals by drawing whole blocks "
	    "again, the same for both sides of a ratio");
	table_column(table, TABLE_LEFT, "percentile");
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_RIGHT, "samples");
	table_column(table, TABLE_RIGHT, "a call [%.3g %%]",
	    100 * summary_rule(summary, cell).confidence);
	table_column(
	    table, TABLE_RIGHT, "ratio to %s", data->arms[data->baseline].name);
	for (size_t m = 0; m < summary->nmetrics; m++)
		for (size_t i = 0; i < c->narms; i++) {
			const summary_value_t *v =
			    summary_value(summary, cell, c->arms[i], m);
			if (v->metric->source != FROM_LATENCY)
				continue;
			any = any || v->reason == NULL;
			percentile_row(table, summary, cell, c->arms[i], v);
		}
	return any;
}

/* ----------------------------------------------------------------- pace -- */

static void
pace_row(
    table_t *table, const summary_t *summary, size_t arm, const pace_t *pace)
{
	size_t changed =
	    pace->kinds[STEADY_WARM_UP] + pace->kinds[STEADY_SLOWDOWN];
	table_row(table, arm);
	table_field(table, TONE_PLAIN, "%s", summary->data->arms[arm].name);
	for (size_t k = 0; k < STEADY_KINDS; k++)
		table_field(table, pace->kinds[k] > 0 ? TONE_PLAIN : TONE_QUIET,
		    "%zu", pace->kinds[k]);
	if (changed == 0) {
		table_blank(table, "no process changed and then settled");
		table_blank(table, "no process changed and then settled");
		return;
	}
	table_field(
	    table, TONE_PLAIN, "%.0f %%", 100 * pace->begins / (double)changed);
	table_field(
	    table, TONE_PLAIN, "%.2f", exp(pace->log_rise / (double)changed));
}

bool
detail_table_pace(table_t *table, const summary_t *summary,
    const curves_t *curves, size_t cell)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	bool any = false;
	table_init(table, "Steady state of the processes");
	table_detail(table,
	    "rate of allocator calls in the work phase, by change points; "
	    "rates within %.0f %% are alike, a steady state fills the last "
	    "%.0f %% of the work",
	    100 * STEADY_ALIKE, 100 * STEADY_LASTS);
	table_column(table, TABLE_LEFT, "allocator");
	for (size_t k = 0; k < STEADY_KINDS; k++)
		table_column(table, TABLE_RIGHT, "%s", steady_names[k]);
	table_column(table, TABLE_RIGHT, "steady after");
	table_column(table, TABLE_RIGHT, "last rate/first");
	for (size_t i = 0; curves != NULL && i < curves->narms; i++) {
		const pace_t *pace = &curves->arms[i].pace;
		/* A cell whose processes are all too short is in the notes. */
		any = any || pace_classified(pace) > pace->kinds[STEADY_SHORT];
		if (pace_classified(pace) > 0)
			pace_row(table, summary, c->arms[i], pace);
	}
	return any;
}
