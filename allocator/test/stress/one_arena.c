/* MALLOC_CONF: narenas:1,tcache:false,decay_time:0 */
/*
 * All threads in one arena, without caches, so that they meet where a bin's or
 * the arena's lock is dropped and taken again: a run that two threads bring to
 * one bin, a chunk that two ask for, pages that go back meanwhile.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "public.h"
#include "tap.h"
#include "validate.h"

enum { THREADS = 4 };

static pthread_barrier_t barrier;

typedef struct load_s {
	size_t size;
	unsigned objects; /* that a thread holds at a time */
	unsigned rounds;
} load_t;

/* All fill up and empty at the same time: every round begins with no run, or
 * no chunk, at hand. */
static void *
fill_and_empty(void *arg)
{
	const load_t *load = arg;
	unsigned char **p = je_malloc(load->objects * sizeof(*p));
	unsigned char tag = (unsigned char)(uintptr_t)p;
	for (unsigned round = 0; round < load->rounds; round++) {
		pthread_barrier_wait(&barrier);
		for (unsigned i = 0; i < load->objects; i++) {
			p[i] = je_malloc(load->size);
			p[i][0] = p[i][load->size - 1] = tag;
		}
		for (unsigned i = 0; i < load->objects; i++) {
			EXPECT(p[i][0] == tag);
			EXPECT(p[i][load->size - 1] == tag);
			je_free(p[i]);
		}
	}
	je_free(p);
	return NULL;
}

static void
meet(load_t load)
{
	pthread_t threads[THREADS];
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		EXPECT(pthread_create(
			   &threads[i], NULL, fill_and_empty, &load) == 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
	const char *wrong = arenas_validate();
	if (!EXPECT(wrong == NULL))
		tap_say("# %s\n", wrong);
}

static void
test_stress_one_bin(void)
{
	meet((load_t){.size = 8, .objects = 600, .rounds = 20});
	meet((load_t){.size = 64, .objects = 100, .rounds = 60});
	meet((load_t){.size = 4096, .objects = 3, .rounds = 300});
	meet((load_t){.size = 14336, .objects = 20, .rounds = 60});
}

static void
test_stress_one_heap_of_runs(void)
{
	meet((load_t){.size = 16384, .objects = 10, .rounds = 100});
	meet((load_t){.size = 600000, .objects = 4, .rounds = 60});
	meet((load_t){.size = 1800000, .objects = 2, .rounds = 60});
}

static void
test_stress_one_space_of_chunks(void)
{
	meet((load_t){.size = 2 << 20, .objects = 3, .rounds = 60});
	meet((load_t){.size = 5 << 20, .objects = 2, .rounds = 60});
}

int
main(void)
{
	RUN(test_stress_one_bin);
	RUN(test_stress_one_heap_of_runs);
	RUN(test_stress_one_space_of_chunks);
	return tap_done();
}
