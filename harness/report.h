/*
 * The report of a run: tables in the terminal, summary.csv, figures,
 * gbench.json, report.md and one self-contained report.html. Everything is
 * derived from plan.json, machine.json, samples.jsonl and raw/, so it can be
 * built again at any time, from any copy of the folder, of a run that was
 * interrupted too.
 */
#ifndef EBB_HARNESS_REPORT_H
#define EBB_HARNESS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "control_report.h"
#include "curve.h"
#include "dataset.h"
#include "detail_table.h"
#include "event_table.h"
#include "fault.h"
#include "figures.h"
#include "findings.h"
#include "summary.h"
#include "table.h"

/*
 * Builds the report of the run in run_dir and prints its tables and verdict
 * lines to terminal (NULL: nothing is printed). Missing figures do not stop
 * it. Returns 0, or 1 when the run cannot be read or a file not written, or one
 * of its controls failed; the reason is then on stderr.
 */
int report_build(const char *run_dir, FILE *terminal);

/* `ebb report RUN [--metric NAME ...]`; argv[0] is "ebb report". Returns the
 * exit code: 0, 1 as report_build(), 2 for a metric that there is not. */
int cmd_report(int argc, char **argv);

/* -------------------------------------- what report_md and report_html see */

/* The tables of a cell. */
typedef struct report_cell_s report_cell_t;
struct report_cell_s {
	table_t verdicts;
	table_t events[EVENT_TABLES];
	bool told[EVENT_TABLES]; /* that table says something */
	table_t details[DETAIL_TABLES];
	bool detailed[DETAIL_TABLES];
};

typedef struct report_s report_t;
struct report_s {
	dataset_t data;
	summary_t summary;
	cell_curves_t *curves; /* of each cell; NULL: not drawn */
	figures_t figures;
	findings_t findings;
	controls_t controls;
	table_t machine, arms, capabilities, gaps, warnings;
	report_cell_t *cells;
	words_t design;
	char *age, *legend;
};

/* Headings that both documents have. */
typedef enum report_head_e {
	HEAD_TITLE,
	HEAD_VERDICTS,
	HEAD_APPARATUS,
	HEAD_DESIGN,
	HEAD_SELF,
	HEAD_READING,
	HEAD_REPEAT_CELL,
	HEAD_REPEAT_SAMPLE,
	REPORT_HEADS
} report_head_t;
extern const char *const report_heads[REPORT_HEADS];

/* The cell's name within its workload: "interleaved.t1" of
 * "oscillate.interleaved.t1". */
const char *report_cell_name(const dataset_cell_t *cell);

/* True when the cell is the first of its workload. */
bool report_workload_begins(const dataset_t *data, size_t cell);

/* Reads and computes all; writes figures when draw. Errors: the run cannot be
 * read. report_release() afterwards, also after an error. */
bool
report_init(report_t *report, const char *run_dir, bool draw, fault_t *fault);
void report_release(report_t *report);

/* Write report.md and report.html into the run's folder. */
bool report_md_write(const report_t *report, fault_t *fault);
bool report_html_write(const report_t *report, fault_t *fault);

#endif
