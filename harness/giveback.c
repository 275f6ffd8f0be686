#include "giveback.h"

#include <math.h>

/* When phase i ends: when the next begins, or with the window. */
static uint64_t
phase_end(const struct ebb_live *live, uint32_t i, uint64_t end)
{
	if (i + 1 >= live->nphases || i + 1 >= EBB_LIVE_PHASES ||
	    live->phases[i + 1].t_ns > end)
		return end;
	return live->phases[i + 1].t_ns;
}

/*
 * When the phase before phase i began: an older reading than that is of memory
 * that was still growing.
 */
static uint64_t
phase_before(const struct ebb_live *live, uint32_t i)
{
	return i > 0 ? live->phases[i - 1].t_ns : 0;
}

/* The last FREE phase in the window: when it began and ended, and since when
 * readings tell what was there before it. */
static bool
step_find(const struct ebb_live *live, uint64_t begin, uint64_t end,
    uint64_t *since, uint64_t *from, uint64_t *to)
{
	bool found = false;
	uint32_t n = live->nphases;
	for (uint32_t i = 0; i < n && i < EBB_LIVE_PHASES; i++) {
		const struct ebb_live_phase *phase = &live->phases[i];
		if (phase->kind != EBB_PHASE_FREE || phase->t_ns > end)
			continue;
		*since = phase_before(live, i);
		*from = phase->t_ns;
		*to =
		    i + 1 < n && i + 1 < EBB_LIVE_PHASES ? phase[1].t_ns : end;
		/* The stamp may be some us before the window's own. */
		found = *to > begin;
	}
	return found;
}

static bool
point_tells(const point_t *p)
{
	return p->v[SERIES_RSS] != SERIES_NONE &&
	       p->v[SERIES_LIVE] != SERIES_NONE;
}

/* The last reading up to t, or NULL. */
static const point_t *
reading_before(const series_t *series, uint64_t t)
{
	const point_t *last = NULL;
	for (size_t i = 0; i < series->n && series->v[i].t_ns <= t; i++)
		if (point_tells(&series->v[i]))
			last = &series->v[i];
	return last;
}

/* Where the line from one reading to the next reaches rss, in ns from t0. */
static double
crossing(const point_t *a, const point_t *b, double rss, uint64_t t0)
{
	double from = (double)a->v[SERIES_RSS], to = (double)b->v[SERIES_RSS];
	double part = from > to && from > rss ? (from - rss) / (from - to) : 0;
	double span = (double)(b->t_ns - a->t_ns);
	double t = (double)a->t_ns - (double)t0 + part * span;
	return t > 0 ? t : 0;
}

/* Follows RSS from t0 on; `before` is the reading before it. */
static void
watch(const series_t *series, const point_t *before, uint64_t t0, uint64_t to,
    uint64_t end, giveback_t *result)
{
	double rss = (double)before->v[SERIES_RSS];
	double low = INFINITY;
	const point_t *last = before;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *p = &series->v[i];
		if (p->t_ns <= t0 || p->t_ns > end || !point_tells(p))
			continue;
		double live = (double)p->v[SERIES_LIVE];
		if (p->t_ns > to && live < low)
			low = live;
		if (live > low + result->freed / 10)
			break;
		double now = (double)p->v[SERIES_RSS];
		if (isnan(result->t50_ns) && now <= rss - 0.5 * result->freed)
			result->t50_ns =
			    crossing(last, p, rss - 0.5 * result->freed, t0);
		if (isnan(result->t90_ns) && now <= rss - 0.9 * result->freed)
			result->t90_ns =
			    crossing(last, p, rss - 0.9 * result->freed, t0);
		if (now < result->floor)
			result->floor = now;
		result->watched_ns = (double)(p->t_ns - t0);
		last = p;
	}
	result->share = (rss - result->floor) / result->freed;
}

bool
giveback_measure(const series_t *series, const struct ebb_live *live,
    uint64_t begin, uint64_t end, giveback_t *result)
{
	uint64_t since = 0, from = 0, to = 0;
	if (live == NULL || !step_find(live, begin, end, &since, &from, &to))
		return true;
	const point_t *before = reading_before(series, from);
	const point_t *after = NULL;
	for (size_t i = 0; i < series->n && after == NULL; i++)
		if (series->v[i].t_ns >= to && series->v[i].t_ns <= end &&
		    point_tells(&series->v[i]))
			after = &series->v[i];
	if (before == NULL || before->t_ns < since || after == NULL)
		return true;
	double freed =
	    (double)before->v[SERIES_LIVE] - (double)after->v[SERIES_LIVE];
	if (freed < GIVEBACK_LEAST)
		return true;
	*result = (giveback_t){.freed = freed,
	    .floor = (double)before->v[SERIES_RSS],
	    .t50_ns = NAN,
	    .t90_ns = NAN};
	watch(series, before, from, to, end, result);
	return false;
}

/* Active pages at the last reading in [since, t], or SERIES_NONE. */
static int64_t
active_before(const series_t *series, uint64_t since, uint64_t t)
{
	int64_t active = SERIES_NONE;
	for (size_t i = 0; i < series->n && series->v[i].t_ns <= t; i++)
		if (series->v[i].t_ns >= since &&
		    series->v[i].v[SERIES_PACTIVE] != SERIES_NONE)
			active = series->v[i].v[SERIES_PACTIVE];
	return active;
}

/* The fewest active pages in [from, to], or SERIES_NONE: pages that are being
 * purged count as active meanwhile. */
static int64_t
active_least(const series_t *series, uint64_t from, uint64_t to)
{
	int64_t least = SERIES_NONE;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *p = &series->v[i];
		int64_t active = p->v[SERIES_PACTIVE];
		if (p->t_ns >= from && p->t_ns <= to && active != SERIES_NONE &&
		    (least == SERIES_NONE || active < least))
			least = active;
	}
	return least;
}

bool
giveback_freed_pages(const series_t *series, const struct ebb_live *live,
    uint64_t begin, uint64_t end, double *pages)
{
	double sum = 0;
	unsigned nphases = 0;
	uint32_t n = live == NULL ? 0 : live->nphases;
	for (uint32_t i = 0; i < n && i < EBB_LIVE_PHASES; i++) {
		uint64_t from = live->phases[i].t_ns;
		uint64_t to = phase_end(live, i, end);
		if (live->phases[i].kind != EBB_PHASE_FREE || to <= begin ||
		    from > end)
			continue;
		int64_t before =
		    active_before(series, phase_before(live, i), from);
		int64_t after =
		    active_least(series, to, phase_end(live, i + 1, end));
		if (before == SERIES_NONE || after == SERIES_NONE)
			return true;
		sum += before > after ? (double)(before - after) : 0;
		nphases++;
	}
	if (nphases == 0)
		return true;
	*pages = sum;
	return false;
}
