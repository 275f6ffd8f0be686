/*
 * The driver build/workload: runs one workload of the registry in this
 * process and writes one record. README.md says what the workloads are.
 */
#include "jsonline.h"
#include "record.h"
#include "registry.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

static run_t the_run;

static int
usage(FILE *to)
{
	fputs(
	    "usage: workload NAME [--key=value ...]\n"
	    "       workload NAME --help     the keys of a workload\n"
	    "       workload --list[=json]   the workloads\n"
	    "Writes one line of JSON to stdout, or to the descriptor in\n"
	    "EBB_RECORD_FD; shows phases and live bytes in the memory of the\n"
	    "descriptor in EBB_LIVE_FD. Exit code: 0 done, 1 the system\n"
	    "refused something, 2 unknown name, key or bad value, 3 check\n"
	    "mode found damaged contents.\n",
	    to);
	return to == stdout ? RUN_OK : RUN_USAGE;
}

static int
list_table(void)
{
	for (size_t i = 0; i < registry_count; i++) {
		const workload_t *w = registry[i];
		printf("%-18s %s\n", w->name, w->summary);
		printf("%-18s   threads %s; cases", "",
		    registry_threads(w->threads));
		for (const workload_case_t *c = w->cases; c->name != NULL; c++)
			printf(" %s", c->name);
		printf("\n%-18s   tells apart %s\n", "", w->arms);
	}
	return RUN_OK;
}

/* "key":["word","word"] from words with spaces between. */
static void
list_words(jsonline_t *json, const char *key, const char *words)
{
	jsonline_key(json, key);
	jsonline_open(json, '[');
	while (*words != '\0') {
		char word[PARAM_TEXT_MAX];
		size_t length = strcspn(words, " ");
		snprintf(word, sizeof(word), "%.*s", (int)length, words);
		if (length != 0)
			jsonline_str(json, word);
		words += length + (words[length] == ' ');
	}
	jsonline_close(json, ']');
}

/* The cases of the default plan, or the others. */
static void
list_cases(jsonline_t *json, const char *key, const workload_t *w, bool more)
{
	jsonline_key(json, key);
	jsonline_open(json, '[');
	for (const workload_case_t *c = w->cases; c->name != NULL; c++) {
		if (c->more != more)
			continue;
		jsonline_open(json, '{');
		jsonline_key_str(json, "case", c->name);
		list_words(json, "args", c->args);
		jsonline_close(json, '}');
	}
	jsonline_close(json, ']');
}

static void
list_params(jsonline_t *json, const params_t *params)
{
	jsonline_key(json, "params");
	jsonline_open(json, '[');
	for (unsigned i = 0; i < params->n; i++) {
		const param_t *row = params_row(params, i);
		jsonline_open(json, '{');
		jsonline_key_str(json, "key", row->key);
		jsonline_key_str(json, "default", row->value);
		jsonline_key_str(json, "help", row->help);
		jsonline_close(json, '}');
	}
	jsonline_close(json, ']');
}

static void
list_workload(jsonline_t *json, const workload_t *w, const params_t *params)
{
	jsonline_open(json, '{');
	jsonline_key_str(json, "name", w->name);
	jsonline_key_str(json, "summary", w->summary);
	list_params(json, params);
	list_words(json, "arms", w->arms);
	jsonline_key_str(json, "shows", w->shows);
	jsonline_key_str(json, "op", w->op);
	jsonline_key_str(json, "threads", registry_threads(w->threads));
	list_cases(json, "cases", w, false);
	list_cases(json, "more_cases", w, true);
	list_words(json, "smoke", w->smoke);
	list_words(json, "default", w->defaults);
	jsonline_key(json, "latency");
	jsonline_bool(json, w->latency);
	jsonline_key_str(json, "timed", w->timed != NULL ? w->timed : "call");
	jsonline_close(json, '}');
}

static int
list_json(void)
{
	for (size_t i = 0; i < registry_count; i++) {
		jsonline_t json;
		params_t *params = &the_run.params;
		char *err = the_run.error;
		if (!params_init(params, registry[i]->name, registry[i]->params,
			err, sizeof(the_run.error)) ||
		    !jsonline_init(&json, 1u << 16)) {
			fprintf(stderr, "workload: --list: %s\n", err);
			return RUN_FAILED;
		}
		list_workload(&json, registry[i], params);
		int error = jsonline_write(&json, 1);
		jsonline_release(&json);
		if (error != 0) {
			fprintf(
			    stderr, "workload: --list: %s\n", strerror(error));
			return RUN_FAILED;
		}
	}
	return RUN_OK;
}

static int
help_workload(const workload_t *w)
{
	params_t *params = &the_run.params;
	char *err = the_run.error;
	if (!params_init(
		params, w->name, w->params, err, sizeof(the_run.error))) {
		fprintf(stderr, "workload: %s\n", err);
		return RUN_FAILED;
	}
	printf("%s: %s\n%s\nOne op is a %s. Threads: %s.\nKeys:\n", w->name,
	    w->summary, w->shows, w->op, registry_threads(w->threads));
	for (unsigned i = 0; i < params->n; i++) {
		const param_t *row = params_row(params, i);
		printf("  --%s=%s%s%s%s\n      %s\n", row->key, row->value,
		    row->words != NULL ? "  (" : "",
		    row->words != NULL ? row->words : "",
		    row->words != NULL ? ")" : "", row->help);
	}
	printf("Cases:\n");
	for (const workload_case_t *c = w->cases; c->name != NULL; c++)
		printf("  %-14s %s\n", c->name, c->args);
	return RUN_OK;
}

static int
unknown_workload(const char *name)
{
	fprintf(
	    stderr, "workload: no workload is called \"%s\"; there are:", name);
	for (size_t i = 0; i < registry_count; i++)
		fprintf(stderr, " %s", registry[i]->name);
	fputc('\n', stderr);
	return RUN_USAGE;
}

/* Runs it and writes the record, also when the check failed. */
static int
run_workload(const workload_t *w, unsigned argc, char *const *argv)
{
	char err[256];
	int fd = record_fd(err, sizeof(err));
	if (fd < 0) {
		fprintf(stderr, "workload: %s\n", err);
		return RUN_FAILED;
	}
	int status = run_open(&the_run, w, argc, argv);
	if (status == RUN_OK)
		status = run_execute(&the_run);
	if (status != RUN_OK)
		fprintf(stderr, "workload: %s\n", the_run.error);
	if (status == RUN_OK || status == RUN_DAMAGED) {
		int error = record_write(&the_run, fd);
		if (error != 0) {
			fprintf(stderr,
			    "workload: cannot write the record to "
			    "descriptor %d: %s\n",
			    fd, strerror(error));
			status = RUN_FAILED;
		}
	}
	run_close(&the_run);
	return status;
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout);
	if (strcmp(argv[1], "--list") == 0)
		return list_table();
	if (strcmp(argv[1], "--list=json") == 0)
		return list_json();
	const workload_t *w = registry_lookup(argv[1]);
	if (w == NULL)
		return unknown_workload(argv[1]);
	if (argc == 3 && strcmp(argv[2], "--help") == 0)
		return help_workload(w);
	return run_workload(w, (unsigned)argc - 2, argv + 2);
}
