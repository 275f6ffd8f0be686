#include "figure_data.h"

#include "tails.h"

/* A bar an arm, its causes side by side, always in the same order. */
static void
tail_rows(csv_t *csv, const tails_t *tails, const char *arm, size_t row)
{
	double left = 0;
	double all = (double)(tails->above - tails->missed) / 100;
	for (unsigned i = 0; i < CAUSES; i++) {
		double share = (double)tails->cause[i].n / all;
		if (share == 0)
			continue;
		csv_text(csv, arm);
		csv_number(csv, (double)row);
		csv_text(csv, cause_name(i));
		csv_number(csv, left);
		csv_number(csv, left + share);
		csv_end(csv);
		left += share;
	}
}

bool
figure_data_tail(const figure_job_t *job)
{
	const summary_t *summary = job->summary;
	figure_shown_t *shown = job->shown;
	const dataset_cell_t *c = &summary->data->cells[job->cell];
	csv_t csv;
	if (csv_open(&csv, job->path, "arm,row,cause,left,right", job->fault))
		return true;
	for (size_t i = 0; i < c->narms; i++) {
		tails_t tails;
		const char *arm = summary->data->arms[c->arms[i]].name;
		if (!figure_drawn(summary, job->cell, c->arms[i]) ||
		    !tails_read(&tails, summary, job->cell, c->arms[i]) ||
		    tails.above == tails.missed)
			continue;
		figure_show(shown, arm);
		tail_rows(&csv, &tails, arm, shown->rows);
	}
	return figure_close(&csv, job);
}
