#include "design.h"

#include <stdlib.h>

#include "effect.h"
#include "plan.h"
#include "study.h"
#include "williams.h"

static void
blocks_words(const plan_t *plan, words_t *lines)
{
	unsigned least = 0, most = 0;
	size_t cells = 0, whole = 0;
	for (size_t c = 0; c < plan->ncells; c++) {
		const cell_t *cell = &plan->cells[c];
		unsigned n = cell->blocks[PLAN_TIME];
		if (n == 0)
			continue;
		least = cells == 0 || n < least ? n : least;
		most = n > most ? n : most;
		whole += n % williams_rows(cell->narms) == 0;
		cells++;
	}
	if (cells == 0)
		return;
	char *range = least == most ? text_format("%u", most)
				    : text_format("%u to %u", least, most);
	words_add(lines,
	    "blocks: %s in each cell; a block has one fresh process of every "
	    "arm, in an order of Williams squares (whole ones in %zu of %zu "
	    "cells), all from the plan's seed",
	    range, whole, cells);
	free(range);
}

static void
nuisance_words(const plan_t *plan, words_t *lines)
{
	unsigned links = plan_links(plan);
	words_add(lines,
	    "nuisance factors: each sample has up to a page more in its "
	    "environment; %s",
	    links > 1 ? "each block runs programs of the same objects in "
			"another of"
		      : "all samples run one program");
	if (links > 1)
		text_assign(&lines->v[lines->n - 1], "%s %u orders of linking",
		    lines->v[lines->n - 1], links);
}

static void
link_words(const plan_t *plan, words_t *lines)
{
	words_t arms = {0};
	for (size_t a = 0; a < plan->arms.n; a++)
		if (plan->arms.v[a].link != LINK_PRELOAD)
			words_add(&arms, "%s", plan->arms.v[a].name);
	char *all = words_join(&arms, ", ");
	if (arms.n > 0)
		words_add(lines,
		    "ways of linking are compared: %s run programs that name "
		    "(linked) or hold (static) the library; the other arms "
		    "are preloaded",
		    all);
	free(all);
	words_release(&arms);
}

static void
budget_words(const plan_t *plan, words_t *lines)
{
	size_t looked = 0;
	for (size_t c = 0; c < plan->ncells; c++)
		looked += plan->cells[c].looks.n > 1;
	if (plan->budget_s > 0)
		words_add(lines,
		    "budget: asked for %.0f s; planned samples "
		    "take %.0f s",
		    plan->budget_s, plan_seconds(plan));
	if (looked > 0)
		words_add(lines,
		    "looks: %zu of %zu cells may end early, at points that "
		    "were planned, with the error rate spent across them",
		    looked, plan->ncells);
}

void
design_words(const json_t *json, words_t *lines)
{
	plan_t plan = {0};
	fault_t ignored;
	if (json != NULL && !plan_from_json(&plan, json, &ignored)) {
		blocks_words(&plan, lines);
		nuisance_words(&plan, lines);
		link_words(&plan, lines);
		budget_words(&plan, lines);
		words_add(lines,
		    "work: counts, the same for every arm of a block, proven "
		    "by the checksum of its operations");
		words_t levels = {0};
		study_words(&plan, &levels);
		for (size_t i = 0; i < levels.n; i++)
			words_add(lines, "levels: %s", levels.v[i]);
		words_release(&levels);
		effect_words(&plan, lines);
	}
	plan_release(&plan);
}
