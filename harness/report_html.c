#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "repeat.h"
#include "svg.h"

static void
put_lines(FILE *out, const words_t *lines, const char *class)
{
	for (size_t i = 0; i < lines->n; i++) {
		fprintf(out, "<li%s>", class);
		html_text(out, lines->v[i]);
		fputs("</li>\n", out);
	}
}

static void
put_verdicts(FILE *out, const findings_t *findings)
{
	for (size_t i = 0; i < findings->verdicts.n; i++) {
		fputs("<li>", out);
		const char *line = findings->verdicts.v[i];
		if (findings->arms[i] != TABLE_NO_ARM) {
			/* The line begins with the arm's name. */
			int name = (int)strcspn(line, " ");
			html_dot(out, findings->arms[i]);
			fprintf(out, "<strong>%.*s</strong>", name, line);
			line += name;
		}
		html_text(out, line);
		fputs("</li>\n", out);
	}
}

/* ------------------------------------------------------------- figures -- */

static void
put_links(FILE *out, const figure_t *figure)
{
	char *csv = figure_path(figure, ".csv");
	char *svg = figure_path(figure, ".svg");
	fputs(" <a href=\"", out);
	html_text(out, csv);
	fprintf(out, "\">data</a>, <a href=\"plots/%s\">script</a>",
	    figure->script);
	if (!figure->missing) {
		fputs(", <a href=\"", out);
		html_text(out, svg);
		fputs("\">SVG</a>", out);
	}
	fputs("</figcaption></figure>\n", out);
	free(csv);
	free(svg);
}

static void
put_figure(FILE *out, const report_t *report, size_t number)
{
	const figure_t *figure = &report->figures.v[number];
	char *name = figure_path(figure, ".svg");
	char *path = text_format("%s/%s", report->data.dir, name);
	fault_t fault;
	fputs("<figure>", out);
	if (figure->missing) {
		fputs("<p class=\"quiet\">This figure is missing: ", out);
		html_text(out, report->figures.troubles.n > 0
				   ? report->figures.troubles.v[0]
				   : "it was not drawn");
		fputs("</p>", out);
	} else if (svg_inline(out, path, &report->figures.palette,
		       report->data.narms, number, figure->caption, &fault)) {
		fputs("<p class=\"quiet\">", out);
		html_text(out, fault.text);
		fputs("</p>", out);
	}
	fputs("<figcaption>", out);
	html_text(out, figure->caption);
	put_links(out, figure);
	free(path);
	free(name);
}

/* All figures of a cell, or those of the whole run; low ones in a stack. */
static void
put_figures(FILE *out, const report_t *report, size_t cell)
{
	bool any = false;
	bool stacked = false;
	for (size_t i = 0; i < report->figures.n; i++) {
		const figure_t *figure = &report->figures.v[i];
		if (figure->cell != cell)
			continue;
		if (!any)
			fputs("<div class=\"figures\">\n", out);
		any = true;
		if (figure->low != stacked)
			fputs(figure->low ? "<div>\n" : "</div>\n", out);
		stacked = figure->low;
		put_figure(out, report, i);
	}
	if (stacked)
		fputs("</div>\n", out);
	if (any)
		fputs("</div>\n", out);
}

/* ------------------------------------------------------------ sections -- */

static void
put_head(FILE *out, const report_t *report)
{
	const char *name = sample_text(report->data.store.plan, "name");
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n<title>ebb: ",
	    out);
	html_text(out, name);
	fputs("</title>\n<style>\n", out);
	html_style(out, &report->figures.palette, report->data.narms);
	fputs("</style>\n</head>\n<body>\n<header>\n<h1>Allocators measured: ",
	    out);
	html_text(out, name);
	fputs("</h1>\n<p class=\"age\">", out);
	html_text(out, report->age);
	fputs("</p>\n</header>\n<nav>\n<a href=\"#verdicts\">Verdicts</a>\n"
	      "<a href=\"#apparatus\">Machine and allocators</a>\n",
	    out);
	for (size_t c = 0; c < report->data.ncells; c++) {
		fputs("<a href=\"#cell-", out);
		html_anchor(out, report->data.cells[c].name);
		fputs("\">", out);
		html_text(out, report->data.cells[c].name);
		fputs("</a>\n", out);
	}
	fputs("</nav>\n<main>\n", out);
}

static void
put_overview(FILE *out, const report_t *report)
{
	const findings_t *findings = &report->findings;
	fputs("<section id=\"verdicts\">\n<h2>Verdicts</h2>\n"
	      "<ul class=\"lines\">\n",
	    out);
	put_lines(out, &findings->failures, " class=\"failed\"");
	put_verdicts(out, findings);
	fputs("</ul>\n<ul class=\"lines legend\">\n", out);
	put_lines(out, &findings->notes, "");
	fputs("</ul>\n", out);
	put_figures(out, report, FIGURE_OF_ALL);
	fputs("</section>\n", out);
}

static void
put_apparatus(FILE *out, const report_t *report)
{
	fputs("<section id=\"apparatus\">\n<h2>Machine and allocators</h2>\n"
	      "<div class=\"text\">\n<div class=\"pair\">\n<div>",
	    out);
	html_table(out, &report->machine);
	fputs("</div>\n<div>", out);
	if (report->warnings.nrows > 0)
		html_table(out, &report->warnings);
	else
		fputs("<p>No warnings.</p>\n", out);
	fputs("</div>\n</div>\n", out);
	html_table(out, &report->arms);
	if (report->capabilities.nrows > 0)
		html_table(out, &report->capabilities);
	fputs("</div>\n", out);
	if (report->figures.troubles.n > 0) {
		fputs(
		    "<h3>The report itself</h3>\n<ul class=\"lines\">\n", out);
		put_lines(out, &report->figures.troubles, "");
		fputs("</ul>\n", out);
	}
	fputs("<h3>How to read the tables</h3>\n<p>", out);
	html_text(out, report->legend);
	fputs(" Everything here is derived from <a href=\"samples.jsonl\">"
	      "samples.jsonl</a> and raw/; all medians, intervals and effect "
	      "sizes are in <a href=\"summary.csv\">summary.csv</a>, and <a "
	      "href=\"gbench.json\">gbench.json</a> holds the run in Google "
	      "Benchmark's format.</p>\n</section>\n",
	    out);
}

static void
put_command(FILE *out, const char *title, char *command)
{
	if (command == NULL)
		return;
	fprintf(out, "<p class=\"legend\">%s</p>\n<pre>", title);
	html_text(out, command);
	fputs("</pre>\n", out);
	free(command);
}

static void
put_cell(FILE *out, const report_t *report, size_t cell)
{
	fputs("<section id=\"cell-", out);
	html_anchor(out, report->data.cells[cell].name);
	fputs("\">\n<h2>", out);
	html_text(out, report->data.cells[cell].name);
	fputs("</h2>\n", out);
	html_table(out, &report->cells[cell]);
	put_figures(out, report, cell);
	put_command(
	    out, "Measure this table again:", repeat_cell(&report->data, cell));
	put_command(
	    out, "One of its samples:", repeat_sample(&report->data, cell));
	fputs("</section>\n", out);
}

bool
report_html_write(const report_t *report, fault_t *fault)
{
	char *path = text_format("%s/report.html", report->data.dir);
	FILE *out = fopen(path, "we");
	bool failed = out == NULL;
	if (!failed) {
		put_head(out, report);
		put_overview(out, report);
		put_apparatus(out, report);
		for (size_t c = 0; c < report->data.ncells; c++)
			put_cell(out, report, c);
		fputs("</main>\n</body>\n</html>\n", out);
		failed = ferror(out) != 0;
		failed |= fclose(out) != 0;
	}
	if (failed)
		fault_set_errno(fault, "cannot write '%s'", path);
	free(path);
	return failed;
}
