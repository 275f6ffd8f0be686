#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "warn.h"

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
	return (
	    unsigned)(rng_derive(seed, stream, number) % PLAN_PADDING_BOUND);
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
