#include "control_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detectable.h"

/* By which the middle half of a normal distribution is its deviation. */
#define MAD_TO_SD 1.4826

static const char *const state_names[CONTROL_STATES] = {
    [CONTROL_PASSED] = "passed",
    [CONTROL_BELOW] = "not detectable here",
    [CONTROL_MISSED] = "missed",
    [CONTROL_OPEN] = "open",
    [CONTROL_FAILED] = "FAILED",
};

const char *
control_state_name(control_state_t state)
{
	return state_names[state];
}

/* --------------------------------------------------------------- judging -- */

control_state_t
control_judge_pair(const summary_value_t *value)
{
	if (!value->judged)
		return CONTROL_OPEN;
	return value->verdict.kind == VERDICT_BETTER ||
		       value->verdict.kind == VERDICT_WORSE
		   ? CONTROL_FAILED
		   : CONTROL_PASSED;
}

control_state_t
control_judge_planted(
    const summary_value_t *value, double share, double delta, double detectable)
{
	if (!value->judged)
		return CONTROL_OPEN;
	switch (value->verdict.kind) {
	case VERDICT_WORSE:
		return CONTROL_PASSED;
	case VERDICT_EQUIVALENT:
		/* Right about an effect that is inside the region. */
		return share < delta ? CONTROL_PASSED : CONTROL_FAILED;
	case VERDICT_UNDECIDED:
		return detectable > share ? CONTROL_BELOW : CONTROL_MISSED;
	default:
		return CONTROL_FAILED;
	}
}

double
control_detectable(
    const summary_t *summary, size_t cell, size_t arm, size_t metric)
{
	const dataset_t *data = summary->data;
	const summary_value_t *value =
	    summary_value(summary, cell, arm, metric);
	double *room = text_memory(3 * data->nblocks, sizeof(*room));
	double *base = room + data->nblocks, *logs = base + data->nblocks;
	dataset_values(data, cell, arm, value->metric, room, NULL);
	dataset_values(data, cell, data->baseline, value->metric, base, NULL);
	size_t n = stats_log_ratios(room, base, data->nblocks, logs);
	double sd = MAD_TO_SD * stats_mad(logs, n);
	free(room);
	if (n == 0 || !value->judged)
		return NAN;
	double alpha = (1 - summary->rule.confidence) / (double)value->family;
	return expm1(detectable_effect(sd, (unsigned)n, alpha));
}

/* ----------------------------------------------------------------- lines -- */

static void
line_add(controls_t *controls, control_state_t state, const char *line)
{
	size_t n = controls->lines.n;
	controls->states =
	    reallocarray(controls->states, n + 1, sizeof(*controls->states));
	if (controls->states == NULL)
		abort();
	controls->states[n] = state;
	controls->failed |= state == CONTROL_FAILED;
	words_add(&controls->lines, "%s", line);
}

/* "slower, 1.021 [1.016, 1.027]". The caller frees it. */
static char *
value_text(const summary_value_t *value)
{
	return text_format("%s, %.4f [%.4f, %.4f]",
	    verdict_word(value->verdict.kind, value->metric->subject),
	    value->ratio.estimate, value->ratio.lo, value->ratio.hi);
}

/* "1.2 %" or why nothing is found. The caller frees it. */
static char *
detectable_text(double share, size_t blocks)
{
	return isfinite(share)
		   ? text_format("%.2f %%", 100 * share)
		   : text_format("none, however large, in %zu blocks", blocks);
}

/* The place of a role's arm in the dataset, or data->narms. */
static size_t
role_arm(const dataset_t *data, control_role_t role)
{
	const char *name = control_role_name(role);
	size_t a = 0;
	for (; a < data->narms; a++) {
		const char *slash = strrchr(data->arms[a].name, '/');
		if (slash != NULL && strcmp(slash + 1, name) == 0)
			break;
	}
	return a;
}

/* Why a control has no outcome. */
static const char *
open_reason(const summary_t *summary, size_t arm, const summary_value_t *value)
{
	const summary_row_t *row = summary_row(summary, 0, arm);
	return row->failure != NULL       ? row->failure
	       : row->done < row->planned ? "the run is not complete"
	       : value->reason != NULL    ? value->reason
	       : value->no_ratio != NULL  ? value->no_ratio
					  : "it carries no verdict";
}

/* One metric of the A/A pair in words. The caller frees it. */
static char *
pair_words(
    const summary_t *summary, size_t arm, size_t metric, control_state_t state)
{
	const summary_value_t *value = summary_value(summary, 0, arm, metric);
	const char *title = value->metric->title;
	if (state == CONTROL_OPEN)
		return text_format("%s not measured (%s)", title,
		    open_reason(summary, arm, value));
	char *measured = value_text(value);
	char *least = detectable_text(
	    control_detectable(summary, 0, arm, metric), value->pairs);
	char *words = text_format("%s %s (smallest difference that is found "
				  "here, 4 times in 5: %s)",
	    title, measured, least);
	free(measured);
	free(least);
	return words;
}

static void
pair_compose(controls_t *controls)
{
	static const size_t which[] = {METRIC_WORK_NS, METRIC_RSS_MEAN};
	const summary_t *summary = controls->summary;
	size_t arm = role_arm(summary->data, CONTROL_AGAIN);
	const char *name = summary->data->arms[arm].name;
	control_state_t worst = CONTROL_PASSED;
	char *all = text_copy("");
	for (size_t i = 0; i < 2; i++) {
		control_state_t state = control_judge_pair(
		    summary_value(summary, 0, arm, which[i]));
		char *words = pair_words(summary, arm, which[i], state);
		worst = state > worst ? state : worst;
		text_assign(&all, "%s%s%s", all, i > 0 ? "; " : "", words);
		free(words);
	}
	char *line =
	    text_format("A/A pair, %.*s measured against itself: %s: %s%s.",
		(int)strcspn(name, "/"), name, state_names[worst],
		worst == CONTROL_FAILED
		    ? "a difference is claimed that is not there: "
		    : "",
		all);
	line_add(controls, worst, line);
	free(all);
	free(line);
}

/* The planted share as the samples record it: the median. NaN: none does. */
static double
planted_share(
    const dataset_t *data, size_t arm, const char *planted, const char *of)
{
	double *x = text_memory(data->nsamples, sizeof(*x));
	size_t n = 0;
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		const json_t *extra = json_object_get(
		    json_object_get(s->line, "record"), "extra");
		double whole = json_number_value(json_object_get(extra, of));
		if (s->arm == arm && s->ok && whole > 0)
			x[n++] =
			    json_number_value(json_object_get(extra, planted)) /
			    whole;
	}
	double median = stats_median(x, n);
	free(x);
	return median;
}

static const struct planted_s {
	control_role_t role;
	size_t metric;
	const char *what, *planted, *of;
} planted_rows[] = {
    {CONTROL_TIME, METRIC_WORK_NS, "time", "planted_ns", "worked_ns"},
    {CONTROL_PAGES, METRIC_RSS_MEAN, "pages", "planted_pages",
	"resident_pages"},
};

/* How the outcome reads. The caller frees it. */
static char *
planted_words(control_state_t state, const summary_value_t *value, double least)
{
	char *measured = value_text(value);
	char *found = detectable_text(least, value->pairs);
	char *words = NULL;
	if (state == CONTROL_PASSED)
		words = text_format("passed: %s", measured);
	else if (state == CONTROL_FAILED)
		words = text_format(
		    "FAILED: the verdict is %s, which is not so", measured);
	else
		words = text_format("%s: %s; the smallest that is found here, "
				    "4 times in 5, is %s",
		    state_names[state], measured, found);
	free(measured);
	free(found);
	return words;
}

static void
planted_compose(controls_t *controls, const struct planted_s *row)
{
	const summary_t *summary = controls->summary;
	size_t arm = role_arm(summary->data, row->role);
	size_t pair = role_arm(summary->data, CONTROL_AGAIN);
	if (arm == summary->data->narms || pair == summary->data->narms)
		return;
	const summary_value_t *value =
	    summary_value(summary, 0, arm, row->metric);
	double share = planted_share(summary->data, arm, row->planted, row->of);
	double least = control_detectable(summary, 0, pair, row->metric);
	control_state_t state = isnan(share)
				    ? CONTROL_OPEN
				    : control_judge_planted(value, share,
					  summary->rule.delta, least);
	char *words = state == CONTROL_OPEN
			  ? text_format("open: not measured (%s)",
				open_reason(summary, arm, value))
			  : planted_words(state, value, least);
	char *size = state == CONTROL_OPEN
			 ? text_copy("")
			 : text_format(", +%.3f %%", 100 * share);
	char *line = text_format("Planted %s%s: %s.", row->what, size, words);
	line_add(controls, state, line);
	free(line);
	free(size);
	free(words);
}

/* What the identity check did with the false arms, as the plan keeps it. */
static void
refusals_compose(controls_t *controls, const json_t *refusals)
{
	size_t i;
	json_t *row;
	json_array_foreach(refusals, i, row)
	{
		const json_t *refused = json_object_get(row, "refused");
		control_state_t state = json_is_true(refused) ? CONTROL_PASSED
					: json_is_false(refused)
					    ? CONTROL_FAILED
					    : CONTROL_OPEN;
		static const char *const words[CONTROL_STATES] = {
		    [CONTROL_PASSED] = "was refused",
		    [CONTROL_OPEN] = "was not tried",
		    [CONTROL_FAILED] = "was ACCEPTED",
		};
		const char *given = sample_text(row, "given");
		char *line = text_format("False arm, %s: %s: %s%s%s %s (%s).",
		    sample_text(row, "control"), state_names[state],
		    sample_text(row, "claimed"), given[0] ? " with " : "",
		    given, words[state], sample_text(row, "reason"));
		line_add(controls, state, line);
		free(line);
	}
}

/* The first line: how many are how, and what follows from it. */
static char *
headline(const controls_t *controls)
{
	size_t count[CONTROL_STATES] = {0};
	char *line;
	for (size_t i = 0; i < controls->lines.n; i++)
		count[controls->states[i]]++;
	if (controls->failed)
		line = text_copy("A CONTROL FAILED: the numbers of this run "
				 "are not to be trusted.");
	else
		line = text_format("Controls: %zu of %zu passed",
		    count[CONTROL_PASSED], controls->lines.n);
	for (int s = CONTROL_BELOW; s < CONTROL_FAILED && !controls->failed;
	     s++)
		if (count[s] > 0)
			text_assign(&line, "%s, %zu %s", line, count[s],
			    state_names[s]);
	if (!controls->failed)
		text_assign(&line, "%s.", line);
	return line;
}

/* Puts the first line in front of the others. */
static void
headline_put(controls_t *controls)
{
	controls_t all = {.summary = controls->summary};
	control_state_t worst = CONTROL_PASSED;
	for (size_t i = 0; i < controls->lines.n; i++)
		if (controls->states[i] > worst)
			worst = controls->states[i];
	char *first = headline(controls);
	line_add(&all, worst, first);
	for (size_t i = 0; i < controls->lines.n; i++)
		line_add(&all, controls->states[i], controls->lines.v[i]);
	free(first);
	words_release(&controls->lines);
	free(controls->states);
	*controls = all;
}

/* ----------------------------------------------------------------- whole -- */

static void
none_compose(controls_t *controls, const json_t *plan)
{
	size_t i;
	json_t *word;
	bool asked = false;
	json_array_foreach(json_object_get(plan, "argv"), i, word) asked |=
	    strcmp(json_is_string(word) ? json_string_value(word) : "",
		"--no-controls") == 0;
	char *line = text_format(
	    "Controls: NONE in this run%s. Whether a planted difference is "
	    "found here, and none where there is none, was not tried.",
	    asked ? " (--no-controls)" : "");
	line_add(controls, CONTROL_OPEN, line);
	free(line);
}

void
controls_init(controls_t *controls, const dataset_t *data)
{
	*controls = (controls_t){0};
	if (data->controls == NULL || data->controls->ncells == 0) {
		none_compose(controls, data->store.plan);
		return;
	}
	controls->summary = text_memory(1, sizeof(*controls->summary));
	summary_init(controls->summary, data->controls, &verdict_rule_default);
	if (role_arm(data->controls, CONTROL_AGAIN) < data->controls->narms)
		pair_compose(controls);
	for (size_t i = 0; i < sizeof(planted_rows) / sizeof(*planted_rows);
	     i++)
		planted_compose(controls, &planted_rows[i]);
	refusals_compose(
	    controls, json_object_get(data->store.plan, "refusals"));
	headline_put(controls);
}

void
controls_release(controls_t *controls)
{
	if (controls->summary != NULL)
		summary_release(controls->summary);
	free(controls->summary);
	free(controls->states);
	words_release(&controls->lines);
	*controls = (controls_t){0};
}

int
control_report(const char *run_dir, FILE *out)
{
	dataset_t data;
	controls_t controls = {0};
	fault_t fault;
	bool failed = dataset_read(&data, run_dir, &fault);
	if (failed)
		fprintf(stderr, "ebb report: %s\n", fault.text);
	else
		controls_init(&controls, &data);
	for (size_t i = 0; i < controls.lines.n; i++)
		fprintf(out, "  %s\n", controls.lines.v[i]);
	failed |= controls.failed;
	controls_release(&controls);
	dataset_release(&data);
	return failed;
}
