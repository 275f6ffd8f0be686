/*
 * compiler.h: what can be seen of it at run time.
 */
#include "unit.h"

#include "compiler.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

struct outer_s {
	char first;
	int member;
};

static void
test_compiler_container_of(void **state)
{
	struct outer_s outer;
	(void)state;
	assert_ptr_equal(
	    container_of(&outer.member, struct outer_s, member), &outer);
	assert_ptr_equal(
	    container_of(&outer.first, struct outer_s, first), &outer);
}

static void
test_compiler_aligned(void **state)
{
	struct EBB_ALIGNED(CACHELINE) line_s {
		char byte;
	};
	(void)state;
	assert_int_equal(sizeof(struct line_s), CACHELINE);
	assert_int_equal(_Alignof(struct line_s), 64);
}

static void
test_compiler_public_names(void **state)
{
	(void)state;
	assert_string_equal(TEXT(JE(malloc)), "je_malloc");
}

static void
test_compiler_hints_keep_values(void **state)
{
	(void)state;
	assert_int_equal(likely(4), 1);
	assert_int_equal(unlikely(0), 0);
	assert_int_equal(unlikely(8), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_compiler_container_of),
	    cmocka_unit_test(test_compiler_aligned),
	    cmocka_unit_test(test_compiler_public_names),
	    cmocka_unit_test(test_compiler_hints_keep_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
