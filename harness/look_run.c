#include "look_run.h"

#include <string.h>

#include "live.h"
#include "look.h"
#include "summary.h"

void
look_run_init(look_run_t *look, const plan_t *plan, store_t *store,
    const bool *done, const json_t *stop)
{
	*look = (look_run_t){.plan = plan,
	    .store = store,
	    .done = done,
	    .stop = stop != NULL ? json_deep_copy(stop)
				 : json_pack("{s:i,s:{}}", "schema",
				       STORE_SCHEMA, "cells")};
}

void
look_run_release(look_run_t *look)
{
	json_decref(look->stop);
	*look = (look_run_t){0};
}

bool
look_run_skips(const look_run_t *look, const slot_t *slot)
{
	const cell_t *cell = &look->plan->cells[slot->cell];
	if (slot->kind != PLAN_TIME || cell->looks.n == 0)
		return false;
	unsigned blocks = looks_stopped(look->stop, cell->name);
	return blocks > 0 && slot->block >= blocks;
}

static bool
is_control(const plan_t *plan, size_t order)
{
	return plan_is_control(plan, &plan->cells[plan->order[order].cell]);
}

/* True when the slot begins a block of which nothing is done: what was done
 * before came after a look that said "go on". */
static bool
block_begins(const look_run_t *look, size_t order)
{
	const plan_t *plan = look->plan;
	const slot_t *slot = &plan->order[order];
	size_t before = order;
	if (slot->kind != PLAN_TIME || is_control(plan, order))
		return false;
	/* The controls have blocks of their own between those of a round. */
	while (before > 0 && is_control(plan, before - 1))
		before--;
	if (before == 0 || plan->order[before - 1].block == slot->block)
		return false;
	for (size_t i = order; i < plan->norder; i++)
		if (plan->order[i].kind == PLAN_TIME && look->done[i] &&
		    !is_control(plan, i) &&
		    !look_run_skips(look, &plan->order[i]))
			return false;
	return true;
}

/* The cell's look after so many blocks, if it is one at which it may end;
 * else looks->n. */
static unsigned
look_due(const look_run_t *look, const cell_t *cell, unsigned blocks)
{
	unsigned k = looks_find(&cell->looks, blocks);
	bool ended = looks_stopped(look->stop, cell->name) > 0;
	return k + 1 < cell->looks.n && !ended ? k : cell->looks.n;
}

/* Seconds, as expected, up to the next look of each cell, with everything
 * that follows the time samples. */
static double
seconds_to_next(const look_run_t *look, size_t order)
{
	const plan_t *plan = look->plan;
	unsigned begun = plan->order[order].block;
	double seconds = 0;
	for (size_t i = order; i < plan->norder; i++) {
		const slot_t *slot = &plan->order[i];
		const cell_t *cell = &plan->cells[slot->cell];
		unsigned next = 0;
		while (
		    next < cell->looks.n && cell->looks.blocks[next] <= begun)
			next++;
		bool beyond = slot->kind == PLAN_TIME && next < cell->looks.n &&
			      slot->block >= cell->looks.blocks[next];
		if (!beyond && !look->done[i] && !look_run_skips(look, slot))
			seconds += cell->seconds[slot->kind];
	}
	return seconds;
}

static bool
out_of_time(const look_run_t *look, size_t order, double pace)
{
	double next_ns = seconds_to_next(look, order) * 1e9;
	return look->deadline_ns > 0 &&
	       (double)ebb_live_clock() + next_ns * (pace > 1 ? pace : 1) >
		   (double)look->deadline_ns;
}

/* What the samples so far say of the cell. */
typedef enum finding_e { GO_ON, DECIDED, HOPELESS } finding_t;

static finding_t
cell_judge(const summary_t *summary, const char *name)
{
	const dataset_t *data = summary->data;
	size_t judged = 0;
	for (size_t c = 0; c < data->ncells; c++) {
		if (strcmp(data->cells[c].name, name) != 0)
			continue;
		for (size_t i = 0; i < data->cells[c].narms; i++)
			for (size_t m = 0; m < summary->nmetrics; m++) {
				const summary_value_t *v = summary_value(
				    summary, c, data->cells[c].arms[i], m);
				if (!v->judged)
					continue;
				judged++;
				if (v->verdict.kind == VERDICT_UNDECIDED)
					return GO_ON;
			}
	}
	return judged > 0 ? DECIDED : HOPELESS;
}

static void
cell_end(look_run_t *look, const cell_t *cell, unsigned k, const char *why,
    const char *words, words_t *said)
{
	unsigned blocks = cell->looks.blocks[k];
	json_object_set_new(json_object_get(look->stop, "cells"), cell->name,
	    json_pack("{s:i,s:i,s:i,s:s}", "look", (int)k, "blocks",
		(int)blocks, "planned", (int)cell->blocks[PLAN_TIME], "why",
		why));
	words_add(said, "%s %s, at look %u of %u, after %u of %u blocks",
	    cell->name, words, k + 1, cell->looks.n, blocks,
	    cell->blocks[PLAN_TIME]);
}

/* Judges every cell whose look is due. Returns how many ended. */
static size_t
cells_look(look_run_t *look, const summary_t *summary, unsigned blocks,
    bool late, words_t *said)
{
	size_t ended = said->n;
	for (size_t c = 0; c < look->plan->ncells; c++) {
		const cell_t *cell = &look->plan->cells[c];
		unsigned k = look_due(look, cell, blocks);
		if (k == cell->looks.n)
			continue;
		finding_t found = cell_judge(summary, cell->name);
		if (found == DECIDED)
			cell_end(look, cell, k, "decided",
			    "is decided: every primary comparison has its "
			    "verdict",
			    said);
		else if (found == HOPELESS)
			cell_end(look, cell, k, "hopeless",
			    "ends: none of its primary metrics can be compared",
			    said);
		else if (late)
			cell_end(look, cell, k, "budget",
			    "ends: blocks up to the next look do not fit into "
			    "the time",
			    said);
	}
	return said->n - ended;
}

bool
look_run_make(
    look_run_t *look, size_t order, double pace, words_t *said, fault_t *fault)
{
	unsigned blocks = look->plan->order[order].block;
	dataset_t data;
	summary_t summary;
	bool due = false;
	if (!block_begins(look, order))
		return false;
	for (size_t c = 0; c < look->plan->ncells; c++)
		due |= look_due(look, &look->plan->cells[c], blocks) <
		       look->plan->cells[c].looks.n;
	if (!due)
		return false;
	if (dataset_read(&data, look->store->dir, fault)) {
		dataset_release(&data);
		return true;
	}
	summary_init(&summary, &data, &verdict_rule_default);
	size_t ended = cells_look(
	    look, &summary, blocks, out_of_time(look, order, pace), said);
	summary_release(&summary);
	dataset_release(&data);
	return ended > 0 && store_document_write(
				look->store, "stop.json", look->stop, fault);
}
