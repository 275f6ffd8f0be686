#include "figure_data.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "tails.h"
#include "text.h"

bool
figure_close(csv_t *csv, const figure_job_t *job)
{
	bool failed = csv_close(csv, job->fault);
	if (job->shown->rows == 0)
		unlink(job->path);
	return failed;
}

void
figure_show(figure_shown_t *shown, const char *arm)
{
	words_add(&shown->arms, "%s", arm);
	shown->rows++;
}

bool
figure_drawn(const summary_t *summary, size_t cell, size_t arm)
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
figure_data_throughput(const figure_job_t *job)
{
	const summary_t *summary = job->summary;
	figure_shown_t *shown = job->shown;
	size_t cell = job->cell;
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	csv_t csv;
	if (csv_open(
		&csv, job->path, "arm,row,kind,ops_per_s,lo,hi", job->fault))
		return true;
	double *x = text_memory(data->nblocks, sizeof(*x));
	for (size_t i = 0; i < c->narms; i++) {
		const summary_value_t *v =
		    summary_value(summary, cell, c->arms[i], METRIC_OPS_PER_S);
		const char *arm = data->arms[c->arms[i]].name;
		if (v->reason != NULL ||
		    !figure_drawn(summary, cell, c->arms[i]))
			continue;
		figure_show(shown, arm);
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
	return figure_close(&csv, job);
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

/* A curve for what was timed with nothing in it, of all arms together. */
static void
latency_control(csv_t *csv, const figure_job_t *job)
{
	hist_t *control = text_memory(1, sizeof(*control));
	if (tails_control(
		control, job->summary->data, job->cell, TAILS_ALL_ARMS) > 0 &&
	    hist_quantile_supported(control, 0.9)) {
		figure_show(job->shown, FIGURE_CONTROL);
		latency_rows(csv, FIGURE_CONTROL, control, NAN);
	}
	free(control);
}

bool
figure_data_latency(const figure_job_t *job)
{
	const summary_t *summary = job->summary;
	figure_shown_t *shown = job->shown;
	size_t cell = job->cell;
	const dataset_cell_t *c = &summary->data->cells[cell];
	csv_t csv;
	if (csv_open(&csv, job->path, "arm,q,one_over,ns,clock_ns", job->fault))
		return true;
	for (size_t i = 0; i < c->narms; i++) {
		const summary_row_t *row =
		    summary_row(summary, cell, c->arms[i]);
		/* Below ten calls beyond p90 there is no spectrum to see. */
		if (row->latency == NULL ||
		    !hist_quantile_supported(row->latency, 0.9) ||
		    !figure_drawn(summary, cell, c->arms[i]))
			continue;
		const char *arm = summary->data->arms[c->arms[i]].name;
		figure_show(shown, arm);
		latency_rows(&csv, arm, row->latency, row->clock_ns);
	}
	if (shown->rows > 0)
		latency_control(&csv, job);
	return figure_close(&csv, job);
}

/* --------------------------------------------------------------- purge -- */

bool
figure_data_purge(const figure_job_t *job)
{
	const summary_t *summary = job->summary;
	figure_shown_t *shown = job->shown;
	size_t cell = job->cell;
	static const size_t columns[] = {
	    METRIC_NPURGE, METRIC_NMADVISE, METRIC_PURGED_PAGES};
	const dataset_cell_t *c = &summary->data->cells[cell];
	csv_t csv;
	double sum = 0;
	if (csv_open(&csv, job->path, "arm,row,npurge,nmadvise,purged_pages",
		job->fault))
		return true;
	for (size_t i = 0; i < c->narms; i++) {
		size_t arm = c->arms[i];
		if (!figure_drawn(summary, cell, arm) ||
		    summary_value(summary, cell, arm, METRIC_NPURGE)->reason !=
			NULL)
			continue;
		figure_show(shown, summary->data->arms[arm].name);
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
	return figure_close(&csv, job);
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

/* All lines with a ratio, shown->rows of them, and the arms that have one. */
static line_t *
ratio_lines(const summary_t *summary, size_t metric, figure_shown_t *shown)
{
	const dataset_t *data = summary->data;
	bool gbench = metric == FIGURE_GBENCH;
	size_t first = gbench ? metrics_count : metric;
	size_t last = gbench ? summary->nmetrics : metric + 1;
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
figure_data_ratio(const figure_job_t *job)
{
	figure_shown_t *shown = job->shown;
	csv_t csv;
	if (csv_open(&csv, job->path, "line,row,arm,offset,ratio,lo,hi,verdict",
		job->fault))
		return true;
	line_t *lines = ratio_lines(job->summary, job->metric, shown);
	size_t n = shown->rows;
	shown->parts = (n + FIGURE_LINES_MOST - 1) / FIGURE_LINES_MOST;
	size_t first = n > 0 ? job->part * n / shown->parts : 0;
	size_t last = n > 0 ? (job->part + 1) * n / shown->parts : 0;
	shown->rows = last - first;
	for (size_t i = first; i < last; i++)
		ratio_line(
		    job->summary, &lines[i], i - first + 1, &shown->arms, &csv);
	free(lines);
	return figure_close(&csv, job);
}

/* -------------------------------------------------------------- pareto -- */

/* An arm's place; 1 and 1, without intervals, for the baseline. */
typedef struct spot_s spot_t;
struct spot_s {
	const char *arm;
	stats_interval_t time, memory;
	bool front;
};

/* Everything that has both ratios, in the dataset's order. */
static size_t
spots_collect(const summary_t *summary, size_t cell, spot_t *spots)
{
	static const stats_interval_t one = {1, NAN, NAN, 0};
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	size_t n = 0;
	for (size_t i = 0; i < c->narms; i++) {
		size_t arm = c->arms[i];
		bool base = arm == data->baseline;
		const summary_value_t *time =
		    summary_value(summary, cell, arm, METRIC_WORK_NS);
		const summary_value_t *memory =
		    summary_value(summary, cell, arm, METRIC_RSS_MEAN);
		if (!figure_drawn(summary, cell, arm) ||
		    (base ? time->reason != NULL || memory->reason != NULL
			  : !isfinite(time->ratio.estimate) ||
				!isfinite(memory->ratio.estimate)))
			continue;
		spots[n++] = (spot_t){.arm = data->arms[arm].name,
		    .time = base ? one : time->ratio,
		    .memory = base ? one : memory->ratio};
	}
	return n;
}

static int
compare_spots(const void *a, const void *b)
{
	const spot_t *x = a;
	const spot_t *y = b;
	double by_time = x->time.estimate - y->time.estimate;
	double by_memory = x->memory.estimate - y->memory.estimate;
	double by = by_time != 0 ? by_time : by_memory;
	return (by > 0) - (by < 0);
}

/* Of spots in the order of time: nobody who is as fast needs less memory. */
static void
front_mark(spot_t *spots, size_t n)
{
	double least = INFINITY;
	for (size_t i = 0; i < n; i++) {
		spots[i].front = spots[i].memory.estimate < least;
		if (spots[i].front)
			least = spots[i].memory.estimate;
	}
}

static void
csv_interval(csv_t *csv, const stats_interval_t *x)
{
	csv_number(csv, x->estimate);
	csv_number(csv, x->lo);
	csv_number(csv, x->hi);
}

bool
figure_data_pareto(const figure_job_t *job)
{
	const dataset_t *data = job->summary->data;
	csv_t csv;
	if (csv_open(&csv, job->path,
		"arm,time,time_lo,time_hi,rss,rss_lo,rss_hi,front_rss",
		job->fault))
		return true;
	spot_t *spots = text_memory(data->narms, sizeof(*spots));
	size_t n = spots_collect(job->summary, job->cell, spots);
	for (size_t i = 0; n > 1 && i < n; i++)
		figure_show(job->shown, spots[i].arm);
	qsort(spots, n, sizeof(*spots), compare_spots);
	front_mark(spots, n);
	for (size_t i = 0; n > 1 && i < n; i++) {
		csv_text(&csv, spots[i].arm);
		csv_interval(&csv, &spots[i].time);
		csv_interval(&csv, &spots[i].memory);
		csv_number(
		    &csv, spots[i].front ? spots[i].memory.estimate : NAN);
		csv_end(&csv);
	}
	free(spots);
	return figure_close(&csv, job);
}
