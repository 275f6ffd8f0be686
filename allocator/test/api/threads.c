/*
 * Threads: their ends, objects that change hands, and what remains.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

static size_t
rss_bytes(void)
{
	char text[4096];
	FILE *f = fopen("/proc/self/statm", "r");
	size_t total = 0, resident = 0;
	if (f != NULL && fgets(text, sizeof(text), f) != NULL)
		sscanf(text, "%zu %zu", &total, &resident);
	if (f != NULL)
		fclose(f);
	return resident * 4096;
}

static void
run_threads(unsigned n, void *(*f)(void *), void *arg)
{
	pthread_t threads[64];
	for (unsigned i = 0; i < n; i++)
		EXPECT(pthread_create(&threads[i], NULL, f, arg) == 0);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

/* ------------------------------------------------------------- late calls --
 */

static pthread_key_t key;
static _Atomic unsigned rounds;

/* Allocates and frees in each round of destructors, and asks for another. */
static void
destructor(void *p)
{
	unsigned char *c = p;
	EXPECT(c[0] == 0x31);
	atomic_fetch_add(&rounds, 1);
	void *more[100];
	for (unsigned i = 0; i < COUNT(more); i++) {
		more[i] = malloc(1 + i * 300);
		EXPECT(more[i] != NULL);
		memset(more[i], 0x32, 1 + i * 300);
	}
	for (unsigned i = 0; i < COUNT(more); i++)
		free(more[i]);
	free(p);
	c = calloc(1, 1000);
	EXPECT(c[999] == 0);
	c = realloc(c, 60000);
	c[0] = 0x31;
	/* The system gives up after the fourth round; it would leak then. */
	if (atomic_load(&rounds) % 4 != 0)
		pthread_setspecific(key, c);
	else
		free(c);
}

static void *
with_destructor(void *arg)
{
	(void)arg;
	unsigned char *p = malloc(500);
	p[0] = 0x31;
	pthread_setspecific(key, p);
	return NULL;
}

static void
test_thread_destructor_allocates(void)
{
	EXPECT(pthread_key_create(&key, destructor) == 0);
	for (unsigned i = 0; i < 50; i++)
		run_threads(1, with_destructor, NULL);
	EXPECT(atomic_load(&rounds) == 200);
	pthread_key_delete(key);
}

/* libc frees these after the last round of destructors. */
static void *
with_late_frees(void *arg)
{
	(void)arg;
	EXPECT(strstr(strerror(1234567), "1234567") != NULL);
	EXPECT(dlsym(RTLD_DEFAULT, "ebb_no_such_function") == NULL);
	EXPECT(dlerror() != NULL);
	dlsym(RTLD_DEFAULT, "ebb_nor_this_one"); /* left pending */
	return NULL;
}

static void
test_thread_late_frees(void)
{
	for (unsigned i = 0; i < 200; i++)
		run_threads(2, with_late_frees, NULL);
}

/* More keys than libc has room for without allocating. */
static void
test_thread_many_keys(void)
{
	pthread_key_t keys[100];
	for (unsigned i = 0; i < COUNT(keys); i++)
		EXPECT(pthread_key_create(&keys[i], free) == 0);
	for (unsigned i = 0; i < COUNT(keys); i++)
		pthread_setspecific(keys[i], malloc(100));
	for (unsigned i = 0; i < COUNT(keys); i++)
		free(pthread_getspecific(keys[i]));
	for (unsigned i = 0; i < COUNT(keys); i++)
		pthread_key_delete(keys[i]);
}

/* ------------------------------------------------------------ short lives --
 */

static void *
short_life(void *arg)
{
	(void)arg;
	void *p[200];
	for (unsigned i = 0; i < COUNT(p); i++) {
		size_t size = 8 + i * i % 40000;
		p[i] = malloc(size);
		memset(p[i], 1, size);
	}
	for (unsigned i = 0; i < COUNT(p); i++)
		free(p[i]);
	return NULL;
}

static void
test_thread_short_lives_do_not_grow(void)
{
	/* A round may grow once, when threads meet in an arena as they did not
	 * before; what a thread leaves behind grows in every round. */
	size_t least = SIZE_MAX;
	for (unsigned round = 0; round < 4; round++) {
		size_t before = rss_bytes();
		for (unsigned i = 0; i < 300; i++)
			run_threads(2, short_life, NULL);
		size_t after = rss_bytes();
		size_t grown = after > before ? after - before : 0;
		least = grown < least ? grown : least;
	}
	EXPECT(least <= 128 << 10); /* 600 threads a round */
	if (least != 0)
		tap_say("# grew by %zu bytes in every round\n", least);
}

/* -------------------------------------------------------- changing hands ---
 */

#define SLOTS 1024

typedef struct box_s {
	_Atomic(unsigned char *) slots[SLOTS];
	_Atomic bool done;
} box_t;

static size_t
size_of_item(unsigned i)
{
	static const size_t sizes[] = {
	    16, 64, 100, 500, 1000, 5000, 14000, 20000, 33000, 100000};
	return sizes[i % COUNT(sizes)];
}

static void *
consume(void *arg)
{
	box_t *box = arg;
	for (bool last = false; !last;) {
		last = atomic_load(&box->done);
		for (unsigned i = 0; i < SLOTS; i++) {
			unsigned char *p =
			    atomic_exchange(&box->slots[i], NULL);
			if (p == NULL)
				continue;
			EXPECT(p[0] == 0x51);
			free(p);
		}
	}
	return NULL;
}

static void
test_thread_frees_for_another(void)
{
	static box_t box;
	pthread_t thread;
	EXPECT(pthread_create(&thread, NULL, consume, &box) == 0);
	size_t before = 0;
	for (unsigned i = 0; i < 200000; i++) {
		unsigned char *p = malloc(size_of_item(i));
		p[0] = 0x51;
		p = atomic_exchange(&box.slots[i % SLOTS], p);
		free(p);
		if (i == 60000)
			before = rss_bytes();
	}
	atomic_store(&box.done, true);
	pthread_join(thread, NULL);
	EXPECT(rss_bytes() <= before + (16 << 20));
}

/* Each frees what its neighbour allocated, through four rings. */
static _Atomic(unsigned char *) rings[4][256];

static void *
pass_on(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;
	for (unsigned i = 0; i < 60000; i++) {
		size_t size = size_of_item(i + me);
		unsigned char *p = i % 3 ? malloc(size) : calloc(1, size);
		EXPECT(p != NULL);
		p[0] = (unsigned char)(me + 1);
		p[size - 1] = (unsigned char)(me + 1);
		unsigned char *q = atomic_exchange(&rings[me][i & 255], p);
		if (q != NULL)
			free(q);
		q = atomic_exchange(&rings[(me + 1) % 4][i & 255], NULL);
		if (q != NULL) {
			EXPECT(q[0] == (me + 1) % 4 + 1);
			q = realloc(q, size_of_item(i + 5));
			EXPECT(q[0] == (me + 1) % 4 + 1);
			free(q);
		}
	}
	return NULL;
}

static void
test_thread_ring_of_four(void)
{
	pthread_t threads[4];
	for (uintptr_t i = 0; i < 4; i++)
		EXPECT(
		    pthread_create(&threads[i], NULL, pass_on, (void *)i) == 0);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; j < 256; j++)
			free(rings[i][j]);
	}
}

/* What a thread leaves behind, others can use and free. */
static void *
leave_behind(void *arg)
{
	void **p = arg;
	for (unsigned i = 0; i < 1000; i++) {
		p[i] = malloc(size_of_item(i));
		memset(p[i], 0x61, 16);
	}
	return NULL;
}

static void
test_thread_objects_outlive_it(void)
{
	static void *p[1000];
	for (unsigned round = 0; round < 10; round++) {
		run_threads(1, leave_behind, p);
		for (unsigned i = 0; i < COUNT(p); i++) {
			EXPECT(*(unsigned char *)p[i] == 0x61);
			p[i] = realloc(p[i], size_of_item(i + 1));
			EXPECT(*(unsigned char *)p[i] == 0x61);
			free(p[i]);
		}
	}
}

int
main(void)
{
	RUN(test_thread_destructor_allocates);
	RUN(test_thread_late_frees);
	RUN(test_thread_many_keys);
	RUN(test_thread_short_lives_do_not_grow);
	RUN(test_thread_frees_for_another);
	RUN(test_thread_ring_of_four);
	RUN(test_thread_objects_outlive_it);
	return tap_done();
}
