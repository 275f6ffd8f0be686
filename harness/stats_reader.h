/*
 * The reader of a running process's statistics page (ebb/stats_page.h): from
 * outside, one system call a reading, nothing asked of the process.
 */
#ifndef EBB_HARNESS_STATS_READER_H
#define EBB_HARNESS_STATS_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ebb/stats_page.h"
#include "series.h"

typedef struct stats_reader_s stats_reader_t;
struct stats_reader_s {
	pid_t pid;
	int probe_fd;
	bool asked;                  /* the probe's answer was read */
	uint64_t address;            /* of the page; 0: none known */
	unsigned narenas;            /* read last time */
	struct ebb_stats_page *page; /* what was read last */
};

/* probe_fd: where the probe of that process writes its line; 0: no probe. */
void stats_reader_init(stats_reader_t *reader, pid_t pid, int probe_fd);
void stats_reader_release(stats_reader_t *reader);

/*
 * Reads the page, if the process has shown one, into the point's columns; its
 * time is that of the reading.
 */
void stats_reader_read(stats_reader_t *reader, point_t *point);

/*
 * What n arenas of a page say at the point's time: sums over them, the first
 * SERIES_ARENAS one by one, and how long dirty pages have waited. Pure.
 */
void stats_reader_fill(
    point_t *point, const struct ebb_stats_page *page, unsigned n);

#endif
