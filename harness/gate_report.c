#include "gate_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "table.h"

/* What a change counts as. */
typedef enum outcome_e {
	OUTCOME_ALARM,
	OUTCOME_BETTER,
	OUTCOME_OTHER, /* of a metric that has no better */
	OUTCOME_WATCH, /* the newest run alone, and odd ones were there */
	OUTCOME_NOISE, /* below the floor */
	OUTCOMES
} outcome_t;

static const struct {
	const char *word;
	table_tone_t tone;
} outcomes[OUTCOMES] = {
    [OUTCOME_ALARM] = {"ALARM", TONE_BAD},
    [OUTCOME_BETTER] = {"better", TONE_GOOD},
    [OUTCOME_OTHER] = {"changed", TONE_PLAIN},
    [OUTCOME_WATCH] = {"run again", TONE_QUIET},
    [OUTCOME_NOISE] = {"below the noise floor", TONE_QUIET},
};

static const history_series_t *
series_of(const gate_t *gate, const alarm_t *alarm)
{
	return &gate->history->series[alarm->series];
}

static outcome_t
outcome_of(const gate_t *gate, const alarm_t *alarm)
{
	const metric_t *metric = &series_of(gate, alarm)->metric;
	bool rose = alarm->shift.estimate > 0;
	if (alarm->noise)
		return OUTCOME_NOISE;
	if (!alarm_counts(alarm))
		return OUTCOME_WATCH;
	if (metric->direction == NO_DIRECTION)
		return OUTCOME_OTHER;
	return rose == (metric->direction == LOWER_IS_BETTER) ? OUTCOME_ALARM
							      : OUTCOME_BETTER;
}

/* "slower", "smaller"; of metrics without a verdict "higher", "lower". */
static const char *
change_word(const metric_t *metric, const alarm_t *alarm)
{
	bool rose = alarm->shift.estimate > 0;
	if (metric->primary && metric->direction != NO_DIRECTION)
		return verdict_word(
		    rose == (metric->direction == LOWER_IS_BETTER)
			? VERDICT_WORSE
			: VERDICT_BETTER,
		    metric->subject);
	return rose ? "higher" : "lower";
}

/* ------------------------------------------------------------- counting -- */

/* An arm that began to fail is told once, by its first metric. */
static bool
fails_first(const history_t *history, size_t s)
{
	const history_series_t *series = &history->series[s];
	if (series->failure == NULL)
		return false;
	return s == 0 || series[-1].failure == NULL ||
	       strcmp(series[-1].cell, series->cell) != 0 ||
	       strcmp(series[-1].arm, series->arm) != 0;
}

static size_t
count_failures(const gate_t *gate)
{
	size_t n = 0;
	for (size_t s = 0; s < gate->history->nseries; s++)
		n += fails_first(gate->history, s);
	return n;
}

static size_t
count_outcome(const gate_t *gate, outcome_t outcome)
{
	size_t n = 0;
	for (size_t i = 0; i < gate->nalarms; i++)
		n += outcome_of(gate, &gate->alarms[i]) == outcome;
	return n;
}

int
gate_code(const gate_t *gate)
{
	return count_outcome(gate, OUTCOME_ALARM) + count_failures(gate) > 0
		   ? GATE_ALARM
		   : GATE_FINE;
}

/* ----------------------------------------------------------------- texts -- */

/* "2026-11-22 17:00" of "20261122T170000Z". The caller frees it. */
static char *
date_text(const char *utc)
{
	if (strlen(utc) < 13)
		return text_copy(utc);
	return text_format("%.4s-%.2s-%.2s %.2s:%.2s", utc, utc + 4, utc + 6,
	    utc + 9, utc + 11);
}

static char *
percent_text(double shift)
{
	return text_format("%+.1f %%", expm1(shift) * 100);
}

/* "+6.1 % [+5.0 %, +7.3 %]". The caller frees it. */
static char *
shift_text(const stats_interval_t *shift)
{
	char *middle = percent_text(shift->estimate);
	char *lo = percent_text(shift->lo);
	char *hi = percent_text(shift->hi);
	char *text = text_format("%s [%s, %s]", middle, lo, hi);
	free(middle);
	free(lo);
	free(hi);
	return text;
}

/* What changed of the arm itself with that run: "build a against build b", the
 * run's first; NULL when nothing did. The caller frees it. */
static char *
arm_text(const gate_t *gate, const alarm_t *alarm)
{
	char *const *is = series_of(gate, alarm)->arm_is;
	const char *now = is[alarm->run];
	for (size_t r = alarm->run; r-- > 0;)
		if (is[r] != NULL && now != NULL)
			return strcmp(is[r], now) != 0
				   ? text_format("%s against %s", now, is[r])
				   : NULL;
	return NULL;
}

/* The largest change for the worse, in words; NULL when there is none. */
static char *
worst_text(const gate_t *gate)
{
	const alarm_t *worst = NULL;
	for (size_t i = 0; i < gate->nalarms; i++) {
		const alarm_t *alarm = &gate->alarms[i];
		if (outcome_of(gate, alarm) == OUTCOME_ALARM &&
		    (worst == NULL || fabs(alarm->shift.estimate) >
					  fabs(worst->shift.estimate)))
			worst = alarm;
	}
	if (worst == NULL)
		return NULL;
	const history_series_t *series = series_of(gate, worst);
	const history_run_t *run = &gate->history->runs[worst->run];
	char *date = date_text(run->utc);
	const char *commit = run->commit;
	char *text =
	    text_format("%s is %s in %s by %.1f %% since %s (%s, commit %.20s)",
		series->arm, change_word(&series->metric, worst), series->cell,
		fabs(expm1(worst->shift.estimate)) * 100, run->name, date,
		commit[0] != '\0' ? commit : "unknown");
	free(date);
	return text;
}

static void
print_answer(const gate_t *gate, FILE *out)
{
	const history_t *history = gate->history;
	size_t alarms = count_outcome(gate, OUTCOME_ALARM);
	size_t failures = count_failures(gate);
	char *worst = worst_text(gate);
	if (worst != NULL)
		fprintf(
		    out, "ALARM: %s%s.", worst, alarms > 1 ? ", and more" : "");
	else if (failures > 0)
		fputs("ALARM: an arm began to fail in the newest run.", out);
	else
		fputs("No alarm.", out);
	fprintf(out,
	    " Of %zu series over %zu runs %zu changed for the worse and %zu "
	    "for the better (false alarms: at most %g %%, of the whole "
	    "gate).\n",
	    history->nseries, history->nruns, alarms,
	    count_outcome(gate, OUTCOME_BETTER), gate->rule.rate * 100);
	free(worst);
}

/* ----------------------------------------------------------------- table -- */

static void
table_add_change(table_t *table, const gate_t *gate, const alarm_t *alarm)
{
	const history_series_t *series = series_of(gate, alarm);
	const history_run_t *run = &gate->history->runs[alarm->run];
	outcome_t outcome = outcome_of(gate, alarm);
	char *by = shift_text(&alarm->shift);
	char *date = date_text(run->utc);
	table_row(table, TABLE_NO_ARM);
	table_field(
	    table, outcomes[outcome].tone, "%s", outcomes[outcome].word);
	if (outcome == OUTCOME_WATCH)
		table_note(table, "the newest run alone; runs before it stood "
				  "out as far without a change that lasted: "
				  "another run will tell");
	table_field(table, TONE_PLAIN, "%s", series->cell);
	table_field(table, TONE_PLAIN, "%s", series->arm);
	table_field(table, TONE_PLAIN, "%s", series->metric.title);
	table_field(
	    table, TONE_PLAIN, "%s", change_word(&series->metric, alarm));
	table_field(table, TONE_PLAIN, "%s", by);
	if (alarm->shift.confidence < gate->rule.confidence) {
		char *note = text_format("the widest interval of %zu and %zu "
					 "runs holds only %.0f %%",
		    alarm->before, alarm->after, alarm->shift.confidence * 100);
		table_note(table, note);
		free(note);
	}
	table_field(table, TONE_PLAIN, "%s", run->name);
	char *arm = arm_text(gate, alarm);
	if (arm != NULL)
		table_note(table, arm);
	free(arm);
	table_field(table, TONE_PLAIN, "%s", date);
	if (run->commit[0] != '\0')
		table_field(table, TONE_PLAIN, "%.20s", run->commit);
	else
		table_blank(table, "the run does not state it");
	table_field(table, TONE_PLAIN, "%zu, %zu", alarm->before, alarm->after);
	table_field(table, TONE_PLAIN, "%.4f", alarm->p);
	free(by);
	free(date);
}

static void
print_changes(const gate_t *gate, FILE *out)
{
	table_t table;
	if (gate->nalarms == 0)
		return;
	table_init(&table, "Changes");
	table_detail(&table, "p is corrected over all series");
	static const struct {
		const char *head;
		table_align_t align;
	} columns[] = {{"", TABLE_LEFT}, {"cell", TABLE_LEFT},
	    {"allocator", TABLE_LEFT}, {"metric", TABLE_LEFT},
	    {"is", TABLE_LEFT}, {"by", TABLE_RIGHT}, {"since", TABLE_LEFT},
	    {"of", TABLE_LEFT}, {"commit", TABLE_LEFT},
	    {"runs before, since", TABLE_RIGHT}, {"p", TABLE_RIGHT}};
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		table_column(&table, columns[i].align, "%s", columns[i].head);
	for (outcome_t o = 0; o < OUTCOMES; o++)
		for (size_t i = 0; i < gate->nalarms; i++)
			if (outcome_of(gate, &gate->alarms[i]) == o)
				table_add_change(
				    &table, gate, &gate->alarms[i]);
	fputc('\n', out);
	table_print(&table, out, isatty(fileno(out)) == 1);
	table_release(&table);
}

static void
print_failures(const gate_t *gate, FILE *out)
{
	const history_t *history = gate->history;
	for (size_t s = 0; s < history->nseries; s++)
		if (fails_first(history, s))
			fprintf(out,
			    "ALARM: %s fails in %s (%s), and did not before.\n",
			    history->series[s].arm, history->series[s].cell,
			    history->series[s].failure);
}

/* Which yardstick there was. */
static void
print_floors(const gate_t *gate, FILE *out)
{
	const history_t *history = gate->history;
	bool any = false;
	for (size_t i = 0; i < history->nfloors; i++) {
		const history_floor_t *floor = &history->floors[i];
		bool used = false;
		for (size_t s = 0; s < history->nseries && !used; s++)
			used = strcmp(history->series[s].metric.name,
				   floor->metric) == 0;
		if (!used)
			continue;
		any = true;
		fprintf(out,
		    "Noise floor of %s: two equal arms differ by up to %.2f %% "
		    "in 19 of 20 runs (A/A pairs of %zu run%s).\n",
		    floor->metric,
		    expm1(history_floor(history, floor->metric)) * 100,
		    floor->n, floor->n == 1 ? "" : "s");
	}
	if (!any)
		fputs("Noise floor: no run has an A/A pair; a change must be "
		      "larger than two standard errors of a run's value.\n",
		    out);
}

void
gate_print(const gate_t *gate, FILE *out)
{
	const history_t *history = gate->history;
	size_t relative = 0;
	for (size_t s = 0; s < history->nseries; s++)
		relative += history->series[s].relative;
	print_answer(gate, out);
	for (size_t i = 0; i < history->forced.n; i++)
		fprintf(out,
		    "FORCED although the runs are not comparable: %s\n",
		    history->forced.v[i]);
	print_failures(gate, out);
	print_changes(gate, out);
	fprintf(
	    out, "\nNewest run: %s\n", history->runs[history->nruns - 1].name);
	fprintf(out,
	    "%zu of the %zu series are ratios to glibc in the same block, "
	    "which the machine's drift is not in; the newest run alone could "
	    "be judged in %zu.\n",
	    relative, history->nseries, gate->judged);
	print_floors(gate, out);
	for (size_t i = 0; i < history->left_out.n; i++)
		fprintf(out, "Left out: %s\n", history->left_out.v[i]);
}

/* ------------------------------------------------------------------ csv -- */

static const char csv_head[] =
    "outcome,cell,arm,metric,change,ratio,lo,hi,confidence,run,utc,commit,"
    "runs_before,runs_since,newest_alone,p,arm_changed,rate,noise_floor,"
    "relative_to,forced";

/* What a row says of the series whatever became of it. */
static void
csv_series(csv_t *csv, const char *outcome, const history_series_t *series)
{
	csv_text(csv, outcome);
	csv_text(csv, series->cell);
	csv_text(csv, series->arm);
	csv_text(csv, series->metric.name);
}

static void
csv_series_end(csv_t *csv, const gate_t *gate, size_t s, const char *forced)
{
	csv_number(csv, gate->rule.rate);
	csv_number(csv, expm1(gate->noise[s].floor));
	csv_text(csv, gate->history->series[s].relative ? "glibc" : "");
	csv_text(csv, forced);
	csv_end(csv);
}

static void
csv_change(
    csv_t *csv, const gate_t *gate, const alarm_t *alarm, const char *forced)
{
	const history_series_t *series = series_of(gate, alarm);
	const history_run_t *run = &gate->history->runs[alarm->run];
	csv_series(csv, outcomes[outcome_of(gate, alarm)].word, series);
	csv_text(csv, change_word(&series->metric, alarm));
	csv_number(csv, exp(alarm->shift.estimate));
	csv_number(csv, exp(alarm->shift.lo));
	csv_number(csv, exp(alarm->shift.hi));
	csv_number(csv, alarm->shift.confidence);
	csv_text(csv, run->name);
	csv_text(csv, run->utc);
	csv_text(csv, run->commit);
	csv_number(csv, (double)alarm->before);
	csv_number(csv, (double)alarm->after);
	csv_number(csv, alarm->lone);
	csv_number(csv, alarm->p);
	char *arm = arm_text(gate, alarm);
	csv_text(csv, arm != NULL ? arm : "");
	free(arm);
	csv_series_end(csv, gate, alarm->series, forced);
}

/* A series without a change: it began to fail, or is as it was. */
static void
csv_steady(csv_t *csv, const gate_t *gate, size_t s, const char *forced)
{
	const history_series_t *series = &gate->history->series[s];
	bool fails = series->failure != NULL;
	csv_series(
	    csv, fails ? outcomes[OUTCOME_ALARM].word : "steady", series);
	csv_text(csv, fails ? "fails" : "");
	for (int empty = 0; empty < 4; empty++)
		csv_number(csv, NAN);
	for (int empty = 0; empty < 3; empty++)
		csv_text(csv, "");
	for (int empty = 0; empty < 4; empty++)
		csv_number(csv, NAN);
	csv_text(csv, "");
	csv_series_end(csv, gate, s, forced);
}

bool
gate_write(const gate_t *gate, const char *path, fault_t *fault)
{
	csv_t csv;
	if (csv_open(&csv, path, csv_head, fault))
		return true;
	char *forced = words_join(&gate->history->forced, "; ");
	for (size_t s = 0, i = 0; s < gate->history->nseries; s++) {
		size_t before = i;
		for (; i < gate->nalarms && gate->alarms[i].series == s; i++)
			csv_change(&csv, gate, &gate->alarms[i], forced);
		if (i == before)
			csv_steady(&csv, gate, s, forced);
	}
	free(forced);
	return csv_close(&csv, fault);
}
