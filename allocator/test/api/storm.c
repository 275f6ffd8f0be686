/*
 * Everything a hostile program does at once: four threads, each of short life,
 * that allocate 8 bytes to 8 MiB by every function, resize, hand over and free
 * what they have, while the process forks. Nothing may be
 * damaged, stand still, or be lost: purged after a wave, the process holds what
 * it held after an early one. STORM_WAVES in the environment makes it longer.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <malloc.h>

#include "ebb/ebb.h"
#include "tap.h"

#define THREADS 4
#define SLOTS 256
#define STEPS 4000
#define WARM 4 /* waves before memory is measured */
#define GROWTH_KIB (16 << 10)

typedef struct block_s {
	unsigned char *p;
	size_t size;
} block_t;

static block_t *_Atomic handed[64]; /* between threads */

static uint64_t
next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 20;
}

/* 8 bytes to 8 MiB, each doubling half as likely as the one before from 64 KiB
 * on. */
static size_t
random_size(uint64_t *random)
{
	unsigned lg = 3 + next(random) % 14;
	while (lg >= 16 && lg < 23 && next(random) % 2)
		lg++;
	size_t size = (size_t)1 << lg;
	return size + (lg < 23 ? next(random) % size : 0);
}

static void
fill(block_t *b, uint64_t tag)
{
	b->p[0] = (unsigned char)tag;
	b->p[b->size / 2] = (unsigned char)tag;
	b->p[b->size - 1] = (unsigned char)tag;
}

static bool
intact(const block_t *b)
{
	return b->p[0] == b->p[b->size / 2] && b->p[0] == b->p[b->size - 1];
}

static void
drop(block_t *b)
{
	if (b->p == NULL)
		return;
	EXPECT(intact(b));
	free(b->p);
	b->p = NULL;
}

static void
make(block_t *b, uint64_t *random)
{
	size_t size = random_size(random);
	void *p = NULL;
	switch (next(random) % 4) {
	case 0:
		p = calloc(size / 8, 8);
		size = size / 8 * 8;
		for (size_t i = 0; p != NULL && i < size; i += 509) {
			if (!EXPECT(((char *)p)[i] == 0))
				break;
		}
		break;
	case 1: {
		size_t alignment = (size_t)8 << next(random) % 20;
		EXPECT(posix_memalign(&p, alignment, size) == 0);
		EXPECT(((uintptr_t)p & (alignment - 1)) == 0);
		break;
	}
	default:
		p = malloc(size);
	}
	EXPECT(p != NULL);
	EXPECT(malloc_usable_size(p) >= size);
	b->p = p;
	b->size = p == NULL ? 0 : size;
	if (p != NULL)
		fill(b, next(random));
}

static void
resize(block_t *b, uint64_t *random)
{
	size_t size = random_size(random);
	if (b->p == NULL)
		return;
	unsigned char tag = b->p[0];
	unsigned char *p = realloc(b->p, size);
	if (!EXPECT(p != NULL))
		return;
	EXPECT(p[0] == tag);
	if (b->size <= size)
		EXPECT(p[b->size / 2] == tag && p[b->size - 1] == tag);
	*b = (block_t){p, size};
	fill(b, tag);
}

/* Puts the block where another thread finds it, and takes what lay there. */
static void
swap(block_t *b, uint64_t *random)
{
	block_t *mine = malloc(sizeof(*mine));
	if (!EXPECT(mine != NULL))
		return;
	*mine = *b;
	b->p = NULL;
	block_t *other = atomic_exchange(&handed[next(random) % 64], mine);
	if (other != NULL)
		*b = *other;
	free(other);
}

static void *
worker(void *arg)
{
	uint64_t random = (uint64_t)(uintptr_t)arg;
	static __thread block_t slots[SLOTS];
	for (unsigned step = 0; step < STEPS; step++) {
		block_t *b = &slots[next(&random) % SLOTS];
		unsigned what = next(&random) % 16;
		if (what < 3)
			resize(b, &random);
		else if (what < 5)
			swap(b, &random);
		else {
			drop(b);
			make(b, &random);
		}
	}
	for (unsigned i = 0; i < SLOTS; i++)
		drop(&slots[i]);
	return NULL;
}

static void
collect_handed(void)
{
	for (unsigned i = 0; i < COUNT(handed); i++) {
		block_t *b = atomic_exchange(&handed[i], NULL);
		if (b != NULL)
			drop(b);
		free(b);
	}
}

/* The child allocates, starts a thread, and ends by itself. */
static void
fork_once(uint64_t seed)
{
	pid_t pid = fork();
	if (pid == 0) {
		pthread_t thread;
		alarm(60);
		if (pthread_create(&thread, NULL, worker, (void *)seed) != 0)
			_exit(2);
		pthread_join(thread, NULL);
		_exit(tap.wrong != 0);
	}
	int status = -1;
	EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
wave(uint64_t seed)
{
	pthread_t threads[THREADS];
	for (uint64_t i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, worker,
			   (void *)(seed * THREADS + i + 1)) == 0);
	fork_once(seed);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	collect_handed();
}

/* Resident memory, in KiB, once all arenas have given back what they can. */
static long
purged_rss(void)
{
	long pages = 0, rss = 0;
	EXPECT(mallctl("arena.4096.purge", NULL, NULL, NULL, 0) == 0);
	FILE *statm = fopen("/proc/self/statm", "r");
	if (EXPECT(statm != NULL)) {
		EXPECT(fscanf(statm, "%ld %ld", &pages, &rss) == 2);
		fclose(statm);
	}
	return rss * (sysconf(_SC_PAGESIZE) >> 10);
}

static void
test_storm(void)
{
	const char *waves = getenv("STORM_WAVES");
	unsigned n = waves != NULL ? (unsigned)atoi(waves) : 12;
	long early = 0;
	alarm(waves != NULL ? 0 : 200); /* it would stand still for ever */
	for (unsigned i = 0; i < n; i++) {
		wave(i);
		if (i == WARM)
			early = purged_rss();
	}
	if (n > WARM) {
		long late = purged_rss();
		tap_say("# %ld KiB, then %ld KiB\n", early, late);
		EXPECT(late < early + GROWTH_KIB);
	}
	alarm(0);
}

int
main(void)
{
	RUN(test_storm);
	return tap_done();
}
