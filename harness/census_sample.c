#include "census_sample.h"

#include "judge.h"
#include "plan.h"

/* The workload that does nothing. */
#define EMPTY "empty"

bool
census_sample_begin(census_sample_t *sample, trial_t *trial, unsigned threads,
    uint64_t seed, fault_t *fault)
{
	*sample = (census_sample_t){.bare = trial->guest != NULL};
	trial->census = &sample->run;
	if (sample->bare)
		return false;
	trial_t empty = {
	    .place = trial->place,
	    .arm = trial->arm,
	    .conf = trial->conf,
	    .padding = trial->padding,
	    .binding = trial->binding,
	    .timeout_ms = trial->timeout_ms,
	    .watch = TRIAL_BLIND,
	    .census = &sample->empty,
	};
	/* The same program, so that its own loading cancels out. */
	words_add(&empty.argv, "%s", trial->argv.v[0]);
	words_add(&empty.argv, EMPTY);
	words_add(&empty.argv, "--threads=%u", threads);
	words_add(&empty.argv, "--seed=%llu", (unsigned long long)seed);
	bool failed = trial_run(&empty, fault);
	if (!failed) {
		judge(&empty, PLAN_CENSUS, NULL, &sample->failure);
		sample->seconds = trial_seconds(&empty);
	}
	trial_release(&empty);
	return failed;
}

void
census_sample_release(census_sample_t *sample)
{
	census_release(&sample->run);
	census_release(&sample->empty);
	*sample = (census_sample_t){0};
}

/* Why one of the two is no count: false, and nothing is written, if it is. */
static bool
census_failed(const census_t *census, const char *which, fault_t *why)
{
	if (census->failure.text[0] != '\0')
		return fault_set(why, "%s: %s", which, census->failure.text);
	return census->lost > 0 &&
	       fault_set(why,
		   "%s: %llu calls were lost, as they came faster than they "
		   "were read",
		   which, (unsigned long long)census->lost);
}

bool
census_sample_counted(const census_sample_t *sample)
{
	fault_t why;
	return !census_failed(&sample->run, "", &why);
}

void
census_sample_add(const census_sample_t *sample, json_t *metrics, json_t *line)
{
	const census_t *run = &sample->run, *empty = &sample->empty;
	fault_t why = {""};
	if (sample->failure.text[0] != '\0')
		fault_set(&why, "the empty run: %s", sample->failure.text);
	else if (!census_failed(empty, "the empty run", &why))
		census_failed(run, "the run", &why);
	census_tally_metrics(metrics, &run->tally, &empty->tally, why.text);
	json_t *census = census_method_json(run->place);
	json_object_set_new(
	    census, "lost", json_integer((json_int_t)run->lost));
	json_object_set_new(census, "total", census_tally_json(&run->tally));
	json_object_set_new(census, "empty",
	    sample->bare || sample->failure.text[0] != '\0'
		? json_null()
		: census_tally_json(&empty->tally));
	json_object_set_new(line, "census", census);
}
