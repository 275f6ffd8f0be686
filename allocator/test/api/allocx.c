/*
 * mallocx and its family: flags, and the sizes they tell and keep.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "ebb/ebb.h"
#include "tap.h"

static const int flag_sets[] = {0, MALLOCX_ZERO, MALLOCX_TCACHE_NONE,
    MALLOCX_ARENA(0), MALLOCX_ARENA(0) | MALLOCX_TCACHE_NONE,
    MALLOCX_ZERO | MALLOCX_ARENA(0) | MALLOCX_TCACHE_NONE};

static void
test_nallocx_agrees_with_sallocx(void)
{
	for (size_t size = 1; size < 9u << 20; size += size / 6 + 1) {
		for (unsigned lg = 0; lg <= 22; lg += lg < 4 ? 4 : 3) {
			int flags = MALLOCX_LG_ALIGN(lg);
			size_t told = nallocx(size, flags);
			void *p = mallocx(size, flags);
			EXPECT(p != NULL && told >= size);
			EXPECT(sallocx(p, flags) == told);
			EXPECT(((uintptr_t)p & (((size_t)1 << lg) - 1)) == 0);
			dallocx(p, flags);
		}
	}
}

static void
test_nallocx_impossible(void)
{
	EXPECT(nallocx(0x7000000000000000, 0) == 0x7000000000000000);
	EXPECT(nallocx(0x7000000000000001, 0) == 0);
	EXPECT(nallocx(SIZE_MAX, 0) == 0);
	EXPECT(nallocx(SIZE_MAX, MALLOCX_ALIGN(64)) == 0);
	EXPECT(nallocx(1, MALLOCX_LG_ALIGN(63)) == 0);
}

static void
test_mallocx_flags(void)
{
	static const size_t sizes[] = {
	    1, 100, 4000, 10000, 20000, 100000, 1 << 20, 5 << 20};
	for (unsigned f = 0; f < COUNT(flag_sets); f++) {
		for (unsigned i = 0; i < COUNT(sizes); i++) {
			int flags = flag_sets[f];
			unsigned char *p = mallocx(sizes[i], flags);
			EXPECT(p != NULL);
			EXPECT(!(flags & MALLOCX_ZERO) ||
			       (p[0] == 0 && p[sizes[i] - 1] == 0));
			memset(p, 0x5b, sallocx(p, flags));
			p = rallocx(p, 2 * sizes[i], flags);
			EXPECT(p != NULL && p[sizes[i] - 1] == 0x5b);
			memset(p, 0x5b, sallocx(p, flags));
			EXPECT(
			    xallocx(p, 2 * sizes[i], 0, flags) >= 2 * sizes[i]);
			if (i & 1)
				sdallocx(p, 2 * sizes[i], flags);
			else
				dallocx(p, flags);
		}
	}
}

static void
test_mallocx_absent_arena(void)
{
	EXPECT(mallocx(100, MALLOCX_ARENA(4000)) == NULL);
	EXPECT(mallocx(100, MALLOCX_ARENA(4094)) == NULL);
	void *p = mallocx(100, 0);
	EXPECT(rallocx(p, 200, MALLOCX_ARENA(4000)) == NULL);
	free(p);
}

static void
test_rallocx_alignment(void)
{
	for (unsigned lg = 4; lg < 23; lg++) {
		int flags = MALLOCX_LG_ALIGN(lg);
		size_t mask = ((size_t)1 << lg) - 1;
		unsigned char *p = mallocx(100, 0);
		memset(p, 0x42, 100);
		for (size_t size = 200; size < 6u << 20; size *= 3) {
			p = rallocx(p, size, flags);
			EXPECT(p != NULL && ((uintptr_t)p & mask) == 0);
			EXPECT(p[0] == 0x42 && p[99] == 0x42);
		}
		p = rallocx(p, 100, flags);
		EXPECT(p != NULL && ((uintptr_t)p & mask) == 0);
		EXPECT(p[0] == 0x42 && p[99] == 0x42);
		dallocx(p, flags);
	}
}

static void
test_xallocx_small_keeps_class(void)
{
	void *p = mallocx(100, 0); /* class 112 */
	EXPECT(xallocx(p, 112, 0, 0) == 112);
	EXPECT(xallocx(p, 100, 0, 0) == 112);
	EXPECT(xallocx(p, 113, 0, 0) == 112);
	EXPECT(xallocx(p, 50, 0, 0) == 112);
	EXPECT(xallocx(p, 50, 100, 0) == 112);
	EXPECT(xallocx(p, 1000, 1000, 0) == 112);
	EXPECT(xallocx(p, 1, SIZE_MAX, 0) == 112);
	EXPECT(xallocx(p, SIZE_MAX, SIZE_MAX, 0) == 112);
	dallocx(p, 0);
}

static void
test_xallocx_large(void)
{
	char *p = mallocx(1 << 20, 0);
	memset(p, 7, 1 << 20);
	EXPECT(xallocx(p, 100000, 0, 0) == nallocx(100000, 0));
	EXPECT(p[99999] == 7);
	EXPECT(xallocx(p, 200000, 0, 0) == nallocx(200000, 0));
	/* As far as the free run behind allows, at most what is asked. */
	size_t got = xallocx(p, 200001, 500000, 0);
	EXPECT(got >= 200001 && got <= nallocx(700001, 0));
	EXPECT(got == sallocx(p, 0));
	memset(p, 8, got);
	/* A large object never becomes small or huge in place. */
	EXPECT(xallocx(p, 100, 0, 0) == got);
	EXPECT(xallocx(p, 100, 10000, 0) == got);
	EXPECT(xallocx(p, 4 << 20, 0, 0) == got);
	got = xallocx(p, 300000, SIZE_MAX, 0);
	EXPECT(got >= 300000 && got <= 1835008);
	dallocx(p, 0);
}

static void
test_xallocx_huge(void)
{
	char *p = mallocx(20 << 20, 0);
	EXPECT(xallocx(p, 5 << 20, 0, 0) == 5 << 20);
	EXPECT(xallocx(p, 7 << 20, 0, 0) == 7 << 20);
	EXPECT(xallocx(p, 5 << 20, 3 << 20, 0) == 7 << 20 ||
	       sallocx(p, 0) == 8 << 20);
	EXPECT(xallocx(p, 2 << 20, 0, 0) == 2 << 20);
	EXPECT(xallocx(p, 100000, 0, 0) == 2 << 20);
	memset(p, 1, 2 << 20);
	dallocx(p, 0);
}

static void
test_xallocx_aligned(void)
{
	char *p = mallocx(100000, MALLOCX_ALIGN(65536));
	EXPECT(((uintptr_t)p & 65535) == 0);
	EXPECT(xallocx(p, 100000, 0, MALLOCX_ALIGN(65536)) >= 100000);
	/* An alignment that it does not have: not done. */
	char *q = mallocx(100, 0);
	char *first = q;
	if (((uintptr_t)q & 4095) == 0)
		q = mallocx(100, 0);
	size_t usable = sallocx(q, 0);
	EXPECT(xallocx(q, 300, 0, MALLOCX_ALIGN(4096)) == usable);
	if (q != first)
		dallocx(first, 0);
	dallocx(q, 0);
	dallocx(p, 0);
}

static void
test_allocx_leave_errno(void)
{
	errno = 55;
	void *p = mallocx(3 << 20, 0);
	EXPECT(mallocx((size_t)1 << 61, 0) == NULL);
	EXPECT(nallocx(SIZE_MAX, 0) == 0);
	dallocx(p, 0);
	p = malloc(1 << 20);
	free(p);
	EXPECT(errno == 55 || errno == ENOMEM);
}

int
main(void)
{
	RUN(test_nallocx_agrees_with_sallocx);
	RUN(test_nallocx_impossible);
	RUN(test_mallocx_flags);
	RUN(test_mallocx_absent_arena);
	RUN(test_rallocx_alignment);
	RUN(test_xallocx_small_keeps_class);
	RUN(test_xallocx_large);
	RUN(test_xallocx_huge);
	RUN(test_xallocx_aligned);
	RUN(test_allocx_leave_errno);
	return tap_done();
}
