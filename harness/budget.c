#include "budget.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "warn.h"
#include "williams.h"

/* What the report takes: so many seconds and that share of the budget, but no
 * more than the last. */
#define REPORT_S 4.0
#define REPORT_SHARE 0.01
#define REPORT_SHARE_MOST 0.1
#define SECONDS_MOST (31 * 86400.0)
/* Other kinds than time samples take no more of it. */
#define OTHERS_SHARE (1.0 / 3)
/* Nor do the controls. */
#define CONTROLS_SHARE (1.0 / 6)
/* As --blocks. */
#define BLOCKS_MOST 100000

static const struct {
	char name;
	double seconds;
} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};

/* The seconds of a unit, or 0. */
static double
unit_seconds(char name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (units[i].name == name)
			return units[i].seconds;
	return 0;
}

bool
budget_parse(const char *text, double *seconds, fault_t *fault)
{
	double sum = 0;
	const char *at = text;
	bool good = *at != '\0';
	while (good && *at != '\0') {
		char *end;
		double number = strtod(at, &end);
		double unit = unit_seconds(*end);
		/* Not what strtod() reads beside digits: -1, 0x1, nan. */
		good = end != at &&
		       strspn(at, "0123456789.") == (size_t)(end - at) &&
		       unit > 0;
		sum += number * unit;
		at = good ? end + 1 : at;
	}
	if (good && sum > 0 && sum <= SECONDS_MOST) {
		*seconds = sum;
		return false;
	}
	return fault_set(fault,
	    "--budget '%s': a time is needed, as 90s, 20m or 1h30m, at most "
	    "31 days",
	    text);
}

double
budget_of_samples(double seconds)
{
	double report = REPORT_S + REPORT_SHARE * seconds;
	return seconds - fmin(report, REPORT_SHARE_MOST * seconds);
}

/* ------------------------------------------------------------------- fit -- */

/* Every cell gets so many blocks; whole: as many more as complete squares. */
static void
blocks_set(plan_t *plan, unsigned blocks, bool whole)
{
	for (size_t c = 0; c < plan->ncells; c++) {
		cell_t *cell = &plan->cells[c];
		if (cell->blocks[PLAN_TIME] > 0 && !plan_is_control(plan, cell))
			cell->blocks[PLAN_TIME] =
			    whole ? plan_balanced(blocks, cell->narms) : blocks;
	}
}

static bool
blocks_fit(plan_t *plan, unsigned blocks, bool whole, double seconds)
{
	blocks_set(plan, blocks, whole);
	return plan_seconds(plan) <= seconds;
}

/* The greatest number that fits, which is then set; 0: not even one does. */
static unsigned
blocks_most(plan_t *plan, bool whole, double seconds)
{
	unsigned fits = 0, beyond = BLOCKS_MOST + 1;
	while (beyond - fits > 1) {
		unsigned middle = fits + (beyond - fits) / 2;
		if (blocks_fit(plan, middle, whole, seconds))
			fits = middle;
		else
			beyond = middle;
	}
	blocks_set(plan, fits > 0 ? fits : 1, whole);
	return fits;
}

/* Another square for the cell with fewest blocks that has room for it. */
static bool
square_add(plan_t *plan, double seconds)
{
	double room = seconds - plan_seconds(plan);
	cell_t *fewest = NULL;
	for (size_t c = 0; c < plan->ncells; c++) {
		cell_t *cell = &plan->cells[c];
		unsigned n = cell->blocks[PLAN_TIME];
		double square = cell->seconds[PLAN_TIME] * cell->narms *
				williams_rows(cell->narms);
		if (n > 0 && n < BLOCKS_MOST && !plan_is_control(plan, cell) &&
		    square > 0 && square <= room &&
		    (fewest == NULL || n < fewest->blocks[PLAN_TIME]))
			fewest = cell;
	}
	if (fewest == NULL)
		return false;
	fewest->blocks[PLAN_TIME] += williams_rows(fewest->narms);
	return true;
}

static void
others_cut(plan_t *plan)
{
	for (size_t c = 0; c < plan->ncells; c++)
		for (int k = PLAN_TIME + 1; k < PLAN_KINDS; k++)
			if (plan->cells[c].blocks[k] > 1)
				plan->cells[c].blocks[k] = 1;
}

static double
kind_seconds(const plan_t *plan, plan_kind_t kind)
{
	double seconds = 0;
	for (size_t c = 0; c < plan->ncells; c++)
		seconds += plan->cells[c].seconds[kind] * plan->cells[c].narms *
			   plan->cells[c].blocks[kind];
	return seconds;
}

/* No samples of the kind that takes most, of those that are not judged against
 * the others within a cell. Returns false when there is none. */
static bool
kind_drop(plan_t *plan)
{
	plan_kind_t dearest = PLAN_TIME;
	for (plan_kind_t k = PLAN_LATENCY; k < PLAN_HOTSPOTS; k++)
		if (kind_seconds(plan, k) > 0 &&
		    (dearest == PLAN_TIME ||
			kind_seconds(plan, k) > kind_seconds(plan, dearest)))
			dearest = k;
	if (dearest == PLAN_TIME)
		return false;
	for (size_t c = 0; c < plan->ncells; c++)
		plan->cells[c].blocks[dearest] = 0;
	warn_add(
	    &plan->warnings, WARN_KINDS_CUT, "%s", plan_kind_name(dearest));
	return true;
}

/* Forgets cells of which no sample is left. */
static void
cells_drop(plan_t *plan)
{
	for (size_t c = plan->ncells; c-- > 0;) {
		unsigned blocks = 0;
		for (int k = 0; k < PLAN_KINDS; k++)
			blocks += plan->cells[c].blocks[k];
		if (blocks == 0)
			plan_drop_cell(plan, c);
	}
	plan_prune(plan);
}

/* Other kinds of samples take at most a third of the time, where there are time
 * samples at all. */
static void
others_fit(plan_t *plan, double seconds)
{
	if (kind_seconds(plan, PLAN_TIME) == 0)
		return;
	for (;;) {
		double others = 0;
		for (plan_kind_t k = PLAN_LATENCY; k < PLAN_HOTSPOTS; k++)
			others += kind_seconds(plan, k);
		if (others <= seconds * OTHERS_SHARE || !kind_drop(plan))
			break;
	}
	cells_drop(plan);
}

/* Whole squares of the controls where one fits, else blocks, else none. */
static void
controls_fit(plan_t *plan, double seconds)
{
	for (size_t c = plan->ncells; c-- > 0;) {
		cell_t *cell = &plan->cells[c];
		unsigned rows = williams_rows(cell->narms);
		double block = cell->seconds[PLAN_TIME] * cell->narms;
		if (!plan_is_control(plan, cell) ||
		    cell->blocks[PLAN_TIME] * block <= seconds * CONTROLS_SHARE)
			continue;
		unsigned fit =
		    seconds > 0 ? (unsigned)(seconds * CONTROLS_SHARE / block)
				: 0;
		cell->blocks[PLAN_TIME] = fit < rows ? fit : fit / rows * rows;
		if (fit > 0)
			continue;
		warn_add(&plan->warnings, WARN_KINDS_CUT, "the controls");
		plan_drop_cell(plan, c);
	}
	plan_prune(plan);
}

void
budget_fit(plan_t *plan, double seconds)
{
	double promised = seconds;
	controls_fit(plan, seconds);
	if (!blocks_fit(plan, 1, true, seconds))
		others_cut(plan);
	others_fit(plan, seconds);
	seconds += kind_seconds(plan, PLAN_HOTSPOTS);
	if (blocks_most(plan, true, seconds) > 0) {
		while (square_add(plan, seconds))
			continue;
		return;
	}
	unsigned blocks = blocks_most(plan, false, seconds);
	if (blocks > 2)
		blocks_set(plan, blocks - blocks % 2, false);
	if (blocks == 0)
		warn_add(&plan->warnings, WARN_OVER_BUDGET,
		    "%.0f s, promised are %.0f s", plan_seconds(plan),
		    promised < 0 ? 0 : promised);
}
