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
put_figure(FILE *out, const report_t *report, size_t number, svg_page_t *page)
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
	} else if (svg_inline(
		       out, path, page, number, figure->caption, &fault)) {
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
put_figures(FILE *out, const report_t *report, size_t cell, svg_page_t *page)
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
		put_figure(out, report, i, page);
	}
	if (stacked)
		fputs("</div>\n", out);
	if (any)
		fputs("</div>\n", out);
}

/* ------------------------------------------------------------ contents -- */

static void
put_link(FILE *out, const char *prefix, const char *name, const char *text)
{
	fprintf(out, "<a href=\"#%s", prefix);
	html_anchor(out, name);
	fputs("\">", out);
	html_text(out, text);
	fputs("</a>", out);
}

/* A line for what is of the whole run, and one for each workload. */
static void
put_contents(FILE *out, const report_t *report)
{
	const dataset_t *data = &report->data;
	fputs("<nav aria-label=\"Contents\">\n<ul>\n<li>", out);
	put_link(out, "", "verdicts", report_heads[HEAD_VERDICTS]);
	put_link(out, "", "capabilities", report->capabilities.caption);
	put_link(out, "", "apparatus", report_heads[HEAD_APPARATUS]);
	fputs("</li>\n", out);
	for (size_t c = 0; c < data->ncells; c++) {
		if (!report_workload_begins(data, c))
			continue;
		const char *workload = data->cells[c].workload;
		fputs("<li>", out);
		put_link(out, "workload-", workload, workload);
		for (size_t k = c; k < data->ncells; k++)
			if (strcmp(data->cells[k].workload, workload) == 0)
				put_link(out, "cell-", data->cells[k].name,
				    report_cell_name(&data->cells[k]));
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</nav>\n", out);
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
	fprintf(out, "</style>\n</head>\n<body>\n<header>\n<h1>%s: ",
	    report_heads[HEAD_TITLE]);
	html_text(out, name);
	fputs("</h1>\n<p class=\"age\">", out);
	html_text(out, report->age);
	fputs("</p>\n</header>\n", out);
	put_contents(out, report);
	fputs("<main>\n", out);
}

static void
put_controls(FILE *out, const controls_t *controls)
{
	fputs("<ul class=\"lines\" id=\"controls\">\n", out);
	for (size_t i = 0; i < controls->lines.n; i++) {
		bool failed = controls->states[i] == CONTROL_FAILED;
		fputs(failed ? "<li class=\"failed\">" : "<li>", out);
		fputs(i == 0 ? "<strong>" : "", out);
		html_text(out, controls->lines.v[i]);
		fputs(i == 0 ? "</strong></li>\n" : "</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void
put_overview(FILE *out, const report_t *report, svg_page_t *page)
{
	const findings_t *findings = &report->findings;
	put_controls(out, &report->controls);
	fprintf(out,
	    "<section id=\"verdicts\">\n<h2>%s</h2>\n<ul class=\"lines\">\n",
	    report_heads[HEAD_VERDICTS]);
	put_lines(out, &findings->failures, " class=\"failed\"");
	put_verdicts(out, findings);
	put_lines(out, &findings->memory, "");
	put_lines(out, &findings->tails, "");
	fputs("</ul>\n<ul class=\"lines legend\">\n", out);
	put_lines(out, &findings->notes, "");
	fputs("</ul>\n<div class=\"text\" id=\"capabilities\">\n", out);
	html_table(out, &report->capabilities);
	fputs("</div>\n", out);
	put_figures(out, report, FIGURE_OF_ALL, page);
	fputs("</section>\n", out);
}

/* A table that opens when its caption is chosen; one without rows is a line. */
static void
put_folded(FILE *out, const table_t *table)
{
	if (table->nrows == 0) {
		html_table(out, table);
		return;
	}
	fputs("<details><summary>", out);
	html_text(out, table->caption);
	fputs("</summary>\n", out);
	html_table(out, table);
	fputs("</details>\n", out);
}

static void
put_apparatus(FILE *out, const report_t *report)
{
	fprintf(out,
	    "<section id=\"apparatus\">\n<h2>%s</h2>\n"
	    "<div class=\"text\">\n<div class=\"pair\">\n<div>",
	    report_heads[HEAD_APPARATUS]);
	html_table(out, &report->machine);
	fputs("</div>\n<div>", out);
	if (report->warnings.nrows > 0)
		html_table(out, &report->warnings);
	else
		fputs("<p>No warnings.</p>\n", out);
	fputs("</div>\n</div>\n", out);
	put_folded(out, &report->arms);
	if (report->gaps.nrows > 0)
		put_folded(out, &report->gaps);
	fputs("</div>\n", out);
	if (report->design.n > 0) {
		fprintf(out, "<h3>%s</h3>\n<ul class=\"lines\">\n",
		    report_heads[HEAD_DESIGN]);
		put_lines(out, &report->design, "");
		fputs("</ul>\n", out);
	}
	if (report->figures.troubles.n > 0) {
		fprintf(out, "<h3>%s</h3>\n<ul class=\"lines\">\n",
		    report_heads[HEAD_SELF]);
		put_lines(out, &report->figures.troubles, "");
		fputs("</ul>\n", out);
	}
	fprintf(out, "<h3>%s</h3>\n<p>", report_heads[HEAD_READING]);
	html_text(out, report->legend);
	fputs(" Everything here is derived from <a href=\"samples.jsonl\">"
	      "samples.jsonl</a> and raw/; all medians, intervals and effect "
	      "sizes are in <a href=\"summary.csv\">summary.csv</a>, and <a "
	      "href=\"gbench.json\">gbench.json</a> holds the run in Google "
	      "Benchmark's format.</p>\n</section>\n",
	    out);
}

static void
put_command(FILE *out, report_head_t head, char *command)
{
	if (command == NULL)
		return;
	fprintf(out, "<p class=\"legend\">%s</p>\n<pre>", report_heads[head]);
	html_text(out, command);
	fputs("</pre>\n", out);
	free(command);
}

static void
put_cell(FILE *out, const report_t *report, size_t c, svg_page_t *page)
{
	const report_cell_t *cell = &report->cells[c];
	fputs("<section id=\"cell-", out);
	html_anchor(out, report->data.cells[c].name);
	fputs("\">\n<h3>", out);
	html_text(out, report->data.cells[c].name);
	fputs("</h3>\n", out);
	html_table(out, &cell->verdicts);
	put_figures(out, report, c, page);
	for (size_t k = 0; k < DETAIL_TABLES; k++)
		if (cell->detailed[k])
			put_folded(out, &cell->details[k]);
	for (size_t k = 0; k < EVENT_TABLES; k++)
		if (cell->told[k])
			put_folded(out, &cell->events[k]);
	put_command(out, HEAD_REPEAT_CELL, repeat_cell(&report->data, c));
	put_command(out, HEAD_REPEAT_SAMPLE, repeat_sample(&report->data, c));
	fputs("</section>\n", out);
}

/* The cells of each workload, wherever they stand in the plan. */
static void
put_workloads(FILE *out, const report_t *report, svg_page_t *page)
{
	const dataset_t *data = &report->data;
	for (size_t c = 0; c < data->ncells; c++) {
		if (!report_workload_begins(data, c))
			continue;
		const char *workload = data->cells[c].workload;
		fputs("<section class=\"workload\" id=\"workload-", out);
		html_anchor(out, workload);
		fputs("\">\n<h2>", out);
		html_text(out, workload);
		fputs("</h2>\n", out);
		for (size_t k = c; k < data->ncells; k++)
			if (strcmp(data->cells[k].workload, workload) == 0)
				put_cell(out, report, k, page);
		fputs("</section>\n", out);
	}
}

bool
report_html_write(const report_t *report, fault_t *fault)
{
	svg_page_t page = {
	    .palette = &report->figures.palette, .narms = report->data.narms};
	char *path = text_format("%s/report.html", report->data.dir);
	FILE *out = fopen(path, "we");
	bool failed = out == NULL;
	if (!failed) {
		put_head(out, report);
		put_overview(out, report, &page);
		put_apparatus(out, report);
		put_workloads(out, report, &page);
		fputs("</main>\n</body>\n</html>\n", out);
		failed = ferror(out) != 0;
		failed |= fclose(out) != 0;
	}
	if (failed)
		fault_set_errno(fault, "cannot write '%s'", path);
	svg_page_release(&page);
	free(path);
	return failed;
}
