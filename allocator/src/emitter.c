#include "emitter.h"

#include <string.h>

#include "assert.h"
#include "bits.h"
#include "malloc_io.h"

/* Digits, sign and NUL of any number; and the longer words for booleans. */
#define EMITTER_WORD 24

/* --------------------------------------------------------------- output -- */

static void
emitter_flush(emitter_t *e)
{
	e->buf[e->len] = '\0';
	if (e->len == 0)
		return;
	if (e->write_cb != NULL)
		e->write_cb(e->opaque, e->buf);
	else
		malloc_write(e->buf);
	e->len = 0;
}

static void
emitter_putc(emitter_t *e, char c)
{
	if (e->len == EMITTER_BUFFER)
		emitter_flush(e);
	e->buf[e->len++] = c;
}

static void
emitter_puts(emitter_t *e, const char *s)
{
	while (*s != '\0')
		emitter_putc(e, *s++);
}

static void
emitter_putn(emitter_t *e, unsigned n, char c)
{
	while (n-- > 0)
		emitter_putc(e, c);
}

static void
emitter_quoted(emitter_t *e, const char *s)
{
	emitter_putc(e, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		char escape[sizeof("\\u0000")];
		if (c == '"' || c == '\\')
			malloc_snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c < ' ' || c > '~')
			malloc_snprintf(escape, sizeof(escape), "\\u%04x", c);
		else
			malloc_snprintf(escape, sizeof(escape), "%c", c);
		emitter_puts(e, escape);
	}
	emitter_putc(e, '"');
}

/* JSON: the end of what is before, and the key. NULL: an element of an array,
 * or the outermost group. */
static void
emitter_member(emitter_t *e, const char *key)
{
	if (!e->empty)
		emitter_putc(e, ',');
	e->empty = false;
	if (e->depth > 0) {
		emitter_putc(e, '\n');
		emitter_putn(e, e->depth, '\t');
	}
	if (key != NULL) {
		emitter_quoted(e, key);
		emitter_puts(e, ": ");
	}
}

static void
emitter_open(emitter_t *e, const char *key, char bracket)
{
	emitter_member(e, key);
	emitter_putc(e, bracket);
	e->depth++;
	e->empty = true;
}

static void
emitter_close(emitter_t *e, char bracket)
{
	assert(e->depth > 0);
	e->depth--;
	if (!e->empty) {
		emitter_putc(e, '\n');
		emitter_putn(e, e->depth, '\t');
	}
	emitter_putc(e, bracket);
	e->empty = false;
}

/* Result: the text of the value, perhaps in word, of EMITTER_WORD bytes. */
static const char *
emitter_text(emitter_value_t value, char *word)
{
	switch (value.type) {
	case EMITTER_BOOL:
		return value.b ? "true" : "false";
	case EMITTER_INT:
		malloc_snprintf(word, EMITTER_WORD, "%lld", (long long)value.i);
		return word;
	case EMITTER_UINT:
		malloc_snprintf(
		    word, EMITTER_WORD, "%llu", (unsigned long long)value.u);
		return word;
	case EMITTER_STRING:
	default:
		return value.s;
	}
}

static void
emitter_json_field(emitter_t *e, const char *key, emitter_value_t value)
{
	char word[EMITTER_WORD];
	if (key == NULL)
		return;
	emitter_member(e, key);
	if (value.type == EMITTER_STRING)
		emitter_quoted(e, value.s);
	else
		emitter_puts(e, emitter_text(value, word));
}

static void
emitter_indent(emitter_t *e)
{
	emitter_putn(e, 2 * popcount_u64(e->headed), ' ');
}

/* --------------------------------------------------------------- groups -- */

void
emitter_begin(emitter_t *e, bool json,
    void (*write_cb)(void *opaque, const char *text), void *opaque)
{
	memset(e, 0, sizeof(*e));
	e->json = json;
	e->empty = true;
	e->write_cb = write_cb;
	e->opaque = opaque;
	if (json)
		emitter_open(e, NULL, '{');
}

void
emitter_end(emitter_t *e)
{
	if (e->json) {
		emitter_close(e, '}');
		emitter_putc(e, '\n');
	}
	assert(e->depth == 0);
	emitter_flush(e);
}

void
emitter_line(emitter_t *e, const char *line)
{
	if (e->json)
		return;
	emitter_indent(e);
	emitter_puts(e, line);
	emitter_putc(e, '\n');
}

void
emitter_group_begin(emitter_t *e, const char *key, const char *label)
{
	assert(e->depth < EMITTER_DEPTH);
	if (e->json) {
		emitter_open(e, key, '{');
		return;
	}
	if (label != NULL) {
		emitter_indent(e);
		emitter_puts(e, label);
		emitter_puts(e, ":\n");
		e->headed |= 1u << e->depth;
	}
	e->depth++;
}

void
emitter_group_end(emitter_t *e)
{
	if (e->json) {
		emitter_close(e, '}');
		return;
	}
	assert(e->depth > 0);
	e->depth--;
	e->headed &= ~(1u << e->depth);
}

/* --------------------------------------------------------------- fields -- */

void
emitter_fields(emitter_t *e, const emitter_field_t *fields, unsigned n)
{
	char word[EMITTER_WORD];
	const char *between = "";
	for (unsigned i = 0; i < n; i++) {
		if (e->json)
			emitter_json_field(e, fields[i].key, fields[i].value);
		else if (fields[i].label != NULL) {
			if (*between == '\0')
				emitter_indent(e);
			emitter_puts(e, between);
			emitter_puts(e, fields[i].label);
			emitter_puts(e, ": ");
			emitter_puts(e, emitter_text(fields[i].value, word));
			between = ", ";
		}
	}
	if (*between != '\0')
		emitter_putc(e, '\n');
}

void
emitter_field(
    emitter_t *e, const char *key, const char *label, emitter_value_t value)
{
	emitter_field_t field = {key, label, value};
	emitter_fields(e, &field, 1);
}

/* --------------------------------------------------------------- tables -- */

static void
emitter_cell(emitter_t *e, const char *text, unsigned width)
{
	size_t len = strlen(text);
	emitter_putc(e, ' ');
	if (len < width)
		emitter_putn(e, width - (unsigned)len, ' ');
	emitter_puts(e, text);
}

void
emitter_table_begin(emitter_t *e, const char *key, const char *label,
    const emitter_column_t *columns, unsigned n)
{
	e->gap = false;
	if (e->json) {
		emitter_open(e, key, '[');
		return;
	}
	emitter_indent(e);
	emitter_puts(e, label);
	emitter_puts(e, ":\n");
	emitter_indent(e);
	for (unsigned i = 0; i < n; i++) {
		if (columns[i].label != NULL)
			emitter_cell(e, columns[i].label, columns[i].width);
	}
	emitter_putc(e, '\n');
}

void
emitter_table_row(emitter_t *e, const emitter_column_t *columns, unsigned n,
    const emitter_value_t *values, bool dull)
{
	char word[EMITTER_WORD];
	if (e->json) {
		emitter_open(e, NULL, '{');
		for (unsigned i = 0; i < n; i++)
			emitter_json_field(e, columns[i].key, values[i]);
		emitter_close(e, '}');
		return;
	}
	if (dull) {
		if (!e->gap)
			emitter_line(e, " ---");
		e->gap = true;
		return;
	}
	e->gap = false;
	emitter_indent(e);
	for (unsigned i = 0; i < n; i++) {
		if (columns[i].label != NULL)
			emitter_cell(
			    e, emitter_text(values[i], word), columns[i].width);
	}
	emitter_putc(e, '\n');
}

void
emitter_table_end(emitter_t *e)
{
	if (e->json)
		emitter_close(e, ']');
}
