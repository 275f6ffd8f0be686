#include "trial.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf.h"

#define TICK_FULL_NS UINT64_C(5000000)
#define TICK_COARSE_NS UINT64_C(50000000)

/* Which inherited descriptor is which, and the variable that names it. */
enum { FD_RECORD, FD_LIVE, FD_PROBE, FD_STATS };
static const char *const fd_names[LAUNCH_FDS] = {
    [FD_RECORD] = "EBB_RECORD_FD",
    [FD_LIVE] = "EBB_LIVE_FD",
    [FD_PROBE] = "EBB_PROBE_FD",
    [FD_STATS] = "EBB_STATS_FD",
};

char *
trial_conf(const arm_t *arm, const char *common)
{
	if (arm->kind == ARM_GLIBC)
		return text_copy("");
	return conf_merge(arm->kind == ARM_EBB ? common : "", arm->conf);
}

json_t *
trial_command(const trial_t *trial)
{
	json_t *command = json_array();
	words_t words = {0};
	words_add(&words, "env");
	if (trial->arm->path != NULL) {
		char *typed = place_typed(trial->arm->path);
		words_add(&words, "LD_PRELOAD=%s", typed);
		free(typed);
	}
	if (trial->conf[0] != '\0')
		words_add(&words, "MALLOC_CONF=%s", trial->conf);
	if (trial->argv.n > 0) {
		char *typed = place_typed(trial->argv.v[0]);
		words_add(&words, "%s", typed);
		free(typed);
	}
	/* Without the raw file, which a second run must not write over. */
	for (size_t i = 1; i < trial->argv.n; i++)
		if (strncmp(trial->argv.v[i], "--benchmark_out", 15) != 0)
			words_add(&words, "%s", trial->argv.v[i]);
	for (size_t i = 0; i < words.n; i++)
		json_array_append_new(command, json_string(words.v[i]));
	words_release(&words);
	return command;
}

double
trial_seconds(const trial_t *trial)
{
	return (double)(trial->t_end_ns - trial->t_begin_ns) / 1e9;
}

static void
environment_make(const trial_t *trial, words_t *environment)
{
	const char *allocator = trial->arm->path;
	launch_environment(environment);
	/* The allocator first: its names win, the probe only asks. */
	words_add(environment, "LD_PRELOAD=%s%s%s",
	    allocator == NULL ? "" : allocator, allocator == NULL ? "" : ":",
	    trial->place->probe);
	if (trial->conf[0] != '\0')
		words_add(environment, "MALLOC_CONF=%s", trial->conf);
	for (int i = 0; i < LAUNCH_FDS; i++)
		words_add(
		    environment, "%s=%d", fd_names[i], LAUNCH_FD_BASE + i);
	if (trial->padding > 0)
		words_add(
		    environment, "EBB_PADDING=%0*d", (int)trial->padding, 0);
}

/* Makes the files that the process writes into. */
static void
files_make(trial_t *trial, launch_t *launch)
{
	for (int i = 0; i < LAUNCH_FDS; i++)
		launch->fds[i] = launch_memory_file(fd_names[i]);
	launch->err_fd = launch_memory_file("stderr");
	size_t size = sizeof(struct ebb_live);
	if (ftruncate(launch->fds[FD_LIVE], (off_t)size) != 0)
		abort();
	trial->live = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    launch->fds[FD_LIVE], 0);
	if (trial->live == MAP_FAILED)
		abort();
}

/* Reads a line of JSON from such a file; NULL when there is none. */
static json_t *
file_json(int fd, bool *damaged)
{
	size_t size;
	char *text = launch_memory_read(fd, &size);
	json_t *json = json_loadb(text, size, 0, NULL);
	*damaged = json == NULL && size > 0;
	free(text);
	return json;
}

static void
files_read(trial_t *trial, const launch_t *launch)
{
	bool damaged;
	size_t size;
	trial->record =
	    file_json(launch->fds[FD_RECORD], &trial->record_damaged);
	trial->probe = file_json(launch->fds[FD_PROBE], &damaged);
	trial->errors = launch_memory_read(launch->err_fd, NULL);
	char *page = launch_memory_read(launch->fds[FD_STATS], &size);
	trial->page = (struct ebb_stats_page *)(void *)page;
	if (size < sizeof(*trial->page) ||
	    trial->page->magic != EBB_STATS_PAGE_MAGIC ||
	    trial->page->version != EBB_STATS_PAGE_VERSION) {
		free(page);
		trial->page = NULL;
	}
}

static void
files_close(launch_t *launch)
{
	for (int i = 0; i < LAUNCH_FDS; i++)
		close(launch->fds[i]);
	close(launch->err_fd);
}

/* Launches, observes, waits. */
static bool
process_run(trial_t *trial, const launch_t *launch, fault_t *fault)
{
	process_t process;
	observer_t *observer = &trial->observer;
	if (launch_start(&process, launch, fault))
		return true;
	trial->t_begin_ns = process.t_begin_ns;
	*observer = (observer_t){
	    .pid = process.pid,
	    .live = trial->live,
	    .probe_fd = launch->fds[FD_PROBE],
	    .tick_ns =
		trial->watch == TRIAL_FULL ? TICK_FULL_NS : TICK_COARSE_NS,
	    .rollup = trial->watch == TRIAL_FULL,
	};
	bool observed =
	    trial->watch != TRIAL_BLIND && !observer_start(observer, fault);
	trial->end = launch_wait(&process, trial->timeout_ms);
	trial->t_end_ns = ebb_live_clock();
	if (observed)
		observer_stop(observer);
	launch_reap(&process, &trial->ending);
	return !observed && trial->watch != TRIAL_BLIND;
}

bool
trial_run(trial_t *trial, fault_t *fault)
{
	launch_t launch = {.argv = trial->argv};
	environment_make(trial, &launch.environment);
	files_make(trial, &launch);
	bool failed = process_run(trial, &launch, fault);
	files_read(trial, &launch);
	files_close(&launch);
	words_release(&launch.environment);
	return failed;
}

void
trial_release(trial_t *trial)
{
	words_release(&trial->argv);
	json_decref(trial->probe);
	json_decref(trial->record);
	if (trial->live != NULL)
		munmap(trial->live, sizeof(*trial->live));
	free(trial->page);
	free(trial->errors);
	series_release(&trial->observer.series);
	trial->probe = trial->record = NULL;
	trial->live = NULL;
	trial->page = NULL;
	trial->errors = NULL;
}
