#include "caches.h"

uint64_t
caches_class_bytes(unsigned index)
{
	if (index == 0)
		return 8;
	unsigned group = (index - 1) / 4;
	unsigned step = (index - 1) % 4 + 1;
	if (group == 0)
		return UINT64_C(16) * step;
	uint64_t base = UINT64_C(64) << (group - 1);
	return base + step * (base / 4);
}

/* Small classes: the others come from the arena one by one. */
#define SMALL_CLASSES 36

/* Sums of a class over the arenas. */
typedef struct class_s class_t;
struct class_s {
	uint64_t fills, flushes;
};

static class_t
class_sum(const struct ebb_stats_page *page, unsigned index)
{
	class_t sum = {0};
	for (unsigned i = 0; i < page->narenas && i < EBB_STATS_PAGE_ARENAS;
	     i++) {
		sum.fills += page->arenas[i].nfills[index];
		sum.flushes += page->arenas[i].nflushes[index];
	}
	return sum;
}

json_t *
caches_json(const struct ebb_stats_page *page, const uint64_t *requests)
{
	json_t *list = json_array();
	for (unsigned b = 0; b < EBB_STATS_PAGE_BINS; b++) {
		class_t sum = class_sum(page, b);
		if (sum.fills + sum.flushes == 0)
			continue;
		json_t *one = json_pack("{s:I,s:I,s:I}", "bytes",
		    (json_int_t)caches_class_bytes(b), "fills",
		    (json_int_t)sum.fills, "flushes", (json_int_t)sum.flushes);
		if (requests != NULL)
			json_object_set_new(one, "requests",
			    json_integer((json_int_t)requests[b]));
		json_array_append_new(list, one);
	}
	return list;
}

double
caches_hit_rate(const struct ebb_stats_page *page, const uint64_t *requests)
{
	uint64_t fills = 0, all = 0;
	for (unsigned b = 0; requests != NULL && b < SMALL_CLASSES; b++) {
		fills += class_sum(page, b).fills;
		all += requests[b];
	}
	return fills == 0 || all < fills ? -1 : 1 - (double)fills / (double)all;
}
