#include "lastrun.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "store.h"
#include "text.h"

/* So many folders are looked into, from the newest. */
#define RUNS_MOST 4
#define BLOCKS_MOST 4096

/* Sums over the arms of a cell, to pool their variances. */
typedef struct pool_s pool_t;
struct pool_s {
	double squares;
	size_t pairs, arms;
};

static bool
spread_lacks(const plan_t *plan)
{
	for (size_t c = 0; c < plan->ncells; c++)
		for (int j = 0; j < JUDGED; j++)
			if (plan->cells[c].narms > 1 &&
			    plan->cells[c].blocks[PLAN_TIME] > 0 &&
			    plan->cells[c].spread[j].pairs == 0)
				return true;
	return false;
}

/* The run's cell of that name, if it did the same work; else NULL. */
static const json_t *
cell_same(const cell_t *cell, const json_t *plan)
{
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(plan, "cells"), i, row)
	{
		const json_t *args = json_object_get(row, "args");
		if (strcmp(sample_text(row, "cell"), cell->name) != 0)
			continue;
		bool same = strcmp(sample_text(row, "conf"), cell->conf) == 0 &&
			    json_array_size(args) == cell->args.n;
		for (size_t k = 0; same && k < cell->args.n; k++) {
			const char *word =
			    json_string_value(json_array_get(args, k));
			same =
			    word != NULL && strcmp(word, cell->args.v[k]) == 0;
		}
		return same ? row : NULL;
	}
	return NULL;
}

/* The metric of an arm, by block; NaN: none. */
static void
values_read(const samples_t *run, const char *cell, const char *arm,
    judged_t judged, double *by_block)
{
	size_t i;
	json_t *line;
	for (size_t b = 0; b < BLOCKS_MOST; b++)
		by_block[b] = NAN;
	json_array_foreach(run->lines, i, line)
	{
		int64_t block = sample_number(line, "block");
		if (strcmp(sample_text(line, "cell"), cell) == 0 &&
		    strcmp(sample_text(line, "arm"), arm) == 0 &&
		    strcmp(sample_text(line, "kind"), "time") == 0 &&
		    sample_ok(line) && block >= 0 && block < BLOCKS_MOST)
			sample_metric(
			    line, judged_name(judged), &by_block[block], NULL);
	}
}

static void
pool_add(pool_t *pool, const double *base, const double *arm)
{
	double sum = 0, squares = 0;
	size_t n = 0;
	for (size_t b = 0; b < BLOCKS_MOST; b++) {
		double r = log(arm[b] / base[b]);
		if (!isfinite(r))
			continue;
		sum += r;
		squares += r * r;
		n++;
	}
	if (n < SPREAD_PAIRS_LEAST)
		return;
	pool->squares += fmax(0, squares - sum * sum / (double)n);
	pool->pairs += n;
	pool->arms++;
}

static void
spread_take(const plan_t *plan, cell_t *cell, judged_t judged,
    const samples_t *run, const char *folder)
{
	double *base = text_memory(2 * BLOCKS_MOST, sizeof(*base));
	double *arm = base + BLOCKS_MOST;
	unsigned baseline = plan_baseline(plan, cell);
	spread_t *spread = &cell->spread[judged];
	pool_t pool = {0};
	values_read(run, cell->name, plan->arms.v[cell->arms[baseline]].name,
	    judged, base);
	for (unsigned i = 0; i < cell->narms; i++) {
		if (i == baseline)
			continue;
		values_read(run, cell->name, plan->arms.v[cell->arms[i]].name,
		    judged, arm);
		pool_add(&pool, base, arm);
	}
	free(base);
	if (pool.arms == 0)
		return;
	spread->sd = sqrt(pool.squares / (double)(pool.pairs - pool.arms));
	spread->pairs = pool.pairs;
	text_assign(&spread->source, "%s", folder);
}

void
lastrun_take(plan_t *plan, const samples_t *run, const char *folder)
{
	for (size_t c = 0; c < plan->ncells; c++) {
		cell_t *cell = &plan->cells[c];
		if (cell->narms < 2 || cell->blocks[PLAN_TIME] == 0 ||
		    cell_same(cell, run->plan) == NULL)
			continue;
		for (int j = 0; j < JUDGED; j++)
			if (cell->spread[j].pairs == 0)
				spread_take(
				    plan, cell, (judged_t)j, run, folder);
	}
}

static int
is_run(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]) != 0;
}

/* Folders begin with the time: the newest first. */
static int
newer(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

void
lastrun_spread(plan_t *plan, const char *parent, const json_t *machine)
{
	struct dirent **entries = NULL;
	int n =
	    spread_lacks(plan) ? scandir(parent, &entries, is_run, newer) : 0;
	samples_t now = {.plan = n > 0 ? plan_to_json(plan) : NULL,
	    .machine = json_incref((json_t *)machine),
	    .lines = json_array()};
	for (int i = 0; i < n; i++) {
		char *dir = text_format("%s/%s", parent, entries[i]->d_name);
		samples_t run = {0};
		words_t differences = {0};
		fault_t ignored;
		if (i < RUNS_MOST && spread_lacks(plan) &&
		    !samples_read(&run, dir, &ignored) &&
		    key_compare(&run, &now, &differences) == 0)
			lastrun_take(plan, &run, entries[i]->d_name);
		words_release(&differences);
		samples_release(&run);
		free(entries[i]);
		free(dir);
	}
	free(entries);
	samples_release(&now);
}
