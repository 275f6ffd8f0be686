#include "tune.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store.h"
#include "sysfile.h"
#include "topology.h"

#define CPU "/sys/devices/system/cpu/"
#define THP "/sys/kernel/mm/transparent_hugepage/enabled"
#define JOURNAL_SCHEMA 1

/* ---------------------------------------------------------------- finding --
 */

static void
setting_add(tune_t *tune, const char *path, const char *want)
{
	char *before = sysfile_chosen(path);
	if (before == NULL || strcmp(before, want) == 0) {
		free(before);
		return;
	}
	tune->v = reallocarray(tune->v, tune->n + 1, sizeof(*tune->v));
	if (tune->v == NULL)
		abort();
	tune->v[tune->n++] = (setting_t){
	    .path = text_copy(path),
	    .before = before,
	    .want = text_copy(want),
	};
}

/* Every CPU has its own. */
static void
governors_add(tune_t *tune)
{
	cpu_set_t cpus;
	char *list = sysfile_line(CPU "online");
	if (list == NULL || topology_list_read(&cpus, list))
		CPU_ZERO(&cpus);
	for (unsigned i = 0; i < TOPOLOGY_CPUS; i++) {
		char *path =
		    text_format(CPU "cpu%u/cpufreq/scaling_governor", i);
		if (CPU_ISSET(i, &cpus))
			setting_add(tune, path, "performance");
		free(path);
	}
	free(list);
}

/* A number that may be at most so much. */
static void
number_add(tune_t *tune, const char *path, int most)
{
	int64_t value;
	char want[16];
	snprintf(want, sizeof(want), "%d", most);
	if (!sysfile_number(path, &value) && value > most)
		setting_add(tune, path, want);
}

static bool
thp_add(tune_t *tune, const char *thp, fault_t *fault)
{
	static const char *const values[] = {"always", "madvise", "never"};
	bool good = false;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		good |= strcmp(thp, values[i]) == 0;
	if (!good)
		return fault_set(
		    fault, "--thp '%s': always, madvise or never", thp);
	setting_add(tune, THP, thp);
	return false;
}

bool
tune_find(tune_t *tune, const char *thp, fault_t *fault)
{
	*tune = (tune_t){0};
	if (thp != NULL && thp_add(tune, thp, fault))
		return true;
	governors_add(tune);
	setting_add(tune, CPU "intel_pstate/no_turbo", "1");
	setting_add(tune, CPU "cpufreq/boost", "0");
	setting_add(tune, "/proc/sys/kernel/randomize_va_space", "2");
	number_add(tune, "/proc/sys/kernel/perf_event_paranoid", 1);
	number_add(tune, "/proc/sys/kernel/numa_balancing", 0);
	return false;
}

void
tune_release(tune_t *tune)
{
	for (size_t i = 0; i < tune->n; i++) {
		free(tune->v[i].path);
		free(tune->v[i].before);
		free(tune->v[i].want);
	}
	free(tune->v);
	words_release(&tune->refused);
	*tune = (tune_t){0};
}

/* ---------------------------------------------------------------- journal --
 */

/* When a process was started, in ticks since boot: with its number, its name
 * for good. 0: there is none. */
static int64_t
process_start(pid_t pid)
{
	char path[64];
	char text[1024];
	long long start = 0;
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	FILE *stream = fopen(path, "re");
	size_t n =
	    stream == NULL ? 0 : fread(text, 1, sizeof(text) - 1, stream);
	if (stream != NULL)
		fclose(stream);
	text[n] = '\0';
	/* The name in brackets may have spaces: the last bracket ends it; the
	 * state is field 3, the start 22. */
	char *at = strrchr(text, ')');
	char *rest = NULL;
	char state = '\0';
	int field = 3;
	for (char *word = at == NULL ? NULL : strtok_r(at + 1, " ", &rest);
	     word != NULL; word = strtok_r(NULL, " ", &rest), field++) {
		if (field == 3)
			state = word[0];
		if (field == 22)
			start = atoll(word);
	}
	return state == 'Z' ? 0 : start;
}

/* Written beside, made durable, then put in its place. */
static bool
journal_write(const json_t *journal, fault_t *fault)
{
	char *path = sysfile_path(TUNE_JOURNAL);
	char *fresh = text_format("%s.new", path);
	char *text = json_dumps(journal, JSON_INDENT(1));
	int fd = open(
	    fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	ssize_t size = (ssize_t)strlen(text);
	bool failed = fd < 0 || write(fd, text, (size_t)size) != size ||
		      fsync(fd) != 0 || rename(fresh, path) != 0;
	if (failed)
		fault_set_errno(fault,
		    "cannot write the journal %s, without which nothing is "
		    "set",
		    path);
	if (fd >= 0)
		close(fd);
	free(text);
	free(fresh);
	free(path);
	return failed;
}

static json_t *
journal_make(const tune_t *tune)
{
	json_t *settings = json_array();
	for (size_t i = 0; i < tune->n; i++)
		json_array_append_new(settings,
		    json_pack("{s:s,s:s,s:s}", "path", tune->v[i].path,
			"before", tune->v[i].before, "set", tune->v[i].want));
	return json_pack("{s:i,s:I,s:I,s:I,s:o}", "schema", JOURNAL_SCHEMA,
	    "pid", (json_int_t)getpid(), "start",
	    (json_int_t)process_start(getpid()), "time", (json_int_t)time(NULL),
	    "settings", settings);
}

/* True when each setting says what was where. */
static bool
journal_whole(const json_t *journal)
{
	const json_t *settings = json_object_get(journal, "settings");
	bool whole = sample_number(journal, "schema") == JOURNAL_SCHEMA &&
		     json_is_array(settings);
	for (size_t i = 0; i < json_array_size(settings); i++) {
		const json_t *setting = json_array_get(settings, i);
		whole = whole && sample_text(setting, "path")[0] == '/' &&
			sample_text(setting, "before")[0] != '\0' &&
			sample_text(setting, "set")[0] != '\0';
	}
	return whole;
}

/* NULL: there is none, or it is damaged. */
static json_t *
journal_read(bool *damaged)
{
	char *path = sysfile_path(TUNE_JOURNAL);
	json_t *journal = json_load_file(path, 0, NULL);
	*damaged = false;
	if (!journal_whole(journal)) {
		json_decref(journal);
		journal = NULL;
		*damaged = access(path, F_OK) == 0;
	}
	free(path);
	return journal;
}

tune_owner_t
tune_owner(pid_t *pid)
{
	bool damaged;
	json_t *journal = journal_read(&damaged);
	*pid = (pid_t)sample_number(journal, "pid");
	int64_t start = sample_number(journal, "start");
	tune_owner_t owner = TUNE_GONE;
	if (journal == NULL && !damaged)
		owner = TUNE_NOBODY;
	else if (start != 0 && process_start(*pid) == start)
		owner = TUNE_RUNNING;
	json_decref(journal);
	return owner;
}

/* ---------------------------------------------------------------- setting --
 */

bool
tune_set_some(tune_t *tune, size_t n, fault_t *fault)
{
	json_t *journal = journal_make(tune);
	bool failed = journal_write(journal, fault);
	json_decref(journal);
	for (size_t i = 0; i < n && i < tune->n && !failed; i++) {
		setting_t *setting = &tune->v[i];
		fault_t why;
		setting->set =
		    !sysfile_write(setting->path, setting->want, &why);
		if (!setting->set)
			words_add(&tune->refused, "%s", why.text);
	}
	return failed;
}

/* What this user may not set is not tried. */
static void
settings_sift(tune_t *tune)
{
	size_t kept = 0;
	for (size_t i = 0; i < tune->n; i++) {
		setting_t *setting = &tune->v[i];
		if (sysfile_may_write(setting->path)) {
			tune->v[kept++] = *setting;
			continue;
		}
		words_add(&tune->refused, "%s stays %s: needs root",
		    setting->path, setting->before);
		free(setting->path);
		free(setting->before);
		free(setting->want);
	}
	tune->n = kept;
}

bool
tune_set(tune_t *tune, fault_t *fault)
{
	settings_sift(tune);
	return tune->n > 0 && tune_set_some(tune, tune->n, fault);
}

/* ---------------------------------------------------------------- undoing --
 */

/* Sets one back, unless somebody else has set it meanwhile. */
static bool
setting_undo(const json_t *setting, words_t *done, fault_t *fault)
{
	const char *path = sample_text(setting, "path");
	const char *before = sample_text(setting, "before");
	const char *set = sample_text(setting, "set");
	char *now = sysfile_chosen(path);
	bool gone = now == NULL && errno == ENOENT;
	/* A write that was cut off may leave nothing to read. */
	bool ours = !gone && (now == NULL || strcmp(now, set) == 0);
	bool failed = ours && sysfile_write(path, before, fault);
	char *after = ours ? sysfile_chosen(path) : NULL;
	if (ours && !failed && (after == NULL || strcmp(after, before) != 0))
		failed = fault_set(fault, "%s stays %s, was %s", path,
		    after == NULL ? "unreadable" : after, before);
	if (ours && !failed)
		words_add(done, "%s: %s again", path, before);
	else if (gone)
		words_add(done, "%s: not there any more", path);
	else if (!ours && strcmp(now, before) != 0)
		words_add(done, "%s: left at %s, which somebody else has set",
		    path, now);
	free(after);
	free(now);
	return failed;
}

bool
tune_undo(words_t *done, fault_t *fault)
{
	bool damaged;
	json_t *journal = journal_read(&damaged);
	json_t *settings = json_object_get(journal, "settings");
	bool failed = false;
	/* All are tried, also behind one that fails. */
	for (size_t i = json_array_size(settings); i-- > 0;)
		failed |=
		    setting_undo(json_array_get(settings, i), done, fault);
	char *path = sysfile_path(TUNE_JOURNAL);
	if (damaged)
		failed = fault_set(fault,
		    "the journal %s is damaged, so what was set cannot be set "
		    "back from it; look into it, set back by hand what it "
		    "names, then remove it",
		    path);
	else if (journal != NULL && !failed && unlink(path) != 0)
		failed = fault_set_errno(fault, "cannot remove %s", path);
	free(path);
	json_decref(journal);
	return failed;
}
