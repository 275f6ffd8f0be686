/* Option strings: form, merging, comparison with what was read back. */
#include "conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_conf_check_form(void **state)
{
	(void)state;
	fault_t fault;
	assert_false(conf_check("", &fault));
	assert_false(conf_check("a:1", &fault));
	assert_false(conf_check("lg_dirty_mult:-1,purge:ratio", &fault));
	static const char *const bad[] = {
	    "a", "a:", ":1", "a=1", "a b:1", "x:1,y", "a-b:1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_true(conf_check(bad[i], &fault));
	assert_true(conf_check("x:1,bad", &fault));
	assert_non_null(strstr(fault.text, "'bad'"));
}

static void
check_merge(const char *base, const char *over, const char *expected)
{
	char *merged = conf_merge(base, over);
	assert_string_equal(merged, expected);
	free(merged);
}

static void
test_conf_merge_later_wins(void **state)
{
	(void)state;
	check_merge("", "", "");
	check_merge("a:1", "", "a:1");
	check_merge("", "a:1", "a:1");
	check_merge("a:1,b:2", "a:3", "b:2,a:3");
	check_merge("ab:1", "a:2", "ab:1,a:2");
	check_merge("a:1,a:2", "", "a:2");
	/* Both set the decay time: only the later stays. */
	check_merge("purge:decay,decay_time:10", "dirty_decay_ms:500",
	    "purge:decay,dirty_decay_ms:500");
	check_merge("dirty_decay_ms:500", "decay_time:1", "decay_time:1");
}

static void
test_conf_compare_values(void **state)
{
	(void)state;
	fault_t fault;
	json_t *opt = json_pack("{s:b,s:i,s:s,s:i}", "tcache", 0,
	    "lg_dirty_mult", -1, "purge", "ratio", "narenas", 16);
	assert_false(conf_compare("", opt, &fault));
	assert_false(conf_compare("tcache:false,lg_dirty_mult:-1,purge:ratio,"
				  "narenas:0x10",
	    opt, &fault));
	assert_true(conf_compare("tcache:true", opt, &fault));
	assert_true(conf_compare("purge:decay", opt, &fault));
	assert_non_null(strstr(fault.text, "\"ratio\""));
	assert_true(conf_compare("narenas:1x", opt, &fault));
	assert_true(conf_compare("narenas:1,decay_tyme:3", opt, &fault));
	assert_non_null(strstr(fault.text, "no option 'decay_tyme'"));
	assert_non_null(strstr(fault.text, "narenas:1 was asked for"));
	json_decref(opt);
}

static void
test_conf_value(void **state)
{
	(void)state;
	static const struct {
		const char *conf, *key, *value; /* NULL: not there */
	} rows[] = {
	    {"purge:ratio,lg_dirty_mult:3", "purge", "ratio"},
	    {"purge:ratio,lg_dirty_mult:3", "lg_dirty_mult", "3"},
	    {"purge:ratio,purge:decay", "purge", "decay"},
	    {"purge_advice:free", "purge", NULL},
	    {"", "purge", NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *value = conf_value(rows[i].conf, rows[i].key);
		if (rows[i].value == NULL)
			assert_null(value);
		else
			assert_string_equal(value, rows[i].value);
		free(value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conf_check_form),
	    cmocka_unit_test(test_conf_merge_later_wins),
	    cmocka_unit_test(test_conf_value),
	    cmocka_unit_test(test_conf_compare_values),
	};
	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
