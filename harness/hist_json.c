#include "hist_json.h"

#include "store.h"

bool
hist_json_add(hist_t *all, const json_t *stored)
{
	size_t i;
	json_t *pair;
	const json_t *buckets = json_object_get(stored, "buckets");
	if (sample_number(stored, "lg_sub") != HIST_LG_SUB ||
	    !json_is_array(buckets))
		return false;
	static hist_t one; /* 58 KiB: not for the stack */
	hist_init(&one);
	json_array_foreach(buckets, i, pair)
	{
		json_int_t at = json_integer_value(json_array_get(pair, 0));
		json_int_t n = json_integer_value(json_array_get(pair, 1));
		if (at < 0 || n < 0 ||
		    !hist_record_bucket(&one, (size_t)at, (uint64_t)n))
			return false;
	}
	if (one.count > 0) {
		one.min = (uint64_t)sample_number(stored, "min");
		one.max = (uint64_t)sample_number(stored, "max");
	}
	hist_merge(all, &one);
	return true;
}
