/*
 * Alignments from 1 byte to 64 MiB: the address, the size, and that such an
 * object is freed and resized like any other.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "ebb/ebb.h"
#include "tap.h"

static const size_t sizes[] = {0, 1, 8, 17, 100, 512, 1000, 4096, 5000, 14336,
    14337, 20000, 32768, 40000, 65536, 100000, 500000, 1 << 20, 1835008,
    1835009, 2 << 20, 3 << 20};

static void
test_aligned_sweep(void)
{
	for (unsigned lg = 0; lg <= 22; lg++) {
		size_t align = (size_t)1 << lg;
		for (unsigned i = 0; i < COUNT(sizes); i++) {
			enum { N = 3 };
			unsigned char *p[N];
			for (unsigned j = 0; j < N; j++) {
				p[j] = aligned_alloc(align, sizes[i]);
				EXPECT(p[j] != NULL);
				EXPECT(((uintptr_t)p[j] & (align - 1)) == 0);
				size_t usable = malloc_usable_size(p[j]);
				EXPECT(usable >= sizes[i]);
				memset(p[j], (int)(j + 1), usable);
			}
			for (unsigned j = 0; j < N; j++) {
				size_t usable = malloc_usable_size(p[j]);
				EXPECT(p[j][0] == j + 1);
				EXPECT(p[j][usable - 1] == j + 1);
				free(p[j]);
			}
		}
	}
}

static void
test_aligned_beyond_chunk(void)
{
	for (unsigned lg = 21; lg <= 26; lg++) {
		size_t align = (size_t)1 << lg;
		void *p[4];
		for (unsigned i = 0; i < COUNT(p); i++) {
			EXPECT(posix_memalign(&p[i], align, 3 << 20) == 0);
			EXPECT(((uintptr_t)p[i] & (align - 1)) == 0);
			memset(p[i], 1, 3 << 20);
		}
		for (unsigned i = 0; i < COUNT(p); i++)
			free(p[i]);
	}
}

/* Large objects move within their first page; aligned ones do not, and go to
 * the same cache when they are freed. */
static void
test_aligned_large_mixed_with_plain(void)
{
	enum { N = 200 };
	void *p[N];
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < N; i++) {
			p[i] = i & 1 ? malloc(30000) : memalign(4096, 30000);
			EXPECT(i & 1 || ((uintptr_t)p[i] & 4095) == 0);
			memset(p[i], (int)i, 32768);
		}
		for (unsigned i = 0; i < N; i++) {
			unsigned char *c = p[(i * 77) % N];
			EXPECT(c[0] == (unsigned char)((i * 77) % N));
			EXPECT(c[32767] == c[0]);
			free(c);
		}
	}
}

/* memalign of many alignments leaves no memory behind: 2000 rounds would take
 * 16 GB. */
static void
test_aligned_is_freed(void)
{
	for (unsigned i = 0; i < 2000; i++) {
		void *p = aligned_alloc(4 << 20, 4 << 20);
		void *q = aligned_alloc(1 << 20, 600000);
		EXPECT(p != NULL && q != NULL);
		*(char *)p = *(char *)q = 1;
		free(p);
		free(q);
	}
}

int
main(void)
{
	RUN(test_aligned_sweep);
	RUN(test_aligned_beyond_chunk);
	RUN(test_aligned_large_mixed_with_plain);
	RUN(test_aligned_is_freed);
	return tap_done();
}
