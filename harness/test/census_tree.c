/*
 * The census of a tree: threads, forks and what they execute are counted, by
 * either method, and by notification the ranges of process_madvise too. This
 * program runs itself as the tree.
 */
#include "census_notify.h"
#include "census_perf.h"

#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE 4096
#define PAGES 16

static char own[PATH_MAX];

/* -------------------------------------------------------------- the tree -- */

/* madvise and mremap are calls that loading a program does not make. */
static void *
tree_advise(void *block)
{
	if (madvise(block, 5 * PAGE, MADV_FREE) != 0)
		_exit(10);
	return NULL;
}

static void
tree_ranges(char *block)
{
	const struct iovec ranges[] = {{block, PAGE}, {block + 2 * PAGE, PAGE},
	    {block + 4 * PAGE, 3 * PAGE}};
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	/* May be refused; it is a call all the same. */
	syscall(SYS_process_madvise, self, ranges, 3, MADV_COLD, 0);
}

static char *
tree_map(void)
{
	char *block = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		_exit(11);
	return block;
}

static int
tree_main(const char *part)
{
	char *block = tree_map();
	pthread_t thread;
	int status;
	tree_advise(block);
	if (strcmp(part, "leaf") == 0)
		return 0;
	if (pthread_create(&thread, NULL, tree_advise, block) != 0)
		return 12;
	pthread_join(thread, NULL);
	tree_ranges(block);
	if (mremap(block, (size_t)PAGES * PAGE, PAGE, 0) == MAP_FAILED)
		return 13;
	pid_t child = fork();
	if (child == 0) {
		tree_advise(tree_map());
		execl(own, own, "leaf", (char *)NULL);
		_exit(14);
	}
	return waitpid(child, &status, 0) == child ? status != 0 : 15;
}

static void
check_tree(const census_tally_t *tally)
{
	/* The root, its thread, the fork, and what that executed. */
	assert_int_equal(tally->sum[CENSUS_MADVISE_FREE].count, 4);
	assert_int_equal(tally->sum[CENSUS_MADVISE_FREE].bytes, 4 * 5 * PAGE);
	assert_int_equal(tally->sum[CENSUS_MREMAP].count, 1);
	assert_int_equal(tally->sum[CENSUS_MREMAP].bytes, (PAGES - 1) * PAGE);
	assert_int_equal(tally->sum[CENSUS_PROCESS_MADVISE].count, 1);
	assert_int_equal(tally->ranges, 3);
	/* Both programs' libraries. */
	assert_true(tally->sum[CENSUS_MMAP].count > 10);
	/* By no clock but the events': all within the minute. */
	assert_true(tally->nbins < 60000000000u / CENSUS_BIN_NS);
}

static void
launch_tree(launch_t *launch)
{
	launch_environment(&launch->environment);
	words_add(&launch->argv, "%s", own);
	words_add(&launch->argv, "root");
}

static void
check_ending(const process_t *process)
{
	ending_t ending;
	launch_reap(process, &ending);
	assert_int_equal(ending.signal, 0);
	assert_int_equal(ending.code, 0);
}

/* ------------------------------------------------------------ the methods --
 */

static void
test_tracepoints_see_the_tree(void **state)
{
	(void)state;
	census_perf_t perf;
	census_tally_t tally;
	process_t process;
	fault_t fault;
	launch_t launch = {0};
	if (census_perf_open(&perf, CENSUS_PERF_RING, &fault)) {
		print_message("# SKIP %s\n", fault.text);
		skip();
	}
	launch_tree(&launch);
	/* What the opening process does itself is not counted. */
	tree_advise(tree_map());
	assert_false(launch_start(&process, &launch, &fault));
	assert_int_equal(launch_wait(&process, 30000), LAUNCH_ENDED);
	census_tally_init(&tally, process.t_begin_ns);
	census_perf_drain(&perf, &tally);
	assert_int_equal(census_perf_lost(&perf), 0);
	check_ending(&process);
	census_tally_finish(&tally);
	check_tree(&tally);
	assert_true(tally.ranges_unknown);
	census_perf_close(&perf);
	census_tally_release(&tally);
	words_release(&launch.argv);
	words_release(&launch.environment);
}

struct serve_s {
	census_notify_t notify;
	census_tally_t tally;
	int stop_fd;
	bool none;
};

static void *
serve(void *argument)
{
	struct serve_s *s = argument;
	s->none = census_notify_serve(&s->notify, s->stop_fd, &s->tally);
	return NULL;
}

static void
test_notification_sees_the_tree(void **state)
{
	(void)state;
	struct serve_s s = {.stop_fd = eventfd(0, EFD_CLOEXEC)};
	pthread_t thread;
	process_t process;
	fault_t fault;
	launch_t launch = {0};
	/* This is build/test/harness/census_tree. */
	char stub[PATH_MAX + 32];
	snprintf(stub, sizeof(stub), "%.*s/../../ebb-census",
	    (int)(strrchr(own, '/') - own), own);
	place_t place = {.census = stub};
	if (census_notify_check(&place, &fault)) {
		print_message("# SKIP %s\n", fault.text);
		skip();
	}
	launch_tree(&launch);
	words_add(&launch.environment, "LD_PRELOAD=");
	assert_false(census_notify_open(&s.notify, &place, &launch, &fault));
	assert_false(launch_start(&process, &launch, &fault));
	census_tally_init(&s.tally, process.t_begin_ns);
	assert_int_equal(pthread_create(&thread, NULL, serve, &s), 0);
	assert_int_equal(launch_wait(&process, 30000), LAUNCH_ENDED);
	assert_int_equal(eventfd_write(s.stop_fd, 1), 0);
	pthread_join(thread, NULL);
	assert_false(s.none);
	check_ending(&process);
	census_tally_finish(&s.tally);
	check_tree(&s.tally);
	assert_false(s.tally.ranges_unknown);
	assert_int_equal(s.tally.sum[CENSUS_PROCESS_MADVISE].bytes, 5 * PAGE);
	census_notify_close(&s.notify);
	census_tally_release(&s.tally);
	close(s.stop_fd);
	words_release(&launch.argv);
	words_release(&launch.environment);
}

/* A program that cannot be run is an ended process and not a wait. */
static void
test_notification_without_a_program(void **state)
{
	(void)state;
	struct serve_s s = {.stop_fd = eventfd(0, EFD_CLOEXEC)};
	process_t process;
	ending_t ending;
	fault_t fault;
	launch_t launch = {0};
	place_t place = {.census = "/bin/false"};
	launch_tree(&launch);
	assert_true(census_notify_check(&place, &fault));
	assert_false(census_notify_open(&s.notify, &place, &launch, &fault));
	assert_false(launch_start(&process, &launch, &fault));
	/* It ends although nobody stops it. */
	assert_true(census_notify_serve(&s.notify, s.stop_fd, &s.tally));
	assert_int_equal(launch_wait(&process, 30000), LAUNCH_ENDED);
	launch_reap(&process, &ending);
	assert_int_equal(ending.code, 1);
	census_notify_close(&s.notify);
	close(s.stop_fd);
	words_release(&launch.argv);
	words_release(&launch.environment);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tracepoints_see_the_tree),
	    cmocka_unit_test(test_notification_sees_the_tree),
	    cmocka_unit_test(test_notification_without_a_program),
	};
	if (realpath("/proc/self/exe", own) == NULL)
		return 1;
	if (argc > 1)
		return tree_main(argv[1]);
	launch_signals_hold();
	int failed = cmocka_run_group_tests_name("census", tests, NULL, NULL);
	launch_signals_release();
	return failed;
}
