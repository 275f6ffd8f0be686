#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "effect.h"
#include "rng.h"
#include "store.h"
#include "warn.h"

/* Bytes that may be added to the environment: a page. */
#define PADDING_BOUND 4096

static const char *const kind_names[PLAN_KINDS] = {
    "time", "latency", "gbench", "census", "hotspots"};

const char *
plan_kind_name(plan_kind_t kind)
{
	return kind_names[kind];
}

cell_t *
plan_add_cell(
    plan_t *plan, const char *workload, const char *case_name, unsigned threads)
{
	plan->cells =
	    realloc(plan->cells, (plan->ncells + 1) * sizeof(*plan->cells));
	if (plan->cells == NULL)
		abort();
	cell_t *cell = &plan->cells[plan->ncells++];
	*cell = (cell_t){
	    .name = text_format("%s%s%s.t%u", workload, case_name[0] ? "." : "",
		case_name, threads),
	    .workload = text_copy(workload),
	    .case_name = text_copy(case_name),
	    .threads = threads,
	    .conf = text_copy(""),
	};
	return cell;
}

static void
cell_release(cell_t *cell)
{
	free(cell->name);
	free(cell->workload);
	free(cell->case_name);
	free(cell->conf);
	words_release(&cell->args);
	guest_free(cell->guest);
	for (int j = 0; j < JUDGED; j++)
		spread_release(&cell->spread[j]);
	spread_levels_free(cell->levels);
}

bool
plan_is_control(const plan_t *plan, const cell_t *cell)
{
	return cell->narms > 0 &&
	       plan->arms.v[cell->arms[0]].control[0] != '\0';
}

/* True for an arm that the controls run under: it stays, also when no cell has
 * it, as what their names refer to. */
static bool
has_controls(const plan_t *plan, const char *name)
{
	size_t n = strlen(name);
	for (size_t a = 0; a < plan->arms.n; a++) {
		const arm_t *arm = &plan->arms.v[a];
		if (arm->control[0] != '\0' &&
		    strncmp(arm->name, name, n) == 0 && arm->name[n] == '/')
			return true;
	}
	return false;
}

void
plan_drop_cell(plan_t *plan, size_t cell)
{
	cell_release(&plan->cells[cell]);
	plan->ncells--;
	memmove(&plan->cells[cell], &plan->cells[cell + 1],
	    (plan->ncells - cell) * sizeof(*plan->cells));
}

void
plan_prune(plan_t *plan)
{
	size_t kept = 0;
	for (unsigned a = 0; a < plan->arms.n; a++) {
		bool used = has_controls(plan, plan->arms.v[a].name);
		for (size_t c = 0; c < plan->ncells; c++)
			for (unsigned i = 0; i < plan->cells[c].narms; i++)
				if (plan->cells[c].arms[i] == a) {
					plan->cells[c].arms[i] = (unsigned)kept;
					used = true;
				}
		if (used)
			arms_move(&plan->arms, a, kept++);
	}
	arms_truncate(&plan->arms, kept);
}

unsigned
plan_baseline(const plan_t *plan, const cell_t *cell)
{
	unsigned baseline = 0;
	for (unsigned i = cell->narms; i-- > 0;) {
		const arm_t *arm = &plan->arms.v[cell->arms[i]];
		if (plan->baseline != NULL
			? strcmp(arm->name, plan->baseline) == 0
			: arm->kind == ARM_GLIBC)
			baseline = i;
	}
	return baseline;
}

unsigned
plan_links(const plan_t *plan)
{
	unsigned links = 0;
	for (size_t i = 0; i < plan->norder; i++)
		if (plan->order[i].kind == PLAN_TIME &&
		    plan->order[i].link >= links)
			links = plan->order[i].link + 1;
	return links;
}

unsigned
plan_padding(uint64_t seed, const char *stream, uint64_t number)
{
	return (unsigned)(rng_derive(seed, stream, number) % PADDING_BOUND);
}

/* ------------------------------------------------------------- the order -- */

static size_t
plan_samples(const plan_t *plan)
{
	size_t n = 0;
	for (size_t c = 0; c < plan->ncells; c++)
		for (int k = 0; k < PLAN_KINDS; k++)
			n += (size_t)plan->cells[c].blocks[k] *
			     plan->cells[c].narms;
	return n;
}

static void
slot_init(slot_t *slot, const plan_t *plan, size_t order)
{
	snprintf(slot->id, sizeof(slot->id), "s%06zu", order);
	slot->padding = plan_padding(plan->seed, "padding", order);
}

/* The block's order of linking. There is one driver of Google Benchmark. */
static unsigned
link_draw(
    const plan_t *plan, const cell_t *cell, plan_kind_t kind, unsigned block)
{
	unsigned n = plan->programs.orders;
	if (n < 2 || kind == PLAN_GBENCH || cell->guest != NULL)
		return 0;
	unsigned *orders = text_memory(n, sizeof(*orders));
	char *stream = text_format("%s/%s/link", cell->name, kind_names[kind]);
	rng_t rng;
	rng_init(&rng, rng_derive(plan->seed, stream, block / n));
	for (unsigned i = 0; i < n; i++)
		orders[i] = i;
	rng_shuffle(&rng, orders, n);
	unsigned drawn = orders[block % n];
	free(stream);
	free(orders);
	return drawn;
}

static void
block_lay_out(plan_t *plan, unsigned c, plan_kind_t kind, unsigned block)
{
	const cell_t *cell = &plan->cells[c];
	unsigned row[PLAN_ARMS_MAX];
	char *name = text_format("%s/%s", cell->name, kind_names[kind]);
	williams_block(
	    rng_derive(plan->seed, name, 0), cell->narms, block, row);
	unsigned link = link_draw(plan, cell, kind, block);
	for (unsigned i = 0; i < cell->narms; i++) {
		slot_t *slot = &plan->order[plan->norder];
		slot->block = block;
		slot->position = i;
		slot->cell = c;
		slot->arm = cell->arms[row[i]];
		slot->kind = kind;
		slot->seed = rng_derive(plan->seed, name, 1 + block);
		slot->link = link;
		slot_init(slot, plan, plan->norder++);
	}
	free(name);
}

/* A cell's part of a round: one block, and of the controls as many as spread
 * theirs over all rounds. */
static void
round_lay_out(
    plan_t *plan, unsigned c, plan_kind_t kind, unsigned round, unsigned rounds)
{
	uint64_t blocks = plan->cells[c].blocks[kind];
	bool spread = plan_is_control(plan, &plan->cells[c]);
	uint64_t first = spread ? blocks * round / rounds : round;
	uint64_t last = spread ? blocks * (round + 1) / rounds : round + 1;
	for (uint64_t b = first; b < last && b < blocks; b++)
		block_lay_out(plan, c, kind, (unsigned)b);
}

/* The most blocks of a cell; of the controls, when there is nothing else. */
static unsigned
rounds_of(const plan_t *plan, plan_kind_t kind)
{
	unsigned most[2] = {0};
	for (size_t c = 0; c < plan->ncells; c++) {
		unsigned blocks = plan->cells[c].blocks[kind];
		unsigned *of = &most[plan_is_control(plan, &plan->cells[c])];
		*of = blocks > *of ? blocks : *of;
	}
	return most[0] > 0 ? most[0] : most[1];
}

void
plan_lay_out(plan_t *plan)
{
	unsigned *cells = text_memory(plan->ncells, sizeof(*cells));
	free(plan->order);
	plan->order = text_memory(plan_samples(plan), sizeof(*plan->order));
	plan->norder = 0;
	for (int k = 0; k < PLAN_KINDS; k++) {
		unsigned most = rounds_of(plan, (plan_kind_t)k);
		for (unsigned b = 0; b < most; b++) {
			rng_t rng;
			rng_init(
			    &rng, rng_derive(plan->seed, kind_names[k], b));
			for (unsigned c = 0; c < plan->ncells; c++)
				cells[c] = c;
			rng_shuffle(&rng, cells, plan->ncells);
			for (size_t c = 0; c < plan->ncells; c++)
				round_lay_out(
				    plan, cells[c], (plan_kind_t)k, b, most);
		}
	}
	free(cells);
}

const program_t *
plan_program(const plan_t *plan, const slot_t *slot)
{
	const arm_t *arm = &plan->arms.v[slot->arm];
	if (plan->cells[slot->cell].guest != NULL)
		return NULL;
	return programs_lookup(
	    &plan->programs, arm->link, arm->variant, slot->link);
}

void
plan_prune_programs(plan_t *plan)
{
	programs_t *programs = &plan->programs;
	bool *used = text_memory(programs->n, sizeof(*used));
	for (size_t i = 0; i < plan->norder; i++) {
		/* The pre-flight of a run that is completed needs the first. */
		slot_t first = plan->order[i];
		first.link = 0;
		const program_t *of[] = {plan_program(plan, &plan->order[i]),
		    plan_program(plan, &first)};
		for (int k = 0; k < 2; k++)
			if (of[k] != NULL)
				used[of[k] - programs->v] = true;
	}
	programs_keep(programs, used);
	free(used);
}

/* ---------------------------------------------------------------- budget -- */

static double
kind_seconds(const plan_t *plan, plan_kind_t kind)
{
	double seconds = 0;
	for (size_t c = 0; c < plan->ncells; c++)
		seconds += plan->cells[c].seconds[kind] * plan->cells[c].narms *
			   plan->cells[c].blocks[kind];
	return seconds;
}

double
plan_seconds(const plan_t *plan)
{
	double seconds = 0;
	for (int k = 0; k < PLAN_KINDS; k++)
		seconds += kind_seconds(plan, (plan_kind_t)k);
	return seconds;
}

unsigned
plan_balanced(unsigned asked, unsigned narms)
{
	unsigned rows = williams_rows(narms);
	return (asked + rows - 1) / rows * rows;
}

/* No cell has more than most blocks of the kind. The controls keep theirs:
 * with fewer they would not find what they are there to find. */
static void
blocks_cut(plan_t *plan, plan_kind_t kind, unsigned most)
{
	for (size_t c = 0; c < plan->ncells; c++)
		if (plan->cells[c].blocks[kind] > most &&
		    !plan_is_control(plan, &plan->cells[c]))
			plan->cells[c].blocks[kind] = most;
}

void
plan_warn_balance(plan_t *plan)
{
	words_t which = {0};
	for (size_t c = 0; c < plan->ncells; c++) {
		const cell_t *cell = &plan->cells[c];
		unsigned rows = williams_rows(cell->narms);
		if (cell->blocks[PLAN_TIME] % rows != 0)
			words_add(&which, "%s %u of %u", cell->name,
			    cell->blocks[PLAN_TIME], rows);
	}
	if (which.n > 0)
		warn_add(&plan->warnings, WARN_UNBALANCED, "%zu cells, as %s",
		    which.n, which.v[0]);
	words_release(&which);
}

void
plan_fit(plan_t *plan, double budget, unsigned asked)
{
	unsigned blocks = asked;
	/* Asked for on top of what a plan promises. */
	budget += kind_seconds(plan, PLAN_HOTSPOTS);
	if (plan_seconds(plan) > budget)
		blocks_cut(plan, PLAN_TIME, asked);
	if (plan_seconds(plan) > budget) {
		blocks_cut(plan, PLAN_GBENCH, 1);
		blocks_cut(plan, PLAN_LATENCY, 1);
		blocks_cut(plan, PLAN_CENSUS, 1);
	}
	while (plan_seconds(plan) > budget && blocks > 1)
		blocks_cut(plan, PLAN_TIME, --blocks);
	if (blocks < asked)
		warn_add(&plan->warnings, WARN_BLOCKS_CUT,
		    "%u blocks instead of %u", blocks, asked);
	if (plan_seconds(plan) > budget)
		warn_add(&plan->warnings, WARN_OVER_BUDGET,
		    "%.0f s, promised are %.0f s", plan_seconds(plan), budget);
}

/* ------------------------------------------------------------------ JSON -- */

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
		json_object_set_new(
		    blocks, kind_names[k], json_integer(cell->blocks[k]));
		json_object_set_new(
		    seconds, kind_names[k], json_real(cell->seconds[k]));
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
	    plan->arms.v[slot->arm].name, "kind", kind_names[slot->kind],
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
		cell->blocks[k] =
		    (unsigned)sample_number(blocks, kind_names[k]);
		cell->seconds[k] =
		    json_number_value(json_object_get(seconds, kind_names[k]));
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
		if (strcmp(kind, kind_names[k]) == 0)
			slot->kind = (plan_kind_t)k;
	if (arm != NULL)
		slot->arm = (unsigned)(arm - plan->arms.v);
	if (arm == NULL || slot->cell == plan->ncells ||
	    slot->kind == PLAN_KINDS || slot->id[0] == '\0' ||
	    slot->padding >= PADDING_BOUND ||
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

void
plan_release(plan_t *plan)
{
	for (size_t i = 0; i < plan->ncells; i++)
		cell_release(&plan->cells[i]);
	free(plan->cells);
	free(plan->order);
	free(plan->profile);
	free(plan->name);
	free(plan->created_utc);
	free(plan->workload_id);
	programs_release(&plan->programs);
	arms_release(&plan->arms);
	words_release(&plan->warnings);
	words_release(&plan->argv);
	words_release(&plan->primary);
	free(plan->baseline);
	json_decref(plan->refusals);
	*plan = (plan_t){0};
}
