/*
 * The figures with time on their horizontal axis, all on the grid of the
 * cell's curves and with the workload's phases behind them.
 */
#include "figure_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lazyfree.h"
#include "returned.h"

#define MIB 1048576.0

/* Writes the phases of the curves beside the figure's data. */
static bool
phases_write(const curves_t *curves, const figure_job_t *job)
{
	char *name = text_format("%.*s.phases.csv",
	    (int)(strlen(job->path) - strlen(".csv")), job->path);
	csv_t csv;
	bool failed =
	    csv_open(&csv, name, "phase,begin_s,end_s,shade", job->fault);
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
	return csv_close(&csv, job->fault);
}

/* Ends the data of a figure over time. */
static bool
time_close(csv_t *csv, const curves_t *curves, const figure_job_t *job)
{
	job->shown->timed = true;
	job->shown->phased = curves->nspans > 0;
	job->shown->cut = curves->cut;
	return figure_close(csv, job) ||
	       (job->shown->rows > 0 && phases_write(curves, job));
}

/* One point is no curve: a process that ended at once. */
static bool
has_line(const curves_t *curves, size_t i)
{
	size_t n = 0;
	for (size_t p = 0; p < CURVE_POINTS; p++)
		n += !isnan(curves->arms[i].median[CURVE_RSS][p]);
	return curves->step_s > 0 && n > 1;
}

/* The name of the curves' arm i when it is to be drawn, else NULL. */
static const char *
arm_drawn(const figure_job_t *job, const curves_t *curves, size_t i)
{
	const dataset_t *data = job->summary->data;
	size_t arm = data->cells[job->cell].arms[i];
	return curves->arms[i].samples > 0 && has_line(curves, i) &&
		       figure_drawn(job->summary, job->cell, arm)
		   ? data->arms[arm].name
		   : NULL;
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

bool
figure_data_rss(const figure_job_t *job)
{
	const curves_t *curves = &job->curves->time;
	csv_t csv;
	if (csv_open(&csv, job->path,
		"arm,t_s,rss_mib,rss_q1_mib,rss_q3_mib,live_mib,"
		"rss_less_lazyfree_mib,purged_pages",
		job->fault))
		return true;
	for (size_t i = 0; i < curves->narms; i++) {
		const char *arm = arm_drawn(job, curves, i);
		if (arm == NULL)
			continue;
		figure_show(job->shown, arm);
		rss_rows(&csv, arm, &curves->arms[i], curves->step_s);
	}
	return time_close(&csv, curves, job);
}

/* ------------------------------------------------------------ lazyfree -- */

static void
lazyfree_rows(
    csv_t *csv, const char *arm, const curve_t *curve, double step_s, bool lazy)
{
	for (size_t i = 0; i < CURVE_POINTS; i++) {
		if (isnan(curve->median[CURVE_RSS][i]))
			continue;
		csv_text(csv, arm);
		csv_number(csv, (double)i * step_s);
		csv_number(csv, curve->median[CURVE_RSS][i] / MIB);
		csv_number(
		    csv, lazy ? curve->median[CURVE_RSS_LESS_LAZYFREE][i] / MIB
			      : NAN);
		csv_end(csv);
	}
}

/* Arms that never free lazily are drawn too, to compare with. */
bool
figure_data_lazyfree(const figure_job_t *job)
{
	const curves_t *curves = lazyfree_curves(job->curves);
	bool any = false;
	csv_t csv;
	if (csv_open(&csv, job->path, "arm,t_s,rss_mib,rss_less_lazyfree_mib",
		job->fault))
		return true;
	for (size_t i = 0; i < curves->narms; i++) {
		lazyfree_t rise;
		const char *arm = arm_drawn(job, curves, i);
		if (arm == NULL)
			continue;
		bool lazy =
		    lazyfree_find(&curves->arms[i], curves->step_s, &rise) &&
		    rise.curve;
		any |= lazy;
		figure_show(job->shown, arm);
		lazyfree_rows(
		    &csv, arm, &curves->arms[i], curves->step_s, lazy);
	}
	if (!any)
		job->shown->rows = 0;
	return time_close(&csv, curves, job);
}

/* -------------------------------------------------------------- census -- */

/* A call that the arm never makes stays empty. Returns the bytes that it gave
 * back in all. */
static double
census_rows(csv_t *csv, const char *arm, size_t row, const curves_t *curves,
    size_t i, const returned_t *returned)
{
	const double *rss = curves->arms[i].median[CURVE_RSS];
	double all[RETURNED_CALLS];
	double sum = 0;
	for (int c = 0; c < RETURNED_CALLS; c++) {
		all[c] = returned->bytes[c][CURVE_POINTS - 1];
		sum += all[c];
	}
	for (size_t p = 0; p < CURVE_POINTS; p++) {
		if (isnan(rss[p]))
			continue;
		csv_text(csv, arm);
		csv_number(csv, (double)row);
		csv_number(csv, (double)p * curves->step_s);
		csv_number(csv, rss[p] / MIB);
		for (int c = 0; c < RETURNED_CALLS; c++)
			csv_number(csv,
			    all[c] > 0 ? returned->bytes[c][p] / MIB : NAN);
		csv_end(csv);
	}
	return sum;
}

/* Of census samples both are known: RSS, and what the kernel got back. */
static bool
census_write(csv_t *csv, const figure_job_t *job, const curves_t *curves)
{
	const dataset_t *data = job->summary->data;
	double sum = 0;
	for (size_t i = 0; i < curves->narms; i++) {
		const char *arm = arm_drawn(job, curves, i);
		returned_t returned;
		if (arm == NULL)
			continue;
		if (returned_read(&returned, data, job->cell,
			data->cells[job->cell].arms[i], curves->step_s,
			job->fault))
			return true;
		if (returned.samples == 0)
			continue;
		figure_show(job->shown, arm);
		sum += census_rows(
		    csv, arm, job->shown->rows, curves, i, &returned);
	}
	if (sum == 0) /* the table says that nobody gave anything back */
		job->shown->rows = 0;
	return false;
}

bool
figure_data_census(const figure_job_t *job)
{
	const curves_t *curves = &job->curves->census;
	csv_t csv;
	char *head = text_copy("arm,row,t_s,rss_mib");
	for (int c = 0; c < RETURNED_CALLS; c++)
		text_assign(&head, "%s,%s_mib", head, returned_call_names[c]);
	bool failed = csv_open(&csv, job->path, head, job->fault);
	free(head);
	if (failed)
		return true;
	fault_t lost; /* the first fault is the one to tell */
	figure_job_t rest = *job;
	failed = census_write(&csv, job, curves);
	if (failed)
		rest.fault = &lost;
	return time_close(&csv, curves, &rest) || failed;
}
