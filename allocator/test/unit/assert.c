/*
 * assert.h, and that <assert.h> as a test includes it is a working one,
 * whichever file the compiler finds.
 */
#include "unit.h"

#include <assert.h>
#include "malloc_io.h"

static_assert(sizeof(int) == 4, "static_assert works");

static void
die_assert(void *arg)
{
	assert(*(int *)arg == 1);
}

static void
die_not_reached(void *arg)
{
	(void)arg;
	not_reached();
}

static void
die_slow(void *arg)
{
	assert_slow(*(int *)arg == 1);
}

static void
die_safety(void *arg)
{
	safety_check_fail("%s at 0x%lx", (const char *)arg, 0x40ul);
}

static void
die_safety_long(void *arg)
{
	safety_check_fail("%1500d|%s", 7, (const char *)arg);
}

static void
message_to_pipe(void *opaque, const char *s)
{
	(void)opaque;
	dprintf(STDERR_FILENO, "<%s>", s);
}

static void
die_through_hook(void *arg)
{
	JE(malloc_message) = message_to_pipe;
	safety_check_fail("%s", (const char *)arg);
}

static void
test_assert_false_stops(void **state)
{
	int value = 2;
	(void)state;
	assert_true(dies_saying(die_assert, &value, "*(int *)arg == 1"));
	assert_true(dies_saying(die_assert, &value, "unit/assert.c:"));
}

static void
test_assert_true_goes_on(void **state)
{
	int value = 1;
	(void)state;
	die_assert(&value);
	die_slow(&value);
}

static void
test_assert_not_reached_stops(void **state)
{
	(void)state;
	assert_true(dies_saying(die_not_reached, NULL, "not reached"));
}

static void
test_assert_slow_is_for_debug(void **state)
{
	int value = 2;
	(void)state;
#ifdef EBB_DEBUG
	assert_true(dies_saying(die_slow, &value, "*(int *)arg == 1"));
#else
	int evaluated = 0;
	assert_slow(++evaluated == 2);
	assert_int_equal(evaluated, 0);
	die_slow(&value);
#endif
}

static void
test_assert_off_does_not_evaluate(void **state)
{
	int evaluated = 0;
	(void)state;
	EBB_NO_CHECK(++evaluated);
	assert_int_equal(evaluated, 0);
	EBB_CHECK(++evaluated);
	assert_int_equal(evaluated, 1);
}

static void
test_safety_check_says_and_stops(void **state)
{
	char words[] = "double free", tail[] = "tail";
	(void)state;
	assert_true(
	    dies_saying(die_safety, words, "ebb: double free at 0x40\n"));
	assert_true(
	    dies_saying(die_through_hook, words, "<ebb: double free\n>"));
	/* 1023 bytes are kept, and the newline. */
	char cut[5 + 1023 + 2];
	memset(cut, ' ', sizeof(cut));
	memcpy(cut, "ebb: ", 5);
	memcpy(cut + sizeof(cut) - 2, "\n", 2);
	assert_true(dies_saying(die_safety_long, tail, cut));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_assert_false_stops),
	    cmocka_unit_test(test_assert_true_goes_on),
	    cmocka_unit_test(test_assert_not_reached_stops),
	    cmocka_unit_test(test_assert_slow_is_for_debug),
	    cmocka_unit_test(test_assert_off_does_not_evaluate),
	    cmocka_unit_test(test_safety_check_says_and_stops),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
