#include "phase_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "grid.h"
#include "html.h"
#include "phase_figures.h"
#include "phase_findings.h"
#include "provenance.h"
#include "summary.h"
#include "svg.h"
#include "table.h"

/* All of one report. */
typedef struct sweep_report_s sweep_report_t;
struct sweep_report_s {
	dataset_t data;
	summary_t summary;
	phase_t phase;
	phase_findings_t found;
	figures_t figures;
	table_t *groups; /* one an arm and setting */
	size_t ngroups;
	table_t machine, arms, warnings;
	char *age, *missing;
};

bool
phase_report_fits(const char *run_dir)
{
	char *path = text_format("%s/plan.json", run_dir);
	json_t *plan = json_load_file(path, 0, NULL);
	bool fits = strcmp(sample_text(plan, "profile"), SWEEP_PROFILE) == 0;
	json_decref(plan);
	free(path);
	return fits;
}

/* --------------------------------------------------------------- tables -- */

/* True when the point is the first of those with its f (or its T). */
static bool
point_is_new(const phase_point_t *points, size_t i, bool by_f)
{
	for (size_t k = 0; k < i; k++)
		if (by_f ? points[k].f == points[i].f
			 : points[k].period_s == points[i].period_s)
			return false;
	return true;
}

/* The fields of a row: the points with this T, in the order of the columns. */
static void
row_fill(table_t *table, const phase_point_t *points, size_t n, double period_s)
{
	for (size_t f = 0; f < n; f++) {
		if (!point_is_new(points, f, true))
			continue;
		const phase_point_t *at = NULL;
		for (size_t i = 0; i < n; i++)
			if (points[i].f == points[f].f &&
			    points[i].period_s == period_s)
				at = &points[i];
		if (at == NULL)
			table_blank(table, "no sample gave numbers here");
		else
			table_field(table,
			    phase_differs(at) ? TONE_BAD : TONE_PLAIN,
			    "%s%.3f (%.3f)", phase_differs(at) ? "! " : "",
			    at->share, at->predicted);
	}
}

/* Rows are T, columns f. */
static void
group_table(table_t *table, const phase_t *phase, size_t first, size_t end)
{
	const phase_point_t *points = &phase->points[first];
	size_t n = end - first;
	char *setting = setting_name(&points->setting);
	table_init(table, "%s (%s): share of the freed pages given back",
	    phase->data->arms[points->arm].name, setting);
	table_detail(table,
	    "the closed form's in brackets, for the times measured; '!': a "
	    "finding");
	table_column(table, TABLE_LEFT, "cycle");
	for (size_t i = 0; i < n; i++)
		if (point_is_new(points, i, true))
			table_column(table, TABLE_RIGHT, "f %.4g", points[i].f);
	for (size_t i = 0; i < n; i++) {
		if (!point_is_new(points, i, false))
			continue;
		table_row(table, TABLE_NO_ARM);
		table_field(table, TONE_PLAIN, "%.4g s", points[i].period_s);
		row_fill(table, points, n, points[i].period_s);
	}
	free(setting);
}

static void
tables_make(sweep_report_t *report)
{
	const phase_t *phase = &report->phase;
	size_t end;
	report->groups =
	    text_memory(phase->npoints + 1, sizeof(*report->groups));
	for (size_t i = 0; i < phase->npoints; i = end) {
		end = phase_group_end(phase, i);
		group_table(&report->groups[report->ngroups++], phase, i, end);
	}
}

/* ------------------------------------------------------------------- CSV -- */

static bool
points_write(const phase_t *phase, fault_t *fault)
{
	char *path = text_format("%s/phase.csv", phase->data->dir);
	csv_t csv;
	bool failed = csv_open(&csv, path,
	    "arm,purge,lg_dirty_mult,decay_s,f,period_s,duty,base_pages,"
	    "transient_pages,period_measured_s,duty_measured,samples,share,"
	    "predicted,latest,simulated,tolerance,differs,refaults,work_ns,rss_"
	    "mean",
	    fault);
	for (size_t i = 0; i < phase->npoints && !failed; i++) {
		const phase_point_t *p = &phase->points[i];
		const setting_t *setting = &p->setting;
		bool ratio = setting->policy == PURGE_BY_RATIO;
		const double fields[] = {ratio ? setting->lg_dirty_mult : NAN,
		    ratio ? NAN : setting->decay_s, p->f, p->period_s, p->duty,
		    (double)p->swing.base_pages,
		    (double)p->swing.transient_pages, p->swing.period_s,
		    p->swing.duty, (double)p->samples, p->share, p->predicted,
		    p->latest, p->simulated, p->tolerance, phase_differs(p),
		    p->refaults, p->work_ns, p->rss_mean};
		csv_text(&csv, phase->data->arms[p->arm].name);
		csv_text(&csv, purge_policy_names[setting->policy]);
		for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++)
			csv_number(&csv, fields[k]);
		csv_end(&csv);
	}
	failed = csv_close(&csv, fault) || failed;
	free(path);
	return failed;
}

/* ------------------------------------------------------------------ HTML -- */

static void
put_lines(FILE *out, const words_t *lines, const char *class)
{
	fputs("<ul class=\"lines\">\n", out);
	for (size_t i = 0; i < lines->n; i++) {
		fprintf(out, "<li%s>", class);
		html_text(out, lines->v[i]);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

static void
put_table(FILE *out, const table_t *table)
{
	if (table->detail != NULL) {
		fputs("<h3>", out);
		html_text(out, table->caption);
		fputs("</h3>\n", out);
	}
	html_table(out, table);
}

static void
put_figure(
    FILE *out, const sweep_report_t *report, size_t number, svg_page_t *page)
{
	const figure_t *figure = &report->figures.v[number];
	char *name = figure_path(figure, ".svg");
	char *path = text_format("%s/%s", report->data.dir, name);
	fault_t fault = {"it was not drawn"};
	fputs("<figure>", out);
	if (figure->missing ||
	    svg_inline(out, path, page, number, figure->caption, &fault)) {
		fputs("<p class=\"quiet\">This figure is missing: ", out);
		html_text(out, fault.text);
		fputs("</p>", out);
	}
	fputs("<figcaption>", out);
	html_text(out, figure->caption);
	fprintf(out,
	    " <a href=\"plots/%s.csv\">data</a>, <a href=\"plots/%s\">script"
	    "</a></figcaption></figure>\n",
	    figure->name, figure->script);
	free(path);
	free(name);
}

static void
put_head(FILE *out, const sweep_report_t *report)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n<title>ebb: sweep</title>\n<style>\n",
	    out);
	html_style(out, &report->figures.palette, report->data.narms);
	fputs("</style>\n</head>\n<body>\n<header>\n<h1>Purge policies: "
	      "measured and predicted</h1>\n<p class=\"age\">",
	    out);
	html_text(out, report->age);
	fputs("</p>\n</header>\n<main>\n<section>\n<h2>Findings</h2>\n", out);
	if (report->found.findings.n == 0)
		fputs("<p>Nothing differs from the prediction.</p>\n", out);
	put_lines(out, &report->found.findings, " class=\"failed\"");
	put_lines(out, &report->found.notes, "");
	if (report->missing != NULL) {
		fputs("<p>", out);
		html_text(out, report->missing);
		fputs("</p>\n", out);
	}
	fputs("</section>\n", out);
}

static bool
html_write(const sweep_report_t *report, fault_t *fault)
{
	svg_page_t page = {
	    .palette = &report->figures.palette, .narms = report->data.narms};
	char *path = text_format("%s/report.html", report->data.dir);
	FILE *out = fopen(path, "we");
	bool failed = out == NULL;
	if (!failed) {
		put_head(out, report);
		fputs("<section>\n<h2>Diagrams</h2>\n<div class=\"figures\">\n",
		    out);
		for (size_t i = 0; i < report->figures.n; i++)
			put_figure(out, report, i, &page);
		fputs("</div>\n", out);
		put_lines(out, &report->figures.troubles, "");
		for (size_t i = 0; i < report->ngroups; i++)
			put_table(out, &report->groups[i]);
		fputs("<p>All numbers are in <a href=\"phase.csv\">phase.csv"
		      "</a>.</p>\n</section>\n<section>\n<h2>How it was "
		      "measured</h2>\n",
		    out);
		put_table(out, &report->machine);
		put_table(out, &report->arms);
		put_table(out, &report->warnings);
		fputs("</section>\n</main>\n</body>\n</html>\n", out);
		failed = ferror(out) != 0;
		failed |= fclose(out) != 0;
	}
	if (failed)
		fault_set_errno(fault, "cannot write '%s'", path);
	svg_page_release(&page);
	free(path);
	return failed;
}

/* ----------------------------------------------------------------- build -- */

/* What the plan has and the samples do not. */
static char *
missing_compose(const dataset_t *data)
{
	size_t ok = 0;
	for (size_t i = 0; i < data->nsamples; i++)
		ok += data->samples[i].ok;
	if (ok == data->nplanned)
		return NULL;
	return text_format(
	    "INCOMPLETE: %zu of %zu samples gave numbers. What was "
	    "interrupted, 'ebb sweep --resume %s' completes.",
	    ok, data->nplanned, data->dir);
}

static bool
report_make(sweep_report_t *report, const char *run_dir, fault_t *fault)
{
	*report = (sweep_report_t){0};
	if (dataset_read(&report->data, run_dir, fault))
		return true;
	summary_init(&report->summary, &report->data, &verdict_rule_default);
	phase_init(&report->phase, &report->data);
	phase_findings_init(&report->found, &report->phase);
	phase_figures_build(&report->figures, &report->phase);
	tables_make(report);
	provenance_machine(&report->machine, &report->data);
	provenance_arms(&report->arms, &report->data);
	provenance_warnings(&report->warnings, &report->data);
	report->age = provenance_age(&report->data);
	report->missing = missing_compose(&report->data);
	return false;
}

static void
report_free(sweep_report_t *report)
{
	for (size_t i = 0; i < report->ngroups; i++)
		table_release(&report->groups[i]);
	free(report->groups);
	table_release(&report->machine);
	table_release(&report->arms);
	table_release(&report->warnings);
	figures_release(&report->figures);
	phase_findings_release(&report->found);
	phase_release(&report->phase);
	if (report->summary.data != NULL)
		summary_release(&report->summary);
	free(report->age);
	free(report->missing);
	dataset_release(&report->data);
}

static void
print_lines(FILE *out, const char *head, const words_t *lines)
{
	if (lines->n > 0)
		fprintf(out, "%s\n", head);
	for (size_t i = 0; i < lines->n; i++)
		fprintf(out, "  %s\n", lines->v[i]);
}

static void
report_print(const sweep_report_t *report, FILE *out)
{
	bool colour = isatty(fileno(out)) == 1;
	for (size_t i = 0; i < report->ngroups; i++) {
		table_print(&report->groups[i], out, colour);
		fputc('\n', out);
	}
	print_lines(out, "Findings:", &report->found.findings);
	if (report->found.findings.n == 0 && report->phase.npoints > 0)
		fputs("Findings: nothing differs from the prediction.\n", out);
	print_lines(out, "Notes:", &report->found.notes);
	print_lines(out, "Figures:", &report->figures.troubles);
	if (report->missing != NULL)
		fprintf(out, "%s\n", report->missing);
	fprintf(out,
	    "Report: %s/report.html (and phase.csv, summary.csv, plots/)\n",
	    report->data.dir);
}

int
phase_report_build(const char *run_dir, FILE *terminal)
{
	sweep_report_t report;
	fault_t fault;
	bool failed = report_make(&report, run_dir, &fault) ||
		      summary_write(&report.summary, NULL, &fault) ||
		      points_write(&report.phase, &fault) ||
		      html_write(&report, &fault);
	if (failed)
		fprintf(stderr, "ebb report: %s\n", fault.text);
	else if (terminal != NULL)
		report_print(&report, terminal);
	report_free(&report);
	return failed ? 1 : 0;
}
