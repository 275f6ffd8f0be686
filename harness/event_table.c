#include "event_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cause_table.h"
#include "units.h"

event_table_t *const event_tables[EVENT_TABLES] = {event_table_tails,
    cause_table_pages, cause_table_memory, cause_table_caches,
    cause_table_arenas, event_table_census, event_table_counters,
    event_table_hotspots};

static bool
has_value(const summary_value_t *value)
{
	return value != NULL && value->reason == NULL;
}

/* The median in its unit to out (UNITS_MAX bytes), a dash when there is none.
 * Returns out. */
static char *
value_text(char *out, const summary_value_t *value)
{
	if (!has_value(value))
		return strcpy(out, "\342\200\223");
	return unit_format(out, value->middle.estimate, value->metric->unit);
}

/* The first ok sample of that kind of the cell, of any arm (SIZE_MAX). */
static const json_t *
line_find(
    const dataset_t *data, size_t cell, size_t arm, metric_source_t source)
{
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		if (s->ok && s->cell == cell && s->source == source &&
		    (arm == SIZE_MAX || s->arm == arm))
			return s->line;
	}
	return NULL;
}

/* What stands for numbers that no arm has, in the table's detail: why. */
static void
detail_unsupported(
    table_t *table, const summary_t *summary, size_t cell, const char *metric)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	const summary_value_t *value =
	    summary_find(summary, cell, c->arms[0], metric);
	table_detail(table, "%s",
	    value != NULL && value->reason != NULL
		? value->reason
		: "the samples do not state it");
}

static void
row_begin(table_t *table, const summary_t *summary, size_t arm)
{
	table_row(table, arm);
	table_field(table, TONE_PLAIN, "%s", summary->data->arms[arm].name);
}

/* -------------------------------------------------------------- census -- */

/* Calls and their metric; that with "_bytes" behind is how much. */
static const struct {
	const char *title, *metric;
} calls[] = {
    {"madvise DONTNEED", "kernel_madvise_dontneed"},
    {"madvise FREE", "kernel_madvise_free"},
    {"other madvise", "kernel_madvise_other"},
    {"process_madvise", "kernel_process_madvise"},
    {"munmap", "kernel_munmap"},
    {"mmap", "kernel_mmap"},
    {"mremap", "kernel_mremap"},
    {"brk", "kernel_brk"},
};
#define CALLS (sizeof(calls) / sizeof(*calls))
#define RETURNED "kernel_returned_bytes"

/* True when an arm of the cell has another number than 0. */
static bool
is_counted(const summary_t *summary, size_t cell, const char *metric)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	for (size_t i = 0; i < c->narms; i++) {
		const summary_value_t *value =
		    summary_find(summary, cell, c->arms[i], metric);
		if (has_value(value) && value->middle.estimate != 0)
			return true;
	}
	return false;
}

/* "480, 120 MiB" */
static void
put_calls(table_t *table, const summary_t *summary, size_t cell, size_t arm,
    const char *metric)
{
	char count[UNITS_MAX], bytes[UNITS_MAX];
	char *name = text_format("%s_bytes", metric);
	const summary_value_t *value = summary_find(summary, cell, arm, metric);
	const summary_value_t *much = summary_find(summary, cell, arm, name);
	free(name);
	if (!has_value(value))
		table_blank(table, value != NULL ? value->reason
						 : "the samples do not state "
						   "it");
	else if (value->middle.estimate == 0)
		table_field(table, TONE_QUIET, "0");
	else
		table_field(table, TONE_PLAIN, "%s, %s",
		    value_text(count, value), value_text(bytes, much));
}

/* How it was counted, and what nobody called. */
static void
census_detail(table_t *table, const summary_t *summary, size_t cell,
    const words_t *unused)
{
	const json_t *census = json_object_get(
	    line_find(summary->data, cell, SIZE_MAX, FROM_CENSUS), "census");
	const char *method = sample_text(census, "method");
	char *none = words_join(unused, ", ");
	table_detail(table,
	    "calls and bytes of the whole process less those of an empty run, "
	    "counted by %s%s%s",
	    method[0] != '\0' ? method : "an unknown method",
	    unused->n > 0 ? "; nobody called " : "", none);
	free(none);
}

bool
event_table_census(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	words_t unused = {0};
	table_init(table, "System calls for memory");
	if (line_find(summary->data, cell, SIZE_MAX, FROM_CENSUS) == NULL)
		return false;
	if (!is_counted(summary, cell, "kernel_mmap") &&
	    !is_counted(summary, cell, RETURNED)) {
		detail_unsupported(table, summary, cell, RETURNED);
		return true;
	}
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_RIGHT, "given back");
	for (size_t k = 0; k < CALLS; k++)
		if (is_counted(summary, cell, calls[k].metric))
			table_column(table, TABLE_RIGHT, "%s", calls[k].title);
		else
			words_add(&unused, "%s", calls[k].title);
	for (size_t i = 0; i < c->narms; i++) {
		size_t arm = c->arms[i];
		const summary_value_t *returned =
		    summary_find(summary, cell, arm, RETURNED);
		char text[UNITS_MAX];
		row_begin(table, summary, arm);
		if (has_value(returned))
			table_field(table, TONE_PLAIN, "%s",
			    value_text(text, returned));
		else
			table_blank(table, returned != NULL
					       ? returned->reason
					       : "the samples do not state it");
		for (size_t k = 0; k < CALLS; k++)
			if (is_counted(summary, cell, calls[k].metric))
				put_calls(
				    table, summary, cell, arm, calls[k].metric);
	}
	census_detail(table, summary, cell, &unused);
	words_release(&unused);
	return true;
}

/* ------------------------------------------------------------ counters -- */

/* A number, or two: of user code and of kernel code. */
static const struct counter_s {
	const char *title, *user, *kernel;
} counters[] = {
    {"CPU time", "cpu_user_ns", "cpu_sys_ns"},
    {"cycles", "cycles_user", "cycles_kernel"},
    {"instructions", "instructions_user", "instructions_kernel"},
    {"branch misses", "branch_misses_user", "branch_misses_kernel"},
    {"cache misses", "cache_misses_user", "cache_misses_kernel"},
    {"data TLB misses", "dtlb_misses_user", "dtlb_misses_kernel"},
    {"minor faults", "minflt", NULL},
    {"major faults", "majflt", NULL},
    {"page faults", "page_faults_user", "page_faults_kernel"},
    {"voluntary switches", "nvcsw", NULL},
    {"involuntary", "nivcsw", NULL},
    {"context switches", "context_switches", NULL},
    {"moves between CPUs", "migrations", NULL},
};
#define COUNTERS (sizeof(counters) / sizeof(*counters))

/* True when an arm of the cell has a number. If none has, *reason is why. */
static bool
is_available(const summary_t *summary, size_t cell,
    const struct counter_s *counter, const char **reason)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	*reason = NULL;
	for (size_t i = 0; i < 2 * c->narms; i++) {
		const char *name = i % 2 == 0 ? counter->user : counter->kernel;
		const summary_value_t *value =
		    name == NULL
			? NULL
			: summary_find(summary, cell, c->arms[i / 2], name);
		if (has_value(value))
			return true;
		if (value != NULL && *reason == NULL)
			*reason = value->reason;
	}
	return false;
}

static void
put_counter(table_t *table, const summary_t *summary, size_t cell, size_t arm,
    const struct counter_s *counter)
{
	char user[UNITS_MAX], kernel[UNITS_MAX];
	const summary_value_t *u =
	    summary_find(summary, cell, arm, counter->user);
	const summary_value_t *k =
	    counter->kernel == NULL
		? NULL
		: summary_find(summary, cell, arm, counter->kernel);
	const summary_value_t *blank = !has_value(u) ? u : k;
	if (k == NULL)
		table_field(table, TONE_PLAIN, "%s", value_text(user, u));
	else
		table_field(table, TONE_PLAIN, "%s | %s", value_text(user, u),
		    value_text(kernel, k));
	if (blank != NULL && blank->reason != NULL)
		table_note(table, blank->reason);
}

/* Names of what cannot be counted, one list for each reason. */
static void
absences_add(
    words_t *reasons, words_t *names, const char *reason, const char *title)
{
	size_t i = 0;
	while (i < reasons->n && strcmp(reasons->v[i], reason) != 0)
		i++;
	if (i == reasons->n) {
		words_add(reasons, "%s", reason);
		words_add(names, "%s", title);
	} else {
		text_assign(&names->v[i], "%s, %s", names->v[i], title);
	}
}

static void
counters_detail(table_t *table, const words_t *reasons, const words_t *names)
{
	char *detail =
	    text_copy("minor and major faults of the time samples, the rest of "
		      "the census "
		      "samples; user | kernel where two numbers stand");
	for (size_t i = 0; i < reasons->n; i++)
		text_assign(
		    &detail, "%s. %s: %s", detail, names->v[i], reasons->v[i]);
	table_detail(table, "%s", detail);
	free(detail);
}

bool
event_table_counters(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	words_t reasons = {0};
	words_t names = {0};
	bool shown[COUNTERS];
	table_init(table, "Counters of the CPU and the kernel");
	table_column(table, TABLE_LEFT, "allocator");
	for (size_t k = 0; k < COUNTERS; k++) {
		const char *reason;
		shown[k] = is_available(summary, cell, &counters[k], &reason);
		if (shown[k])
			table_column(
			    table, TABLE_RIGHT, "%s", counters[k].title);
		else if (reason != NULL)
			absences_add(
			    &reasons, &names, reason, counters[k].title);
	}
	bool any = table->ncolumns > 1;
	for (size_t i = 0; any && i < c->narms; i++) {
		row_begin(table, summary, c->arms[i]);
		for (size_t k = 0; k < COUNTERS; k++)
			if (shown[k])
				put_counter(table, summary, cell, c->arms[i],
				    &counters[k]);
	}
	counters_detail(table, &reasons, &names);
	words_release(&reasons);
	words_release(&names);
	return any;
}

/* ------------------------------------------------------------ hotspots -- */

#define FUNCTIONS_SHOWN 5

static void
put_share(table_t *table, const summary_value_t *value)
{
	if (has_value(value))
		table_field(
		    table, TONE_PLAIN, "%.1f %%", 100 * value->middle.estimate);
	else
		table_blank(table, value != NULL ? value->reason
						 : "the samples do not state "
						   "it");
}

/* "25.0 % malloc (libx.so), 12.5 % ..." */
static void
put_functions(table_t *table, const json_t *hotspots)
{
	char *all = text_copy("");
	for (size_t i = 0; i < json_array_size(hotspots) && i < FUNCTIONS_SHOWN;
	     i++) {
		const json_t *one = json_array_get(hotspots, i);
		text_assign(&all, "%s%s%.1f %% %s (%s)", all, i > 0 ? ", " : "",
		    100 * json_number_value(json_object_get(one, "share")),
		    sample_text(one, "symbol"), sample_text(one, "object"));
	}
	table_field(table, TONE_PLAIN, "%s", all);
	free(all);
}

bool
event_table_hotspots(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	static const char share[] = "allocator_share";
	table_init(table, "Where the time went");
	if (line_find(data, cell, SIZE_MAX, FROM_HOTSPOTS) == NULL)
		return false;
	bool any = false;
	for (size_t i = 0; i < c->narms; i++)
		any |=
		    has_value(summary_find(summary, cell, c->arms[i], share));
	if (!any) {
		detail_unsupported(table, summary, cell, share);
		return true;
	}
	table_detail(table,
	    "shares of the samples of perf record in the work window; a sample "
	    "in the kernel or in a library counts as the allocator's when the "
	    "allocator called it");
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_RIGHT, "in the allocator");
	table_column(table, TABLE_RIGHT, "in the kernel");
	table_column(table, TABLE_LEFT, "functions that took most");
	for (size_t i = 0; i < c->narms; i++) {
		size_t arm = c->arms[i];
		const json_t *line = line_find(data, cell, arm, FROM_HOTSPOTS);
		row_begin(table, summary, arm);
		put_share(table, summary_find(summary, cell, arm, share));
		put_share(
		    table, summary_find(summary, cell, arm, "kernel_share"));
		put_functions(table, json_object_get(line, "hotspots"));
	}
	return true;
}
