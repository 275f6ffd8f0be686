/* Unit test of words: the size comes back, and any damage shows. */
#include "words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define WORDS 100
static uint64_t area[2 * WORDS];

static void
test_words_count_comes_back(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= WORDS; n++) {
		memset(area, 0, sizeof(area));
		words_write(area, n);
		assert_int_equal(words_count(area, WORDS), n);
		assert_true(words_intact(area, n));
		for (uint64_t i = n; i < 2 * WORDS; i++)
			assert_int_equal(area[i], 0);
	}
	assert_int_equal(words_count(area, WORDS - 1), 0);
}

/* Changing any bit of any word must show. */
static void
test_words_damage_shows(void **state)
{
	(void)state;
	words_write(area, WORDS);
	for (unsigned i = 0; i < WORDS; i++) {
		for (unsigned bit = 0; bit < 64; bit++) {
			area[i] ^= (uint64_t)1 << bit;
			assert_false(
			    words_intact(area, words_count(area, WORDS)));
			area[i] ^= (uint64_t)1 << bit;
		}
	}
	assert_true(words_intact(area, words_count(area, WORDS)));
	memset(area, 0, sizeof(area));
	assert_int_equal(words_count(area, WORDS), 0);
	assert_false(words_intact(area, 0));
}

/* What was written at one address is not an object at another. */
static void
test_words_know_their_address(void **state)
{
	(void)state;
	words_write(area, WORDS);
	memcpy(area + WORDS, area, WORDS * sizeof(*area));
	assert_int_equal(words_count(area + WORDS, WORDS), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_count_comes_back),
	    cmocka_unit_test(test_words_damage_shows),
	    cmocka_unit_test(test_words_know_their_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
