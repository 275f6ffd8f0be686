#include "trial.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf.h"

#define TICK_FULL_NS UINT64_C(5000000)
#define TICK_COARSE_NS UINT64_C(50000000)
/* Enough for a curve of LazyFree: 1 ms to read, 50 times a second. */
#define ROLLUP_DUTY_CLOSE 20

/* Which inherited descriptor is which, and the variable that names it. */
enum { FD_RECORD, FD_LIVE, FD_PROBE, FD_STATS, FD_FILES };
static const char *const fd_names[FD_FILES] = {
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
	if (arm_preload(trial->arm) != NULL)
		words_add(&words, "LD_PRELOAD=%s", arm_preload(trial->arm));
	if (trial->conf[0] != '\0')
		words_add(&words, "MALLOC_CONF=%s", trial->conf);
	words_append(&words, &trial->argv);
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

/* The libraries before the program's own. The allocator first: its names win,
 * the probe only asks. Caller frees. */
static char *
preload_list(const trial_t *trial)
{
	const char *allocator = arm_preload(trial->arm);
	return text_format("%s%s%s", allocator == NULL ? "" : allocator,
	    allocator == NULL ? "" : ":", trial->place->probe);
}

/*
 * The whole command. A wrapper is kept free of our libraries: the loader, told
 * to preload them, is the program that it starts. (env would do, were it not
 * for its own libc: perf, for one, takes its mappings for the program's.)
 */
static void
command_make(const trial_t *trial, words_t *command)
{
	Dl_info loader;
	words_append(command, &trial->wrapper);
	if (trial->wrapper.n > 0 &&
	    dladdr((void *)_r_debug.r_ldbase, &loader) != 0) {
		char *list = preload_list(trial);
		words_add(command, "%s", loader.dli_fname);
		words_add(command, "--preload");
		words_add(command, "%s", list);
		free(list);
	}
	words_append(command, &trial->argv);
}

static void
environment_make(const trial_t *trial, words_t *environment)
{
	launch_environment(environment);
	if (trial->wrapper.n == 0) {
		char *list = preload_list(trial);
		words_add(environment, "LD_PRELOAD=%s", list);
		free(list);
	}
	if (trial->conf[0] != '\0')
		words_add(environment, "MALLOC_CONF=%s", trial->conf);
	if (trial->guest != NULL)
		words_append(environment, &trial->guest->environment);
	for (int i = 0; i < FD_FILES; i++)
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
	for (int i = 0; i < FD_FILES; i++)
		launch->fds[i] = launch_memory_file(fd_names[i]);
	launch->err_fd = launch_memory_file("stderr");
	if (trial->keep_output)
		launch->out_fd = launch_memory_file("stdout");
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

/* What a workload says of itself, we say of a program: its window is its life,
 * or, of a server, from when it was ready until it had settled. */
static void
guest_finish(trial_t *trial)
{
	const guest_t *guest = trial->guest;
	struct ebb_live *live = trial->live;
	driven_t *driven = &trial->driven;
	uint64_t life = trial->t_end_ns - trial->t_begin_ns;
	json_t *own = json_object();
	if (guest_is_server(guest)) {
		if (driven->own != NULL)
			json_object_update(own, driven->own);
		live->work_begin_ns = driven->ready_ns;
		live->work_end_ns = driven->settled_ns;
	} else {
		guest_values_set(
		    guest, trial->output != NULL ? trial->output : "", own);
		live->work_begin_ns = trial->t_begin_ns;
		live->work_end_ns = trial->t_end_ns;
	}
	json_decref(trial->record);
	trial->record = guest_record(&trial->ending.usage, life,
	    driven->work_ns > 0 ? driven->work_ns
				: live->work_end_ns - live->work_begin_ns,
	    own);
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
	if (trial->keep_output)
		trial->output = launch_output_read(launch->out_fd);
	if (trial->guest != NULL)
		guest_finish(trial);
	char *page = launch_memory_read(launch->fds[FD_STATS], &size);
	trial->page = (struct ebb_stats_page *)(void *)page;
	if (size < sizeof(*trial->page) ||
	    trial->page->magic != EBB_STATS_PAGE_MAGIC ||
	    trial->page->version != EBB_STATS_PAGE_VERSION) {
		free(page);
		trial->page = NULL;
	} else if (size >= sizeof(*trial->page) +
			       EBB_STATS_PAGE_BINS * sizeof(*trial->requests)) {
		trial->requests = (const uint64_t *)(trial->page + 1);
	}
}

static void
files_close(launch_t *launch)
{
	for (int i = 0; i < FD_FILES; i++)
		close(launch->fds[i]);
	close(launch->err_fd);
	if (launch->out_fd > 0)
		close(launch->out_fd);
}

/* Launches, observes, waits. */
static bool
process_run(trial_t *trial, launch_t *launch, fault_t *fault)
{
	process_t process;
	observer_t *observer = &trial->observer;
	if (trial->counted)
		perf_counters_open(&trial->counters);
	if (trial->census != NULL)
		census_open(trial->census, trial->place, launch);
	if (launch_start(&process, launch, fault)) {
		perf_counters_finish(&trial->counters);
		census_end(trial->census);
		return true;
	}
	trial->t_begin_ns = process.t_begin_ns;
	placement_read(&trial->placement, process.pid, trial->binding.bound);
	*observer = (observer_t){
	    .pid = process.pid,
	    .live = trial->guest == NULL ? trial->live : NULL,
	    .probe_fd = launch->fds[FD_PROBE],
	    .tick_ns =
		trial->watch >= TRIAL_FULL ? TICK_FULL_NS : TICK_COARSE_NS,
	    .rollup = trial->watch >= TRIAL_FULL,
	    .rollup_duty = trial->watch == TRIAL_CLOSE ? ROLLUP_DUTY_CLOSE : 0,
	    .placement = trial->binding.bound ? &trial->placement : NULL,
	};
	bool failed = census_start(trial->census, &process, fault);
	bool observed =
	    trial->watch != TRIAL_BLIND && !observer_start(observer, fault);
	trial->end = trial->guest != NULL && guest_is_server(trial->guest)
			 ? server_drive(trial->guest, &process,
			       observed ? observer : NULL, trial->timeout_ms,
			       &trial->driven)
			 : launch_wait(&process, trial->timeout_ms);
	trial->t_end_ns = ebb_live_clock();
	if (observed)
		observer_stop(observer);
	placement_read_end(&trial->placement, process.pid);
	census_end(trial->census);
	launch_reap(&process, &trial->ending);
	perf_counters_finish(&trial->counters);
	return failed || (!observed && trial->watch != TRIAL_BLIND);
}

bool
trial_run(trial_t *trial, fault_t *fault)
{
	launch_t launch = {.binding = &trial->binding};
	command_make(trial, &launch.argv);
	environment_make(trial, &launch.environment);
	files_make(trial, &launch);
	bool failed = process_run(trial, &launch, fault);
	files_read(trial, &launch);
	files_close(&launch);
	words_release(&launch.argv);
	words_release(&launch.environment);
	return failed;
}

void
trial_release(trial_t *trial)
{
	words_release(&trial->argv);
	words_release(&trial->wrapper);
	driven_release(&trial->driven);
	json_decref(trial->probe);
	json_decref(trial->record);
	if (trial->live != NULL)
		munmap(trial->live, sizeof(*trial->live));
	free(trial->page);
	free(trial->errors);
	free(trial->output);
	series_release(&trial->observer.series);
	placement_release(&trial->placement);
	trial->probe = trial->record = NULL;
	trial->live = NULL;
	trial->page = NULL;
	trial->errors = trial->output = NULL;
}
