#include "returned.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"
#include "text.h"

const char *const returned_call_names[RETURNED_CALLS] = {
    [RETURNED_DONTNEED] = "madvise_dontneed",
    [RETURNED_FREE] = "madvise_free",
    [RETURNED_PROCESS_MADVISE] = "process_madvise",
    [RETURNED_MUNMAP] = "munmap",
};

static const char head[] = "t_ns,call,count,bytes\n";

/* One sample's bytes, on the grid. */
typedef double bytes_t[RETURNED_CALLS][CURVE_POINTS];

/* Adds a row's bytes at the first point of the grid behind it. Calls that
 * give nothing back, and what is beyond the grid, are left out. */
static void
row_add(double (*bytes)[CURVE_POINTS], const char *line, double step_s)
{
	double t_ns, given;
	char call[32];
	if (sscanf(line, "%lf,%31[^,],%*u,%lf", &t_ns, call, &given) != 3 ||
	    t_ns < 0)
		return;
	double point = ceil(t_ns / 1e9 / step_s);
	if (point > CURVE_POINTS - 1)
		return;
	for (int c = 0; c < RETURNED_CALLS; c++)
		if (strcmp(call, returned_call_names[c]) == 0)
			bytes[c][(size_t)point] += given;
}

static bool
file_add(bytes_t *bytes, const char *path, double step_s, fault_t *fault)
{
	char line[256];
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return fault_set_errno(fault, "cannot read '%s'", path);
	bool census = fgets(line, sizeof(line), stream) != NULL &&
		      strcmp(line, head) == 0;
	while (census && fgets(line, sizeof(line), stream) != NULL)
		row_add(*bytes, line, step_s);
	fclose(stream);
	return census ? false
		      : fault_set(fault,
			    "'%s' is no census: its head is not "
			    "'%.*s'",
			    path, (int)sizeof(head) - 2, head);
}

/* Each point becomes the sum up to it. */
static void
bytes_cumulate(double (*bytes)[CURVE_POINTS])
{
	for (int c = 0; c < RETURNED_CALLS; c++)
		for (size_t i = 1; i < CURVE_POINTS; i++)
			bytes[c][i] += bytes[c][i - 1];
}

static void
returned_median(returned_t *returned, const bytes_t *all, double *x)
{
	for (int c = 0; c < RETURNED_CALLS; c++)
		for (size_t i = 0; i < CURVE_POINTS; i++) {
			for (size_t s = 0; s < returned->samples; s++)
				x[s] = all[s][c][i];
			returned->bytes[c][i] =
			    stats_median(x, returned->samples);
		}
}

bool
returned_read(returned_t *returned, const dataset_t *data, size_t cell,
    size_t arm, double step_s, fault_t *fault)
{
	*returned = (returned_t){0};
	size_t most = dataset_tally(data, cell, arm, FROM_CENSUS).ok;
	bytes_t *all = text_memory(most, sizeof(*all));
	bool failed = false;
	for (size_t i = 0; step_s > 0 && i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		if (!s->ok || s->cell != cell || s->arm != arm ||
		    s->source != FROM_CENSUS)
			continue;
		char *path = dataset_raw(data, s, "census");
		if (path == NULL)
			continue;
		bytes_t *bytes = &all[returned->samples];
		if (file_add(bytes, path, step_s, fault)) {
			failed = true;
		} else {
			bytes_cumulate(*bytes);
			returned->samples++;
		}
		free(path);
	}
	double *x = text_memory(returned->samples, sizeof(*x));
	if (returned->samples > 0)
		returned_median(returned, all, x);
	free(x);
	free(all);
	return failed;
}
