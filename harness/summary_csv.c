#include "summary.h"

#include <math.h>
#include <stdlib.h>

#include "csv.h"

static const char csv_head[] =
    "cell,workload,case,threads,arm,metric,unit,better,n,median,lo,hi,"
    "confidence,mad,baseline,pairs,ratio,ratio_lo,ratio_hi,ratio_confidence,"
    "hl_ratio,hl_lo,hl_hi,cliffs_delta,p,p_holm,family,verdict,blocks_more,"
    "reason,p_rank,trend,trend_p,lag1,lag1_p,dip,dip_p,ratio_trend_p,"
    "ratio_lag1,ratio_lag1_p";

static void
csv_interval(csv_t *csv, const stats_interval_t *x)
{
	csv_number(csv, x->estimate);
	csv_number(csv, x->lo);
	csv_number(csv, x->hi);
}

static void
csv_value(csv_t *csv, const summary_t *summary, size_t cell, size_t arm,
    const summary_value_t *v)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	csv_text(csv, c->name);
	csv_text(csv, c->workload);
	csv_text(csv, c->case_name);
	csv_number(csv, c->threads);
	csv_text(csv, data->arms[arm].name);
	csv_text(csv, v->metric->name);
	csv_text(csv, unit_name(v->metric->unit));
	csv_text(csv, metric_direction_name(v->metric->direction));
	csv_number(csv, (double)v->n);
	csv_interval(csv, &v->middle);
	csv_number(csv, v->middle.confidence > 0 ? v->middle.confidence : NAN);
	csv_number(csv, v->mad);
	csv_text(csv, data->arms[data->baseline].name);
	csv_number(csv, (double)v->pairs);
	csv_interval(csv, &v->ratio);
	csv_number(csv, isfinite(v->ratio.lo) ? v->ratio.confidence : NAN);
	csv_interval(csv, &v->shift);
	csv_number(csv, v->cliffs_delta);
	csv_number(csv, v->p);
	csv_number(csv, v->p_holm);
	csv_number(csv, v->judged ? (double)v->family : NAN);
	csv_text(csv,
	    v->judged ? verdict_word(v->verdict.kind, v->metric->subject) : "");
	csv_number(csv, v->judged ? v->verdict.blocks_more : NAN);
	csv_text(csv, v->reason != NULL        ? v->reason
		      : v->no_ratio != NULL    ? v->no_ratio
		      : v->no_interval != NULL ? v->no_interval
					       : "");
	csv_number(csv, v->p_rank);
	csv_number(csv, v->drift.change / v->middle.estimate);
	csv_number(csv, v->drift.trend_p);
	csv_number(csv, v->drift.lag1);
	csv_number(csv, v->drift.lag1_p);
	csv_number(csv, v->dip);
	csv_number(csv, v->dip_p);
	csv_number(csv, v->ratio_drift.trend_p);
	csv_number(csv, v->ratio_drift.lag1);
	csv_number(csv, v->ratio_drift.lag1_p);
	csv_end(csv);
}

/* Google Benchmark's metrics belong to its cells, the others to the rest. */
static bool
metric_concerns(const summary_t *summary, size_t cell, const metric_t *metric)
{
	return (metric->source == FROM_GBENCH) ==
	       summary->data->cells[cell].gbench;
}

static void
csv_summary(csv_t *csv, const summary_t *summary)
{
	const dataset_t *data = summary->data;
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t i = 0; i < data->cells[c].narms; i++)
			for (size_t m = 0; m < summary->nmetrics; m++) {
				size_t arm = data->cells[c].arms[i];
				if (metric_concerns(
					summary, c, &summary->metrics[m]))
					csv_value(csv, summary, c, arm,
					    summary_value(summary, c, arm, m));
			}
}

bool
summary_write(
    const summary_t *summary, const summary_t *controls, fault_t *fault)
{
	csv_t csv;
	char *path = text_format("%s/summary.csv", summary->data->dir);
	bool failed = csv_open(&csv, path, csv_head, fault);
	free(path);
	if (failed)
		return true;
	csv_summary(&csv, summary);
	if (controls != NULL)
		csv_summary(&csv, controls);
	return csv_close(&csv, fault);
}
