/* MALLOC_CONF: decay_time:0,narenas:1 */
/*
 * A fork in the middle of another thread's purge: the child purges all the
 * same.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tap.h"

#define MIB ((size_t)1 << 20)

static _Atomic bool stop;

static size_t
rss_bytes(void)
{
	char text[256];
	size_t total = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f != NULL && fgets(text, sizeof(text), f) != NULL)
		sscanf(text, "%zu %zu", &total, &resident);
	if (f != NULL)
		fclose(f);
	return resident * 4096;
}

static void *
purge_again_and_again(void *arg)
{
	while (!atomic_load(&stop)) {
		char *p = malloc(4 * MIB);
		memset(p, 1, 4 * MIB);
		free(p);
	}
	return arg;
}

static void
in_child(void)
{
	alarm(30);
	size_t before = rss_bytes();
	char *p = malloc(48 * MIB);
	memset(p, 1, 48 * MIB);
	free(p);
	size_t after = rss_bytes();
	_exit(after > before + 8 * MIB);
}

static void
test_fork_in_the_middle_of_a_purge(void)
{
	pthread_t threads[2];
	for (unsigned i = 0; i < COUNT(threads); i++)
		EXPECT(pthread_create(&threads[i], NULL, purge_again_and_again,
			   NULL) == 0);
	for (unsigned i = 0; i < 15; i++) {
		int status = -1;
		pid_t pid = fork();
		if (pid == 0)
			in_child();
		EXPECT(waitpid(pid, &status, 0) == pid);
		EXPECT(status == 0);
	}
	atomic_store(&stop, true);
	for (unsigned i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
}

int
main(void)
{
	RUN(test_fork_in_the_middle_of_a_purge);
	return tap_done();
}
