#include "provenance.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine_state.h"
#include "units.h"

/* A JSON value as text; the caller frees it. */
static char *
value_text(const json_t *value)
{
	if (json_is_string(value))
		return text_copy(json_string_value(value));
	if (value == NULL || json_is_null(value))
		return text_copy("unknown");
	char *dump = json_dumps(
	    value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
	char *text = text_copy(dump != NULL ? dump : "");
	free(dump);
	return text;
}

/* ------------------------------------------------------------- machine -- */

/* How a property is shown. */
typedef enum show_e { AS_IT_IS, AS_BYTES, AS_ON_OFF } show_t;

/* A dot in a key leads into an object. */
static const struct {
	const char *key, *title;
	show_t show;
} machine_rows[] = {
    {"host", "host", AS_IT_IS},
    {"cpu_model", "CPU", AS_IT_IS},
    {"ncpu", "CPUs allowed", AS_IT_IS},
    {"cores", "physical cores of them", AS_IT_IS},
    {"smt", "second hardware threads (SMT)", AS_ON_OFF},
    {"governor", "frequency governor", AS_IT_IS},
    {"turbo", "turbo", AS_ON_OFF},
    {"clocksource", "clock source", AS_IT_IS},
    {"memory_bytes", "memory", AS_BYTES},
    {"kernel", "kernel", AS_IT_IS},
    {"thp", "transparent huge pages", AS_IT_IS},
    {"thp_defrag", "... defrag", AS_IT_IS},
    {"overcommit", "overcommit", AS_IT_IS},
    {"max_map_count", "mappings of a process, at most", AS_IT_IS},
    {"swap_used_bytes", "swap in use", AS_BYTES},
    {"cgroup_memory_max", "cgroup memory limit", AS_BYTES},
    {"cgroup.cpus", "cgroup CPU quota", AS_IT_IS},
    {"aslr", "address randomization", AS_IT_IS},
    {"perf_paranoid", "perf_event_paranoid", AS_IT_IS},
    {"glibc", "glibc", AS_IT_IS},
    {"compiler", "compiler", AS_IT_IS},
    {"ebb_commit", "ebb's commit", AS_IT_IS},
    {"source.tree_sha256", "hash of its sources", AS_IT_IS},
    {"programs.workload.sha256", "hash of the workload program", AS_IT_IS},
};

static const json_t *
machine_value(const json_t *machine, const char *key)
{
	const json_t *value = machine;
	while (value != NULL && *key != '\0') {
		char name[64];
		size_t n = strcspn(key, ".");
		snprintf(name, sizeof(name), "%.*s", (int)n, key);
		value = json_object_get(value, name);
		key += n + (key[n] == '.');
	}
	return value;
}

static void
machine_put(table_t *table, const char *title, show_t show, const json_t *value)
{
	char scaled[UNITS_MAX];
	char *text = value_text(value);
	if (json_is_integer(value) && show == AS_BYTES)
		text_assign(&text, "%s",
		    unit_format(
			scaled, (double)json_integer_value(value), UNIT_BYTES));
	if (json_is_boolean(value) && show == AS_ON_OFF)
		text_assign(&text, "%s", json_is_true(value) ? "on" : "off");
	table_row(table, TABLE_NO_ARM);
	table_field(table, TONE_PLAIN, "%s", title);
	table_field(table, TONE_PLAIN, "%s", text);
	free(text);
}

/* How many of the kernel's countermeasures are in force. */
static void
mitigations_put(table_t *table, const json_t *machine)
{
	const char *name;
	json_t *value;
	json_t *list = json_object_get(machine, "mitigations");
	words_t active = {0};
	if (!json_is_object(list))
		return;
	json_object_foreach(list, name, value)
	{
		const char *text =
		    json_is_string(value) ? json_string_value(value) : "";
		if (strncmp(text, "Mitigation", 10) == 0)
			words_add(&active, "%s", name);
	}
	char *all = words_join(&active, ", ");
	table_row(table, TABLE_NO_ARM);
	table_field(table, TONE_PLAIN, "mitigations in force");
	table_field(table, TONE_PLAIN, "%s", active.n > 0 ? all : "none");
	free(all);
	words_release(&active);
}

/* How broken up free memory was, before and after each session. */
static void
unbroken_put(table_t *table, const json_t *states)
{
	size_t i;
	json_t *state;
	words_t parts = {0};
	json_array_foreach(states, i, state)
	{
		double share =
		    machine_unbroken(json_object_get(state, "buddyinfo"));
		if (!isnan(share))
			words_add(&parts, "%s %.0f %%",
			    sample_text(state, "when"), 100 * share);
	}
	char *all = words_join(&parts, ", ");
	if (parts.n > 0) {
		table_row(table, TABLE_NO_ARM);
		table_field(
		    table, TONE_PLAIN, "free memory in blocks from 2 MiB on");
		table_field(table, TONE_PLAIN, "%s", all);
	}
	free(all);
	words_release(&parts);
}

void
provenance_machine(table_t *table, const dataset_t *data)
{
	const json_t *machine = data->store.machine;
	table_init(table, "Machine");
	table_column(table, TABLE_LEFT, "property");
	table_column(table, TABLE_LEFT, "value");
	for (size_t i = 0; i < sizeof(machine_rows) / sizeof(*machine_rows);
	     i++)
		machine_put(table, machine_rows[i].title, machine_rows[i].show,
		    machine_value(machine, machine_rows[i].key));
	mitigations_put(table, machine);
	json_t *states = machine_states_read(data->dir);
	unbroken_put(table, states);
	json_decref(states);
}

/* "20261122T170000Z" as "2026-11-22 17:00 UTC"; the caller frees it. */
static char *
date_text(const char *utc)
{
	int d[5];
	if (sscanf(utc, "%4d%2d%2dT%2d%2d", &d[0], &d[1], &d[2], &d[3],
		&d[4]) != 5)
		return text_copy(utc[0] != '\0' ? utc : "(date unknown)");
	return text_format(
	    "%04d-%02d-%02d %02d:%02d UTC", d[0], d[1], d[2], d[3], d[4]);
}

char *
provenance_age(const dataset_t *data)
{
	const json_t *plan = data->store.plan;
	const json_t *machine = data->store.machine;
	const char *commit = sample_text(machine, "ebb_commit");
	const char *utc = sample_text(plan, "created_utc");
	if (utc[0] == '\0' && data->nsamples > 0)
		utc = sample_text(data->samples[0].line, "utc");
	char *date = date_text(utc);
	const char *host = sample_text(machine, "host");
	const char *profile = sample_text(plan, "profile");
	size_t hash = strcspn(commit, "+-");
	char *age = text_format("Measured %s at commit %.*s%s on %s; plan "
				"%s, seed %" PRId64 ", %zu of %zu samples.",
	    date, (int)(hash < 12 && hash > 0 ? hash : 12),
	    commit[0] != '\0' ? commit : "unknown",
	    strstr(commit, "dirty") != NULL ? " with changes" : "",
	    host[0] != '\0' ? host : "an unknown machine",
	    profile[0] != '\0' ? profile : "unknown",
	    sample_number(plan, "seed"), data->nsamples, data->nplanned);
	free(date);
	return age;
}

/* ---------------------------------------------------------------- arms -- */

/* "decay_time:1 purge:decay": options that the allocator read back. */
static char *
options_text(const json_t *identity)
{
	char *all = text_copy("");
	const char *key;
	json_t *value;
	json_object_foreach(json_object_get(identity, "opt"), key, value)
	{
		char *text = value_text(value);
		text_assign(&all, "%s%s%s:%s", all, all[0] != '\0' ? " " : "",
		    key, text);
		free(text);
	}
	return all;
}

static const json_t *
malloc_owner(const json_t *identity)
{
	return json_object_get(json_object_get(identity, "owners"), "malloc");
}

static void
put_or_blank(table_t *table, const char *text, const char *why)
{
	if (text[0] == '\0')
		table_blank(table, why);
	else
		table_field(table, TONE_PLAIN, "%s", text);
}

/* How the arm comes into the program: NULL where nothing says so. */
static const char *
arm_link(const dataset_arm_t *arm)
{
	if (strcmp(arm->kind, "glibc") == 0)
		return "the C library's";
	return json_string_value(json_object_get(arm->identity, "link"));
}

static void
arm_put(table_t *table, const dataset_t *data, size_t a, bool conf, bool linked)
{
	const dataset_arm_t *arm = &data->arms[a];
	const json_t *owner = malloc_owner(arm->identity);
	const char *file = sample_text(owner, "file");
	const char *id = sample_text(owner, "build_id");
	bool proven = arm->identity != NULL;
	char *options = options_text(arm->identity);
	char short_id[17];
	snprintf(short_id, sizeof(short_id), "%.16s",
	    id[0] != '\0' ? id : arm->build_id);
	table_row(table, a);
	table_field(table, TONE_PLAIN, "%s", arm->name);
	table_field(table, TONE_PLAIN, "%s", arm->kind);
	if (linked)
		put_or_blank(table, arm_link(arm) != NULL ? arm_link(arm) : "",
		    "no sample proved it");
	put_or_blank(table, file, "no sample proved it");
	put_or_blank(table, short_id,
	    proven ? "the file has none" : "no sample proved it");
	put_or_blank(table, sample_text(arm->identity, "version"),
	    proven ? "it answers no mallctl" : "no sample proved it");
	if (conf)
		table_field(table, TONE_PLAIN, "%s", arm->conf);
	put_or_blank(table, options,
	    proven ? "it answers no mallctl" : "no sample proved it");
	free(options);
}

void
provenance_arms(table_t *table, const dataset_t *data)
{
	static const char *const heads[] = {"allocator", "kind", "linked",
	    "owner of malloc", "build-id", "version", "MALLOC_CONF",
	    "options read back in its first sample"};
	bool conf = false;   /* any arm has options of its own */
	bool linked = false; /* any is not preloaded */
	for (size_t a = 0; a < data->narms; a++) {
		const dataset_arm_t *arm = &data->arms[a];
		const char *link = arm_link(arm);
		conf |= arm->conf[0] != '\0';
		linked |= link != NULL && strcmp(arm->kind, "glibc") != 0 &&
			  strcmp(link, "preload") != 0;
	}
	table_init(table, "Allocators");
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if ((conf || strcmp(heads[i], "MALLOC_CONF") != 0) &&
		    (linked || strcmp(heads[i], "linked") != 0))
			table_column(table, TABLE_LEFT, "%s", heads[i]);
	for (size_t a = 0; a < data->narms; a++)
		arm_put(table, data, a, conf, linked);
}

/* ---------------------------------------------------------------- gaps -- */

/* What one reason keeps from being measured. */
typedef struct gap_s gap_t;
struct gap_s {
	const char *reason;
	words_t metrics, arms, cells;
};

typedef struct gaps_s gaps_t;
struct gaps_s {
	gap_t *v;
	size_t n;
};

static void
add_once(words_t *words, const char *word)
{
	if (!words_contain(words, word))
		words_add(words, "%s", word);
}

static gap_t *
gap_of(gaps_t *gaps, const char *reason)
{
	/* How few they are stands under the tables. */
	if (strncmp(reason, "fewer than", 10) == 0)
		reason = "fewer than 10/(1-q) timed calls";
	for (size_t i = 0; i < gaps->n; i++)
		if (strcmp(gaps->v[i].reason, reason) == 0)
			return &gaps->v[i];
	gaps->v = reallocarray(gaps->v, gaps->n + 1, sizeof(*gaps->v));
	if (gaps->v == NULL)
		abort();
	gaps->v[gaps->n] = (gap_t){.reason = reason};
	return &gaps->v[gaps->n++];
}

/* No such sample was asked for: the capabilities say so, once. */
static bool
not_asked_for(
    const summary_t *summary, size_t cell, size_t arm, metric_source_t source)
{
	tally_t tally = dataset_tally(summary->data, cell, arm, source);
	return (source == FROM_CENSUS || source == FROM_HOTSPOTS) &&
	       tally.planned == 0 && tally.done == 0;
}

static void
gaps_collect(gaps_t *gaps, const summary_t *summary)
{
	const dataset_t *data = summary->data;
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t i = 0; i < data->cells[c].narms; i++)
			for (size_t m = 0; m < summary->nmetrics; m++) {
				size_t arm = data->cells[c].arms[i];
				const summary_value_t *v =
				    summary_value(summary, c, arm, m);
				bool gbench = v->metric->source == FROM_GBENCH;
				if (v->reason == NULL ||
				    not_asked_for(
					summary, c, arm, v->metric->source) ||
				    gbench != data->cells[c].gbench ||
				    summary_row(summary, c, arm)->failure ==
					v->reason)
					continue;
				gap_t *gap = gap_of(gaps, v->reason);
				add_once(&gap->metrics, v->metric->title);
				add_once(&gap->arms, data->arms[arm].name);
				add_once(&gap->cells, data->cells[c].name);
			}
}

/* All words, or "all 6" when it is all there are and they are many. */
static void
put_words(table_t *table, const words_t *words, size_t all)
{
	if (words->n == all && all > 2) {
		table_field(table, TONE_PLAIN, "all %zu", all);
		return;
	}
	char *text = words_join(words, ", ");
	table_field(table, TONE_PLAIN, "%s", text);
	free(text);
}

void
provenance_gaps(table_t *table, const summary_t *summary)
{
	gaps_t gaps = {0};
	gaps_collect(&gaps, summary);
	table_init(table, "What could not be measured, and why");
	table_column(table, TABLE_LEFT, "metric");
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_LEFT, "cell");
	table_column(table, TABLE_LEFT, "reason");
	for (size_t i = 0; i < gaps.n; i++) {
		gap_t *gap = &gaps.v[i];
		table_row(table, TABLE_NO_ARM);
		put_words(table, &gap->metrics, (size_t)-1);
		put_words(table, &gap->arms, summary->data->narms);
		put_words(table, &gap->cells, summary->data->ncells);
		table_field(table, TONE_PLAIN, "%s", gap->reason);
		words_release(&gap->metrics);
		words_release(&gap->arms);
		words_release(&gap->cells);
	}
	free(gaps.v);
}

/* ------------------------------------------------------------ warnings -- */

/* Warnings with the same beginning (up to the colon) are one row. */
typedef struct alert_s alert_t;
struct alert_s {
	const char *text; /* the first, in full */
	size_t samples;   /* 0: of the run */
	words_t cells;
};

typedef struct alerts_s alerts_t;
struct alerts_s {
	alert_t *v;
	size_t n;
};

static alert_t *
alert_of(alerts_t *alerts, const char *text)
{
	size_t id = strcspn(text, ":");
	for (size_t i = 0; i < alerts->n; i++)
		if (strncmp(alerts->v[i].text, text, id + 1) == 0)
			return &alerts->v[i];
	alerts->v = reallocarray(alerts->v, alerts->n + 1, sizeof(*alerts->v));
	if (alerts->v == NULL)
		abort();
	alerts->v[alerts->n] = (alert_t){.text = text};
	return &alerts->v[alerts->n++];
}

/* The run's own warnings stand each for itself. */
static void
run_warnings_put(table_t *table, const json_t *document)
{
	size_t i;
	json_t *text;
	json_array_foreach(json_object_get(document, "warnings"), i, text)
	{
		table_row(table, TABLE_NO_ARM);
		table_field(table, TONE_PLAIN, "run");
		table_field(table, TONE_PLAIN, "%s",
		    json_is_string(text) ? json_string_value(text) : "?");
	}
}

/* A run that was resumed on a machine that was set otherwise. */
static void
settings_warnings_put(table_t *table, const dataset_t *data)
{
	words_t differences = {0};
	json_t *states = machine_states_read(data->dir);
	machine_states_differ(data->store.machine, states, &differences);
	for (size_t i = 0; i < differences.n; i++) {
		table_row(table, TABLE_NO_ARM);
		table_field(table, TONE_PLAIN, "run");
		table_field(table, TONE_PLAIN, "%s", differences.v[i]);
	}
	words_release(&differences);
	json_decref(states);
}

void
provenance_warnings(table_t *table, const dataset_t *data)
{
	alerts_t alerts = {0};
	table_init(table, "Warnings");
	table_column(table, TABLE_LEFT, "where");
	table_column(table, TABLE_LEFT, "what and what to do");
	run_warnings_put(table, data->store.plan);
	run_warnings_put(table, data->store.machine);
	settings_warnings_put(table, data);
	for (size_t s = 0; s < data->nsamples; s++) {
		size_t i;
		json_t *text;
		json_array_foreach(
		    json_object_get(data->samples[s].line, "warnings"), i, text)
		{
			if (!json_is_string(text))
				continue;
			alert_t *alert =
			    alert_of(&alerts, json_string_value(text));
			alert->samples++;
			add_once(&alert->cells,
			    data->cells[data->samples[s].cell].name);
		}
	}
	for (size_t i = 0; i < alerts.n; i++) {
		alert_t *alert = &alerts.v[i];
		table_row(table, TABLE_NO_ARM);
		table_field(table, TONE_PLAIN,
		    "%zu of %zu samples, in %zu cell%s (%s%s)", alert->samples,
		    data->nsamples, alert->cells.n,
		    alert->cells.n == 1 ? "" : "s", alert->cells.v[0],
		    alert->cells.n == 1 ? "" : ", ...");
		table_field(table, TONE_PLAIN, "%s", alert->text);
		words_release(&alert->cells);
	}
	free(alerts.v);
}
