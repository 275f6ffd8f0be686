/* Arenas read back from their raw file. */
#include "arena_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What is written is what is read. */
static void
test_arena_rows_of_a_series(void **state)
{
	(void)state;
	char path[] = P_tmpdir "/ebb-arena-rows-XXXXXX";
	int fd = mkstemp(path);
	series_t series;
	fault_t fault;
	arena_row_t rows[SERIES_ARENAS];
	assert_true(fd >= 0);
	series_init(&series, 8);
	for (uint64_t t = 0; t < 3; t++) {
		static const uint64_t dirty[] = {5, 90, 20};
		point_t point;
		point_init(&point, 1000 + t);
		point.narenas = 4;
		point.arenas[0].pactive = 100 - t;
		point.arenas[3] = (arena_point_t){.pactive = 7,
		    .pdirty = dirty[t],
		    .npurge = t,
		    .nmadvise = 2 * t,
		    .purged = 35 * t};
		series_add(&series, &point);
	}
	assert_false(series_write_arenas(&series, path, 0, &fault));
	assert_int_equal(arena_rows_read(rows, path), 2);
	assert_int_equal(rows[0].arena, 0);
	assert_true(rows[0].pactive_most == 100 && rows[0].purged == 0);
	assert_int_equal(rows[1].arena, 3);
	assert_true(rows[1].pdirty_most == 90 && rows[1].pdirty_end == 20);
	assert_true(rows[1].npurge == 2 && rows[1].nmadvise == 4 &&
		    rows[1].purged == 70);
	/* A torn line at the end; a file that is another's. */
	static const char torn[] = "1003,3,7,999";
	assert_int_equal(lseek(fd, 0, SEEK_END) > 0, 1);
	assert_int_equal(write(fd, torn, strlen(torn)), (int)strlen(torn));
	assert_int_equal(arena_rows_read(rows, path), 2);
	assert_true(rows[1].pdirty_most == 90);
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_int_equal(arena_rows_read(rows, path), 0);
	unlink(path);
	assert_int_equal(arena_rows_read(rows, path), 0);
	close(fd);
	series_release(&series);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena_rows_of_a_series),
	};
	return cmocka_run_group_tests_name("arena_rows", tests, NULL, NULL);
}
