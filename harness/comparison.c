#include "comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compared.h"
#include "key.h"
#include "relative.h"
#include "stats_two.h"

/* -------------------------------------------------------------- verdict -- */

/* Blocks a run for which the most extreme order of two samples reaches p. */
static double
blocks_for_p(double p)
{
	for (double n = 1; n < VERDICT_BLOCKS_MAX; n++) {
		double divisions = exp(lgamma(2 * n + 1) - 2 * lgamma(n + 1));
		if (2 / divisions <= p)
			return n;
	}
	return VERDICT_BLOCKS_MAX;
}

/* About how many blocks more in each run would decide it: the interval gets
 * narrower with their root, until it is clear of 1 or inside the region. */
static unsigned
blocks_more(const verdict_rule_t *rule, double n, const stats_interval_t *shift,
    size_t family)
{
	double each = (1 - rule->confidence) / (double)(family ? family : 1);
	double half = (shift->hi - shift->lo) / 2;
	double away = fabs(shift->estimate);
	double room = fmax(away, log1p(rule->delta) - away);
	double all = fmax(n * pow(half / room, 2), blocks_for_p(each));
	double more = ceil(fmax(all - n, n / 4));
	if (!(more < VERDICT_BLOCKS_MAX))
		return VERDICT_BLOCKS_MAX;
	return more < 1 ? 1 : (unsigned)more;
}

verdict_t
comparison_judge(const verdict_rule_t *rule, const size_t *n,
    const stats_interval_t *shift, double p, size_t family)
{
	double region = log1p(rule->delta);
	size_t fewer = n[0] < n[1] ? n[0] : n[1];
	if (shift->confidence >= rule->confidence) {
		if (shift->lo > -region && shift->hi < region)
			return (verdict_t){VERDICT_EQUIVALENT, 0};
		if (p <= 1 - rule->confidence && shift->hi < 0)
			return (verdict_t){VERDICT_BETTER, 0};
		if (p <= 1 - rule->confidence && shift->lo > 0)
			return (verdict_t){VERDICT_WORSE, 0};
	}
	return (verdict_t){
	    VERDICT_UNDECIDED, blocks_more(rule, (double)fewer, shift, family)};
}

/* ----------------------------------------------------------------- rows -- */

/* Where a row comes from: the same cell and arm in both runs. */
typedef struct place_of_s place_of_t;
struct place_of_s {
	size_t cell[COMPARISON_RUNS], arm[COMPARISON_RUNS];
	size_t reference[COMPARISON_RUNS];
};

static comparison_row_t *
row_add(comparison_t *comparison)
{
	comparison->rows = reallocarray(
	    comparison->rows, comparison->nrows + 1, sizeof(*comparison->rows));
	if (comparison->rows == NULL)
		abort();
	comparison_row_t *row = &comparison->rows[comparison->nrows++];
	*row = (comparison_row_t){.ratio = {NAN, NAN, NAN, 0},
	    .p = NAN,
	    .p_holm = NAN,
	    .middle = {NAN, NAN}};
	return row;
}

/* Fills logs[k] with what of run k is compared. Relative when both can be. */
static void
row_logs(const comparison_t *comparison, const place_of_t *at,
    comparison_row_t *row, double **logs)
{
	row->relative = at->reference[COMPARISON_OLD] != RELATIVE_NONE &&
			at->reference[COMPARISON_NEW] != RELATIVE_NONE;
	for (int again = 0; again < 2; again++) {
		for (int k = 0; k < COMPARISON_RUNS; k++)
			row->n[k] = relative_logs(comparison->run[k],
			    at->cell[k], at->arm[k],
			    row->relative ? at->reference[k] : RELATIVE_NONE,
			    &row->metric, logs[k]);
		if (!row->relative || (row->n[0] > 0 && row->n[1] > 0))
			return;
		row->relative = false;
	}
}

static const char *const run_words[COMPARISON_RUNS] = {"old", "new"};

/* Why a run has no value, in the words of its samples if they have any. */
static char *
absence_words(const dataset_t *data, size_t cell, size_t arm,
    const metric_t *metric, const char *which)
{
	const char *why = NULL;
	double *by_block = text_memory(data->nblocks, sizeof(*by_block));
	size_t n = dataset_values(data, cell, arm, metric, by_block, &why);
	free(by_block);
	if (why != NULL)
		return text_format("%s run: unsupported (%s)", which, why);
	return text_format("the %s run has %s", which,
	    n > 0 ? "values of 0, of which there is no ratio"
		  : "no such value");
}

/* Why the row has no ratio, or NULL. */
static char *
row_barred(
    comparison_t *comparison, const place_of_t *at, comparison_row_t *row)
{
	size_t failed[COMPARISON_RUNS];
	for (int k = 0; k < COMPARISON_RUNS; k++)
		failed[k] = dataset_tally(comparison->run[k], at->cell[k],
		    at->arm[k], row->metric.source)
				.failed;
	row->fails = failed[COMPARISON_NEW] > 0 && failed[COMPARISON_OLD] == 0;
	for (int k = COMPARISON_RUNS; k-- > 0;)
		if (failed[k] > 0)
			return text_format("%zu samples of the %s run failed",
			    failed[k], run_words[k]);
	if (row->metric.source == FROM_LATENCY)
		return text_copy("percentiles of merged histograms have no "
				 "blocks");
	for (int k = COMPARISON_RUNS; k-- > 0;)
		if (row->n[k] == 0)
			return absence_words(comparison->run[k], at->cell[k],
			    at->arm[k], &row->metric, run_words[k]);
	return NULL;
}

static stats_interval_t
interval_exp(stats_interval_t x)
{
	return (stats_interval_t){
	    exp(x.estimate), exp(x.lo), exp(x.hi), x.confidence};
}

/* The median over blocks; NaN when there is no value. */
static double
median_of(
    const dataset_t *data, size_t cell, size_t arm, const metric_t *metric)
{
	double *x = text_memory(data->nblocks, sizeof(*x));
	size_t n = 0;
	dataset_values(data, cell, arm, metric, x, NULL);
	for (size_t b = 0; b < data->nblocks; b++)
		if (isfinite(x[b]))
			x[n++] = x[b];
	double median = stats_median(x, n);
	free(x);
	return median;
}

/* Compares one metric of one arm in one cell. */
static void
metric_compare(
    comparison_t *comparison, const place_of_t *at, const metric_t *metric)
{
	size_t room = 0;
	for (int k = 0; k < COMPARISON_RUNS; k++)
		room += comparison->run[k]->nblocks;
	double *logs[COMPARISON_RUNS];
	double *values = text_memory(room, sizeof(*values));
	logs[COMPARISON_OLD] = values;
	logs[COMPARISON_NEW] =
	    values + comparison->run[COMPARISON_OLD]->nblocks;
	comparison_row_t *row = row_add(comparison);
	const dataset_t *new = comparison->run[COMPARISON_NEW];
	row->cell = new->cells[at->cell[COMPARISON_NEW]].name;
	row->arm = new->arms[at->arm[COMPARISON_NEW]].name;
	row->metric = *metric;
	row_logs(comparison, at, row, logs);
	for (int k = 0; k < COMPARISON_RUNS; k++)
		row->middle[k] = median_of(
		    comparison->run[k], at->cell[k], at->arm[k], metric);
	row->reason = row_barred(comparison, at, row);
	if (row->reason == NULL) {
		row->ratio = interval_exp(stats_shift(logs[COMPARISON_NEW],
		    row->n[COMPARISON_NEW], logs[COMPARISON_OLD],
		    row->n[COMPARISON_OLD], comparison->wish.rule.confidence));
		row->p = stats_rank_sum_test(logs[COMPARISON_NEW],
		    row->n[COMPARISON_NEW], logs[COMPARISON_OLD],
		    row->n[COMPARISON_OLD]);
		row->judged = metric->primary;
	}
	/* Its first metric stands for the arm. */
	const comparison_row_t *above = row - 1;
	comparison->failures +=
	    row->fails &&
	    (comparison->nrows == 1 || !above->fails ||
		above->cell != row->cell || above->arm != row->arm);
	free(values);
}

/* Every metric by which an arm is compared in a cell. */
static void
arm_compare(comparison_t *comparison, const place_of_t *at)
{
	metric_t *list;
	size_t n = compared_metrics(comparison->run[COMPARISON_NEW],
	    at->cell[COMPARISON_NEW], at->arm[COMPARISON_NEW],
	    comparison->wish.metrics, &list);
	for (size_t m = 0; m < n; m++)
		metric_compare(comparison, at, &list[m]);
	free(list);
}

static bool
arm_wanted(const comparison_t *comparison, const char *name)
{
	const words_t *arms = comparison->wish.arms;
	return arms->n == 0 || words_contain(arms, name);
}

static void
cell_compare(comparison_t *comparison, place_of_t *at)
{
	const dataset_t *old = comparison->run[COMPARISON_OLD];
	const dataset_t *new = comparison->run[COMPARISON_NEW];
	const dataset_cell_t *cell = &new->cells[at->cell[COMPARISON_NEW]];
	const dataset_cell_t *before = &old->cells[at->cell[COMPARISON_OLD]];
	for (int k = 0; k < COMPARISON_RUNS; k++) {
		size_t arm = relative_reference(comparison->run[k]);
		at->reference[k] =
		    arm != RELATIVE_NONE &&
			    dataset_cell_has(
				k == COMPARISON_OLD ? before : cell, arm)
			? arm
			: RELATIVE_NONE;
	}
	for (size_t i = 0; i < cell->narms; i++) {
		const char *name = new->arms[cell->arms[i]].name;
		at->arm[COMPARISON_NEW] = cell->arms[i];
		at->arm[COMPARISON_OLD] = relative_arm(old, name);
		bool reference =
		    at->arm[COMPARISON_NEW] == at->reference[COMPARISON_NEW] &&
		    at->reference[COMPARISON_OLD] != RELATIVE_NONE;
		if (reference || !arm_wanted(comparison, name))
			continue;
		if (at->arm[COMPARISON_OLD] == RELATIVE_NONE ||
		    !dataset_cell_has(before, at->arm[COMPARISON_OLD]))
			words_add(&comparison->left_out,
			    "%s in %s: not measured in the old run", name,
			    cell->name);
		else
			arm_compare(comparison, at);
	}
}

/* ---------------------------------------------------------------- whole -- */

/* Cells of both runs; what only one has, or did other work, is left out. */
static void
cells_compare(comparison_t *comparison)
{
	const dataset_t *old = comparison->run[COMPARISON_OLD];
	const dataset_t *new = comparison->run[COMPARISON_NEW];
	for (size_t c = 0; c < new->ncells; c++) {
		const char *name = new->cells[c].name;
		place_of_t at = {.cell = {relative_cell(old, name), c}};
		if (at.cell[COMPARISON_OLD] == RELATIVE_NONE) {
			words_add(&comparison->left_out,
			    "%s: not measured in the old run", name);
			continue;
		}
		char *why = key_work_compare(&old->store, &new->store, name);
		if (why != NULL)
			words_add(comparison->wish.force
				      ? &comparison->forced
				      : &comparison->left_out,
			    "%s: other work (%s)", name, why);
		if (why == NULL || comparison->wish.force)
			cell_compare(comparison, &at);
		free(why);
	}
	for (size_t c = 0; c < old->ncells; c++)
		if (relative_cell(new, old->cells[c].name) == RELATIVE_NONE)
			words_add(&comparison->left_out,
			    "%s: not measured in the new run",
			    old->cells[c].name);
}

/* The row's shift such that less is better. */
static stats_interval_t
row_shift(const comparison_row_t *row)
{
	stats_interval_t x = row->ratio;
	if (row->metric.direction == HIGHER_IS_BETTER)
		return (stats_interval_t){
		    -log(x.estimate), -log(x.hi), -log(x.lo), x.confidence};
	return (stats_interval_t){
	    log(x.estimate), log(x.lo), log(x.hi), x.confidence};
}

static void
rows_judge(comparison_t *comparison)
{
	double *p = text_memory(comparison->nrows, sizeof(*p));
	size_t n = 0;
	for (size_t i = 0; i < comparison->nrows; i++)
		if (comparison->rows[i].judged)
			p[n++] = comparison->rows[i].p;
	stats_holm(p, n, p);
	comparison->family = n;
	for (size_t i = 0, k = 0; i < comparison->nrows; i++) {
		comparison_row_t *row = &comparison->rows[i];
		if (!row->judged)
			continue;
		stats_interval_t shift = row_shift(row);
		row->p_holm = p[k++];
		row->verdict = comparison_judge(
		    &comparison->wish.rule, row->n, &shift, row->p_holm, n);
		comparison->count[row->verdict.kind]++;
	}
	free(p);
}

void
comparison_init(comparison_t *comparison, const dataset_t *old,
    const dataset_t *new, const comparison_wish_t *wish)
{
	*comparison = (comparison_t){.run = {old, new}, .wish = *wish};
	cells_compare(comparison);
	rows_judge(comparison);
}

void
comparison_release(comparison_t *comparison)
{
	for (size_t i = 0; i < comparison->nrows; i++)
		free(comparison->rows[i].reason);
	free(comparison->rows);
	words_release(&comparison->left_out);
	words_release(&comparison->forced);
	*comparison = (comparison_t){0};
}
