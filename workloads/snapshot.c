#include "snapshot.h"

#include "ebb/stats_page.h"
#include "hist.h"
#include "live.h"
#include "memcalls.h"

#include <stddef.h>
#include <sys/resource.h>

/* NULL with every allocator but ours. */
extern struct ebb_stats_page ebb_stats_page __attribute__((weak));
extern int mallctl(const char *name, void *old, size_t *old_size, void *new,
    size_t new_size) __attribute__((weak));

/* Of the calling thread. */
static _Thread_local struct {
	bool bound, counting;
	unsigned arena; /* when bound, of a process with a page */
	memcalls_t calls;
} own;

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

const char *
snapshot_bind(void)
{
	unsigned arena;
	size_t size = sizeof(arena);
	if (snapshot_has_page()) {
		own.bound =
		    mallctl != NULL &&
		    mallctl("thread.arena", &arena, &size, NULL, 0) == 0 &&
		    arena < EBB_STATS_PAGE_ARENAS;
		own.arena = own.bound ? arena : 0;
		return NULL;
	}
	const char *reason = memcalls_open(&own.calls);
	own.counting = reason == NULL;
	return reason;
}

void
snapshot_unbind(void)
{
	if (own.counting)
		memcalls_close(&own.calls);
	own.bound = own.counting = false;
}

static void
snapshot_of_arena(
    snapshot_t *s, const struct ebb_stats_arena *arena, uint32_t nbins)
{
	s->npurge += load(&arena->npurge);
	s->nmadvise += load(&arena->nmadvise);
	s->purged += load(&arena->purged);
	for (uint32_t b = 0; b < nbins && b < EBB_STATS_PAGE_BINS; b++) {
		s->nfills += load(&arena->nfills[b]);
		s->nflushes += load(&arena->nflushes[b]);
	}
}

static void
snapshot_of_page(snapshot_t *s, const struct ebb_stats_page *page)
{
	uint32_t nbins = __atomic_load_n(&page->nbins, __ATOMIC_RELAXED);
	if (own.bound) {
		snapshot_of_arena(s, &page->arenas[own.arena], nbins);
		return;
	}
	uint32_t narenas = __atomic_load_n(&page->narenas, __ATOMIC_RELAXED);
	for (uint32_t a = 0; a < narenas && a < EBB_STATS_PAGE_ARENAS; a++)
		snapshot_of_arena(s, &page->arenas[a], nbins);
}

void
snapshot_glance(snapshot_t *snapshot)
{
#define X(name) snapshot->name = 0;
	SNAPSHOT_PAGE(X)
#undef X
	if (snapshot_has_page())
		snapshot_of_page(snapshot, &ebb_stats_page);
	snapshot->memcalls = own.counting ? memcalls_count(&own.calls) : 0;
}

void
snapshot_take(snapshot_t *snapshot)
{
	struct rusage usage;
	getrusage(RUSAGE_THREAD, &usage);
	snapshot->minflt = (uint64_t)usage.ru_minflt;
	snapshot->majflt = (uint64_t)usage.ru_majflt;
	snapshot->nivcsw = (uint64_t)usage.ru_nivcsw;
	snapshot->nvcsw = (uint64_t)usage.ru_nvcsw;
	snapshot_glance(snapshot);
}

snapshot_t
snapshot_since(const snapshot_t *a, const snapshot_t *b)
{
	return (snapshot_t){
#define X(name) .name = b->name - a->name,
	    SNAPSHOT_TABLE(X)
#undef X
	};
}

snapshot_t
snapshot_sum(const snapshot_t *a, const snapshot_t *b)
{
	return (snapshot_t){
#define X(name) .name = a->name + b->name,
	    SNAPSHOT_TABLE(X)
#undef X
	};
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
