#include "simulate.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "grid.h"
#include "predict.h"
#include "table.h"
#include "text.h"
#include "units.h"

#define PAGE 4096.0
#define F_DEFAULT 0.3
/* Cycles that are looked at, behind those of the warm-up. */
#define CYCLES 8

static const char doc[] =
    "Compute what the purge policies give back of a heap that swings: nothing "
    "is run, the two policies are played on a virtual clock."
    "\vA heap has --base bytes that stay and a share --f of all that is freed, "
    "stays free for a while, and is allocated again, every --T seconds. 'given "
    "back' is the share of the freed pages that returns to the kernel in each "
    "cycle, and comes back as page faults; 'dirty' is memory that is free and "
    "not given back. Without --sweep, f is 0.3 and T twice the decay time. The "
    "closed forms are:\n\n"
    "  ratio  1 - (1-f)/(f 2^m), from f = 1/(2^m+1) on\n"
    "  decay  1 - sum over k >= 0 of 1 - S((h + kT)/D), h = T (1 - duty)\n\n"
    "Examples:\n"
    "  ebb simulate --f 0.3 --T 2 --decay-time 1,5,10\n"
    "      which decay time holds on to a third that is free each second\n"
    "  ebb simulate --policy ratio --m 1:6:1 --f 0.05:0.5:0.05\n"
    "      sixty settings of ratio\n"
    "  ebb simulate --sweep --csv sweep.csv\n"
    "      the grid that 'ebb sweep' measures\n"
    "  ebb simulate --workload step-down --T 12 --curve curve.csv\n"
    "      dirty pages over time after one release\n"
    "  ebb simulate --policy decay --tick 0\n"
    "      the same with a program that makes no call while it waits\n\n"
    "Exit code: 0, 1 a file could not be written, 2 refused.";

enum {
	KEY_POLICY = 256,
	KEY_SWEEP,
	KEY_WORKLOAD,
	KEY_TICK,
	KEY_CSV,
	KEY_CURVE
};

static const struct argp_option options[] = {
    {"policy", KEY_POLICY, "NAME,...", 0, "ratio, decay (both)", 0},
    {"workload", KEY_WORKLOAD, "NAME", 0,
	"oscillate, or step-down: one release, watched for T (oscillate)", 0},
    {"sweep", KEY_SWEEP, NULL, 0,
	"the grid of f and T where the policies change what they do", 0},
    {"tick", KEY_TICK, "MS", 0,
	"time between looks at the clock while it waits; 0: no calls (1)", 0},
    {"csv", KEY_CSV, "FILE", 0, "also write the table as CSV", 2},
    {"curve", KEY_CURVE, "FILE", 0,
	"also write the dirty pages over time as CSV", 2},
    {0},
};

typedef struct simulate_s simulate_t;
struct simulate_s {
	grid_t grid;
	bool policies[PURGE_POLICIES];
	bool step; /* step-down instead of oscillate */
	bool sweep;
	double tick_s;
	const char *csv_path, *curve_path;
	table_t table;
	csv_t csv, curve;
};

/* -------------------------------------------------------------- options -- */

static void
parse_policies(simulate_t *s, const char *argument, struct argp_state *state)
{
	words_t names = {0};
	words_split(&names, argument, ',');
	memset(s->policies, 0, sizeof(s->policies));
	for (size_t i = 0; i < names.n; i++) {
		int p = 0;
		while (p < PURGE_POLICIES &&
		       strcmp(names.v[i], purge_policy_names[p]) != 0)
			p++;
		if (p == PURGE_POLICIES)
			argp_error(
			    state, "--policy '%s': ratio or decay", names.v[i]);
		s->policies[p] = true;
	}
	words_release(&names);
}

static void
parse_tick(simulate_t *s, const char *argument, struct argp_state *state)
{
	numbers_t ms = {0};
	fault_t fault;
	if (numbers_parse(&ms, argument, 0, 3600000, &fault))
		argp_error(state, "--tick: %s", fault.text);
	if (ms.v[0] > 0 && ms.v[0] < 0.01)
		argp_error(state, "--tick: '%s' is less than 0.01", argument);
	s->tick_s = ms.v[0] / 1000;
	numbers_release(&ms);
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	simulate_t *s = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &s->grid;
		return 0;
	case KEY_POLICY:
		parse_policies(s, argument, state);
		return 0;
	case KEY_SWEEP:
		s->sweep = true;
		return 0;
	case KEY_WORKLOAD:
		s->step = strcmp(argument, "step-down") == 0;
		if (!s->step && strcmp(argument, "oscillate") != 0)
			argp_error(state,
			    "--workload '%s': oscillate or step-down",
			    argument);
		return 0;
	case KEY_TICK:
		parse_tick(s, argument, state);
		return 0;
	case KEY_CSV:
		s->csv_path = argument;
		return 0;
	case KEY_CURVE:
		s->curve_path = argument;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is no option", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---------------------------------------------------------------- output -- */

static void
table_begin(simulate_t *s)
{
	table_t *table = &s->table;
	char base[UNITS_MAX];
	table_init(table, "%s, computed", s->step ? "step-down" : "oscillate");
	table_detail(table, "base %s, duty %g, a look at the clock every %g ms",
	    unit_format(base, s->grid.base_bytes, UNIT_BYTES), s->grid.duty,
	    s->tick_s * 1000);
	table_column(table, TABLE_LEFT, "setting");
	table_column(table, TABLE_RIGHT, "f");
	table_column(table, TABLE_RIGHT, s->step ? "watched" : "T");
	table_column(table, TABLE_RIGHT, "given back");
	table_column(table, TABLE_RIGHT, "closed form");
	table_column(table, TABLE_RIGHT, "mean dirty");
	table_column(table, TABLE_RIGHT, "peak dirty");
	table_column(table, TABLE_RIGHT, "passes");
}

/* The closed form's share; NaN where there is none. */
static double
closed_form(const simulate_t *s, const setting_t *setting, const swing_t *swing)
{
	if (setting->policy == PURGE_BY_RATIO)
		return setting_predict(setting, swing);
	if (s->tick_s == 0)
		return NAN;
	if (s->step)
		return 1 -
		       predict_decay_left(swing->period_s / setting->decay_s);
	return setting_predict(setting, swing);
}

static void
put_row(simulate_t *s, const char *name, double f, const swing_t *swing,
    double form, const model_steady_t *steady)
{
	char mean[UNITS_MAX], peak[UNITS_MAX];
	table_t *table = &s->table;
	table_row(table, TABLE_NO_ARM);
	table_field(table, TONE_PLAIN, "%s", name);
	table_field(table, TONE_PLAIN, "%.4g", f);
	table_field(table, TONE_PLAIN, "%.4g s", swing->period_s);
	table_field(table, TONE_PLAIN, "%.3f", steady->share);
	if (isnan(form))
		table_blank(table, "it needs calls while the program waits");
	else
		table_field(table, TONE_QUIET, "%.3f", form);
	table_field(table, TONE_PLAIN, "%s",
	    unit_format(mean, steady->mean_dirty * PAGE, UNIT_BYTES));
	table_field(table, TONE_PLAIN, "%s",
	    unit_format(peak, (double)steady->peak_dirty * PAGE, UNIT_BYTES));
	table_field(table, TONE_PLAIN, "%.1f", steady->passes);
	if (s->csv_path == NULL)
		return;
	const double numbers[] = {f, swing->period_s, swing->duty,
	    (double)swing->base_pages, (double)swing->transient_pages,
	    steady->share, form, steady->mean_dirty, (double)steady->peak_dirty,
	    steady->passes};
	csv_text(&s->csv, name);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		csv_number(&s->csv, numbers[i]);
	csv_end(&s->csv);
}

static void
put_curve(simulate_t *s, const char *name, double f, const swing_t *swing,
    const model_result_t *result)
{
	for (size_t i = 0; s->curve_path != NULL && i < result->npoints; i++) {
		csv_text(&s->curve, name);
		csv_number(&s->curve, f);
		csv_number(&s->curve, swing->period_s);
		csv_number(&s->curve, result->points[i].t_s);
		csv_number(&s->curve, (double)result->points[i].ndirty);
		csv_end(&s->curve);
	}
}

/* --------------------------------------------------------------- playing -- */

static void
simulate_point(simulate_t *s, const setting_t *setting, double f, double T)
{
	swing_t swing = {.period_s = T, .duty = s->grid.duty};
	script_t script;
	model_result_t result;
	unsigned warmup = 0;
	swing_size(&swing, s->grid.base_bytes, f);
	if (s->step) {
		script_step_down(
		    &script, swing.base_pages, swing.transient_pages, T);
	} else {
		warmup = swing_warmup(&swing, setting);
		swing.cycles = warmup + CYCLES;
		script_oscillate(&script, &swing);
	}
	script.tick_s = s->tick_s;
	model_run(&result, setting, &script);
	model_steady_t steady = model_steady(&result, warmup);
	char *name = setting_name(setting);
	put_row(s, name, f, &swing, closed_form(s, setting, &swing), &steady);
	put_curve(s, name, f, &swing, &result);
	free(name);
	model_result_release(&result);
	script_release(&script);
}

static void
simulate_setting(simulate_t *s, const setting_t *setting)
{
	for (size_t f = 0; f < s->grid.f.n; f++)
		for (size_t T = 0; T < s->grid.periods_s.n; T++)
			simulate_point(
			    s, setting, s->grid.f.v[f], s->grid.periods_s.v[T]);
}

static void
simulate_all(simulate_t *s)
{
	const grid_t *grid = &s->grid;
	for (size_t i = 0; s->policies[PURGE_BY_RATIO] && i < grid->m.n; i++)
		simulate_setting(
		    s, &(setting_t){.policy = PURGE_BY_RATIO,
			   .lg_dirty_mult = (int)grid->m.v[i],
			   .floor_pages = (int64_t)PREDICT_FLOOR_PAGES});
	for (size_t i = 0; s->policies[PURGE_BY_DECAY] && i < grid->decays_s.n;
	     i++)
		simulate_setting(s, &(setting_t){.policy = PURGE_BY_DECAY,
					.decay_s = grid->decays_s.v[i]});
}

/* What is not asked for. */
static void
fill(simulate_t *s)
{
	grid_fill_knobs(&s->grid);
	if (s->sweep)
		grid_fill_points(&s->grid);
	if (s->grid.f.n == 0)
		numbers_add(&s->grid.f, F_DEFAULT);
	if (s->grid.periods_s.n == 0)
		numbers_add(&s->grid.periods_s, 2 * s->grid.decays_s.v[0]);
}

int
cmd_simulate(int argc, char **argv)
{
	static const struct argp_child children[] = {
	    {&grid_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {.options = options,
	    .parser = parse,
	    .doc = doc,
	    .children = children};
	simulate_t s = {.policies = {true, true}, .tick_s = MODEL_TICK_S};
	fault_t fault;
	grid_init(&s.grid);
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &s);
	fill(&s);
	bool failed =
	    (s.csv_path != NULL &&
		csv_open(&s.csv, s.csv_path,
		    "setting,f,period_s,duty,base_pages,transient_pages,"
		    "share,closed_form,mean_dirty_pages,peak_dirty_pages,"
		    "passes",
		    &fault)) ||
	    (s.curve_path != NULL &&
		csv_open(&s.curve, s.curve_path,
		    "setting,f,period_s,t_s,dirty_pages", &fault));
	if (!failed) {
		table_begin(&s);
		simulate_all(&s);
		table_print(&s.table, stdout, isatty(STDOUT_FILENO) == 1);
	}
	failed = csv_close(&s.csv, &fault) || failed;
	failed = csv_close(&s.curve, &fault) || failed;
	if (failed)
		fprintf(stderr, "ebb simulate: %s\n", fault.text);
	table_release(&s.table);
	grid_release(&s.grid);
	return failed ? 1 : 0;
}
