#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "repeat.h"

/* Text of a table's field: a bar would end the field. */
static void
put_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("|<>*_[]\\`", *text) != NULL)
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void
put_field(FILE *out, const table_field_t *field)
{
	static const char *const marks[TONES] = {[TONE_PLAIN] = "",
	    [TONE_GOOD] = "**",
	    [TONE_BAD] = "**",
	    [TONE_QUIET] = "",
	    [TONE_FAILED] = "**"};
	char letters[8];
	fprintf(out, " %s", marks[field->tone]);
	put_text(out, field->text);
	fputs(marks[field->tone], out);
	if (field->note != TABLE_NO_NOTE)
		fprintf(out, " (%s)", table_note_letters(letters, field->note));
	fputs(" |", out);
}

static void
put_table(FILE *out, const table_t *table)
{
	char letters[8];
	if (table->nrows == 0)
		return;
	fputs("\n|", out);
	for (size_t c = 0; c < table->ncolumns; c++) {
		fputc(' ', out);
		put_text(out, table->columns[c].head);
		fputs(" |", out);
	}
	fputs("\n|", out);
	for (size_t c = 0; c < table->ncolumns; c++)
		fputs(table->columns[c].align == TABLE_RIGHT ? " ---: |"
							     : " --- |",
		    out);
	for (size_t r = 0; r < table->nrows; r++) {
		fputs("\n|", out);
		for (size_t c = 0; c < table->rows[r].n; c++)
			put_field(out, &table->rows[r].fields[c]);
	}
	fputs("\n\n", out);
	for (size_t n = 0; n < table->notes.n; n++) {
		fprintf(out, "- (%s) ", table_note_letters(letters, n));
		put_text(out, table->notes.v[n]);
		fputc('\n', out);
	}
}

static void
put_section(FILE *out, const table_t *table)
{
	fputs("\n### ", out);
	put_text(out, table->caption);
	fputc('\n', out);
	if (table->detail != NULL) {
		fputc('\n', out);
		put_text(out, table->detail);
		fputc('\n', out);
	}
	put_table(out, table);
}

static void
put_lines(FILE *out, const words_t *lines, const char *mark)
{
	for (size_t i = 0; i < lines->n; i++) {
		fprintf(out, "- %s", mark);
		put_text(out, lines->v[i]);
		fprintf(out, "%s\n", mark);
	}
}

static void
put_figures(FILE *out, const report_t *report, size_t cell)
{
	for (size_t i = 0; i < report->figures.n; i++) {
		const figure_t *figure = &report->figures.v[i];
		if (figure->cell != cell)
			continue;
		char *svg = figure_path(figure, ".svg");
		char *csv = figure_path(figure, ".csv");
		if (figure->missing)
			fprintf(out, "\n(figure %s is missing)\n", svg);
		else
			fprintf(out, "\n![%s](%s)\n", figure->title, svg);
		fputc('\n', out);
		put_text(out, figure->caption);
		fprintf(out, " [data](%s), [script](plots/%s)\n", csv,
		    figure->script);
		free(svg);
		free(csv);
	}
}

static void
put_command(FILE *out, report_head_t head, char *command)
{
	if (command != NULL)
		fprintf(out, "\n%s\n\n    %s\n", report_heads[head], command);
	free(command);
}

/* The first line in bold, and what failed. */
static void
put_controls(FILE *out, const controls_t *controls)
{
	for (size_t i = 0; i < controls->lines.n; i++) {
		bool bold = i == 0 || controls->states[i] == CONTROL_FAILED;
		fprintf(out, "- %s", bold ? "**" : "");
		put_text(out, controls->lines.v[i]);
		fprintf(out, "%s\n", bold ? "**" : "");
	}
}

static void
put_head(FILE *out, const report_t *report)
{
	fprintf(out, "# %s: ", report_heads[HEAD_TITLE]);
	put_text(out, sample_text(report->data.store.plan, "name"));
	fputs("\n\n", out);
	put_text(out, report->age);
	fputs("\n\n", out);
	put_controls(out, &report->controls);
	fprintf(out, "\n## %s\n\n", report_heads[HEAD_VERDICTS]);
	put_lines(out, &report->findings.failures, "**");
	put_lines(out, &report->findings.verdicts, "");
	fputc('\n', out);
	put_lines(out, &report->findings.memory, "");
	put_lines(out, &report->findings.tails, "");
	put_lines(out, &report->findings.notes, "");
	put_section(out, &report->capabilities);
	put_figures(out, report, FIGURE_OF_ALL);
}

static void
put_apparatus(FILE *out, const report_t *report)
{
	fprintf(out, "\n## %s\n", report_heads[HEAD_APPARATUS]);
	put_section(out, &report->machine);
	put_section(out, &report->arms);
	if (report->design.n > 0) {
		fprintf(out, "\n### %s\n\n", report_heads[HEAD_DESIGN]);
		put_lines(out, &report->design, "");
	}
	if (report->gaps.nrows > 0)
		put_section(out, &report->gaps);
	if (report->warnings.nrows > 0)
		put_section(out, &report->warnings);
	if (report->figures.troubles.n > 0) {
		fprintf(out, "\n### %s\n\n", report_heads[HEAD_SELF]);
		put_lines(out, &report->figures.troubles, "");
	}
	fprintf(out, "\n### %s\n\n", report_heads[HEAD_READING]);
	put_text(out, report->legend);
	fputs(" All medians, intervals and effect sizes are in "
	      "[summary.csv](summary.csv).\n",
	    out);
}

static void
put_cell(FILE *out, const report_t *report, size_t c)
{
	const report_cell_t *cell = &report->cells[c];
	fputs("\n## ", out);
	put_text(out, cell->verdicts.caption);
	fputs("\n\n", out);
	put_text(out, cell->verdicts.detail);
	fputc('\n', out);
	put_table(out, &cell->verdicts);
	put_figures(out, report, c);
	for (size_t k = 0; k < DETAIL_TABLES; k++)
		if (cell->detailed[k])
			put_section(out, &cell->details[k]);
	for (size_t k = 0; k < EVENT_TABLES; k++)
		if (cell->told[k])
			put_section(out, &cell->events[k]);
	put_command(out, HEAD_REPEAT_CELL, repeat_cell(&report->data, c));
	put_command(out, HEAD_REPEAT_SAMPLE, repeat_sample(&report->data, c));
}

bool
report_md_write(const report_t *report, fault_t *fault)
{
	char *path = text_format("%s/report.md", report->data.dir);
	FILE *out = fopen(path, "we");
	bool failed = out == NULL;
	if (!failed) {
		put_head(out, report);
		put_apparatus(out, report);
		for (size_t c = 0; c < report->data.ncells; c++)
			put_cell(out, report, c);
		failed = ferror(out) != 0;
		failed |= fclose(out) != 0;
	}
	if (failed)
		fault_set_errno(fault, "cannot write '%s'", path);
	free(path);
	return failed;
}
