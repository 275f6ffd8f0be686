/*
 * table.c, html.c and csv.c: what the printers make of the same table.
 */
#include "table.h"

#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "csv.h"
#include "html.h"

static void
small_table(table_t *table)
{
	table_init(table, "%s", "cell <1>");
	table_detail(table, "%d blocks", 10);
	table_column(table, TABLE_LEFT, "allocator");
	table_column(table, TABLE_RIGHT, "p50");
	table_column(table, TABLE_LEFT, "verdict");
	table_row(table, 0);
	table_field(table, TONE_PLAIN, "decay");
	table_field(table, TONE_PLAIN, "1.23 \302\265s");
	table_field(table, TONE_GOOD, "faster");
	table_row(table, 1);
	table_field(table, TONE_PLAIN, "ratio");
	table_blank(table, "no samples");
	table_blank(table, "no samples");
	table_row(table, TABLE_NO_ARM);
	table_field(table, TONE_PLAIN, "x");
	table_blank(table, "another reason");
}

static char *
printed(const table_t *table, void (*print)(FILE *, const table_t *))
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	print(stream, table);
	fclose(stream);
	return text;
}

static void
print_plain(FILE *stream, const table_t *table)
{
	table_print(table, stream, false);
}

static void
test_table_terminal(void **state)
{
	(void)state;
	table_t table;
	small_table(&table);
	char *text = printed(&table, print_plain);
	assert_string_equal(text,
	    "cell <1> (10 blocks)\n"
	    "  allocator      p50  verdict\n"
	    "  decay      1.23 \302\265s  faster \n"
	    "  ratio         \342\200\223[a]  \342\200\223[a]   \n"
	    "  x             \342\200\223[b]\n"
	    "    [a] no samples\n"
	    "    [b] another reason\n");
	free(text);
	table_release(&table);
}

static void
test_table_html(void **state)
{
	(void)state;
	table_t table;
	small_table(&table);
	char *text = printed(&table, html_table);
	assert_non_null(strstr(text, "<caption>10 blocks</caption>"));
	assert_non_null(
	    strstr(text, "<th scope=\"row\"><i class=\"dot\" "
			 "style=\"background:var(--arm0)\"></i>decay</th>"));
	assert_non_null(strstr(text, "<td class=\"good\">faster</td>"));
	assert_non_null(strstr(
	    text, "<td class=\"right quiet\">\342\200\223<sup>a</sup></td>"));
	assert_non_null(strstr(text, "<li>another reason</li>"));
	free(text);
	table_release(&table);
}

static void
test_table_note_letters(void **state)
{
	(void)state;
	char letters[8];
	assert_string_equal(table_note_letters(letters, 0), "a");
	assert_string_equal(table_note_letters(letters, 25), "z");
	assert_string_equal(table_note_letters(letters, 26), "aa");
	assert_string_equal(table_note_letters(letters, 53), "bb");
	assert_int_equal(table_width("1.23 \302\265s"), 7);
}

static void
test_html_escapes(void **state)
{
	(void)state;
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	html_text(stream, "a<b> & \"c\" ");
	html_anchor(stream, "x.y t1");
	fclose(stream);
	assert_string_equal(text, "a&lt;b&gt; &amp; &quot;c&quot; x-y-t1");
	free(text);
}

/* A file's text, which the caller frees. */
static char *
file_text(const char *path)
{
	char *text = NULL;
	size_t room = 0;
	FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	assert_true(getdelim(&text, &room, '\0', stream) >= 0);
	fclose(stream);
	return text;
}

static void
test_csv_quotes(void **state)
{
	(void)state;
	char *dir = fixture_folder();
	char *path = text_format("%s/x.csv", dir);
	csv_t csv;
	fault_t fault;
	assert_false(csv_open(&csv, path, "a,b,c", &fault));
	csv_text(&csv, "one, \"two\"");
	csv_number(&csv, NAN);
	csv_number(&csv, 0.5);
	csv_end(&csv);
	assert_false(csv_close(&csv, &fault));
	char *text = file_text(path);
	assert_string_equal(text, "a,b,c\n\"one, \"\"two\"\"\",,0.5\n");
	free(text);
	assert_true(csv_open(&csv, dir, "a", &fault));
	assert_false(csv_close(&csv, &fault));
	free(path);
	fixture_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table_terminal),
	    cmocka_unit_test(test_table_html),
	    cmocka_unit_test(test_table_note_letters),
	    cmocka_unit_test(test_html_escapes),
	    cmocka_unit_test(test_csv_quotes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
