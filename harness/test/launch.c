/* Launching: exit codes, signals, the watchdog, environment, descriptors. */
#include "launch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs sh -c script; what it wrote to descriptor 200 into *written. */
static launch_end_t
run_script(
    const char *script, unsigned timeout_ms, ending_t *ending, char **written)
{
	launch_t launch = {0};
	process_t process;
	fault_t fault;
	words_add(&launch.argv, "/bin/sh");
	words_add(&launch.argv, "-c");
	words_add(&launch.argv, "%s", script);
	launch_environment(&launch.environment);
	words_add(&launch.environment, "GIVEN=yes");
	launch.fds[0] = launch_memory_file("test");
	assert_false(launch_start(&process, &launch, &fault));
	launch_end_t end = launch_wait(&process, timeout_ms);
	launch_reap(&process, ending);
	if (written != NULL)
		*written = launch_memory_read(launch.fds[0], NULL);
	close(launch.fds[0]);
	words_release(&launch.argv);
	words_release(&launch.environment);
	return end;
}

static void
test_launch_exit_code(void **state)
{
	(void)state;
	ending_t ending;
	words_t argv = {0};
	fault_t fault;
	words_add(&argv, "/bin/true");
	char *output = launch_output(&argv, 5000, &fault);
	assert_string_equal(output, "");
	free(output);
	assert_int_equal(
	    run_script("exit 0", 5000, &ending, NULL), LAUNCH_ENDED);
	assert_int_equal(ending.code, 0);
	assert_int_equal(
	    run_script("exit 7", 5000, &ending, NULL), LAUNCH_ENDED);
	assert_int_equal(ending.code, 7);
	assert_int_equal(ending.signal, 0);
	assert_true(ending.usage.ru_maxrss > 0);
}

static void
test_launch_crash(void **state)
{
	(void)state;
	ending_t ending;
	assert_int_equal(
	    run_script("kill -SEGV $$", 5000, &ending, NULL), LAUNCH_ENDED);
	assert_int_equal(ending.signal, SIGSEGV);
	assert_int_equal(ending.code, 0);
}

/* The watchdog takes the whole group, and soon. */
static void
test_launch_timeout(void **state)
{
	(void)state;
	ending_t ending;
	struct timespec begin, end;
	char *written;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(
	    run_script("sleep 30 & echo $! >/proc/self/fd/200; wait", 300,
		&ending, &written),
	    LAUNCH_TIMED_OUT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_int_equal(ending.signal, SIGKILL);
	assert_true(end.tv_sec - begin.tv_sec < 5);
	int grandchild = atoi(written);
	assert_true(grandchild > 0);
	/* Dead, or a zombie that nobody has reaped yet. */
	for (int i = 0; i < 100 && kill(grandchild, 0) == 0; i++)
		usleep(10000);
	char path[64], status[64] = "";
	snprintf(path, sizeof(path), "/proc/%d/stat", grandchild);
	FILE *stream = fopen(path, "r");
	if (stream != NULL) {
		assert_int_equal(fscanf(stream, "%*d %*s %60s", status), 1);
		fclose(stream);
		assert_string_equal(status, "Z");
	}
	free(written);
}

static void
test_launch_interrupted(void **state)
{
	(void)state;
	ending_t ending;
	kill(getpid(), SIGTERM); /* held, so it waits for us */
	assert_int_equal(
	    run_script("sleep 30", 20000, &ending, NULL), LAUNCH_INTERRUPTED);
	assert_int_equal(launch_interrupted(), SIGTERM);
	assert_int_equal(ending.signal, SIGKILL);
}

static void
test_launch_clears_environment(void **state)
{
	(void)state;
	ending_t ending;
	char *written;
	setenv("MALLOC_CONF", "narenas:3", 1);
	setenv("LD_LIBRARY_PATH", "/nowhere", 1);
	setenv("GLIBC_TUNABLES", "glibc.malloc.arena_max=1", 1);
	run_script("echo \"$MALLOC_CONF$LD_LIBRARY_PATH$GLIBC_TUNABLES\""
		   "$GIVEN >/proc/self/fd/200",
	    5000, &ending, &written);
	assert_string_equal(written, "yes\n");
	free(written);
}

static void
test_launch_output_names_failure(void **state)
{
	(void)state;
	words_t argv = {0};
	fault_t fault;
	words_split(&argv, "/bin/sh,-c,echo to stderr >&2; exit 3", ',');
	assert_null(launch_output(&argv, 5000, &fault));
	assert_non_null(strstr(fault.text, "exit code 3"));
	assert_non_null(strstr(fault.text, "to stderr"));
	words_split(&argv, "/nonexistent/program", ',');
	assert_null(launch_output(&argv, 5000, &fault));
	assert_non_null(strstr(fault.text, "/nonexistent/program"));
}

int
main(void)
{
	/* The interrupt stays noted, so its test is the last. */
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_launch_exit_code),
	    cmocka_unit_test(test_launch_crash),
	    cmocka_unit_test(test_launch_timeout),
	    cmocka_unit_test(test_launch_clears_environment),
	    cmocka_unit_test(test_launch_output_names_failure),
	    cmocka_unit_test(test_launch_interrupted),
	};
	launch_signals_hold();
	return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
