#include "capability.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lazyfree.h"
#include "stats.h"

/* What a capability's row says. */
typedef enum answer_e { NO, PARTLY, YES } answer_t;

static void
put(table_t *table, const char *what, answer_t answer, const char *how)
{
	static const char *const words[] = {
	    [NO] = "no", [PARTLY] = "partly", [YES] = "yes"};
	static const table_tone_t tones[] = {
	    [NO] = TONE_BAD, [PARTLY] = TONE_PLAIN, [YES] = TONE_GOOD};
	table_row(table, TABLE_NO_ARM);
	table_field(table, TONE_PLAIN, "%s", what);
	table_field(table, tones[answer], "%s", words[answer]);
	table_field(table, TONE_PLAIN, "%s", how);
}

static void
add_once(words_t *words, const char *word)
{
	if (!words_contain(words, word))
		words_add(words, "%s", word);
}

/* -------------------------------------------------------------- census -- */

/* How the calls are seen: as the machine says, else as a sample does. */
static const json_t *
census_of(const dataset_t *data)
{
	const json_t *census = json_object_get(data->store.machine, "census");
	for (size_t i = 0; i < data->nsamples && census == NULL; i++)
		census = json_object_get(data->samples[i].line, "census");
	return census;
}

static void
census_put(table_t *table, const dataset_t *data)
{
	const json_t *census = census_of(data);
	const char *method = sample_text(census, "method");
	const char *why = sample_text(census, "why");
	bool counted = method[0] != '\0' && strcmp(method, "none") != 0;
	char *how;
	if (!counted)
		how = text_copy(why[0] != '\0' ? why : "no census in the plan");
	else
		how = text_format("by %s%s%s", method,
		    why[0] != '\0' ? "; no tracepoints: " : "", why);
	put(table, "system calls of the allocators (census)",
	    counted ? YES : NO, how);
	free(how);
}

/* ------------------------------------------------------------ counters -- */

static const char *const hardware[] = {"cycles", "instructions",
    "branch_misses", "cache_misses", "dtlb_misses", NULL};
static const char *const software[] = {
    "task_clock_ns", "page_faults", "context_switches", "migrations", NULL};

static const json_t *
event_find(const json_t *events, const char *name)
{
	size_t i;
	json_t *event;
	json_array_foreach(events, i, event)
	{
		if (strcmp(sample_text(event, "event"), name) == 0)
			return event;
	}
	return NULL;
}

/* One of user and kernel side: "yes", or the reason why not. */
static bool
side_take(const json_t *event, const char *side, words_t *reasons)
{
	const char *text = sample_text(event, side);
	if (strcmp(text, "yes") == 0)
		return true;
	add_once(reasons, text[0] != '\0' ? text : "no reason is stated");
	return false;
}

static void
counters_put(table_t *table, const json_t *events, const char *what,
    const char *const *names)
{
	words_t counted = {0};
	words_t reasons = {0};
	bool all = true;
	for (size_t i = 0; names[i] != NULL; i++) {
		const json_t *event = event_find(events, names[i]);
		if (event == NULL) {
			add_once(&reasons, "machine.json does not state it");
			all = false;
			continue;
		}
		bool user = side_take(event, "user", &reasons);
		bool kernel = side_take(event, "kernel", &reasons);
		all &= user && kernel;
		if (user || kernel)
			words_add(&counted, "%s%s", names[i],
			    user && kernel ? ""
			    : user         ? " (user code only)"
					   : " (kernel code only)");
	}
	char *yes = words_join(&counted, ", ");
	char *why = words_join(&reasons, "; ");
	char *how = text_format("%s%s%s", yes,
	    yes[0] != '\0' && why[0] != '\0' ? "; the rest: " : "", why);
	put(table, what, all ? YES : counted.n > 0 ? PARTLY : NO, how);
	free(how);
	free(why);
	free(yes);
	words_release(&counted);
	words_release(&reasons);
}

/* ------------------------------------------------------------- metrics -- */

/* Which arms have a number of that name in any ok sample of the kind, and why
 * the others have none. Returns how many samples of the kind there are. */
static size_t
metric_search(const dataset_t *data, metric_source_t source, const char *name,
    words_t *arms, words_t *reasons)
{
	size_t n = 0;
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		double value;
		const char *why = NULL;
		if (!s->ok || s->source != source)
			continue;
		n++;
		if (sample_metric(s->line, name, &value, &why))
			add_once(arms, data->arms[s->arm].name);
		else if (why != NULL)
			add_once(reasons, why);
	}
	return n;
}

/* A capability that an arm has when its samples have the metric. */
static void
metric_put(table_t *table, const dataset_t *data, const char *what,
    metric_source_t source, const char *name, const char *none)
{
	words_t arms = {0};
	words_t reasons = {0};
	size_t n = metric_search(data, source, name, &arms, &reasons);
	char *yes = words_join(&arms, ", ");
	char *why = words_join(&reasons, "; ");
	char *how = n == 0 ? text_copy(none)
			   : text_format("%s%s%s", yes,
				 yes[0] != '\0' && why[0] != '\0'
				     ? "; not for the rest: "
				     : "",
				 why);
	put(table, what, arms.n > 0 ? YES : NO, how);
	free(how);
	free(why);
	free(yes);
	words_release(&arms);
	words_release(&reasons);
}

static bool
is_planned(const dataset_t *data, metric_source_t source)
{
	for (size_t i = 0; i < data->nplanned; i++)
		if (data->planned[i].source == source)
			return true;
	return false;
}

/* -------------------------------------------------------------- others -- */

/* Readings of smaps_rollup in the median sample of that kind; NaN: none was
 * observed. */
static double
rollups_median(const dataset_t *data, metric_source_t source)
{
	double *counts = text_memory(data->nsamples, sizeof(*counts));
	size_t n = 0;
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		const json_t *observer = json_object_get(s->line, "observer");
		if (s->ok && s->source == source && observer != NULL)
			counts[n++] =
			    (double)sample_number(observer, "rollups");
	}
	double median = stats_median(counts, n);
	free(counts);
	return median;
}

/* smaps_rollup alone tells LazyFree, and is dear to read. */
static void
rollup_put(table_t *table, const dataset_t *data)
{
	double time = rollups_median(data, FROM_TIME);
	double census = rollups_median(data, FROM_CENSUS);
	double most = fmax(time, census);
	char *how =
	    isnan(most)
		? text_copy("no sample was observed")
		: text_format("readings in the median sample: %.0f%s", most,
		      most == 0 ? ", they are too short or it cannot be read"
		      : most < LAZYFREE_READINGS_LEAST ? ", too few for a curve"
						       : "");
	put(table, "LazyFree (smaps_rollup)",
	    most >= LAZYFREE_READINGS_LEAST ? YES
	    : most > 0                      ? PARTLY
					    : NO,
	    how);
	free(how);
}

/* Peers that were measured, and those that might have been. */
static void
peers_put(table_t *table, const dataset_t *data)
{
	static const char id[] = "arm-missing: ";
	words_t there = {0};
	words_t missing = {0};
	size_t i;
	json_t *text;
	for (size_t a = 0; a < data->narms; a++)
		if (strcmp(data->arms[a].kind, "peer") == 0)
			words_add(&there, "%s", data->arms[a].name);
	json_array_foreach(
	    json_object_get(data->store.plan, "warnings"), i, text)
	{
		const char *said =
		    json_is_string(text) ? json_string_value(text) : "";
		const char *begin = strchr(said, '(');
		const char *end = strstr(said, "); ");
		if (strncmp(said, id, strlen(id)) == 0 && begin != NULL &&
		    end > begin)
			words_add(&missing, "%.*s", (int)(end - begin - 1),
			    begin + 1);
	}
	char *yes = words_join(&there, ", ");
	char *no = words_join(&missing, "; ");
	char *how = text_format("%s%s%s%s", yes,
	    yes[0] != '\0' && no[0] != '\0' ? "; " : "", no,
	    yes[0] == '\0' && no[0] == '\0' ? "none was asked for" : "");
	put(table, "other allocators to compare with", there.n > 0 ? YES : NO,
	    how);
	free(how);
	free(no);
	free(yes);
	words_release(&there);
	words_release(&missing);
}

/* ----------------------------------------------------- noise and placement --
 */

/* What is counted of the machine while a sample runs, and what of it cannot
 * be, from the first ok sample that states it. */
static void
noise_put(table_t *table, const dataset_t *data)
{
	const json_t *noise = NULL;
	words_t counted = {0};
	words_t reasons = {0};
	const char *name;
	json_t *value;
	for (size_t i = 0; i < data->nsamples && noise == NULL; i++)
		if (data->samples[i].ok && data->samples[i].source == FROM_TIME)
			noise = json_object_get(data->samples[i].line, "noise");
	json_object_foreach((json_t *)(uintptr_t)noise, name, value)
	{
		if (json_is_number(value))
			words_add(&counted, "%s", name);
		else
			add_once(&reasons, sample_text(value, "unsupported"));
	}
	char *yes = words_join(&counted, ", ");
	char *why = words_join(&reasons, "; ");
	char *how = noise == NULL
			? text_copy("no time sample states it")
			: text_format("%s%s%s", yes,
			      why[0] != '\0' ? "; not the rest: " : "", why);
	put(table, "noise of the machine, in each sample",
	    counted.n == 0   ? NO
	    : reasons.n == 0 ? YES
			     : PARTLY,
	    how);
	free(how);
	free(why);
	free(yes);
	words_release(&counted);
	words_release(&reasons);
}

/* Plans of before say nothing: then nothing was bound. */
static void
placement_put(table_t *table, const dataset_t *data)
{
	const json_t *pin = json_object_get(data->store.plan, "pin");
	const char *bind = sample_text(pin, "bind");
	const char *thp = sample_text(pin, "thp");
	bool pinned = strcmp(sample_text(pin, "cpus"), "cpus") == 0;
	bool bound = bind[0] != '\0' && strcmp(bind, "none") != 0;
	bool huge = thp[0] != '\0' && strcmp(thp, "inherit") != 0;
	char *any = text_format("samples run on any of the %d CPUs allowed, "
				"as programs do; the scheduler places them",
	    (int)sample_number(data->store.machine, "ncpu"));
	char *node =
	    text_format("node %s; policy read back in each sample", bind);
	char *pages =
	    text_format("%s, by prctl; read back in each sample", thp);
	put(table, "pinning to CPUs", pinned ? YES : NO,
	    pinned ? "as many CPUs as threads, physical cores first; read back "
		     "in each sample"
		   : any);
	put(table, "memory bound to a node", bound ? YES : NO,
	    bound ? node : "not asked for (ebb run --bind)");
	put(table, "huge pages set for the samples", huge ? YES : NO,
	    huge ? pages : "not asked for (ebb run --thp): as the machine is");
	free(any);
	free(node);
	free(pages);
}

/* What of the machine is unknown, though numbers depend on it. */
static void
machine_put(table_t *table, const dataset_t *data)
{
	static const char *const keys[] = {"governor", "turbo", "smt",
	    "clocksource", "thp", "aslr", "mitigations", "numa", "buddyinfo"};
	const json_t *machine = data->store.machine;
	const json_t *group = json_object_get(machine, "cgroup");
	words_t unknown = {0};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const json_t *value = json_object_get(machine, keys[i]);
		if (value == NULL || json_is_null(value))
			words_add(&unknown, "%s", keys[i]);
	}
	char *all = words_join(&unknown, ", ");
	char *how = text_format("%s%s", unknown.n > 0 ? "not shown here: " : "",
	    unknown.n > 0 ? all : "all known");
	put(table, "settings of the machine", unknown.n == 0 ? YES : PARTLY,
	    how);
	bool grouped =
	    json_array_size(json_object_get(group, "controllers")) > 0;
	put(table, "control groups (quota, limits)", grouped ? YES : NO,
	    grouped ? json_is_true(json_object_get(group, "writable"))
			  ? "read, and writable"
			  : "read; not writable, so no limit can be set"
		    : "none with a cpu or memory controller is shown here");
	free(how);
	free(all);
	words_release(&unknown);
}

void
capability_table(
    table_t *table, const summary_t *summary, const words_t *troubles)
{
	const dataset_t *data = summary->data;
	const json_t *events = json_object_get(data->store.machine, "counters");
	table_init(table, "What this run could measure");
	table_column(table, TABLE_LEFT, "capability");
	table_column(table, TABLE_LEFT, "here");
	table_column(table, TABLE_LEFT, "how, or why not");
	census_put(table, data);
	counters_put(table, events, "hardware counters", hardware);
	counters_put(table, events, "software counters", software);
	metric_put(table, data, "functions (perf record)", FROM_HOTSPOTS,
	    "allocator_share",
	    is_planned(data, FROM_HOTSPOTS)
		? "no such sample gave numbers"
		: "not asked for (ebb run --profile)");
	rollup_put(table, data);
	metric_put(table, data, "allocators' own counters (statistics page)",
	    FROM_TIME, "npurge", "no time sample gave numbers");
	peers_put(table, data);
	noise_put(table, data);
	machine_put(table, data);
	placement_put(table, data);
	if (troubles != NULL)
		put(table, "figures (gnuplot)", troubles->n == 0 ? YES : NO,
		    troubles->n == 0 ? "drawn" : troubles->v[0]);
}

char *
capability_cost(const dataset_t *data)
{
	double cpu = 0;
	double all = 0;
	double worst = 0;
	const char *where = "";
	for (size_t i = 0; i < data->nsamples; i++) {
		const json_t *line = data->samples[i].line;
		double used = (double)sample_number(
		    json_object_get(line, "observer"), "cpu_ns");
		double time = (double)(sample_number(line, "t_end_ns") -
				       sample_number(line, "t_begin_ns"));
		if (data->samples[i].source != FROM_TIME || used <= 0 ||
		    time <= 0)
			continue;
		cpu += used;
		all += time;
		if (used / time > worst) {
			worst = used / time;
			where = sample_text(line, "id");
		}
	}
	if (all <= 0)
		return text_copy("What sampling cost is not stated by any "
				 "time sample.");
	return text_format("Sampling used %.2f %% of the time samples' time "
			   "(at most %.2f %%, in %s).",
	    100 * cpu / all, 100 * worst, where);
}
