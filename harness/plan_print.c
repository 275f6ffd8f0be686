#include "plan_print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "effect.h"
#include "progress.h"
#include "study.h"

void
plan_print_list(const char *head, const words_t *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		printf("  %-10s %s\n", i == 0 ? head : "", lines->v[i]);
}

static void
print_arms(const plan_t *plan)
{
	words_t names = {0};
	for (size_t i = 0; i < plan->arms.n; i++)
		if (plan->arms.v[i].control[0] == '\0')
			words_add(&names, "%s", plan->arms.v[i].name);
	char *all = words_join(&names, ", ");
	printf("  %-10s %s\n", "arms", all);
	free(all);
	words_release(&names);
}

static void
print_looks(const cell_t *cell)
{
	words_t points = {0};
	for (unsigned k = 0; k < cell->looks.n; k++)
		words_add(&points, "%u", cell->looks.blocks[k]);
	char *all = words_join(&points, ", ");
	printf("  %-10s after %s blocks; it ends early when each primary "
	       "comparison is decided\n",
	    "looks", all);
	free(all);
	words_release(&points);
}

/* "; finds 2.1 % of time, 0.4 % of memory", as far as it is known. */
static void
print_effects(const plan_t *plan, const cell_t *cell)
{
	static const char *const titles[JUDGED] = {
	    [JUDGED_TIME] = "time", [JUDGED_MEMORY] = "memory"};
	const char *before = "; finds ";
	for (int j = 0; j < JUDGED; j++) {
		double effect = effect_smallest(plan, cell, (judged_t)j);
		if (!isfinite(effect))
			continue;
		printf(
		    "%s%.2g %% of %s", before, 100 * expm1(effect), titles[j]);
		before = ", ";
	}
}

static void
print_cells(const plan_t *plan)
{
	for (size_t i = 0; i < plan->ncells; i++) {
		const cell_t *cell = &plan->cells[i];
		words_t parts = {0};
		for (int k = 0; k < PLAN_KINDS; k++)
			if (cell->blocks[k] > 0)
				words_add(&parts, "%u %s x %.2f s",
				    cell->blocks[k],
				    plan_kind_name((plan_kind_t)k),
				    cell->seconds[k]);
		char *all = words_join(&parts, ", ");
		printf("  %-10s %-30s %2u arms: %s%s%s", i == 0 ? "cells" : "",
		    cell->name, cell->narms, all,
		    cell->conf[0] ? "; ebb's arms with " : "", cell->conf);
		print_effects(plan, cell);
		putchar('\n');
		free(all);
		words_release(&parts);
		if (cell->looks.n > 1)
			print_looks(cell);
	}
}

/* How many samples of each kind there are. */
static void
print_samples(const plan_t *plan)
{
	size_t count[PLAN_KINDS] = {0};
	words_t kinds = {0};
	for (size_t i = 0; i < plan->norder; i++)
		count[plan->order[i].kind]++;
	for (int k = 0; k < PLAN_KINDS; k++)
		if (count[k] > 0)
			words_add(&kinds, "%zu %s", count[k],
			    plan_kind_name((plan_kind_t)k));
	char *all = words_join(&kinds, ", ");
	printf("  %-10s %zu, each a fresh process: %s\n", "samples",
	    plan->norder, all);
	free(all);
	words_release(&kinds);
}

void
plan_print(const plan_t *plan, const char *command)
{
	printf("%s: plan %s, seed %llu\n", command, plan->profile,
	    (unsigned long long)plan->seed);
	print_arms(plan);
	print_cells(plan);
	char *pinned = pin_words(&plan->pin);
	printf("  %-10s %s\n", "placement", pinned);
	free(pinned);
	words_t lines = {0};
	study_words(plan, &lines);
	plan_print_list("levels", &lines);
	words_release(&lines);
	effect_words(plan, &lines);
	plan_print_list("finds", &lines);
	words_release(&lines);
	plan_print_list("warnings", &plan->warnings);
	print_samples(plan);
}
