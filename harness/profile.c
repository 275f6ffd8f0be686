#include "profile.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "control.h"
#include "linking.h"
#include "machine.h"

/* As PROFILE_POLICY_CONF, in the time that a smoke test has. */
#define POLICY_CONF_SMOKE "dirty_decay_ms:100,narenas:1"

static const struct profile_cell_s smoke_cells[] = {
    {"micro.pair-64", "1", "", 1},
    {"micro.ring-1000", "1", "", 1},
    {"server-slots.*", "2", "", 1},
    {"producer-consumer.fixed-64", "2", "", 1},
    {"burst-width.lifo-200", "1", "", 1},
    {"oscillate.interleaved", "1", POLICY_CONF_SMOKE, 1},
    {"step-down.arena", "1", POLICY_CONF_SMOKE, 1},
    {NULL, NULL, NULL, 0},
};

static const struct profile_cell_s default_cells[] = {
    {"micro.pair-64", "1", "", 0.3},
    {"micro.ring-1000", "1", "", 0.3},
    {"server-slots.*", "1 2 2ncpu", "", 0.2},
    {"producer-consumer.fixed-64", "2 2ncpu", "", 1},
    {"burst-width.lifo-200", "1", "", 0.5},
    {"oscillate.interleaved", "1", PROFILE_POLICY_CONF, 1},
    {"step-down.arena", "1", PROFILE_POLICY_CONF, 1},
    {"large-loop.loop-20m", "1", PROFILE_POLICY_CONF, 0.3},
    {"open-loop.half", "1", PROFILE_POLICY_CONF, 1},
    {"thread-churn.swap", "1", "", 0.3},
    {NULL, NULL, NULL, 0},
};

/* Half the work a sample and all the cells: the process is the unit. */
static const struct profile_cell_s full_cells[] = {
    {"oscillate.*", "1", PROFILE_POLICY_CONF, 1,
	"madvfree classic ratio-notcache"},
    {"step-down.arena", "1", PROFILE_POLICY_CONF, 1, "madvfree classic"},
    {"step-down.*", "1", PROFILE_POLICY_CONF, 1},
    {"burst-idle.*", "1", PROFILE_POLICY_CONF, 1},
    {"arena-baton.*", "1", "decay_time:1", 1},
    {"large-loop.loop-20m", "1 ncpu", "decay_time:1", 0.4, "classic"},
    {"large-loop.slots", "1", "decay_time:1", 0.2, "classic"},
    {"large-loop.*", "1", "decay_time:1", 0.4, "classic"},
    {"open-loop.*", "1", PROFILE_POLICY_CONF, 1, "classic"},
    {"burst-width.*", "1", "", 0.5, "fill-fixed1 fill-fixed2 fill-burst"},
    {"micro.pair-64", "1 ncpu", "", 0.4, "classic"},
    {"micro.ring-1000", "1 ncpu", "", 0.4, "classic"},
    {"micro.lifo-1000", "1 ncpu", "", 0.4},
    {"micro.fifo-1000", "1", "", 0.4},
    {"micro.pair-24576", "1", "", 0.4},
    /* The other pairs are Google Benchmark's; empty is the census's, control
     * the controls'. */
    {"micro.*", "", "", 1},
    {"empty.*", "", "", 1},
    {CONTROL_WORKLOAD ".*", "", "", 1},
    {"server-slots.*", "1 2 ncpu 2ncpu", "", 0.4, "classic ratio-notcache"},
    {"thread-churn.swap", "1 ncpu 2ncpu", "", 0.3},
    {"thread-churn.*", "ncpu", "", 0.3},
    {"exchange-pool.mixed", "1 ncpu 2ncpu", "", 0.4},
    {"mixer.mixed", "1 ncpu 2ncpu", "", 0.4},
    {"producer-consumer.*", "ncpu 2ncpu", "", 0.4},
    {"*", "ncpu", "", 0.4},
    {NULL, NULL, NULL, 0},
};

const profile_t profiles[] = {
    {.name = "smoke",
	.summary = "a minute: is everything there and alive",
	.budget = 60,
	.blocks = 2,
	.latency_blocks = 1,
	.gbench_blocks = 1,
	.census_blocks = 1,
	.control_blocks = 8,
	.arms_max = 6,
	.smoke = true,
	.ops_scale = 6,
	.arms = "decay ratio decay-notcache fill-full",
	.gbench = "^micro/(pair-64|ring-1000)/",
	.cells = smoke_cells},
    {.name = "default",
	.summary = "ten minutes: verdicts on the main workloads",
	.budget = 530,
	.blocks = 10,
	.latency_blocks = 2,
	.gbench_blocks = 2,
	.census_blocks = 1,
	.control_blocks = 16,
	.arms_max = 6,
	.balanced = true,
	.ops_scale = 1,
	.gbench = "^micro/",
	.cells = default_cells},
    {.name = "full",
	.summary = "up to 75 minutes: every workload, case and thread count",
	.budget = 4200,
	.blocks = 10,
	.latency_blocks = 6, /* the fewest with intervals of 95 % */
	.gbench_blocks = 3,
	.census_blocks = 1,
	.control_blocks = 48,
	.arms_max = 12,
	.balanced = true,
	.more = true,
	.ops_scale = 1,
	.gbench = "^micro/",
	.cells = full_cells},
    {.name = NULL},
};

/* Keys that say how much work is done: --ops-scale multiplies them. */
static const char *const work_keys[] = {"ops", "rounds", "batches"};

/* The Google Benchmark driver, as a cell of its own. */
#define GBENCH_NAME "gbench"
#define GBENCH_ARMS "decay decay-notcache fill-full"

const profile_t *
profile_lookup(const char *name, fault_t *fault)
{
	words_t names = {0};
	for (const profile_t *p = profiles; p->name != NULL; p++) {
		if (strcmp(p->name, name) == 0) {
			words_release(&names);
			return p;
		}
		words_add(&names, "%s", p->name);
	}
	char *all = words_join(&names, ", ");
	fault_set(fault, "--plan '%s': there is none of that name, but %s",
	    name, all);
	free(all);
	words_release(&names);
	return NULL;
}

/* ------------------------------------------------------------------ arms -- */

void
cell_add_arm(cell_t *cell, const plan_t *plan, const char *name)
{
	const arm_t *arm = arms_lookup(&plan->arms, name);
	if (arm == NULL || cell->narms == PLAN_ARMS_MAX)
		return;
	unsigned place = (unsigned)(arm - plan->arms.v);
	for (unsigned i = 0; i < cell->narms; i++)
		if (cell->arms[i] == place)
			return;
	cell->arms[cell->narms++] = place;
}

static void
cell_add_arms(cell_t *cell, const profile_t *profile, const request_t *request,
    const plan_t *plan, const words_t *variants)
{
	if (request->arms.n > 0) {
		for (size_t i = 0; i < request->arms.n; i++)
			cell_add_arm(cell, plan, request->arms.v[i]);
	} else {
		cell_add_arm(cell, plan, "glibc");
		cell_add_arm(cell, plan, "tcmalloc");
		for (size_t i = 0; i < variants->n; i++)
			cell_add_arm(cell, plan, variants->v[i]);
		if (cell->narms > profile->arms_max)
			cell->narms = profile->arms_max;
		for (size_t i = 0; request->peers && i < plan->arms.n; i++)
			if (plan->arms.v[i].kind == ARM_PEER)
				cell_add_arm(cell, plan, plan->arms.v[i].name);
	}
	for (size_t i = 0; i < request->added.n; i++)
		cell_add_arm(cell, plan, request->added.v[i]);
}

/* ------------------------------------------------------------- arguments -- */

static bool
argument_sets(const char *argument, const char *key)
{
	size_t n = strlen(key);
	return strncmp(argument, "--", 2) == 0 &&
	       strncmp(argument + 2, key, n) == 0 && argument[2 + n] == '=';
}

/* Multiplies what the work keys are set to. */
static void
args_scale(words_t *args, const catalog_row_t *row, double scale)
{
	if (scale == 1.0)
		return;
	for (size_t k = 0; k < sizeof(work_keys) / sizeof(*work_keys); k++) {
		const char *key = work_keys[k];
		const char *value = catalog_default(row, key);
		if (value == NULL)
			continue;
		for (size_t i = 0; i < args->n; i++)
			if (argument_sets(args->v[i], key))
				value = strchr(args->v[i], '=') + 1;
		double scaled = strtod(value, NULL) * scale;
		words_add(args, "--%s=%.0f", key, scaled < 1 ? 1 : scaled);
	}
}

static void
args_set(words_t *args, const char *workload, const words_t *sets)
{
	size_t n = strlen(workload);
	for (size_t i = 0; i < sets->n; i++)
		if (strncmp(sets->v[i], workload, n) == 0 &&
		    sets->v[i][n] == '.')
			words_add(args, "--%s", sets->v[i] + n + 1);
}

/* "workload.key=value" names a workload and a key that exist. */
static bool
sets_check(const words_t *sets, const catalog_t *catalog, fault_t *fault)
{
	for (size_t i = 0; i < sets->n; i++) {
		const char *set = sets->v[i];
		size_t dot = strcspn(set, "."), equals = strcspn(set, "=");
		if (set[dot] != '.' || set[equals] != '=' || equals < dot)
			return fault_set(fault,
			    "--set '%s': the form is workload.key=value", set);
		char *name = text_format("%.*s", (int)dot, set);
		char *key =
		    text_format("%.*s", (int)(equals - dot - 1), set + dot + 1);
		const catalog_row_t *row = catalog_lookup(catalog, name);
		bool failed = false;
		if (row == NULL)
			failed = fault_set(fault,
			    "--set '%s': there is no workload '%s' (see 'ebb "
			    "list')",
			    set, name);
		else if (catalog_default(row, key) == NULL)
			failed = fault_set(fault,
			    "--set '%s': the workload '%s' has no key '%s' "
			    "(see 'workload %s --help')",
			    set, name, key, name);
		free(name);
		free(key);
		if (failed)
			return true;
	}
	return false;
}

/* ----------------------------------------------------------------- cells -- */

/*
 * Which row of the profile chooses the case. A case that the user's pattern
 * chooses and no row does gets one thread and no options.
 */
static const struct profile_cell_s *
case_choose(const profile_t *profile, const request_t *request,
    const char *workload, const catalog_case_t *which)
{
	static const struct profile_cell_s plain = {"", "1", "", 1, NULL};
	const struct profile_cell_s *row = NULL, *of_workload = &plain;
	char *name = text_format(
	    "%s%s%s", workload, which->name[0] ? "." : "", which->name);
	bool asked = false, by_name = false;
	for (const struct profile_cell_s *c = profile->cells;
	     c->pattern != NULL && row == NULL; c++) {
		if (fnmatch(c->pattern, name, 0) == 0)
			row = c;
		size_t n = strcspn(c->pattern, ".");
		if (strncmp(c->pattern, workload, n) == 0 &&
		    workload[n] == '\0')
			of_workload = c;
	}
	for (size_t i = 0; i < request->workloads.n; i++) {
		const char *pattern = request->workloads.v[i];
		asked = asked || fnmatch(pattern, name, 0) == 0 ||
			fnmatch(pattern, workload, 0) == 0;
		by_name = by_name || strcmp(pattern, name) == 0;
	}
	free(name);
	if (row != NULL && row->threads[0] == '\0') {
		row = NULL;
		of_workload = &plain;
	}
	if (which->more && !profile->more && !by_name)
		return NULL;
	if (request->workloads.n == 0)
		return row;
	return !asked ? NULL : row != NULL ? row : of_workload;
}

static unsigned
threads_parse(const char *word)
{
	if (strcmp(word, "ncpu") == 0)
		return machine_cpus();
	if (strcmp(word, "2ncpu") == 0)
		return 2 * machine_cpus();
	return (unsigned)strtoul(word, NULL, 10);
}

static bool
threads_fit(const catalog_row_t *row, unsigned threads)
{
	return threads > 0 && threads <= row->threads_max &&
	       (!row->threads_even || threads % 2 == 0);
}

static void
cell_fill(cell_t *cell, const profile_t *profile, const request_t *request,
    plan_t *plan, const catalog_row_t *row, const catalog_case_t *which,
    const struct profile_cell_s *chosen)
{
	double scale = chosen->scale * profile->ops_scale *
		       (request->ops_scale > 0 ? request->ops_scale : 1);
	words_t variants = {0};
	if (profile->arms != NULL)
		words_split(&variants, profile->arms, ' ');
	else
		words_append(&variants, &row->arms);
	if (chosen->arms != NULL)
		words_split(&variants, chosen->arms, ' ');
	cell_add_arms(cell, profile, request, plan, &variants);
	linking_apply(cell, request, plan);
	words_release(&variants);
	words_append(
	    &cell->args, profile->smoke ? &row->smoke : &row->defaults);
	words_append(&cell->args, &which->args);
	args_scale(&cell->args, row, scale);
	args_set(&cell->args, row->name, &request->sets);
	free(cell->conf);
	cell->conf = conf_merge(chosen->conf, request->conf);
	cell->blocks[PLAN_TIME] =
	    request->blocks     ? request->blocks
	    : profile->balanced ? plan_balanced(profile->blocks, cell->narms)
				: profile->blocks;
	cell->blocks[PLAN_LATENCY] = row->latency ? profile->latency_blocks : 0;
	cell->blocks[PLAN_CENSUS] = profile->census_blocks;
	cell->blocks[PLAN_HOTSPOTS] = request->hotspots ? 1 : 0;
	for (int k = PLAN_LATENCY; k < PLAN_KINDS; k++)
		if (request->blocks > 0 && cell->blocks[k] > request->blocks)
			cell->blocks[k] = request->blocks;
}

/* The case with every number of threads that it is wanted with, each once. */
static void
case_apply(const profile_t *profile, const request_t *request, plan_t *plan,
    const catalog_row_t *row, const catalog_case_t *which)
{
	const struct profile_cell_s *chosen =
	    case_choose(profile, request, row->name, which);
	words_t threads = {0};
	if (chosen == NULL)
		return;
	if (request->threads.n > 0)
		words_append(&threads, &request->threads);
	else
		words_split(&threads, chosen->threads, ' ');
	/* A workload for pairs of threads only is run with one pair. */
	if (request->threads.n == 0 && row->threads_even)
		words_add(&threads, "2");
	for (size_t i = 0; i < threads.n; i++) {
		unsigned n = threads_parse(threads.v[i]);
		bool again = false;
		for (size_t j = 0; j < i; j++)
			again = again || threads_parse(threads.v[j]) == n;
		if (again || !threads_fit(row, n))
			continue;
		cell_fill(plan_add_cell(plan, row->name, which->name, n),
		    profile, request, plan, row, which, chosen);
	}
	words_release(&threads);
}

/* The driver of Google Benchmark is linked with no allocator. */
static void
cell_keep_preloaded(cell_t *cell, const plan_t *plan)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < cell->narms; i++)
		if (plan->arms.v[cell->arms[i]].link == LINK_PRELOAD)
			cell->arms[kept++] = cell->arms[i];
	cell->narms = kept;
}

/* The Google Benchmark driver: micro benchmarks, one cell of processes. */
static void
gbench_apply(const profile_t *profile, const request_t *request,
    const place_t *place, plan_t *plan)
{
	cell_t draft = {0};
	bool asked = request->workloads.n == 0;
	for (size_t i = 0; i < request->workloads.n; i++)
		asked = asked ||
			fnmatch(request->workloads.v[i], GBENCH_NAME, 0) == 0;
	if (!asked || access(place->gbench, X_OK) != 0)
		return;
	words_t variants = {0};
	words_split(&variants,
	    profile->arms != NULL ? profile->arms : GBENCH_ARMS, ' ');
	cell_add_arms(&draft, profile, request, plan, &variants);
	words_release(&variants);
	linking_apply(&draft, request, plan);
	cell_keep_preloaded(&draft, plan);
	if (draft.narms == 0 || (linking_asked(request) && draft.narms == 1))
		return;
	cell_t *cell = plan_add_cell(plan, GBENCH_NAME, "micro", 1);
	memcpy(cell->arms, draft.arms, sizeof(cell->arms));
	cell->narms = draft.narms;
	words_add(&cell->args, "--benchmark_filter=%s", profile->gbench);
	text_assign(&cell->conf, "%s", request->conf);
	cell->blocks[PLAN_GBENCH] = profile->gbench_blocks;
	if (request->blocks > 0 && request->blocks < profile->gbench_blocks)
		cell->blocks[PLAN_GBENCH] = request->blocks;
}

const char *
profile_case(const profile_t *profile, const catalog_row_t *row)
{
	for (const struct profile_cell_s *c = profile->cells;
	     c->pattern != NULL; c++)
		for (size_t i = 0; i < row->ncases; i++) {
			char *name =
			    text_format("%s.%s", row->name, row->cases[i].name);
			bool chosen = fnmatch(c->pattern, name, 0) == 0;
			free(name);
			if (chosen)
				return row->cases[i].name;
		}
	return row->cases[0].name;
}

bool
request_arms_check(const request_t *request, const plan_t *plan, fault_t *fault)
{
	for (size_t i = 0; i < request->arms.n; i++) {
		const char *name = request->arms.v[i], *why = "";
		if (arms_lookup(&plan->arms, name) != NULL)
			continue;
		for (size_t s = 0; s < plan->arms.skipped.n; s++)
			if (strstr(plan->arms.skipped.v[s], name) != NULL)
				why = plan->arms.skipped.v[s];
		return fault_set(fault,
		    "--arms: there is no arm '%s'%s%s%s; 'ebb list' shows "
		    "those there are",
		    name, why[0] ? " (" : "", why, why[0] ? ")" : "");
	}
	return linking_check(request, plan, fault);
}

static bool
pattern_matches(const char *pattern, const catalog_t *catalog)
{
	bool matches = fnmatch(pattern, GBENCH_NAME, 0) == 0;
	for (size_t r = 0; r < catalog->n; r++) {
		const catalog_row_t *row = &catalog->v[r];
		matches = matches || fnmatch(pattern, row->name, 0) == 0;
		for (size_t c = 0; c < row->ncases; c++) {
			char *name =
			    text_format("%s.%s", row->name, row->cases[c].name);
			matches = matches || fnmatch(pattern, name, 0) == 0;
			free(name);
		}
	}
	return matches;
}

/* Each pattern names something, so that none is mistyped unnoticed. */
static bool
workloads_check(
    const words_t *patterns, const catalog_t *catalog, fault_t *fault)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (!pattern_matches(patterns->v[i], catalog))
			return fault_set(fault,
			    "--workloads: no workload or case is called '%s'; "
			    "'ebb list' shows those there are",
			    patterns->v[i]);
	return false;
}

bool
profile_apply(const profile_t *profile, const request_t *request,
    const catalog_t *catalog, const place_t *place, plan_t *plan,
    fault_t *fault)
{
	if (request_arms_check(request, plan, fault) ||
	    workloads_check(&request->workloads, catalog, fault) ||
	    sets_check(&request->sets, catalog, fault))
		return true;
	for (size_t r = 0; r < catalog->n; r++)
		for (size_t c = 0; c < catalog->v[r].ncases; c++)
			case_apply(profile, request, plan, &catalog->v[r],
			    &catalog->v[r].cases[c]);
	gbench_apply(profile, request, place, plan);
	if (plan->ncells > 0 || control_asked(request))
		control_apply(plan, catalog, request, profile->control_blocks);
	if (plan->ncells == 0)
		return fault_set(fault,
		    "nothing to measure: no workload that was chosen takes "
		    "that number of threads; 'ebb list' shows what each takes");
	return false;
}
