/*
 * sz: classes and quantization against lists that are built by adding, the
 * bin table against the one of allocator.md D.5, every byte of every run.
 */
#include "unit.h"

#include "sz.h"

/* All classes in order, by D.1's table: 8, then steps that double. */
static size_t classes[NSIZES];
/* Those of whole pages, by D.2. */
static size_t pclasses[NPSIZES];

static int
fill_lists(void **state)
{
	size_t n = 0, np = 0;
	(void)state;
	classes[n++] = 8;
	for (size_t size = 16; size <= 128; size += 16)
		classes[n++] = size;
	for (size_t step = 32; n < NSIZES; step *= 2) {
		for (int i = 0; i < 4 && n < NSIZES; i++, n++)
			classes[n] = classes[n - 1] + step;
	}
	for (size_t size = PAGE; size <= 8 * PAGE; size += PAGE)
		pclasses[np++] = size;
	for (size_t step = 2 * PAGE; np < NPSIZES; step *= 2) {
		for (int i = 0; i < 4 && np < NPSIZES; i++, np++)
			pclasses[np] = pclasses[np - 1] + step;
	}
	return 0;
}

/* The first of the ascending list that is >= x. */
static unsigned
list_ceil(const size_t *list, unsigned n, size_t x)
{
	unsigned i = 0;
	while (i < n && list[i] < x)
		i++;
	return i;
}

static void
check_size(size_t s)
{
	unsigned i = list_ceil(classes, NSIZES, s);
	assert_int_equal(size2index(s), i);
	assert_int_equal(size2index_compute(s), i);
	assert_int_equal(s2u(s), i == NSIZES ? 0 : classes[i]);
}

static void
test_sz_counts(void **state)
{
	(void)state;
	assert_int_equal(classes[NSIZES - 1], HUGE_MAXCLASS);
	assert_int_equal(pclasses[NPSIZES - 1], HUGE_MAXCLASS);
	assert_int_equal(classes[NBINS - 1], SMALL_MAXCLASS);
	assert_int_equal(classes[NBINS], LARGE_MINCLASS);
	assert_int_equal(classes[NBINS + NLCLASSES - 1], LARGE_MAXCLASS);
	assert_int_equal(classes[NBINS + NLCLASSES], CHUNKSIZE);
	assert_int_equal(size2index(LOOKUP_MAXCLASS), 28);
	unsigned npages = 0;
	for (unsigned i = 0; i < NSIZES; i++) {
		assert_int_equal(index2size(i), classes[i]);
		npages += classes[i] % PAGE == 0;
	}
	assert_int_equal(npages, NPSIZES);
}

static void
test_sz_every_small_size(void **state)
{
	(void)state;
	assert_int_equal(size2index(0), 0);
	assert_int_equal(s2u(0), 8);
	for (size_t s = 1; s <= 65536; s++)
		check_size(s);
}

static void
test_sz_every_boundary(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NSIZES; i++) {
		check_size(classes[i] - 1);
		check_size(classes[i]);
		check_size(classes[i] + 1);
	}
	check_size(SIZE_MAX / 2);
	check_size(SIZE_MAX / 2 + 2);
	check_size(SIZE_MAX);
}

static void
test_sz_waste_is_bounded(void **state)
{
	(void)state;
	for (size_t s = 65; s <= 65536; s++)
		assert_true((s2u(s) - s) * 5 <= s2u(s));
}

static void
check_psize(size_t s)
{
	unsigned i = list_ceil(pclasses, NPSIZES, s);
	assert_int_equal(psz2ind(s), i);
}

static void
test_sz_page_classes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NPSIZES; i++) {
		assert_int_equal(pind2sz(i), pclasses[i]);
		check_psize(pclasses[i] - 1);
		check_psize(pclasses[i]);
		check_psize(pclasses[i] + 1);
	}
	for (size_t s = 1; s <= 1024 * PAGE; s += s % PAGE <= 1 ? 1 : PAGE - 2)
		check_psize(s);
	/* The values that D.2 prints. */
	assert_int_equal(pind2sz(8), 40 << 10);
	assert_int_equal(pind2sz(27), 1 << 20);
	assert_int_equal(pind2sz(30), 1792 << 10);
	assert_int_equal(pind2sz(31), 2 << 20);
}

/* D.4's examples, in pages. */
static const struct {
	size_t pages, floor, ceil;
	unsigned insert, search;
} quanta[] = {
    {1, 1, 1, 0, 0},
    {8, 8, 8, 7, 7},
    {10, 9, 11, 8, 9},
    {11, 11, 11, 9, 9},
    {12, 11, 13, 9, 10},
};

static void
test_sz_run_quantize(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(quanta); i++) {
		size_t s = quanta[i].pages * PAGE;
		size_t floor = run_quantize_floor(s),
		       ceil = run_quantize_ceil(s);
		assert_int_equal(floor, quanta[i].floor * PAGE);
		assert_int_equal(ceil, quanta[i].ceil * PAGE);
		assert_int_equal(psz2ind(floor), quanta[i].insert);
		assert_int_equal(psz2ind(ceil), quanta[i].search);
	}
	assert_int_equal(run_quantize_floor(499 * PAGE), 449 * PAGE);
	assert_int_equal(psz2ind(449 * PAGE), 31);
	/*
	 * What the formulas mean: runs hold a page class and the pad, so that
	 * floor is the largest class + pad that fits (the class may be 0), and
	 * ceil the smallest that is enough.
	 */
	for (size_t p = 1; p <= SZ_MAXRUN / PAGE + 8; p++) {
		size_t s = p * PAGE, floor = PAGE, ceil = PAGE;
		for (unsigned i = 0; i < NPSIZES; i++) {
			if (pclasses[i] + PAGE <= s)
				floor = pclasses[i] + PAGE;
			if (ceil < s)
				ceil = pclasses[i] + PAGE;
		}
		assert_int_equal(run_quantize_floor(s), floor);
		assert_int_equal(run_quantize_ceil(s), ceil);
		assert_true(psz2ind(floor) <= psz2ind(ceil));
	}
}

static void
check_chunk_quantize(size_t s)
{
	unsigned i = list_ceil(classes, NSIZES, s);
	size_t floor = classes[i] == s ? s : classes[i - 1];
	assert_int_equal(chunk_quantize_floor(s), floor);
	assert_int_equal(chunk_quantize_ceil(s), classes[i]);
}

static void
test_sz_chunk_quantize(void **state)
{
	(void)state;
	for (size_t s = CHUNKSIZE; s < 300 * CHUNKSIZE; s += CHUNKSIZE)
		check_chunk_quantize(s);
	for (unsigned i = NBINS + NLCLASSES; i < NSIZES; i++)
		check_chunk_quantize(classes[i]);
	check_chunk_quantize(HUGE_MAXCLASS - CHUNKSIZE);
	/* Below 8 there is no class: the size itself. */
	assert_int_equal(chunk_quantize_floor(7), 7);
}

/* size, alignment -> usable size */
static const struct {
	size_t size, alignment, usize;
} aligned[] = {
    {1, 1, 8},
    {0, 8, 8},
    {0, 64, 64},
    {1, 16, 16},
    {8, 64, 64},
    {65, 64, 128},
    {100, 32, 128},
    {129, 128, 256},
    {1024, 2048, 2048},
    {10240, 2048, 10240},
    {10241, 2048, 12288},
    {14336, 2048, 14336},
    {14336, 1024, 14336},
    {12289, 16, 14336},
    /* Page alignment always takes a run: small runs begin anywhere. */
    {1, 4096, 16384},
    {14337, 16, 16384},
    {16384, 4096, 16384},
    {16385, 8192, 20480},
    {1835008, 16, 1835008},
    /* 1835008 + pad + alignment - page against 507 pages. */
    {1835008, 32768, 1835008},
    {1835008, 131072, 1835008},
    {1835008, 262144, 2097152},
    {1572864, 262144, 1572864},
    {1572864, 524288, 2097152},
    {16384, 1048576, 16384},
    {1835009, 16, 2097152},
    {1, 2097152, 2097152},
    {2097153, 4194304, 2621440},
    {1, (size_t)1 << 62, 2097152},
    {1, (size_t)1 << 63, 0},
    {(size_t)7 << 60, 16, (size_t)7 << 60},
    {((size_t)7 << 60) + 1, 16, 0},
    {SIZE_MAX, 1, 0},
    {SIZE_MAX, 4096, 0},
};

static void
test_sz_sa2u_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(aligned); i++) {
		size_t u = sa2u(aligned[i].size, aligned[i].alignment);
		if (u != aligned[i].usize)
			fail_msg("sa2u(%zu, %zu) is %zu, not %zu",
			    aligned[i].size, aligned[i].alignment, u,
			    aligned[i].usize);
	}
}

/* The result can hold an aligned object, and nothing smaller of its kind. */
static void
check_sa2u(size_t s, size_t a)
{
	size_t u = sa2u(s, a), pad = LARGE_PAD;
	assert_true(u >= s);
	assert_int_equal(s2u(u), u);
	if (u < LARGE_MINCLASS) {
		assert_int_equal(u % a, 0);
		for (unsigned i = list_ceil(classes, NSIZES, s); classes[i] < u;
		     i++)
			assert_int_not_equal(classes[i] % a, 0);
		return;
	}
	/* Not small: no small class would do, or a is pages. */
	if (a < PAGE)
		assert_true((s + a - 1) / a * a > SMALL_MAXCLASS);
	size_t slack = a < PAGE ? 0 : a - PAGE;
	size_t large = s2u(s) < LARGE_MINCLASS ? LARGE_MINCLASS : s2u(s);
	bool fits = s <= LARGE_MAXCLASS && a < CHUNKSIZE &&
		    large + pad + slack <= SZ_MAXRUN;
	if (fits)
		assert_int_equal(u, large);
	else
		assert_int_equal(u, s2u(s) < CHUNKSIZE ? CHUNKSIZE : s2u(s));
}

static void
test_sz_sa2u_properties(void **state)
{
	(void)state;
	for (size_t a = 1; a <= 4 * CHUNKSIZE; a *= 2) {
		for (size_t s = 1; s <= 20000; s += s < 5000 ? 1 : 97)
			check_sa2u(s, a);
		for (unsigned i = NBINS; i < 90; i++) {
			check_sa2u(classes[i], a);
			check_sa2u(classes[i] + 1, a);
		}
	}
}

/* D.5: size, pages, regions, slots in a thread cache. */
static const struct {
	unsigned size, pages, nregs, ncached_max;
} bins[NBINS] = {{8, 1, 512, 200}, {16, 1, 256, 200}, {32, 1, 128, 200},
    {48, 3, 256, 200}, {64, 1, 64, 128}, {80, 5, 256, 200}, {96, 3, 128, 200},
    {112, 7, 256, 200}, {128, 1, 32, 64}, {160, 5, 128, 200}, {192, 3, 64, 128},
    {224, 7, 128, 200}, {256, 1, 16, 32}, {320, 5, 64, 128}, {384, 3, 32, 64},
    {448, 7, 64, 128}, {512, 1, 8, 20}, {640, 5, 32, 64}, {768, 3, 16, 32},
    {896, 7, 32, 64}, {1024, 1, 4, 20}, {1280, 5, 16, 32}, {1536, 3, 8, 20},
    {1792, 7, 16, 32}, {2048, 1, 2, 20}, {2560, 5, 8, 20}, {3072, 3, 4, 20},
    {3584, 7, 8, 20}, {4096, 1, 1, 20}, {5120, 5, 4, 20}, {6144, 3, 2, 20},
    {7168, 7, 4, 20}, {8192, 2, 1, 20}, {10240, 5, 2, 20}, {12288, 3, 1, 20},
    {14336, 7, 2, 20}};

static void
test_sz_bin_table(void **state)
{
	unsigned slots = 0;
	(void)state;
	for (unsigned i = 0; i < NBINS; i++) {
		const bin_info_t *info = &arena_bin_info[i];
		assert_int_equal(info->reg_size, bins[i].size);
		assert_int_equal(info->reg_size, index2size(i));
		assert_int_equal(info->run_pages, bins[i].pages);
		assert_int_equal(info->run_size, bins[i].pages * PAGE);
		assert_int_equal(info->nregs, bins[i].nregs);
		assert_int_equal(info->nregs * info->reg_size, info->run_size);
		assert_int_equal(info->ncached_max, bins[i].ncached_max);
		assert_int_equal(info->bitmap_words, (bins[i].nregs + 63) / 64);
		slots += info->ncached_max;
	}
	/* Thread caches go up to 32 KiB by default: classes 36 to 40. */
	slots += (size2index(32768) - NBINS + 1) * TCACHE_LARGE_MAX;
	assert_int_equal(slots, 3096);
}

static void
test_sz_bin_region_every_byte(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NBINS; i++) {
		const bin_info_t *info = &arena_bin_info[i];
		for (size_t at = 0; at < info->run_size; at++) {
			assert_int_equal(
			    bin_region_index(info, at), at / bins[i].size);
			assert_int_equal(bin_region_offset_valid(info, at),
			    at % bins[i].size == 0);
		}
		assert_false(bin_region_offset_valid(info, info->run_size));
		assert_false(bin_region_offset_valid(info, SIZE_MAX));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sz_counts),
	    cmocka_unit_test(test_sz_every_small_size),
	    cmocka_unit_test(test_sz_every_boundary),
	    cmocka_unit_test(test_sz_waste_is_bounded),
	    cmocka_unit_test(test_sz_page_classes),
	    cmocka_unit_test(test_sz_run_quantize),
	    cmocka_unit_test(test_sz_chunk_quantize),
	    cmocka_unit_test(test_sz_sa2u_cases),
	    cmocka_unit_test(test_sz_sa2u_properties),
	    cmocka_unit_test(test_sz_bin_table),
	    cmocka_unit_test(test_sz_bin_region_every_byte),
	};
	return cmocka_run_group_tests(tests, fill_lists, NULL);
}
