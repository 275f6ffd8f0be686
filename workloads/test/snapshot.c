/*
 * Unit test of snapshot: it counts what happens. The statistics page of this
 * process is the test's own.
 */
#include "snapshot.h"

#include "ebb/stats_page.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <cmocka.h>

struct ebb_stats_page ebb_stats_page;
static unsigned arena_of_thread;

int mallctl(const char *name, void *old, size_t *size, void *new, size_t n);

/* Of the one name that is asked for. */
int
mallctl(const char *name, void *old, size_t *size, void *new, size_t n)
{
	(void)new;
	(void)n;
	if (strcmp(name, "thread.arena") != 0 || *size != sizeof(unsigned))
		return EINVAL;
	*(unsigned *)old = arena_of_thread;
	return 0;
}

static void
test_snapshot_counts_the_thread(void **state)
{
	(void)state;
	enum { PAGES = 64 };
	size_t size = PAGES * (size_t)65536;
	volatile char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	madvise((void *)memory, size, MADV_NOHUGEPAGE);
	snapshot_t a, b;
	snapshot_take(&a);
	for (size_t i = 0; i < size; i += 65536)
		memory[i] = 1;
	const struct timespec length = {.tv_nsec = 1000000};
	nanosleep(&length, NULL);
	snapshot_take(&b);
	assert_true(b.minflt - a.minflt >= PAGES);
	assert_true(b.nvcsw - a.nvcsw >= 1);
	assert_true(b.nivcsw >= a.nivcsw);
	munmap((void *)memory, size);
}

static void
test_snapshot_sums_the_page(void **state)
{
	(void)state;
	snapshot_t s;
	assert_false(snapshot_has_page());
	ebb_stats_page.narenas = 2;
	ebb_stats_page.nbins = 3;
	for (unsigned i = 0; i < 3; i++) { /* one arena too many */
		ebb_stats_page.arenas[i].npurge = 1;
		for (unsigned b = 0; b < 4; b++) { /* and one bin */
			ebb_stats_page.arenas[i].nfills[b] = 10;
			ebb_stats_page.arenas[i].nflushes[b] = 100;
		}
	}
	snapshot_take(&s);
	assert_int_equal(s.npurge + s.nfills + s.nflushes, 0);
	ebb_stats_page.magic = EBB_STATS_PAGE_MAGIC;
	ebb_stats_page.version = EBB_STATS_PAGE_VERSION;
	assert_true(snapshot_has_page());
	snapshot_take(&s);
	assert_int_equal(s.npurge, 2);
	assert_int_equal(s.nfills, 60);
	assert_int_equal(s.nflushes, 600);
	/* A page may claim more than it has room for. */
	ebb_stats_page.narenas = ebb_stats_page.nbins = UINT32_MAX;
	snapshot_take(&s);
	assert_int_equal(s.npurge, 3);
	assert_int_equal(s.nflushes, 1200);
}

/* A bound thread sees its own arena alone. */
static void
test_snapshot_bound(void **state)
{
	(void)state;
	ebb_stats_page = (struct ebb_stats_page){.magic = EBB_STATS_PAGE_MAGIC,
	    .version = EBB_STATS_PAGE_VERSION,
	    .narenas = 2,
	    .nbins = 2};
	ebb_stats_page.arenas[0].npurge = 5;
	ebb_stats_page.arenas[1].npurge = 7;
	ebb_stats_page.arenas[1].purged = 90;
	ebb_stats_page.arenas[1].nfills[1] = 3;
	snapshot_t a = {.minflt = 4}, b;
	snapshot_glance(&a);
	assert_int_equal(a.npurge, 12);
	assert_int_equal(a.minflt, 4);
	arena_of_thread = 1;
	assert_null(snapshot_bind());
	snapshot_glance(&a);
	assert_int_equal(a.npurge, 7);
	assert_int_equal(a.memcalls, 0);
	ebb_stats_page.arenas[0].npurge++;
	ebb_stats_page.arenas[1].purged += 10;
	b = a;
	snapshot_glance(&b);
	snapshot_t seen = snapshot_since(&a, &b);
	assert_int_equal(seen.npurge, 0);
	assert_int_equal(seen.purged, 10);
	assert_int_equal(snapshot_sum(&seen, &seen).purged, 20);
	snapshot_unbind();
	/* An arena that the page does not show: all of them. */
	arena_of_thread = EBB_STATS_PAGE_ARENAS;
	assert_null(snapshot_bind());
	snapshot_glance(&a);
	assert_int_equal(a.npurge, 13);
	snapshot_unbind();
}

/* Without a page, the thread's calls, or why not. */
static void
test_snapshot_counts_memory_calls(void **state)
{
	(void)state;
	ebb_stats_page.magic = 0;
	const char *reason = snapshot_bind();
	if (reason != NULL) {
		assert_true(strlen(reason) > 10);
		skip();
	}
	snapshot_t a, b;
	snapshot_glance(&a);
	for (int i = 0; i < 3; i++) {
		void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		madvise(memory, 4096, MADV_DONTNEED);
		munmap(memory, 4096);
	}
	snapshot_glance(&b);
	assert_int_equal(snapshot_since(&a, &b).memcalls, 9);
	snapshot_unbind();
}

static void
test_snapshot_cost(void **state)
{
	(void)state;
	assert_in_range(snapshot_cost(), 1, 1000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_snapshot_counts_the_thread),
	    cmocka_unit_test(test_snapshot_sums_the_page),
	    cmocka_unit_test(test_snapshot_bound),
	    cmocka_unit_test(test_snapshot_counts_memory_calls),
	    cmocka_unit_test(test_snapshot_cost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
