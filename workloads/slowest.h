/*
 * The slowest of many: a table that keeps the rows with the greatest first
 * column. Room is the caller's; nothing is allocated.
 */
#ifndef EBB_WORKLOADS_SLOWEST_H
#define EBB_WORKLOADS_SLOWEST_H

#include "run.h"

typedef struct slowest_s slowest_t;
struct slowest_s {
	uint64_t (*row)[RUN_COLUMNS]; /* a heap, the least first */
	unsigned n, capacity;
};

/* A row is kept when its first column is more than this. */
static inline uint64_t
slowest_limit(const slowest_t *s)
{
	return s->n < s->capacity ? 0 : s->row[0][0];
}

/* Adds a row that slowest_limit() lets in; drops the least when full. */
void slowest_add(slowest_t *s, const uint64_t *row);

/* Adds every row of from that is let in. */
void slowest_merge(slowest_t *s, const slowest_t *from);

/* Sorts the rows, the slowest first; slowest_add() is not for it after. */
void slowest_sort(slowest_t *s);

#endif
