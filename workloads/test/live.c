/* Unit test of live: inherited mapping, phases, sums, messages. */
#include "live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

static char err[256];

/* Maps the live page with EBB_LIVE_FD set to a text. */
static struct ebb_live *
map_with(const char *fd)
{
	setenv("EBB_LIVE_FD", fd, 1);
	struct ebb_live *live = live_map(err, sizeof(err));
	unsetenv("EBB_LIVE_FD");
	return live;
}

static void
test_live_shares_inherited_file(void **state)
{
	(void)state;
	char text[16];
	int fd = memfd_create("live", 0);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, sizeof(struct ebb_live)), 0);
	snprintf(text, sizeof(text), "%d", fd);
	struct ebb_live *ours = map_with(text);
	assert_non_null(ours);
	const struct ebb_live *theirs =
	    mmap(NULL, sizeof(*theirs), PROT_READ, MAP_SHARED, fd, 0);
	assert_true(theirs != MAP_FAILED);
	assert_int_equal(theirs->magic, EBB_LIVE_MAGIC);
	assert_int_equal(theirs->version, EBB_LIVE_VERSION);
	live_phase(ours, EBB_PHASE_HOLD, 7);
	assert_int_equal(theirs->nphases, 1);
	assert_int_equal(theirs->phases[0].kind, EBB_PHASE_HOLD);
	assert_int_equal(theirs->phases[0].cycle, 7);
	assert_true(theirs->phases[0].t_ns <= ebb_live_clock());
	live_add(&ours->slots[3], 100, 2);
	assert_int_equal(ebb_live_bytes(theirs), 100);
	munmap((void *)theirs, sizeof(*theirs));
	munmap(ours, sizeof(*ours));
	close(fd);
}

static void
test_live_sum_survives_negative_slots(void **state)
{
	(void)state;
	struct ebb_live *live = live_map(err, sizeof(err));
	assert_non_null(live);
	live_add(&live->slots[0], 1000, 10);
	live_add(&live->slots[1], -900, 9);
	assert_int_equal(ebb_live_bytes(live), 100);
	assert_int_equal(live->slots[1].calls, 9);
	munmap(live, sizeof(*live));
}

static void
test_live_phases_stop_when_full(void **state)
{
	(void)state;
	struct ebb_live *live = live_map(err, sizeof(err));
	assert_non_null(live);
	for (uint32_t i = 0; i < EBB_LIVE_PHASES + 50; i++)
		live_phase(live, EBB_PHASE_FREE, i);
	assert_int_equal(live->nphases, EBB_LIVE_PHASES);
	assert_int_equal(
	    live->phases[EBB_LIVE_PHASES - 1].cycle, EBB_LIVE_PHASES - 1);
	assert_int_equal(live->slots[0].calls, 0);
	munmap(live, sizeof(*live));
}

static void
test_live_refuses_bad_descriptors(void **state)
{
	(void)state;
	static const char *const bad[] = {"9x", "-1", "987"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(map_with(bad[i]));
		assert_non_null(strstr(err, bad[i]));
	}
	char text[16];
	int fd = memfd_create("small", 0);
	snprintf(text, sizeof(text), "%d", fd);
	assert_null(map_with(text));
	assert_non_null(strstr(err, "ftruncate"));
	close(fd);
}

static void
test_live_names_every_kind(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < EBB_PHASE_KINDS; i++)
		assert_string_not_equal(ebb_live_kind_name(i), "?");
	assert_string_equal(ebb_live_kind_name(EBB_PHASE_REFILL), "refill");
	assert_string_equal(ebb_live_kind_name(EBB_PHASE_KINDS), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live_shares_inherited_file),
	    cmocka_unit_test(test_live_sum_survives_negative_slots),
	    cmocka_unit_test(test_live_phases_stop_when_full),
	    cmocka_unit_test(test_live_refuses_bad_descriptors),
	    cmocka_unit_test(test_live_names_every_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
