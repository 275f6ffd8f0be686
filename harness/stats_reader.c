#include "stats_reader.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "launch.h"
#include "text.h"

#define PAGE_HEADER offsetof(struct ebb_stats_page, arenas)

void
stats_reader_init(stats_reader_t *reader, pid_t pid, int probe_fd)
{
	*reader = (stats_reader_t){.pid = pid,
	    .probe_fd = probe_fd,
	    .page = text_memory(1, sizeof(*reader->page))};
}

void
stats_reader_release(stats_reader_t *reader)
{
	free(reader->page);
	reader->page = NULL;
}

/* Learns from the probe's line where the statistics page lies. */
static void
page_find(stats_reader_t *reader)
{
	static const char key[] = "\"stats_page\":{\"address\":\"";
	size_t size;
	if (reader->asked || reader->probe_fd == 0)
		return;
	char *line = launch_memory_read(reader->probe_fd, &size);
	reader->asked = size > 0 && line[size - 1] == '\n';
	const char *at = strstr(line, key);
	if (reader->asked && at != NULL)
		reader->address = strtoull(at + strlen(key), NULL, 16);
	free(line);
}

/* Reads the header and the first n arenas. */
static bool
page_read(const stats_reader_t *reader, unsigned n)
{
	size_t size = PAGE_HEADER + n * sizeof(struct ebb_stats_arena);
	struct iovec local = {reader->page, size};
	struct iovec remote = {(void *)(uintptr_t)reader->address, size};
	ssize_t got = process_vm_readv(reader->pid, &local, 1, &remote, 1, 0);
	return got == (ssize_t)size &&
	       reader->page->magic == EBB_STATS_PAGE_MAGIC &&
	       reader->page->version == EBB_STATS_PAGE_VERSION;
}

static unsigned
arenas_shown(const struct ebb_stats_page *page)
{
	return page->narenas < EBB_STATS_PAGE_ARENAS ? page->narenas
						     : EBB_STATS_PAGE_ARENAS;
}

static int64_t
sum_of(const uint64_t *counts)
{
	uint64_t sum = 0;
	for (unsigned b = 0; b < EBB_STATS_PAGE_BINS; b++)
		sum += counts[b];
	return (int64_t)sum;
}

/* The stamps are of a coarse clock, which may be behind by a few ms. */
static int64_t
age_of(const struct ebb_stats_arena *arena, uint64_t now)
{
	return now > arena->last_chance_ns
		   ? (int64_t)(now - arena->last_chance_ns)
		   : 0;
}

static void
arena_add(point_t *point, const struct ebb_stats_arena *arena)
{
	const int64_t sums[][2] = {
	    {SERIES_PACTIVE, (int64_t)arena->pactive},
	    {SERIES_PDIRTY, (int64_t)arena->pdirty},
	    {SERIES_NPURGE, (int64_t)arena->npurge},
	    {SERIES_NMADVISE, (int64_t)arena->nmadvise},
	    {SERIES_PURGED, (int64_t)arena->purged},
	    {SERIES_MAPPED, (int64_t)arena->mapped},
	    {SERIES_RETAINED, (int64_t)arena->retained},
	    {SERIES_DIRTIED, (int64_t)arena->dirtied},
	    {SERIES_NTICKS, (int64_t)arena->nticks},
	    {SERIES_NFILLS, sum_of(arena->nfills)},
	    {SERIES_NFLUSHES, sum_of(arena->nflushes)},
	};
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		int64_t *v = &point->v[sums[i][0]];
		*v = (*v == SERIES_NONE ? 0 : *v) + sums[i][1];
	}
	/* A policy that is asked at every free leaves no stamp. */
	if (arena->pdirty == 0 || arena->last_chance_ns == 0)
		return;
	int64_t age = age_of(arena, point->t_ns);
	if (age > point->v[SERIES_CHANCE_AGE])
		point->v[SERIES_CHANCE_AGE] = age;
}

void
stats_reader_fill(point_t *point, const struct ebb_stats_page *page, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct ebb_stats_arena *arena = &page->arenas[i];
		arena_add(point, arena);
		if (i >= SERIES_ARENAS)
			continue;
#define X(field, name) point->arenas[i].field = arena->field;
		SERIES_ARENA_TABLE(X)
#undef X
		point->narenas = i + 1;
	}
	/* A build that does not count these leaves 0. */
	if (!(page->features & EBB_STATS_HAS_NTICKS))
		point->v[SERIES_NTICKS] = SERIES_NONE;
	if (page->features & EBB_STATS_HAS_LOCK_WAITS)
		point->v[SERIES_LOCK_WAITS] = (int64_t)page->lock_waits;
}

void
stats_reader_read(stats_reader_t *reader, point_t *point)
{
	page_find(reader);
	if (reader->address == 0 || !page_read(reader, reader->narenas))
		return;
	if (arenas_shown(reader->page) > reader->narenas) {
		reader->narenas = arenas_shown(reader->page);
		if (!page_read(reader, reader->narenas))
			return;
	}
	stats_reader_fill(point, reader->page, reader->narenas);
}
