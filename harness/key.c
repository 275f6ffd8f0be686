#include "key.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

/* Memory that differs by less is of one class: what the kernel keeps of it
 * differs with its configuration. */
#define MEMORY_TOLERANCE 0.1

typedef enum key_from_e { FROM_MACHINE, FROM_LSCPU, FROM_PLAN } key_from_t;

/* What is compared of a run as a whole. A further one is a row. */
static const struct key_row_s {
	const char *title;
	key_from_t from;
	const char *path;   /* names with dots between; of lscpu: the field */
	const char *absent; /* what it was where it is not written down; NULL:
			     * unknown, which is no difference */
	double tolerance;   /* above 0: bytes, equal within this share */
} key_rows[] = {
    {"architecture", FROM_MACHINE, "architecture", NULL, 0},
    {"CPU", FROM_MACHINE, "cpu_model", NULL, 0},
    {"CPU family", FROM_LSCPU, "CPU family:", NULL, 0},
    {"CPU model number", FROM_LSCPU, "Model:", NULL, 0},
    {"CPU stepping", FROM_LSCPU, "Stepping:", NULL, 0},
    {"threads of a core", FROM_LSCPU, "Thread(s) per core:", NULL, 0},
    {"L2 cache", FROM_LSCPU, "L2 cache:", NULL, 0},
    {"L3 cache", FROM_LSCPU, "L3 cache:", NULL, 0},
    {"NUMA nodes", FROM_LSCPU, "NUMA node(s):", NULL, 0},
    {"hypervisor", FROM_LSCPU, "Hypervisor vendor:", NULL, 0},
    {"CPUs", FROM_MACHINE, "ncpu", NULL, 0},
    {"memory", FROM_MACHINE, "memory_bytes", NULL, MEMORY_TOLERANCE},
    {"page size", FROM_MACHINE, "page_size", NULL, 0},
    {"kernel", FROM_MACHINE, "kernel", NULL, 0},
    {"kernel build", FROM_MACHINE, "kernel_version", NULL, 0},
    {"transparent huge pages", FROM_MACHINE, "thp", NULL, 0},
    {"defragmentation for huge pages", FROM_MACHINE, "thp_defrag", NULL, 0},
    {"same-page merging", FROM_MACHINE, "ksm", NULL, 0},
    {"NUMA balancing", FROM_MACHINE, "numa_balancing", NULL, 0},
    {"address randomisation", FROM_MACHINE, "aslr", NULL, 0},
    {"max_map_count", FROM_MACHINE, "max_map_count", NULL, 0},
    {"limit of address space", FROM_MACHINE, "address_space_limit", NULL, 0},
    {"overcommit", FROM_MACHINE, "overcommit", NULL, 0},
    {"turbo", FROM_MACHINE, "turbo", NULL, 0},
    {"SMT", FROM_MACHINE, "smt", NULL, 0},
    {"isolated CPUs", FROM_MACHINE, "cpus_isolated", NULL, 0},
    {"governor", FROM_MACHINE, "governor", NULL, 0},
    {"clock source", FROM_MACHINE, "clocksource", NULL, 0},
    {"memory limit of the cgroup", FROM_MACHINE, "cgroup_memory_max", NULL, 0},
    {"CPU quota of the cgroup", FROM_MACHINE, "cgroup.cpus", NULL, 0},
    {"/etc/malloc.conf", FROM_MACHINE, "malloc_conf_symlink", NULL, 0},
    {"glibc", FROM_MACHINE, "glibc", NULL, 0},
    {"compiler", FROM_MACHINE, "compiler", NULL, 0},
    {"CPUs of samples", FROM_PLAN, "pin.cpus", "none", 0},
    {"memory node of samples", FROM_PLAN, "pin.bind", "none", 0},
    {"huge pages of samples", FROM_PLAN, "pin.thp", "inherit", 0},
};

/* --------------------------------------------------------------- values -- */

static const json_t *
json_at(const json_t *document, const char *path)
{
	words_t names = {0};
	words_split(&names, path, '.');
	for (size_t i = 0; i < names.n; i++)
		document = json_object_get(document, names.v[i]);
	words_release(&names);
	return document;
}

/* Later versions of lscpu nest their fields. */
static const json_t *
lscpu_field(const json_t *rows, const char *field)
{
	size_t i;
	json_t *row;
	json_array_foreach(rows, i, row)
	{
		if (strcmp(sample_text(row, "field"), field) == 0)
			return json_object_get(row, "data");
		const json_t *within =
		    lscpu_field(json_object_get(row, "children"), field);
		if (within != NULL)
			return within;
	}
	return NULL;
}

/* A value in words; NULL when it is not written down. */
static char *
value_words(const json_t *value)
{
	if (value == NULL)
		return NULL;
	if (json_is_null(value))
		return text_copy("none");
	if (json_is_string(value))
		return text_copy(json_string_value(value));
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	return text;
}

static const json_t *
row_value(const struct key_row_s *row, const samples_t *run)
{
	const json_t *lscpu = json_at(run->machine, "lscpu.lscpu");
	switch (row->from) {
	case FROM_MACHINE:
		return json_at(run->machine, row->path);
	case FROM_LSCPU:
		return lscpu_field(lscpu, row->path);
	case FROM_PLAN:
		return json_at(run->plan, row->path);
	}
	return NULL;
}

/* A text that a run has, or had when it was not yet written down. */
static char *
row_words(const struct key_row_s *row, const samples_t *run)
{
	char *text = value_words(row_value(row, run));
	if (text == NULL && row->absent != NULL)
		text = text_copy(row->absent);
	return text;
}

static void
row_compare(const struct key_row_s *row, const samples_t *a, const samples_t *b,
    words_t *differences)
{
	char *x = row_words(row, a);
	char *y = row_words(row, b);
	if (row->tolerance > 0) {
		char text[2][UNITS_MAX];
		double p = json_number_value(row_value(row, a));
		double q = json_number_value(row_value(row, b));
		if (p > 0 && q > 0 && fabs(log(p / q)) > log1p(row->tolerance))
			words_add(differences, "%s %s against %s", row->title,
			    unit_format(text[0], p, UNIT_BYTES),
			    unit_format(text[1], q, UNIT_BYTES));
	} else if (x != NULL && y != NULL && strcmp(x, y) != 0) {
		words_add(differences, "%s %s against %s", row->title, x, y);
	}
	free(x);
	free(y);
}

/* What the kernel does about faults of the CPU costs every entry into it. */
static void
mitigations_compare(
    const samples_t *a, const samples_t *b, words_t *differences)
{
	static const char prefix[] = "Vulnerability ";
	size_t i;
	json_t *row;
	const json_t *other = json_at(b->machine, "lscpu.lscpu");
	json_array_foreach(json_at(a->machine, "lscpu.lscpu"), i, row)
	{
		const char *field = sample_text(row, "field");
		const char *there =
		    json_string_value(lscpu_field(other, field));
		if (strncmp(field, prefix, strlen(prefix)) == 0 &&
		    there != NULL &&
		    strcmp(there, sample_text(row, "data")) != 0)
			words_add(differences, "%s %s against %s",
			    field + strlen(prefix), sample_text(row, "data"),
			    there);
	}
}

/* The build of the C library, which is an arm of most plans. */
static const char *
libc_build(const samples_t *run)
{
	size_t i;
	json_t *arm;
	json_array_foreach(json_object_get(run->plan, "arms"), i, arm)
	{
		if (strcmp(sample_text(arm, "kind"), "glibc") == 0)
			return sample_text(arm, "build_id");
	}
	return "";
}

size_t
key_compare(const samples_t *a, const samples_t *b, words_t *differences)
{
	size_t before = differences->n;
	if (a->machine == NULL || b->machine == NULL)
		words_add(differences,
		    "%s machine.json is missing, so nothing says that the "
		    "machine is the same",
		    a->machine != NULL   ? "the second run's"
		    : b->machine != NULL ? "the first run's"
					 : "both runs'");
	for (size_t i = 0; i < sizeof(key_rows) / sizeof(*key_rows); i++)
		row_compare(&key_rows[i], a, b, differences);
	mitigations_compare(a, b, differences);
	const char *x = libc_build(a);
	const char *y = libc_build(b);
	if (x[0] != '\0' && y[0] != '\0' && strcmp(x, y) != 0)
		words_add(
		    differences, "build of glibc %.12s against %.12s", x, y);
	return differences->n - before;
}

/* ----------------------------------------------------------------- work -- */

/* Parameters that say nothing of the work: they are drawn, or limits. */
static const char *const params_aside[] = {
    "seed", "mem-limit", "check", "latency"};

static const json_t *
plan_cell(const samples_t *run, const char *cell)
{
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(run->plan, "cells"), i, row)
	{
		if (strcmp(sample_text(row, "cell"), cell) == 0)
			return row;
	}
	return NULL;
}

/* The record of the cell's first time sample after line *at that has one;
 * NULL when there is no more. *at moves behind it. */
static const json_t *
next_record(const samples_t *run, const char *cell, size_t *at)
{
	while (*at < json_array_size(run->lines)) {
		const json_t *line = json_array_get(run->lines, (*at)++);
		const json_t *record = json_object_get(line, "record");
		if (json_is_object(record) && sample_ok(line) &&
		    strcmp(sample_text(line, "cell"), cell) == 0 &&
		    strcmp(sample_text(line, "kind"), "time") == 0)
			return record;
	}
	return NULL;
}

/* What differs between two values, in words; NULL: nothing, or one of them is
 * not written down. */
static char *
field_compare(const char *title, const json_t *a, const json_t *b)
{
	char *x = value_words(a);
	char *y = value_words(b);
	char *words = x != NULL && y != NULL && strcmp(x, y) != 0
			  ? text_format("%s %s against %s", title, x, y)
			  : NULL;
	free(x);
	free(y);
	return words;
}

static char *
params_compare(const json_t *a, const json_t *b)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)a, name, value)
	{
		bool aside = false;
		for (size_t i = 0;
		     i < sizeof(params_aside) / sizeof(*params_aside); i++)
			aside |= strcmp(params_aside[i], name) == 0;
		char *words = aside ? NULL
				    : field_compare(name, value,
					  json_object_get(b, name));
		if (words != NULL)
			return words;
	}
	return NULL;
}

/*
 * Compares the checksums of samples that have the same seed. *proven becomes
 * true when there is such a pair.
 */
static char *
checksums_compare(
    const samples_t *a, const samples_t *b, const char *cell, bool *proven)
{
	char *words = NULL;
	json_t *of_seed = json_object();
	const json_t *record;
	for (size_t at = 0; (record = next_record(a, cell, &at)) != NULL;) {
		char *seed = value_words(json_object_get(record, "seed"));
		if (seed != NULL)
			json_object_set(
			    of_seed, seed, json_object_get(record, "checksum"));
		free(seed);
	}
	for (size_t at = 0;
	     words == NULL && (record = next_record(b, cell, &at)) != NULL;) {
		char *seed = value_words(json_object_get(record, "seed"));
		const json_t *there =
		    seed == NULL ? NULL : json_object_get(of_seed, seed);
		if (there != NULL) {
			*proven = true;
			words = field_compare("checksum of the operations",
			    there, json_object_get(record, "checksum"));
		}
		free(seed);
	}
	json_decref(of_seed);
	return words;
}

/* What the plans say of the cell. */
static char *
planned_compare(const json_t *a, const json_t *b)
{
	static const struct {
		const char *key, *title;
	} rows[] = {{"args", "arguments"}, {"conf", "options"},
	    {"threads", "threads"}, {"program", "program"}};
	char *words = NULL;
	for (size_t i = 0; words == NULL && i < sizeof(rows) / sizeof(*rows);
	     i++)
		words = field_compare(rows[i].title,
		    json_object_get(a, rows[i].key),
		    json_object_get(b, rows[i].key));
	return words;
}

char *
key_work_compare(const samples_t *a, const samples_t *b, const char *cell)
{
	size_t at[2] = {0, 0};
	bool proven = false;
	char *words = planned_compare(plan_cell(a, cell), plan_cell(b, cell));
	if (words == NULL)
		words = params_compare(
		    json_object_get(next_record(a, cell, &at[0]), "params"),
		    json_object_get(next_record(b, cell, &at[1]), "params"));
	if (words == NULL)
		words = checksums_compare(a, b, cell, &proven);
	const char *x = sample_text(a->plan, "workload_build_id");
	const char *y = sample_text(b->plan, "workload_build_id");
	bool program = json_object_get(plan_cell(b, cell), "program") != NULL;
	if (words != NULL || proven || program || strcmp(x, y) == 0)
		return words;
	return text_format(
	    "workload program %.12s against %.12s, and no samples of one seed "
	    "that prove the operations to be the same (ebb run --seed)",
	    x[0] != '\0' ? x : "unknown", y[0] != '\0' ? y : "unknown");
}
