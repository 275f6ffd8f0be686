#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static char *
format_new(const char *format, va_list args)
{
	char *text;
	if (vasprintf(&text, format, args) < 0)
		abort();
	return text;
}

void
table_init(table_t *table, const char *caption, ...)
{
	va_list args;
	va_start(args, caption);
	*table = (table_t){.caption = format_new(caption, args)};
	va_end(args);
}

void
table_release(table_t *table)
{
	for (size_t c = 0; c < table->ncolumns; c++)
		free(table->columns[c].head);
	for (size_t r = 0; r < table->nrows; r++) {
		for (size_t f = 0; f < table->rows[r].n; f++)
			free(table->rows[r].fields[f].text);
		free(table->rows[r].fields);
	}
	free(table->columns);
	free(table->rows);
	free(table->caption);
	free(table->detail);
	words_release(&table->notes);
	*table = (table_t){0};
}

void
table_detail(table_t *table, const char *detail, ...)
{
	va_list args;
	va_start(args, detail);
	free(table->detail);
	table->detail = format_new(detail, args);
	va_end(args);
}

void
table_column(table_t *table, table_align_t align, const char *head, ...)
{
	table->columns = reallocarray(
	    table->columns, table->ncolumns + 1, sizeof(*table->columns));
	if (table->columns == NULL)
		abort();
	va_list args;
	va_start(args, head);
	table->columns[table->ncolumns++] =
	    (table_column_t){format_new(head, args), align};
	va_end(args);
}

void
table_row(table_t *table, size_t arm)
{
	table->rows =
	    reallocarray(table->rows, table->nrows + 1, sizeof(*table->rows));
	if (table->rows == NULL)
		abort();
	table->rows[table->nrows++] = (table_row_t){.arm = arm,
	    .fields = text_memory(table->ncolumns, sizeof(table_field_t))};
}

void
table_field(table_t *table, table_tone_t tone, const char *format, ...)
{
	table_row_t *row = &table->rows[table->nrows - 1];
	if (row->n == table->ncolumns)
		return;
	va_list args;
	va_start(args, format);
	row->fields[row->n++] =
	    (table_field_t){format_new(format, args), tone, TABLE_NO_NOTE};
	va_end(args);
}

void
table_note(table_t *table, const char *text)
{
	table_row_t *row = &table->rows[table->nrows - 1];
	size_t note = 0;
	while (note < table->notes.n && strcmp(table->notes.v[note], text) != 0)
		note++;
	if (note == table->notes.n)
		words_add(&table->notes, "%s", text);
	row->fields[row->n - 1].note = note;
}

void
table_blank(table_t *table, const char *why)
{
	table_field(table, TONE_QUIET, "\342\200\223");
	table_note(table, why);
}

char *
table_note_letters(char *out, size_t note)
{
	char *end = out;
	if (note >= 26)
		*end++ = (char)('a' + (note / 26 - 1) % 26);
	*end++ = (char)('a' + note % 26);
	*end = '\0';
	return out;
}

/* ------------------------------------------------------------- terminal -- */

size_t
table_width(const char *text)
{
	size_t width = 0;
	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* A field with its note's letters, "1.2 MiB[a]"; the caller frees it. */
static char *
field_text(const table_field_t *field)
{
	char letters[8];
	if (field->note == TABLE_NO_NOTE)
		return text_copy(field->text);
	return text_format(
	    "%s[%s]", field->text, table_note_letters(letters, field->note));
}

static void
print_padded(FILE *stream, const char *text, size_t width, table_align_t align,
    const char *colour)
{
	int room = (int)(width - table_width(text));
	fprintf(stream, "%*s%s%s%s%*s", align == TABLE_RIGHT ? room : 0, "",
	    colour, text, colour[0] != '\0' ? "\033[0m" : "",
	    align == TABLE_LEFT ? room : 0, "");
}

static size_t *
column_widths(const table_t *table)
{
	size_t *widths = text_memory(table->ncolumns, sizeof(*widths));
	for (size_t c = 0; c < table->ncolumns; c++)
		widths[c] = table_width(table->columns[c].head);
	for (size_t r = 0; r < table->nrows; r++)
		for (size_t c = 0; c < table->rows[r].n; c++) {
			char *text = field_text(&table->rows[r].fields[c]);
			if (table_width(text) > widths[c])
				widths[c] = table_width(text);
			free(text);
		}
	return widths;
}

void
table_print(const table_t *table, FILE *stream, bool colour)
{
	static const char *const colours[TONES] = {[TONE_PLAIN] = "",
	    [TONE_GOOD] = "\033[32m",
	    [TONE_BAD] = "\033[33m",
	    [TONE_QUIET] = "\033[2m",
	    [TONE_FAILED] = "\033[1;31m"};
	size_t *widths = column_widths(table);
	char letters[8];
	fprintf(stream, "%s%s%s%s%s%s\n", colour ? "\033[1m" : "",
	    table->caption, colour ? "\033[0m" : "",
	    table->detail != NULL ? " (" : "",
	    table->detail != NULL ? table->detail : "",
	    table->detail != NULL ? ")" : "");
	for (size_t c = 0; c < table->ncolumns; c++) {
		fputs("  ", stream);
		print_padded(stream, table->columns[c].head, widths[c],
		    table->columns[c].align, "");
	}
	for (size_t r = 0; r < table->nrows; r++) {
		fputc('\n', stream);
		for (size_t c = 0; c < table->rows[r].n; c++) {
			const table_field_t *field = &table->rows[r].fields[c];
			char *text = field_text(field);
			fputs("  ", stream);
			print_padded(stream, text, widths[c],
			    table->columns[c].align,
			    colour ? colours[field->tone] : "");
			free(text);
		}
	}
	fputc('\n', stream);
	for (size_t n = 0; n < table->notes.n; n++)
		fprintf(stream, "    [%s] %s\n", table_note_letters(letters, n),
		    table->notes.v[n]);
	free(widths);
}
