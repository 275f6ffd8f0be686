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

json_t *
caches_json(const struct ebb_stats_page *page)
{
	json_t *list = json_array();
	unsigned n = page->narenas < EBB_STATS_PAGE_ARENAS
			 ? page->narenas
			 : EBB_STATS_PAGE_ARENAS;
	for (unsigned b = 0; b < EBB_STATS_PAGE_BINS; b++) {
		uint64_t fills = 0, flushes = 0;
		for (unsigned i = 0; i < n; i++) {
			fills += page->arenas[i].nfills[b];
			flushes += page->arenas[i].nflushes[b];
		}
		if (fills + flushes > 0)
			json_array_append_new(
			    list, json_pack("{s:I,s:I,s:I}", "bytes",
				      (json_int_t)caches_class_bytes(b),
				      "fills", (json_int_t)fills, "flushes",
				      (json_int_t)flushes));
	}
	return list;
}
