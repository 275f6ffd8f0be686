/*
 * The plan as plan.json has it.
 */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "effect.h"
#include "store.h"

static json_t *
words_to_json(const words_t *words)
{
	json_t *list = json_array();
	for (size_t i = 0; i < words->n; i++)
		json_array_append_new(list, json_string(words->v[i]));
	return list;
}

static void
words_from_json(words_t *words, const json_t *list)
{
	size_t i;
	json_t *word;
	json_array_foreach(list, i, word)
	{
		if (json_is_string(word))
			words_add(words, "%s", json_string_value(word));
	}
}

static json_t *
cell_to_json(const plan_t *plan, const cell_t *cell)
{
	json_t *arms = json_array(), *blocks = json_object();
	json_t *seconds = json_object(), *spread = json_object();
	unsigned most = 0;
	for (unsigned i = 0; i < cell->narms; i++)
		json_array_append_new(
		    arms, json_string(plan->arms.v[cell->arms[i]].name));
	for (int k = 0; k < PLAN_KINDS; k++) {
		if (cell->blocks[k] == 0)
			continue;
		json_object_set_new(blocks, plan_kind_name((plan_kind_t)k),
		    json_integer(cell->blocks[k]));
		json_object_set_new(seconds, plan_kind_name((plan_kind_t)k),
		    json_real(cell->seconds[k]));
		if (cell->blocks[k] > most)
			most = cell->blocks[k];
	}
	json_t *json =
	    json_pack("{s:s,s:s,s:s,s:o,s:i,s:o,s:s,s:b,s:i,s:o,s:o}", "cell",
		cell->name, "workload", cell->workload, "case", cell->case_name,
		"args", words_to_json(&cell->args), "threads",
		(int)cell->threads, "arms", arms, "conf", cell->conf, "latency",
		cell->blocks[PLAN_LATENCY] > 0, "blocks", (int)most,
		"blocks_by_kind", blocks, "seconds_by_kind", seconds);
	if (plan_is_control(plan, cell))
		json_object_set_new(json, "control", json_true());
	if (cell->looks.n > 0)
		json_object_set_new(json, "looks", looks_to_json(&cell->looks));
	for (int j = 0; j < JUDGED; j++)
		if (cell->spread[j].pairs > 0)
			json_object_set_new(spread, judged_name((judged_t)j),
			    spread_to_json(&cell->spread[j]));
	json_object_set_new(json, "spread", spread);
	json_object_set_new(
	    json, "smallest_effect", effect_to_json(plan, cell));
	if (cell->levels != NULL)
		json_object_set_new(
		    json, "levels", spread_levels_to_json(cell->levels));
	if (cell->guest != NULL)
		json_object_set_new(
		    json, "program", guest_to_json(cell->guest));
	return json;
}

static json_t *
slot_to_json(const plan_t *plan, const slot_t *slot)
{
	return json_pack("{s:s,s:i,s:i,s:s,s:s,s:s,s:I,s:i,s:i}", "id",
	    slot->id, "block", (int)slot->block, "position",
	    (int)slot->position, "cell", plan->cells[slot->cell].name, "arm",
	    plan->arms.v[slot->arm].name, "kind", plan_kind_name(slot->kind),
	    "seed", (json_int_t)slot->seed, "padding", (int)slot->padding,
	    "link", (int)slot->link);
}

json_t *
plan_to_json(const plan_t *plan)
{
	json_t *arms = json_array(), *cells = json_array();
	json_t *order = json_array();
	unsigned blocks = 0;
	for (size_t i = 0; i < plan->arms.n; i++)
		json_array_append_new(arms, arm_to_json(&plan->arms.v[i]));
	for (size_t i = 0; i < plan->ncells; i++) {
		json_array_append_new(
		    cells, cell_to_json(plan, &plan->cells[i]));
		if (plan->cells[i].blocks[PLAN_TIME] > blocks &&
		    !plan_is_control(plan, &plan->cells[i]))
			blocks = plan->cells[i].blocks[PLAN_TIME];
	}
	for (size_t i = 0; i < plan->norder; i++)
		json_array_append_new(
		    order, slot_to_json(plan, &plan->order[i]));
	json_t *json = json_pack(
	    "{s:i,s:s,s:I,s:s,s:s,s:o,s:s,s:o,s:i,s:I,s:i,s:f,s:o,s:o,s:o,s:o,"
	    "s:o}",
	    "schema", STORE_SCHEMA, "profile", plan->profile, "seed",
	    (json_int_t)plan->seed, "created_utc", plan->created_utc, "name",
	    plan->name, "argv", words_to_json(&plan->argv), "workload_build_id",
	    plan->workload_id, "programs", programs_to_json(&plan->programs),
	    "blocks", (int)blocks, "mem_limit", (json_int_t)plan->mem_limit,
	    "timeout_s", (int)plan->timeout_s, "seconds", plan_seconds(plan),
	    "pin", pin_to_json(&plan->pin), "arms", arms, "cells", cells,
	    "warnings", words_to_json(&plan->warnings), "order", order);
	if (plan->primary.n > 0)
		json_object_set_new(
		    json, "primary", words_to_json(&plan->primary));
	if (plan->budget_s > 0)
		json_object_set_new(
		    json, "budget_s", json_real(plan->budget_s));
	if (plan->baseline != NULL)
		json_object_set_new(
		    json, "baseline", json_string(plan->baseline));
	if (plan->refusals != NULL)
		json_object_set(json, "refusals", plan->refusals);
	return json;
}

static bool
cell_from_json(plan_t *plan, const json_t *json, fault_t *fault)
{
	cell_t *cell = plan_add_cell(plan, sample_text(json, "workload"),
	    sample_text(json, "case"),
	    (unsigned)sample_number(json, "threads"));
	const json_t *blocks = json_object_get(json, "blocks_by_kind");
	const json_t *seconds = json_object_get(json, "seconds_by_kind");
	size_t i;
	json_t *name;
	if (strcmp(cell->name, sample_text(json, "cell")) != 0)
		return fault_set(fault, "the plan's cell '%s' is damaged",
		    sample_text(json, "cell"));
	words_from_json(&cell->args, json_object_get(json, "args"));
	text_assign(&cell->conf, "%s", sample_text(json, "conf"));
	looks_from_json(&cell->looks, json_object_get(json, "looks"));
	cell->levels = spread_levels_from_json(json_object_get(json, "levels"));
	for (int j = 0; j < JUDGED; j++)
		spread_from_json(&cell->spread[j],
		    json_object_get(json_object_get(json, "spread"),
			judged_name((judged_t)j)));
	if (guest_from_json(
		&cell->guest, json_object_get(json, "program"), fault))
		return true;
	for (int k = 0; k < PLAN_KINDS; k++) {
		cell->blocks[k] = (unsigned)sample_number(
		    blocks, plan_kind_name((plan_kind_t)k));
		cell->seconds[k] = json_number_value(
		    json_object_get(seconds, plan_kind_name((plan_kind_t)k)));
	}
	json_array_foreach(json_object_get(json, "arms"), i, name)
	{
		const char *text = json_string_value(name);
		arm_t *arm =
		    text == NULL ? NULL : arms_lookup(&plan->arms, text);
		if (arm == NULL || cell->narms == PLAN_ARMS_MAX)
			return fault_set(fault,
			    "the plan's cell '%s' names the arm '%s', which "
			    "the plan does not have",
			    cell->name, text == NULL ? "?" : text);
		cell->arms[cell->narms++] = (unsigned)(arm - plan->arms.v);
	}
	return false;
}

static unsigned
plan_cell_find(const plan_t *plan, const char *name)
{
	unsigned c = 0;
	while (c < plan->ncells && strcmp(plan->cells[c].name, name) != 0)
		c++;
	return c;
}

static bool
slot_from_json(plan_t *plan, const json_t *json, fault_t *fault)
{
	slot_t *slot = &plan->order[plan->norder++];
	const arm_t *arm = arms_lookup(&plan->arms, sample_text(json, "arm"));
	const char *kind = sample_text(json, "kind");
	snprintf(slot->id, sizeof(slot->id), "%s", sample_text(json, "id"));
	slot->block = (unsigned)sample_number(json, "block");
	slot->position = (unsigned)sample_number(json, "position");
	slot->cell = plan_cell_find(plan, sample_text(json, "cell"));
	slot->seed = (uint64_t)sample_number(json, "seed");
	slot->padding = (unsigned)sample_number(json, "padding");
	slot->link = (unsigned)sample_number(json, "link");
	slot->kind = PLAN_KINDS;
	for (int k = 0; k < PLAN_KINDS; k++)
		if (strcmp(kind, plan_kind_name((plan_kind_t)k)) == 0)
			slot->kind = (plan_kind_t)k;
	if (arm != NULL)
		slot->arm = (unsigned)(arm - plan->arms.v);
	if (arm == NULL || slot->cell == plan->ncells ||
	    slot->kind == PLAN_KINDS || slot->id[0] == '\0' ||
	    slot->padding >= PLAN_PADDING_BOUND ||
	    (plan->programs.n > 0 && plan_program(plan, slot) == NULL &&
		plan->cells[slot->cell].guest == NULL))
		return fault_set(fault, "the plan's sample %zu is damaged",
		    plan->norder - 1);
	return false;
}

bool
plan_from_json(plan_t *plan, const json_t *json, fault_t *fault)
{
	const json_t *cells = json_object_get(json, "cells");
	const json_t *order = json_object_get(json, "order");
	*plan = (plan_t){
	    .profile = text_copy(sample_text(json, "profile")),
	    .name = text_copy(sample_text(json, "name")),
	    .created_utc = text_copy(sample_text(json, "created_utc")),
	    .workload_id = text_copy(sample_text(json, "workload_build_id")),
	    .seed = (uint64_t)sample_number(json, "seed"),
	    .mem_limit = (uint64_t)sample_number(json, "mem_limit"),
	    .timeout_s = (unsigned)sample_number(json, "timeout_s"),
	    .budget_s = json_number_value(json_object_get(json, "budget_s")),
	};
	pin_from_json(&plan->pin, json_object_get(json, "pin"));
	if (arms_from_json(&plan->arms, json_object_get(json, "arms"), fault) ||
	    programs_from_json(
		&plan->programs, json_object_get(json, "programs"), fault))
		return true;
	words_from_json(&plan->warnings, json_object_get(json, "warnings"));
	words_from_json(&plan->argv, json_object_get(json, "argv"));
	words_from_json(&plan->primary, json_object_get(json, "primary"));
	if (sample_text(json, "baseline")[0] != '\0')
		plan->baseline = text_copy(sample_text(json, "baseline"));
	plan->refusals = json_incref(json_object_get(json, "refusals"));
	for (size_t i = 0; i < json_array_size(cells); i++)
		if (cell_from_json(plan, json_array_get(cells, i), fault))
			return true;
	plan->order = text_memory(json_array_size(order), sizeof(*plan->order));
	for (size_t i = 0; i < json_array_size(order); i++)
		if (slot_from_json(plan, json_array_get(order, i), fault))
			return true;
	return plan->norder == 0 && fault_set(fault, "the plan has no samples");
}
