#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "caches.h"
#include "counters.h"
#include "machine.h"
#include "noise.h"
#include "recording.h"
#include "sample_raw.h"
#include "warn.h"

/* The watchdog: so long at least, and so many times the expected. */
#define TIMEOUT_LEAST_S 30.0
#define TIMEOUT_FACTOR 10.0

#define SHORT_WORK_NS 5e6
#define FEW_TICKS 5
#define RSS_ERROR_MOST 0.05
#define OBSERVING_MOST 0.02
#define SWITCHES_MOST 500.0

unsigned
sample_timeout_ms(const plan_t *plan, const cell_t *cell, plan_kind_t kind)
{
	if (plan->timeout_s > 0)
		return plan->timeout_s * 1000;
	return (
	    unsigned)((TIMEOUT_LEAST_S + TIMEOUT_FACTOR * cell->seconds[kind]) *
		      1000.0);
}

/* ------------------------------------------------------------- sampler -- */

void
sampler_init(sampler_t *sampler, const place_t *place, const plan_t *plan,
    store_t *store)
{
	*sampler = (sampler_t){
	    .place = place,
	    .plan = plan,
	    .store = store,
	    .checksums = json_object(),
	};
}

void
sampler_release(sampler_t *sampler)
{
	json_decref(sampler->checksums);
	sampler->checksums = NULL;
	perf_record_release(&sampler->perf);
}

/*
 * The op stream of a block is the same under every arm: the first checksum
 * seen is the reference. Returns true when this one differs.
 */
static bool
checksum_differs(sampler_t *sampler, const char *cell, const char *kind,
    int64_t block, const json_t *record)
{
	const char *checksum = sample_text(record, "checksum");
	char *key = text_format("%s/%s/%lld", cell, kind, (long long)block);
	const char *seen =
	    json_string_value(json_object_get(sampler->checksums, key));
	bool differs = seen != NULL && strcmp(seen, checksum) != 0;
	if (seen == NULL && checksum[0] != '\0')
		json_object_set_new(
		    sampler->checksums, key, json_string(checksum));
	free(key);
	return differs;
}

void
sampler_remember(sampler_t *sampler, const json_t *line)
{
	if (sample_ok(line))
		checksum_differs(sampler, sample_text(line, "cell"),
		    sample_text(line, "kind"), sample_number(line, "block"),
		    json_object_get(line, "record"));
}

/* ------------------------------------------------------------ launching -- */

void
sample_argv(words_t *argv, const place_t *place, const plan_t *plan,
    const cell_t *cell, const slot_t *slot)
{
	if (cell->guest != NULL) {
		words_append(argv, &cell->guest->argv);
		return;
	}
	if (slot->kind == PLAN_GBENCH) {
		words_add(argv, "%s", place->gbench);
		words_append(argv, &cell->args);
		words_add(argv, "--benchmark_format=json");
		return;
	}
	const program_t *program = plan_program(plan, slot);
	words_add(argv, "%s", program ? program->path : place->workload);
	words_add(argv, "%s", cell->workload);
	words_append(argv, &cell->args);
	words_add(argv, "--threads=%u", cell->threads);
	words_add(argv, "--seed=%llu", (unsigned long long)slot->seed);
	if (slot->kind == PLAN_LATENCY)
		words_add(argv, "--latency=1");
	if (slot->kind == PLAN_CENSUS)
		words_add(argv, "--usable=1");
	if (plan->arms.v[slot->arm].plant[0] != '\0')
		words_add(argv, "%s", plan->arms.v[slot->arm].plant);
	if (plan->mem_limit > 0)
		words_add(argv, "--mem-limit=%llu",
		    (unsigned long long)plan->mem_limit);
}

const char *
sample_program_id(const plan_t *plan, const slot_t *slot)
{
	const program_t *program =
	    slot->kind == PLAN_GBENCH || plan->cells[slot->cell].guest != NULL
		? NULL
		: plan_program(plan, slot);
	return program == NULL ? "" : program->build_id;
}

/* -------------------------------------------------------------- the line -- */

static json_t *
metrics_make(const trial_t *trial, plan_kind_t kind, const json_t *gbench)
{
	json_t *metrics = json_object();
	const struct ebb_live *live = trial->live;
	const series_t *series = &trial->observer.series;
	uint64_t begin = live->work_begin_ns, end = live->work_end_ns;
	if (kind == PLAN_LATENCY)
		counters_of_latency(metrics, trial->record);
	if (kind == PLAN_GBENCH)
		counters_of_gbench(metrics, gbench);
	if (kind == PLAN_TIME) {
		counters_of_record(metrics, trial->record);
		counters_of_memory(metrics, series, begin, end, trial->record,
		    &trial->ending.usage);
		counters_of_page(
		    metrics, trial->arm, trial->page, series, begin, end);
		counters_of_causes(metrics, &(causes_t){.arm = trial->arm,
						.probe = trial->probe,
						.page = trial->page,
						.requests = trial->requests,
						.live = live,
						.series = series,
						.begin = begin,
						.end = end});
		if (trial->guest != NULL)
			counters_of_guest(metrics, trial, begin, end);
	}
	return metrics;
}

static void
warnings_make(const trial_t *trial, const json_t *metrics, words_t *warnings)
{
	const struct ebb_live *live = trial->live;
	const observer_t *observer = &trial->observer;
	uint64_t begin = live->work_begin_ns, end = live->work_end_ns;
	double window = end > begin ? (double)(end - begin) : 0;
	double work = json_number_value(json_object_get(metrics, "work_ns"));
	double switches = json_number_value(json_object_get(metrics, "nivcsw"));
	size_t ticks = series_count(&observer->series, begin, end);
	if (trial->driven.remark.text[0] != '\0')
		warn_add(warnings, WARN_STOP, "%s", trial->driven.remark.text);
	if (work < SHORT_WORK_NS)
		warn_add(warnings, WARN_SHORT_WORK, "%.2f ms", work / 1e6);
	if (ticks < FEW_TICKS)
		warn_add(warnings, WARN_FEW_TICKS, "%zu", ticks);
	if (observer->rss_error > RSS_ERROR_MOST)
		warn_add(warnings, WARN_RSS_ERROR, "%.0f %%",
		    100 * observer->rss_error);
	double observing =
	    (double)observer->cpu_ns / 1e9 / trial_seconds(trial);
	if (observing > OBSERVING_MOST)
		warn_add(
		    warnings, WARN_SAMPLER_COST, "%.1f %%", 100 * observing);
	if (window > 0 && switches > SWITCHES_MOST * window / 1e9)
		warn_add(warnings, WARN_SWITCHED, "%.0f times in %.2f s",
		    switches, window / 1e9);
}

static json_t *
phases_make(const trial_t *trial)
{
	const struct ebb_live *live = trial->live;
	json_t *phases = json_array();
	uint32_t n = live == NULL ? 0 : live->nphases;
	for (uint32_t i = 0; i < n && i < EBB_LIVE_PHASES; i++)
		json_array_append_new(
		    phases, json_pack("{s:s,s:i,s:I}", "name",
				ebb_live_kind_name(live->phases[i].kind),
				"cycle", (int)live->phases[i].cycle, "t_ns",
				(json_int_t)live->phases[i].t_ns));
	return phases;
}

/* The record without what is kept elsewhere. */
static json_t *
record_make(const trial_t *trial)
{
	if (trial->record == NULL)
		return json_null();
	json_t *record = json_copy(trial->record);
	json_object_del(record, "phases");
	json_t *latency = json_object_get(record, "latency");
	if (json_is_object(latency)) {
		json_t *without = json_copy(latency);
		json_object_del(without, "hist");
		json_object_del(without, "tail");
		json_object_set_new(record, "latency", without);
	}
	return record;
}

static json_t *
observer_make(const observer_t *observer)
{
	return json_pack("{s:I,s:I,s:I,s:f}", "cpu_ns",
	    (json_int_t)observer->cpu_ns, "ticks", (json_int_t)observer->ticks,
	    "rollups", (json_int_t)observer->rollups, "rss_error",
	    observer->rss_error);
}

static json_t *
words_json(const words_t *words)
{
	json_t *list = json_array();
	for (size_t i = 0; i < words->n; i++)
		json_array_append_new(list, json_string(words->v[i]));
	return list;
}

/* What is known before anything ran. */
static json_t *
line_begin(const plan_t *plan, const slot_t *slot, size_t order,
    const trial_t *trial, const char *utc)
{
	const cell_t *cell = &plan->cells[slot->cell];
	json_t *line = json_pack(
	    "{s:i,s:s,s:I,s:i,s:i,s:s,s:s,s:s,s:i,s:s,s:s,s:I,s:i,s:i}",
	    "schema", STORE_SCHEMA, "id", slot->id, "order", (json_int_t)order,
	    "block", (int)slot->block, "position", (int)slot->position, "cell",
	    cell->name, "workload", cell->workload, "case", cell->case_name,
	    "threads", (int)cell->threads, "arm", trial->arm->name, "kind",
	    plan_kind_name(slot->kind), "seed", (json_int_t)slot->seed,
	    "padding", (int)slot->padding, "link", (int)slot->link);
	if (trial->arm->control[0] != '\0')
		json_object_set_new(
		    line, "control", json_string(trial->arm->control));
	json_object_set_new(line, "command", trial_command(trial));
	json_object_set_new(line, "conf", json_string(trial->conf));
	json_object_set_new(line, "utc", json_string(utc));
	return line;
}

/* What came out. Metrics are there only when the status is ok. */
static void
line_end(json_t *line, const trial_t *trial, status_t status,
    const char *reason, json_t *metrics, const words_t *warnings)
{
	static const struct ebb_live none;
	const struct ebb_live *live = trial->live ? trial->live : &none;
	json_object_set_new(line, "status", json_string(judge_name(status)));
	json_object_set_new(line, "reason", json_string(reason));
	json_object_set_new(line, "exit",
	    json_pack("{s:i,s:i}", "code", trial->ending.code, "signal",
		trial->ending.signal));
	json_object_set_new(
	    line, "t_begin_ns", json_integer((json_int_t)trial->t_begin_ns));
	json_object_set_new(
	    line, "t_end_ns", json_integer((json_int_t)trial->t_end_ns));
	json_object_set_new(line, "work_begin_ns",
	    json_integer((json_int_t)live->work_begin_ns));
	json_object_set_new(
	    line, "work_end_ns", json_integer((json_int_t)live->work_end_ns));
	json_object_set_new(line, "identity",
	    trial->probe ? json_incref(trial->probe) : json_null());
	json_object_set_new(line, "metrics", metrics);
	json_object_set_new(line, "phases", phases_make(trial));
	json_object_set_new(line, "record", record_make(trial));
	json_object_set_new(line, "observer", observer_make(&trial->observer));
	if (trial->t_begin_ns != 0)
		json_object_set_new(
		    line, "placement", placement_json(&trial->placement));
	json_object_set_new(line, "warnings", words_json(warnings));
}

/* ---------------------------------------------------------------- taking -- */

static void
utc_now(char *text, size_t room)
{
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	size_t n = strftime(text, room, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, room - n, ".%03ldZ", now.tv_nsec / 1000000);
}

static void
counters_add(const sampler_t *sampler, const trial_t *trial, json_t *metrics,
    words_t *warnings)
{
	bool notified = sampler->census.run.method == CENSUS_NOTIFICATION;
	double share = perf_counters_share(&trial->counters);
	perf_counters_metrics(metrics, &trial->counters,
	    notified ? "the census by notification works in the kernel and "
		       "switches to the harness at each call"
		     : NULL);
	if (share < 1)
		warn_add(warnings, WARN_MULTIPLEXED, "%.0f %% of the time",
		    100 * share);
}

/* A hotspots sample's files: "txt", its stacks; "data", what perf writes, which
 * is not kept. Caller frees. */
static char *
perf_path(const sampler_t *sampler, const slot_t *slot, const char *ending)
{
	return text_format(
	    "%s/raw/%s.perf.%s", sampler->store->dir, slot->id, ending);
}

static bool
hotspots_add(sampler_t *sampler, const slot_t *slot, const trial_t *trial,
    json_t *metrics, json_t *line, fault_t *fault)
{
	char *data = perf_path(sampler, slot, "data");
	char *text = perf_path(sampler, slot, "txt");
	bool failed = recording_read(
	    &sampler->perf, data, trial, metrics, line, text, fault);
	free(data);
	free(text);
	return failed;
}

/* Judges the trial, completes the line and writes everything. */
static bool
sample_write(sampler_t *sampler, const slot_t *slot, const trial_t *trial,
    json_t *line, words_t *warnings, const json_t *gbench, outcome_t *outcome,
    fault_t *fault)
{
	const cell_t *cell = &sampler->plan->cells[slot->cell];
	fault_t why = {""};
	/* What is true of every sample of the arm, the plan's warnings say. */
	status_t status = judge(trial, slot->kind, NULL, &why);
	if (status == STATUS_OK && slot->kind == PLAN_GBENCH &&
	    gbench == NULL) {
		status = STATUS_BAD_RECORD;
		fault_set(&why, "Google Benchmark wrote no JSON");
	}
	if (status == STATUS_OK &&
	    checksum_differs(sampler, cell->name, plan_kind_name(slot->kind),
		slot->block, trial->record)) {
		status = STATUS_CHECK_FAILED;
		fault_set(&why,
		    "the op stream differs from the other arms' in this "
		    "block: not the same work");
	}
	json_t *metrics = status == STATUS_OK
			      ? metrics_make(trial, slot->kind, gbench)
			      : json_object();
	if (status == STATUS_OK && slot->kind == PLAN_TIME)
		warnings_make(trial, metrics, warnings);
	outcome->status = status;
	snprintf(outcome->reason, sizeof(outcome->reason), "%.*s",
	    (int)sizeof(outcome->reason) - 1, why.text);
	if (status == STATUS_OK && slot->kind == PLAN_HOTSPOTS &&
	    hotspots_add(sampler, slot, trial, metrics, line, fault)) {
		json_decref(metrics);
		return true;
	}
	if (status == STATUS_OK && slot->kind == PLAN_CENSUS) {
		census_sample_add(&sampler->census, metrics, line);
		counters_of_rollup(metrics, &trial->observer.series,
		    trial->live->work_begin_ns, trial->live->work_end_ns);
		counters_of_usable(metrics, trial->record);
		counters_add(sampler, trial, metrics, warnings);
	}
	if (status == STATUS_OK && slot->kind == PLAN_TIME &&
	    trial->page != NULL)
		json_object_set_new(
		    line, "caches", caches_json(trial->page, trial->requests));
	line_end(line, trial, status, why.text, metrics, warnings);
	return sample_raw_write(sampler, slot, trial, gbench, line, fault) ||
	       store_line_append(sampler->store, line, fault);
}

/* Adds what else happened meanwhile to the line. */
static void
noise_add(json_t *line, const noise_t *begin, const trial_t *trial,
    const cell_t *cell, words_t *warnings)
{
	noise_t end;
	int64_t migrations = perf_counters_migrations(&trial->counters);
	const noise_own_t own = {
	    .usage = &trial->ending.usage,
	    .threads = cell->threads,
	    .cpus = machine_cpus(),
	    .migrations = migrations,
	};
	noise_read(&end);
	json_object_set_new(
	    line, "noise", noise_judge(begin, &end, &own, warnings));
}

bool
sample_take(
    sampler_t *sampler, const slot_t *slot, outcome_t *outcome, fault_t *fault)
{
	static const trial_watch_t watch[PLAN_KINDS] = {
	    [PLAN_TIME] = TRIAL_FULL,
	    [PLAN_LATENCY] = TRIAL_COARSE,
	    [PLAN_GBENCH] = TRIAL_BLIND,
	    [PLAN_CENSUS] = TRIAL_CLOSE,
	    [PLAN_HOTSPOTS] = TRIAL_BLIND,
	};
	const plan_t *plan = sampler->plan;
	const cell_t *cell = &plan->cells[slot->cell];
	const arm_t *arm = &plan->arms.v[slot->arm];
	char utc[40];
	words_t warnings = {0};
	noise_t noise;
	char *conf = trial_conf(arm, cell->conf);
	trial_t trial = {
	    .place = sampler->place,
	    .arm = arm,
	    .conf = conf,
	    .program_id = sample_program_id(plan, slot),
	    .padding = slot->padding,
	    .guest = cell->guest,
	    .timeout_ms = sample_timeout_ms(plan, cell, slot->kind),
	    .watch = watch[slot->kind],
	    .keep_output = slot->kind == PLAN_GBENCH || cell->guest != NULL,
	    /* Not in time samples: each thread's start costs microseconds
	     * more under counters that it inherits. */
	    .counted = slot->kind == PLAN_CENSUS,
	};
	if (pin_resolve(&plan->pin, cell->threads, &trial.binding, fault)) {
		free(conf);
		return true;
	}
	*outcome = (outcome_t){0};
	sample_argv(&trial.argv, sampler->place, plan, cell, slot);
	utc_now(utc, sizeof(utc));
	json_t *line =
	    line_begin(plan, slot, (size_t)(slot - plan->order), &trial, utc);
	char *data = perf_path(sampler, slot, "data");
	if (slot->kind == PLAN_HOTSPOTS)
		recording_begin(
		    &sampler->perf, data, cell->seconds[PLAN_TIME], &trial);
	noise_read(&noise);
	bool failed = (slot->kind == PLAN_CENSUS &&
			  census_sample_begin(&sampler->census, &trial,
			      cell->threads, slot->seed, fault)) ||
		      trial_run(&trial, fault);
	noise_add(line, &noise, &trial, cell, &warnings);
	outcome->interrupted = trial.end == LAUNCH_INTERRUPTED;
	if (!failed && !outcome->interrupted) {
		json_t *gbench = slot->kind == PLAN_GBENCH
				     ? json_loads(trial.output, 0, NULL)
				     : NULL;
		failed = sample_write(sampler, slot, &trial, line, &warnings,
		    gbench, outcome, fault);
		json_decref(gbench);
		outcome->seconds =
		    trial_seconds(&trial) + sampler->census.seconds;
		outcome->observing =
		    (double)trial.observer.cpu_ns / 1e9 / outcome->seconds;
	}
	json_decref(line);
	words_release(&warnings);
	trial_release(&trial);
	census_sample_release(&sampler->census);
	if (slot->kind == PLAN_HOTSPOTS)
		unlink(data);
	free(data);
	free(conf);
	return failed;
}

bool
sample_skip(sampler_t *sampler, const slot_t *slot, status_t status,
    const char *reason, fault_t *fault)
{
	const plan_t *plan = sampler->plan;
	const arm_t *arm = &plan->arms.v[slot->arm];
	char utc[40];
	words_t none = {0};
	char *conf = trial_conf(arm, plan->cells[slot->cell].conf);
	trial_t trial = {.arm = arm, .conf = conf};
	utc_now(utc, sizeof(utc));
	json_t *line =
	    line_begin(plan, slot, (size_t)(slot - plan->order), &trial, utc);
	line_end(line, &trial, status, reason, json_object(), &none);
	json_object_set_new(
	    line, "raw", json_pack("{s:n,s:n}", "series", "hist"));
	bool failed = store_line_append(sampler->store, line, fault);
	json_decref(line);
	free(conf);
	return failed;
}
