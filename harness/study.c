#include "study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "judge.h"
#include "rng.h"
#include "sample.h"
#include "slices.h"
#include "trial.h"

/* Workloads whose levels are looked for. */
#define LEVEL_CELLS 3
/* Processes of each order of linking, where levels are looked for. */
#define PROCESSES 2
/* Parts of the work in a process: as many as every sample has readings for. */
#define SLICES 4
static const size_t slicings[] = {SLICES, 2};
#define SLICINGS (sizeof(slicings) / sizeof(*slicings))
/* Pairs of a cell of which only the spread is looked for. */
#define PAIRS 4
/* Where repeating costs nothing more, that often is as good as ever. */
#define REPEATED_MOST 1000

/* What a sample says. */
typedef struct reading_s reading_t;
struct reading_s {
	bool ok;              /* there is a work time */
	double value[JUDGED]; /* NaN: none */
	bool sliced[SLICINGS];
	double slice[SLICINGS][SLICES]; /* seconds */
	double process_s, work_s;
};

/* A baseline's sample and another arm's, of the same work. */
typedef struct pair_s pair_t;
struct pair_s {
	reading_t base, arm;
};

typedef struct study_s study_t;
struct study_s {
	plan_t *plan;
	const place_t *place;
	progress_t *progress;
	double left;                    /* seconds that it may still take */
	const char *found[LEVEL_CELLS]; /* workloads whose levels are known */
	size_t nfound;
};

/* --------------------------------------------------------------- samples -- */

static void
reading_make(reading_t *reading, const trial_t *trial)
{
	const struct ebb_live *live = trial->live;
	const series_t *series = &trial->observer.series;
	uint64_t begin = live->work_begin_ns, end = live->work_end_ns;
	json_t *metrics = json_object();
	counters_of_record(metrics, trial->record);
	counters_of_memory(
	    metrics, series, begin, end, trial->record, &trial->ending.usage);
	for (int j = 0; j < JUDGED; j++) {
		const json_t *value =
		    json_object_get(metrics, judged_name((judged_t)j));
		reading->value[j] =
		    json_is_number(value) ? json_number_value(value) : NAN;
	}
	json_decref(metrics);
	reading->ok = reading->value[JUDGED_TIME] > 0;
	for (size_t k = 0; k < SLICINGS; k++)
		reading->sliced[k] = !slices_read(
		    series, begin, end, slicings[k], reading->slice[k]);
	reading->process_s = trial_seconds(trial);
	reading->work_s = end > begin ? (double)(end - begin) / 1e9 : 0;
}

static bool
reading_take(
    study_t *study, const slot_t *slot, reading_t *reading, fault_t *fault)
{
	const plan_t *plan = study->plan;
	const cell_t *cell = &plan->cells[slot->cell];
	const arm_t *arm = &plan->arms.v[slot->arm];
	char *conf = trial_conf(arm, cell->conf);
	trial_t trial = {
	    .place = study->place,
	    .arm = arm,
	    .conf = conf,
	    .program_id = sample_program_id(plan, slot),
	    .padding = slot->padding,
	    .guest = cell->guest,
	    .timeout_ms = sample_timeout_ms(plan, cell, PLAN_TIME),
	    .watch = TRIAL_FULL,
	    .keep_output = cell->guest != NULL,
	};
	fault_t why = {""};
	*reading = (reading_t){0};
	bool failed =
	    pin_resolve(&plan->pin, cell->threads, &trial.binding, fault);
	if (!failed) {
		sample_argv(&trial.argv, study->place, plan, cell, slot);
		failed = trial_run(&trial, fault);
	}
	if (!failed && trial.end == LAUNCH_INTERRUPTED)
		failed = fault_set(fault, "interrupted");
	if (!failed && judge(&trial, PLAN_TIME, NULL, &why) == STATUS_OK)
		reading_make(reading, &trial);
	trial_release(&trial);
	free(conf);
	return failed;
}

/* The arm that is compared with the baseline: one of ours, if there is one. */
static unsigned
arm_choose(const plan_t *plan, const cell_t *cell, unsigned baseline)
{
	for (unsigned i = 0; i < cell->narms; i++)
		if (i != baseline &&
		    plan->arms.v[cell->arms[i]].kind == ARM_EBB)
			return i;
	return baseline == 0 ? 1 : 0;
}

/* One pair; who goes first alternates. */
static bool
pair_take(study_t *study, size_t c, unsigned link, unsigned number,
    pair_t *pair, fault_t *fault)
{
	const plan_t *plan = study->plan;
	const cell_t *cell = &plan->cells[c];
	unsigned baseline = plan_baseline(plan, cell);
	char *stream = text_format("study/%s", cell->name);
	slot_t slot = {.cell = (unsigned)c,
	    .kind = PLAN_TIME,
	    .link = link,
	    .seed = rng_derive(plan->seed, stream, number)};
	bool failed = false;
	for (unsigned turn = 0; turn < 2 && !failed; turn++) {
		bool base = (turn + number) % 2 == 0;
		slot.arm = cell->arms[base ? baseline
					   : arm_choose(plan, cell, baseline)];
		slot.padding =
		    plan_padding(plan->seed, stream, 2 * number + turn);
		failed = reading_take(
		    study, &slot, base ? &pair->base : &pair->arm, fault);
	}
	free(stream);
	return failed;
}

/* ------------------------------------------------------------- estimates -- */

static void
spreads_estimate(cell_t *cell, const pair_t *pairs, size_t n)
{
	double *ratio = text_memory(n, sizeof(*ratio));
	for (int j = 0; j < JUDGED; j++) {
		size_t have = 0;
		for (size_t i = 0; i < n; i++) {
			double r =
			    log(pairs[i].arm.value[j] / pairs[i].base.value[j]);
			if (pairs[i].base.ok && pairs[i].arm.ok && isfinite(r))
				ratio[have++] = r;
		}
		spread_estimate(&cell->spread[j], ratio, have, "pilot");
	}
	free(ratio);
}

/* The mean seconds of a process, or of the work in it, of both arms. */
static double
seconds_mean(const pair_t *pairs, size_t n, bool work)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += work ? pairs[i].base.work_s + pairs[i].arm.work_s
			    : pairs[i].base.process_s + pairs[i].arm.process_s;
	return sum / (double)n;
}

/* Which slicing all samples have; SLICINGS: none. */
static size_t
slicing_choose(const pair_t *pairs, size_t n)
{
	for (size_t k = 0; k < SLICINGS; k++) {
		bool all = true;
		for (size_t i = 0; i < n; i++)
			all = all && pairs[i].base.sliced[k] &&
			      pairs[i].arm.sliced[k];
		if (all)
			return k;
	}
	return SLICINGS;
}

/* pairs[link][process]; every one of them, or there is no estimate. */
static void
levels_find(plan_t *plan, cell_t *cell, const pair_t *pairs, size_t links)
{
	size_t n = links * PROCESSES;
	for (size_t i = 0; i < n; i++)
		if (!pairs[i].base.ok || !pairs[i].arm.ok)
			return;
	size_t k = slicing_choose(pairs, n);
	bool sliced = k < SLICINGS;
	size_t slices = sliced ? slicings[k] : 1;
	size_t counts[LEVELS] = {slices, PROCESSES, links};
	double *values = text_memory(n * slices, sizeof(*values));
	for (size_t i = 0; i < n; i++)
		for (size_t s = 0; s < slices; s++)
			values[i * slices + s] =
			    sliced ? log(pairs[i].arm.slice[k][s] /
					 pairs[i].base.slice[k][s])
				   : log(pairs[i].arm.value[JUDGED_TIME] /
					 pairs[i].base.value[JUDGED_TIME]);
	spread_levels_t *found = text_memory(1, sizeof(*found));
	unsigned baseline = plan_baseline(plan, cell);
	unsigned arm = arm_choose(plan, cell, baseline);
	double work = seconds_mean(pairs, n, true);
	levels_estimate(&found->levels, values, counts);
	free(values);
	found->slices = slices;
	found->cost[LEVEL_SLICE] = work / (double)slices;
	found->cost[LEVEL_PROCESS] = seconds_mean(pairs, n, false) - work;
	/* They are linked before the run, all of them. */
	found->cost[LEVEL_LINK] = 0;
	levels_choose(&found->levels, found->cost, REPEATED_MOST, found->best);
	found->baseline = text_copy(plan->arms.v[cell->arms[baseline]].name);
	found->arm = text_copy(plan->arms.v[cell->arms[arm]].name);
	spread_levels_free(cell->levels);
	cell->levels = found;
}

/* ----------------------------------------------------------------- study -- */

static bool
levels_wanted(const study_t *study, const cell_t *cell)
{
	if (study->nfound == LEVEL_CELLS || cell->guest != NULL ||
	    plan_is_control(study->plan, cell) ||
	    study->plan->programs.orders < 2)
		return false;
	for (size_t i = 0; i < study->nfound; i++)
		if (strcmp(study->found[i], cell->workload) == 0)
			return false;
	return true;
}

/* n pairs, the orders of linking in turn. */
static bool
pairs_take(study_t *study, size_t c, pair_t *pairs, size_t n, unsigned links,
    bool nested, fault_t *fault)
{
	for (size_t i = 0; i < n; i++) {
		unsigned round = (unsigned)i / links;
		unsigned link = (unsigned)i % links;
		size_t at = nested ? link * PROCESSES + round : i;
		progress_show(study->progress,
		    "  pilot: how much %s deviates (%zu of %zu)",
		    study->plan->cells[c].name, i + 1, n);
		if (pair_take(study, c, link, (unsigned)i, &pairs[at], fault))
			return true;
	}
	return false;
}

static bool
cell_study(study_t *study, size_t c, bool *fits, fault_t *fault)
{
	plan_t *plan = study->plan;
	cell_t *cell = &plan->cells[c];
	unsigned links = cell->guest == NULL && plan->programs.orders > 1
			     ? plan->programs.orders
			     : 1;
	double each = 2 * cell->seconds[PLAN_TIME];
	bool nested = levels_wanted(study, cell) &&
		      each * links * PROCESSES <= study->left;
	size_t n = nested ? links * PROCESSES : PAIRS;
	while (n >= SPREAD_PAIRS_LEAST && each * (double)n > study->left)
		n--;
	*fits = n >= SPREAD_PAIRS_LEAST;
	if (!*fits)
		return false;
	pair_t *pairs = text_memory(n, sizeof(*pairs));
	bool failed = pairs_take(study, c, pairs, n, links, nested, fault);
	if (!failed) {
		spreads_estimate(cell, pairs, n);
		if (nested)
			levels_find(plan, cell, pairs, links);
		if (cell->levels != NULL)
			study->found[study->nfound++] = cell->workload;
		study->left -= n * seconds_mean(pairs, n, false);
	}
	free(pairs);
	return failed;
}

/* The cell with the least seconds that is not yet marked, or ncells. */
static size_t
cheapest(const plan_t *plan, const bool *marked)
{
	size_t best = plan->ncells;
	for (size_t c = 0; c < plan->ncells; c++) {
		const cell_t *cell = &plan->cells[c];
		if (marked[c] || cell->narms < 2 ||
		    cell->blocks[PLAN_TIME] == 0 ||
		    cell->seconds[PLAN_TIME] <= 0)
			continue;
		if (best == plan->ncells ||
		    cell->seconds[PLAN_TIME] <
			plan->cells[best].seconds[PLAN_TIME])
			best = c;
	}
	return best;
}

bool
study(plan_t *plan, const place_t *place, double seconds, progress_t *progress,
    fault_t *fault)
{
	study_t state = {.plan = plan,
	    .place = place,
	    .progress = progress,
	    .left = seconds};
	bool *marked = text_memory(plan->ncells, sizeof(*marked));
	bool failed = false, fits = true;
	size_t c;
	while (!failed && fits && (c = cheapest(plan, marked)) < plan->ncells) {
		marked[c] = true;
		failed = cell_study(&state, c, &fits, fault);
	}
	free(marked);
	return failed;
}

/* ----------------------------------------------------------------- words -- */

static void
shares_words(const levels_t *levels, words_t *parts)
{
	static const char *const titles[LEVELS] = {
	    [LEVEL_SLICE] = "slices of the work",
	    [LEVEL_PROCESS] = "processes",
	    [LEVEL_LINK] = "orders of linking"};
	for (int l = LEVELS - 1; l >= 0; l--) {
		double share = levels_share(levels, (level_t)l);
		if (!isnan(share))
			words_add(parts, "%.0f %% %s", 100 * share, titles[l]);
	}
}

/* What the choice is, beside what is planned. */
static void
best_words(const plan_t *plan, const cell_t *cell, char **text)
{
	const spread_levels_t *found = cell->levels;
	size_t processes = found->best[LEVEL_PROCESS];
	size_t slices = found->best[LEVEL_SLICE];
	double factor = (double)slices / (double)found->slices;
	if (processes >= REPEATED_MOST)
		text_assign(text, "%s; one order would do", *text);
	else if (processes > 0)
		text_assign(text, "%s; best %zu block%s in each order", *text,
		    processes, processes == 1 ? "" : "s");
	text_assign(text, "%s (planned: %u in %u orders)", *text,
	    cell->blocks[PLAN_TIME], plan_links(plan));
	if (slices >= REPEATED_MOST)
		text_assign(text,
		    "%s; longer samples would tell more in the same time "
		    "(--ops-scale)",
		    *text);
	else if (slices > 0 && factor >= 2)
		text_assign(text,
		    "%s; samples of %.2g times the work would tell more in the "
		    "same time (--ops-scale)",
		    *text, factor);
	else if (slices > 0 && factor <= 0.5)
		text_assign(text,
		    "%s; samples of %.2g of the work, and more of them, would "
		    "tell more in the same time (--ops-scale)",
		    *text, factor);
	else if (slices > 0)
		text_assign(text, "%s; samples are as long as is best", *text);
}

void
study_words(const plan_t *plan, words_t *lines)
{
	for (size_t c = 0; c < plan->ncells; c++) {
		const cell_t *cell = &plan->cells[c];
		if (cell->levels == NULL)
			continue;
		words_t parts = {0};
		shares_words(&cell->levels->levels, &parts);
		char *shares = words_join(&parts, ", ");
		char *text =
		    text_format("%s: of the variance of %s/%s, %s", cell->name,
			cell->levels->arm, cell->levels->baseline, shares);
		best_words(plan, cell, &text);
		words_add(lines, "%s", text);
		free(text);
		free(shares);
		words_release(&parts);
	}
}
