#include "relative.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "text.h"

size_t
relative_reference(const dataset_t *data)
{
	for (size_t a = 0; a < data->narms; a++)
		if (strcmp(data->arms[a].kind, "glibc") == 0)
			return a;
	return RELATIVE_NONE;
}

size_t
relative_logs(const dataset_t *data, size_t cell, size_t arm, size_t reference,
    const metric_t *metric, double *out)
{
	double *values = text_memory(2 * data->nblocks, sizeof(*values));
	double *base = values + data->nblocks;
	dataset_values(data, cell, arm, metric, values, NULL);
	if (reference == RELATIVE_NONE)
		for (size_t b = 0; b < data->nblocks; b++)
			base[b] = 1;
	else
		dataset_values(data, cell, reference, metric, base, NULL);
	bool zero = false;
	for (size_t b = 0; b < data->nblocks; b++)
		zero |= values[b] <= 0;
	size_t n =
	    zero ? 0 : stats_log_ratios(values, base, data->nblocks, out);
	free(values);
	return n;
}

size_t
relative_cell(const dataset_t *data, const char *name)
{
	for (size_t c = 0; c < data->ncells; c++)
		if (strcmp(data->cells[c].name, name) == 0)
			return c;
	return RELATIVE_NONE;
}

size_t
relative_arm(const dataset_t *data, const char *name)
{
	for (size_t a = 0; a < data->narms; a++)
		if (strcmp(data->arms[a].name, name) == 0)
			return a;
	return RELATIVE_NONE;
}
