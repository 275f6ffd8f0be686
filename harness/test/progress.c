/* Progress and the warnings' table: what the user reads. */
#include "progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "warn.h"

static void
test_progress_forecast(void **state)
{
	(void)state;
	progress_t progress;
	progress_init(&progress, stdout, 100);
	assert_true(progress_left(&progress) == 100);
	/* Too early to be trusted. */
	progress_add(&progress, 1, 5);
	assert_true(progress_left(&progress) == 99);
	/* Everything takes twice as long as expected. */
	progress_init(&progress, stdout, 100);
	progress_add(&progress, 50, 100);
	assert_true(progress_share(&progress) == 0.5);
	assert_true(progress_left(&progress) == 100);
	progress_add(&progress, 60, 120);
	assert_true(progress_share(&progress) == 1);
	assert_true(progress_left(&progress) == 0);
}

static void
test_progress_duration(void **state)
{
	(void)state;
	static const struct {
		double seconds;
		const char *text;
	} rows[] = {{0, "0 s"}, {59.4, "59 s"}, {60, "1 min 0 s"},
	    {3599, "59 min 59 s"}, {7260, "2 h 1 min"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[32];
		progress_duration(rows[i].seconds, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

/* Every warning has its row, and no two the same name. */
static void
test_warn_table_is_whole(void **state)
{
	(void)state;
	words_t warnings = {0};
	for (int w = 0; w < WARN_KINDS; w++) {
		assert_non_null(warn_id((warn_t)w));
		for (int other = 0; other < w; other++)
			assert_string_not_equal(
			    warn_id((warn_t)w), warn_id((warn_t)other));
		warn_add(&warnings, (warn_t)w, NULL);
		/* "id: cause; remedy" */
		const char *text = warnings.v[w];
		assert_int_equal(strncmp(text, warn_id((warn_t)w),
				     strlen(warn_id((warn_t)w))),
		    0);
		assert_non_null(strstr(text, "; "));
	}
	warn_add(&warnings, WARN_STEAL, "%d %%", 7);
	assert_non_null(strstr(warnings.v[WARN_KINDS], "(7 %)"));
	warn_add(NULL, WARN_STEAL, NULL); /* nobody asks */
	words_release(&warnings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_progress_forecast),
	    cmocka_unit_test(test_progress_duration),
	    cmocka_unit_test(test_warn_table_is_whole),
	};
	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
