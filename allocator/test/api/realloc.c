/*
 * Resizing keeps the content, across every border between classes and kinds,
 * and stays in place where that is promised.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "ebb/ebb.h"
#include "tap.h"

/* A pattern that tells positions and objects apart. */
static unsigned char
byte_at(size_t i, unsigned seed)
{
	return (unsigned char)((i * 131 + (i >> 8) * 7 + seed) ^ (i >> 16));
}

static void
fill(unsigned char *p, size_t from, size_t to, unsigned seed)
{
	for (size_t i = from; i < to; i++)
		p[i] = byte_at(i, seed);
}

/* Every byte of the first pages, some of the others, and the last ones. */
static bool
holds(const unsigned char *p, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size;
	     i += i < 16384 || size - i < 4096 ? 1 : 61) {
		if (p[i] != byte_at(i, seed))
			return false;
	}
	return true;
}

/* From each class border to each of a few others. */
static void
test_realloc_every_class_border(void)
{
	unsigned n = 0;
	for (size_t from = 1; from < 5u << 20; from = nallocx(from + 1, 0)) {
		size_t others[] = {from + 1, from - 1, from / 2 + 1, 2 * from,
		    from < 20000 ? 4 << 20 : 100};
		for (unsigned i = 0; i < COUNT(others); i++, n++) {
			size_t to = others[i] == 0 ? 1 : others[i];
			unsigned char *p = malloc(from);
			EXPECT(p != NULL);
			fill(p, 0, from, n);
			p = realloc(p, to);
			EXPECT(p != NULL);
			EXPECT(holds(p, from < to ? from : to, n));
			memset(p, 0x77, sallocx(p, 0));
			free(p);
		}
	}
}

static void
test_realloc_grow_and_shrink_step_by_step(void)
{
	unsigned char *p = NULL;
	size_t size = 0;
	for (size_t next = 1; next < 24u << 20; next += next / 3 + 1) {
		p = realloc(p, next);
		if (!EXPECT(p != NULL))
			return;
		fill(p, size, next, 1);
		size = next;
	}
	EXPECT(holds(p, size, 1));
	while (size > 1) {
		size -= size / 5 + 1;
		p = realloc(p, size == 0 ? 1 : size);
		if (!EXPECT(p != NULL && holds(p, size, 1)))
			return;
	}
	free(p);
}

static uint64_t random_state = 1;

static size_t
random_below(size_t n)
{
	random_state =
	    random_state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)((random_state >> 11) % n);
}

static void
test_realloc_random_walk(void)
{
	enum { N = 64 };
	struct {
		unsigned char *p;
		size_t size;
	} o[N];
	memset(o, 0, sizeof(o));
	for (unsigned op = 0; op < 6000; op++) {
		unsigned i = (unsigned)random_below(N);
		size_t size = 1 + (random_below((size_t)1 << random_below(23)));
		size_t kept = size < o[i].size ? size : o[i].size;
		o[i].p = realloc(o[i].p, size);
		if (!EXPECT(o[i].p != NULL && holds(o[i].p, kept, i)))
			return;
		fill(o[i].p, kept, size, i);
		o[i].size = size;
	}
	for (unsigned i = 0; i < N; i++) {
		EXPECT(holds(o[i].p, o[i].size, i));
		free(o[i].p);
	}
}

/* Within a class nothing moves. */
static void
test_realloc_same_class_stays(void)
{
	for (size_t size = 1; size < 9u << 20; size = nallocx(size + 1, 0)) {
		void *p = malloc(size);
		size_t usable = sallocx(p, 0);
		EXPECT(realloc(p, usable) == p);
		size_t less = usable - usable / 16;
		if (nallocx(less, 0) == usable)
			EXPECT(realloc(p, less) == p);
		free(p);
	}
}

static void
test_realloc_large_in_place(void)
{
	/* Alone in its chunk's free run: grows where it is. */
	char *p = malloc(200000);
	char *q = realloc(p, 100000);
	EXPECT(q == p); /* shrinking always does */
	q = realloc(q, 190000);
	EXPECT(q == p); /* into its own former tail */
	free(q);
}

static void
test_realloc_huge_in_place(void)
{
	unsigned char *p = malloc(12 << 20);
	fill(p, 0, 12 << 20, 9);
	unsigned char *q = realloc(p, 5 << 20);
	EXPECT(q == p && sallocx(q, 0) == 5 << 20);
	EXPECT(holds(q, 5 << 20, 9));
	q = realloc(q, 10 << 20);
	EXPECT(q == p && holds(q, 5 << 20, 9));
	q = realloc(q, 2 << 20);
	EXPECT(q == p && holds(q, 2 << 20, 9));
	free(q);
}

static void
test_realloc_failure_leaves_object(void)
{
	static const size_t sizes[] = {10, 5000, 40000, 3 << 20};
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		unsigned char *p = malloc(sizes[i]);
		fill(p, 0, sizes[i], i);
		errno = 0;
		EXPECT(realloc(p, (size_t)1 << 62) == NULL);
		EXPECT(errno == ENOMEM);
		EXPECT(holds(p, sizes[i], i));
		free(p);
	}
}

static void
test_realloc_success_keeps_errno(void)
{
	errno = 99;
	void *p = NULL;
	for (size_t size = 1; size < 40u << 20; size = size * 2 + 1)
		p = realloc(p, size);
	EXPECT(errno == 99);
	free(p);
}

/* An object that came with an alignment may be resized like any other. */
static void
test_realloc_of_aligned(void)
{
	for (unsigned lg = 4; lg <= 22; lg++) {
		for (size_t size = 100; size < 5u << 20; size *= 7) {
			unsigned char *p = aligned_alloc((size_t)1 << lg, size);
			fill(p, 0, size, lg);
			p = realloc(p, 3 * size);
			EXPECT(p != NULL && holds(p, size, lg));
			p = realloc(p, size / 2);
			EXPECT(p != NULL && holds(p, size / 2, lg));
			free(p);
		}
	}
}

/* Many that grow at once, as vectors do. */
static void
test_realloc_interleaved_growth(void)
{
	enum { N = 20 };
	unsigned char *p[N] = {NULL};
	for (size_t size = 1; size < 400000; size += size / 4 + 16) {
		for (unsigned i = 0; i < N; i++) {
			p[i] = realloc(p[i], size);
			p[i][size - 1] = (unsigned char)i;
			p[i][0] = (unsigned char)(i + 1);
		}
	}
	for (unsigned i = 0; i < N; i++) {
		EXPECT(p[i][0] == i + 1);
		free(p[i]);
	}
}

int
main(void)
{
	RUN(test_realloc_every_class_border);
	RUN(test_realloc_grow_and_shrink_step_by_step);
	RUN(test_realloc_random_walk);
	RUN(test_realloc_same_class_stays);
	RUN(test_realloc_large_in_place);
	RUN(test_realloc_huge_in_place);
	RUN(test_realloc_failure_leaves_object);
	RUN(test_realloc_success_keeps_errno);
	RUN(test_realloc_of_aligned);
	RUN(test_realloc_interleaved_growth);
	return tap_done();
}
