/*
 * Memory that was promised to be zero is zero, whatever was in it before.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ebb/ebb.h"
#include "tap.h"

static bool
is_zero(const void *p, size_t size)
{
	const unsigned char *c = p;
	return size == 0 || (c[0] == 0 && memcmp(c, c + 1, size - 1) == 0);
}

/* Sizes of every kind, with those around the borders between kinds. */
static const size_t sizes[] = {1, 8, 16, 100, 1024, 4096, 4097, 14336, 14337,
    16384, 20480, 32768, 32769, 65536, 300000, 1835008, 1835009, 2097152,
    2097153, 3 << 20, 9 << 20};

/* Fills and frees enough that the next requests meet what was used. */
static void
dirty(size_t size)
{
	enum { N = 40 };
	unsigned n = size > 1 << 20 ? 2 : N;
	void *p[N];
	for (unsigned i = 0; i < n; i++) {
		p[i] = malloc(size);
		memset(p[i], 0xee, sallocx(p[i], 0));
	}
	for (unsigned i = 0; i < n; i++)
		free(p[i]);
}

static void
test_calloc_zero_after_reuse(void)
{
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		enum { N = 10 };
		void *p[N];
		dirty(sizes[i]);
		for (unsigned j = 0; j < N; j++) {
			p[j] = calloc(1, sizes[i]);
			EXPECT(p[j] != NULL && is_zero(p[j], sizes[i]));
		}
		for (unsigned j = 0; j < N; j++)
			free(p[j]);
	}
}

/* A small run's pages become a large one and the other way round. */
static void
test_calloc_zero_across_kinds(void)
{
	for (unsigned from = 0; from < COUNT(sizes); from++) {
		for (unsigned to = 0; to < COUNT(sizes); to++) {
			dirty(sizes[from]);
			void *p = calloc(sizes[to], 1);
			EXPECT(p != NULL && is_zero(p, sizes[to]));
			free(p);
		}
	}
}

/* As the cache hands out an object at an offset, and alignment moves it to the
 * start of its page. */
static void
test_mallocx_zero_aligned_after_reuse(void)
{
	static const size_t aligns[] = {
	    16, 64, 128, 2048, 4096, 8192, 65536, 2097152, 4194304};
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		for (unsigned a = 0; a < COUNT(aligns); a++) {
			int flags = MALLOCX_ALIGN(aligns[a]) | MALLOCX_ZERO;
			dirty(sizes[i]);
			for (unsigned j = 0; j < 3; j++) {
				void *p = mallocx(sizes[i], flags);
				EXPECT(p != NULL);
				EXPECT(((uintptr_t)p & (aligns[a] - 1)) == 0);
				size_t usable = sallocx(p, 0);
				EXPECT(is_zero(p, usable));
				memset(p, 0xdd, usable);
				free(p);
			}
		}
	}
}

static void
test_rallocx_zero_grows_with_zeros(void)
{
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		for (unsigned j = 0; j < COUNT(sizes); j++) {
			dirty(sizes[i]);
			dirty(sizes[j]);
			char *p = mallocx(sizes[i], MALLOCX_ZERO);
			size_t old = sallocx(p, 0);
			p = rallocx(p, sizes[j], MALLOCX_ZERO);
			EXPECT(p != NULL);
			size_t new = sallocx(p, 0);
			EXPECT(is_zero(p, new));
			memset(p, 0xcc, new);
			(void)old;
			free(p);
		}
	}
}

static void
test_xallocx_zero_grows_with_zeros(void)
{
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		dirty(4 * sizes[i]);
		unsigned char *p = mallocx(sizes[i], MALLOCX_ZERO);
		size_t old = sallocx(p, 0);
		memset(p, 0xbb, old);
		size_t new = xallocx(p, old, 4 * old, MALLOCX_ZERO);
		EXPECT(new >= old &&new == sallocx(p, 0));
		EXPECT(is_zero(p + old, new - old));
		EXPECT(p[0] == 0xbb && p[old - 1] == 0xbb);
		memset(p, 0xaa, new);
		free(p);
	}
}

/* Shrinking in place and growing again must not show the old tail. */
static void
test_xallocx_zero_after_shrink(void)
{
	static const size_t from[] = {131072, 1 << 20, 3 << 20, 15 << 20};
	for (unsigned i = 0; i < COUNT(from); i++) {
		unsigned char *p = malloc(from[i]);
		size_t usable = sallocx(p, 0);
		memset(p, 0x99, usable);
		size_t less = xallocx(p, from[i] - from[i] / 3, 0, 0);
		EXPECT(less <= usable);
		size_t more = xallocx(p, less, usable - less, MALLOCX_ZERO);
		EXPECT(more >= less);
		EXPECT(is_zero(p + less, more - less));
		EXPECT(p[less - 1] == 0x99);
		free(p);
	}
}

int
main(void)
{
	RUN(test_calloc_zero_after_reuse);
	RUN(test_calloc_zero_across_kinds);
	RUN(test_mallocx_zero_aligned_after_reuse);
	RUN(test_rallocx_zero_grows_with_zeros);
	RUN(test_xallocx_zero_grows_with_zeros);
	RUN(test_xallocx_zero_after_shrink);
	return tap_done();
}
