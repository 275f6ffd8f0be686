#include "cause_findings.h"

#include "units.h"

#define PAGE_BYTES 4096.0

/* An arm in a cell. */
typedef struct place_of_s place_of_t;
struct place_of_s {
	const summary_t *summary;
	size_t cell, arm;
	const char *cell_name, *arm_name;
};

/* The median of a metric to *number. False when there is none. */
static bool
number_of(const place_of_t *at, const char *metric, double *number)
{
	const summary_value_t *value =
	    summary_find(at->summary, at->cell, at->arm, metric);
	if (value == NULL || value->reason != NULL)
		return false;
	*number = value->middle.estimate;
	return true;
}

/* Regret within the longest time that the work lasted for. */
static bool
regret_of(const place_of_t *at, double *share, const char **within)
{
	static const struct {
		const char *metric, *within;
	} taus[] = {
	    {"purge_regret_10s", "10 s"},
	    {"purge_regret_1s", "1 s"},
	    {"purge_regret_100ms", "100 ms"},
	};
	for (size_t i = 0; i < sizeof(taus) / sizeof(*taus); i++)
		if (number_of(at, taus[i].metric, share)) {
			*within = taus[i].within;
			return true;
		}
	return false;
}

static void
early_compose(words_t *findings, const place_of_t *at)
{
	double share, purged;
	const char *within;
	char text[UNITS_MAX];
	if (!regret_of(at, &share, &within) || share < CAUSE_REGRET_HIGH ||
	    !number_of(at, "purged_pages", &purged) ||
	    purged * PAGE_BYTES < CAUSE_BYTES_LEAST)
		return;
	words_add(findings,
	    "%s in %s purged too early: %.0f %% of the pages that it gave back "
	    "(%s in all) were faulted again within %s.",
	    at->arm_name, at->cell_name, 100 * share,
	    unit_format(text, purged * PAGE_BYTES, UNIT_BYTES), within);
}

static void
twice_compose(words_t *findings, const place_of_t *at)
{
	double ratio;
	char text[UNITS_MAX];
	if (number_of(at, "purged_per_freed", &ratio) && ratio >= CAUSE_TWICE)
		words_add(findings,
		    "%s in %s gave the same pages back more than once: %s "
		    "pages purged for each page that was freed.",
		    at->arm_name, at->cell_name, ratio_format(text, ratio));
}

static void
late_compose(words_t *findings, const place_of_t *at)
{
	double unused, rss, live, share;
	const char *within;
	char text[3][UNITS_MAX];
	if (!number_of(at, "pdirty_unused", &unused) ||
	    !number_of(at, "rss_mean", &rss) ||
	    !number_of(at, "live_mean", &live) ||
	    unused * PAGE_BYTES < CAUSE_BYTES_LEAST ||
	    unused * PAGE_BYTES < CAUSE_UNUSED_LARGE * rss)
		return;
	bool purged = regret_of(at, &share, &within);
	if (purged && share > CAUSE_REGRET_LOW)
		return;
	unit_format(text[0], rss - live, UNIT_BYTES);
	unit_format(text[1], unused * PAGE_BYTES, UNIT_BYTES);
	if (purged)
		words_add(findings,
		    "%s in %s purged too late: mean RSS is %s above live "
		    "bytes, %s of dirty pages were not needed for half the "
		    "work, and of what was given back only %.0f %% was faulted "
		    "again within %s.",
		    at->arm_name, at->cell_name, text[0], text[1], 100 * share,
		    within);
	else
		words_add(findings,
		    "%s in %s purged too late: mean RSS is %s above live "
		    "bytes, and %s of dirty pages were not needed for half the "
		    "work.",
		    at->arm_name, at->cell_name, text[0], text[1]);
}

/* Returns true when that is so: it cannot be late as well. */
static bool
unasked_compose(words_t *findings, const place_of_t *at)
{
	double wait, dirty;
	char text[2][UNITS_MAX];
	if (!number_of(at, "chance_age_most_ns", &wait) ||
	    !number_of(at, "pdirty_mean", &dirty) || wait < CAUSE_WAIT_LONG ||
	    dirty * PAGE_BYTES < CAUSE_BYTES_LEAST)
		return false;
	words_add(findings,
	    "%s in %s: nobody called, so nothing could be purged for %s; %s of "
	    "dirty pages waited on average. Its policy is asked only by calls "
	    "that reach an arena.",
	    at->arm_name, at->cell_name, unit_format(text[0], wait, UNIT_NS),
	    unit_format(text[1], dirty * PAGE_BYTES, UNIT_BYTES));
	return true;
}

void
cause_findings(words_t *findings, const summary_t *summary)
{
	const dataset_t *data = summary->data;
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t i = 0; i < data->cells[c].narms; i++) {
			size_t arm = data->cells[c].arms[i];
			const place_of_t at = {.summary = summary,
			    .cell = c,
			    .arm = arm,
			    .cell_name = data->cells[c].name,
			    .arm_name = data->arms[arm].name};
			early_compose(findings, &at);
			twice_compose(findings, &at);
			if (!unasked_compose(findings, &at))
				late_compose(findings, &at);
		}
}
