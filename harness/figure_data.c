#include "figure_data.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "text.h"

#define MIB 1048576.0

/* Ends a file; takes it away again when it shows nothing. */
static bool
data_close(
    csv_t *csv, const char *path, const figure_shown_t *shown, fault_t *fault)
{
	bool failed = csv_close(csv, fault);
	if (shown->rows == 0)
		unlink(path);
	return failed;
}

static void
show(figure_shown_t *shown, const char *arm)
{
	words_add(&shown->arms, "%s", arm);
	shown->rows++;
}

/* A failed arm is in no figure: it would look fast, or small. */
static bool
drawn(const summary_t *summary, size_t cell, size_t arm)
{
	return summary_row(summary, cell, arm)->failure == NULL;
}

/* ---------------------------------------------------------- throughput -- */

static void
throughput_row(csv_t *csv, const char *arm, size_t row, const char *kind,
    const stats_interval_t *x)
{
	csv_text(csv, arm);
	csv_number(csv, (double)row);
	csv_text(csv, kind);
	csv_number(csv, x->estimate);
	csv_number(csv, x->lo);
	csv_number(csv, x->hi);
	csv_end(csv);
}

bool
figure_data_throughput(const summary_t *summary, size_t cell, const char *path,
    figure_shown_t *shown, fault_t *fault)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	csv_t csv;
	if (csv_open(&csv, path, "arm,row,kind,ops_per_s,lo,hi", fault))
		return true;
	double *x = text_memory(data->nblocks, sizeof(*x));
	for (size_t i = 0; i < c->narms; i++) {
		const summary_value_t *v =
		    summary_value(summary, cell, c->arms[i], METRIC_OPS_PER_S);
		const char *arm = data->arms[c->arms[i]].name;
		if (v->reason != NULL || !drawn(summary, cell, c->arms[i]))
			continue;
		show(shown, arm);
		dataset_values(data, cell, c->arms[i], v->metric, x, NULL);
		for (size_t b = 0; b < data->nblocks; b++) {
			stats_interval_t one = {x[b], NAN, NAN, 0};
			if (isfinite(x[b]))
				throughput_row(
				    &csv, arm, shown->rows, "sample", &one);
		}
		throughput_row(&csv, arm, shown->rows, "median", &v->middle);
	}
	free(x);
	return data_close(&csv, path, shown, fault);
}

/* ------------------------------------------------------------- latency -- */

/* A point a step of about 4 % in 1 / (1 - q), while calls suffice. */
static void
latency_rows(csv_t *csv, const char *arm, const hist_t *h, double clock_ns)
{
	for (int step = 0; step < 400; step++) {
		double one_over = pow(10, step / 60.0);
		double q = 1 - 1 / one_over;
		if (step > 0 && !hist_quantile_supported(h, q))
			break;
		csv_text(csv, arm);
		csv_number(csv, q);
		csv_number(csv, one_over);
		csv_number(csv, (double)hist_quantile(h, q));
		csv_number(csv, clock_ns > 0 ? clock_ns : NAN);
		csv_end(csv);
	}
}

bool
figure_data_latency(const summary_t *summary, size_t cell, const char *path,
    figure_shown_t *shown, fault_t *fault)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	csv_t csv;
	if (csv_open(&csv, path, "arm,q,one_over,ns,clock_ns", fault))
		return true;
	for (size_t i = 0; i < c->narms; i++) {
		const summary_row_t *row =
		    summary_row(summary, cell, c->arms[i]);
		/* Below ten calls beyond p90 there is no spectrum to see. */
		if (row->latency == NULL ||
		    !hist_quantile_supported(row->latency, 0.9) ||
		    !drawn(summary, cell, c->arms[i]))
			continue;
		const char *arm = summary->data->arms[c->arms[i]].name;
		show(shown, arm);
		latency_rows(&csv, arm, row->latency, row->clock_ns);
	}
	return data_close(&csv, path, shown, fault);
}

/* --------------------------------------------------------------- purge -- */

bool
figure_data_purge(const summary_t *summary, size_t cell, const char *path,
    figure_shown_t *shown, fault_t *fault)
{
	static const size_t columns[] = {
	    METRIC_NPURGE, METRIC_NMADVISE, METRIC_PURGED_PAGES};
	const dataset_cell_t *c = &summary->data->cells[cell];
	csv_t csv;
	double sum = 0;
	if (csv_open(&csv, path, "arm,row,npurge,nmadvise,purged_pages", fault))
		return true;
	for (size_t i = 0; i < c->narms; i++) {
		size_t arm = c->arms[i];
		if (!drawn(summary, cell, arm) ||
		    summary_value(summary, cell, arm, METRIC_NPURGE)->reason !=
			NULL)
			continue;
		show(shown, summary->data->arms[arm].name);
		csv_text(&csv, summary->data->arms[arm].name);
		csv_number(&csv, (double)shown->rows);
		for (size_t k = 0; k < 3; k++) {
			const summary_value_t *v =
			    summary_value(summary, cell, arm, columns[k]);
			csv_number(&csv, v->middle.estimate);
			sum += isfinite(v->middle.estimate) ? v->middle.estimate
							    : 0;
		}
		csv_end(&csv);
	}
	if (sum == 0) /* a figure of zeros says less than the table */
		shown->rows = 0;
	return data_close(&csv, path, shown, fault);
}

/* ----------------------------------------------------------------- rss -- */

static void
rss_rows(csv_t *csv, const char *arm, const curve_t *curve, double step_s)
{
	for (size_t i = 0; i < CURVE_POINTS; i++) {
		if (isnan(curve->median[CURVE_RSS][i]))
			continue;
		csv_text(csv, arm);
		csv_number(csv, (double)i * step_s);
		csv_number(csv, curve->median[CURVE_RSS][i] / MIB);
		csv_number(csv, curve->lo[i] / MIB);
		csv_number(csv, curve->hi[i] / MIB);
		csv_number(csv, curve->median[CURVE_LIVE][i] / MIB);
		csv_number(
		    csv, curve->median[CURVE_RSS_LESS_LAZYFREE][i] / MIB);
		csv_number(csv, curve->median[CURVE_PURGED][i]);
		csv_end(csv);
	}
}

static bool
phases_write(const curves_t *curves, const char *path, fault_t *fault)
{
	char *name = text_format(
	    "%.*s.phases.csv", (int)(strlen(path) - strlen(".csv")), path);
	csv_t csv;
	bool failed = csv_open(&csv, name, "phase,begin_s,end_s,shade", fault);
	free(name);
	if (failed)
		return true;
	/* Every other span is shaded; those too short to be seen as one (the
	 * frees between two holds) belong to the span before them. */
	double least = curves->step_s * CURVE_POINTS / 50;
	int shade = 1;
	for (size_t p = 0; p < curves->nspans; p++) {
		const span_t *span = &curves->spans[p];
		if (span->end_s - span->begin_s >= least)
			shade = !shade;
		csv_text(&csv, span->name);
		csv_number(&csv, span->begin_s);
		csv_number(&csv, span->end_s);
		csv_number(&csv, shade);
		csv_end(&csv);
	}
	return csv_close(&csv, fault);
}

bool
figure_data_rss(const curves_t *curves, const summary_t *summary, size_t cell,
    const char *path, figure_shown_t *shown, fault_t *fault)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	csv_t csv;
	if (csv_open(&csv, path,
		"arm,t_s,rss_mib,rss_q1_mib,rss_q3_mib,live_mib,"
		"rss_less_lazyfree_mib,purged_pages",
		fault))
		return true;
	for (size_t i = 0; i < c->narms; i++) {
		if (curves->arms[i].samples == 0 ||
		    !drawn(summary, cell, c->arms[i]))
			continue;
		const char *arm = summary->data->arms[c->arms[i]].name;
		show(shown, arm);
		rss_rows(&csv, arm, &curves->arms[i], curves->step_s);
	}
	if (data_close(&csv, path, shown, fault))
		return true;
	return shown->rows > 0 && phases_write(curves, path, fault);
}

/* --------------------------------------------------------------- ratio -- */

static bool
has_ratio(const summary_t *summary, size_t cell, size_t arm, size_t m)
{
	return dataset_cell_has(&summary->data->cells[cell], arm) &&
	       isfinite(summary_value(summary, cell, arm, m)->ratio.estimate);
}

/* The lines of the forest: cell and metric of each. */
typedef struct line_s line_t;
struct line_s {
	size_t cell, m;
};

/* All lines with a ratio, and the arms that have one in any of them. */
static line_t *
ratio_lines(const summary_t *summary, size_t metric, figure_shown_t *shown)
{
	const dataset_t *data = summary->data;
	size_t first = metric != SIZE_MAX ? metric : metrics_count;
	size_t last = metric != SIZE_MAX ? metric + 1 : summary->nmetrics;
	line_t *lines =
	    text_memory(data->ncells * (last - first), sizeof(*lines));
	bool *seen = text_memory(data->narms, sizeof(*seen));
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t m = first; m < last; m++) {
			bool any = false;
			for (size_t a = 0; a < data->narms; a++)
				if (has_ratio(summary, c, a, m))
					any = seen[a] = true;
			if (any)
				lines[shown->rows++] = (line_t){c, m};
		}
	for (size_t a = 0; a < data->narms; a++)
		if (seen[a])
			words_add(&shown->arms, "%s", data->arms[a].name);
	free(seen);
	return lines;
}

/* Arms of a line lie above one another by their place in the legend. */
static void
ratio_line(const summary_t *summary, const line_t *line, size_t row,
    const words_t *arms, csv_t *csv)
{
	const dataset_t *data = summary->data;
	size_t place = 0;
	for (size_t a = 0; a < data->narms; a++) {
		if (!words_contain(arms, data->arms[a].name))
			continue;
		double offset = ((double)place++ + 0.5) / (double)arms->n - 0.5;
		if (!has_ratio(summary, line->cell, a, line->m))
			continue;
		const summary_value_t *v =
		    summary_value(summary, line->cell, a, line->m);
		csv_text(csv, v->metric->source == FROM_GBENCH
				  ? v->metric->title
				  : data->cells[line->cell].name);
		csv_number(csv, (double)row);
		csv_text(csv, data->arms[a].name);
		csv_number(csv, offset);
		csv_number(csv, v->ratio.estimate);
		csv_number(csv, v->ratio.lo);
		csv_number(csv, v->ratio.hi);
		csv_text(csv, v->judged ? verdict_word(v->verdict.kind,
					      v->metric->subject)
					: "");
		csv_end(csv);
	}
}

bool
figure_data_ratio(const summary_t *summary, size_t metric, const char *path,
    figure_shown_t *shown, fault_t *fault)
{
	csv_t csv;
	if (csv_open(
		&csv, path, "line,row,arm,offset,ratio,lo,hi,verdict", fault))
		return true;
	line_t *lines = ratio_lines(summary, metric, shown);
	for (size_t i = 0; i < shown->rows; i++)
		ratio_line(summary, &lines[i], i + 1, &shown->arms, &csv);
	free(lines);
	return data_close(&csv, path, shown, fault);
}
