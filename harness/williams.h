/*
 * Williams squares: orders of n arms that are balanced for position and for
 * carry-over. Over all rows, every arm stands in every position equally often,
 * and every arm follows every other equally often. One square of n rows does
 * it for even n; odd n needs two, 2n rows.
 */
#ifndef EBB_HARNESS_WILLIAMS_H
#define EBB_HARNESS_WILLIAMS_H

#include <stdint.h>

#define WILLIAMS_MAX 64

/* How many rows are balanced together: 1, n or 2n. */
unsigned williams_rows(unsigned n);

/*
 * The order of row (below williams_rows(n)) into out[0..n): each of 0..n-1
 * once. 1 <= n <= WILLIAMS_MAX.
 */
void williams_row(unsigned n, unsigned row, unsigned *out);

/* The row that is this one read backwards. */
unsigned williams_mirror(unsigned n, unsigned row);

/*
 * The order of one block of an experiment of any number of blocks, from a
 * seed: the rows are drawn in random order, each once before any comes again,
 * a row and its mirror image one after the other (so that any even number of
 * blocks is balanced in the mean position), and the arms are relabelled at
 * random.
 */
void williams_block(uint64_t seed, unsigned n, unsigned block, unsigned *out);

#endif
