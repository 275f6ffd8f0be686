#include "regret.h"

#include <stdlib.h>

#include "text.h"

/* Pages purged at one reading, and those of them not faulted again. */
typedef struct batch_s batch_t;
struct batch_s {
	uint64_t t_ns;
	double left;
};

/* Batches in order of time; those before first are used up or too old. */
typedef struct queue_s queue_t;
struct queue_s {
	batch_t *v;
	size_t first, n;
};

static bool
point_tells(const point_t *p)
{
	return p->v[SERIES_PURGED] != SERIES_NONE &&
	       p->v[SERIES_MINFLT] != SERIES_NONE &&
	       p->v[SERIES_PACTIVE] != SERIES_NONE &&
	       p->v[SERIES_PDIRTY] != SERIES_NONE;
}

/* Pages that hold memory, as far as the allocator knows. */
static double
footprint(const point_t *p)
{
	return (double)p->v[SERIES_PACTIVE] + (double)p->v[SERIES_PDIRTY];
}

/* Takes so many pages from the queue at the time now; returns how many of
 * them were purged no later than `until`. */
static double
queue_take(
    queue_t *queue, double pages, uint64_t now, uint64_t tau_ns, uint64_t until)
{
	double returned = 0;
	while (queue->first < queue->n &&
	       queue->v[queue->first].t_ns + tau_ns < now)
		queue->first++;
	while (pages > 0 && queue->first < queue->n) {
		batch_t *batch = &queue->v[queue->first];
		double taken = batch->left < pages ? batch->left : pages;
		batch->left -= taken;
		pages -= taken;
		if (batch->t_ns <= until)
			returned += taken;
		if (batch->left <= 0)
			queue->first++;
	}
	return returned;
}

/* What happened from one reading to the next. */
static void
step_count(regret_t *regret, queue_t *queue, const point_t *before,
    const point_t *now, double most, uint64_t tau_ns, uint64_t until)
{
	double purged =
	    (double)(now->v[SERIES_PURGED] - before->v[SERIES_PURGED]);
	double faults =
	    (double)(now->v[SERIES_MINFLT] - before->v[SERIES_MINFLT]);
	double first = footprint(now) > most ? footprint(now) - most : 0;
	if (first > faults)
		first = faults;
	if (purged > 0)
		queue->v[queue->n++] = (batch_t){now->t_ns, purged};
	regret->purged += purged;
	regret->watched += now->t_ns <= until ? purged : 0;
	regret->faults += faults;
	regret->first += first;
	regret->returned +=
	    queue_take(queue, faults - first, now->t_ns, tau_ns, until);
}

bool
regret_count(const series_t *series, uint64_t begin, uint64_t end,
    uint64_t tau_ns, regret_t *regret)
{
	queue_t queue = {.v = text_memory(series->n, sizeof(*queue.v))};
	regret_t sum = {0};
	const point_t *before = NULL;
	double most = 0;
	size_t steps = 0;
	uint64_t until = end > tau_ns ? end - tau_ns : 0;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *now = &series->v[i];
		if (!point_tells(now) || now->t_ns > end)
			continue;
		if (before != NULL && before->t_ns >= begin) {
			step_count(
			    &sum, &queue, before, now, most, tau_ns, until);
			steps++;
		}
		before = now;
		if (footprint(now) > most)
			most = footprint(now);
	}
	free(queue.v);
	if (steps == 0)
		return true;
	*regret = sum;
	return false;
}
