/*
 * fork while other threads allocate: the child can allocate, free, start
 * threads and exit.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <spawn.h>

#include "tap.h"

static _Atomic bool stop;
static _Atomic(void *) exchange[64];

static void *
churn(void *arg)
{
	uint64_t random = (uint64_t)(uintptr_t)arg;
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		size_t size = (random >> 40) % (1u << ((random >> 33) % 19));
		void *p = malloc(size);
		if (size >= 8)
			memset(p, 1, 8);
		p = atomic_exchange(&exchange[(random >> 20) & 63], p);
		free(p);
		if ((random >> 50) % 500 == 0)
			free(malloc(3 << 20));
	}
	return NULL;
}

static void *
in_childs_thread(void *arg)
{
	void *p[50];
	for (unsigned i = 0; i < COUNT(p); i++)
		p[i] = malloc(i * 1000);
	for (unsigned i = 0; i < COUNT(p); i++)
		free(p[i]);
	return arg;
}

static void
child_works(bool threads)
{
	alarm(30);
	/* What the parent's threads had. */
	for (unsigned i = 0; i < COUNT(exchange); i++)
		free(atomic_exchange(&exchange[i], NULL));
	for (size_t size = 1; size < 3u << 20; size = size * 3 + 1) {
		char *p = malloc(size);
		if (p == NULL)
			_exit(1);
		memset(p, 1, size);
		p = realloc(p, size + size / 2);
		free(p);
	}
	pthread_t thread;
	if (threads) {
		if (pthread_create(&thread, NULL, in_childs_thread, NULL) != 0)
			_exit(2);
		pthread_join(thread, NULL);
	}
	exit(0);
}

static void
fork_many(unsigned forks, unsigned nthreads)
{
	pthread_t threads[8];
	atomic_store(&stop, false);
	for (uintptr_t i = 0; i < nthreads; i++)
		EXPECT(pthread_create(
			   &threads[i], NULL, churn, (void *)(i + 1)) == 0);
	for (unsigned i = 0; i < forks; i++) {
		int status = -1;
		pid_t pid = fork();
		if (pid == 0)
			child_works(i % 8 == 0);
		if (!EXPECT(pid > 0))
			break;
		EXPECT(waitpid(pid, &status, 0) == pid);
		if (!EXPECT(status == 0))
			break;
	}
	atomic_store(&stop, true);
	for (unsigned i = 0; i < nthreads; i++)
		pthread_join(threads[i], NULL);
}

static void
test_fork_without_threads(void)
{
	fork_many(20, 0);
}

static void
test_fork_200_under_load(void)
{
	fork_many(200, 2);
}

/* Children of children. */
static void
test_fork_nested(void)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		for (unsigned depth = 0; depth < 5; depth++) {
			free(malloc(100000));
			pid = fork();
			if (pid != 0) {
				waitpid(pid, &status, 0);
				_exit(status == 0 ? 0 : 1);
			}
		}
		child_works(true);
	}
	EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
}

/* The child's memory is its own. */
static void
test_fork_does_not_share(void)
{
	unsigned char *p = malloc(1 << 20);
	memset(p, 5, 1 << 20);
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		memset(p, 6, 1 << 20);
		free(p);
		p = calloc(1, 1 << 20);
		_exit(p[0] != 0 || p[(1 << 20) - 1] != 0);
	}
	EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
	EXPECT(p[0] == 5 && p[(1 << 20) - 1] == 5);
	free(p);
}

static void
test_fork_spawn_and_popen(void)
{
	extern char **environ;
	char *const argv[] = {"sh", "-c", "exit 3", NULL};
	pid_t pid;
	int status;
	EXPECT(posix_spawnp(&pid, "sh", NULL, NULL, argv, environ) == 0);
	EXPECT(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
	FILE *f = popen("echo word", "r");
	char text[16] = "";
	EXPECT(f != NULL && fgets(text, sizeof(text), f) != NULL);
	EXPECT(strcmp(text, "word\n") == 0);
	EXPECT(pclose(f) == 0);
}

int
main(void)
{
	RUN(test_fork_without_threads);
	RUN(test_fork_200_under_load);
	RUN(test_fork_nested);
	RUN(test_fork_does_not_share);
	RUN(test_fork_spawn_and_popen);
	return tap_done();
}
