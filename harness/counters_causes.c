#include <math.h>
#include <stdio.h>
#include <string.h>

#include "caches.h"
#include "counters.h"
#include "fragmentation.h"
#include "giveback.h"
#include "regret.h"
#include "window.h"

#define NS_PER_S 1e9
/* A share of fewer pages is chance: stacks and the program's own data fault,
 * too. */
#define PAGES_LEAST 256
/* Of the statistics page where a process shows none. */
#define PAGE_USUAL 4096

/* ----------------------------------------------------------------- pages -- */

static const struct {
	const char *name;
	uint64_t tau_ns;
} regrets[] = {
    {"purge_regret_100ms", 100000000u},
    {"purge_regret_1s", 1000000000u},
    {"purge_regret_10s", 10000000000u},
};
#define REGRETS (sizeof(regrets) / sizeof(*regrets))

/* A page given back lazily is used again without a fault. */
static bool
purges_lazily(const json_t *probe)
{
	const char *advice = json_string_value(
	    json_object_get(json_object_get(probe, "opt"), "purge_advice"));
	return advice != NULL && strcmp(advice, "free") == 0;
}

static void
regret_set(
    json_t *metrics, const causes_t *causes, const char *name, uint64_t tau_ns)
{
	regret_t regret;
	double window = (double)(causes->end - causes->begin);
	if (purges_lazily(causes->probe))
		metric_set_unsupported(metrics, name,
		    "purged by MADV_FREE: a page that is used again does not "
		    "fault while the kernel has not taken it");
	else if (causes->end <= causes->begin || window < (double)tau_ns)
		metric_set_unsupported(metrics, name,
		    "the work took %.0f ms, less than %.0f ms", window / 1e6,
		    (double)tau_ns / 1e6);
	else if (regret_count(causes->series, causes->begin, causes->end,
		     tau_ns, &regret))
		metric_set_unsupported(
		    metrics, name, "too few readings during the work");
	else if (regret.watched < PAGES_LEAST)
		metric_set_unsupported(metrics, name,
		    "%.0f pages were purged %.0f ms or more before the end of "
		    "the work, %d are needed",
		    regret.watched, (double)tau_ns / 1e6, PAGES_LEAST);
	else
		metric_set_real(
		    metrics, name, regret.returned / regret.watched);
}

/* What became of the pages that frees made dirty: purged, used again, or
 * neither yet. */
static void
fate_set(json_t *metrics, const causes_t *causes)
{
	static const char *const names[] = {
	    "purge_amplification", "dirty_reuse"};
	double dirtied, purged, held;
	const series_t *series = causes->series;
	uint64_t begin = causes->begin, end = causes->end;
	bool lacks =
	    window_growth(series, SERIES_DIRTIED, begin, end, &dirtied) ||
	    window_growth(series, SERIES_PURGED, begin, end, &purged) ||
	    window_growth(series, SERIES_PDIRTY, begin, end, &held);
	if (!lacks && dirtied >= PAGES_LEAST) {
		double reused = (dirtied - purged - held) / dirtied;
		metric_set_real(metrics, names[0], purged / dirtied);
		metric_set_real(metrics, names[1], reused > 0 ? reused : 0);
		return;
	}
	for (int i = 0; i < 2; i++)
		if (lacks)
			metric_set_unsupported(metrics, names[i],
			    "too few readings during the work");
		else
			metric_set_unsupported(metrics, names[i],
			    "%.0f pages became dirty during the work, %d are "
			    "needed",
			    dirtied, PAGES_LEAST);
}

/* The same of what the workload frees in one go: dirtied pages are many more
 * where it also allocates and frees while it waits. */
static void
purged_per_freed_set(json_t *metrics, const causes_t *causes)
{
	static const char name[] = "purged_per_freed";
	double freed = 0, purged = 0;
	if (giveback_freed_pages(causes->series, causes->live, causes->begin,
		causes->end, &freed) ||
	    window_growth(causes->series, SERIES_PURGED, causes->begin,
		causes->end, &purged))
		metric_set_unsupported(metrics, name,
		    "no phase that frees, or no reading right before and after "
		    "one");
	else if (freed < PAGES_LEAST)
		metric_set_unsupported(metrics, name,
		    "%.0f pages were freed in phases that free, %d are needed",
		    freed, PAGES_LEAST);
	else
		metric_set_real(metrics, name, purged / freed);
}

/* How long dirty pages waited for the policy to be asked. */
static void
chance_set(json_t *metrics, const causes_t *causes)
{
	static const char name[] = "chance_age_most_ns";
	double age;
	bool stamped = !series_last(
	    causes->series, SERIES_CHANCE_AGE, 0, UINT64_MAX, &age);
	for (unsigned i = 0;
	     causes->page != NULL && i < causes->page->narenas &&
	     i < EBB_STATS_PAGE_ARENAS;
	     i++)
		stamped |= causes->page->arenas[i].last_chance_ns != 0;
	if (stamped)
		window_most_set(metrics, name, causes->series,
		    SERIES_CHANCE_AGE, causes->begin, causes->end);
	else
		metric_set_unsupported(metrics, name,
		    "this policy is asked at each free, not by ticks");
}

/* A count's growth for each of another's; or for each second. */
static void
rate_set(json_t *metrics, const char *name, const causes_t *causes,
    series_column_t column, series_column_t each)
{
	double growth, per = (double)(causes->end - causes->begin) / NS_PER_S;
	bool lacks = window_growth(
	    causes->series, column, causes->begin, causes->end, &growth);
	if (each != SERIES_COLUMNS)
		lacks |= window_growth(
		    causes->series, each, causes->begin, causes->end, &per);
	if (lacks || per <= 0)
		metric_set_unsupported(metrics, name,
		    each == SERIES_CALLS
			? "the workload counted no calls between two readings"
			: "too few readings during the work");
	else
		metric_set_real(metrics, name, growth / per);
}

/* Activity and locks, which only later builds count. */
static void
activity_set(json_t *metrics, const causes_t *causes)
{
	static const struct {
		const char *name;
		series_column_t column;
		bool rate; /* for each second, not in all */
	} rows[] = {{"ticks_per_s", SERIES_NTICKS, true},
	    {"lock_waits", SERIES_LOCK_WAITS, false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		double growth;
		if (series_last(
			causes->series, rows[i].column, 0, UINT64_MAX, &growth))
			metric_set_unsupported(metrics, rows[i].name,
			    "this build of the allocator does not count it");
		else if (rows[i].rate)
			rate_set(metrics, rows[i].name, causes, rows[i].column,
			    SERIES_COLUMNS);
		else if (window_growth(causes->series, rows[i].column,
			     causes->begin, causes->end, &growth))
			metric_set_unsupported(metrics, rows[i].name,
			    "too few readings during the work");
		else
			metric_set_integer(
			    metrics, rows[i].name, (int64_t)growth);
	}
}

static void
hits_set(json_t *metrics, const causes_t *causes)
{
	static const char name[] = "cache_hit_rate";
	double rate = causes->page == NULL
			  ? -1
			  : caches_hit_rate(causes->page, causes->requests);
	if (rate >= 0)
		metric_set_real(metrics, name, rate);
	else if (causes->requests == NULL)
		metric_set_unsupported(metrics, name,
		    "the process ended without telling its requests");
	else
		metric_set_unsupported(
		    metrics, name, "no thread cache was ever filled");
}

static const char *const page_names[] = {"purge_amplification", "dirty_reuse",
    "purged_per_freed", "pdirty_unused", "purge_regret_100ms",
    "purge_regret_1s", "purge_regret_10s", "chance_age_most_ns", "pdirty_mean",
    "pactive_mean", "fills_per_call", "flushes_per_call", "cache_hit_rate",
    "ticks_per_s", "lock_waits"};

static void
pages_set(json_t *metrics, const causes_t *causes)
{
	char reason[COUNTERS_REASON];
	/* A process that was killed left no final page, but was read. */
	double purged;
	bool read = !series_last(
	    causes->series, SERIES_PURGED, causes->begin, causes->end, &purged);
	if (!counters_page_lacks(causes->arm, causes->page, reason) ||
	    (causes->arm->kind == ARM_EBB && causes->page == NULL && read)) {
		fate_set(metrics, causes);
		purged_per_freed_set(metrics, causes);
		/* Dirty for half the work at least, and not needed. */
		window_least_set(metrics, "pdirty_unused", causes->series,
		    SERIES_PDIRTY,
		    causes->begin + (causes->end - causes->begin) / 2,
		    causes->end);
		for (size_t i = 0; i < REGRETS; i++)
			regret_set(metrics, causes, regrets[i].name,
			    regrets[i].tau_ns);
		chance_set(metrics, causes);
		window_mean_set(metrics, "pdirty_mean", causes->series,
		    SERIES_PDIRTY, SERIES_COLUMNS, causes->begin, causes->end);
		window_mean_set(metrics, "pactive_mean", causes->series,
		    SERIES_PACTIVE, SERIES_COLUMNS, causes->begin, causes->end);
		activity_set(metrics, causes);
		hits_set(metrics, causes);
		rate_set(metrics, "fills_per_call", causes, SERIES_NFILLS,
		    SERIES_CALLS);
		rate_set(metrics, "flushes_per_call", causes, SERIES_NFLUSHES,
		    SERIES_CALLS);
		return;
	}
	for (size_t i = 0; i < sizeof(page_names) / sizeof(*page_names); i++)
		metric_set_unsupported(metrics, page_names[i], "%s", reason);
}

/* --------------------------------------------------------- fragmentation -- */

static void
fragmentation_set(json_t *metrics, const causes_t *causes)
{
	static const char *const names[] = {"frag_mean", "frag_at_live_peak",
	    "frag_at_rss_peak", "frag_peaks", "ideal_rss_mean",
	    "rss_over_ideal"};
	fragmentation_t f;
	uint64_t page_size =
	    causes->page != NULL ? causes->page->page_size : PAGE_USUAL;
	if (window_lacks(metrics, names[0], causes->series, SERIES_LIVE,
		causes->begin, causes->end) ||
	    fragmentation_measure(
		causes->series, causes->begin, causes->end, page_size, &f)) {
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			metric_set_unsupported(metrics, names[i],
			    "too few readings of live bytes, or none were "
			    "live");
		return;
	}
	const double values[] = {f.mean, f.at_live, f.at_rss, f.peaks,
	    floor(f.ideal + 0.5), f.over_ideal};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		metric_set_real(metrics, names[i], values[i]);
}

/* ---------------------------------------------------------- giving back -- */

static void
delay_set(json_t *metrics, const char *name, double ns, double part,
    const giveback_t *back)
{
	if (!isnan(ns))
		metric_set_integer(metrics, name, (int64_t)ns);
	else
		metric_set_unsupported(metrics, name,
		    "RSS fell by %.0f %% of what was freed in %.0f ms, not by "
		    "%.0f %%",
		    100 * back->share, back->watched_ns / 1e6, 100 * part);
}

static void
giveback_set(json_t *metrics, const causes_t *causes)
{
	static const char *const names[] = {
	    "return_t50_ns", "return_t90_ns", "return_floor", "return_share"};
	giveback_t back;
	if (giveback_measure(causes->series, causes->live, causes->begin,
		causes->end, &back)) {
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			metric_set_unsupported(metrics, names[i],
			    "the work has no phase that frees 1 MiB at once");
		return;
	}
	delay_set(metrics, names[0], back.t50_ns, 0.5, &back);
	delay_set(metrics, names[1], back.t90_ns, 0.9, &back);
	metric_set_integer(metrics, names[2], (int64_t)back.floor);
	metric_set_real(metrics, names[3], back.share);
}

void
counters_of_causes(json_t *metrics, const causes_t *causes)
{
	pages_set(metrics, causes);
	fragmentation_set(metrics, causes);
	giveback_set(metrics, causes);
}

/* -------------------------------------------------------- census samples -- */

void
counters_of_rollup(
    json_t *metrics, const series_t *series, uint64_t begin, uint64_t end)
{
	window_mean_set(metrics, "rss_less_lazyfree_mean", series, SERIES_RSS,
	    SERIES_LAZYFREE, begin, end);
	window_mean_set(metrics, "anon_huge_mean", series, SERIES_ANON_HUGE,
	    SERIES_COLUMNS, begin, end);
	window_most_set(metrics, "swap_peak", series, SERIES_SWAP, begin, end);
	window_most_set(metrics, "page_tables_peak", series, SERIES_PAGE_TABLES,
	    begin, end);
}

void
counters_of_usable(json_t *metrics, const json_t *record)
{
	static const char name[] = "usable_over_requested";
	const json_t *extra = json_object_get(record, "extra");
	double asked =
	    json_number_value(json_object_get(extra, "usable_requested_bytes"));
	double had = json_number_value(json_object_get(extra, "usable_bytes"));
	if (json_object_get(extra, "usable_bytes") == NULL)
		metric_set_unsupported(metrics, name,
		    "the workload's single calls cannot be sampled");
	else if (asked <= 0)
		metric_set_unsupported(
		    metrics, name, "too few calls to sample one");
	else
		metric_set_real(metrics, name, had / asked);
}
