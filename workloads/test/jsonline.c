/* Unit test of jsonline: escaping, commas, numbers, what is not written. */
#include "jsonline.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static jsonline_t json;

static int
set_up(void **state)
{
	(void)state;
	return jsonline_init(&json, 4096) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	jsonline_release(&json);
	return 0;
}

static const char *
text(void)
{
	json.text[json.used] = '\0';
	return json.text;
}

static void
test_jsonline_nests_and_separates(void **state)
{
	(void)state;
	jsonline_open(&json, '{');
	jsonline_key_u64(&json, "a", 1);
	jsonline_key(&json, "b");
	jsonline_open(&json, '[');
	jsonline_open(&json, '[');
	jsonline_close(&json, ']');
	jsonline_bool(&json, true);
	jsonline_null(&json);
	jsonline_close(&json, ']');
	jsonline_key(&json, "c");
	jsonline_open(&json, '{');
	jsonline_close(&json, '}');
	jsonline_key_str(&json, "d", "e");
	jsonline_close(&json, '}');
	assert_string_equal(
	    text(), "{\"a\":1,\"b\":[[],true,null],\"c\":{},\"d\":\"e\"}");
}

static void
test_jsonline_escapes(void **state)
{
	(void)state;
	jsonline_str(&json, "q\" b\\ n\n \x01 \xc3\xa4");
	assert_string_equal(
	    text(), "\"q\\\" b\\\\ n\\u000a \\u0001 \xc3\xa4\"");
}

static void
test_jsonline_numbers_read_back(void **state)
{
	(void)state;
	static const double values[] = {0, 0.1, 1.0 / 3, 2e6, -7, 1e300, 5e-324,
	    9007199254740993.0, 123456.789};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		json.used = 0;
		json.comma = false;
		jsonline_real(&json, values[i]);
		assert_true(strtod(text(), NULL) == values[i]);
	}
	json.used = 0;
	json.comma = false;
	jsonline_real(&json, NAN);
	jsonline_real(&json, INFINITY);
	jsonline_real(&json, 2000000);
	jsonline_u64(&json, UINT64_MAX);
	assert_string_equal(text(), "null,null,2000000,18446744073709551615");
}

static void
test_jsonline_writes_one_line(void **state)
{
	(void)state;
	int ends[2];
	char got[64] = "";
	assert_int_equal(pipe(ends), 0);
	jsonline_open(&json, '[');
	assert_int_equal(jsonline_write(&json, ends[1]), EINVAL);
	jsonline_close(&json, ']');
	assert_int_equal(jsonline_write(&json, ends[1]), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], got, sizeof(got) - 1), 3);
	assert_string_equal(got, "[]\n");
	assert_int_equal(jsonline_write(&json, ends[1]), EBADF);
	close(ends[0]);
}

static void
test_jsonline_overflow_is_not_written(void **state)
{
	(void)state;
	for (int i = 0; i < 5000; i++)
		jsonline_u64(&json, 7);
	assert_true(json.used < json.size);
	assert_int_equal(jsonline_write(&json, 1), EMSGSIZE);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(test_jsonline_nests_and_separates),
	    CASE(test_jsonline_escapes),
	    CASE(test_jsonline_numbers_read_back),
	    CASE(test_jsonline_writes_one_line),
	    CASE(test_jsonline_overflow_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
