#include "compared.h"

#include <stdlib.h>
#include <string.h>

/* True when the plan wants a verdict on it; without a word of the plan, the
 * table decides. */
static bool
is_primary(const dataset_t *data, const metric_t *metric)
{
	size_t i;
	json_t *name;
	const json_t *names = json_object_get(data->store.plan, "primary");
	json_array_foreach(names, i, name)
	{
		if (json_is_string(name) &&
		    strcmp(json_string_value(name), metric->name) == 0)
			return true;
	}
	return json_array_size(names) == 0 && metric->primary;
}

static void
list_add(metric_t **list, size_t *n, const metric_t *metric)
{
	*list = reallocarray(*list, *n + 1, sizeof(**list));
	if (*list == NULL)
		abort();
	(*list)[(*n)++] = *metric;
}

/* Adds those of a table that are primary or wanted. */
static void
list_add_table(metric_t **list, size_t *n, const dataset_t *data,
    const metric_t *table, size_t count, const words_t *wanted)
{
	for (size_t m = 0; m < count; m++) {
		metric_t metric = table[m];
		if (!metric.primary)
			metric.subject = metric_subject(&metric);
		metric.primary = is_primary(data, &metric);
		if (metric.primary || words_contain(wanted, metric.name))
			list_add(list, n, &metric);
	}
}

static size_t
list_benchmarks(const dataset_t *data, size_t cell, size_t arm, metric_t **list)
{
	size_t n = 0;
	words_t seen = {0};
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		const char *name;
		json_t *value;
		metric_t gbench;
		if (s->cell != cell || s->arm != arm)
			continue;
		json_object_foreach(
		    json_object_get(s->line, "metrics"), name, value)
		{
			if (metric_lookup(name, &gbench) != &gbench ||
			    words_contain(&seen, name))
				continue;
			words_add(&seen, "%s", name);
			list_add(list, &n, &gbench);
		}
	}
	words_release(&seen);
	return n;
}

size_t
compared_metrics(const dataset_t *data, size_t cell, size_t arm,
    const words_t *wanted, metric_t **list)
{
	const guest_t *guest = data->cells[cell].guest;
	size_t n = 0;
	*list = NULL;
	if (data->cells[cell].gbench)
		return list_benchmarks(data, cell, arm, list);
	list_add_table(list, &n, data, metrics, metrics_count, wanted);
	if (guest != NULL)
		list_add_table(
		    list, &n, data, guest->metrics, guest->nmetrics, wanted);
	return n;
}

size_t
compared_title(const char *title)
{
	const char *how = strstr(title, "/iterations:");
	return how == NULL ? strlen(title) : (size_t)(how - title);
}
