#include "ab.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "ab_plan.h"
#include "ab_table.h"
#include "numbers.h"
#include "options.h"
#include "run.h"

static const char doc[] =
    "Compare two settings, builds or allocators, A and B, until it is decided "
    "which is better."
    "\vA spec of --a and --b is an option string for ebb, the name of an arm "
    "('ebb list') with options behind it or not, or a library. B is judged "
    "against A. Blocks of one fresh process of each are paired; at a few "
    "points that are planned before, the run ends when every primary metric "
    "has its verdict, and at the latest when the time is over. The error rate "
    "(5 % for all verdicts of a cell together) is spent across these looks.\n\n"
    "Instead of a workload, any program can be run: it is measured from "
    "outside, and its own numbers are read from what it prints (--value). A "
    "server is one that --ready, --drive or --stop is said of: a fresh one is "
    "started for each sample, driven by your commands, left alone for "
    "--settle seconds, and stopped. The commands run without the allocator. "
    "The process itself is measured, not what it starts.\n\n"
    "Examples:\n"
    "  ebb ab --a purge:decay,decay_time:10 --b purge:ratio,lg_dirty_mult:3 "
    "\\\n"
    "      --workload oscillate\n"
    "      two settings of ebb\n"
    "  ebb ab --a glibc --b decay --workload server-slots,mixer --budget 8m\n"
    "      two allocators\n"
    "  ebb ab --a old=/opt/old/libebb.so --b decay --workload micro.pair-64 "
    "\\\n"
    "      --primary work_ns\n"
    "      two builds, judged by their time alone\n"
    "  ebb ab --a glibc --b decay --value '+rate=([0-9.]+) ops/s' -- ./bench "
    "9\n"
    "      a program that prints a number\n"
    "  ebb ab --a purge:decay,decay_time:1 --b purge:ratio \\\n"
    "      --ready 'redis-cli -p 6399 ping' \\\n"
    "      --drive 'redis-benchmark -p 6399 -t set -n 50000 -d 512 -q' \\\n"
    "      --drive 'redis-cli -p 6399 flushall' --settle 2 \\\n"
    "      --value '+rps=([0-9.]+) requests per second' \\\n"
    "      --stop 'redis-cli -p 6399 shutdown nosave' \\\n"
    "      -- redis-server --port 6399 --save ''\n"
    "      a server: requests a second, and memory after the flush\n\n"
    "Exit code: 0 B is nowhere worse (better or equivalent), 3 B is worse in "
    "a primary metric, 4 undecided, 1 some samples are no numbers (named), 2 "
    "refused before measuring, 130 interrupted.";

/* In all, unless said otherwise: "five minutes" hold on a slow day too. */
#define BUDGET_DEFAULT_S 270
/* Reading the samples again and drawing the report takes so long. */
#define REPORT_S 6
#define LOOKS 4

enum {
	KEY_BUDGET = 512,
	KEY_READY,
	KEY_READY_S,
	KEY_DRIVE,
	KEY_VALUE,
	KEY_SETTLE,
	KEY_STOP,
	KEY_ENV,
	KEY_PASSED /* from here on: options of `ebb run` */
};

enum { GROUP_WHAT = 1, GROUP_PROGRAM, GROUP_HOW, GROUP_RESULTS };

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "What is compared:", GROUP_WHAT},
    {"a", 'a', "SPEC", 0, "the arm that the other is judged against",
	GROUP_WHAT},
    {"b", 'b', "SPEC", 0, "the arm that is judged", GROUP_WHAT},
    {"workload", 'w', "NAME[.CASE],...", 0,
	"on this workload ('ebb list'); may be repeated", GROUP_WHAT},
    {NULL, 0, NULL, 0, "On a program of yours, behind '--':", GROUP_PROGRAM},
    {"value", KEY_VALUE, "[+]NAME=REGEX", 0,
	"a number of what it, or the drives, print: the first group of the "
	"last place that matches; gets a verdict; '+': higher is better; may "
	"be repeated",
	GROUP_PROGRAM},
    {"env", KEY_ENV, "NAME=VALUE", 0,
	"in its environment, which has PATH, HOME and locale only; may be "
	"repeated",
	GROUP_PROGRAM},
    {"ready", KEY_READY, "COMMAND", 0,
	"it is a server, and ready when this command succeeds", GROUP_PROGRAM},
    {"ready-timeout", KEY_READY_S, "TIME", 0, "that this may take (30s)",
	GROUP_PROGRAM},
    {"drive", KEY_DRIVE, "COMMAND", 0,
	"what is measured of a server: run once it is ready, and timed; may "
	"be repeated",
	GROUP_PROGRAM},
    {"settle", KEY_SETTLE, "TIME", 0,
	"between the last drive and the end of the measurement, where rss_end "
	"is read (0)",
	GROUP_PROGRAM},
    {"stop", KEY_STOP, "COMMAND", 0, "what ends a server (SIGTERM)",
	GROUP_PROGRAM},
    {NULL, 0, NULL, 0, "How:", GROUP_HOW},
    {"budget", KEY_BUDGET, "TIME", 0,
	"in all: 90s, 5m, 1h (270s; none when --blocks are given)", GROUP_HOW},
    {"blocks", KEY_PASSED, "N", 0, "at most so many blocks", GROUP_HOW},
    {"primary", KEY_PASSED + 1, "METRIC,...", 0,
	"metrics that carry verdicts (work_ns,rss_mean; of a program: its "
	"values; of a server also rss_end and npurge)",
	GROUP_HOW},
    {"threads", KEY_PASSED + 2, "N,...", 0, "of the workload", GROUP_HOW},
    {"conf", KEY_PASSED + 3, "KEY:VALUE,...", 0,
	"options for both arms, if they are ebb", GROUP_HOW},
    {"set", KEY_PASSED + 4, "WORKLOAD.KEY=VALUE", 0,
	"a key of a workload; may be repeated", GROUP_HOW},
    {"ops-scale", KEY_PASSED + 5, "X", 0, "multiply the work in each sample",
	GROUP_HOW},
    {"seed", KEY_PASSED + 6, "N", 0, "of the plan", GROUP_HOW},
    {"timeout", KEY_PASSED + 7, "SECONDS", 0, "end a sample that takes longer",
	GROUP_HOW},
    {"pin", KEY_PASSED + 8, "none|cpus", 0, "as of 'ebb run'", GROUP_HOW},
    {"bind", KEY_PASSED + 20, "none|auto|NODE", 0, "as of 'ebb run'",
	GROUP_HOW},
    {"thp", KEY_PASSED + 21, "inherit|never|madvise|always", 0,
	"as of 'ebb run'", GROUP_HOW},
    {"no-controls", KEY_PASSED + 13, NULL, 0,
	"leave out the same arm twice, and with time and pages planted",
	GROUP_HOW},
    {NULL, 0, NULL, 0, "Results:", GROUP_RESULTS},
    {"name", KEY_PASSED + 9, "LABEL", 0, "part of the results folder's name",
	GROUP_RESULTS},
    {"out", KEY_PASSED + 10, "DIR", 0, "where that folder is made (results)",
	GROUP_RESULTS},
    {"dry-run", KEY_PASSED + 11, NULL, 0,
	"print the plan and its time, measure nothing", GROUP_RESULTS},
    {"no-report", KEY_PASSED + 12, NULL, 0, "only take the samples and judge",
	GROUP_RESULTS},
    {"resume", 'R', "DIR", 0, "complete the comparison in this folder",
	GROUP_RESULTS},
    {0},
};

/* What the command line says. */
typedef struct line_s line_t;
struct line_s {
	ab_t ab;
	guest_t *guest;
	words_t argv; /* for `ebb run` */
	double budget_s;
	bool budgeted, blocks, resume;
	const char *of_program; /* an option that needs one, or NULL */
};

static double
parse_seconds(
    const char *argument, const char *option, struct argp_state *state)
{
	double seconds = 0;
	fault_t fault;
	if (numbers_seconds(&seconds, argument, &fault))
		argp_error(state, "--%s: %s", option, fault.text);
	return seconds;
}

static void
parse_env(guest_t *guest, const char *argument, struct argp_state *state)
{
	const char *own = getenv(argument);
	if (strchr(argument, '=') != NULL && argument[0] != '=')
		words_add(&guest->environment, "%s", argument);
	else if (own != NULL)
		words_add(&guest->environment, "%s=%s", argument, own);
	else
		argp_error(
		    state, "--env '%s': the form is NAME=VALUE", argument);
}

/* A command of the shell that does something. */
static const char *
parse_command(
    const char *argument, const char *option, struct argp_state *state)
{
	if (argument[strspn(argument, " \t\n")] == '\0')
		argp_error(state, "--%s: the command is empty", option);
	return argument;
}

/* Options that are about a program of the user's. */
static error_t
parse_guest(int key, char *argument, struct argp_state *state)
{
	line_t *line = state->input;
	guest_t *guest = line->guest;
	fault_t fault;
	switch (key) {
	case KEY_READY:
		text_assign(&guest->ready, "%s",
		    parse_command(argument, "ready", state));
		return 0;
	case KEY_READY_S:
		guest->ready_s =
		    parse_seconds(argument, "ready-timeout", state);
		return 0;
	case KEY_DRIVE:
		words_add(&guest->drives, "%s",
		    parse_command(argument, "drive", state));
		return 0;
	case KEY_VALUE:
		if (guest_add_value(guest, argument, &fault))
			argp_error(state, "%s", fault.text);
		return 0;
	case KEY_SETTLE:
		guest->settle_s =
		    strcmp(argument, "0") == 0
			? 0
			: parse_seconds(argument, "settle", state);
		return 0;
	case KEY_STOP:
		text_assign(
		    &guest->stop, "%s", parse_command(argument, "stop", state));
		return 0;
	case KEY_ENV:
		parse_env(guest, argument, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Everything from the program's name on is its own. */
static void
parse_program(line_t *line, const char *name, struct argp_state *state)
{
	words_add(&line->guest->argv, "%s", name);
	for (; state->next < state->argc; state->next++)
		words_add(&line->guest->argv, "%s", state->argv[state->next]);
}

static void
parse_end(const line_t *line, struct argp_state *state)
{
	bool program = line->guest->argv.n > 0;
	bool any = line->ab.a != NULL || line->ab.b != NULL || program ||
		   line->ab.workloads.n > 0 || line->of_program != NULL ||
		   line->budgeted;
	if (line->resume && any)
		argp_error(state, "--resume completes the comparison as it was "
				  "planned; leave out everything else");
	if (line->resume)
		return;
	if (line->ab.a == NULL || line->ab.b == NULL)
		argp_error(state,
		    "--%c is missing: as in --a purge:decay,decay_time:10 --b "
		    "purge:ratio",
		    line->ab.a == NULL ? 'a' : 'b');
	if (!program && line->ab.workloads.n == 0)
		argp_error(state,
		    "nothing to run: --workload oscillate ('ebb "
		    "list' shows all), or '-- program arguments'");
	if (program && line->ab.workloads.n > 0)
		argp_error(state,
		    "either --workload, or the program '%s': not both",
		    line->guest->argv.v[0]);
	if (!program && line->of_program != NULL)
		argp_error(state,
		    "--%s is of a program: give it behind '--', as in '-- "
		    "redis-server'",
		    line->of_program);
}

static error_t
parse_own(int key, char *argument, struct argp_state *state)
{
	line_t *line = state->input;
	switch (key) {
	case 'a':
		line->ab.a = argument;
		return 0;
	case 'b':
		line->ab.b = argument;
		return 0;
	case 'w':
		words_split(&line->ab.workloads, argument, ',');
		return 0;
	case KEY_BUDGET:
		line->budget_s = parse_seconds(argument, "budget", state);
		line->budgeted = true;
		return 0;
	case ARGP_KEY_ARG:
		parse_program(line, argument, state);
		return 0;
	case ARGP_KEY_END:
		parse_end(line, state);
		return 0;
	default:
		return parse_guest(key, argument, state);
	}
}

/* Parses, hands on what is an option of `ebb run`, and keeps the rest for
 * whoever repeats the comparison. */
static error_t
parse(int key, char *argument, struct argp_state *state)
{
	line_t *line = state->input;
	const struct argp_option *o = options;
	while (o->doc != NULL && (o->name == NULL || o->key != key))
		o++;
	if (o->doc == NULL)
		return parse_own(key, argument, state);
	bool passed = key >= KEY_PASSED || key == 'R';
	words_add(passed ? &line->argv : &line->ab.argv, "--%s%s%s", o->name,
	    o->arg ? "=" : "", o->arg ? argument : "");
	line->resume |= key == 'R';
	line->blocks |= strcmp(o->name, "blocks") == 0;
	if (o->group == GROUP_PROGRAM)
		line->of_program = o->name;
	return passed ? 0 : parse_own(key, argument, state);
}

/* ---------------------------------------------------------------- command --
 */

static void
line_release(line_t *line)
{
	guest_free(line->guest);
	guest_free(line->ab.guest);
	words_release(&line->argv);
	words_release(&line->ab.argv);
	words_release(&line->ab.workloads);
}

/* Seconds for planning and sampling; 0: as many as it takes. A plan that is
 * completed was made to fit when it was made. */
static double
budget_of(const line_t *line)
{
	if (line->resume)
		return 0;
	if (!line->budgeted)
		return line->blocks ? 0 : BUDGET_DEFAULT_S - REPORT_S;
	return line->budget_s > 2 * REPORT_S ? line->budget_s - REPORT_S
					     : line->budget_s / 2;
}

static int
conclude(const char *run_dir, void *context)
{
	(void)context;
	return ab_conclude(run_dir, stdout);
}

int
cmd_ab(int argc, char **argv)
{
	static const struct argp argp = {.options = options,
	    .parser = parse,
	    .args_doc = "[-- PROGRAM ARGUMENT...]",
	    .doc = doc};
	line_t line = {.guest = guest_new()};
	options_t run_options;
	words_add(&line.argv, "%s", argv[0]);
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &line);
	if (!line.resume)
		words_add(&line.argv, "--arms=" AB_A "," AB_B);
	if (line.guest->argv.n > 0) {
		guest_describe(line.guest);
		line.ab.guest = line.guest;
		line.guest = NULL;
	}
	options_parse(&run_options, (int)line.argv.n, line.argv.v);
	run_kind_t kind = {.command = argv[0],
	    .profile = &ab_profile,
	    .plan = ab_plan,
	    .fit = ab_fit,
	    .conclude = conclude,
	    .looks = LOOKS,
	    .budget_s = budget_of(&line),
	    .context = &line.ab};
	int code = run_measure(&run_options, &kind);
	line_release(&line);
	return code;
}
