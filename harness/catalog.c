#include "catalog.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "launch.h"

#define LIST_TIMEOUT_MS 10000

static char *
text_member(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));
	return text_copy(value == NULL ? "" : value);
}

static void
words_member(words_t *words, const json_t *object, const char *key)
{
	size_t i;
	json_t *value;
	json_array_foreach(json_object_get(object, key), i, value)
	{
		if (json_is_string(value))
			words_add(words, "%s", json_string_value(value));
	}
}

static void
row_add_case(catalog_row_t *row, const json_t *json, bool more)
{
	row->cases =
	    realloc(row->cases, (row->ncases + 1) * sizeof(*row->cases));
	if (row->cases == NULL)
		abort();
	catalog_case_t *new = &row->cases[row->ncases++];
	*new =
	    (catalog_case_t){.name = text_member(json, "case"), .more = more};
	words_member(&new->args, json, "args");
}

static void
row_parse(catalog_row_t *row, const json_t *json)
{
	char *threads = text_member(json, "threads");
	size_t i;
	json_t *element;
	row->name = text_member(json, "name");
	row->summary = text_member(json, "summary");
	row->shows = text_member(json, "shows");
	row->threads_max = strcmp(threads, "1") == 0 ? 1 : UINT_MAX;
	row->threads_even = strcmp(threads, "even") == 0;
	row->latency = json_is_true(json_object_get(json, "latency"));
	row->parameters = json_incref(json_object_get(json, "params"));
	words_member(&row->arms, json, "arms");
	words_member(&row->smoke, json, "smoke");
	words_member(&row->defaults, json, "default");
	json_array_foreach(json_object_get(json, "cases"), i, element)
	    row_add_case(row, element, false);
	json_array_foreach(json_object_get(json, "more_cases"), i, element)
	    row_add_case(row, element, true);
	if (row->ncases == 0)
		row_add_case(row, NULL, false);
	free(threads);
}

bool
catalog_parse(catalog_t *catalog, const char *text, fault_t *fault)
{
	*catalog = (catalog_t){0};
	words_t lines = {0};
	words_split(&lines, text, '\n');
	bool failed =
	    lines.n == 0 &&
	    fault_set(fault, "the workload program lists no workloads");
	catalog->v = text_memory(lines.n, sizeof(*catalog->v));
	for (size_t i = 0; i < lines.n && !failed; i++) {
		json_error_t error;
		json_t *json = json_loads(lines.v[i], 0, &error);
		if (!json_is_string(json_object_get(json, "name")))
			failed = fault_set(fault,
			    "the workload program's list is not understood: "
			    "line %zu: %s; build both anew with 'make "
			    "workloads harness'",
			    i + 1, json == NULL ? error.text : "no name");
		else
			row_parse(&catalog->v[catalog->n++], json);
		json_decref(json);
	}
	words_release(&lines);
	return failed;
}

bool
catalog_find(catalog_t *catalog, const place_t *place, fault_t *fault)
{
	words_t argv = {0};
	words_add(&argv, "%s", place->workload);
	words_add(&argv, "--list=json");
	*catalog = (catalog_t){0};
	char *text = launch_output(&argv, LIST_TIMEOUT_MS, fault);
	bool failed = text == NULL || catalog_parse(catalog, text, fault);
	free(text);
	return failed;
}

const catalog_row_t *
catalog_lookup(const catalog_t *catalog, const char *workload)
{
	for (size_t i = 0; i < catalog->n; i++)
		if (strcmp(catalog->v[i].name, workload) == 0)
			return &catalog->v[i];
	return NULL;
}

const char *
catalog_default(const catalog_row_t *row, const char *key)
{
	size_t i;
	json_t *parameter;
	json_array_foreach(row->parameters, i, parameter)
	{
		const char *name =
		    json_string_value(json_object_get(parameter, "key"));
		if (name != NULL && strcmp(name, key) == 0)
			return json_string_value(
			    json_object_get(parameter, "default"));
	}
	return NULL;
}

static void
row_release(catalog_row_t *row)
{
	for (size_t i = 0; i < row->ncases; i++) {
		free(row->cases[i].name);
		words_release(&row->cases[i].args);
	}
	free(row->cases);
	free(row->name);
	free(row->summary);
	free(row->shows);
	words_release(&row->arms);
	words_release(&row->smoke);
	words_release(&row->defaults);
	json_decref(row->parameters);
}

void
catalog_release(catalog_t *catalog)
{
	for (size_t i = 0; i < catalog->n; i++)
		row_release(&catalog->v[i]);
	free(catalog->v);
	*catalog = (catalog_t){0};
}
