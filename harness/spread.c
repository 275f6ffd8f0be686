#include "spread.h"

#include <math.h>
#include <stdlib.h>

#include "store.h"
#include "text.h"

const char *
judged_name(judged_t judged)
{
	static const char *const names[JUDGED] = {
	    [JUDGED_TIME] = "work_ns", [JUDGED_MEMORY] = "rss_mean"};
	return names[judged];
}

void
spread_estimate(
    spread_t *spread, const double *log_ratio, size_t n, const char *source)
{
	double mean = 0, squares = 0;
	if (n < SPREAD_PAIRS_LEAST)
		return;
	for (size_t i = 0; i < n; i++)
		mean += log_ratio[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (log_ratio[i] - mean) * (log_ratio[i] - mean);
	spread->sd = sqrt(squares / (double)(n - 1));
	spread->pairs = n;
	free(spread->source);
	spread->source = text_copy(source);
}

void
spread_release(spread_t *spread)
{
	free(spread->source);
	*spread = (spread_t){0};
}

void
spread_levels_free(spread_levels_t *levels)
{
	if (levels == NULL)
		return;
	free(levels->arm);
	free(levels->baseline);
	free(levels);
}

/* ------------------------------------------------------------------ JSON -- */

json_t *
spread_to_json(const spread_t *spread)
{
	return json_pack("{s:f,s:i,s:s}", "sd", spread->sd, "pairs",
	    (int)spread->pairs, "source", spread->source);
}

void
spread_from_json(spread_t *spread, const json_t *json)
{
	int64_t pairs = sample_number(json, "pairs");
	*spread = (spread_t){0};
	if (pairs <= 0)
		return;
	spread->sd = json_number_value(json_object_get(json, "sd"));
	spread->pairs = (size_t)pairs;
	spread->source = text_copy(sample_text(json, "source"));
}

/* An object of a number for each level; none for one that is not known. */
static json_t *
levels_pack(const double *values)
{
	json_t *json = json_object();
	for (int l = 0; l < LEVELS; l++)
		if (!isnan(values[l]))
			json_object_set_new(
			    json, level_name((level_t)l), json_real(values[l]));
	return json;
}

static json_t *
counts_pack(const size_t *counts)
{
	json_t *json = json_object();
	for (int l = 0; l < LEVELS; l++)
		if (counts[l] > 0)
			json_object_set_new(json, level_name((level_t)l),
			    json_integer((json_int_t)counts[l]));
	return json;
}

static void
levels_unpack(const json_t *json, double *values)
{
	for (int l = 0; l < LEVELS; l++) {
		const json_t *value =
		    json_object_get(json, level_name((level_t)l));
		values[l] =
		    json_is_number(value) ? json_number_value(value) : NAN;
	}
}

static void
counts_unpack(const json_t *json, size_t *counts)
{
	for (int l = 0; l < LEVELS; l++)
		counts[l] = (size_t)sample_number(json, level_name((level_t)l));
}

json_t *
spread_levels_to_json(const spread_levels_t *levels)
{
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:i}", "arm", levels->arm,
	    "baseline", levels->baseline, "repeated",
	    counts_pack(levels->levels.n), "variance",
	    levels_pack(levels->levels.variance), "cost_s",
	    levels_pack(levels->cost), "best", counts_pack(levels->best),
	    "slices", (int)levels->slices);
}

spread_levels_t *
spread_levels_from_json(const json_t *json)
{
	if (!json_is_object(json))
		return NULL;
	spread_levels_t *levels = text_memory(1, sizeof(*levels));
	levels->arm = text_copy(sample_text(json, "arm"));
	levels->baseline = text_copy(sample_text(json, "baseline"));
	levels->slices = (size_t)sample_number(json, "slices");
	counts_unpack(json_object_get(json, "repeated"), levels->levels.n);
	counts_unpack(json_object_get(json, "best"), levels->best);
	levels_unpack(
	    json_object_get(json, "variance"), levels->levels.variance);
	levels_unpack(json_object_get(json, "cost_s"), levels->cost);
	return levels;
}
