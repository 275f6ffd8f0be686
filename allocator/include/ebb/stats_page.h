/*
 * The statistics page: what an observer may read of a running process from
 * outside (process_vm_readv), without a call into it, a lock or an epoch.
 *
 * libebb exports one object of this type, `ebb_stats_page`. Every counter is
 * stored with a relaxed atomic at a place where the allocator holds the lock
 * of the structure it describes anyway; each value is current, but two values
 * may be from different moments. The layout only grows: a reader checks magic
 * and version, and reads at most `size` bytes.
 */
#ifndef EBB_STATS_PAGE_H
#define EBB_STATS_PAGE_H

#include <stdint.h>

#define EBB_STATS_PAGE_MAGIC 0x45424253u /* "SBBE" in memory order */
#define EBB_STATS_PAGE_VERSION 1u
/* Arenas with a slot of their own; further arenas are not in the page. */
#define EBB_STATS_PAGE_ARENAS 32u
/* Classes that a thread cache may hold: 36 small, then large ones. */
#define EBB_STATS_PAGE_BINS 64u
/* Bits of `features`: what the writer counts beyond the first version of this
 * page. Where the bit is 0, the counter's 0 means nothing. */
#define EBB_STATS_HAS_LOCK_WAITS 1u
#define EBB_STATS_HAS_NTICKS 2u

struct ebb_stats_arena {
	uint64_t pactive;  /* pages of allocated runs and huge allocations */
	uint64_t pdirty;   /* pages freed, not yet given back */
	uint64_t npurge;   /* purge passes that found something */
	uint64_t nmadvise; /* runs and chunk ranges given back in them */
	uint64_t purged;   /* pages given back */
	uint64_t mapped;   /* bytes of chunks in use */
	uint64_t retained; /* bytes of address space kept without memory */
	uint64_t dirtied;  /* pages that ever became dirty by a free */
	uint64_t last_chance_ns; /* CLOCK_MONOTONIC_COARSE of the last time
				  * that this arena's policy was consulted */
	uint64_t nticks; /* units of activity after which threads asked the
			  * policy: mallocs and frees that reached the arena,
			  * objects that caches flushed, their collections */
	uint64_t reserved[6];
	uint64_t nfills[EBB_STATS_PAGE_BINS];   /* thread cache refills */
	uint64_t nflushes[EBB_STATS_PAGE_BINS]; /* ... and flushes */
};

struct ebb_stats_page {
	uint32_t magic;
	uint32_t version;
	uint32_t size;         /* sizeof(struct ebb_stats_page) of the writer */
	uint32_t page_size;    /* bytes of a page in the counters above */
	uint32_t narenas;      /* arenas created so far */
	uint32_t nbins;        /* classes in use in nfills and nflushes */
	uint64_t base_mapped;  /* bytes mapped for metadata */
	uint64_t tcache_bytes; /* bytes cached by threads, as of each
				* thread's last round of collections */
	uint64_t features;     /* EBB_STATS_HAS_..., of the build */
	uint64_t lock_waits;   /* a lock was not to be had at once */
	uint64_t reserved[10];
	struct ebb_stats_arena arenas[EBB_STATS_PAGE_ARENAS];
};

#endif /* EBB_STATS_PAGE_H */
