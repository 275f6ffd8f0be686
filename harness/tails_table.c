#include "tails.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_table.h"
#include "tail.h"
#include "units.h"

/* Calls that slept are named from so many on, and when they are not rarer
 * than one in so many. */
#define SLEPT_LEAST 3u
#define SLEPT_RARE 1e6
/* Causes that a sentence names. */
#define CAUSES_SAID 3

/* ------------------------------------------------------------- the table -- */

/* What ran in halves with that cause: "fault 24, fill 3". Caller frees. */
static char *
ran_text(const tails_cause_t *cause)
{
	words_t parts = {0};
	for (unsigned i = 0; i < CAUSES; i++)
		if (cause->ran[i] > 0)
			words_add(&parts, "%s %llu", cause_name(i),
			    (unsigned long long)cause->ran[i]);
	char *text = words_join(&parts, ", ");
	words_release(&parts);
	return text;
}

/* Causes of an arm, that of most halves first. Returns how many it has. */
static size_t
causes_order(const tails_t *tails, unsigned *order)
{
	size_t n = 0;
	for (unsigned c = 0; c < CAUSES; c++) {
		if (tails->cause[c].n == 0)
			continue;
		size_t at = n++;
		while (at > 0 &&
		       tails->cause[order[at - 1]].n < tails->cause[c].n) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = c;
	}
	return n;
}

static void
put_ns(table_t *table, double ns)
{
	char text[UNITS_MAX];
	if (isfinite(ns))
		table_field(
		    table, TONE_PLAIN, "%s", unit_format(text, ns, UNIT_NS));
	else
		table_blank(table, "fewer than 10 000 halves were timed");
}

static void
put_control(table_t *table, const tails_t *tails)
{
	char p50[UNITS_MAX], p999[UNITS_MAX];
	if (isfinite(tails->control_p999_ns))
		table_field(table, TONE_PLAIN, "%s, %s",
		    unit_format(p50, tails->control_p50_ns, UNIT_NS),
		    unit_format(p999, tails->control_p999_ns, UNIT_NS));
	else
		put_ns(table, NAN);
}

/* The kind and size band of the slowest call of the slowest half. */
static void
put_call(table_t *table, const tails_cause_t *cause)
{
	char text[UNITS_MAX];
	if (cause->half[0] == '\0')
		table_field(table, TONE_QUIET, "\342\200\223");
	else
		table_field(table, TONE_PLAIN, "%s %s: %s", cause->half,
		    cause->band, unit_format(text, cause->call_ns, UNIT_NS));
}

static void
put_cause(table_t *table, const tails_t *tails, unsigned c)
{
	const tails_cause_t *cause = &tails->cause[c];
	char *ran = ran_text(cause);
	table_field(table, TONE_PLAIN, "%s", cause_name(c));
	table_field(table, TONE_PLAIN, "%llu", (unsigned long long)cause->n);
	table_field(table, TONE_PLAIN, "%.1f %%",
	    100 * (double)cause->n / (double)tails->above);
	table_field(
	    table, TONE_PLAIN, "%llu", (unsigned long long)cause->queued);
	put_ns(table, cause->beyond_ns);
	put_ns(table, cause->most_ns);
	put_call(table, cause);
	table_field(table, ran[0] != '\0' ? TONE_PLAIN : TONE_QUIET, "%s",
	    ran[0] != '\0' ? ran : "\342\200\223");
	free(ran);
}

static void
arm_rows(table_t *table, const tails_t *tails, const char *name, size_t arm)
{
	unsigned order[CAUSES];
	size_t n = causes_order(tails, order);
	for (size_t i = 0; i < n; i++) {
		table_row(table, arm);
		table_field(table, TONE_PLAIN, "%s", i == 0 ? name : "");
		if (i == 0) {
			put_ns(table, tails->p999_ns);
			put_control(table, tails);
		} else {
			table_field(table, TONE_PLAIN, "%s", "");
			table_field(table, TONE_PLAIN, "%s", "");
		}
		put_cause(table, tails, order[i]);
		if (i == 0 && tails->reason[0] != '\0')
			table_note(table, tails->reason);
	}
}

/* What of all arms has to be known beside the rows. */
static void
table_explain(table_t *table, uint64_t missed, size_t cut, double glance_ns)
{
	char text[UNITS_MAX];
	char *lacks = text_copy("");
	if (missed > 0)
		text_assign(&lacks, "; %llu have no row for want of room",
		    (unsigned long long)missed);
	if (cut > 0)
		text_assign(&lacks,
		    "%s; %zu samples may have more than they kept", lacks, cut);
	table_detail(table,
	    "what is above p99.9 of all latency samples together, and one "
	    "cause of each. Queued: what came before it in the queue had that "
	    "cause. Beyond: the time above p99.9, summed. The control goes "
	    "through the same schedule and reads clock and counters as often, "
	    "with no call between. Reading all counters costs %s%s",
	    unit_format(text, glance_ns, UNIT_NS), lacks);
	free(lacks);
}

bool
event_table_tails(table_t *table, const summary_t *summary, size_t cell)
{
	static const struct {
		table_align_t align;
		const char *head;
	} columns[] = {
	    {TABLE_LEFT, "allocator"},
	    {TABLE_RIGHT, "p99.9"},
	    {TABLE_RIGHT, "control's p50, p99.9"},
	    {TABLE_LEFT, "cause"},
	    {TABLE_RIGHT, "halves"},
	    {TABLE_RIGHT, "share"},
	    {TABLE_RIGHT, "of them queued"},
	    {TABLE_RIGHT, "beyond"},
	    {TABLE_RIGHT, "slowest"},
	    {TABLE_LEFT, "its slowest call"},
	    {TABLE_LEFT, "ran inside"},
	};
	const dataset_cell_t *c = &summary->data->cells[cell];
	uint64_t missed = 0;
	size_t cut = 0;
	double glance_ns = 0;
	table_init(table, "Causes of the tail");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		table_column(table, columns[i].align, "%s", columns[i].head);
	for (size_t i = 0; i < c->narms; i++) {
		tails_t tails;
		if (!tails_read(&tails, summary, cell, c->arms[i]))
			continue;
		arm_rows(table, &tails, summary->data->arms[c->arms[i]].name,
		    c->arms[i]);
		missed += tails.missed;
		cut += tails.cut;
		glance_ns = fmax(glance_ns, tails.glance_ns);
	}
	table_explain(table, missed, cut, glance_ns);
	return table->nrows > 0;
}

/* ---------------------------------------------------------- in sentences -- */

/* Two digits count: 9975 is "10 000", 457 is "460". Returns text. */
static char *
about_format(char *text, size_t room, double x)
{
	double unit = x >= 100 ? pow(10, floor(log10(x)) - 1) : 1;
	char digits[32];
	snprintf(digits, sizeof(digits), "%.0f", round(x / unit) * unit);
	size_t n = strlen(digits), used = 0;
	for (size_t i = 0; i < n && used + 2 < room; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			text[used++] = ' ';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

static void
say_slept(words_t *lines, const tails_calls_t *calls, const char *call,
    const char *arm, const char *cell, int threads)
{
	uint64_t n = calls->slow[CAUSE_SLEEP].n;
	double every = n > 0 ? (double)calls->n / (double)n : INFINITY;
	char about[48], least[UNITS_MAX], mean[UNITS_MAX];
	if (n < SLEPT_LEAST || every > SLEPT_RARE)
		return;
	unit_format(least, calls->slow[CAUSE_SLEEP].least_ns, UNIT_NS);
	unit_format(mean, calls->slow[CAUSE_SLEEP].sum_ns / (double)n, UNIT_NS);
	words_add(lines,
	    "%s in %s: 1 in about %s %s calls slept %s or longer inside the "
	    "allocator, %s on average (%llu of %llu calls: voluntary switches "
	    "within the call%s).",
	    arm, cell, about_format(about, sizeof(about), every), call, least,
	    mean, (unsigned long long)n, (unsigned long long)calls->n,
	    threads == 1
		? "; the process has one thread, so it was no lock of its own"
		: ", to sleep or to wait for a lock");
}

/* "61 % purge (54 % queued behind it)" for the first causes. */
static char *
causes_text(const tails_t *tails)
{
	unsigned order[CAUSES];
	size_t n = causes_order(tails, order);
	words_t parts = {0};
	for (size_t i = 0; i < n && i < CAUSES_SAID; i++) {
		const tails_cause_t *cause = &tails->cause[order[i]];
		double all = (double)tails->above / 100;
		char *queued = text_copy("");
		if (cause->queued > 0 && order[i] != CAUSE_ARRIVALS)
			text_assign(&queued, " (%.0f %% queued behind one)",
			    (double)cause->queued / all);
		words_add(&parts, "%.0f %% %s: %s%s", (double)cause->n / all,
		    cause_name(order[i]), cause_says(order[i]), queued);
		free(queued);
	}
	char *text = words_join(&parts, "; ");
	words_release(&parts);
	return text;
}

void
tails_say(words_t *lines, const tails_t *tails, const char *arm,
    const char *cell, int threads)
{
	static const char *const calls[] = {"malloc", "free"};
	char p999[UNITS_MAX], control[UNITS_MAX];
	if (tails->above > tails->missed) {
		char *causes = causes_text(tails);
		words_add(lines,
		    "%s in %s: p99.9 of a request's half is %s (of the "
		    "clock-only control %s); of %llu above it: %s.",
		    arm, cell, unit_format(p999, tails->p999_ns, UNIT_NS),
		    isfinite(tails->control_p999_ns)
			? unit_format(control, tails->control_p999_ns, UNIT_NS)
			: "unknown",
		    (unsigned long long)tails->above, causes);
		free(causes);
	}
	for (size_t i = 0; i < 2; i++)
		say_slept(
		    lines, &tails->calls[i], calls[i], arm, cell, threads);
}
