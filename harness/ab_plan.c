#include "ab_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "control.h"
#include "warn.h"

/* The build that an option string alone is for. */
#define DEFAULT_ARM "decay"

/* More than any budget holds. */
#define BLOCKS_MOST 400
/* With fewer, no verdict on two metrics reaches its level. */
#define BLOCKS_DECIDING 8
#define LATENCY_BLOCKS 4
#define CENSUS_BLOCKS 1
#define CONTROL_BLOCKS 12
/* Of the time, at most; 4 blocks balance 4 arms. */
#define CONTROL_SHARE 0.15
#define CONTROL_BLOCKS_LEAST 4

/* One row for each workload that does not want as many threads as there are
 * CPUs; the first case of it that is named stands for the workload. */
static const struct profile_cell_s ab_cells[] = {
    {"micro.pair-64", "1", "", 0.3},
    {"micro.*", "1", "", 0.3},
    {"burst-width.lifo-200", "1", "", 0.5},
    {"burst-width.*", "1", "", 0.5},
    {"oscillate.interleaved", "1", PROFILE_POLICY_CONF, 1},
    {"oscillate.*", "1", PROFILE_POLICY_CONF, 1},
    {"step-down.arena", "1", PROFILE_POLICY_CONF, 1},
    {"step-down.*", "1", PROFILE_POLICY_CONF, 1},
    {"burst-idle.*", "1", PROFILE_POLICY_CONF, 1},
    {"arena-baton.*", "1", "decay_time:1", 1},
    {"large-loop.loop-20m", "1", PROFILE_POLICY_CONF, 0.3},
    {"large-loop.*", "1", PROFILE_POLICY_CONF, 0.3},
    {"open-loop.half", "1", PROFILE_POLICY_CONF, 1},
    {"open-loop.*", "1", PROFILE_POLICY_CONF, 1},
    {"thread-churn.swap", "1", "", 0.3},
    {"thread-churn.*", "1", "", 0.3},
    {"producer-consumer.fixed-64", "2", "", 1},
    {"producer-consumer.*", "2", "", 1},
    {"server-slots.*", "ncpu", "", 0.2},
    {"*", "ncpu", "", 0.4},
    {NULL, NULL, NULL, 0},
};

const profile_t ab_profile = {
    .name = "ab",
    .summary = "two arms against each other",
    .budget = INFINITY, /* ab_fit() */
    .blocks = BLOCKS_MOST,
    .latency_blocks = LATENCY_BLOCKS,
    .census_blocks = CENSUS_BLOCKS,
    .control_blocks = CONTROL_BLOCKS,
    .arms_max = 2,
    .balanced = true,
    .ops_scale = 1,
    .cells = ab_cells,
};

/* ------------------------------------------------------------------ arms -- */

static bool
spec_unknown(
    const arms_t *arms, const char *name, const char *spec, fault_t *fault)
{
	const char *why = "";
	for (size_t i = 0; i < arms->skipped.n; i++)
		if (strncmp(arms->skipped.v[i], spec, strlen(spec)) == 0)
			why = arms->skipped.v[i];
	return fault_set(fault,
	    "--%c '%s': no arm is called so%s%s%s. Give an option string for "
	    "ebb (purge:ratio,lg_dirty_mult:3), a name that 'ebb list' shows "
	    "(glibc, decay:decay_time:1), or a library (mine=/path/lib.so)",
	    name[0] - 'A' + 'a', spec, why[0] ? " (" : "", why,
	    why[0] ? ")" : "");
}

bool
ab_arm_add(arms_t *arms, const char *name, const char *spec, fault_t *fault)
{
	size_t head = strcspn(spec, ":=");
	const char *conf = spec[head] == ':' ? spec + head + 1 : "";
	/* A path of a library, by itself or behind a name of the user's. */
	bool named = spec[head] == '=';
	if (named || memchr(spec, '/', head) != NULL || spec[0] == '.') {
		char *full =
		    text_format("%s=%s", name, named ? spec + head + 1 : spec);
		bool failed = arms_add(arms, full, fault);
		free(full);
		return failed;
	}
	char *base = text_format("%.*s", (int)head, spec);
	const arm_t *arm = arms_lookup(arms, base);
	const arm_t *usual = arms_lookup(arms, DEFAULT_ARM);
	free(base);
	if (arm != NULL)
		return arms_copy(arms, arm, name, conf, fault);
	if (spec[head] != ':')
		return spec_unknown(arms, name, spec, fault);
	if (usual == NULL)
		return fault_set(fault,
		    "--%c '%s': ebb's default build is not there ('make lib')",
		    name[0] - 'A' + 'a', spec);
	return arms_copy(arms, usual, name, spec, fault);
}

/* ----------------------------------------------------------------- cells -- */

/* "oscillate" alone is the case that stands for it. */
static void
pattern_add(words_t *patterns, const catalog_t *catalog, const char *workload)
{
	const catalog_row_t *row = catalog_lookup(catalog, workload);
	if (row == NULL || row->cases[0].name[0] == '\0')
		words_add(patterns, "%s", workload);
	else
		words_add(patterns, "%s.%s", workload,
		    profile_case(&ab_profile, row));
}

static bool
workloads_plan(plan_t *plan, const ab_t *ab, const request_t *request,
    const scene_t *scene, fault_t *fault)
{
	request_t chosen = *request;
	chosen.workloads = (words_t){0};
	for (size_t i = 0; i < ab->workloads.n; i++)
		pattern_add(
		    &chosen.workloads, scene->catalog, ab->workloads.v[i]);
	bool failed = profile_apply(
	    &ab_profile, &chosen, scene->catalog, scene->place, plan, fault);
	words_release(&chosen.workloads);
	return failed;
}

/* A word of the cell's name. */
static char *
case_name(const char *path)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	const char *slash = strrchr(path, '/');
	char *name = text_copy(slash == NULL ? path : slash + 1);
	for (char *c = name; *(c += strspn(c, good)) != '\0';)
		*c = '-';
	return name;
}

/* What the user asks a program for is what is judged. */
static void
guest_primary(plan_t *plan, const guest_t *guest)
{
	bool ours = true;
	if (plan->primary.n > 0)
		return;
	for (size_t i = 0; i < guest->nvalues; i++)
		words_add(&plan->primary, "%s", guest->values[i].name);
	if (guest->nvalues == 0)
		words_add(&plan->primary, "work_ns");
	words_add(&plan->primary, "%s",
	    guest_is_server(guest) ? "rss_end" : "rss_mean");
	const char *const names[] = {AB_A, AB_B};
	for (int i = 0; i < 2; i++)
		ours &= arms_lookup(&plan->arms, names[i])->kind == ARM_EBB;
	if (guest_is_server(guest) && ours)
		words_add(&plan->primary, "npurge");
}

static void
guest_controls(plan_t *plan, const request_t *request, const scene_t *scene)
{
	bool few = request->blocks > 0 && request->blocks < CONTROL_BLOCKS;
	control_add(plan, scene->catalog,
	    &(control_wish_t){.none = request->no_controls,
		.time = request->plant_time,
		.pages = request->plant_pages,
		.conf = request->conf,
		.blocks = few ? request->blocks : CONTROL_BLOCKS});
}

static bool
guest_plan(plan_t *plan, ab_t *ab, const request_t *request,
    const scene_t *scene, fault_t *fault)
{
	guest_t *guest = ab->guest;
	const char *const names[] = {AB_A, AB_B};
	if (guest_locate(guest, fault))
		return true;
	char *name = case_name(guest->argv.v[0]);
	cell_t *cell = plan_add_cell(plan, GUEST_WORKLOAD, name, 1);
	free(name);
	cell->guest = guest;
	ab->guest = NULL;
	for (int i = 0; i < 2; i++) {
		const arm_t *arm = arms_lookup(&plan->arms, names[i]);
		if (arm->link != LINK_PRELOAD)
			return fault_set(fault,
			    "--%c: a program of yours cannot be linked with "
			    "an arm after it was built; name the library",
			    names[i][0] - 'A' + 'a');
		cell_add_arm(cell, plan, names[i]);
	}
	text_assign(&cell->conf, "%s", request->conf);
	cell->blocks[PLAN_TIME] =
	    request->blocks > 0 ? request->blocks : BLOCKS_MOST;
	cell->blocks[PLAN_CENSUS] = CENSUS_BLOCKS;
	guest_primary(plan, guest);
	guest_controls(plan, request, scene);
	return false;
}

bool
ab_plan(plan_t *plan, const request_t *request, const scene_t *scene,
    void *context, fault_t *fault)
{
	ab_t *ab = context;
	if (ab_arm_add(&plan->arms, AB_A, ab->a, fault) ||
	    ab_arm_add(&plan->arms, AB_B, ab->b, fault))
		return true;
	plan->baseline = text_copy(AB_A);
	words_append(&plan->argv, &ab->argv);
	return ab->guest != NULL
		   ? guest_plan(plan, ab, request, scene, fault)
		   : workloads_plan(plan, ab, request, scene, fault);
}

/* ---------------------------------------------------------------- blocks -- */

static double
seconds_of(const plan_t *plan, plan_kind_t kind)
{
	double seconds = 0;
	for (size_t c = 0; c < plan->ncells; c++)
		seconds += plan->cells[c].seconds[kind] *
			   plan->cells[c].blocks[kind] * plan->cells[c].narms;
	return seconds;
}

/* No cell but the controls' has more than so many blocks of that kind. */
static void
blocks_cut(plan_t *plan, plan_kind_t kind, unsigned most)
{
	for (size_t c = 0; c < plan->ncells; c++)
		if (plan->cells[c].blocks[kind] > most &&
		    !plan_is_control(plan, &plan->cells[c]))
			plan->cells[c].blocks[kind] = most;
}

/* Blocks of time samples that fit beside the rest: pairs of them, as two arms
 * balance in two. */
static unsigned
blocks_fitting(const plan_t *plan, double seconds)
{
	double rest =
	    seconds_of(plan, PLAN_LATENCY) + seconds_of(plan, PLAN_CENSUS);
	double each = 0;
	for (size_t c = 0; c < plan->ncells; c++) {
		const cell_t *cell = &plan->cells[c];
		double block = cell->seconds[PLAN_TIME] * cell->narms;
		if (plan_is_control(plan, cell))
			rest += block * cell->blocks[PLAN_TIME];
		else
			each += block;
	}
	double fit = each > 0 ? (seconds - rest) / each : BLOCKS_MOST;
	return fit < 2             ? 2
	       : fit > BLOCKS_MOST ? BLOCKS_MOST
				   : (unsigned)fit / 2 * 2;
}

static void
controls_fit(plan_t *plan, double seconds)
{
	for (size_t c = 0; c < plan->ncells; c++) {
		cell_t *cell = &plan->cells[c];
		double block = cell->seconds[PLAN_TIME] * cell->narms;
		while (
		    plan_is_control(plan, cell) &&
		    cell->blocks[PLAN_TIME] > CONTROL_BLOCKS_LEAST &&
		    block * cell->blocks[PLAN_TIME] > CONTROL_SHARE * seconds)
			cell->blocks[PLAN_TIME] -= CONTROL_BLOCKS_LEAST;
	}
}

void
ab_fit(plan_t *plan, const request_t *request, double seconds, void *context)
{
	(void)context;
	if (request->blocks > 0 && seconds < 0)
		return; /* so many were asked for, and no time was named */
	controls_fit(plan, seconds);
	for (unsigned few = LATENCY_BLOCKS;
	     few > 1 && blocks_fitting(plan, seconds) < 2 * BLOCKS_DECIDING;
	     few /= 2)
		blocks_cut(plan, PLAN_LATENCY, few / 2);
	unsigned blocks = blocks_fitting(plan, seconds);
	blocks_cut(plan, PLAN_TIME, blocks);
	if (blocks < BLOCKS_DECIDING)
		warn_add(&plan->warnings, WARN_BLOCKS_CUT,
		    "%u blocks fit into the time; fewer than %d decide nothing",
		    blocks, BLOCKS_DECIDING);
	if (plan_seconds(plan) > seconds)
		warn_add(&plan->warnings, WARN_OVER_BUDGET,
		    "%.0f s, there are %.0f s", plan_seconds(plan), seconds);
}
