/* Unit test of the registry: every row is complete, and all it names works. */
#include "registry.h"

#include "params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static params_t params;
static char err[1024];

/* Parses every word of args; says which one fails. */
static void
parse_all(const workload_t *w, const char *args)
{
	char word[PARAM_TEXT_MAX];
	while (*args != '\0') {
		size_t length = strcspn(args, " ");
		snprintf(word, sizeof(word), "%.*s", (int)length, args);
		if (length != 0 &&
		    !params_parse(&params, word, err, sizeof(err)))
			fail_msg("%s: %s", w->name, err);
		args += length + (args[length] == ' ');
	}
}

static void
test_registry_rows_are_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < registry_count; i++) {
		const workload_t *w = registry[i];
		assert_non_null(w->name);
		assert_non_null(w->summary);
		assert_non_null(w->shows);
		assert_non_null(w->op);
		assert_non_null(w->arms);
		assert_non_null(w->smoke);
		assert_non_null(w->defaults);
		assert_non_null(w->prepare);
		assert_non_null(w->body);
		assert_non_null(w->release);
		assert_non_null(w->cases[0].name);
		assert_ptr_equal(registry_lookup(w->name), w);
		/* What is timed always is what --latency=1 gives. */
		assert_true(w->timed == NULL || w->latency);
	}
	assert_null(registry_lookup("no-such"));
	assert_null(registry_lookup(""));
}

static void
test_registry_args_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < registry_count; i++) {
		const workload_t *w = registry[i];
		if (!params_init(&params, w->name, w->params, err, sizeof(err)))
			fail_msg("%s", err);
		parse_all(w, w->smoke);
		parse_all(w, w->defaults);
		for (const workload_case_t *c = w->cases; c->name != NULL; c++)
			parse_all(w, c->args);
	}
}

/* A key means one thing, and its help and words are there. */
static void
test_registry_keys_are_documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < registry_count; i++) {
		const workload_t *w = registry[i];
		assert_true(
		    params_init(&params, w->name, w->params, err, sizeof(err)));
		for (unsigned a = 0; a < params.n; a++) {
			const param_t *row = params_row(&params, a);
			assert_true(strlen(row->help) > 3);
			if (row->kind == PARAM_WORD)
				assert_non_null(row->words);
			for (unsigned b = 0; b < a; b++)
				assert_string_not_equal(
				    row->key, params_row(&params, b)->key);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_rows_are_complete),
	    cmocka_unit_test(test_registry_args_parse),
	    cmocka_unit_test(test_registry_keys_are_documented),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
