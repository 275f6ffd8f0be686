#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "allocators.h"
#include "catalog.h"
#include "choose.h"
#include "control_report.h"
#include "launch.h"
#include "live.h"
#include "look_run.h"
#include "machine.h"
#include "machine_state.h"
#include "options.h"
#include "pilot.h"
#include "place.h"
#include "plan.h"
#include "plan_print.h"
#include "preflight.h"
#include "primary.h"
#include "progress.h"
#include "report.h"
#include "rng.h"
#include "sample.h"
#include "store.h"
#include "warn.h"

/* After so many time-outs an arm is not run in that cell any more. */
#define TIMEOUTS_MOST 2

enum { EXIT_FINE = 0, EXIT_SOME = 1, EXIT_REFUSED = 2, EXIT_STOPPED = 130 };

/* All of one run. */
typedef struct run_s run_t;
struct run_s {
	const run_kind_t *kind;
	options_t options;
	place_t place;
	catalog_t catalog;
	plan_t plan;
	json_t *machine;
	store_t store;
	sampler_t sampler;
	progress_t progress;
	look_run_t look;
	uint64_t begin_ns; /* CLOCK_MONOTONIC, of the command */
	bool *done;        /* by place in the order: an earlier run did it */
	size_t ndone;      /* how many of them */
	json_t *failures;  /* "arm cell: status" -> [count, first reason] */
	double observing;  /* the observer's CPU seconds */
	double measuring;  /* wall seconds of the observed processes */
};

/* -------------------------------------------------------------- printing -- */

/* Samples that are still to be taken. */
static size_t
samples_left(const run_t *run)
{
	size_t left = 0;
	for (size_t i = 0; i < run->plan.norder; i++)
		left += !run->done[i] &&
			!look_run_skips(&run->look, &run->plan.order[i]);
	return left;
}

static void
print_plan(const run_t *run)
{
	char duration[32];
	progress_duration(run->progress.expected, duration, sizeof(duration));
	plan_print(&run->plan, run->kind->command);
	if (run->options.resume != NULL)
		printf("  %-10s %zu samples, %zu are left\n", "done before",
		    run->ndone, samples_left(run));
	printf("  %-10s about %s\n", "takes", duration);
	if (run->options.dry_run)
		puts("  dry run    nothing is measured or written; leave out "
		     "--dry-run to do it");
	fflush(stdout);
}

/* -------------------------------------------------------------- failures -- */

/* "arm on cell: status": what failures are counted by. Caller frees. */
static char *
failure_key(const run_t *run, const slot_t *slot, const char *status)
{
	return text_format("%s on %s: %s", run->plan.arms.v[slot->arm].name,
	    run->plan.cells[slot->cell].name, status);
}

/* Counts a sample that is no number. */
static void
failure_note(
    run_t *run, const slot_t *slot, const char *status, const char *reason)
{
	if (strcmp(status, judge_name(STATUS_OK)) == 0)
		return;
	char *key = failure_key(run, slot, status);
	json_t *entry = json_object_get(run->failures, key);
	if (entry == NULL) {
		entry = json_pack("[i,s]", 0, reason);
		json_object_set_new(run->failures, key, entry);
		progress_clear(&run->progress);
		printf("  failed     %s: %s\n", key, reason);
	}
	json_array_set_new(entry, 0,
	    json_integer(json_integer_value(json_array_get(entry, 0)) + 1));
	free(key);
}

/* True when the arm hung here so often that it will again. */
static bool
failure_is_certain(const run_t *run, const slot_t *slot)
{
	char *key = failure_key(run, slot, judge_name(STATUS_TIMEOUT));
	json_t *entry = json_object_get(run->failures, key);
	free(key);
	return json_integer_value(json_array_get(entry, 0)) >= TIMEOUTS_MOST;
}

/* ------------------------------------------------------------- preparing -- */

static void
utc_stamp(char *text, size_t room)
{
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	strftime(text, room, "%Y%m%dT%H%M%SZ", &tm);
}

/* The arms there are, the user's own behind them. */
static bool
arms_prepare(run_t *run, fault_t *fault)
{
	options_t *options = &run->options;
	plan_t *plan = &run->plan;
	bool all = options->all_peers || options->request.arms.n > 0;
	if (arms_find(&plan->arms, &run->place, all, fault))
		return true;
	for (size_t i = 0; i < options->allocators.n; i++) {
		const char *spec = options->allocators.v[i];
		if (arms_add(&plan->arms, spec, fault))
			return true;
		words_add(&options->request.added, "%.*s",
		    (int)strcspn(spec, "="), spec);
	}
	return false;
}

static bool
cells_add(run_t *run, const profile_t *profile, fault_t *fault)
{
	const run_kind_t *kind = run->kind;
	const request_t *request = &run->options.request;
	if (kind->plan != NULL)
		return kind->plan(&run->plan, request,
		    &(scene_t){&run->catalog, &run->place}, kind->context,
		    fault);
	return profile_apply(
	    profile, request, &run->catalog, &run->place, &run->plan, fault);
}

static double
seconds_spent(const run_t *run)
{
	return (double)(ebb_live_clock() - run->begin_ns) / 1e9;
}

/* A plan from the options: cells, proof, pilot, order. */
static bool
plan_prepare(run_t *run, fault_t *fault)
{
	const options_t *options = &run->options;
	plan_t *plan = &run->plan;
	const profile_t *profile = run->kind->profile != NULL
				       ? run->kind->profile
				       : profile_lookup(options->plan, fault);
	char utc[32];
	if (profile == NULL ||
	    programs_find(&plan->programs, &run->place, fault) ||
	    catalog_find(&run->catalog, &run->place, fault) ||
	    arms_prepare(run, fault))
		return true;
	utc_stamp(utc, sizeof(utc));
	plan->profile = text_copy(profile->name);
	plan->name = text_copy(options->name ? options->name : profile->name);
	plan->created_utc = text_copy(utc);
	plan->workload_id = text_copy(
	    programs_lookup(&plan->programs, LINK_PRELOAD, "", 0)->build_id);
	words_append(&plan->argv, &options->argv);
	plan->seed = options->seeded ? options->seed : rng_fresh_seed();
	plan->mem_limit = machine_mem_limit();
	plan->timeout_s = options->timeout_s;
	plan->budget_s = options->budget_s;
	plan->pin = options->pin;
	if (pin_check(&plan->pin, fault))
		return true;
	words_append(&plan->primary, &options->primary);
	if (cells_add(run, profile, fault) || primary_check(plan, fault))
		return true;
	for (size_t i = 0; i < plan->arms.skipped.n; i++)
		if (options->request.arms.n == 0)
			warn_add(&plan->warnings, WARN_ARM_MISSING, "%s",
			    plan->arms.skipped.v[i]);
	plan_prune(plan);
	machine_warn(run->machine, &plan->warnings);
	progress_init(&run->progress, stdout, 0);
	bool failed = preflight(plan, &run->place, fault) ||
		      pilot(plan, &run->place, profile->balanced,
			  &run->progress, fault) ||
		      choose_spreads(plan, options, run->kind, profile,
			  &run->place, run->machine, &run->progress, fault);
	progress_clear(&run->progress);
	if (failed)
		return true;
	choose_blocks(plan, options, run->kind, profile, seconds_spent(run));
	choose_looks(plan, run->kind);
	plan_lay_out(plan);
	plan_prune_programs(plan);
	run->done = text_memory(plan->norder, sizeof(*run->done));
	return false;
}

/* Marks what an earlier run did, and takes over what it knew. */
static void
done_mark(run_t *run, const samples_t *samples)
{
	const plan_t *plan = &run->plan;
	for (size_t i = 0; i < json_array_size(samples->lines); i++) {
		const json_t *line = json_array_get(samples->lines, i);
		size_t order = (size_t)sample_number(line, "order");
		if (order >= plan->norder ||
		    strcmp(sample_text(line, "id"), plan->order[order].id) ||
		    run->done[order] ||
		    !sample_intact(run->options.resume, line))
			continue;
		run->done[order] = true;
		run->ndone++;
		sampler_remember(&run->sampler, line);
		failure_note(run, &plan->order[order],
		    sample_text(line, "status"), sample_text(line, "reason"));
	}
}

/* A plan from the folder of a run that was cut off. */
static bool
plan_resume(run_t *run, samples_t *samples, fault_t *fault)
{
	const char *dir = run->options.resume;
	if (run->options.dry_run
		? store_check(dir, fault)
		: store_open(&run->store, &run->place, dir, fault))
		return true;
	if (samples_read(samples, dir, fault) ||
	    plan_from_json(&run->plan, samples->plan, fault) ||
	    arms_locate(&run->plan.arms, &run->place, fault) ||
	    programs_locate(
		&run->plan.programs, &run->place, run->plan.workload_id, fault))
		return true;
	run->done = text_memory(run->plan.norder, sizeof(*run->done));
	return pin_check(&run->plan.pin, fault) ||
	       preflight(&run->plan, &run->place, fault);
}

static bool
documents_write(run_t *run, fault_t *fault)
{
	json_t *plan = plan_to_json(&run->plan);
	machine_describe_programs(run->machine, &run->place, &run->plan.arms);
	bool failed = store_create(&run->store, &run->place, run->options.out,
	    run->plan.created_utc, run->plan.name, fault);
	/* The plan last: with it the folder is that of a run. */
	if (!failed &&
	    (store_document_write(
		 &run->store, "machine.json", run->machine, fault) ||
		store_document_write(&run->store, "plan.json", plan, fault))) {
		store_discard(&run->store);
		failed = true;
	}
	json_decref(plan);
	return failed;
}

static double
seconds_left(const run_t *run)
{
	double left = 0;
	for (size_t i = 0; i < run->plan.norder; i++) {
		const slot_t *slot = &run->plan.order[i];
		if (!run->done[i] && !look_run_skips(&run->look, slot))
			left += run->plan.cells[slot->cell].seconds[slot->kind];
	}
	return left;
}

/* Everything up to the first sample. */
static bool
run_prepare(run_t *run, fault_t *fault)
{
	samples_t samples = {0};
	bool failed = place_find(&run->place, NULL, fault);
	run->machine = failed ? NULL : machine_describe(&run->place);
	if (!failed && run->options.resume != NULL)
		failed = plan_resume(run, &samples, fault);
	else if (!failed)
		failed = plan_prepare(run, fault);
	if (!failed) {
		sampler_init(
		    &run->sampler, &run->place, &run->plan, &run->store);
		done_mark(run, &samples);
		look_run_init(&run->look, &run->plan, &run->store, run->done,
		    samples.stop);
		if (run->kind->budget_s > 0)
			run->look.deadline_ns =
			    run->begin_ns +
			    (uint64_t)(run->kind->budget_s * 1e9);
		progress_init(&run->progress, stdout, seconds_left(run));
		print_plan(run);
		if (run->options.resume == NULL && !run->options.dry_run)
			failed = documents_write(run, fault);
	}
	samples_release(&samples);
	return failed;
}

/* ------------------------------------------------------------- measuring -- */

static void
progress_slot(run_t *run, const slot_t *slot)
{
	const plan_t *plan = &run->plan;
	char left[32];
	progress_duration(progress_left(&run->progress), left, sizeof(left));
	progress_show(&run->progress, "  %3.0f %%  %s left  %s %s (%s)",
	    100 * progress_share(&run->progress), left,
	    plan->cells[slot->cell].name, plan->arms.v[slot->arm].name,
	    plan_kind_name(slot->kind));
}

/* Takes one sample. Returns true on error, or when interrupted. */
static bool
run_slot(run_t *run, const slot_t *slot, fault_t *fault)
{
	const cell_t *cell = &run->plan.cells[slot->cell];
	outcome_t outcome = {.status = STATUS_TIMEOUT};
	uint64_t begin = ebb_live_clock();
	progress_slot(run, slot);
	if (launch_interrupted())
		return true;
	if (failure_is_certain(run, slot)) {
		if (sample_skip(&run->sampler, slot, STATUS_TIMEOUT,
			"not run: this arm hung here before", fault))
			return true;
	} else if (sample_take(&run->sampler, slot, &outcome, fault) ||
		   outcome.interrupted) {
		return true;
	}
	failure_note(run, slot, judge_name(outcome.status), outcome.reason);
	run->ndone++;
	progress_add(&run->progress, cell->seconds[slot->kind],
	    (double)(ebb_live_clock() - begin) / 1e9);
	if (slot->kind == PLAN_TIME) {
		run->observing += outcome.observing * outcome.seconds;
		run->measuring += outcome.seconds;
	}
	return false;
}

/* The looks that are due before this place in the order. */
static bool
run_look(run_t *run, size_t place, fault_t *fault)
{
	progress_t *progress = &run->progress;
	double pace = progress->done > 0 ? progress->taken / progress->done : 1;
	words_t said = {0};
	bool failed = look_run_make(&run->look, place, pace, &said, fault);
	if (said.n > 0) {
		progress_clear(progress);
		plan_print_list("look", &said);
		fflush(stdout);
		progress->expected = progress->done + seconds_left(run);
	}
	words_release(&said);
	return failed;
}

/* Takes what is not done. Returns true on error, or when interrupted. */
static bool
run_order(run_t *run, fault_t *fault)
{
	for (size_t i = 0; i < run->plan.norder; i++) {
		const slot_t *slot = &run->plan.order[i];
		if (run->done[i] || look_run_skips(&run->look, slot))
			continue;
		if (run_look(run, i, fault))
			return true;
		if (look_run_skips(&run->look, slot))
			continue;
		if (run_slot(run, slot, fault))
			return true;
		run->done[i] = true;
	}
	return false;
}

/* The same, between two looks at the machine's state. */
static bool
run_samples(run_t *run, fault_t *fault)
{
	fault_t lost;
	bool stop = machine_state_append(&run->store, "begin", fault) ||
		    run_order(run, fault);
	return machine_state_append(&run->store, "end", stop ? &lost : fault) ||
	       stop;
}

static void
print_end(const run_t *run)
{
	char took[32];
	const char *key;
	json_t *entry;
	progress_duration(run->progress.taken, took, sizeof(took));
	printf("%s: %zu samples in %s; observing used %.2f %% of a CPU\n",
	    run->kind->command, run->ndone, took,
	    run->measuring > 0 ? 100 * run->observing / run->measuring : 0.0);
	json_object_foreach(run->failures, key, entry)
	{
		printf("  failed     %s, %lld samples: %s\n", key,
		    (long long)json_integer_value(json_array_get(entry, 0)),
		    json_string_value(json_array_get(entry, 1)));
	}
	printf("  results    %s\n", run->store.dir);
	fflush(stdout);
}

/* --------------------------------------------------------------- command -- */

/* What is said when the report is interrupted: a handler may not format. */
static char *stop_words;

static void
report_stop(int number)
{
	(void)number;
	ssize_t n = write(STDOUT_FILENO, stop_words, strlen(stop_words));
	_exit(n < 0 ? EXIT_SOME : EXIT_STOPPED);
}

/* Builds the report; a signal ends it, and the process, at once. */
static int
run_report(const run_t *run)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = report_stop};
	stop_words = text_format(
	    "\n%s: interrupted while the report was built; all samples "
	    "are kept. Build it with:\n  ebb report %s\n",
	    run->kind->command, run->store.dir);
	for (size_t i = 0; i < sizeof(stops) / sizeof(*stops); i++)
		sigaction(stops[i], &action, NULL);
	launch_signals_release();
	const run_kind_t *kind = run->kind;
	bool tables = !run->options.no_report && kind->conclude == NULL;
	bool failed = !run->options.no_report &&
		      report_build(run->store.dir, tables ? stdout : NULL) != 0;
	/* Where the tables do not say how the controls came out. */
	if (!tables && control_planned(&run->plan))
		failed |= control_report(run->store.dir, stdout) != 0;
	int code = kind->conclude != NULL
		       ? kind->conclude(run->store.dir, kind->context)
		       : EXIT_FINE;
	return failed ? EXIT_SOME : code;
}

/* The samples cannot be written, or no process be made. */
static int
run_broken(const run_t *run, const fault_t *fault)
{
	const char *command = run->kind->command;
	bool full = fault->cause == ENOSPC || fault->cause == EDQUOT ||
		    fault->cause == EFBIG;
	fprintf(stderr,
	    "%s: %s\n"
	    "%s: stopped after %zu of %zu samples; what is done is kept. "
	    "%s, then complete it with:\n  %s --resume %s\n",
	    command, fault->text, command, run->ndone, run->plan.norder,
	    full ? "Free some space" : "Correct that", command, run->store.dir);
	return EXIT_SOME;
}

static int
run_execute(run_t *run)
{
	const char *command = run->kind->command;
	fault_t fault = {""};
	bool refused = run_prepare(run, &fault);
	bool stopped = launch_interrupted() != 0;
	if (stopped && refused) {
		printf("%s: interrupted before the first sample; nothing was "
		       "written\n",
		    command);
		return EXIT_STOPPED;
	}
	if (refused) {
		fprintf(stderr, "%s: %s\n", command, fault.text);
		return EXIT_REFUSED;
	}
	if (run->options.dry_run)
		return EXIT_FINE;
	bool failed = run_samples(run, &fault);
	progress_clear(&run->progress);
	if (launch_interrupted() != 0) {
		printf("%s: interrupted (%s) after %zu of %zu samples; "
		       "what is done is kept. Complete it with:\n"
		       "  %s --resume %s\n",
		    command, strsignal(launch_interrupted()), run->ndone,
		    run->plan.norder, command, run->store.dir);
		return EXIT_STOPPED;
	}
	if (failed)
		return run_broken(run, &fault);
	print_end(run);
	int code = run_report(run);
	return json_object_size(run->failures) > 0 ? EXIT_SOME : code;
}

int
run_measure(const options_t *options, const run_kind_t *kind)
{
	run_t run = {.kind = kind,
	    .options = *options,
	    .store.samples_fd = -1,
	    .failures = json_object(),
	    .begin_ns = ebb_live_clock()};
	launch_signals_hold();
	int code = run_execute(&run);
	launch_signals_release();
	options_release(&run.options);
	catalog_release(&run.catalog);
	sampler_release(&run.sampler);
	look_run_release(&run.look);
	plan_release(&run.plan);
	store_release(&run.store);
	place_release(&run.place);
	json_decref(run.machine);
	json_decref(run.failures);
	free(run.done);
	return code;
}

int
cmd_run(int argc, char **argv)
{
	run_kind_t kind = {.command = "ebb run"};
	options_t options;
	options_parse(&options, argc, argv);
	kind.looks = options.looks;
	kind.budget_s = options.budget_s;
	return run_measure(&options, &kind);
}
