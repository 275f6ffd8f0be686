#include "sz.h"

/*
 * The tables are written as formulas over constants. The formulas are those of
 * allocator.md D.1, not the functions of sz.h: the unit test compares the two.
 */

/* Repetition: X(n), X(n + 1), ... */
#define X4(X, n) X((n)), X((n) + 1), X((n) + 2), X((n) + 3)
#define X16(X, n) X4(X, n), X4(X, (n) + 4), X4(X, (n) + 8), X4(X, (n) + 12)
#define X64(X, n) \
	X16(X, n), X16(X, (n) + 16), X16(X, (n) + 32), X16(X, (n) + 48)
#define X256(X, n) \
	X64(X, n), X64(X, (n) + 64), X64(X, (n) + 128), X64(X, (n) + 192)

/* Class i > 0 is at a place of a group; class 0 is apart. */
#define GROUP(i) ((i) == 0 ? 0 : ((i)-1) >> 2)
#define PLACE(i) (((i)-1) & 3)
#define GROUP_BASE(g) ((g) == 0 ? 0 : (size_t)32 << (g))
#define GROUP_LG_STEP(g) (((g) == 0 ? 1 : (g)) + 3)
#define SIZE(i)                            \
	((i) == 0 ? 8                      \
		  : GROUP_BASE(GROUP(i)) + \
			((size_t)(PLACE(i) + 1) << GROUP_LG_STEP(GROUP(i))))

const size_t index2size_tab[NSIZES] = {8, X64(SIZE, 1), X64(SIZE, 65),
    X64(SIZE, 129), X16(SIZE, 193), X16(SIZE, 209), X4(SIZE, 225), SIZE(229),
    SIZE(230), SIZE(231)};

/* The class of size 8n, 1 < n <= 512. */
#define LG(x) (63 - __builtin_clzll(x))
#define CEIL_LG(n) (LG(8ull * (n)-1) + 1)
#define LG_STEP(n) (CEIL_LG(n) < 7 ? 4 : CEIL_LG(n) - 3)
#define SHIFT(n) (CEIL_LG(n) < 6 ? 0 : CEIL_LG(n) - 6)
#define INDEX(n) (1 + 4 * SHIFT(n) + (((8 * (n)-1) >> LG_STEP(n)) & 3))

const uint8_t size2index_tab[(4096 >> LG_TINY_MIN) + 1] = {0, 0, X256(INDEX, 2),
    X64(INDEX, 258), X64(INDEX, 322), X64(INDEX, 386), X16(INDEX, 450),
    X16(INDEX, 466), X16(INDEX, 482), X4(INDEX, 498), X4(INDEX, 502),
    X4(INDEX, 506), INDEX(510), INDEX(511), INDEX(512)};

/*
 * A small run is as many pages as the class needs to divide it exactly: for
 * size = odd << t that is odd, times what 2^t has beyond a page.
 */
#define TWOS(size) __builtin_ctzll(size)
#define ODD(size) ((size) >> TWOS(size))
#define RUN_PAGES(size) \
	(ODD(size) << (TWOS(size) > LG_PAGE ? TWOS(size) - LG_PAGE : 0))
#define NREGS(size) ((RUN_PAGES(size) << LG_PAGE) / (size))
#define CLAMP(x, low, high) ((x) < (low) ? (low) : (x) > (high) ? (high) : (x))
#define BIN(i)                                                              \
	{                                                                   \
		.reg_size = SIZE(i), .run_size = RUN_PAGES(SIZE(i)) * PAGE, \
		.nregs = NREGS(SIZE(i)),                                    \
		.ncached_max = CLAMP(2 * NREGS(SIZE(i)), 20, 200),          \
		.run_pages = RUN_PAGES(SIZE(i)),                            \
		.bitmap_words = (NREGS(SIZE(i)) + 63) / 64,                 \
		.div_shift = TWOS(SIZE(i)),                                 \
		.div_inv = (UINT64_C(1) << SZ_LG_DIV) / ODD(SIZE(i)) + 1    \
	}

const bin_info_t arena_bin_info[NBINS] = {
    X16(BIN, 0), X16(BIN, 16), X4(BIN, 32)};

size_t
sa2u(size_t size, size_t alignment)
{
	assert(alignment != 0 && (alignment & (alignment - 1)) == 0);
	if (size == 0)
		size = 1;
	/* A class that is a multiple of a power of two is aligned to it. */
	if (size <= SMALL_MAXCLASS && alignment < PAGE) {
		size_t usize = s2u(ALIGN_UP(size, alignment));
		if (usize < LARGE_MINCLASS)
			return usize;
	}
	/* A run that is long enough to hold an aligned one. */
	if (size <= LARGE_MAXCLASS && alignment < CHUNKSIZE) {
		size_t align = ALIGN_UP(alignment, PAGE), usize = s2u(size);
		if (usize < LARGE_MINCLASS)
			usize = LARGE_MINCLASS;
		if (usize + LARGE_PAD + align - PAGE <= SZ_MAXRUN)
			return usize;
	}
	if (alignment > HUGE_MAXCLASS || size > HUGE_MAXCLASS)
		return 0;
	size_t align = ALIGN_UP(alignment, CHUNKSIZE);
	size_t usize = s2u(size < CHUNKSIZE ? CHUNKSIZE : size), span;
	if (__builtin_add_overflow(usize, align - PAGE, &span))
		return 0;
	return usize;
}

unsigned
psz2ind(size_t psize)
{
	assert(psize != 0);
	if (unlikely(psize > HUGE_MAXCLASS))
		return NPSIZES;
	unsigned x = lg_floor(2 * psize - 1);
	unsigned group = x < LG_PAGE + 2 ? 0 : x - (LG_PAGE + 2);
	unsigned lg_delta = x < LG_PAGE + 3 ? LG_PAGE : x - 3;
	return 4 * group + (((psize - 1) >> lg_delta) & 3);
}

size_t
pind2sz(unsigned pind)
{
	assert(pind < NPSIZES);
	unsigned group = pind >> 2, place = pind & 3;
	size_t base = group == 0 ? 0 : (2 * PAGE) << group;
	unsigned lg_delta = (group == 0 ? 1 : group) + LG_PAGE - 1;
	return base + ((size_t)(place + 1) << lg_delta);
}

size_t
run_quantize_floor(size_t size)
{
	assert(size != 0 && (size & PAGE_MASK) == 0);
	unsigned pind = psz2ind(size - LARGE_PAD + 1);
	return pind == 0 ? size : pind2sz(pind - 1) + LARGE_PAD;
}

size_t
run_quantize_ceil(size_t size)
{
	size_t floor = run_quantize_floor(size);
	if (floor >= size)
		return floor;
	return pind2sz(psz2ind(floor - LARGE_PAD + 1)) + LARGE_PAD;
}

size_t
chunk_quantize_floor(size_t size)
{
	assert(size != 0 && size <= HUGE_MAXCLASS);
	szind_t ind = size2index(size + 1);
	return ind == 0 ? size : index2size(ind - 1);
}

size_t
chunk_quantize_ceil(size_t size)
{
	size_t floor = chunk_quantize_floor(size);
	return floor >= size ? floor : index2size(size2index(floor + 1));
}
