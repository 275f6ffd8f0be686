#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "conf.h"
#include "live.h"
#include "rng.h"

static const char doc[] =
    "Measure allocators: glibc, tcmalloc and every built variant of ebb."
    "\vEach sample is a fresh process. A seeded plan of balanced blocks is "
    "written before the first one; each proves which allocator and which "
    "options ran. Results go to results/<utc>-<host>-<name>/: samples.jsonl "
    "and raw/ are the truth, report.html is for reading.\n\n"
    "Examples:\n"
    "  ebb run --plan smoke\n"
    "      one minute over everything\n"
    "  ebb run --workloads server-slots --arms glibc,decay --blocks 20\n"
    "      one comparison, more precisely\n"
    "  ebb run --budget 20m --dry-run\n"
    "      which differences twenty minutes can find, before they are spent\n"
    "  ebb run --allocator mine=/opt/lib/libmine.so --workloads 'micro.*'\n"
    "      any library that defines malloc, beside ours\n"
    "  ebb run --allocator d1=build/variants/decay/libebb.so:decay_time:1 \\\n"
    "      --arms decay --workloads oscillate,step-down\n"
    "      one build with two settings\n"
    "  ebb run --arms glibc,decay --link preload,static --workloads micro.*\n"
    "      what the way of linking is worth\n"
    "  ebb run --resume results/20261122T170000Z-host-default\n"
    "      complete a run that was interrupted\n\n"
    "Exit code: 0 all samples are numbers, 1 some are not (named), 2 refused "
    "before measuring, 130 interrupted.";

enum {
	KEY_ALLOCATOR = 256,
	KEY_ARMS,
	KEY_BLOCKS,
	KEY_SEED,
	KEY_OUT,
	KEY_PEERS,
	KEY_CONF,
	KEY_SET,
	KEY_OPS_SCALE,
	KEY_DRY_RUN,
	KEY_NO_REPORT,
	KEY_TIMEOUT,
	KEY_RESUME,
	KEY_PROFILE,
	KEY_PIN,
	KEY_BIND,
	KEY_THP,
	KEY_LINK,
	KEY_PRIMARY,
	KEY_NO_CONTROLS,
	KEY_PLANT_TIME,
	KEY_PLANT_PAGES,
	KEY_BUDGET,
	KEY_LOOKS
};

/* Groups of the help; what is in the last says nothing about the numbers. */
enum { GROUP_WHAT = 1, GROUP_HOW, GROUP_RESULTS };

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "What is measured:", GROUP_WHAT},
    {"plan", 'p', "NAME", 0, "smoke, default or full ('ebb list')", GROUP_WHAT},
    {"workloads", 'w', "PATTERN,...", 0,
	"only these: names, 'micro.pair-64', 'micro.*'", GROUP_WHAT},
    {"arms", KEY_ARMS, "NAME,...", 0, "only these arms ('ebb list')",
	GROUP_WHAT},
    {"allocator", KEY_ALLOCATOR, "NAME=FILE[:KEY:VALUE,...]", 0,
	"one more arm: a library that defines malloc, with its MALLOC_CONF; "
	"may be repeated",
	GROUP_WHAT},
    {"link", KEY_LINK, "MODE,...", 0,
	"each arm of ours in these ways: preload, linked (the program names "
	"the library), static (the program holds it); arms are then called "
	"decay@linked, decay@static",
	GROUP_WHAT},
    {"peers", KEY_PEERS, "all|none", 0,
	"also measure the optional peers that are installed: jemalloc 5, "
	"mimalloc, tbbmalloc",
	GROUP_WHAT},
    {"threads", 't', "N,...", 0, "numbers of threads; ncpu and 2ncpu too",
	GROUP_WHAT},
    {NULL, 0, NULL, 0, "How:", GROUP_HOW},
    {"blocks", 'b', "N", 0, "blocks of time samples in each cell", GROUP_HOW},
    {"budget", KEY_BUDGET, "TIME", 0,
	"as many blocks as fit into this time (90s, 20m, 1h30m), pilot and "
	"report included; says first which differences that can find",
	GROUP_HOW},
    {"looks", KEY_LOOKS, "N", 0,
	"look at the results at most N times; a cell whose comparisons are all "
	"decided then ends early, within the same error rate",
	GROUP_HOW},
    {"conf", KEY_CONF, "KEY:VALUE,...", 0, "options for all arms that are ebb",
	GROUP_HOW},
    {"set", KEY_SET, "WORKLOAD.KEY=VALUE", 0,
	"a key of a workload; may be repeated", GROUP_HOW},
    {"ops-scale", KEY_OPS_SCALE, "X", 0,
	"multiply the work in each sample (of workloads that count it)",
	GROUP_HOW},
    {"seed", KEY_SEED, "N", 0, "of the plan; the same seed gives the same",
	GROUP_HOW},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0,
	"end a sample that takes longer (else 30 s and ten times the pilot's)",
	GROUP_HOW},
    {"primary", KEY_PRIMARY, "METRIC,...", 0,
	"metrics that carry verdicts (work_ns,rss_mean)", GROUP_HOW},
    {"profile", KEY_PROFILE, NULL, 0,
	"one more sample of each cell and arm under 'perf record': shares of "
	"time by function",
	GROUP_HOW},
    {"pin", KEY_PIN, "none|cpus", 0,
	"cpus: each sample on as many CPUs as it has threads, physical cores "
	"first (none: allocators size themselves by the CPUs they may use, so "
	"pinning changes what is measured)",
	GROUP_HOW},
    {"bind", KEY_BIND, "none|auto|NODE", 0,
	"memory from this node only; auto: that of the CPUs", GROUP_HOW},
    {"thp", KEY_THP, "inherit|never|madvise|always", 0,
	"huge pages of the samples; a process can be given less than the "
	"machine has, not more",
	GROUP_HOW},
    {"no-controls", KEY_NO_CONTROLS, NULL, 0,
	"leave out the controls: the same arm twice, and once each with time "
	"and with pages planted; the report then says so",
	GROUP_HOW},
    {"plant-time", KEY_PLANT_TIME, "SHARE", 0,
	"of time that the controls plant (0.02)", GROUP_HOW},
    {"plant-pages", KEY_PLANT_PAGES, "SHARE", 0,
	"of pages that the controls plant (0.05)", GROUP_HOW},
    {NULL, 0, NULL, 0, "Results:", GROUP_RESULTS},
    {"name", 'n', "LABEL", 0, "part of the results folder's name",
	GROUP_RESULTS},
    {"out", KEY_OUT, "DIR", 0, "where that folder is made (results)",
	GROUP_RESULTS},
    {"dry-run", KEY_DRY_RUN, NULL, 0,
	"print the plan and its time (after a pilot), measure nothing",
	GROUP_RESULTS},
    {"no-report", KEY_NO_REPORT, NULL, 0, "only take the samples",
	GROUP_RESULTS},
    {"resume", KEY_RESUME, "DIR", 0, "complete the run in this folder",
	GROUP_RESULTS},
    {0},
};

/* A list of words that must not be empty. */
static void
parse_words(words_t *words, const char *argument, const char *option,
    struct argp_state *state)
{
	words_split(words, argument, ',');
	if (words->n == 0)
		argp_error(state, "--%s: nothing is named", option);
}

static unsigned
parse_count(const char *argument, const char *option, unsigned most,
    struct argp_state *state)
{
	char *end;
	unsigned long n = strtoul(argument, &end, 10);
	if (*argument < '0' || *argument > '9' || *end != '\0' || n == 0 ||
	    n > most)
		argp_error(state, "--%s '%s': a number from 1 to %u is needed",
		    option, argument, most);
	return (unsigned)n;
}

static void
parse_threads(
    options_t *options, const char *argument, struct argp_state *state)
{
	words_t *threads = &options->request.threads;
	parse_words(threads, argument, "threads", state);
	for (size_t i = 0; i < threads->n; i++)
		if (strcmp(threads->v[i], "ncpu") != 0 &&
		    strcmp(threads->v[i], "2ncpu") != 0)
			parse_count(
			    threads->v[i], "threads", EBB_LIVE_THREADS, state);
}

static void
parse_seed(options_t *options, const char *argument, struct argp_state *state)
{
	char *end;
	errno = 0;
	options->seed = strtoull(argument, &end, 0);
	options->seeded = true;
	if (*argument < '0' || *argument > '9' || *end != '\0' || errno != 0 ||
	    options->seed >= RNG_SEED_BOUND)
		argp_error(state, "--seed '%s': a number below 2^53 is needed",
		    argument);
}

static void
parse_scale(options_t *options, const char *argument, struct argp_state *state)
{
	char *end;
	double scale = strtod(argument, &end);
	options->request.ops_scale = scale;
	if (*argument == '\0' || *end != '\0' || !(scale > 0) || scale > 1e6)
		argp_error(state,
		    "--ops-scale '%s': a number above 0, at most 1000000, is "
		    "needed",
		    argument);
}

static double
parse_share(const char *argument, const char *option, struct argp_state *state)
{
	char *end;
	double share = strtod(argument, &end);
	if (*argument == '\0' || *end != '\0' || !(share > 0) || share > 10)
		argp_error(state,
		    "--%s '%s': a share above 0, at most 10, is needed: 0.02 "
		    "is 2 %%",
		    option, argument);
	return share;
}

static void
parse_conf(options_t *options, const char *argument, struct argp_state *state)
{
	fault_t fault;
	options->request.conf = argument;
	if (conf_check(argument, &fault))
		argp_error(state, "--conf: %s", fault.text);
}

/* How the samples are bound: returns true for a key that says so. */
static bool
parse_pin(int key, pin_t *pin, const char *argument, struct argp_state *state)
{
	static const struct {
		int key;
		const char *name;
		bool (*parse)(pin_t *pin, const char *text, fault_t *fault);
	} rows[] = {
	    {KEY_PIN, "pin", pin_parse_cpus},
	    {KEY_BIND, "bind", pin_parse_bind},
	    {KEY_THP, "thp", pin_parse_thp},
	};
	fault_t fault;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].key != key)
			continue;
		if (rows[i].parse(pin, argument, &fault))
			argp_error(state, "--%s %s", rows[i].name, fault.text);
		return true;
	}
	return false;
}

/* A word that belongs to no option. */
static void
parse_stray(const char *word, struct argp_state *state)
{
	fault_t none;
	if (profile_lookup(word, &none) != NULL)
		argp_error(state, "'%s' is a plan: --plan %s", word, word);
	else
		argp_error(state,
		    "'%s' is no option; workloads are chosen with --workloads",
		    word);
}

static void
parse_links(options_t *options, const char *argument, struct argp_state *state)
{
	words_t modes = {0};
	parse_words(&modes, argument, "link", state);
	for (size_t i = 0; i < modes.n; i++) {
		link_mode_t mode = link_mode_parse(modes.v[i]);
		if (mode == LINK_MODES)
			argp_error(state,
			    "--link '%s': preload, linked or static",
			    modes.v[i]);
		else
			options->request.links[mode] = true;
	}
	words_release(&modes);
}

/* Options that do not go together. */
static void
parse_end(const options_t *options, struct argp_state *state)
{
	if (options->resume != NULL && options->argv.n > 0)
		argp_error(state,
		    "--resume completes the plan as it was written; "
		    "leave out '%s'",
		    options->argv.v[0]);
	if (options->budget_s > 0 && options->request.blocks > 0)
		argp_error(state,
		    "--budget chooses the blocks, --blocks says how "
		    "many: leave one of them out");
	if (options->all_peers && options->request.arms.n > 0)
		argp_error(state,
		    "--peers=all adds to the plan's arms, --arms "
		    "replaces them; leave out --peers and name them in "
		    "--arms ('ebb list')");
}

static error_t
parse_more(int key, char *argument, struct argp_state *state)
{
	options_t *options = state->input;
	if (parse_pin(key, &options->pin, argument, state))
		return 0;
	switch (key) {
	case KEY_SEED:
		parse_seed(options, argument, state);
		return 0;
	case KEY_OPS_SCALE:
		parse_scale(options, argument, state);
		return 0;
	case KEY_CONF:
		parse_conf(options, argument, state);
		return 0;
	case KEY_LINK:
		parse_links(options, argument, state);
		return 0;
	case KEY_PEERS:
		options->all_peers = strcmp(argument, "all") == 0;
		options->request.peers = options->all_peers;
		if (!options->all_peers && strcmp(argument, "none") != 0)
			argp_error(
			    state, "--peers '%s': all or none", argument);
		return 0;
	case KEY_TIMEOUT:
		options->timeout_s =
		    parse_count(argument, "timeout", 86400, state);
		return 0;
	case KEY_DRY_RUN:
		options->dry_run = true;
		return 0;
	case KEY_NO_REPORT:
		options->no_report = true;
		return 0;
	case KEY_BUDGET: {
		fault_t fault;
		if (budget_parse(argument, &options->budget_s, &fault))
			argp_error(state, "%s", fault.text);
		return 0;
	}
	case KEY_LOOKS:
		options->looks =
		    parse_count(argument, "looks", LOOKS_MAX, state);
		return 0;
	case KEY_PRIMARY:
		parse_words(&options->primary, argument, "primary", state);
		return 0;
	case KEY_PROFILE:
		options->request.hotspots = true;
		return 0;
	case KEY_NO_CONTROLS:
		options->request.no_controls = true;
		return 0;
	case KEY_PLANT_TIME:
		options->request.plant_time =
		    parse_share(argument, "plant-time", state);
		return 0;
	case KEY_PLANT_PAGES:
		options->request.plant_pages =
		    parse_share(argument, "plant-pages", state);
		return 0;
	case ARGP_KEY_ARG:
		parse_stray(argument, state);
		return 0;
	case ARGP_KEY_END:
		parse_end(options, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t
parse_option(int key, char *argument, struct argp_state *state)
{
	options_t *options = state->input;
	switch (key) {
	case 'p':
		options->plan = argument;
		return 0;
	case 'w':
		parse_words(
		    &options->request.workloads, argument, "workloads", state);
		return 0;
	case KEY_ARMS:
		parse_words(&options->request.arms, argument, "arms", state);
		return 0;
	case KEY_ALLOCATOR:
		words_add(&options->allocators, "%s", argument);
		return 0;
	case 't':
		parse_threads(options, argument, state);
		return 0;
	case 'b':
		options->request.blocks =
		    parse_count(argument, "blocks", 100000, state);
		return 0;
	case KEY_SET:
		words_add(&options->request.sets, "%s", argument);
		return 0;
	case 'n':
		options->name = argument;
		return 0;
	case KEY_OUT:
		if (argument[0] == '\0')
			argp_error(state, "--out: nothing is named");
		options->out = argument;
		return 0;
	case KEY_RESUME:
		options->resume = argument;
		return 0;
	default:
		return parse_more(key, argument, state);
	}
}

/* Parses, and remembers what decides which numbers come out. */
static error_t
parse_and_keep(int key, char *argument, struct argp_state *state)
{
	options_t *options = state->input;
	error_t error = parse_option(key, argument, state);
	for (const struct argp_option *o = table; error == 0 && o->doc; o++)
		if (o->key == key && o->name && o->group < GROUP_RESULTS)
			words_add(&options->argv, "--%s%s%s", o->name,
			    o->arg ? "=" : "", o->arg ? argument : "");
	return error;
}

void
options_parse(options_t *options, int argc, char **argv)
{
	static const struct argp argp = {table, parse_and_keep, NULL, doc};
	*options = (options_t){
	    .plan = "default", .out = "results", .request.conf = ""};
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, options);
}

void
options_release(options_t *options)
{
	words_release(&options->argv);
	words_release(&options->allocators);
	words_release(&options->primary);
	words_release(&options->request.arms);
	words_release(&options->request.added);
	words_release(&options->request.workloads);
	words_release(&options->request.threads);
	words_release(&options->request.sets);
}
