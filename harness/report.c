#include "report.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ab_table.h"
#include "capability.h"
#include "design.h"
#include "gbench_json.h"
#include "phase_report.h"
#include "provenance.h"
#include "verdict_table.h"

const char *const report_heads[REPORT_HEADS] = {
    [HEAD_TITLE] = "Allocators measured",
    [HEAD_VERDICTS] = "Verdicts",
    [HEAD_APPARATUS] = "Machine and allocators",
    [HEAD_DESIGN] = "Design",
    [HEAD_SELF] = "The report itself",
    [HEAD_READING] = "How to read the tables",
    [HEAD_REPEAT_CELL] = "Measure this table again:",
    [HEAD_REPEAT_SAMPLE] = "One of its samples:",
};

const char *
report_cell_name(const dataset_cell_t *cell)
{
	size_t n = strlen(cell->workload);
	bool within = n > 0 && strncmp(cell->name, cell->workload, n) == 0 &&
		      cell->name[n] == '.' && cell->name[n + 1] != '\0';
	return within ? cell->name + n + 1 : cell->name;
}

bool
report_workload_begins(const dataset_t *data, size_t cell)
{
	for (size_t c = 0; c < cell; c++)
		if (strcmp(data->cells[c].workload,
			data->cells[cell].workload) == 0)
			return false;
	return true;
}

/* --------------------------------------------------------------- build -- */

static void
cell_init(report_cell_t *cell, const summary_t *summary,
    const cell_curves_t *curves, size_t c)
{
	verdict_table(&cell->verdicts, summary, c);
	for (size_t k = 0; k < EVENT_TABLES; k++)
		cell->told[k] = event_tables[k](&cell->events[k], summary, c);
	for (size_t k = 0; k < DETAIL_TABLES; k++)
		cell->detailed[k] = detail_tables[k](&cell->details[k], summary,
		    curves != NULL ? &curves->time : NULL, c);
}

static void
cell_release(report_cell_t *cell)
{
	table_release(&cell->verdicts);
	for (size_t k = 0; k < EVENT_TABLES; k++)
		table_release(&cell->events[k]);
	for (size_t k = 0; k < DETAIL_TABLES; k++)
		table_release(&cell->details[k]);
}

static void
report_draw(report_t *report)
{
	const dataset_t *data = &report->data;
	report->curves = text_memory(data->ncells, sizeof(*report->curves));
	for (size_t c = 0; c < data->ncells; c++) {
		curves_init(&report->curves[c].time, data, c, FROM_TIME);
		curves_init(&report->curves[c].census, data, c, FROM_CENSUS);
	}
	figures_build(&report->figures, &report->summary, report->curves, true);
}

bool
report_init(report_t *report, const char *run_dir, bool draw, fault_t *fault)
{
	*report = (report_t){0};
	if (dataset_read(&report->data, run_dir, fault))
		return true;
	summary_init(&report->summary, &report->data, &verdict_rule_default);
	if (draw)
		report_draw(report);
	controls_init(&report->controls, &report->data);
	findings_init(&report->findings, &report->summary, report->curves);
	provenance_machine(&report->machine, &report->data);
	provenance_arms(&report->arms, &report->data);
	provenance_gaps(&report->gaps, &report->summary);
	capability_table(&report->capabilities, &report->summary,
	    draw ? &report->figures.troubles : NULL);
	provenance_warnings(&report->warnings, &report->data);
	design_words(report->data.store.plan, &report->design);
	report->age = provenance_age(&report->data);
	report->legend = verdict_table_legend(&report->summary);
	report->cells =
	    text_memory(report->data.ncells, sizeof(*report->cells));
	for (size_t c = 0; c < report->data.ncells; c++)
		cell_init(&report->cells[c], &report->summary,
		    report->curves != NULL ? &report->curves[c] : NULL, c);
	return false;
}

void
report_release(report_t *report)
{
	for (size_t c = 0; report->cells != NULL && c < report->data.ncells;
	     c++)
		cell_release(&report->cells[c]);
	free(report->cells);
	for (size_t c = 0; report->curves != NULL && c < report->data.ncells;
	     c++) {
		curves_release(&report->curves[c].time);
		curves_release(&report->curves[c].census);
	}
	free(report->curves);
	words_release(&report->design);
	free(report->age);
	free(report->legend);
	table_release(&report->machine);
	table_release(&report->arms);
	table_release(&report->capabilities);
	table_release(&report->gaps);
	table_release(&report->warnings);
	findings_release(&report->findings);
	controls_release(&report->controls);
	figures_release(&report->figures);
	if (report->summary.data != NULL)
		summary_release(&report->summary);
	dataset_release(&report->data);
}

/* ------------------------------------------------------------ terminal -- */

/* Prints text in lines of at most `wide` columns, words kept whole. */
static void
print_wrapped(FILE *out, const char *text, size_t wide, const char *indent)
{
	size_t used = 0;
	while (*text != '\0') {
		size_t word = strcspn(text, " ");
		if (used > 0 && used + 1 + word > wide) {
			fprintf(out, "\n%s", indent);
			used = 0;
		} else if (used > 0) {
			fputc(' ', out);
			used++;
		}
		fprintf(out, "%.*s", (int)word, text);
		used += word;
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void
print_lines(FILE *out, const words_t *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		print_wrapped(out, lines->v[i], 96, "  ");
}

/* Too wide for a table of a terminal. */
static void
print_capabilities(const table_t *table, FILE *out)
{
	fprintf(out, "%s:\n", table->caption);
	for (size_t r = 0; r < table->nrows; r++) {
		const table_field_t *fields = table->rows[r].fields;
		char *line = text_format("%s: %s (%s)", fields[0].text,
		    fields[1].text, fields[2].text);
		fputs("  ", out);
		print_wrapped(out, line, 94, "    ");
		free(line);
	}
	fputc('\n', out);
}

static void
print_report(const report_t *report, FILE *out)
{
	bool colour = isatty(fileno(out)) == 1;
	print_lines(out, &report->controls.lines);
	fputc('\n', out);
	print_capabilities(&report->capabilities, out);
	if (ab_fits(&report->data))
		ab_print(&report->summary, out);
	for (size_t c = 0; c < report->data.ncells && !ab_fits(&report->data);
	     c++) {
		table_print(&report->cells[c].verdicts, out, colour);
		fputc('\n', out);
	}
	if (!ab_fits(&report->data))
		print_wrapped(out, report->legend, 96, "");
	fputc('\n', out);
	print_lines(out, &report->findings.failures);
	print_lines(out, &report->findings.verdicts);
	print_lines(out, &report->findings.memory);
	print_lines(out, &report->findings.tails);
	print_lines(out, &report->findings.notes);
	print_lines(out, &report->figures.troubles);
	print_wrapped(out, report->age, 96, "");
	fprintf(out, "Report: %s/report.html (and report.md, summary.csv)\n",
	    report->data.dir);
}

int
report_build(const char *run_dir, FILE *terminal)
{
	if (phase_report_fits(run_dir))
		return phase_report_build(run_dir, terminal);
	report_t report;
	fault_t fault;
	bool failed =
	    report_init(&report, run_dir, true, &fault) ||
	    summary_write(&report.summary, report.controls.summary, &fault) ||
	    gbench_json_write(&report.summary, &fault) ||
	    report_md_write(&report, &fault) ||
	    report_html_write(&report, &fault);
	if (failed)
		fprintf(stderr, "ebb report: %s\n", fault.text);
	else if (terminal != NULL)
		print_report(&report, terminal);
	if (!failed && report.controls.failed) {
		fprintf(stderr, "ebb report: a control failed; what the run "
				"says of allocators is not to be trusted\n");
		failed = true;
	}
	report_release(&report);
	return failed ? 1 : 0;
}

/* ------------------------------------------------------------- command -- */

typedef struct arguments_s arguments_t;
struct arguments_s {
	const char *run;
	words_t metrics;
};

static const char doc[] =
    "Build the report of a run from its raw samples: tables here, summary.csv, "
    "plots/, gbench.json, report.md and report.html in the run's folder."
    "\vThe run may have been interrupted, or copied here from another "
    "machine.\n\nExamples:\n"
    "  ebb report results/20261122T170000Z-host-default\n"
    "  ebb report results/20261122T170000Z-host-default --metric minflt\n\n"
    "Exit code: 0 built, 1 the run cannot be read, a file not written, or a "
    "control of the run failed, 2 no such metric.";

static const struct argp_option options[] = {
    {"metric", 'm', "NAME", 0,
	"print this metric of every cell in full, and build nothing; may be "
	"repeated",
	0},
    {0},
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	arguments_t *arguments = state->input;
	switch (key) {
	case 'm':
		words_add(&arguments->metrics, "%s", argument);
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->run != NULL)
			argp_error(state, "one run at a time");
		arguments->run = argument;
		return 0;
	case ARGP_KEY_END:
		if (arguments->run == NULL)
			argp_error(state, "which run? Name its folder, as in "
					  "results/<utc>-<host>-<name>");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Prints one metric's tables. Returns false when the run has no such one. */
static bool
print_metric(const report_t *report, const char *name)
{
	bool found = false;
	for (size_t m = 0; m < report->summary.nmetrics; m++) {
		const metric_t *metric = &report->summary.metrics[m];
		if (strcmp(metric->name, name) != 0)
			continue;
		found = true;
		for (size_t c = 0; c < report->data.ncells; c++) {
			table_t table;
			if ((metric->source == FROM_GBENCH) !=
			    report->data.cells[c].gbench)
				continue;
			metric_table(&table, &report->summary, c, m);
			table_print(&table, stdout, isatty(1) == 1);
			fputc('\n', stdout);
			table_release(&table);
		}
	}
	return found;
}

static int
print_metrics(const arguments_t *arguments)
{
	report_t report;
	fault_t fault;
	int code = 0;
	if (report_init(&report, arguments->run, false, &fault)) {
		fprintf(stderr, "ebb report: %s\n", fault.text);
		code = 1;
	}
	for (size_t i = 0; code == 0 && i < arguments->metrics.n; i++) {
		if (print_metric(&report, arguments->metrics.v[i]))
			continue;
		fprintf(stderr, "ebb report: no metric '%s'; there are:",
		    arguments->metrics.v[i]);
		for (size_t m = 0; m < report.summary.nmetrics; m++)
			fprintf(stderr, " %s", report.summary.metrics[m].name);
		fputc('\n', stderr);
		code = 2;
	}
	report_release(&report);
	return code;
}

int
cmd_report(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "RUN", .doc = doc};
	arguments_t arguments = {0};
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	char *run = text_copy(arguments.run);
	for (size_t n = strlen(run); n > 1 && run[n - 1] == '/';)
		run[--n] = '\0';
	arguments.run = run;
	int code = arguments.metrics.n > 0 ? print_metrics(&arguments)
					   : report_build(run, stdout);
	free(run);
	words_release(&arguments.metrics);
	return code;
}
