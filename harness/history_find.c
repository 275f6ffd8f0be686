#include "history_find.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static bool
is_run(const char *dir)
{
	static const char *const files[] = {"plan.json", "samples.jsonl"};
	bool found = false;
	for (size_t i = 0; i < 2; i++) {
		char *path = text_format("%s/%s", dir, files[i]);
		found |= access(path, F_OK) == 0;
		free(path);
	}
	return found;
}

static void
run_release(history_run_t *run)
{
	free(run->dir);
	free(run->utc);
	free(run->commit);
}

void
history_drop(history_t *history, size_t i, const char *reason, ...)
{
	va_list args;
	char *why;
	va_start(args, reason);
	if (vasprintf(&why, reason, args) < 0)
		abort();
	va_end(args);
	words_add(&history->left_out, "%s: %s", history->runs[i].name, why);
	free(why);
	run_release(&history->runs[i]);
	memmove(&history->runs[i], &history->runs[i + 1],
	    (--history->nruns - i) * sizeof(*history->runs));
}

/* True when it is in the list already. */
static bool
known(const history_t *history, const char *dir)
{
	struct stat a, b;
	if (stat(dir, &a) != 0)
		return false;
	for (size_t i = 0; i < history->nruns; i++)
		if (stat(history->runs[i].dir, &b) == 0 &&
		    a.st_ino == b.st_ino && a.st_dev == b.st_dev)
			return true;
	return false;
}

/* Adds the run; takes dir over. */
static void
run_add(history_t *history, char *dir)
{
	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/';)
		dir[--n] = '\0';
	if (known(history, dir)) {
		free(dir);
		return;
	}
	history->runs = reallocarray(
	    history->runs, history->nruns + 1, sizeof(*history->runs));
	if (history->runs == NULL)
		abort();
	char *path = text_format("%s/plan.json", dir);
	json_t *plan = json_load_file(path, 0, NULL);
	history->runs[history->nruns++] = (history_run_t){.dir = dir,
	    .name = last_part(dir),
	    .utc = text_copy(sample_text(plan, "created_utc")),
	    .commit = text_copy("")};
	json_decref(plan);
	free(path);
}

/* Adds the run that path is, or those in it. */
static bool
path_add(history_t *history, const char *path, fault_t *fault)
{
	if (is_run(path)) {
		run_add(history, text_copy(path));
		return false;
	}
	DIR *folder = opendir(path);
	if (folder == NULL)
		return fault_set_errno(fault,
		    "cannot read the history '%s' (a run's folder, or one that "
		    "holds runs)",
		    path);
	struct dirent *entry;
	while ((entry = readdir(folder)) != NULL) {
		char *dir = text_format("%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.' && is_run(dir))
			run_add(history, dir);
		else
			free(dir);
	}
	closedir(folder);
	return false;
}

/* By time; a run whose plan is lost by its name, which begins with it. */
static int
compare_runs(const void *a, const void *b)
{
	const history_run_t *x = a;
	const history_run_t *y = b;
	const char *p = x->utc[0] != '\0' ? x->utc : x->name;
	const char *q = y->utc[0] != '\0' ? y->utc : y->name;
	int order = strcmp(p, q);
	return order != 0 ? order : strcmp(x->name, y->name);
}

/* Why there is nothing to judge in the run; NULL when there is. */
static const char *
samples_missing(const char *dir)
{
	struct stat status;
	char *samples = text_format("%s/samples.jsonl", dir);
	char *packed = text_format("%s/truth.tar.xz", dir);
	const char *why = NULL;
	if (stat(samples, &status) != 0 || status.st_size == 0)
		why = access(packed, F_OK) == 0
			  ? "its samples are packed, in truth.tar.xz"
			  : "it has no samples";
	free(samples);
	free(packed);
	return why;
}

/* The run that is judged, when none is named, is the last that has samples. */
static bool
empty_drop(history_t *history, fault_t *fault)
{
	while (history->nruns > 0) {
		size_t last = history->nruns - 1;
		const char *why = samples_missing(history->runs[last].dir);
		if (why == NULL)
			return false;
		history_drop(history, last, "%s", why);
	}
	return fault_set(fault,
	    "no run can be judged (%s): make some with 'ebb run', or name "
	    "another folder with --history",
	    history->left_out.v[history->left_out.n - 1]);
}

/* Makes the run that is to be judged the last one. */
static bool
newest_choose(history_t *history, const char *newest, fault_t *fault)
{
	struct stat wanted, there;
	if (newest == NULL)
		return empty_drop(history, fault);
	if (stat(newest, &wanted) != 0)
		return fault_set_errno(
		    fault, "cannot read the run '%s'", newest);
	if (!is_run(newest))
		return fault_set(fault,
		    "'%s' holds no plan.json and no samples: it is not the "
		    "folder of a run (those are results/<utc>-<host>-<name>)",
		    newest);
	for (;;) {
		const history_run_t *last = &history->runs[history->nruns - 1];
		if (stat(last->dir, &there) == 0 &&
		    there.st_ino == wanted.st_ino &&
		    there.st_dev == wanted.st_dev)
			return false;
		history_drop(history, history->nruns - 1,
		    "made after the run that is judged");
	}
}

/* Drops what is before `since` and beyond `most`. */
static bool
runs_limit(history_t *history, const history_wish_t *wish, fault_t *fault)
{
	bool found = wish->since == NULL;
	for (size_t i = 0; !found && i < history->nruns; i++)
		found =
		    strcmp(history->runs[i].name, last_part(wish->since)) == 0;
	if (!found)
		return fault_set(fault,
		    "--since '%s': no run of that name is in the history",
		    wish->since);
	while (wish->since != NULL &&
	       strcmp(history->runs[0].name, last_part(wish->since)) != 0)
		history_drop(history, 0, "before --since");
	while (history->nruns > wish->most)
		history_drop(history, 0, "beyond --last %zu", wish->most);
	return false;
}

bool
history_find(history_t *history, const history_wish_t *wish, fault_t *fault)
{
	if (wish->newest != NULL && is_run(wish->newest))
		run_add(history, text_copy(wish->newest));
	for (size_t i = 0; i < wish->paths->n; i++)
		if (path_add(history, wish->paths->v[i], fault))
			return true;
	if (history->nruns == 0 && wish->newest == NULL)
		return fault_set(fault,
		    "no run is in '%s': make some with 'ebb run', or name "
		    "another folder with --history",
		    wish->paths->v[0]);
	if (history->nruns > 0)
		qsort(history->runs, history->nruns, sizeof(*history->runs),
		    compare_runs);
	return newest_choose(history, wish->newest, fault) ||
	       runs_limit(history, wish, fault);
}
