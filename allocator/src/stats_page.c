#include "stats_page.h"

#include "sz.h"

struct ebb_stats_page ebb_stats_page = {
    .magic = EBB_STATS_PAGE_MAGIC,
    .version = EBB_STATS_PAGE_VERSION,
    .size = sizeof(struct ebb_stats_page),
    .page_size = PAGE,
    .nbins = EBB_STATS_PAGE_BINS,
    .features = EBB_STATS_HAS_LOCK_WAITS | EBB_STATS_HAS_NTICKS,
};

static struct ebb_stats_arena stats_page_overflow;

struct ebb_stats_arena *
stats_page_arena(unsigned ind)
{
	return ind < EBB_STATS_PAGE_ARENAS ? &ebb_stats_page.arenas[ind]
					   : &stats_page_overflow;
}
