/*
 * emitter: the same calls as text and as JSON, to the letter; escapes; pieces
 * of long output; and the checker of JSON that the tests use.
 */
#include "unit.h"

#include <errno.h>

#include "emitter.h"
#include "json_check.h"

/* What was written, and in how many pieces. */
static struct {
	char text[16384];
	size_t len;
	unsigned pieces;
} out;

static void
keep(void *opaque, const char *text)
{
	size_t n = strlen(text);
	assert_ptr_equal(opaque, &out);
	assert_true(out.len + n < sizeof(out.text));
	memcpy(out.text + out.len, text, n + 1);
	out.len += n;
	out.pieces++;
}

static void
begin(emitter_t *e, bool json)
{
	memset(&out, 0, sizeof(out));
	emitter_begin(e, json, keep, &out);
}

static emitter_value_t
number(uint64_t u)
{
	return (emitter_value_t){.type = EMITTER_UINT, .u = u};
}

static emitter_value_t
string(const char *s)
{
	return (emitter_value_t){.type = EMITTER_STRING, .s = s};
}

/* One of everything. */
static void
speak(bool json)
{
	static const emitter_column_t columns[] = {
	    {"size", "size", 6}, {NULL, "n", 2}, {"hidden", NULL, 0}};
	emitter_t e;
	begin(&e, json);
	emitter_line(&e, "--- top ---");
	emitter_group_begin(&e, "outer", NULL);
	emitter_field(&e, "flag", "Flag",
	    (emitter_value_t){.type = EMITTER_BOOL, .b = true});
	emitter_group_begin(&e, "inner", "Inner");
	const emitter_field_t fields[] = {
	    {"low", "low", {.type = EMITTER_INT, .i = -1}},
	    {"silent", NULL, number(7)},
	    {NULL, "loud", number(8)},
	    {"name", "name", string("x \"y\"")},
	};
	emitter_fields(&e, fields, COUNT(fields));
	emitter_field(&e, "json only", NULL, number(9));
	emitter_table_begin(&e, "rows", "Rows", columns, 3);
	for (unsigned i = 0; i < 6; i++) {
		const emitter_value_t row[] = {
		    number(8 << 4 * i), number(i), number(100 + i)};
		emitter_table_row(&e, columns, 3, row, i > 0 && i < 4);
	}
	emitter_table_end(&e);
	emitter_group_end(&e);
	emitter_group_begin(&e, "empty", NULL);
	emitter_group_end(&e);
	emitter_group_end(&e);
	emitter_end(&e);
}

static void
test_emitter_text(void **state)
{
	(void)state;
	speak(false);
	assert_string_equal(out.text, "--- top ---\n"
				      "Flag: true\n"
				      "Inner:\n"
				      "  low: -1, loud: 8, name: x \"y\"\n"
				      "  Rows:\n"
				      "     size  n\n"
				      "        8  0\n"
				      "   ---\n"
				      "   524288  4\n"
				      "   8388608  5\n");
}

static void
test_emitter_json(void **state)
{
	(void)state;
	speak(true);
	assert_string_equal(out.text,
	    "{\n"
	    "\t\"outer\": {\n"
	    "\t\t\"flag\": true,\n"
	    "\t\t\"inner\": {\n"
	    "\t\t\t\"low\": -1,\n"
	    "\t\t\t\"silent\": 7,\n"
	    "\t\t\t\"name\": \"x \\\"y\\\"\",\n"
	    "\t\t\t\"json only\": 9,\n"
	    "\t\t\t\"rows\": [\n"
	    "\t\t\t\t{\n\t\t\t\t\t\"size\": 8,\n"
	    "\t\t\t\t\t\"hidden\": 100\n\t\t\t\t},\n"
	    "\t\t\t\t{\n\t\t\t\t\t\"size\": 128,\n"
	    "\t\t\t\t\t\"hidden\": 101\n\t\t\t\t},\n"
	    "\t\t\t\t{\n\t\t\t\t\t\"size\": 2048,\n"
	    "\t\t\t\t\t\"hidden\": 102\n\t\t\t\t},\n"
	    "\t\t\t\t{\n\t\t\t\t\t\"size\": 32768,\n"
	    "\t\t\t\t\t\"hidden\": 103\n\t\t\t\t},\n"
	    "\t\t\t\t{\n\t\t\t\t\t\"size\": 524288,\n"
	    "\t\t\t\t\t\"hidden\": 104\n\t\t\t\t},\n"
	    "\t\t\t\t{\n\t\t\t\t\t\"size\": 8388608,\n"
	    "\t\t\t\t\t\"hidden\": 105\n\t\t\t\t}\n"
	    "\t\t\t]\n"
	    "\t\t},\n"
	    "\t\t\"empty\": {}\n"
	    "\t}\n"
	    "}\n");
	assert_true(json_valid(out.text));
}

static void
test_emitter_empty_document(void **state)
{
	emitter_t e;
	(void)state;
	begin(&e, true);
	emitter_end(&e);
	assert_string_equal(out.text, "{}\n");
	begin(&e, false);
	emitter_end(&e);
	assert_string_equal(out.text, "");
	assert_int_equal(out.pieces, 0);
}

static void
test_emitter_numbers(void **state)
{
	emitter_t e;
	(void)state;
	begin(&e, true);
	emitter_field(&e, "max", NULL, number(UINT64_MAX));
	emitter_field(&e, "min", NULL,
	    (emitter_value_t){.type = EMITTER_INT, .i = INT64_MIN});
	emitter_end(&e);
	assert_string_equal(out.text, "{\n\t\"max\": 18446744073709551615,\n"
				      "\t\"min\": -9223372036854775808\n}\n");
}

/* Every byte, in a key and in a value. */
static void
test_emitter_escapes(void **state)
{
	char bytes[256];
	emitter_t e;
	(void)state;
	for (unsigned i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	bytes[255] = '\0';
	begin(&e, true);
	emitter_field(&e, bytes, NULL, string(bytes));
	emitter_end(&e);
	assert_true(json_valid(out.text));
	assert_non_null(strstr(out.text, "\\u0001\\u0002"));
	assert_non_null(strstr(out.text, "!\\\"#"));
	assert_non_null(strstr(out.text, "[\\\\]"));
	assert_non_null(strstr(out.text, "~\\u007f\\u0080"));
	assert_non_null(strstr(out.text, "\\u00ff\""));
}

/* Output longer than the buffer arrives whole, in few pieces. */
static void
test_emitter_pieces(void **state)
{
	char line[400];
	emitter_t e;
	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	begin(&e, false);
	for (unsigned i = 0; i < 20; i++)
		emitter_line(&e, line);
	emitter_end(&e);
	assert_int_equal(out.len, 20 * sizeof(line));
	assert_int_equal(strspn(out.text, "x\n"), out.len);
	assert_int_equal(out.pieces,
	    (20 * sizeof(line) + EMITTER_BUFFER - 1) / EMITTER_BUFFER);
}

static void
test_emitter_json_checker(void **state)
{
	static const char *const good[] = {"{}", "[]", " [1, -2 ,0] ",
	    "{\"a\":[{\"b\":\"\\u00e9\\n\"}],\"c\":null}", "\"\"", "true"};
	static const char *const bad[] = {"", "{", "{}}", "[1,]", "{\"a\"}",
	    "{\"a\":}", "{a:1}", "[1 2]", "01", "\"\\x\"", "\"\n\"", "\"",
	    "{\"a\":1,}", "[}", "nul", "-", "\"\\u00g0\""};
	(void)state;
	for (unsigned i = 0; i < COUNT(good); i++)
		assert_true(json_valid(good[i]));
	for (unsigned i = 0; i < COUNT(bad); i++)
		assert_false(json_valid(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_emitter_text),
	    cmocka_unit_test(test_emitter_json),
	    cmocka_unit_test(test_emitter_empty_document),
	    cmocka_unit_test(test_emitter_numbers),
	    cmocka_unit_test(test_emitter_escapes),
	    cmocka_unit_test(test_emitter_pieces),
	    cmocka_unit_test(test_emitter_json_checker),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
