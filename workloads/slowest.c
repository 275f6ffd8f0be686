#include "slowest.h"

#include <string.h>

#define SLOWEST_ROW sizeof(uint64_t[RUN_COLUMNS])

/* Lets a row sink from the top of the first n until the heap is one. */
static void
slowest_sink(slowest_t *s, unsigned n, const uint64_t *row)
{
	unsigned at = 0, child;
	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && s->row[child + 1][0] < s->row[child][0])
			child++;
		if (s->row[child][0] >= row[0])
			break;
		memcpy(s->row[at], s->row[child], SLOWEST_ROW);
		at = child;
	}
	memcpy(s->row[at], row, SLOWEST_ROW);
}

void
slowest_add(slowest_t *s, const uint64_t *row)
{
	if (s->n == s->capacity) {
		slowest_sink(s, s->n, row);
		return;
	}
	unsigned at = s->n++;
	while (at != 0 && s->row[(at - 1) / 2][0] > row[0]) {
		memcpy(s->row[at], s->row[(at - 1) / 2], SLOWEST_ROW);
		at = (at - 1) / 2;
	}
	memcpy(s->row[at], row, SLOWEST_ROW);
}

void
slowest_merge(slowest_t *s, const slowest_t *from)
{
	for (unsigned i = 0; i < from->n; i++)
		if (from->row[i][0] > slowest_limit(s))
			slowest_add(s, from->row[i]);
}

void
slowest_sort(slowest_t *s)
{
	for (unsigned n = s->n; n > 1; n--) {
		uint64_t least[RUN_COLUMNS], last[RUN_COLUMNS];
		memcpy(least, s->row[0], SLOWEST_ROW);
		memcpy(last, s->row[n - 1], SLOWEST_ROW);
		slowest_sink(s, n - 1, last);
		memcpy(s->row[n - 1], least, SLOWEST_ROW);
	}
}
