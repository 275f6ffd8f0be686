/*
 * Thread caches by size class, from the statistics page.
 */
#ifndef EBB_HARNESS_CACHES_H
#define EBB_HARNESS_CACHES_H

#include <jansson.h>
#include <stdint.h>

#include "ebb/stats_page.h"

/*
 * Bytes of an object of the class with this index on the page: 8, 16, then
 * four a doubling, as size classes of jemalloc 4 with quantum 16.
 */
uint64_t caches_class_bytes(unsigned index);

/*
 * [{"bytes":64,"fills":3,"flushes":1,"requests":100},...]: the classes that
 * were filled or flushed, summed over the page's arenas. requests: by class
 * (EBB_STATS_PAGE_BINS); NULL, and not in it: unknown.
 */
json_t *
caches_json(const struct ebb_stats_page *page, const uint64_t *requests);

/*
 * The share of requests of small classes that a cache had an object for: each
 * fill was a request that found none. Negative when there is no such share: no
 * class was ever filled (there are no caches), or requests is NULL.
 */
double
caches_hit_rate(const struct ebb_stats_page *page, const uint64_t *requests);

#endif
