#include "snapshot.h"

#include "ebb/stats_page.h"
#include "hist.h"
#include "live.h"

#include <sys/resource.h>

/* NULL with every allocator but ours. */
extern struct ebb_stats_page ebb_stats_page __attribute__((weak));

static uint64_t
load(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

bool
snapshot_has_page(void)
{
	const struct ebb_stats_page *page = &ebb_stats_page;
	return page != NULL && page->magic == EBB_STATS_PAGE_MAGIC &&
	       page->version == EBB_STATS_PAGE_VERSION;
}

static void
snapshot_of_page(snapshot_t *s, const struct ebb_stats_page *page)
{
	uint32_t narenas = __atomic_load_n(&page->narenas, __ATOMIC_RELAXED);
	uint32_t nbins = __atomic_load_n(&page->nbins, __ATOMIC_RELAXED);
	for (uint32_t a = 0; a < narenas && a < EBB_STATS_PAGE_ARENAS; a++) {
		const struct ebb_stats_arena *arena = &page->arenas[a];
		s->npurge += load(&arena->npurge);
		for (uint32_t b = 0; b < nbins && b < EBB_STATS_PAGE_BINS;
		     b++) {
			s->nfills += load(&arena->nfills[b]);
			s->nflushes += load(&arena->nflushes[b]);
		}
	}
}

void
snapshot_take(snapshot_t *snapshot)
{
	struct rusage usage;
	getrusage(RUSAGE_THREAD, &usage);
	*snapshot = (snapshot_t){
	    .minflt = (uint64_t)usage.ru_minflt,
	    .nivcsw = (uint64_t)usage.ru_nivcsw,
	    .nvcsw = (uint64_t)usage.ru_nvcsw,
	};
	if (snapshot_has_page())
		snapshot_of_page(snapshot, &ebb_stats_page);
}

uint64_t
snapshot_cost(void)
{
	static hist_t seen;
	snapshot_t snapshot;
	hist_init(&seen);
	for (int i = 0; i < 1001; i++) {
		uint64_t begin = ebb_live_clock();
		snapshot_take(&snapshot);
		hist_record(&seen, ebb_live_clock() - begin);
	}
	return hist_quantile(&seen, 0.5);
}
