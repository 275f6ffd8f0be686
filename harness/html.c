#include "html.h"

#include <ctype.h>
#include <string.h>

void
html_text(FILE *out, const char *text)
{
	static const struct {
		char c;
		const char *name;
	} reserved[] = {
	    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
	for (; *text != '\0'; text++) {
		const char *name = NULL;
		for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved);
		     i++)
			if (reserved[i].c == *text)
				name = reserved[i].name;
		if (name != NULL)
			fputs(name, out);
		else
			fputc(*text, out);
	}
}

void
html_anchor(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		fputc(isalnum((unsigned char)*text) ? *text : '-', out);
}

void
html_dot(FILE *out, size_t arm)
{
	fprintf(out,
	    "<i class=\"dot\" style=\"background:var(--arm%zu)\">"
	    "</i>",
	    arm);
}

/* --------------------------------------------------------------- table -- */

static const char *const tone_classes[TONES] = {[TONE_PLAIN] = "",
    [TONE_GOOD] = "good",
    [TONE_BAD] = "bad",
    [TONE_QUIET] = "quiet",
    [TONE_FAILED] = "failed"};

static void
put_class(FILE *out, table_align_t align, table_tone_t tone)
{
	const char *side = align == TABLE_RIGHT ? "right" : "";
	const char *class = tone_classes[tone];
	if (side[0] != '\0' || class[0] != '\0')
		fprintf(out, " class=\"%s%s%s\"", side,
		    side[0] != '\0' && class[0] != '\0' ? " " : "", class);
}

static void
put_field(FILE *out, const table_t *table, const table_row_t *row, size_t c)
{
	const table_field_t *field = &row->fields[c];
	char letters[8];
	const char *tag = c == 0 ? "th scope=\"row\"" : "td";
	fprintf(out, "<%s", tag);
	put_class(out, table->columns[c].align, field->tone);
	fputc('>', out);
	if (c == 0 && row->arm != TABLE_NO_ARM)
		html_dot(out, row->arm);
	html_text(out, field->text);
	if (field->note != TABLE_NO_NOTE)
		fprintf(out, "<sup>%s</sup>",
		    table_note_letters(letters, field->note));
	fputs(c == 0 ? "</th>" : "</td>", out);
}

void
html_table(FILE *out, const table_t *table)
{
	if (table->nrows == 0) {
		fputs("<p class=\"legend\">", out);
		html_text(out, table->caption);
		fputs(": ", out);
		html_text(
		    out, table->detail != NULL ? table->detail : "nothing");
		fputs("</p>\n", out);
		return;
	}
	fputs("<div class=\"scroll\"><table>\n<caption>", out);
	/* With a detail, the caption is the section's heading already. */
	html_text(out, table->detail != NULL ? table->detail : table->caption);
	fputs("</caption>\n<thead><tr>", out);
	for (size_t c = 0; c < table->ncolumns; c++) {
		fputs("<th scope=\"col\"", out);
		put_class(out, table->columns[c].align, TONE_PLAIN);
		fputc('>', out);
		html_text(out, table->columns[c].head);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t r = 0; r < table->nrows; r++) {
		fputs("<tr>", out);
		for (size_t c = 0; c < table->rows[r].n; c++)
			put_field(out, table, &table->rows[r], c);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
	if (table->notes.n == 0)
		return;
	fputs("<ol class=\"notes\" type=\"a\">\n", out);
	for (size_t n = 0; n < table->notes.n; n++) {
		fputs("<li>", out);
		html_text(out, table->notes.v[n]);
		fputs("</li>\n", out);
	}
	fputs("</ol>\n", out);
}
