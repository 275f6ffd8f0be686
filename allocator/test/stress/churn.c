/*
 * Everything at once, from several threads, for the thread sanitizer: all
 * sizes, objects that change hands, purges, new threads, and statistics.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "ebb/ebb.h"
#include "public.h"
#include "tap.h"
#include "validate.h"

#define SLOTS 512

static _Atomic(unsigned char *) shared[SLOTS];
static _Atomic bool stop;

static uint64_t
random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 20;
}

/* Mostly small, at times huge. */
static size_t
random_size(uint64_t *state, unsigned lg_max)
{
	uint64_t r = random_next(state);
	return 1 + (r >> 8) % ((size_t)1 << (3 + r % (lg_max - 2)));
}

static void
check_and_free(unsigned char *p)
{
	if (p == NULL)
		return;
	EXPECT(p[0] == 0x41);
	je_free(p);
}

static unsigned char *
allocate(uint64_t *state, unsigned lg_max)
{
	size_t size = random_size(state, lg_max);
	unsigned char *p;
	switch (random_next(state) % 8) {
	case 0:
		p = je_calloc(1, size);
		break;
	case 1:
		p = je_aligned_alloc(
		    (size_t)1 << random_next(state) % 14, size);
		break;
	case 2:
		p = je_mallocx(size, MALLOCX_TCACHE_NONE);
		break;
	default:
		p = je_malloc(size);
		break;
	}
	EXPECT(p != NULL);
	p[size - 1] = 0x41;
	p[0] = 0x41;
	return p;
}

static void
churn(uint64_t *state, unsigned ops, unsigned lg_max)
{
	for (unsigned i = 0; i < ops; i++) {
		unsigned char *p = allocate(state, lg_max);
		if (random_next(state) % 8 == 0) {
			p = je_realloc(p, random_size(state, lg_max));
			EXPECT(p != NULL && p[0] == 0x41);
		}
		unsigned slot = (unsigned)(random_next(state) % SLOTS);
		check_and_free(atomic_exchange(&shared[slot], p));
	}
}

static void *
churn_small(void *arg)
{
	uint64_t state = (uint64_t)(uintptr_t)arg;
	churn(&state, 30000, 12);
	return NULL;
}

static void *
churn_all(void *arg)
{
	uint64_t state = (uint64_t)(uintptr_t)arg;
	churn(&state, 2500, 22);
	return NULL;
}

static void *
control(void *arg)
{
	(void)arg;
	static const char *const actions[] = {
	    "arena.4096.purge", "arena.4096.decay", "thread.tcache.flush"};
	for (unsigned i = 0; !atomic_load(&stop); i++) {
		EXPECT(je_mallctl(actions[i % COUNT(actions)], NULL, NULL, NULL,
			   0) == 0);
		uint64_t epoch = 1;
		EXPECT(je_mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch)) ==
		       0);
		ssize_t decay_time = i & 1 ? 0 : 10;
		int err = je_mallctl("arena.0.decay_time", NULL, NULL,
		    &decay_time, sizeof(decay_time));
		EXPECT(err == 0 || err == EFAULT);
		je_free(je_malloc(100));
	}
	return NULL;
}

static void *
breed(void *arg)
{
	for (unsigned i = 0; i < 30; i++) {
		pthread_t thread;
		void *p = je_malloc(40000);
		EXPECT(pthread_create(&thread, NULL, churn_all, arg) == 0);
		je_free(p);
		pthread_join(thread, NULL);
	}
	return NULL;
}

/* Starts n threads and waits for them. */
static void
run(void *(*const bodies[])(void *), unsigned n)
{
	pthread_t threads[8];
	for (uintptr_t i = 0; i < n; i++)
		EXPECT(pthread_create(
			   &threads[i], NULL, bodies[i], (void *)(i + 1)) == 0);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

/* Nobody else is at work any more. */
static void
finish(void)
{
	for (unsigned i = 0; i < SLOTS; i++)
		check_and_free(atomic_exchange(&shared[i], NULL));
	const char *wrong = arenas_validate();
	if (!EXPECT(wrong == NULL))
		tap_say("# %s\n", wrong);
}

static void
test_stress_small(void)
{
	run((void *(*[])(void *)){churn_small, churn_small, churn_small}, 3);
	finish();
}

static void
test_stress_all_sizes(void)
{
	run((void *(*[])(void *)){churn_all, churn_all, churn_all, churn_all},
	    4);
	finish();
}

static void
test_stress_mixed(void)
{
	run((void *(*[])(void *)){churn_small, churn_all, churn_small,
		churn_all},
	    4);
	finish();
}

static void
test_stress_with_control(void)
{
	pthread_t controller;
	atomic_store(&stop, false);
	EXPECT(pthread_create(&controller, NULL, control, NULL) == 0);
	run((void *(*[])(void *)){churn_small, churn_all, churn_all}, 3);
	atomic_store(&stop, true);
	pthread_join(controller, NULL);
	finish();
}

static void
test_stress_short_lived_threads(void)
{
	run((void *(*[])(void *)){breed, churn_all}, 2);
	finish();
}

int
main(void)
{
	RUN(test_stress_small);
	RUN(test_stress_all_sizes);
	RUN(test_stress_mixed);
	RUN(test_stress_with_control);
	RUN(test_stress_short_lived_threads);
	return tap_done();
}
