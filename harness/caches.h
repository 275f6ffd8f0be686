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

/* [{"bytes":64,"fills":3,"flushes":1},...]: the classes that were filled or
 * flushed, summed over the page's arenas. */
json_t *caches_json(const struct ebb_stats_page *page);

#endif
