/* Unit test of cause: a table of stretches and why they took so long. */
#include "cause.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static const cause_costs_t costs = {
    .fault = 500, .page = 100, .memory_call = 1000};

#define US 1000u
#define MS 1000000u

static const struct {
	const char *what;
	cause_look_t look;
	cause_t cause;
} rows[] = {
    {"nothing, in one call", {50 * US, 40 * US}, CAUSE_CALL},
    {"nothing, in half a call", {50 * US, 25 * US}, CAUSE_CALL},
    {"nothing, in no call", {50 * US, 24 * US}, CAUSE_WORK},
    {"no time at all", {0, 0}, CAUSE_FAULT},
    {"a purge that explains it",
	{100 * US, 90 * US, {.npurge = 1, .nmadvise = 4, .purged = 900}},
	CAUSE_PURGE},
    {"a purge that does not: it is rare",
	{MS, MS, {.npurge = 1, .nmadvise = 1, .purged = 1, .nfills = 1}},
	CAUSE_PURGE},
    {"a large block's faults", {600 * US, 10 * US, {.minflt = 1000}},
	CAUSE_FAULT},
    {"faults that explain a third", {150 * US, 10 * US, {.minflt = 100}},
	CAUSE_FAULT},
    {"a fault that explains nothing", {MS, MS, {.minflt = 1}}, CAUSE_CALL},
    {"mmap, and the faults after it",
	{600 * US, 20 * US, {.minflt = 1000, .memcalls = 1}}, CAUSE_FAULT},
    {"munmap", {300 * US, 290 * US, {.memcalls = 1}}, CAUSE_MEMORY_CALL},
    {"involuntary", {3 * MS, 3 * MS, {.nivcsw = 1}}, CAUSE_SWITCH},
    {"involuntary, with a refill", {3 * MS, 3 * MS, {.nivcsw = 1, .nfills = 2}},
	CAUSE_SWITCH},
    {"involuntary, but faults explain it",
	{MS, 10 * US, {.nivcsw = 1, .minflt = 1024}}, CAUSE_FAULT},
    {"involuntary in a short purge",
	{4 * MS, 4 * MS,
	    {.nivcsw = 1, .npurge = 1, .nmadvise = 1, .purged = 10}},
	CAUSE_SWITCH},
    {"involuntary in a long purge",
	{4 * MS, 4 * MS,
	    {.nivcsw = 1, .npurge = 1, .nmadvise = 10, .purged = 30000}},
	CAUSE_PURGE},
    {"a sleep in a call", {1060 * US, 1055 * US, {.nvcsw = 1}}, CAUSE_SLEEP},
    {"a sleep in a call, with all else",
	{1060 * US, 1055 * US,
	    {.nvcsw = 1, .nivcsw = 1, .minflt = 3, .nfills = 1, .nflushes = 1}},
	CAUSE_SLEEP},
    {"a sleep outside of calls", {1060 * US, 2 * US, {.nvcsw = 1}}, CAUSE_WAIT},
    {"a page from a disk", {8 * MS, 8 * MS, {.nvcsw = 1, .majflt = 1}},
	CAUSE_FAULT},
    {"a refill", {3 * US, 2 * US, {.nfills = 1}}, CAUSE_FILL},
    {"flushes", {6 * US, 2 * US, {.nflushes = 3, .nfills = 2}}, CAUSE_FLUSH},
    {"a refill that explains nothing", {80 * US, 70 * US, {.nfills = 1}},
	CAUSE_CALL},
};

static void
test_cause_of_a_stretch(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cause_t cause = cause_of(&rows[i].look, &costs);
		if (cause != rows[i].cause)
			fail_msg("%s: %s, not %s", rows[i].what,
			    cause_name(cause), cause_name(rows[i].cause));
	}
}

static void
test_cause_of_a_queue(void **state)
{
	(void)state;
	uint64_t excess[CAUSES] = {0};
	assert_int_equal(cause_of_queue(MS, excess), CAUSE_ARRIVALS);
	assert_int_equal(cause_of_queue(0, excess), CAUSE_ARRIVALS);
	excess[CAUSE_PURGE] = 300 * US;
	excess[CAUSE_SLEEP] = 199 * US;
	assert_int_equal(cause_of_queue(MS, excess), CAUSE_ARRIVALS);
	excess[CAUSE_SLEEP] = 200 * US; /* half of it is explained */
	assert_int_equal(cause_of_queue(MS, excess), CAUSE_PURGE);
	excess[CAUSE_SLEEP] = 400 * US;
	assert_int_equal(cause_of_queue(MS, excess), CAUSE_SLEEP);
	assert_int_equal(cause_of_queue(10 * MS, excess), CAUSE_ARRIVALS);
}

static void
test_cause_flags(void **state)
{
	(void)state;
	assert_int_equal(cause_flags(&(snapshot_t){0}), 0);
	assert_int_equal(cause_flags(&(snapshot_t){.nmadvise = 1, .purged = 9}),
	    0); /* a purge counts them, too */
	snapshot_t all = {.majflt = 1,
	    .nivcsw = 2,
	    .nvcsw = 3,
	    .npurge = 4,
	    .nfills = 5,
	    .nflushes = 6,
	    .memcalls = 7};
	assert_int_equal(cause_flags(&all), CAUSE_FLAGS);
	assert_int_equal(
	    cause_flags(&(snapshot_t){.minflt = 1}), 1u << CAUSE_FAULT);
}

static void
test_cause_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CAUSES; i++) {
		assert_int_equal(cause_lookup(cause_name(i)), i);
		assert_true(strlen(cause_says(i)) > 8);
	}
	assert_int_equal(cause_lookup("purges"), CAUSES);
	assert_string_equal(cause_name(CAUSES), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cause_of_a_stretch),
	    cmocka_unit_test(test_cause_of_a_queue),
	    cmocka_unit_test(test_cause_flags),
	    cmocka_unit_test(test_cause_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
