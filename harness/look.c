#include "look.h"

#include <math.h>
#include <stdbool.h>

#include "spending.h"

/* The least number of blocks of one sign whose sign test reaches this p. */
static unsigned
blocks_least(double p)
{
	return (unsigned)ceil(1 - log2(p));
}

/* n points, each twice the one before. False when they do not fit, or the
 * first could decide nothing. */
static bool
points_place(looks_t *looks, unsigned n, unsigned blocks, unsigned rows,
    double alpha, size_t family)
{
	looks->n = n;
	for (unsigned k = 0; k < n; k++) {
		unsigned part = 1u << (n - 1 - k);
		unsigned share = (blocks + part - 1) / part;
		looks->blocks[k] = (share + rows - 1) / rows * rows;
		if (k + 1 == n || looks->blocks[k] > blocks)
			looks->blocks[k] = blocks;
		if (looks->blocks[k] == 0 ||
		    (k > 0 && looks->blocks[k] <= looks->blocks[k - 1]))
			return false;
	}
	double each = looks_alpha(looks, alpha, 0) / (double)family;
	return looks->blocks[0] >= blocks_least(each);
}

void
looks_plan(looks_t *looks, unsigned most, unsigned blocks, unsigned rows,
    double alpha, size_t family)
{
	unsigned n = most < LOOKS_MAX ? most : LOOKS_MAX;
	while (n > 1 && !points_place(looks, n, blocks, rows, alpha,
			    family > 0 ? family : 1))
		n--;
	if (n <= 1)
		*looks = (looks_t){.n = 1, .blocks = {blocks}};
}

double
looks_alpha(const looks_t *looks, double alpha, unsigned look)
{
	double all = looks->blocks[looks->n - 1];
	double before = look == 0 ? 0 : looks->blocks[look - 1] / all;
	return spending_between(alpha, before, looks->blocks[look] / all);
}

double
looks_level(const looks_t *looks, double alpha, size_t blocks)
{
	unsigned look = 0;
	if (looks->n == 0)
		return alpha;
	while (look + 1 < looks->n && looks->blocks[look] < blocks)
		look++;
	return looks_alpha(looks, alpha, look);
}

unsigned
looks_find(const looks_t *looks, unsigned blocks)
{
	unsigned look = 0;
	while (look < looks->n && looks->blocks[look] != blocks)
		look++;
	return look;
}

unsigned
looks_stopped(const json_t *stop, const char *cell)
{
	const json_t *entry =
	    json_object_get(json_object_get(stop, "cells"), cell);
	json_int_t blocks =
	    json_integer_value(json_object_get(entry, "blocks"));
	return blocks > 0 ? (unsigned)blocks : 0;
}

json_t *
looks_to_json(const looks_t *looks)
{
	json_t *list = json_array();
	for (unsigned k = 0; k < looks->n; k++)
		json_array_append_new(
		    list, json_integer((json_int_t)looks->blocks[k]));
	return list;
}

void
looks_from_json(looks_t *looks, const json_t *list)
{
	size_t i;
	json_t *point;
	*looks = (looks_t){0};
	json_array_foreach(list, i, point)
	{
		json_int_t blocks = json_integer_value(point);
		json_int_t before =
		    looks->n > 0 ? looks->blocks[looks->n - 1] : 0;
		if (looks->n == LOOKS_MAX || blocks <= before) {
			*looks = (looks_t){0};
			return;
		}
		looks->blocks[looks->n++] = (unsigned)blocks;
	}
}
