#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compared.h"
#include "dataset.h"
#include "history_find.h"
#include "key.h"
#include "progress.h"
#include "relative.h"
#include "stats.h"

/* A run takes about so long to read. */
#define READ_S 0.5
/*
 * 19 of 20 values of a normal distribution about 0 are within so many times
 * the median of their sizes; which one run on a bad day does not move.
 */
#define MEDIAN_TO_MOST (1.96 * 1.4826)

/* --------------------------------------------------------------- series -- */

static void
series_add(
    history_t *history, const char *cell, const char *arm, const metric_t *m)
{
	history->series = reallocarray(
	    history->series, history->nseries + 1, sizeof(*history->series));
	if (history->series == NULL)
		abort();
	history_series_t *series = &history->series[history->nseries++];
	*series = (history_series_t){.cell = text_copy(cell),
	    .arm = text_copy(arm),
	    .metric = *m,
	    .metric_name = text_copy(m->name),
	    .metric_title =
		text_format("%.*s", (int)compared_title(m->title), m->title)};
	series->metric.title = series->metric_title;
	series->metric.name = series->metric_name;
}

static bool
arm_wanted(
    const dataset_t *data, const history_wish_t *wish, size_t arm, bool ebb)
{
	const dataset_arm_t *a = &data->arms[arm];
	if (wish->arms->n > 0)
		return words_contain(wish->arms, a->name);
	return ebb ? strcmp(a->kind, "ebb") == 0
		   : arm != relative_reference(data);
}

/* What is looked at: the cells, arms and metrics of the newest run. */
static void
series_choose(
    history_t *history, const dataset_t *data, const history_wish_t *wish)
{
	bool ebb = false;
	for (size_t a = 0; a < data->narms; a++)
		ebb |= strcmp(data->arms[a].kind, "ebb") == 0;
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t i = 0; i < data->cells[c].narms; i++) {
			const dataset_cell_t *cell = &data->cells[c];
			size_t arm = cell->arms[i];
			if (!arm_wanted(data, wish, arm, ebb))
				continue;
			metric_t *list;
			size_t n = compared_metrics(
			    data, c, arm, wish->metrics, &list);
			for (size_t m = 0; m < n; m++)
				if (list[m].source != FROM_LATENCY)
					series_add(history, cell->name,
					    data->arms[arm].name, &list[m]);
			free(list);
		}
}

/* --------------------------------------------------------------- values -- */

/* What is kept of a run while the others are read: a value and its standard
 * error for each series, NaN where there is none, and whether the arm failed.
 */
typedef struct column_s column_t;
struct column_s {
	double *x, *error;
	bool *failed;
	char **arm_is;
};

/* Standard error of a median of n values by their MAD: that of normal values
 * is sqrt(pi / 2) times that of their mean. */
static double
median_error(const double *x, size_t n)
{
	return n < 3 ? NAN
		     : 1.4826 * stats_mad(x, n) * sqrt(M_PI / 2 / (double)n);
}

static size_t
reference_in(const dataset_t *data, size_t cell)
{
	size_t arm = relative_reference(data);
	return arm != RELATIVE_NONE && dataset_cell_has(&data->cells[cell], arm)
		   ? arm
		   : RELATIVE_NONE;
}

/* The newest run decides whether a series is relative; the others follow. */
static void
column_take(history_t *history, const dataset_t *data, size_t s, bool newest,
    column_t *column)
{
	history_series_t *series = &history->series[s];
	size_t cell = relative_cell(data, series->cell);
	size_t arm = relative_arm(data, series->arm);
	double *logs = text_memory(data->nblocks, sizeof(*logs));
	size_t n = 0;
	column->x[s] = column->error[s] = NAN;
	if (cell != RELATIVE_NONE && arm != RELATIVE_NONE &&
	    dataset_cell_has(&data->cells[cell], arm)) {
		size_t reference = reference_in(data, cell);
		column->failed[s] =
		    dataset_tally(data, cell, arm, series->metric.source)
			.failed > 0;
		if (newest && reference != RELATIVE_NONE && reference != arm)
			series->relative =
			    relative_logs(data, cell, arm, reference,
				&series->metric, logs) > 0;
		if (!series->relative)
			reference = RELATIVE_NONE;
		if (!series->relative || reference != RELATIVE_NONE)
			n = relative_logs(
			    data, cell, arm, reference, &series->metric, logs);
	}
	if (n > 0 && !column->failed[s]) {
		const dataset_arm_t *a = &data->arms[arm];
		column->arm_is[s] = text_format("build %.12s%s%s",
		    a->build_id[0] != '\0' ? a->build_id : "unknown",
		    a->conf[0] != '\0' ? ", options " : "", a->conf);
		column->x[s] = stats_median(logs, n);
		column->error[s] = median_error(logs, n);
	}
	free(logs);
}

/* ------------------------------------------------------------ A/A pairs -- */

/* The run's ok samples of that control. The caller frees the list. */
static const json_t **
control_lines(const samples_t *store, const char *role, size_t *n)
{
	size_t i;
	json_t *line;
	const json_t **lines =
	    text_memory(json_array_size(store->lines), sizeof(*lines));
	*n = 0;
	json_array_foreach(store->lines, i, line)
	{
		if (strcmp(sample_text(line, "control"), role) == 0 &&
		    sample_ok(line))
			lines[(*n)++] = line;
	}
	return lines;
}

/* The metric's value in the block's one of these lines, or NaN. */
static double
block_value(const json_t **lines, size_t n, int64_t block, const char *metric)
{
	double value;
	const char *why;
	for (size_t i = 0; i < n; i++)
		if (sample_number(lines[i], "block") == block &&
		    sample_metric(lines[i], metric, &value, &why))
			return value;
	return NAN;
}

static history_floor_t *
floor_of(history_t *history, const char *metric)
{
	for (size_t i = 0; i < history->nfloors; i++)
		if (strcmp(history->floors[i].metric, metric) == 0)
			return &history->floors[i];
	history->floors = reallocarray(
	    history->floors, history->nfloors + 1, sizeof(*history->floors));
	if (history->floors == NULL)
		abort();
	history_floor_t *floor = &history->floors[history->nfloors++];
	*floor = (history_floor_t){.metric = metric};
	return floor;
}

static void
floor_add(history_floor_t *floor, double apart)
{
	floor->apart =
	    reallocarray(floor->apart, floor->n + 1, sizeof(*floor->apart));
	if (floor->apart == NULL)
		abort();
	floor->apart[floor->n++] = apart;
}

/*
 * The run's A/A pair: the arm that every run measures twice among its controls
 * as "itself" and as "again". Adds by how much they differ.
 */
static void
floors_take(history_t *history, const samples_t *store)
{
	size_t nfirst, nsecond;
	const json_t **first = control_lines(store, "itself", &nfirst);
	const json_t **second = control_lines(store, "again", &nsecond);
	double *room = text_memory(3 * nfirst, sizeof(*room));
	for (size_t m = 0; nfirst > 0 && m < metrics_count; m++) {
		double *a = room;
		double *b = a + nfirst;
		double *logs = b + nfirst;
		if (metrics[m].source != FROM_TIME)
			continue;
		for (size_t i = 0; i < nfirst; i++) {
			int64_t block = sample_number(first[i], "block");
			a[i] =
			    block_value(&first[i], 1, block, metrics[m].name);
			b[i] = block_value(
			    second, nsecond, block, metrics[m].name);
		}
		size_t n = stats_log_ratios(b, a, nfirst, logs);
		if (n > 0)
			floor_add(floor_of(history, metrics[m].name),
			    fabs(stats_median(logs, n)));
	}
	free(room);
	free(first);
	free(second);
}

double
history_floor(const history_t *history, const char *metric)
{
	for (size_t i = 0; i < history->nfloors; i++) {
		const history_floor_t *floor = &history->floors[i];
		if (strcmp(floor->metric, metric) == 0)
			return MEDIAN_TO_MOST *
			       stats_median(floor->apart, floor->n);
	}
	return 0;
}

/* ----------------------------------------------------------------- runs -- */

/* Cells of a run that did other work, with one reason. */
typedef struct other_work_s other_work_t;
struct other_work_s {
	words_t cells;
	char *why; /* NULL: none */
};

/* Tells the cells that have this reason, before those with another. */
static void
other_work_tell(other_work_t *other, const history_run_t *run, words_t *out)
{
	if (other->cells.n > 0) {
		char *cells = words_join(&other->cells, ", ");
		words_add(out, "%s in %s: other work (%s)", cells, run->name,
		    other->why);
		free(cells);
	}
	words_release(&other->cells);
	free(other->why);
	other->why = NULL;
}

/* Cells whose work differs from the newest run's have no value here. */
static void
work_check(history_t *history, const dataset_t *data, const dataset_t *newest,
    const history_run_t *run, bool force, column_t *column)
{
	words_t *out = force ? &history->forced : &history->left_out;
	other_work_t other = {0};
	const char *last = "";
	bool differs = false;
	for (size_t s = 0; s < history->nseries; s++) {
		const char *cell = history->series[s].cell;
		if (strcmp(last, cell) != 0) {
			char *why = key_work_compare(
			    &data->store, &newest->store, cell);
			differs = why != NULL &&
				  relative_cell(data, cell) != RELATIVE_NONE;
			if (differs && (other.why == NULL ||
					   strcmp(other.why, why) != 0)) {
				other_work_tell(&other, run, out);
				other.why = text_copy(why);
			}
			if (differs)
				words_add(&other.cells, "%s", cell);
			free(why);
			last = cell;
		}
		if (differs && !force)
			column->x[s] = NAN;
	}
	other_work_tell(&other, run, out);
}

static bool
column_empty(const history_t *history, const column_t *column)
{
	for (size_t s = 0; s < history->nseries; s++)
		if (isfinite(column->x[s]))
			return false;
	return true;
}

/* Reads run i. Returns why it is left out, or NULL; the caller frees it. */
static char *
run_read(history_t *history, size_t i, const dataset_t *newest, bool force,
    column_t *column)
{
	dataset_t data;
	fault_t fault;
	char *why = NULL;
	words_t differences = {0};
	history_run_t *run = &history->runs[i];
	if (dataset_read(&data, run->dir, &fault)) {
		why = text_format("cannot be read: %s", fault.text);
	} else if (key_compare(&data.store, &newest->store, &differences) > 0 &&
		   !force) {
		char *all = words_join(&differences, "; ");
		why = text_format("another key: %s", all);
		free(all);
	} else {
		for (size_t k = 0; k < differences.n; k++)
			words_add(&history->forced, "%s: %s", run->name,
			    differences.v[k]);
		for (size_t s = 0; s < history->nseries; s++)
			column_take(history, &data, s, false, column);
		work_check(history, &data, newest, run, force, column);
		text_assign(&run->commit, "%s",
		    sample_text(data.store.machine, "ebb_commit"));
		if (column_empty(history, column))
			why = text_copy("no value of what is judged");
		else
			floors_take(history, &data.store);
	}
	words_release(&differences);
	dataset_release(&data);
	return why;
}

static void
column_init(column_t *column, size_t nseries)
{
	column->x = text_memory(nseries, sizeof(*column->x));
	column->error = text_memory(nseries, sizeof(*column->error));
	column->failed = text_memory(nseries, sizeof(*column->failed));
	column->arm_is = text_memory(nseries, sizeof(*column->arm_is));
}

static void
column_release(column_t *column, size_t nseries)
{
	for (size_t s = 0; column->arm_is != NULL && s < nseries; s++)
		free(column->arm_is[s]);
	free(column->arm_is);
	free(column->x);
	free(column->error);
	free(column->failed);
	*column = (column_t){0};
}

static double
seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) * 1e-9;
}

/* The runs before the newest, and a column for each that counts. */
static void
runs_read(
    history_t *history, const dataset_t *newest, bool force, column_t *columns)
{
	progress_t progress;
	progress_init(&progress, stderr, READ_S * (double)history->nruns);
	for (size_t i = 0; i + 1 < history->nruns;) {
		struct timespec from, to;
		char left[32];
		clock_gettime(CLOCK_MONOTONIC, &from);
		column_init(&columns[i], history->nseries);
		char *why = run_read(history, i, newest, force, &columns[i]);
		clock_gettime(CLOCK_MONOTONIC, &to);
		progress_add(&progress, READ_S, seconds_between(&from, &to));
		progress_duration(progress_left(&progress), left, sizeof(left));
		progress_show(&progress, "reading the history: %s, %s left",
		    history->runs[i].name, left);
		if (why == NULL) {
			i++;
			continue;
		}
		column_release(&columns[i], history->nseries);
		history_drop(history, i, "%s", why);
		free(why);
	}
	progress_clear(&progress);
}

/* ---------------------------------------------------------------- whole -- */

/* Why the arm failed in the newest run. */
static char *
failure_words(const dataset_t *data, const history_series_t *series)
{
	tally_t tally = dataset_tally(data, relative_cell(data, series->cell),
	    relative_arm(data, series->arm), series->metric.source);
	return text_format("%zu of %zu samples: %s", tally.failed, tally.done,
	    sample_text(tally.failure, "reason"));
}

/* The columns as rows, and what follows from all runs. */
static void
history_arrange(history_t *history, const dataset_t *newest, column_t *columns)
{
	size_t n = history->nruns;
	double *errors = text_memory(n, sizeof(*errors));
	history->x = text_memory(history->nseries * n, sizeof(*history->x));
	for (size_t s = 0; s < history->nseries; s++) {
		history_series_t *series = &history->series[s];
		size_t known = 0;
		bool before = false;
		series->arm_is = text_memory(n, sizeof(*series->arm_is));
		for (size_t r = 0; r < n; r++) {
			series->arm_is[r] = columns[r].arm_is[s];
			columns[r].arm_is[s] = NULL;
			history->x[s * n + r] = columns[r].x[s];
			if (isfinite(columns[r].error[s]))
				errors[known++] = columns[r].error[s];
			if (r + 1 < n)
				before = columns[r].failed[s];
		}
		series->inside = known > 0 ? stats_median(errors, known) : 0;
		if (columns[n - 1].failed[s] && !before)
			series->failure = failure_words(newest, series);
	}
	free(errors);
}

bool
history_read(history_t *history, const history_wish_t *wish, fault_t *fault)
{
	*history = (history_t){0};
	if (history_find(history, wish, fault))
		return true;
	dataset_t newest;
	history_run_t *last = &history->runs[history->nruns - 1];
	bool failed = dataset_read(&newest, last->dir, fault);
	failed = failed || dataset_is_empty(&newest, fault);
	if (!failed) {
		size_t room = history->nruns;
		column_t *columns = text_memory(room, sizeof(*columns));
		column_t now;
		text_assign(&last->commit, "%s",
		    sample_text(newest.store.machine, "ebb_commit"));
		series_choose(history, &newest, wish);
		column_init(&now, history->nseries);
		for (size_t s = 0; s < history->nseries; s++)
			column_take(history, &newest, s, true, &now);
		runs_read(history, &newest, wish->force, columns);
		floors_take(history, &newest.store);
		columns[history->nruns - 1] = now;
		history_arrange(history, &newest, columns);
		for (size_t i = 0; i < room; i++)
			column_release(&columns[i], history->nseries);
		free(columns);
	}
	dataset_release(&newest);
	return failed;
}

void
history_release(history_t *history)
{
	for (size_t i = 0; i < history->nruns; i++) {
		free(history->runs[i].dir);
		free(history->runs[i].utc);
		free(history->runs[i].commit);
	}
	for (size_t s = 0; s < history->nseries; s++) {
		free(history->series[s].cell);
		free(history->series[s].arm);
		free(history->series[s].metric_name);
		free(history->series[s].metric_title);
		free(history->series[s].failure);
		for (size_t r = 0;
		     history->series[s].arm_is != NULL && r < history->nruns;
		     r++)
			free(history->series[s].arm_is[r]);
		free(history->series[s].arm_is);
	}
	for (size_t i = 0; i < history->nfloors; i++)
		free(history->floors[i].apart);
	free(history->runs);
	free(history->series);
	free(history->floors);
	free(history->x);
	words_release(&history->left_out);
	words_release(&history->forced);
	*history = (history_t){0};
}
