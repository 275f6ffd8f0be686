#include "fragmentation.h"

#include <math.h>

/* What the readings add up to. */
typedef struct sums_s sums_t;
struct sums_s {
	const point_t *live_peak, *rss_peak, *last;
	uint64_t since; /* when the last one's values began to hold */
	size_t n;
	double ns;               /* from the first reading on */
	double rss, live, ideal; /* times ns */
};

static double
pages_up(int64_t bytes, uint64_t page_size)
{
	return ceil((double)bytes / (double)page_size) * (double)page_size;
}

/* A reading's values hold until then. */
static void
hold_until(sums_t *sums, uint64_t until, uint64_t page_size)
{
	const point_t *p = sums->last;
	if (p == NULL)
		return;
	double ns = (double)(until - sums->since);
	sums->ns += ns;
	sums->rss += ns * (double)p->v[SERIES_RSS];
	sums->live += ns * (double)p->v[SERIES_LIVE];
	sums->ideal += ns * pages_up(p->v[SERIES_LIVE], page_size);
}

static void
reading_add(sums_t *sums, const point_t *p, uint64_t begin, uint64_t page_size)
{
	hold_until(sums, p->t_ns, page_size);
	sums->last = p;
	sums->since = p->t_ns > begin ? p->t_ns : begin;
	sums->n++;
	if (sums->live_peak == NULL ||
	    p->v[SERIES_LIVE] > sums->live_peak->v[SERIES_LIVE])
		sums->live_peak = p;
	if (sums->rss_peak == NULL ||
	    p->v[SERIES_RSS] > sums->rss_peak->v[SERIES_RSS])
		sums->rss_peak = p;
}

bool
fragmentation_measure(const series_t *series, uint64_t begin, uint64_t end,
    uint64_t page_size, fragmentation_t *result)
{
	sums_t sums = {0};
	const point_t *before = NULL;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *p = &series->v[i];
		/* Live counters of several threads are not read at once: for a
		 * moment their sum may be below 0. */
		if (p->t_ns > end || p->v[SERIES_RSS] == SERIES_NONE ||
		    p->v[SERIES_LIVE] < 0)
			continue;
		/* What stood when the window began. */
		if (sums.n == 0 && p->t_ns > begin && before != NULL)
			reading_add(&sums, before, begin, page_size);
		if (p->t_ns >= begin)
			reading_add(&sums, p, begin, page_size);
		before = p;
	}
	if (sums.n < 2)
		return true;
	hold_until(&sums, end, page_size);
	double live_most = (double)sums.live_peak->v[SERIES_LIVE];
	double live_then = (double)sums.rss_peak->v[SERIES_LIVE];
	if (sums.live <= 0 || live_then <= 0)
		return true;
	*result = (fragmentation_t){
	    .mean = sums.rss / sums.live,
	    .at_live = (double)sums.live_peak->v[SERIES_RSS] / live_most,
	    .at_rss = (double)sums.rss_peak->v[SERIES_RSS] / live_then,
	    .peaks = (double)sums.rss_peak->v[SERIES_RSS] / live_most,
	    .ideal = sums.ideal / sums.ns,
	    .over_ideal = sums.rss / sums.ideal,
	};
	return false;
}
