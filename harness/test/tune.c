/* tune.c: what is set, and that it is set back, whenever the process that set
 * it was killed. */
#include "tune.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sysroot.h"

#define GOVERNOR0 "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
#define GOVERNOR1 "/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor"
#define NO_TURBO "/sys/devices/system/cpu/intel_pstate/no_turbo"
#define THP "/sys/kernel/mm/transparent_hugepage/enabled"
#define PARANOID "/proc/sys/kernel/perf_event_paranoid"
#define ASLR "/proc/sys/kernel/randomize_va_space"

/* A machine of two CPUs, and what tuning makes of it. A written file has no
 * list of choices, but reads back as the kernel's would. */
static const struct {
	const char *path, *before, *tuned;
} files[] = {
    {THP, "always", "madvise"},
    {GOVERNOR0, "powersave", "performance"},
    {GOVERNOR1, "schedutil", "performance"},
    {NO_TURBO, "0", "1"},
    {PARANOID, "3", "1"},
};
#define FILES (sizeof(files) / sizeof(*files))

static int
setup(void **state)
{
	(void)state;
	sysroot_make();
	sysroot_put("/sys/devices/system/cpu/online", "0-1\n");
	for (size_t i = 0; i < FILES; i++)
		sysroot_put(files[i].path, "%s\n", files[i].before);
	sysroot_put(ASLR, "2\n");
	sysroot_put("/run/there", "\n");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sysroot_remove();
	return 0;
}

static void
value_check(const char *path, const char *expected)
{
	char *text = sysroot_get(path);
	text[strcspn(text, "\n")] = '\0';
	assert_string_equal(text, expected);
	free(text);
}

static void
files_check(size_t tuned)
{
	for (size_t i = 0; i < FILES; i++)
		value_check(files[i].path,
		    i < tuned ? files[i].tuned : files[i].before);
	value_check(ASLR, "2");
}

static void
test_tune_and_back(void **state)
{
	(void)state;
	tune_t tune;
	fault_t fault;
	words_t done = {0};
	pid_t pid;
	assert_false(tune_find(&tune, "madvise", &fault));
	assert_int_equal(tune.n, FILES);
	assert_false(tune_set(&tune, &fault));
	assert_int_equal(tune.refused.n, 0);
	files_check(FILES);
	assert_int_equal(tune_owner(&pid), TUNE_RUNNING);
	assert_int_equal(pid, getpid());
	assert_false(tune_undo(&done, &fault));
	assert_int_equal(done.n, FILES);
	files_check(0);
	assert_null(sysroot_get(TUNE_JOURNAL));
	assert_int_equal(tune_owner(&pid), TUNE_NOBODY);
	/* Without a journal there is nothing to do. */
	words_release(&done);
	assert_false(tune_undo(&done, &fault));
	assert_int_equal(done.n, 0);
	tune_release(&tune);
}

/* Killed after each number of settings, also after none. */
static void
test_tune_survives_kill(void **state)
{
	(void)state;
	for (size_t k = 0; k <= FILES; k++) {
		fault_t fault;
		words_t done = {0};
		pid_t pid;
		int status;
		pid_t child = fork();
		if (child == 0) {
			tune_t tune;
			if (!tune_find(&tune, "madvise", &fault))
				tune_set_some(&tune, k, &fault);
			kill(getpid(), SIGKILL);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		files_check(k);
		assert_int_equal(tune_owner(&pid), TUNE_GONE);
		assert_int_equal(pid, child);
		assert_false(tune_undo(&done, &fault));
		assert_int_equal(done.n, k);
		files_check(0);
		assert_int_equal(tune_owner(&pid), TUNE_NOBODY);
		words_release(&done);
	}
}

/* What somebody else has set meanwhile is theirs. */
static void
test_tune_leaves_others(void **state)
{
	(void)state;
	tune_t tune;
	fault_t fault;
	words_t done = {0};
	assert_false(tune_find(&tune, NULL, &fault));
	assert_false(tune_set(&tune, &fault));
	sysroot_put(GOVERNOR0, "ondemand\n");
	/* Cut off between opening and writing. */
	sysroot_put(NO_TURBO, "%s", "");
	assert_false(tune_undo(&done, &fault));
	value_check(GOVERNOR0, "ondemand");
	value_check(GOVERNOR1, "schedutil");
	value_check(THP, "always");
	value_check(NO_TURBO, "0");
	char *all = words_join(&done, "\n");
	assert_non_null(strstr(all, "left at ondemand"));
	free(all);
	words_release(&done);
	tune_release(&tune);
}

/* Without a journal nothing is set. */
static void
test_tune_needs_journal(void **state)
{
	(void)state;
	tune_t tune;
	fault_t fault;
	sysroot_remove();
	sysroot_make();
	sysroot_put(NO_TURBO, "0\n");
	assert_false(tune_find(&tune, NULL, &fault));
	assert_int_equal(tune.n, 1);
	assert_true(tune_set(&tune, &fault));
	assert_non_null(strstr(fault.text, "journal"));
	value_check(NO_TURBO, "0");
	tune_release(&tune);
	assert_true(tune_find(&tune, "sometimes", &fault));
	tune_release(&tune);
}

/* What cannot be set back keeps the journal for the next time. */
static void
test_tune_keeps_journal(void **state)
{
	(void)state;
	tune_t tune;
	fault_t fault;
	words_t done = {0};
	pid_t pid;
	assert_false(tune_find(&tune, NULL, &fault));
	assert_false(tune_set(&tune, &fault));
	char *journal = sysroot_get(TUNE_JOURNAL);
	assert_non_null(strstr(journal, "schedutil"));
	/* A value of before that the file then does not show. */
	char *at = strstr(journal, "schedutil");
	memcpy(at, "a\\nb\\ncde", 9);
	sysroot_put(TUNE_JOURNAL, "%s", journal);
	free(journal);
	assert_true(tune_undo(&done, &fault));
	assert_non_null(strstr(fault.text, "cpu1"));
	assert_int_equal(tune_owner(&pid), TUNE_RUNNING);
	/* The others are set back. */
	value_check(GOVERNOR0, "powersave");
	value_check(NO_TURBO, "0");
	words_release(&done);
	tune_release(&tune);
}

/* A journal that somebody damaged is not "nothing to set back". */
static void
test_tune_names_damaged_journal(void **state)
{
	(void)state;
	static const char *const damaged[] = {"{\"schema\": 1, \"pid\"", "{}",
	    "{\"schema\": 1, \"settings\": [{\"path\": 3}]}"};
	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++) {
		fault_t fault;
		words_t done = {0};
		pid_t pid;
		sysroot_put(TUNE_JOURNAL, "%s", damaged[i]);
		assert_int_equal(tune_owner(&pid), TUNE_GONE);
		assert_true(tune_undo(&done, &fault));
		assert_non_null(strstr(fault.text, "is damaged"));
		char *kept = sysroot_get(TUNE_JOURNAL);
		assert_string_equal(kept, damaged[i]);
		free(kept);
		assert_int_equal(done.n, 0);
		words_release(&done);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_tune_and_back),
	    TEST(test_tune_survives_kill),
	    TEST(test_tune_leaves_others),
	    TEST(test_tune_needs_journal),
	    TEST(test_tune_keeps_journal),
	    TEST(test_tune_names_damaged_journal),
	};
	return cmocka_run_group_tests_name("tune", tests, NULL, NULL);
}
