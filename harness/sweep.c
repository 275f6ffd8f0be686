#include "sweep.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "grid.h"
#include "options.h"
#include "phase.h"
#include "phase_findings.h"
#include "predict.h"
#include "run.h"
#include "warn.h"

static const char doc[] =
    "Measure when and how much the purge policies give back, over a grid of "
    "swings, and compare it with what their formulas predict: a phase diagram."
    "\vEach point is a process that runs the workload `oscillate`: a heap of "
    "which a share --f is freed and, half a cycle later, allocated again, "
    "every "
    "--T seconds. Ratio purging should look at f alone, decay at T alone. "
    "Where "
    "the measured share of pages given back and the predicted one differ by "
    "more than 5 % (ratio) or 0.05 (decay), a finding says so; when another "
    "threshold explains all of a policy's points, it is named. The arms with "
    "decay are also watched after a single release (`step-down`, in both "
    "placements). A sweep is a run: its folder has the plan, the samples and "
    "their proof, and `ebb report` builds its tables and figures again.\n\n"
    "Examples:\n"
    "  ebb sweep\n"
    "      the variants ratio and decay, about four minutes\n"
    "  ebb sweep --arms ratio --m 2,3,4 --T 0.2 --f 0.02:0.4:0.02\n"
    "      where three settings of ratio begin to purge\n"
    "  ebb sweep --allocator mine=/opt/libebb.so:purge:decay --arms decay\n"
    "      another build of ebb beside ours; its options name its policy\n"
    "  ebb sweep --dry-run\n"
    "      the points and the time they take\n\n"
    "Exit code: 0 all samples are numbers, 1 some are not (named), 2 refused "
    "before measuring, 130 interrupted; findings do not count.";

#define ARMS_DEFAULT "ratio,decay"

/* Options that mean the same as those of `ebb run`, which parses them. */
static const struct argp_option options[] = {
    {"arms", 'a', "NAME,...", 0,
	"variants of ebb to measure (" ARMS_DEFAULT ")", 2},
    {"allocator", 'A', "NAME=FILE:purge:POLICY[,...]", 0,
	"one more arm: a build of ebb with its policy and options; may be "
	"repeated",
	2},
    {"blocks", 'b', "N", 0, "samples of each point and arm (1)", 2},
    {"conf", 'c', "KEY:VALUE,...", 0, "further options of all arms", 2},
    {"seed", 's', "N", 0, "of the plan; the same seed gives the same", 2},
    {"timeout", 't', "SECONDS", 0, "end a sample that takes longer", 2},
    {"pin", 'p', "none|cpus", 0, "on as many CPUs as threads", 2},
    {"bind", 'B', "none|auto|NODE", 0, "memory from this node only", 2},
    {"thp", 'H', "inherit|never|madvise|always", 0, "huge pages", 2},
    {"name", 'n', "LABEL", 0, "part of the results folder's name", 3},
    {"out", 'o', "DIR", 0, "where that folder is made (results)", 3},
    {"dry-run", 'd', NULL, 0, "print the plan and its time", 3},
    {"no-report", 'r', NULL, 0, "only take the samples", 3},
    {"resume", 'R', "DIR", 0, "complete the sweep in this folder", 3},
    {0},
};

static const profile_t sweep_profile = {
    .name = SWEEP_PROFILE,
    .budget = INFINITY, /* the grid says how long it takes */
    .blocks = 1,
};

typedef struct sweep_s sweep_t;
struct sweep_s {
	grid_t grid;
	words_t argv;   /* for `ebb run` */
	words_t chosen; /* options of the grid, as typed */
	bool arms, resume;
};

/* -------------------------------------------------------------- options -- */

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	sweep_t *sweep = state->input;
	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = &sweep->grid;
	if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s' is no option", argument);
	if (key == ARGP_KEY_END && sweep->resume &&
	    grid_is_chosen(&sweep->grid))
		argp_error(state, "--resume completes the grid as it was "
				  "planned; leave out --f, --T, --m and "
				  "--decay-time");
	for (const struct argp_option *o = options; o->name != NULL; o++) {
		if (o->key != key)
			continue;
		words_add(&sweep->argv, "--%s%s%s", o->name, o->arg ? "=" : "",
		    o->arg ? argument : "");
		sweep->arms |= key == 'a';
		sweep->resume |= key == 'R';
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* ----------------------------------------------------------------- plan -- */

/* Cycles whose counts are kept, of each sample. */
#define CYCLES_MEASURED 3
/* The workload stamps its phases up to a number. */
#define CYCLES_MOST 60
/* What a process takes beside its holds: its start, and touching memory. */
#define START_S 0.15
#define TOUCHED_PER_S 7e8
/* A release is watched for so many decay times: pages that are booked as dirty
 * a second time, after they were given back, go within two. */
#define STEP_WATCH 2.3

/* The policy that the arm has by its options, or PURGE_POLICIES. */
static purge_policy_t
arm_policy(const arm_t *arm)
{
	char *conf = conf_merge(arm->defaults, arm->conf);
	char *purge = conf_value(conf, "purge");
	int p = 0;
	while (p < PURGE_POLICIES &&
	       (purge == NULL || strcmp(purge, purge_policy_names[p]) != 0))
		p++;
	free(purge);
	free(conf);
	return (purge_policy_t)p;
}

/* Makes the arm's policy part of its options, so that each sample proves it. */
static bool
arm_prepare(arm_t *arm, fault_t *fault)
{
	purge_policy_t policy = arm_policy(arm);
	if (arm->kind != ARM_EBB)
		return fault_set(fault,
		    "the arm %s is no build of ebb: it shows no counts of the "
		    "pages that it gives back, which a sweep compares",
		    arm->name);
	if (policy == PURGE_POLICIES)
		return fault_set(fault,
		    "the arm %s does not say how it purges; name it: "
		    "--allocator %s=%s:purge:ratio, or purge:decay",
		    arm->name, arm->name, arm->path);
	char *conf = text_format("purge:%s", purge_policy_names[policy]);
	bool failed = arm_configure(arm, conf, fault);
	free(conf);
	return failed;
}

/* Adds the arms with that policy to the cell. */
static void
cell_add_policy(cell_t *cell, const plan_t *plan, const words_t *names,
    purge_policy_t policy)
{
	for (size_t i = 0; i < names->n; i++)
		if (arm_policy(arms_lookup(&plan->arms, names->v[i])) == policy)
			cell_add_arm(cell, plan, names->v[i]);
}

/* What one place in the lists of knobs is measured with. */
typedef struct knobs_s knobs_t;
struct knobs_s {
	bool used[PURGE_POLICIES];
	int m;
	double decay_s;
};

/* Place i of both lists; an arm is measured only with values of its list. */
static knobs_t
knobs_at(const grid_t *grid, size_t i)
{
	const numbers_t *m = &grid->m, *decays = &grid->decays_s;
	return (knobs_t){
	    .used =
		{[PURGE_BY_RATIO] = i < m->n, [PURGE_BY_DECAY] = i < decays->n},
	    .m = (int)m->v[i < m->n ? i : m->n - 1],
	    .decay_s = decays->v[i < decays->n ? i : decays->n - 1],
	};
}

static void
cell_conf(cell_t *cell, const knobs_t *knobs, const char *more)
{
	char *conf = text_format(
	    "narenas:1,tcache:false,lg_dirty_mult:%d,dirty_decay_ms:%.0f",
	    knobs->m, knobs->decay_s * 1000);
	free(cell->conf);
	cell->conf = conf_merge(conf, more);
	free(conf);
}

/* Cycles that pass before the first one that counts. */
static unsigned
cycles_warmup(const knobs_t *knobs, double period_s)
{
	const swing_t swing = {.period_s = period_s};
	const setting_t setting = {
	    .policy = PURGE_BY_DECAY, .decay_s = knobs->decay_s};
	return swing_warmup(&swing, &setting);
}

/* A point of the grid. */
static void
point_plan(plan_t *plan, const sweep_t *sweep, const request_t *request,
    const words_t *arms, const knobs_t *knobs, double f, double period_s)
{
	const grid_t *grid = &sweep->grid;
	char *name = text_format(
	    "m%d-D%gs-f%g-T%gs", knobs->m, knobs->decay_s, f, period_s);
	cell_t *cell = plan_add_cell(plan, "oscillate", name, 1);
	unsigned discard = cycles_warmup(knobs, period_s);
	unsigned cycles = discard + CYCLES_MEASURED;
	double transient = grid->base_bytes * f / (1 - f);
	for (int p = 0; p < PURGE_POLICIES; p++)
		if (knobs->used[p])
			cell_add_policy(cell, plan, arms, (purge_policy_t)p);
	cell_conf(cell, knobs, request->conf);
	words_add(&cell->args, "--base=%.0f", grid->base_bytes);
	words_add(&cell->args, "--f=%g", f);
	words_add(&cell->args, "--period-ms=%.0f", period_s * 1000);
	words_add(&cell->args, "--duty=%g", grid->duty);
	words_add(&cell->args, "--placement=interleaved");
	words_add(&cell->args, "--cycles=%u", cycles);
	words_add(&cell->args, "--discard=%u", discard);
	cell->blocks[PLAN_TIME] = request->blocks > 0 ? request->blocks : 1;
	cell->seconds[PLAN_TIME] =
	    START_S + cycles * period_s +
	    (grid->base_bytes + (cycles + 1) * transient) / TOUCHED_PER_S;
	free(name);
}

/* A release, watched, of the arms with decay. */
static void
step_plan(plan_t *plan, const sweep_t *sweep, const request_t *request,
    const words_t *arms, const knobs_t *knobs, const char *placement)
{
	double base = sweep->grid.base_bytes;
	char *name = text_format("D%gs-%s", knobs->decay_s, placement);
	cell_t *cell = plan_add_cell(plan, "step-down", name, 1);
	cell_add_policy(cell, plan, arms, PURGE_BY_DECAY);
	cell_conf(cell, knobs, request->conf);
	words_add(&cell->args, "--base=%.0f", base);
	words_add(&cell->args, "--amount=%.0f", base / 2);
	words_add(&cell->args, "--hold-ms=100");
	words_add(
	    &cell->args, "--watch-ms=%.0f", knobs->decay_s * 1000 * STEP_WATCH);
	words_add(&cell->args, "--ticks=tcache");
	words_add(&cell->args, "--placement=%s", placement);
	cell->blocks[PLAN_TIME] = request->blocks > 0 ? request->blocks : 1;
	cell->seconds[PLAN_TIME] = START_S + 0.1 + STEP_WATCH * knobs->decay_s +
				   1.5 * base / TOUCHED_PER_S;
	free(name);
}

static bool
knobs_plan(plan_t *plan, const sweep_t *sweep, const request_t *request,
    const words_t *arms, const knobs_t *knobs, fault_t *fault)
{
	const grid_t *grid = &sweep->grid;
	for (size_t T = 0; T < grid->periods_s.n; T++)
		if (cycles_warmup(knobs, grid->periods_s.v[T]) +
			CYCLES_MEASURED >
		    CYCLES_MOST)
			return fault_set(fault,
			    "--T %g: more than %d cycles fit into a decay time "
			    "of %g s, which have to pass before one counts; "
			    "choose longer ones, or a shorter --decay-time",
			    grid->periods_s.v[T], CYCLES_MOST - CYCLES_MEASURED,
			    knobs->decay_s);
	for (size_t f = 0; f < grid->f.n; f++)
		for (size_t T = 0; T < grid->periods_s.n; T++)
			point_plan(plan, sweep, request, arms, knobs,
			    grid->f.v[f], grid->periods_s.v[T]);
	if (!knobs->used[PURGE_BY_DECAY])
		return false;
	step_plan(plan, sweep, request, arms, knobs, "interleaved");
	step_plan(plan, sweep, request, arms, knobs, "segregated");
	return false;
}

static bool
sweep_plan(plan_t *plan, const request_t *request, const scene_t *scene,
    void *context, fault_t *fault)
{
	(void)scene; /* no cell is of the catalog */
	sweep_t *sweep = context;
	const grid_t *grid = &sweep->grid;
	bool used[PURGE_POLICIES + 1] = {false};
	words_t arms = {0};
	if (request_arms_check(request, plan, fault))
		return true;
	words_append(&arms, &request->arms);
	words_append(&arms, &request->added);
	bool failed = false;
	for (size_t i = 0; i < arms.n && !failed; i++) {
		arm_t *arm = arms_lookup(&plan->arms, arms.v[i]);
		failed = arm_prepare(arm, fault);
		used[arm_policy(arm)] = true;
	}
	size_t n = 0;
	if (used[PURGE_BY_RATIO])
		n = grid->m.n;
	if (used[PURGE_BY_DECAY] && grid->decays_s.n > n)
		n = grid->decays_s.n;
	for (size_t i = 0; i < n && !failed; i++) {
		knobs_t knobs = knobs_at(grid, i);
		for (int p = 0; p < PURGE_POLICIES; p++)
			knobs.used[p] &= used[p];
		failed = knobs_plan(plan, sweep, request, &arms, &knobs, fault);
	}
	for (size_t i = 0; used[PURGE_BY_RATIO] && i < grid->m.n; i++) {
		char *regime =
		    phase_regime(grid->base_bytes, (int)grid->m.v[i]);
		if (regime != NULL)
			warn_add(&plan->warnings, WARN_REGIME, "%s", regime);
		free(regime);
	}
	words_append(&plan->argv, &sweep->chosen);
	words_release(&arms);
	return failed;
}

/* --------------------------------------------------------------- command -- */

/* The grid's options, as they were typed: part of what was asked for. */
static void
chosen_note(words_t *chosen, const grid_t *grid)
{
	const struct {
		const char *name;
		const numbers_t *numbers;
	} lists[] = {{"f", &grid->f}, {"T", &grid->periods_s}, {"m", &grid->m},
	    {"decay-time", &grid->decays_s}};
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		words_t parts = {0};
		for (size_t k = 0; k < lists[i].numbers->n; k++)
			words_add(&parts, "%g", lists[i].numbers->v[k]);
		char *all = words_join(&parts, ",");
		words_add(chosen, "--%s=%s", lists[i].name, all);
		free(all);
		words_release(&parts);
	}
	words_add(chosen, "--duty=%g", grid->duty);
	words_add(chosen, "--base=%.0f", grid->base_bytes);
}

int
cmd_sweep(int argc, char **argv)
{
	static const struct argp_child children[] = {
	    {&grid_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {.options = options,
	    .parser = parse,
	    .doc = doc,
	    .children = children};
	sweep_t sweep = {0};
	options_t run_options;
	grid_init(&sweep.grid);
	words_add(&sweep.argv, "%s", argv[0]);
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &sweep);
	if (!sweep.arms && !sweep.resume)
		words_add(&sweep.argv, "--arms=" ARMS_DEFAULT);
	grid_fill_points(&sweep.grid);
	chosen_note(&sweep.chosen, &sweep.grid);
	options_parse(&run_options, (int)sweep.argv.n, sweep.argv.v);
	run_kind_t kind = {.command = argv[0],
	    .profile = &sweep_profile,
	    .plan = sweep_plan,
	    .context = &sweep};
	int code = run_measure(&run_options, &kind);
	grid_release(&sweep.grid);
	words_release(&sweep.argv);
	words_release(&sweep.chosen);
	return code;
}
