#include "figures.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "curve.h"
#include "figure_data.h"
#include "file.h"
#include "gnuplot.h"
#include "scripts.h"

/* ------------------------------------------------------------- scripts -- */

static const char *const scripts[] = {"common.gp", "ratio.gp", "rss_time.gp",
    "latency.gp", "throughput.gp", "purge.gp", "pareto.gp", "lazyfree.gp",
    "census.gp", "tail.gp"};
#define SCRIPTS (sizeof(scripts) / sizeof(*scripts))
#define SCRIPT_COMMON 0 /* loaded by the others */

/* --------------------------------------------------------------- kinds -- */

#define HOW_RATIO                                                           \
	"a marker is the median over blocks with its exact interval (95 % " \
	"where there are blocks enough), left of the line at 1 is better, " \
	"and an interval inside the grey band is equivalent."

static const struct kind_s {
	const char *prefix, *title, *script;
	bool of_all; /* a forest over the run's cells, else one a cell */
	bool low;    /* half as high as the others */
	figure_data_t *write;
	size_t metric;       /* of a forest */
	const char *caption; /* behind "<cell>: " for a cell's */
} kinds[] = {
    {"ratio-time", "Work time against the baseline", "ratio.gp", true, false,
	figure_data_ratio, METRIC_WORK_NS,
	"Work time of each cell divided by the baseline's: " HOW_RATIO},
    {"ratio-memory", "Mean memory against the baseline", "ratio.gp", true,
	false, figure_data_ratio, METRIC_RSS_MEAN,
	"Mean resident memory of each cell divided by the "
	"baseline's: " HOW_RATIO},
    {"ratio-gbench", "Microbenchmarks against the baseline", "ratio.gp", true,
	false, figure_data_ratio, FIGURE_GBENCH,
	"Time an iteration of Google Benchmark's cases divided by the "
	"baseline's: " HOW_RATIO},
    {"rss_time", "Memory over time", "rss_time.gp", false, false,
	figure_data_rss, 0,
	"resident memory from the start of the process, the median of the "
	"samples with its quartiles as a band, over the bytes that the "
	"program holds (grey area); the closer to the area the better"},
    {"pareto", "Time and memory", "pareto.gp", false, false, figure_data_pareto,
	0,
	"work time and mean resident memory against the baseline, each with "
	"its exact interval. Nearer to the lower left corner is better; "
	"nobody is better than an arm on the line in both, and what lies "
	"above the line is beaten by some arm on it."},
    {"latency", "Latency", "latency.gp", false, false, figure_data_latency, 0,
	"the time of single calls by percentile, where a point above 99 % "
	"says that one call in 100 took longer; lower is better, and a curve "
	"ends where fewer than 10 calls lie beyond it."},
    {"tail", "Causes of the tail", "tail.gp", false, true, figure_data_tail, 0,
	"what the slowest thousandth of the requests' halves has as its cause, "
	"in per cent of them; those that waited in the queue behind one are "
	"counted with it."},
    {"throughput", "Throughput", "throughput.gp", false, true,
	figure_data_throughput, 0,
	"operations a second, where a dot is a process and a marker the "
	"median with its exact interval; further right is better."},
    {"purge", "Purging", "purge.gp", false, true, figure_data_purge, 0,
	"what the allocator gave back in a sample, as passes, madvise calls "
	"and pages; more pages with fewer calls is the cheaper way to the "
	"same memory."},
    {"lazyfree", "Memory without LazyFree", "lazyfree.gp", false, false,
	figure_data_lazyfree, 0,
	"resident memory (thin), and what is left of it without the pages "
	"that were given back with MADV_FREE (thick): these count as "
	"resident until the kernel needs them"},
    {"census", "Given back to the kernel", "census.gp", false, false,
	figure_data_census, 0,
	"resident memory, and below it on the same clock what each allocator "
	"had given back to the kernel until then, counted call by call in "
	"the kernel, from the start of the process on (what brk moved is in "
	"the table only)"},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* What else a reader of a figure over time has to know; ends the sentence. */
static const char *
time_remark(const figure_shown_t *shown)
{
	static const char *const remarks[2][2] = {
	    {". The allocators' phases do not coincide and are not shown.",
		". The allocators' phases do not coincide and are not shown; "
		"slower allocators go on beyond the right edge."},
	    {"; shaded spans are the workload's phases.",
		"; shaded spans are the workload's phases, and slower "
		"allocators go on beyond the right edge."}};
	return shown->timed ? remarks[shown->phased][shown->cut] : "";
}

/* --------------------------------------------------------------- build -- */

static void
figure_add(
    figures_t *figures, const struct kind_s *kind, char *name, char *caption)
{
	figures->v =
	    reallocarray(figures->v, figures->n + 1, sizeof(*figures->v));
	if (figures->v == NULL)
		abort();
	figures->v[figures->n++] = (figure_t){
	    .cell = FIGURE_OF_ALL,
	    .title = kind->title,
	    .script = kind->script,
	    .low = kind->low,
	    .name = name,
	    .caption = caption,
	};
}

/* The first part explains the others. */
static char *
figure_caption(const struct kind_s *kind, const char *cell, size_t part,
    const figure_shown_t *shown)
{
	if (part > 0)
		return text_format("%s: part %zu of %zu.", kind->title,
		    part + 1, shown->parts);
	return text_format("%s%s%s%s", cell, cell[0] != '\0' ? ": " : "",
	    kind->caption, time_remark(shown));
}

/* "rss_time-oscillate.t1", or of a forest's parts "ratio-time.2". */
static char *
figure_name(const struct kind_s *kind, const char *cell, size_t part)
{
	if (part > 0)
		return text_format("%s.%zu", kind->prefix, part + 1);
	return text_format(
	    "%s%s%s", kind->prefix, cell[0] != '\0' ? "-" : "", cell);
}

/*
 * Writes the data of a figure (of all its parts); adds the figure and its line
 * of run.gp when there is something to draw.
 */
static void
figure_prepare(figures_t *figures, const struct kind_s *kind, figure_job_t *job,
    const char *folder, FILE *list)
{
	const dataset_cell_t *at = &job->summary->data->cells[job->cell];
	const char *cell = kind->of_all ? "" : at->name;
	fault_t fault;
	size_t parts;
	job->metric = kind->metric;
	job->fault = &fault;
	job->part = 0;
	do {
		figure_shown_t shown = {0};
		char *name = figure_name(kind, cell, job->part);
		char *path = text_format("%s/%s.csv", folder, name);
		job->path = path;
		job->shown = &shown;
		if (kind->write(job)) {
			words_add(&figures->troubles, "%s", fault.text);
		} else if (shown.rows > 0) {
			char *arms = words_join(&shown.arms, " ");
			fprintf(list, "\"%s\" \"%s%s%s\" %zu \"%s\" \"%s\"\n",
			    name, kind->title, cell[0] != '\0' ? ": " : "",
			    cell, shown.rows, arms,
			    cell[0] != '\0' ? at->op : "");
			free(arms);
			figure_add(figures, kind, name,
			    figure_caption(kind, cell, job->part, &shown));
			name = NULL;
			if (!kind->of_all)
				figures->v[figures->n - 1].cell = job->cell;
		}
		parts = shown.parts;
		words_release(&shown.arms);
		free(path);
		free(name);
	} while (++job->part < parts);
}

static void
arms_list(
    const figures_t *figures, const dataset_t *data, double delta, FILE *list)
{
	fprintf(list,
	    "# Written by `ebb report`: what this run holds, for the scripts "
	    "beside it.\nbaseline = \"%s\"\nequivalence = %.6g\n"
	    "# allocator, row of $palette\n$arms << EOD\n",
	    data->arms[data->baseline].name, 1 + delta);
	for (size_t a = 0; a < data->narms; a++)
		fprintf(list, "\"%s\" \"%s\"\n", data->arms[a].name,
		    palette_of(&figures->palette, a)->name);
	fputs("EOD\n", list);
}

/* All data of all kinds, and run.gp: for each script the figures it draws. */
static void
figures_prepare(figures_t *figures, const summary_t *summary,
    const cell_curves_t *curves, const char *folder, FILE *list)
{
	const dataset_t *data = summary->data;
	fault_t fault;
	for (size_t c = 0; c < data->ncells; c++) {
		const curves_t *of[] = {&curves[c].time, &curves[c].census};
		for (size_t k = 0; k < 2; k++)
			if (of[k]->damage != NULL)
				words_add(
				    &figures->troubles, "%s", of[k]->damage);
		if (curves_write(&curves[c].time, data, c, &fault))
			words_add(&figures->troubles, "%s", fault.text);
	}
	arms_list(figures, data, summary->rule.delta, list);
	for (size_t s = 1; s < SCRIPTS; s++) {
		fprintf(list,
		    "# %s: figure, title, rows, allocators, operation\n$%.*s "
		    "<< EOD\n",
		    scripts[s], (int)strcspn(scripts[s], "."), scripts[s]);
		for (size_t k = 0; k < KINDS; k++) {
			if (strcmp(kinds[k].script, scripts[s]) != 0)
				continue;
			size_t n = kinds[k].of_all ? 1 : data->ncells;
			for (size_t c = 0; c < n; c++) {
				figure_job_t job = {.summary = summary,
				    .cell = c,
				    .curves = &curves[c]};
				figure_prepare(
				    figures, &kinds[k], &job, folder, list);
			}
		}
		fputs("EOD\n", list);
	}
}

/* Runs the scripts; marks what they did not draw. */
static void
figures_draw(figures_t *figures, const char *folder, bool draw)
{
	for (size_t i = 0; i < figures->n; i++) {
		char *svg =
		    text_format("%s/%s.svg", folder, figures->v[i].name);
		unlink(svg);
		free(svg);
	}
	for (size_t s = 1; draw && s < SCRIPTS; s++) {
		fault_t fault;
		bool wanted = false;
		for (size_t i = 0; i < figures->n; i++)
			wanted |= strcmp(figures->v[i].script, scripts[s]) == 0;
		if (!wanted || !gnuplot_run(folder, scripts[s], &fault))
			continue;
		if (!words_contain(&figures->troubles, fault.text))
			words_add(&figures->troubles, "%s", fault.text);
	}
	for (size_t i = 0; i < figures->n; i++) {
		char *svg =
		    text_format("%s/%s.svg", folder, figures->v[i].name);
		figures->v[i].missing = access(svg, R_OK) != 0;
		free(svg);
	}
}

void
figures_build(figures_t *figures, const summary_t *summary,
    const cell_curves_t *curves, bool draw)
{
	*figures = (figures_t){0};
	fault_t fault;
	char *folder = text_format("%s/plots", summary->data->dir);
	char *common = text_format("%s/%s", folder, scripts[SCRIPT_COMMON]);
	char *run = text_format("%s/run.gp", folder);
	char *text;
	size_t size;
	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		fault_set_errno(&fault, "cannot make the folder '%s'", folder);
		words_add(&figures->troubles, "%s", fault.text);
	}
	if (scripts_copy(folder, scripts, SCRIPTS, &fault)) {
		words_add(&figures->troubles, "%s", fault.text);
		draw = false;
	}
	if (palette_read(&figures->palette, common, summary->data, &fault))
		words_add(&figures->troubles, "%s", fault.text);
	FILE *list = open_memstream(&text, &size);
	if (list == NULL)
		abort();
	figures_prepare(figures, summary, curves, folder, list);
	fclose(list);
	if (file_write(run, text, &fault))
		words_add(&figures->troubles, "%s", fault.text);
	figures_draw(figures, folder, draw);
	free(text);
	free(run);
	free(common);
	free(folder);
}

void
figures_release(figures_t *figures)
{
	for (size_t i = 0; i < figures->n; i++) {
		free(figures->v[i].name);
		free(figures->v[i].caption);
	}
	free(figures->v);
	palette_release(&figures->palette);
	words_release(&figures->troubles);
	*figures = (figures_t){0};
}

char *
figure_path(const figure_t *figure, const char *ending)
{
	return text_format("plots/%s%s", figure->name, ending);
}
