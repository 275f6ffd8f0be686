#include "phase_figures.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv.h"
#include "file.h"
#include "gnuplot.h"
#include "grid.h"
#include "numbers.h"
#include "predict.h"
#include "scripts.h"

static const char *const scripts[] = {"common.gp", "phase.gp", "decay.gp"};
#define SCRIPTS (sizeof(scripts) / sizeof(*scripts))

#define PHASE_CAPTION                                                         \
	"Share of the freed pages that was given back in each cycle, by the " \
	"allocator's own count. Dashed: where the closed form reaches that "  \
	"share, for the times asked for; each point is compared with the "    \
	"form for the times that it had, and framed where they differ."
#define DECAY_CAPTION                                                        \
	"Dirty pages after a release, as a share of the freed pages, and "   \
	"1 - S(t/D) (dashed). Interleaved blocks leave every chunk in use, " \
	"segregated ones empty whole chunks."

/* ------------------------------------------------------------- the axes -- */

/* The distinct values on an axis, ascending. */
static void
axis_add(numbers_t *axis, double value)
{
	size_t i = 0;
	while (i < axis->n && axis->v[i] < value)
		i++;
	if (i < axis->n && axis->v[i] == value)
		return;
	numbers_add(axis, value);
	for (size_t k = axis->n - 1; k > i; k--)
		axis->v[k] = axis->v[k - 1];
	axis->v[i] = value;
}

/*
 * Where a value lies among the places 1, 2, ... of an axis, by its logarithm;
 * at most half a place beyond the ends, else NaN.
 */
static double
axis_place(const numbers_t *axis, double value)
{
	size_t above = 1;
	while (above + 1 < axis->n && axis->v[above] < value)
		above++;
	double step = axis->n > 1 ? axis->v[above] / axis->v[above - 1] : 2;
	double place =
	    (double)above + log(value / axis->v[above - 1]) / log(step);
	return place >= 0.5 && place <= (double)axis->n + 0.5 ? place : NAN;
}

static char *
axis_words(const numbers_t *axis)
{
	words_t words = {0};
	for (size_t i = 0; i < axis->n; i++)
		words_add(&words, "%.4g", axis->v[i]);
	char *all = words_join(&words, " ");
	words_release(&words);
	return all;
}

/* ------------------------------------------------------------ boundaries -- */

/* The share that the closed form gives for a place on the policy's own axis:
 * f for ratio, T for decay. */
static double
share_at(const phase_point_t *like, double at)
{
	if (like->setting.policy == PURGE_BY_DECAY)
		return predict_decay_share(
		    at, like->swing.duty, like->setting.decay_s);
	double base = (double)like->swing.base_pages;
	return predict_ratio_pages(base, base * at / (1 - at),
	    like->setting.lg_dirty_mult, (double)like->setting.floor_pages);
}

/* The place from which on the share is above the level; it only grows. */
static double
boundary(const phase_point_t *like, double level, double lo, double hi)
{
	for (int i = 0; i < 60; i++) {
		double middle = sqrt(lo * hi);
		if (share_at(like, middle) > level)
			hi = middle;
		else
			lo = middle;
	}
	return hi;
}

static bool
lines_write(const char *path, const phase_point_t *like, double duty,
    const numbers_t *fs, const numbers_t *periods, fault_t *fault)
{
	static const double levels[] = {0, 0.5, 0.9};
	bool ratio = like->setting.policy == PURGE_BY_RATIO;
	phase_point_t nominal = *like;
	csv_t csv;
	nominal.swing.duty = duty;
	if (csv_open(&csv, path, "share,x1,y1,x2,y2", fault))
		return true;
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		double at = ratio ? boundary(&nominal, levels[i], 1e-4, 0.999)
				  : boundary(&nominal, levels[i], 1e-3, 1e5);
		double place = axis_place(ratio ? fs : periods, at);
		double columns = (double)fs->n + 0.5;
		double rows = (double)periods->n + 0.5;
		char text[16];
		if (isnan(place))
			continue;
		snprintf(text, sizeof(text), "%s%g", levels[i] == 0 ? ">" : "",
		    levels[i]);
		csv_text(&csv, text);
		csv_number(&csv, ratio ? place : 0.5);
		csv_number(&csv, ratio ? 0.5 : place);
		csv_number(&csv, ratio ? place : columns);
		csv_number(&csv, ratio ? rows : place);
		csv_end(&csv);
	}
	return csv_close(&csv, fault);
}

/* ----------------------------------------------------------------- data -- */

static void
figure_add(figures_t *figures, char *name, const char *title,
    const char *script, const char *caption)
{
	figures->v =
	    reallocarray(figures->v, figures->n + 1, sizeof(*figures->v));
	if (figures->v == NULL)
		abort();
	figures->v[figures->n++] = (figure_t){.cell = FIGURE_OF_ALL,
	    .title = title,
	    .script = script,
	    .name = name,
	    .caption = text_copy(caption)};
}

static bool
group_write(const char *path, const phase_point_t *points, size_t n,
    const numbers_t *fs, const numbers_t *periods, fault_t *fault)
{
	csv_t csv;
	if (csv_open(&csv, path,
		"column,row,f,period_s,share,predicted,simulated,refaults,"
		"differs",
		fault))
		return true;
	for (size_t i = 0; i < n; i++) {
		const phase_point_t *p = &points[i];
		const double fields[] = {axis_place(fs, p->f),
		    axis_place(periods, p->period_s), p->f, p->period_s,
		    p->share, p->predicted, p->simulated, p->refaults,
		    phase_differs(p)};
		for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++)
			csv_number(&csv, fields[k]);
		csv_end(&csv);
	}
	return csv_close(&csv, fault);
}

/* The diagram of the points first to the one before end. */
static bool
group_prepare(figures_t *figures, const phase_t *phase, size_t first,
    size_t end, const char *folder, FILE *list, fault_t *fault)
{
	const phase_point_t *points = &phase->points[first];
	const char *arm = phase->data->arms[points->arm].name;
	char *setting = setting_name(&points->setting);
	char *name =
	    points->setting.policy == PURGE_BY_RATIO
		? text_format(
		      "phase-%s-m%d", arm, points->setting.lg_dirty_mult)
		: text_format("phase-%s-D%gs", arm, points->setting.decay_s);
	char *path = text_format("%s/%s.csv", folder, name);
	char *lines = text_format("%s/%s.lines.csv", folder, name);
	numbers_t fs = {0}, periods = {0};
	for (size_t i = 0; i < end - first; i++) {
		axis_add(&fs, points[i].f);
		axis_add(&periods, points[i].period_s);
	}
	bool failed =
	    group_write(path, points, end - first, &fs, &periods, fault) ||
	    lines_write(lines, points, points->duty, &fs, &periods, fault);
	char *columns = axis_words(&fs), *rows = axis_words(&periods);
	fprintf(list, "\"%s\" \"%s (%s): share given back\" \"%s\" \"%s\"\n",
	    name, arm, setting, columns, rows);
	figure_add(figures, name, "Phase diagram", "phase.gp", PHASE_CAPTION);
	numbers_release(&fs);
	numbers_release(&periods);
	free(columns);
	free(rows);
	free(lines);
	free(path);
	free(setting);
	return failed;
}

/* All curves after a release, in one figure. */
static bool
steps_prepare(figures_t *figures, const phase_t *phase, const char *folder,
    FILE *list, fault_t *fault)
{
	char *path = text_format("%s/decay.csv", folder);
	words_t curves = {0};
	csv_t csv = {0};
	bool failed = phase->nsteps > 0 &&
		      csv_open(&csv, path, "curve,x,left,predicted", fault);
	for (size_t s = 0; s < phase->nsteps && !failed; s++) {
		const phase_step_t *step = &phase->steps[s];
		char *curve = text_format("%s/%s",
		    phase->data->arms[step->arm].name, step->placement);
		/* Another decay time falls on the same curve. */
		bool again = words_contain(&curves, curve);
		if (!again)
			words_add(&curves, "%s", curve);
		for (int i = 0; i < STEP_POINTS && !again; i++) {
			csv_text(&csv, curve);
			csv_number(&csv, STEP_AT(i));
			csv_number(&csv, step->left[i]);
			csv_number(&csv, predict_decay_left(STEP_AT(i)));
			csv_end(&csv);
		}
		free(curve);
	}
	failed = csv_close(&csv, fault) || failed;
	if (curves.n > 0) {
		char *all = words_join(&curves, " ");
		fprintf(list, "\"decay\" \"After a release\" \"%s\"\n", all);
		free(all);
		figure_add(figures, text_copy("decay"), "After a release",
		    "decay.gp", DECAY_CAPTION);
	}
	words_release(&curves);
	free(path);
	return failed;
}

static void
arms_list(const figures_t *figures, const dataset_t *data, FILE *list)
{
	fputs("# Written by `ebb report`: what this sweep holds, for the "
	      "scripts beside it.\n# allocator, row of $palette\n"
	      "$arms << EOD\n",
	    list);
	for (size_t a = 0; a < data->narms; a++)
		fprintf(list, "\"%s\" \"%s\"\n", data->arms[a].name,
		    palette_of(&figures->palette, a)->name);
	fputs("EOD\n", list);
}

/* All data, and run.gp: for each script the figures that it draws. */
static void
figures_prepare(
    figures_t *figures, const phase_t *phase, const char *folder, FILE *list)
{
	fault_t fault;
	size_t end;
	arms_list(figures, phase->data, list);
	fputs("# phase.gp: figure, title, f, T\n$phase << EOD\n", list);
	for (size_t i = 0; i < phase->npoints; i = end) {
		end = phase_group_end(phase, i);
		if (group_prepare(figures, phase, i, end, folder, list, &fault))
			words_add(&figures->troubles, "%s", fault.text);
	}
	fputs("EOD\n# decay.gp: figure, title, curves\n$decay << EOD\n", list);
	if (steps_prepare(figures, phase, folder, list, &fault))
		words_add(&figures->troubles, "%s", fault.text);
	fputs("EOD\n", list);
}

static void
figures_draw(figures_t *figures, const phase_t *phase, const char *folder)
{
	fault_t fault;
	const bool wanted[SCRIPTS] = {
	    false, phase->npoints > 0, phase->nsteps > 0};
	for (size_t s = 0; s < SCRIPTS; s++)
		if (wanted[s] && gnuplot_run(folder, scripts[s], &fault) &&
		    !words_contain(&figures->troubles, fault.text))
			words_add(&figures->troubles, "%s", fault.text);
	for (size_t i = 0; i < figures->n; i++) {
		char *svg =
		    text_format("%s/%s.svg", folder, figures->v[i].name);
		figures->v[i].missing = access(svg, R_OK) != 0;
		free(svg);
	}
}

void
phase_figures_build(figures_t *figures, const phase_t *phase)
{
	fault_t fault;
	char *folder = text_format("%s/plots", phase->data->dir);
	char *common = text_format("%s/%s", folder, scripts[0]);
	char *run = text_format("%s/run.gp", folder);
	char *text;
	size_t size;
	bool failed = mkdir(folder, 0777) != 0 && errno != EEXIST;
	*figures = (figures_t){0};
	if (failed)
		fault_set_errno(&fault, "cannot make the folder '%s'", folder);
	failed = failed || scripts_copy(folder, scripts, SCRIPTS, &fault);
	if (failed)
		words_add(&figures->troubles, "%s", fault.text);
	if (palette_read(&figures->palette, common, phase->data, &fault))
		words_add(&figures->troubles, "%s", fault.text);
	FILE *list = open_memstream(&text, &size);
	if (list == NULL)
		abort();
	figures_prepare(figures, phase, folder, list);
	fclose(list);
	if (file_write(run, text, &fault))
		words_add(&figures->troubles, "%s", fault.text);
	figures_draw(figures, phase, folder);
	free(text);
	free(run);
	free(common);
	free(folder);
}
