/* The statistics page of a process: sums, single arenas, waiting. */
#include "stats_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "launch.h"
#include "text.h"

static struct ebb_stats_page *
page_new(void)
{
	struct ebb_stats_page *page = text_memory(1, sizeof(*page));
	page->magic = EBB_STATS_PAGE_MAGIC;
	page->version = EBB_STATS_PAGE_VERSION;
	page->narenas = 10;
	for (unsigned i = 0; i < 10; i++) {
		page->arenas[i].pactive = 100 * (i + 1);
		page->arenas[i].purged = i;
		page->arenas[i].nfills[3] = 1;
		page->arenas[i].nfills[EBB_STATS_PAGE_BINS - 1] = 2;
	}
	return page;
}

static void
test_stats_reader_sums(void **state)
{
	(void)state;
	struct ebb_stats_page *page = page_new();
	point_t point;
	point_init(&point, 1000);
	stats_reader_fill(&point, page, 0);
	assert_true(point.v[SERIES_PACTIVE] == SERIES_NONE);
	stats_reader_fill(&point, page, page->narenas);
	assert_int_equal(point.v[SERIES_PACTIVE], 5500);
	assert_int_equal(point.v[SERIES_PURGED], 45);
	assert_int_equal(point.v[SERIES_NFILLS], 30);
	assert_int_equal(point.v[SERIES_NFLUSHES], 0);
	/* What the build does not count is not 0. */
	assert_true(point.v[SERIES_NTICKS] == SERIES_NONE);
	assert_true(point.v[SERIES_LOCK_WAITS] == SERIES_NONE);
	/* The first ones also alone, the rest only in the sum. */
	assert_int_equal(point.narenas, SERIES_ARENAS);
	assert_int_equal(point.arenas[7].pactive, 800);
	assert_int_equal(point.arenas[7].purged, 7);
	page->features = EBB_STATS_HAS_LOCK_WAITS | EBB_STATS_HAS_NTICKS;
	page->lock_waits = 12;
	page->arenas[0].nticks = 1001;
	page->arenas[9].nticks = 2002;
	point_init(&point, 1000);
	stats_reader_fill(&point, page, page->narenas);
	assert_int_equal(point.v[SERIES_NTICKS], 3003);
	assert_int_equal(point.v[SERIES_LOCK_WAITS], 12);
	free(page);
}

/* The arena that waits longest, of those that hold dirty pages. */
static void
test_stats_reader_waiting(void **state)
{
	(void)state;
	struct ebb_stats_page *page = page_new();
	point_t point;
	page->arenas[0].last_chance_ns = 100;
	page->arenas[1].last_chance_ns = 400;
	page->arenas[2].last_chance_ns = 900;
	page->arenas[1].pdirty = 5;
	page->arenas[2].pdirty = 5;
	page->arenas[3].pdirty = 5; /* asked at each free: no stamp */
	point_init(&point, 1000);
	stats_reader_fill(&point, page, 4);
	assert_int_equal(point.v[SERIES_CHANCE_AGE], 600);
	page->arenas[1].pdirty = page->arenas[2].pdirty = 0;
	point_init(&point, 1000);
	stats_reader_fill(&point, page, 4);
	assert_true(point.v[SERIES_CHANCE_AGE] == SERIES_NONE);
	/* A stamp of a clock that is a little ahead. */
	page->arenas[2].pdirty = 5;
	point_init(&point, 800);
	stats_reader_fill(&point, page, 4);
	assert_int_equal(point.v[SERIES_CHANCE_AGE], 0);
	free(page);
}

/* Of a real process: this one. */
static void
test_stats_reader_reads(void **state)
{
	(void)state;
	struct ebb_stats_page *page = page_new();
	stats_reader_t reader;
	point_t point;
	int fd = launch_memory_file("probe");
	stats_reader_init(&reader, getpid(), fd);
	point_init(&point, 1000);
	stats_reader_read(&reader, &point);
	assert_true(point.v[SERIES_PACTIVE] == SERIES_NONE);
	dprintf(fd, "{\"stats_page\":{\"address\":\"0x%llx\",\"size\":%u}}\n",
	    (unsigned long long)(uintptr_t)page, (unsigned)sizeof(*page));
	stats_reader_read(&reader, &point);
	assert_int_equal(point.v[SERIES_PACTIVE], 5500);
	/* What is no page of ours, or of another version, is not read. */
	page->version++;
	point_init(&point, 2000);
	stats_reader_read(&reader, &point);
	assert_true(point.v[SERIES_PACTIVE] == SERIES_NONE);
	stats_reader_release(&reader);
	close(fd);
	free(page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stats_reader_sums),
	    cmocka_unit_test(test_stats_reader_waiting),
	    cmocka_unit_test(test_stats_reader_reads),
	};
	return cmocka_run_group_tests_name("stats_reader", tests, NULL, NULL);
}
