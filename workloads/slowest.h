/*
 * The slowest of many: a table that keeps the rows with the greatest time,
 * which is their first member, a uint64_t. Room is the caller's; nothing is
 * allocated.
 */
#ifndef EBB_WORKLOADS_SLOWEST_H
#define EBB_WORKLOADS_SLOWEST_H

#include <stddef.h>
#include <stdint.h>

#define SLOWEST_SIZE_MOST 512

typedef struct slowest_s slowest_t;
struct slowest_s {
	void *row;   /* capacity of them: a heap, the least first */
	size_t size; /* bytes of a row, at most SLOWEST_SIZE_MOST, of 8 each */
	unsigned n, capacity;
};

/* Row i < n. */
static inline void *
slowest_row(const slowest_t *s, unsigned i)
{
	return (char *)s->row + i * s->size;
}

static inline uint64_t
slowest_key(const slowest_t *s, unsigned i)
{
	return *(const uint64_t *)slowest_row(s, i);
}

/* A row is kept when its time is more than this. */
static inline uint64_t
slowest_limit(const slowest_t *s)
{
	return s->n < s->capacity ? 0 : slowest_key(s, 0);
}

/* Adds a row that slowest_limit() lets in; drops the least when full. */
void slowest_add(slowest_t *s, const void *row);

/* Adds every row of from that is let in; rows have the same size. */
void slowest_merge(slowest_t *s, const slowest_t *from);

/* Sorts the rows, the slowest first; slowest_add() is not for it after. */
void slowest_sort(slowest_t *s);

#endif
