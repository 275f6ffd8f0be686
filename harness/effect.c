#include "effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detectable.h"
#include "primary.h"
#include "stats.h"
#include "verdict.h"

/* More blocks than any plan has. */
#define BLOCKS_MOST 10000

static bool
cell_is_compared(const cell_t *cell)
{
	return cell->narms > 1 && cell->blocks[PLAN_TIME] > 0;
}

static bool
is_primary(const plan_t *plan, judged_t judged)
{
	return plan->primary.n == 0 ||
	       words_contain(&plan->primary, judged_name(judged));
}

size_t
effect_family(const plan_t *plan, const cell_t *cell)
{
	return cell->narms > 1 ? (cell->narms - 1) * primary_count(plan) : 0;
}

/* The level of the strictest comparison, at the last look. */
static double
cell_alpha(const plan_t *plan, const cell_t *cell)
{
	double alpha = 1 - verdict_rule_default.confidence;
	if (cell->looks.n > 1)
		alpha = looks_alpha(&cell->looks, alpha, cell->looks.n - 1);
	return alpha / (double)effect_family(plan, cell);
}

double
effect_smallest(const plan_t *plan, const cell_t *cell, judged_t judged)
{
	const spread_t *spread = &cell->spread[judged];
	if (!cell_is_compared(cell) || !is_primary(plan, judged) ||
	    spread->pairs == 0)
		return NAN;
	double alpha = cell_alpha(plan, cell);
	/* Pairs that never differ: a smaller effect than can be written. */
	if (spread->sd <= 0)
		return detectable_power(1, 40, cell->blocks[PLAN_TIME], alpha) <
			       DETECTABLE_POWER
			   ? INFINITY
			   : 0;
	return detectable_effect(spread->sd, cell->blocks[PLAN_TIME], alpha);
}

unsigned
effect_blocks_least(const plan_t *plan, const cell_t *cell)
{
	return cell_is_compared(cell) ? detectable_blocks(1, 40,
					    cell_alpha(plan, cell), BLOCKS_MOST)
				      : 0;
}

void
effect_summarise(const plan_t *plan, judged_t judged, effect_summary_t *summary)
{
	double *effects = text_memory(plan->ncells, sizeof(*effects));
	*summary = (effect_summary_t){.median = NAN, .worst = NAN};
	for (size_t c = 0; c < plan->ncells; c++) {
		const cell_t *cell = &plan->cells[c];
		double effect = effect_smallest(plan, cell, judged);
		if (!cell_is_compared(cell) || !is_primary(plan, judged) ||
		    plan_is_control(plan, cell))
			continue;
		if (isnan(effect)) {
			summary->unknown++;
		} else if (isinf(effect)) {
			summary->none++;
		} else {
			effects[summary->known++] = effect;
			if (!(effect <= summary->worst)) {
				summary->worst = effect;
				summary->worst_cell = c;
			}
		}
	}
	if (summary->known > 0)
		summary->median = stats_median(effects, summary->known);
	free(effects);
}

json_t *
effect_to_json(const plan_t *plan, const cell_t *cell)
{
	json_t *json = json_object();
	for (int j = 0; j < JUDGED; j++) {
		double effect = effect_smallest(plan, cell, (judged_t)j);
		char *why = NULL;
		if (!cell_is_compared(cell) || !is_primary(plan, (judged_t)j))
			continue;
		if (isinf(effect))
			why = text_format("%u blocks can prove no effect of "
					  "any size, at least %u are needed",
			    cell->blocks[PLAN_TIME],
			    effect_blocks_least(plan, cell));
		else if (isnan(effect))
			why = text_copy("how much its ratios deviate is not "
					"known");
		json_object_set_new(json, judged_name((judged_t)j),
		    why != NULL ? json_pack("{s:s}", "unsupported", why)
				: json_real(expm1(effect)));
		free(why);
	}
	return json;
}

/* ----------------------------------------------------------------- words -- */

static void
summary_words(const plan_t *plan, judged_t judged, words_t *lines)
{
	static const char *const titles[JUDGED] = {
	    [JUDGED_TIME] = "work time", [JUDGED_MEMORY] = "mean RSS"};
	effect_summary_t s;
	effect_summarise(plan, judged, &s);
	if (s.known > 0)
		words_add(lines,
		    "%s: differences of %.2g %% in the median cell, of %.2g %% "
		    "in the worst (%s), are found with %.0f %% probability",
		    titles[judged], 100 * expm1(s.median), 100 * expm1(s.worst),
		    plan->cells[s.worst_cell].name, 100 * DETECTABLE_POWER);
	if (s.none > 0)
		words_add(lines,
		    "%s: %zu cell%s too few blocks to prove a difference of "
		    "any size",
		    titles[judged], s.none, s.none == 1 ? " has" : "s have");
	if (s.unknown > 0)
		words_add(lines,
		    "%s: not known for %zu cell%s, of which neither the pilot "
		    "nor a run before tells how much ratios deviate",
		    titles[judged], s.unknown, s.unknown == 1 ? "" : "s");
}

/* Where the spreads are from, each place once. */
static void
source_words(const plan_t *plan, words_t *lines)
{
	words_t sources = {0}, parts = {0};
	for (size_t c = 0; c < plan->ncells; c++) {
		const char *from = plan->cells[c].spread[JUDGED_TIME].source;
		if (from != NULL && !words_contain(&sources, from))
			words_add(&sources, "%s", from);
	}
	for (size_t s = 0; s < sources.n; s++) {
		size_t n = 0, least = (size_t)-1;
		for (size_t c = 0; c < plan->ncells; c++) {
			const spread_t *spread =
			    &plan->cells[c].spread[JUDGED_TIME];
			if (spread->source == NULL ||
			    strcmp(spread->source, sources.v[s]) != 0)
				continue;
			n++;
			if (spread->pairs < least)
				least = spread->pairs;
		}
		words_add(&parts, "%s%s for %zu cell%s (%zu pairs or more)",
		    strcmp(sources.v[s], "pilot") == 0 ? "the " : "",
		    sources.v[s], n, n == 1 ? "" : "s", least);
	}
	char *all = words_join(&parts, ", ");
	if (parts.n > 0)
		words_add(lines,
		    "how much ratios deviate is from %s; error rate %.0f %%, "
		    "corrected over the comparisons of a cell",
		    all, 100 * (1 - verdict_rule_default.confidence));
	free(all);
	words_release(&sources);
	words_release(&parts);
}

void
effect_words(const plan_t *plan, words_t *lines)
{
	for (int j = 0; j < JUDGED; j++)
		summary_words(plan, (judged_t)j, lines);
	source_words(plan, lines);
}
