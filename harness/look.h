/*
 * Looks: the fixed points of a run at which it may end early, and the error
 * rate that each of them may spend.
 *
 * The points are planned in blocks of time samples before the first one is
 * taken, so that nothing that was measured moves them. They double: the first
 * comes early, for large effects, and half of the data is kept for the last. A
 * look whose level no number of blocks up to it could reach is not made.
 *
 * Pure, but for reading and writing JSON values.
 */
#ifndef EBB_HARNESS_LOOK_H
#define EBB_HARNESS_LOOK_H

#include <jansson.h>
#include <stddef.h>

/* Most looks that a cell has. */
#define LOOKS_MAX 8

typedef struct looks_s looks_t;
struct looks_s {
	unsigned n;                 /* 0: the cell is looked at once, whole */
	unsigned blocks[LOOKS_MAX]; /* done at that look, ascending; the last
				     * is all that are planned */
};

/*
 * Plans at most `most` looks (1 to LOOKS_MAX) for a cell of so many blocks,
 * each after a multiple of `rows` blocks, which balance it. alpha: the error
 * rate of the family of so many comparisons. One look only, at the end, when
 * an earlier one could decide nothing.
 */
void looks_plan(looks_t *looks, unsigned most, unsigned blocks, unsigned rows,
    double alpha, size_t family);

/* The error rate of the family at that look, from 0. */
double looks_alpha(const looks_t *looks, double alpha, unsigned look);

/*
 * The error rate to judge so many blocks at: that of the first look that
 * has as many; of the last when none has; alpha when there are no looks.
 */
double looks_level(const looks_t *looks, double alpha, size_t blocks);

/* The look that comes after exactly so many blocks; looks->n: none. */
unsigned looks_find(const looks_t *looks, unsigned blocks);

/* The blocks of time samples after which a cell ended by stop.json
 * (look_run.h); 0: it did not. stop may be NULL. */
unsigned looks_stopped(const json_t *stop, const char *cell);

/* The list of points, and back; what is no list of such is no look. */
json_t *looks_to_json(const looks_t *looks);
void looks_from_json(looks_t *looks, const json_t *list);

#endif
