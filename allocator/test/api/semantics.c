/*
 * The malloc family's promises that programs rely on, one test each.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "ebb/ebb.h"
#include "tap.h"

void cfree(void *ptr);

static void
test_malloc_of_nothing_is_unique(void)
{
	void *p[5];
	p[0] = malloc(0);
	p[1] = calloc(0, 8);
	p[2] = calloc(8, 0);
	p[3] = NULL;
	EXPECT(posix_memalign(&p[3], 64, 0) == 0);
	p[4] = realloc(NULL, 0);
	for (unsigned i = 0; i < COUNT(p); i++) {
		EXPECT(p[i] != NULL);
		for (unsigned j = 0; j < i; j++)
			EXPECT(p[i] != p[j]);
	}
	EXPECT(((uintptr_t)p[3] & 63) == 0);
	for (unsigned i = 0; i < COUNT(p); i++)
		free(p[i]);
}

static void
expect_enomem(void *p)
{
	EXPECT(p == NULL);
	EXPECT(errno == ENOMEM);
	free(p);
	errno = 0;
}

static void
test_malloc_impossible_sizes(void)
{
	static const size_t sizes[] = {PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1,
	    0x7000000000000000, 0x7000000000000001, SIZE_MAX - 4096,
	    SIZE_MAX - 1, SIZE_MAX};
	void *p = malloc(100);
	memset(p, 0x11, 100);
	errno = 0;
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		expect_enomem(malloc(sizes[i]));
		expect_enomem(calloc(1, sizes[i]));
		expect_enomem(calloc(sizes[i], 1));
		expect_enomem(realloc(p, sizes[i]));
		expect_enomem(aligned_alloc(64, sizes[i]));
		expect_enomem(memalign(4096, sizes[i]));
		expect_enomem(memalign(1 << 22, sizes[i]));
		expect_enomem(valloc(sizes[i]));
		expect_enomem(pvalloc(sizes[i]));
		void *q = p;
		EXPECT(posix_memalign(&q, 64, sizes[i]) == ENOMEM);
		EXPECT(q == p);
		EXPECT(mallocx(sizes[i], 0) == NULL);
		EXPECT(mallocx(sizes[i], MALLOCX_ALIGN(1 << 22)) == NULL);
		EXPECT(rallocx(p, sizes[i], 0) == NULL);
	}
	for (unsigned i = 0; i < 100; i++)
		EXPECT(((unsigned char *)p)[i] == 0x11);
	free(p);
}

static void
test_calloc_overflow(void)
{
	static const size_t factors[][2] = {{SIZE_MAX, 2}, {2, SIZE_MAX},
	    {SIZE_MAX, SIZE_MAX}, {(size_t)1 << 32, (size_t)1 << 32},
	    {((size_t)1 << 32) + 1, ((size_t)1 << 32) + 1},
	    {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX / 16 + 1, 16}};
	errno = 0;
	for (unsigned i = 0; i < COUNT(factors); i++)
		expect_enomem(calloc(factors[i][0], factors[i][1]));
}

/* Alignments that no address space holds. */
static volatile size_t largest = SIZE_MAX; /* the compiler would warn */

static void
test_aligned_alloc_impossible_alignments(void)
{
	errno = 0;
	for (unsigned lg = 47; lg < 64; lg++) {
		expect_enomem(aligned_alloc((size_t)1 << lg, 8));
		expect_enomem(
		    aligned_alloc((size_t)1 << lg, 0x6000000000000000));
		expect_enomem(aligned_alloc((size_t)1 << lg, largest));
		EXPECT(mallocx(8, MALLOCX_LG_ALIGN(lg)) == NULL);
	}
}

static void
test_aligned_alloc_invalid_alignments(void)
{
	static const size_t bad[] = {0, 3, 24, 100, 4097, SIZE_MAX};
	for (unsigned i = 0; i < COUNT(bad); i++) {
		errno = 0;
		EXPECT(aligned_alloc(bad[i], 96) == NULL);
		EXPECT(errno == EINVAL);
	}
	/* The size need not be a multiple (C17, DR 460). */
	void *p = aligned_alloc(64, 100);
	EXPECT(p != NULL && ((uintptr_t)p & 63) == 0);
	free(p);
	p = aligned_alloc(1, 100);
	EXPECT(p != NULL);
	free(p);
}

static void
test_posix_memalign_errors(void)
{
	static const size_t bad[] = {0, 1, 2, 3, 4, 24, SIZE_MAX};
	void *p = &p;
	errno = 77;
	for (unsigned i = 0; i < COUNT(bad); i++)
		EXPECT(posix_memalign(&p, bad[i], 96) == EINVAL);
	EXPECT(posix_memalign(&p, 8, PTRDIFF_MAX) == ENOMEM);
	EXPECT(p == &p);
	EXPECT(errno == 77);
	EXPECT(posix_memalign(&p, sizeof(void *), 1) == 0);
	EXPECT(p != &p);
	free(p);
}

static void
test_realloc_to_nothing_frees(void)
{
	/* If it did not, this would take 6 GB. */
	for (unsigned i = 0; i < 3000; i++) {
		void *p = malloc(2 << 20);
		EXPECT(p != NULL);
		memset(p, 1, 4096);
		EXPECT(realloc(p, 0) == NULL);
	}
	void *p = realloc(NULL, 100);
	EXPECT(p != NULL && malloc_usable_size(p) >= 100);
	free(p);
}

static void
test_malloc_usable_size_is_usable(void)
{
	EXPECT(malloc_usable_size(NULL) == 0);
	for (size_t size = 0; size < 9u << 20; size += size / 7 + 1) {
		unsigned char *p = malloc(size);
		size_t usable = malloc_usable_size(p);
		EXPECT(p != NULL && usable >= size);
		EXPECT(usable <= size + size / 4 + 16 || size > 14336);
		memset(p, (int)size, usable);
		EXPECT(p[0] == (unsigned char)size);
		EXPECT(p[usable - 1] == (unsigned char)size);
		free(p);
	}
}

static void
test_malloc_alignment(void)
{
	for (size_t size = 1; size < 70000; size += 1 + size / 50) {
		size_t align = size <= 8 ? 8 : 16;
		void *p[3];
		for (unsigned i = 0; i < COUNT(p); i++) {
			p[i] = malloc(size);
			EXPECT(((uintptr_t)p[i] & (align - 1)) == 0);
		}
		for (unsigned i = 0; i < COUNT(p); i++)
			free(p[i]);
	}
}

static void
test_valloc_pvalloc_memalign(void)
{
	void *p = valloc(100);
	EXPECT(p != NULL && ((uintptr_t)p & 4095) == 0);
	free(p);
	p = pvalloc(4097);
	EXPECT(p != NULL && ((uintptr_t)p & 4095) == 0);
	EXPECT(malloc_usable_size(p) >= 8192);
	free(p);
	p = pvalloc(0);
	EXPECT(p != NULL);
	cfree(p);
	p = memalign(512, 10);
	EXPECT(p != NULL && ((uintptr_t)p & 511) == 0);
	cfree(p);
	cfree(NULL);
	free(NULL);
}

static void
test_free_preserves_errno(void)
{
	enum { N = 32, SIZE = 2 << 20 };
	void *p[N + 2];
	for (unsigned i = 0; i < N; i++) {
		p[i] = malloc(SIZE);
		memset(p[i], 1, SIZE);
	}
	p[N] = malloc(100);
	p[N + 1] = malloc(100000);
	errno = 123;
	for (unsigned i = 0; i < COUNT(p); i++)
		free(p[i]);
	EXPECT(errno == 123);
	free(NULL);
	EXPECT(errno == 123);
}

static void
test_free_preserves_errno_many(void)
{
	enum { N = 1 << 16 };
	static void *p[N];
	for (unsigned i = 0; i < N; i++)
		p[i] = malloc(1024); /* 64 MiB */
	for (unsigned i = 0; i < N; i++)
		memset(p[i], 1, 1024);
	for (unsigned i = 0; i < N; i++) {
		errno = (int)i;
		free(p[i]);
		if (!EXPECT(errno == (int)i))
			break;
	}
}

static void
test_free_sized(void)
{
	for (size_t size = 0; size < 5u << 20; size += size / 5 + 1) {
		free_sized(malloc(size), size);
		sdallocx(mallocx(size + 1, 0), size + 1, 0);
		size_t align = 256;
		free_aligned_sized(aligned_alloc(align, size), align, size);
		void *p = mallocx(size + 1, MALLOCX_ALIGN(align));
		sdallocx(p, size + 1, MALLOCX_ALIGN(align));
	}
	free_sized(NULL, 0);
	free_aligned_sized(NULL, 64, 0);
	free_aligned_sized(aligned_alloc(64, 0), 64, 0);
}

int
main(void)
{
	RUN(test_malloc_of_nothing_is_unique);
	RUN(test_malloc_impossible_sizes);
	RUN(test_calloc_overflow);
	RUN(test_aligned_alloc_impossible_alignments);
	RUN(test_aligned_alloc_invalid_alignments);
	RUN(test_posix_memalign_errors);
	RUN(test_realloc_to_nothing_frees);
	RUN(test_malloc_usable_size_is_usable);
	RUN(test_malloc_alignment);
	RUN(test_valloc_pvalloc_memalign);
	RUN(test_free_preserves_errno);
	RUN(test_free_preserves_errno_many);
	RUN(test_free_sized);
	return tap_done();
}
