/*
 * Size classes: four to a doubling, in allocator.md D.1 to D.7. A request is
 * rounded up to its class; the class has an index. Small classes (0..35) share
 * runs of pages with others of their class, large ones (36..63) have runs of
 * their own, huge ones (64..231) have chunks.
 *
 * Pure functions over constant tables.
 */
#ifndef EBB_SZ_H
#define EBB_SZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assert.h"
#include "bits.h"
#include "compiler.h"

#define LG_PAGE 12
#define PAGE ((size_t)1 << LG_PAGE)
#define PAGE_MASK (PAGE - 1)
#define LG_CHUNK 21
#define CHUNKSIZE ((size_t)1 << LG_CHUNK)
#define CHUNKSIZE_MASK (CHUNKSIZE - 1)
#define LG_QUANTUM 4
#define LG_TINY_MIN 3

#define NBINS 36     /* small classes */
#define NLCLASSES 28 /* large classes */
#define NSIZES 232   /* all classes */
#define NPSIZES 199  /* classes of whole pages, for free runs and chunks */

#define LOOKUP_MAXCLASS ((size_t)4096)
#define SMALL_MAXCLASS ((size_t)14336)
#define LARGE_MINCLASS ((size_t)16384)
#define LARGE_MAXCLASS ((size_t)1835008)
#define HUGE_MAXCLASS ((size_t)0x7000000000000000)

/* What a large run has beyond its class, so that its start can vary. */
#define LARGE_PAD PAGE
/* The largest run of a chunk; arena_map.h asserts it. */
#define SZ_MAXRUN ((size_t)507 << LG_PAGE)
/* Slots of a large class in a thread cache. */
#define TCACHE_LARGE_MAX 20

typedef unsigned szind_t;

/* A small class: its run, and how to divide by its size. */
typedef struct bin_info_s {
	uint32_t reg_size;    /* bytes of a region, the class */
	uint32_t run_size;    /* bytes of a run; a multiple of both */
	uint16_t nregs;       /* regions of a run */
	uint16_t ncached_max; /* slots in a thread cache */
	uint8_t run_pages;
	uint8_t bitmap_words; /* of a run's set of free regions */
	uint8_t div_shift;    /* reg_size = odd << div_shift */
	uint64_t div_inv;     /* floor(2^55 / odd) + 1 */
} bin_info_t;

#define SZ_LG_DIV 55

extern const EBB_HIDDEN bin_info_t arena_bin_info[NBINS];
/* Class of a size <= LOOKUP_MAXCLASS at (size + 7) >> 3. */
extern const EBB_HIDDEN uint8_t size2index_tab[(4096 >> LG_TINY_MIN) + 1];
extern const EBB_HIDDEN size_t index2size_tab[NSIZES];

/* lg of the distance of the classes around size, >= LG_QUANTUM. size > 8. */
EBB_INLINE unsigned
sz_lg_delta(size_t size)
{
	unsigned x = lg_floor(2 * size - 1);
	return x < LG_QUANTUM + 3 ? LG_QUANTUM : x - 3;
}

/* Without the table. size > HUGE_MAXCLASS: NSIZES. */
EBB_INLINE szind_t
size2index_compute(size_t size)
{
	if (unlikely(size > HUGE_MAXCLASS))
		return NSIZES;
	if (unlikely(size <= (1u << LG_TINY_MIN)))
		return 0;
	unsigned lg_delta = sz_lg_delta(size);
	unsigned group = lg_floor(2 * size - 1);
	group = group < 6 ? 0 : group - 6;
	return 1 + 4 * group + (((size - 1) >> lg_delta) & 3);
}

/* The class of a request; 0 for size 0, NSIZES if there is none. */
EBB_INLINE szind_t
size2index(size_t size)
{
	if (likely(size <= LOOKUP_MAXCLASS))
		return size2index_tab[(size + 7) >> LG_TINY_MIN];
	return size2index_compute(size);
}

/* The size of a class; ind < NSIZES. */
EBB_INLINE size_t
index2size(szind_t ind)
{
	assert(ind < NSIZES);
	return index2size_tab[ind];
}

/* The usable size of a request: its class's size; 0 if there is none. */
EBB_INLINE size_t
s2u(size_t size)
{
	if (likely(size <= LOOKUP_MAXCLASS))
		return index2size(size2index(size));
	if (unlikely(size > HUGE_MAXCLASS))
		return 0;
	return ALIGN_UP(size, (size_t)1 << sz_lg_delta(size));
}

/*
 * The usable size of a request with an alignment, a power of two: the class to
 * allocate so that an aligned object of it can be found. 0 if there is none.
 */
size_t sa2u(size_t size, size_t alignment);

/* Classes of whole pages, rounding up: 0..NPSIZES - 1. psize > 0;
 * psize > HUGE_MAXCLASS: NPSIZES. */
unsigned psz2ind(size_t psize);
size_t pind2sz(unsigned pind);

/*
 * The sizes by which free runs are kept (floor) and sought (ceil): a run of
 * ceil's class is certainly large enough. size is a multiple of PAGE, > 0.
 */
size_t run_quantize_floor(size_t size);
size_t run_quantize_ceil(size_t size);

/* The same for chunks; 0 < size <= HUGE_MAXCLASS. */
size_t chunk_quantize_floor(size_t size);
size_t chunk_quantize_ceil(size_t size);

/*
 * The region that holds the byte at this offset of a run, offset < run_size:
 * a division without a division instruction.
 */
EBB_INLINE unsigned
bin_region_index(const bin_info_t *info, size_t offset)
{
	assert(offset < info->run_size);
	return (
	    unsigned)(((uint64_t)(offset >> info->div_shift) * info->div_inv) >>
		      SZ_LG_DIV);
}

/* Whether a region of the run begins at this offset (any value). */
EBB_INLINE bool
bin_region_offset_valid(const bin_info_t *info, size_t offset)
{
	return offset < info->run_size &&
	       (size_t)bin_region_index(info, offset) * info->reg_size ==
		   offset;
}

#endif /* EBB_SZ_H */
