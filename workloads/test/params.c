/* Unit test of params: every kind of value, and what is said of a bad one. */
#include "params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { SIZE = PARAM_OWN, SHARE, WAY, WIDTHS };

static const param_t table[] = {
    {"size", PARAM_BYTES, "64K", 16, 1 << 30, NULL, "bytes"},
    {"share", PARAM_REAL, "0.5", 0.1, 0.9, NULL, "a share"},
    {"way", PARAM_WORD, "lifo", 0, 0, "lifo|fifo|fi", "an order"},
    {"widths", PARAM_LIST, "1,2,3", 1, 100, NULL, "widths"},
    {NULL},
};

static params_t params;
static char err[512];

static int
set_up(void **state)
{
	(void)state;
	return params_init(&params, "demo", table, err, sizeof(err)) ? 0 : -1;
}

static bool
parse(const char *argument)
{
	err[0] = '\0';
	return params_parse(&params, argument, err, sizeof(err));
}

static void
test_params_defaults(void **state)
{
	(void)state;
	assert_int_equal(params_count(&params, PARAM_THREADS), 1);
	assert_int_equal(params_count(&params, SIZE), 65536);
	assert_true(params_real(&params, SHARE) == 0.5);
	assert_int_equal(params_count(&params, WAY), 0);
	assert_int_equal(params.value[WIDTHS].nlist, 3);
}

static void
test_params_accepts_every_kind(void **state)
{
	(void)state;
	assert_true(parse("--size=3M"));
	assert_int_equal(params_count(&params, SIZE), 3 << 20);
	assert_true(parse("--share=0.125"));
	assert_true(params_real(&params, SHARE) == 0.125);
	assert_true(parse("--way=fi"));
	assert_int_equal(params_count(&params, WAY), 2);
	assert_true(parse("--widths=8,100"));
	assert_int_equal(params.value[WIDTHS].nlist, 2);
	assert_int_equal(params.value[WIDTHS].list[1], 100);
	assert_true(parse("--seed=18446744073709551615"));
	assert_int_equal(params_count(&params, PARAM_SEED), UINT64_MAX);
}

static void
test_params_refuses_bad_values(void **state)
{
	(void)state;
	static const char *const bad[] = {"--size=15", "--size=2G",
	    "--size=12Q", "--size=", "--size=-4", "--size=1e3", "--share=0.95",
	    "--share=x", "--share=nan", "--share=", "--way=LIFO", "--way=f",
	    "--way=", "--way=lifo|fifo", "--widths=", "--widths=1,,2",
	    "--widths=1,101", "--widths=1,", "--threads=0", "--threads=65",
	    "--check=2", "--seed=18446744073709551616", "--seed=1K"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		params_t before = params;
		assert_false(parse(bad[i]));
		assert_non_null(strstr(err, "demo: bad value in"));
		assert_non_null(strstr(err, bad[i]));
		assert_non_null(strstr(err, "want "));
		assert_memory_equal(&before, &params, sizeof(params));
	}
	assert_false(parse("--way=up"));
	assert_non_null(strstr(err, "lifo|fifo|fi"));
	assert_false(parse("--size=1"));
	assert_non_null(strstr(err, "from 16 to 1073741824"));
}

static void
test_params_names_unknown_keys(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "--sizes=1", "--siz=1", "size=1", "--size", "-size=1", "--=1", ""};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(parse(bad[i]));
		assert_non_null(strstr(err, "unknown argument"));
		assert_non_null(strstr(err, bad[i]));
		assert_non_null(strstr(err, " threads "));
		assert_non_null(strstr(err, " widths"));
	}
}

static void
test_params_refuses_wrong_tables(void **state)
{
	(void)state;
	static const param_t wrong[] = {
	    {"x", PARAM_COUNT, "7", 8, 9, NULL, "default out of range"},
	    {NULL},
	};
	params_t other;
	assert_false(params_init(&other, "demo", wrong, err, sizeof(err)));
	assert_non_null(strstr(err, "default of x"));
}

static void
test_params_holds_compares_values(void **state)
{
	(void)state;
	assert_true(parse("--size=1M"));
	assert_true(params_holds(&params, "--size=1024K"));
	assert_false(params_holds(&params, "--size=1023K"));
	assert_true(params_holds(&params, "--widths=1,2,3"));
	assert_false(params_holds(&params, "--widths=1,2"));
	assert_false(params_holds(&params, "--nothing=1"));
}

static void
test_params_hash_is_of_the_work(void **state)
{
	(void)state;
	uint64_t hash = params_hash(&params);
	assert_true(parse("--check=1") && parse("--latency=1"));
	assert_true(parse("--mem-limit=1G") && parse("--seed=9"));
	assert_int_equal(params_hash(&params), hash);
	static const char *const work[] = {"--threads=2", "--size=1M",
	    "--share=0.25", "--way=fifo", "--widths=1,2,4"};
	for (size_t i = 0; i < sizeof(work) / sizeof(work[0]); i++) {
		assert_true(parse(work[i]));
		assert_int_not_equal(params_hash(&params), hash);
		hash = params_hash(&params);
	}
}

static void
test_params_set_shows_in_json(void **state)
{
	(void)state;
	jsonline_t json;
	assert_true(jsonline_init(&json, 4096));
	params_set(&params, SIZE, 12345);
	params_json(&params, &json);
	json.text[json.used] = '\0';
	assert_string_equal(json.text,
	    "{\"threads\":1,\"seed\":1,\"check\":0,\"latency\":0,"
	    "\"usable\":0,\"mem-limit\":0,\"size\":12345,\"share\":0.5,"
	    "\"way\":\"lifo\","
	    "\"widths\":[1,2,3]}");
	jsonline_release(&json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_params_defaults, set_up),
	    cmocka_unit_test_setup(test_params_accepts_every_kind, set_up),
	    cmocka_unit_test_setup(test_params_refuses_bad_values, set_up),
	    cmocka_unit_test_setup(test_params_names_unknown_keys, set_up),
	    cmocka_unit_test_setup(test_params_refuses_wrong_tables, set_up),
	    cmocka_unit_test_setup(test_params_holds_compares_values, set_up),
	    cmocka_unit_test_setup(test_params_hash_is_of_the_work, set_up),
	    cmocka_unit_test_setup(test_params_set_shows_in_json, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
