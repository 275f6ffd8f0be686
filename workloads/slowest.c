#include "slowest.h"

#include <string.h>

/* Lets a row sink from the top of the first n until the heap is one. */
static void
slowest_sink(slowest_t *s, unsigned n, const void *row)
{
	uint64_t key = *(const uint64_t *)row;
	unsigned at = 0, child;
	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n &&
		    slowest_key(s, child + 1) < slowest_key(s, child))
			child++;
		if (slowest_key(s, child) >= key)
			break;
		memcpy(slowest_row(s, at), slowest_row(s, child), s->size);
		at = child;
	}
	memcpy(slowest_row(s, at), row, s->size);
}

void
slowest_add(slowest_t *s, const void *row)
{
	if (s->n == s->capacity) {
		slowest_sink(s, s->n, row);
		return;
	}
	uint64_t key = *(const uint64_t *)row;
	unsigned at = s->n++;
	while (at != 0 && slowest_key(s, (at - 1) / 2) > key) {
		memcpy(
		    slowest_row(s, at), slowest_row(s, (at - 1) / 2), s->size);
		at = (at - 1) / 2;
	}
	memcpy(slowest_row(s, at), row, s->size);
}

void
slowest_merge(slowest_t *s, const slowest_t *from)
{
	for (unsigned i = 0; i < from->n; i++)
		if (slowest_key(from, i) > slowest_limit(s))
			slowest_add(s, slowest_row(from, i));
}

void
slowest_sort(slowest_t *s)
{
	for (unsigned n = s->n; n > 1; n--) {
		uint64_t least[SLOWEST_SIZE_MOST / 8];
		uint64_t last[SLOWEST_SIZE_MOST / 8];
		memcpy(least, s->row, s->size);
		memcpy(last, slowest_row(s, n - 1), s->size);
		slowest_sink(s, n - 1, last);
		memcpy(slowest_row(s, n - 1), least, s->size);
	}
}
