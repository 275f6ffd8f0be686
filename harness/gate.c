#include "gate.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gate_report.h"
#include "history.h"
#include "progress.h"

/* The least rate that 999 orders can tell from none. */
#define RATE_LEAST 0.01
#define RATE_MOST 0.5
/* Runs that a history has room for, when nothing is said. */
#define RUNS_MOST 50

static const char doc[] =
    "Judge the newest run by the runs before it on the same machine: did a "
    "cell, arm and metric change for the worse, at which run, and by how "
    "much?"
    "\vThe yardstick is the machine itself: a change must stand out from the "
    "noise between the runs of the history, at a rate of false alarms that "
    "is that of the whole gate however many series it looks at, and must be "
    "larger than what two equal arms differ by (the A/A pair of each run's "
    "controls). Changes that lasted are found by E-divisive change points "
    "with a permutation test, a change in the newest run alone by how far it "
    "lies from the others. Runs of another machine, kernel, C library, "
    "compiler or setting are left out, by name. Runs that resemble the one "
    "before, as on a machine that drifts over days, make more alarms than "
    "the rate says.\n\n"
    "Examples:\n"
    "  ebb gate\n"
    "      the newest run in results/ against those before it\n"
    "  ebb gate --history /ci/results /ci/results/20261123T170000Z-ci-default\n"
    "      that run, as a CI job asks after `ebb run --out /ci/results`\n"
    "  ebb gate --since 20261120T170000Z-ci-default\n"
    "      a change was accepted: the history begins there\n"
    "  ebb gate --arm decay --metric minflt --rate 0.01\n\n"
    "Exit code: 0 no alarm, 1 a run cannot be read or the output not written, "
    "2 refused: the history is too short (it says how many runs are needed), "
    "3 alarm.";

static const struct argp_option options[] = {
    {"history", 'H', "PATH", 0,
	"a folder that holds runs, or a run; may be repeated (results)", 0},
    {"since", 's', "NAME", 0, "the history begins with this run", 0},
    {"last", 'l', "N", 0, "at most so many runs (50)", 0},
    {"rate", 'r', "SHARE", 0, "of false alarms, of the whole gate (0.05)", 0},
    {"arm", 'a', "NAME", 0,
	"only this arm; may be repeated (builds of ebb, or all but glibc)", 0},
    {"metric", 'm', "NAME", 0,
	"this metric too, beside the primary ones; may be repeated", 0},
    {"force", 'f', NULL, 0,
	"keep runs that are not comparable; the result says so", 0},
    {"output", 'o', "FILE", 0, "write every series as CSV", 0},
    {0},
};

typedef struct arguments_s arguments_t;
struct arguments_s {
	words_t history, arms, metrics;
	const char *newest, *since, *output;
	size_t last;
	double rate;
	bool force;
};

static double
number_parse(const char *text, const char *name, double least, double most,
    struct argp_state *state)
{
	char *end;
	double number = strtod(text, &end);
	if (end == text || *end != '\0' || !(number >= least) || number > most)
		argp_error(state, "--%s '%s': a number from %g to %g is needed",
		    name, text, least, most);
	return number;
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	arguments_t *arguments = state->input;
	switch (key) {
	case 'H':
		words_add(&arguments->history, "%s", argument);
		return 0;
	case 's':
		arguments->since = argument;
		return 0;
	case 'l':
		arguments->last =
		    (size_t)number_parse(argument, "last", 2, 1000, state);
		return 0;
	case 'r':
		arguments->rate = number_parse(
		    argument, "rate", RATE_LEAST, RATE_MOST, state);
		return 0;
	case 'a':
		words_add(&arguments->arms, "%s", argument);
		return 0;
	case 'm':
		words_add(&arguments->metrics, "%s", argument);
		return 0;
	case 'f':
		arguments->force = true;
		return 0;
	case 'o':
		arguments->output = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->newest != NULL)
			argp_error(state, "one run is judged at a time; the "
					  "others are its --history");
		arguments->newest = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ----------------------------------------------------------------- judge -- */

/* What two equal arms differ by where no run has them: twice the error of a
 * run's value by its own blocks. And never less than what is printed. */
static alarm_noise_t
series_noise(const history_t *history, const history_series_t *series)
{
	double floor = history_floor(history, series->metric.name);
	if (floor == 0)
		floor = 2 * series->inside;
	return (alarm_noise_t){
	    fmax(floor, log1p(GATE_RESOLUTION)), series->inside};
}

static void
gate_judge(gate_t *gate)
{
	const history_t *history = gate->history;
	change_history_t values = {
	    history->x, history->nseries, history->nruns};
	gate->noise = text_memory(history->nseries, sizeof(*gate->noise));
	for (size_t s = 0; s < history->nseries; s++)
		gate->noise[s] = series_noise(history, &history->series[s]);
	gate->nalarms = alarm_find(
	    &values, gate->noise, &gate->rule, &gate->alarms, &gate->judged);
}

/* Says why nothing can be judged. */
static void
print_refused(const gate_t *gate)
{
	const history_t *history = gate->history;
	size_t least = alarm_least_runs(gate->rule.rate);
	if (history->nseries == 0)
		fputs("ebb gate: refused: the newest run has no cell and arm "
		      "that could be judged\n",
		    stderr);
	else
		fprintf(stderr,
		    "ebb gate: refused: the history is too short: at a rate "
		    "of %g %% it takes %zu comparable runs, the newest "
		    "included, and there %s %zu; %zu more with 'ebb run', or "
		    "a higher --rate\n",
		    gate->rule.rate * 100, least,
		    history->nruns == 1 ? "is" : "are", history->nruns,
		    least - history->nruns);
	for (size_t i = 0; i < history->left_out.n; i++)
		fprintf(stderr, "  left out: %s\n", history->left_out.v[i]);
}

/* The first of the metrics asked for that no series has, or NULL. */
static const char *
metric_missing(const arguments_t *arguments, const history_t *history)
{
	for (size_t i = 0; i < arguments->metrics.n; i++) {
		bool found = false;
		for (size_t s = 0; s < history->nseries && !found; s++)
			found = strcmp(history->series[s].metric.name,
				    arguments->metrics.v[i]) == 0;
		if (!found)
			return arguments->metrics.v[i];
	}
	return NULL;
}

static int
gate_run(const arguments_t *arguments, const history_t *history)
{
	gate_t gate = {.history = history, .rule = alarm_rule_default};
	fault_t fault;
	gate.rule.rate = arguments->rate;
	const char *missing = metric_missing(arguments, history);
	if (missing != NULL) {
		fprintf(stderr,
		    "ebb gate: the newest run has no metric '%s' that could be "
		    "judged: results/README.md and the column 'metric' of "
		    "summary.csv list them, and those of merged histograms "
		    "have no blocks\n",
		    missing);
		return GATE_REFUSED;
	}
	if (history->nseries == 0 ||
	    history->nruns < alarm_least_runs(gate.rule.rate)) {
		print_refused(&gate);
		return GATE_REFUSED;
	}
	progress_t progress;
	progress_init(&progress, stderr, 0);
	progress_show(&progress, "judging %zu series over %zu runs: seconds",
	    history->nseries, history->nruns);
	gate_judge(&gate);
	progress_clear(&progress);
	gate_print(&gate, stdout);
	int code = gate_code(&gate);
	if (arguments->output != NULL &&
	    gate_write(&gate, arguments->output, &fault)) {
		fprintf(stderr, "ebb gate: %s\n", fault.text);
		code = GATE_UNREADABLE;
	}
	free(gate.alarms);
	free(gate.noise);
	return code;
}

int
cmd_gate(int argc, char **argv)
{
	const struct argp argp = {.options = options,
	    .parser = parse,
	    .args_doc = "[RUN]",
	    .doc = doc};
	arguments_t arguments = {
	    .last = RUNS_MOST, .rate = alarm_rule_default.rate};
	history_t history;
	fault_t fault;
	int code = GATE_UNREADABLE;
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (arguments.history.n == 0)
		words_add(&arguments.history, "results");
	history_wish_t wish = {.paths = &arguments.history,
	    .newest = arguments.newest,
	    .since = arguments.since,
	    .most = arguments.last,
	    .arms = &arguments.arms,
	    .metrics = &arguments.metrics,
	    .force = arguments.force};
	if (history_read(&history, &wish, &fault))
		fprintf(stderr, "ebb gate: %s\n", fault.text);
	else
		code = gate_run(&arguments, &history);
	history_release(&history);
	words_release(&arguments.history);
	words_release(&arguments.arms);
	words_release(&arguments.metrics);
	return code;
}
