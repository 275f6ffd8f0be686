/*
 * bitmap against an array of bool, for every width up to that of a run.
 */
#include "unit.h"

#include "bitmap.h"
#include "prng.h"

#define MAXBITS 512

/* The bitmap between two guards, and what it should be. */
typedef struct pair_s {
	uint64_t words[2 + MAXBITS / 64];
	uint64_t *b;
	bool is_free[MAXBITS];
	unsigned nbits;
} pair_t;

#define GUARD UINT64_C(0xdeadbeefdeadbeef)

static void
pair_init(pair_t *p, unsigned nbits)
{
	for (size_t i = 0; i < COUNT(p->words); i++)
		p->words[i] = GUARD;
	p->b = &p->words[1];
	p->nbits = nbits;
	bitmap_init(p->b, nbits);
	memset(p->is_free, true, sizeof(p->is_free));
}

static void
check_pair(const pair_t *p)
{
	unsigned nfree = 0, nwords = (p->nbits + 63) / 64;
	for (unsigned i = 0; i < p->nbits; i++) {
		assert_int_equal(bitmap_is_free(p->b, i), p->is_free[i]);
		nfree += p->is_free[i];
	}
	assert_int_equal(bitmap_count(p->b, p->nbits), nfree);
	if (p->nbits % 64 != 0)
		assert_int_equal(p->b[nwords - 1] >> p->nbits % 64, 0);
	assert_int_equal(p->words[0], GUARD);
	assert_int_equal(p->b[nwords], GUARD);
}

/* The lowest free bit, nbits if there is none. */
static unsigned
model_first(const pair_t *p)
{
	unsigned i = 0;
	while (i < p->nbits && !p->is_free[i])
		i++;
	return i;
}

static void
test_bitmap_init(void **state)
{
	pair_t p;
	(void)state;
	for (unsigned n = 1; n <= MAXBITS; n++) {
		assert_int_equal(bitmap_words(n), n / 64 + (n % 64 != 0));
		pair_init(&p, n);
		check_pair(&p);
	}
}

static void
test_bitmap_sfu_ascends(void **state)
{
	pair_t p;
	(void)state;
	for (unsigned n = 1; n <= MAXBITS; n += 13) {
		pair_init(&p, n);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(bitmap_sfu(p.b, n), i);
		assert_int_equal(bitmap_count(p.b, n), 0);
	}
}

static void
take_some(pair_t *p, unsigned n)
{
	enum { STEP = 3 };
	static char regions[MAXBITS * STEP];
	void *out[MAXBITS + 1], *guard = p;
	unsigned expected = 0;
	out[n] = guard;
	unsigned got = bitmap_take(p->b, p->nbits, regions, STEP, out, n);
	for (unsigned first; expected < n; expected++) {
		if ((first = model_first(p)) == p->nbits)
			break;
		assert_true(expected < got);
		assert_ptr_equal(out[expected], &regions[first * STEP]);
		p->is_free[first] = false;
	}
	assert_int_equal(got, expected);
	assert_ptr_equal(out[n], guard);
}

static void
test_bitmap_random(void **state)
{
	static const unsigned widths[] = {1, 2, 63, 64, 65, 100, 256, 512};
	uint64_t seed = 7;
	pair_t p;
	(void)state;
	for (size_t w = 0; w < COUNT(widths); w++) {
		pair_init(&p, widths[w]);
		for (unsigned step = 0; step < 2000; step++) {
			unsigned bit = (unsigned)prng_range(&seed, p.nbits);
			unsigned first = model_first(&p);
			if (!p.is_free[bit]) {
				bitmap_unset(p.b, bit);
				p.is_free[bit] = true;
			} else if (step % 3 == 0) {
				take_some(&p, (unsigned)prng_range(&seed, 80) %
						  (p.nbits + 1));
			} else {
				assert_int_equal(
				    bitmap_sfu(p.b, p.nbits), first);
				p.is_free[first] = false;
			}
			check_pair(&p);
		}
	}
}

static void
test_bitmap_take_all_and_none(void **state)
{
	pair_t p;
	(void)state;
	pair_init(&p, 200);
	take_some(&p, 0);
	check_pair(&p);
	take_some(&p, 64);
	take_some(&p, 1);
	take_some(&p, 512);
	check_pair(&p);
	take_some(&p, 5);
	check_pair(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bitmap_init),
	    cmocka_unit_test(test_bitmap_sfu_ascends),
	    cmocka_unit_test(test_bitmap_random),
	    cmocka_unit_test(test_bitmap_take_all_and_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
