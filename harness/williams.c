#include "williams.h"

#include "rng.h"

unsigned
williams_rows(unsigned n)
{
	if (n <= 1)
		return 1;
	return n % 2 == 0 ? n : 2 * n;
}

void
williams_row(unsigned n, unsigned row, unsigned *out)
{
	/* The first row is 0, 1, n-1, 2, n-2, ...: its neighbours' differences
	 * are all different; row r adds r to each, modulo n. */
	for (unsigned i = 0; i < n; i++) {
		unsigned base = i % 2 == 1 ? (i + 1) / 2 : (n - i / 2) % n;
		unsigned at = row < n ? i : n - 1 - i;
		out[at] = (base + row) % n;
	}
}

unsigned
williams_mirror(unsigned n, unsigned row)
{
	unsigned rows = williams_rows(n);
	return (row + rows / 2) % rows;
}

void
williams_block(uint64_t seed, unsigned n, unsigned block, unsigned *out)
{
	unsigned labels[WILLIAMS_MAX], pairs[WILLIAMS_MAX], row[WILLIAMS_MAX];
	unsigned rows = williams_rows(n);
	unsigned npairs = rows / 2 ? rows / 2 : 1;
	rng_t rng;
	rng_init(&rng, seed);
	for (unsigned i = 0; i < n; i++)
		labels[i] = i;
	rng_shuffle(&rng, labels, n);
	/* Each cycle through all rows has an order of its own. */
	rng_init(&rng, rng_derive(seed, "cycle", block / rows));
	for (unsigned i = 0; i < npairs; i++)
		pairs[i] = i;
	rng_shuffle(&rng, pairs, npairs);
	unsigned within = block % rows;
	unsigned chosen = pairs[within / 2];
	rng_init(
	    &rng, rng_derive(seed, "pair", block / rows * npairs + within / 2));
	if (((within % 2) ^ rng_below(&rng, 2)) != 0)
		chosen = williams_mirror(n, chosen);
	williams_row(n, chosen, row);
	for (unsigned i = 0; i < n; i++)
		out[i] = labels[row[i]];
}
