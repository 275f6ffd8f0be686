#include "report.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gbench_json.h"
#include "provenance.h"
#include "verdict_table.h"

/* --------------------------------------------------------------- build -- */

bool
report_init(report_t *report, const char *run_dir, bool draw, fault_t *fault)
{
	*report = (report_t){0};
	if (dataset_read(&report->data, run_dir, fault))
		return true;
	summary_init(&report->summary, &report->data, &verdict_rule_default);
	if (draw)
		figures_build(&report->figures, &report->summary, true);
	findings_init(&report->findings, &report->summary);
	provenance_machine(&report->machine, &report->data);
	provenance_arms(&report->arms, &report->data);
	provenance_capabilities(&report->capabilities, &report->summary);
	provenance_warnings(&report->warnings, &report->data);
	report->age = provenance_age(&report->data);
	report->legend = verdict_table_legend(&report->summary);
	report->cells =
	    text_memory(report->data.ncells, sizeof(*report->cells));
	for (size_t c = 0; c < report->data.ncells; c++)
		verdict_table(&report->cells[c], &report->summary, c);
	return false;
}

void
report_release(report_t *report)
{
	for (size_t c = 0; report->cells != NULL && c < report->data.ncells;
	     c++)
		table_release(&report->cells[c]);
	free(report->cells);
	free(report->age);
	free(report->legend);
	table_release(&report->machine);
	table_release(&report->arms);
	table_release(&report->capabilities);
	table_release(&report->warnings);
	findings_release(&report->findings);
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

static void
print_report(const report_t *report, FILE *out)
{
	bool colour = isatty(fileno(out)) == 1;
	for (size_t c = 0; c < report->data.ncells; c++) {
		table_print(&report->cells[c], out, colour);
		fputc('\n', out);
	}
	print_wrapped(out, report->legend, 96, "");
	fputc('\n', out);
	print_lines(out, &report->findings.failures);
	print_lines(out, &report->findings.verdicts);
	print_lines(out, &report->findings.notes);
	print_lines(out, &report->figures.troubles);
	print_wrapped(out, report->age, 96, "");
	fprintf(out, "Report: %s/report.html (and report.md, summary.csv)\n",
	    report->data.dir);
}

int
report_build(const char *run_dir, FILE *terminal)
{
	report_t report;
	fault_t fault;
	bool failed = report_init(&report, run_dir, true, &fault) ||
		      summary_write(&report.summary, &fault) ||
		      gbench_json_write(&report.summary, &fault) ||
		      report_md_write(&report, &fault) ||
		      report_html_write(&report, &fault);
	if (failed)
		fprintf(stderr, "ebb report: %s\n", fault.text);
	else if (terminal != NULL)
		print_report(&report, terminal);
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
    "Exit code: 0 built, 1 the run cannot be read or a file not written, 2 "
    "no such metric.";

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
