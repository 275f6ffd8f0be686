/* Unit test of touch: what is written, that it verifies, that damage shows. */
#include "touch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define PAGES 8
static uint8_t area[(PAGES + 1) * 4096] __attribute__((aligned(4096)));

static const size_t sizes[] = {
    1, 2, 7, 8, 15, 16, 17, 64, 4095, 4096, 4097, 8192, 20000};
static const size_t offsets[] = {0, 1, 8, 16, 4080, 4095};

static void
test_touch_reaches_every_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t j = 0; j < sizeof(offsets) / sizeof(offsets[0]);
		     j++) {
			uint8_t *block = area + offsets[j];
			size_t end = offsets[j] + sizes[i];
			memset(area, 0, sizeof(area));
			touch_block(block, sizes[i]);
			assert_true(touch_block_intact(block, sizes[i]));
			for (size_t page = offsets[j] / 4096;
			     page <= (end - 1) / 4096; page++) {
				int written = 0;
				for (size_t o = 0; o < 4096; o++)
					written |= area[page * 4096 + o];
				assert_true(written);
			}
			for (size_t o = end; o < sizeof(area); o++)
				assert_int_equal(area[o], 0);
			for (size_t o = 0; o < offsets[j]; o++)
				assert_int_equal(area[o], 0);
		}
	}
}

/* Changing any byte that was written must show. */
static void
test_touch_damage_shows(void **state)
{
	(void)state;
	size_t size = 3 * 4096 + 100;
	uint8_t *block = area + 16;
	memset(area, 0, sizeof(area));
	touch_block(block, size);
	size_t written = 0;
	for (size_t o = 0; o < size; o++) {
		if (block[o] == 0)
			continue;
		written++;
		block[o] ^= 0x40;
		assert_false(touch_block_intact(block, size));
		block[o] ^= 0x40;
	}
	assert_true(written >= 16 + 2 * 3);
	assert_true(touch_block_intact(block, size));
	memset(block, 0, size);
	assert_false(touch_block_intact(block, size));
}

static void
test_touch_patterns_differ(void **state)
{
	(void)state;
	touch_block(area, 64);
	assert_false(touch_block_intact(area, 65));
	memcpy(area + 64, area, 64);
	assert_false(touch_block_intact(area + 64, 64));
}

static void
test_touch_ends(void **state)
{
	(void)state;
	for (size_t size = 1; size < 100; size++) {
		memset(area, 0, 128);
		touch_ends(area, size);
		assert_true(touch_ends_intact(area, size));
		area[size - 1] ^= 1;
		assert_false(touch_ends_intact(area, size));
		assert_int_equal(area[size], 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_touch_reaches_every_page),
	    cmocka_unit_test(test_touch_damage_shows),
	    cmocka_unit_test(test_touch_patterns_differ),
	    cmocka_unit_test(test_touch_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
