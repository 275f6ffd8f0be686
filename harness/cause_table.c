#include "cause_table.h"

#include <stdlib.h>
#include <string.h>

#include "arena_rows.h"
#include "units.h"

/* How a column's numbers are printed. */
typedef enum format_e { AS_UNIT, AS_RATIO, AS_SHARE } format_t;

typedef struct column_s column_t;
struct column_s {
	const char *title, *metric;
	format_t format;
};

static const column_t page_columns[] = {
    {"purged / dirtied", "purge_amplification", AS_RATIO},
    {"purged / freed", "purged_per_freed", AS_RATIO},
    {"used again first", "dirty_reuse", AS_SHARE},
    {"regret 100 ms", "purge_regret_100ms", AS_SHARE},
    {"1 s", "purge_regret_1s", AS_SHARE},
    {"10 s", "purge_regret_10s", AS_SHARE},
    {"mean dirty", "pdirty_mean", AS_UNIT},
    {"not needed", "pdirty_unused", AS_UNIT},
    {"longest wait", "chance_age_most_ns", AS_UNIT},
    {"ticks", "ticks_per_s", AS_UNIT},
    {"lock waits", "lock_waits", AS_UNIT},
};

static const column_t memory_columns[] = {
    {"1 mean", "frag_mean", AS_RATIO},
    {"2 at peak live", "frag_at_live_peak", AS_RATIO},
    {"3 at peak RSS", "frag_at_rss_peak", AS_RATIO},
    {"4 peaks", "frag_peaks", AS_RATIO},
    {"RSS / ideal", "rss_over_ideal", AS_RATIO},
    {"usable / asked", "usable_over_requested", AS_RATIO},
    {"half back", "return_t50_ns", AS_UNIT},
    {"9/10 back", "return_t90_ns", AS_UNIT},
    {"floor", "return_floor", AS_UNIT},
    {"page tables", "page_tables_peak", AS_UNIT},
    {"huge pages", "anon_huge_mean", AS_UNIT},
    {"swapped", "swap_peak", AS_UNIT},
};

static const column_t cache_columns[] = {
    {"hit rate", "cache_hit_rate", AS_SHARE},
    {"fills a call", "fills_per_call", AS_RATIO},
    {"flushes a call", "flushes_per_call", AS_RATIO},
    {"fills", "nfills", AS_UNIT},
    {"flushes", "nflushes", AS_UNIT},
};

#define LENGTH(columns) (sizeof(columns) / sizeof(*(columns)))

static bool
has_value(const summary_value_t *value)
{
	return value != NULL && value->reason == NULL;
}

/* True when an arm of the cell has a number. If none has, *reason is what its
 * samples say. */
static bool
is_available(const summary_t *summary, size_t cell, const char *metric,
    const char **reason)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	*reason = NULL;
	for (size_t i = 0; i < c->narms; i++) {
		const summary_value_t *value =
		    summary_find(summary, cell, c->arms[i], metric);
		if (has_value(value))
			return true;
		/* The last arm's: the first ones are of other makes. */
		if (value != NULL && value->reason != NULL)
			*reason = value->reason;
	}
	return false;
}

static void
put_value(table_t *table, const summary_value_t *value, format_t format)
{
	char text[UNITS_MAX];
	if (!has_value(value))
		table_blank(table, value != NULL && value->reason != NULL
				       ? value->reason
				       : "the samples do not state it");
	else if (format == AS_SHARE)
		table_field(
		    table, TONE_PLAIN, "%.1f %%", 100 * value->middle.estimate);
	else if (format == AS_RATIO)
		table_field(table, TONE_PLAIN, "%s",
		    ratio_format(text, value->middle.estimate));
	else
		table_field(table, TONE_PLAIN, "%s",
		    unit_format(
			text, value->middle.estimate, value->metric->unit));
}

static void
row_begin(table_t *table, const summary_t *summary, size_t arm)
{
	table_row(table, arm);
	table_field(table, TONE_PLAIN, "%s", summary->data->arms[arm].name);
}

/*
 * A row an arm, of the columns for which any arm has a number; the detail says
 * what the rest is and why. False: there is none at all.
 */
static bool
columns_fill(table_t *table, const summary_t *summary, size_t cell,
    const column_t *columns, size_t n, const char *detail)
{
	const dataset_cell_t *c = &summary->data->cells[cell];
	char *all = text_copy(detail);
	table_column(table, TABLE_LEFT, "allocator");
	for (size_t k = 0; k < n; k++) {
		const char *reason;
		if (is_available(summary, cell, columns[k].metric, &reason))
			table_column(
			    table, TABLE_RIGHT, "%s", columns[k].title);
		else if (reason != NULL)
			text_assign(
			    &all, "%s. %s: %s", all, columns[k].title, reason);
	}
	table_detail(table, "%s", all);
	free(all);
	if (table->ncolumns < 2)
		return false;
	for (size_t i = 0; i < c->narms; i++) {
		row_begin(table, summary, c->arms[i]);
		for (size_t k = 0; k < n; k++) {
			const char *reason;
			if (is_available(
				summary, cell, columns[k].metric, &reason))
				put_value(table,
				    summary_find(summary, cell, c->arms[i],
					columns[k].metric),
				    columns[k].format);
		}
	}
	return true;
}

bool
cause_table_pages(table_t *table, const summary_t *summary, size_t cell)
{
	table_init(table, "What became of freed pages");
	return columns_fill(table, summary, cell, page_columns,
	    LENGTH(page_columns),
	    "pages purged for each that a free made dirty, and for each that "
	    "phases that free took out of use; dirty pages used again before "
	    "they were purged; regret: purged pages that may have been faulted "
	    "again within that time; dirty pages that nobody needed in the "
	    "second half of the work; how long dirty pages waited for the "
	    "policy to be asked; units of activity that count towards asking "
	    "it; locks that were not free at once");
}

bool
cause_table_memory(table_t *table, const summary_t *summary, size_t cell)
{
	table_init(table, "Fragmentation and giving back");
	return columns_fill(table, summary, cell, memory_columns,
	    LENGTH(memory_columns),
	    "Johnstone and Wilson's measures of RSS / live bytes: 1 the means "
	    "over time, 2 when live bytes are most, 3 when RSS is most, 4 both "
	    "peaks; ideal: live bytes in whole pages; usable: of what "
	    "malloc_usable_size says; back: from the first free until RSS is "
	    "lower by half, by nine tenths of what was freed, and its lowest");
}

/* ---------------------------------------------------------------- caches -- */

#define CLASSES_SHOWN 4

/* The class with most fills of those not yet shown. */
static const json_t *
class_most(const json_t *caches, const bool *shown, size_t *at)
{
	const json_t *most = NULL;
	size_t i;
	json_t *one;
	json_array_foreach(caches, i, one)
	{
		if (i < 64 && !shown[i] &&
		    (most == NULL || sample_number(one, "fills") >
					 sample_number(most, "fills"))) {
			most = one;
			*at = i;
		}
	}
	return most;
}

/* "64 B: 12 k fills, 3 k flushes, 98.7 % hits" */
static char *
class_text(const json_t *one)
{
	char size[UNITS_MAX], fills[UNITS_MAX], flushes[UNITS_MAX];
	double nfills = (double)sample_number(one, "fills");
	double requests = (double)sample_number(one, "requests");
	char *text = text_format("%s: %s fills, %s flushes",
	    unit_format(size, (double)sample_number(one, "bytes"), UNIT_BYTES),
	    unit_format(fills, nfills, UNIT_COUNT),
	    unit_format(
		flushes, (double)sample_number(one, "flushes"), UNIT_COUNT));
	if (nfills > 0 && requests >= nfills)
		text_assign(&text, "%s, %.1f %% hits", text,
		    100 * (1 - nfills / requests));
	return text;
}

static void
put_classes(table_t *table, const json_t *caches)
{
	bool shown[64] = {false};
	words_t classes = {0};
	const json_t *one;
	size_t at = 0;
	while (classes.n < CLASSES_SHOWN &&
	       (one = class_most(caches, shown, &at)) != NULL) {
		char *text = class_text(one);
		words_add(&classes, "%s", text);
		free(text);
		shown[at] = true;
	}
	char *all = words_join(&classes, "; ");
	if (classes.n > 0)
		table_field(table, TONE_PLAIN, "%s", all);
	else
		table_blank(table, "no class was filled or flushed");
	free(all);
	words_release(&classes);
}

/* The first ok time sample of the arm in the cell, or NULL. */
static const dataset_sample_t *
sample_first(const dataset_t *data, size_t cell, size_t arm)
{
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		if (s->ok && s->cell == cell && s->arm == arm &&
		    s->source == FROM_TIME)
			return s;
	}
	return NULL;
}

bool
cause_table_caches(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	bool any = false;
	table_init(table, "Thread caches");
	table_detail(table,
	    "hit rate: requests of small classes that found an object in the "
	    "cache, of the whole process; refills and flushes for each call of "
	    "the workload, and in all; the classes with most refills, of one "
	    "sample");
	table_column(table, TABLE_LEFT, "allocator");
	for (size_t k = 0; k < LENGTH(cache_columns); k++)
		table_column(table, TABLE_RIGHT, "%s", cache_columns[k].title);
	table_column(table, TABLE_LEFT, "classes with most refills");
	for (size_t i = 0; i < c->narms; i++) {
		const dataset_sample_t *s =
		    sample_first(data, cell, c->arms[i]);
		const json_t *caches =
		    s == NULL ? NULL : json_object_get(s->line, "caches");
		if (!json_is_array(caches))
			continue;
		row_begin(table, summary, c->arms[i]);
		for (size_t k = 0; k < LENGTH(cache_columns); k++)
			put_value(table,
			    summary_find(summary, cell, c->arms[i],
				cache_columns[k].metric),
			    cache_columns[k].format);
		put_classes(table, caches);
		any |= json_array_size(caches) > 0;
	}
	return any;
}

/* ---------------------------------------------------------------- arenas -- */

static void
put_arena(table_t *table, const summary_t *summary, size_t arm,
    const arena_row_t *row)
{
	const double values[] = {row->pactive_most, row->pdirty_most,
	    row->pdirty_end, row->npurge, row->nmadvise, row->purged};
	table_row(table, arm);
	table_field(table, TONE_PLAIN, "%s %u", summary->data->arms[arm].name,
	    row->arena);
	for (size_t k = 0; k < LENGTH(values); k++) {
		char text[UNITS_MAX];
		table_field(table, TONE_PLAIN, "%s",
		    unit_format(text, values[k], UNIT_PAGES));
	}
}

bool
cause_table_arenas(table_t *table, const summary_t *summary, size_t cell)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	static const char *const titles[] = {"most active", "most dirty",
	    "dirty at the end", "passes", "ranges", "purged pages"};
	table_init(table, "Arenas");
	table_detail(table,
	    "pages of each arena in one sample, where more than one was used");
	table_column(table, TABLE_LEFT, "allocator and arena");
	for (size_t k = 0; k < LENGTH(titles); k++)
		table_column(table, TABLE_RIGHT, "%s", titles[k]);
	for (size_t i = 0; i < c->narms; i++) {
		const dataset_sample_t *s =
		    sample_first(data, cell, c->arms[i]);
		char *path = s == NULL ? NULL : dataset_raw(data, s, "arenas");
		arena_row_t rows[SERIES_ARENAS];
		size_t n = path == NULL ? 0 : arena_rows_read(rows, path);
		for (size_t k = 0; k < n; k++)
			put_arena(table, summary, c->arms[i], &rows[k]);
		free(path);
	}
	return table->nrows > 0;
}
