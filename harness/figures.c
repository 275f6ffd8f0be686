#include "figures.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "curve.h"
#include "figure_data.h"
#include "gnuplot.h"

/* ------------------------------------------------------------- scripts -- */

static const char *const scripts[] = {"common.gp", "ratio.gp", "rss_time.gp",
    "latency.gp", "throughput.gp", "purge.gp"};
#define SCRIPTS (sizeof(scripts) / sizeof(*scripts))
#define SCRIPT_COMMON 0 /* loaded by the others */

/* A file's contents as a new string, or NULL. */
static char *
file_read(const char *path)
{
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return NULL;
	char *text = NULL;
	size_t room = 0;
	ssize_t size = getdelim(&text, &room, '\0', stream);
	fclose(stream);
	if (size >= 0)
		return text;
	free(text);
	return NULL;
}

/* A script from where the scripts are kept: here, or beside ebb. */
static char *
script_find(const char *name)
{
	char own[PATH_MAX] = "";
	char *path = text_format("plots/%s", name);
	char *text = file_read(path);
	if (text == NULL &&
	    readlink("/proc/self/exe", own, sizeof(own) - 1) > 0) {
		*strrchr(own, '/') = '\0';
		text_assign(&path, "%s/../plots/%s", own, name);
		text = file_read(path);
	}
	free(path);
	return text;
}

/* Writes text to the file unless it holds that already. */
static bool
file_write(const char *path, const char *text, fault_t *fault)
{
	char *there = file_read(path);
	bool same = there != NULL && strcmp(there, text) == 0;
	free(there);
	if (same)
		return false;
	FILE *stream = fopen(path, "we");
	bool failed = stream == NULL || fputs(text, stream) < 0;
	if (stream != NULL)
		failed |= fclose(stream) != 0;
	return failed ? fault_set_errno(fault, "cannot write '%s'", path)
		      : false;
}

/* Copies the scripts beside the data. Those of the run stay when the
 * originals are not found: a run's folder can be moved anywhere. */
static bool
scripts_copy(const char *folder, fault_t *fault)
{
	bool failed = false;
	for (size_t i = 0; !failed && i < SCRIPTS; i++) {
		char *path = text_format("%s/%s", folder, scripts[i]);
		char *text = script_find(scripts[i]);
		if (text != NULL)
			failed = file_write(path, text, fault);
		else if (access(path, R_OK) != 0)
			failed = fault_set(fault,
			    "the script plots/%s is not found: run ebb in the "
			    "folder that holds plots/",
			    scripts[i]);
		free(text);
		free(path);
	}
	return failed;
}

/* --------------------------------------------------------------- kinds -- */

/* What a figure's writer gets. */
typedef struct figure_job_s figure_job_t;
struct figure_job_s {
	const summary_t *summary;
	size_t cell;
	const curves_t *curves;
	const char *path;
	figure_shown_t *shown;
	fault_t *fault;
};

static bool
write_rss(const figure_job_t *job)
{
	return figure_data_rss(job->curves, job->summary, job->cell, job->path,
	    job->shown, job->fault);
}

static bool
write_throughput(const figure_job_t *job)
{
	return figure_data_throughput(
	    job->summary, job->cell, job->path, job->shown, job->fault);
}

static bool
write_latency(const figure_job_t *job)
{
	return figure_data_latency(
	    job->summary, job->cell, job->path, job->shown, job->fault);
}

static bool
write_purge(const figure_job_t *job)
{
	return figure_data_purge(
	    job->summary, job->cell, job->path, job->shown, job->fault);
}

static bool
write_ratio_time(const figure_job_t *job)
{
	return figure_data_ratio(
	    job->summary, METRIC_WORK_NS, job->path, job->shown, job->fault);
}

static bool
write_ratio_memory(const figure_job_t *job)
{
	return figure_data_ratio(
	    job->summary, METRIC_RSS_MEAN, job->path, job->shown, job->fault);
}

static bool
write_ratio_gbench(const figure_job_t *job)
{
	return figure_data_ratio(
	    job->summary, SIZE_MAX, job->path, job->shown, job->fault);
}

#define HOW_RATIO                                                           \
	"a marker is the median over blocks with its exact interval (95 % " \
	"where there are blocks enough), left of the line at 1 is better, " \
	"and an interval inside the grey band is equivalent."

static const struct kind_s {
	const char *prefix, *title, *script;
	bool of_all; /* one figure for the run, else one a cell */
	bool low;    /* half as high as the others */
	bool (*write)(const figure_job_t *job);
	const char *caption; /* behind "<cell>: " for a cell's */
} kinds[] = {
    {"ratio-time", "Work time against the baseline", "ratio.gp", true, false,
	write_ratio_time,
	"Work time of each cell divided by the baseline's: " HOW_RATIO},
    {"ratio-memory", "Mean memory against the baseline", "ratio.gp", true,
	false, write_ratio_memory,
	"Mean resident memory of each cell divided by the "
	"baseline's: " HOW_RATIO},
    {"ratio-gbench", "Microbenchmarks against the baseline", "ratio.gp", true,
	false, write_ratio_gbench,
	"Time an iteration of Google Benchmark's cases divided by the "
	"baseline's: " HOW_RATIO},
    {"rss_time", "Memory over time", "rss_time.gp", false, false, write_rss,
	"resident memory from the start of the process, the median of the "
	"samples with its quartiles as a band, over the bytes that the "
	"program holds (grey area); the closer to the area the better"},
    {"throughput", "Throughput", "throughput.gp", false, true, write_throughput,
	"operations a second, where a dot is a process and a marker the "
	"median with its exact interval; further right is better."},
    {"latency", "Latency", "latency.gp", false, false, write_latency,
	"the time of single calls by percentile, where a point above 99 % "
	"says that one call in 100 took longer; lower is better, and a curve "
	"ends where fewer than 10 calls lie beyond it."},
    {"purge", "Purging", "purge.gp", false, true, write_purge,
	"what the allocator gave back in a sample, as passes, madvise calls "
	"and pages; more pages with fewer calls is the cheaper way to the "
	"same memory."},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* What else a reader of the memory curves has to know; ends the sentence. */
static const char *
rss_remark(const curves_t *curves)
{
	static const char *const remarks[2][2] = {
	    {". The allocators' phases do not coincide and are not shown.",
		". The allocators' phases do not coincide and are not shown; "
		"slower allocators go on beyond the right edge."},
	    {"; shaded spans are the workload's phases.",
		"; shaded spans are the workload's phases, and slower "
		"allocators go on beyond the right edge."}};
	return remarks[curves->nspans > 0][curves->cut];
}

/* --------------------------------------------------------------- build -- */

static void
figure_add(figures_t *figures, const struct kind_s *kind, const char *cell)
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
	    .name = text_format("%s%s%s", kind->prefix, cell != NULL ? "-" : "",
		cell != NULL ? cell : ""),
	    .caption = text_format("%s%s%s", cell != NULL ? cell : "",
		cell != NULL ? ": " : "", kind->caption),
	};
}

/*
 * Writes a figure's data; adds the figure and its line of run.gp when there
 * is something to draw.
 */
static void
figure_prepare(figures_t *figures, const struct kind_s *kind, figure_job_t *job,
    const char *folder, FILE *list)
{
	const summary_t *summary = job->summary;
	const char *cell =
	    kind->of_all ? NULL : summary->data->cells[job->cell].name;
	figure_shown_t shown = {0};
	fault_t fault;
	char *path = text_format("%s/%s%s%s.csv", folder, kind->prefix,
	    cell != NULL ? "-" : "", cell != NULL ? cell : "");
	job->path = path;
	job->shown = &shown;
	job->fault = &fault;
	if (kind->write(job)) {
		words_add(&figures->troubles, "%s", fault.text);
	} else if (shown.rows > 0) {
		figure_add(figures, kind, cell);
		figure_t *figure = &figures->v[figures->n - 1];
		if (cell != NULL)
			figure->cell = job->cell;
		if (kind->write == write_rss)
			text_assign(&figure->caption, "%s%s", figure->caption,
			    rss_remark(job->curves));
		char *arms = words_join(&shown.arms, " ");
		fprintf(list, "\"%s\" \"%s%s%s\" %zu \"%s\" \"%s\"\n",
		    figure->name, kind->title, cell != NULL ? ": " : "",
		    cell != NULL ? cell : "", shown.rows, arms,
		    cell != NULL ? summary->data->cells[job->cell].op : "");
		free(arms);
	}
	words_release(&shown.arms);
	free(path);
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
    const char *folder, FILE *list)
{
	const dataset_t *data = summary->data;
	curves_t *curves = text_memory(data->ncells, sizeof(*curves));
	fault_t fault;
	for (size_t c = 0; c < data->ncells; c++) {
		curves_init(&curves[c], data, c);
		if (curves[c].damage != NULL)
			words_add(&figures->troubles, "%s", curves[c].damage);
		if (curves_write(&curves[c], data, c, &fault))
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
	for (size_t c = 0; c < data->ncells; c++)
		curves_release(&curves[c]);
	free(curves);
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
figures_build(figures_t *figures, const summary_t *summary, bool draw)
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
	if (scripts_copy(folder, &fault)) {
		words_add(&figures->troubles, "%s", fault.text);
		draw = false;
	}
	if (palette_read(&figures->palette, common, summary->data, &fault))
		words_add(&figures->troubles, "%s", fault.text);
	FILE *list = open_memstream(&text, &size);
	if (list == NULL)
		abort();
	figures_prepare(figures, summary, folder, list);
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
