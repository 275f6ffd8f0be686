/*
 * Arenas: the data model of layer L4, and the operations other layers use.
 *
 * An arena chunk is 2 MiB that is cut into runs. Its header takes the first
 * ARENA_MAP_BIAS pages and describes each page in five parallel arrays, indexed
 * by the page's number in the chunk (arena_map.h is the only file that decodes
 * them):
 *
 *   kind     one byte: the class of the objects that start in the page. All
 *            that free reads of a chunk's header on its fast path (E-3).
 *   mapbits  flags and size of runs (A.4).
 *   nfree    free regions of the small run that starts there.
 *   runs     the run's place in a heap: arena.runs_avail while it is free,
 *            bin.runs while it is a small run that has free regions.
 *   side     its place on the ring of dirty runs while it is free and dirty;
 *            the bitmap of free regions while it is a small run (16 bytes for
 *            each of its pages; longer ones are elsewhere: arena_bin.c).
 *
 * That is 39 bytes a page, 5 of 512 pages, where the reference has 104 and 13
 * (E-12). A run is known by the address of its `runs` element.
 */
#ifndef EBB_ARENA_H
#define EBB_ARENA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "chunk.h"
#include "decay.h"
#include "extent.h"
#include "mutex.h"
#include "ql.h"
#include "stats_page.h"
#include "sz.h"
#include "treap.h"
#include "tsd.h"

#define ARENA_CHUNK_NPAGES ((unsigned)(CHUNKSIZE >> LG_PAGE))
#define ARENA_MAP_BIAS 5u
#define ARENA_CHUNK_NDATA (ARENA_CHUNK_NPAGES - ARENA_MAP_BIAS)
#define ARENA_MAXRUN (CHUNKSIZE - ((size_t)ARENA_MAP_BIAS << LG_PAGE))

typedef struct arena_run_s {
	treap_node_t link;
} arena_run_t;

typedef union arena_side_u {
	qr_t rd;              /* free and dirty */
	uint64_t bitmap[2];   /* small; continues in the next pages' slots */
	uint64_t *bitmap_far; /* small, of a class whose bitmap needs more */
} arena_side_t;

typedef struct arena_chunk_s {
	extent_node_t node;  /* guard: arena.lock; addr, arena, sn immutable */
	_Atomic bool nohuge; /* the kernel was told not to use a huge page */
	uint8_t kind[ARENA_CHUNK_NPAGES];
	uint32_t mapbits[ARENA_CHUNK_NPAGES];  /* guard: arena.lock; entries of
						* an allocated run may be read by
						* who holds an object in it */
	uint16_t nfree[ARENA_CHUNK_NPAGES];    /* guard: bin.lock */
	arena_run_t runs[ARENA_CHUNK_NPAGES];  /* guard: of the heap it is in */
	arena_side_t side[ARENA_CHUNK_NPAGES]; /* guard: rd arena.lock,
						* bitmap bin.lock */
} arena_chunk_t;

_Static_assert(sizeof(arena_chunk_t) <= (size_t)ARENA_MAP_BIAS << LG_PAGE,
    "the header fits ARENA_MAP_BIAS pages");
_Static_assert(ARENA_MAXRUN == SZ_MAXRUN, "sz.h knows the largest run");

typedef struct arena_bin_stats_s {
	uint64_t nmalloc;
	uint64_t ndalloc;
	uint64_t nrequests;
	size_t curregs;
	uint64_t nfills;
	uint64_t nflushes;
	uint64_t nruns;
	uint64_t reruns;
	size_t curruns;
} arena_bin_stats_t;

/* A bin has cache lines of its own: two threads in neighbouring classes do not
 * disturb each other (E-19). All fields are guarded by lock, a leaf; kept may
 * be compared with NULL without it. */
typedef struct arena_bin_s {
	malloc_mutex_t lock;
	arena_run_t *runcur; /* where regions are taken from; may be full */
	treap_t runs;        /* other runs with free regions, oldest first */
	arena_run_t *_Atomic kept; /* a wholly free run in no heap, or NULL */
	bool kept_idle; /* it has been there since the last trim or longer */
	arena_bin_stats_t stats;
} EBB_ALIGNED(128) arena_bin_t;

/* Of large and huge classes; guard: arena.lock. */
typedef struct arena_class_stats_s {
	uint64_t nmalloc;
	uint64_t ndalloc;
	uint64_t nrequests;
	size_t cur; /* live objects */
} arena_class_stats_t;

typedef struct arena_stats_s {
	size_t mapped;
	size_t metadata_mapped;
	uint64_t npurge;
	uint64_t nmadvise;
	uint64_t purged;
	size_t allocated_large;
	uint64_t nmalloc_large;
	uint64_t ndalloc_large;
	uint64_t nrequests_large;
	size_t allocated_huge;
	uint64_t nmalloc_huge;
	uint64_t ndalloc_huge;
	arena_class_stats_t lruns[NLCLASSES];
	arena_class_stats_t hchunks[NSIZES - NBINS - NLCLASSES];
} arena_stats_t;

#define RUNS_AVAIL 32 /* page classes up to a chunk */

typedef struct arena_s {
	unsigned ind;
	_Atomic unsigned nthreads; /* bound to it */
	struct ebb_stats_arena *page;

	malloc_mutex_t lock; /* guards all below that says nothing else */
	arena_stats_t stats;
	qr_t tsds;             /* thread records bound to this arena */
	uint64_t offset_state; /* for cache-oblivious placement */
	qr_t achunks;          /* arena chunks in use, the spare excluded */
	arena_chunk_t *spare;  /* one wholly free chunk, or NULL */
	size_t nactive;      /* pages in allocated runs and huge allocations */
	chunk_space_t space; /* partly guarded by locks of its own */
	treap_t runs_avail[RUNS_AVAIL];
	uint32_t runs_avail_nonempty; /* a bit for each (E-24) */
	uint64_t *bitmaps; /* unused far bitmaps, linked by first word */

	ssize_t lg_dirty_mult;
	decay_t decay;
	bool decay_due; /* the epoch advanced; the limit was not applied yet */
	unsigned purging; /* passes under way with the lock dropped */

	malloc_mutex_t huge_mtx; /* leaf; guards huge and its nodes' size */
	qr_t huge;

	arena_bin_t bins[NBINS];
} arena_t;

/* ------------------------------------------------------------- options --- */
typedef enum { PURGE_RATIO, PURGE_DECAY } purge_mode_t;

extern purge_mode_t opt_purge;
extern const char *const purge_mode_names[];
extern ssize_t opt_lg_dirty_mult; /* -1: never */
extern int64_t opt_decay_time;    /* ns; -1: never */
extern bool opt_thp;              /* tell the kernel where huge pages do harm */
/* What arenas created from now on start with. */
ssize_t arena_lg_dirty_mult_default_get(void);
void arena_lg_dirty_mult_default_set(ssize_t lg_dirty_mult);
int64_t arena_decay_time_default_get(void);
void arena_decay_time_default_set(int64_t decay_time);

extern bool opt_junk_alloc;
extern bool opt_junk_free;
extern bool opt_zero;

/* ------------------------------------------------------- arena.c: whole -- */
/* An arena without a number. NULL: no memory. No lock may be held. */
arena_t *arena_new(void);
/* Once, before any other thread knows it. */
void arena_ind_set(arena_t *arena, unsigned ind);
ssize_t arena_lg_dirty_mult_get(arena_t *arena);
void arena_lg_dirty_mult_set(arena_t *arena, ssize_t lg_dirty_mult);
int64_t arena_decay_time_get(arena_t *arena);
void arena_decay_time_set(arena_t *arena, int64_t decay_time);
/* The lock is held: copies the counters of the statistics page. */
void arena_page_publish(arena_t *arena);
void arena_prefork0(arena_t *arena); /* lock */
void arena_prefork3(arena_t *arena); /* bin locks, huge_mtx */
void arena_postfork_parent(arena_t *arena);
void arena_postfork_child(arena_t *arena);

/* -------------------------------------------------- arena_bin.c: small --- */
/* Fills the bin's stack, which is empty, with up to n objects. */
void arena_tcache_fill_small(
    arena_t *arena, tbin_t *tbin, szind_t binind, unsigned n);
/* One object, its content undefined unless zero. NULL: no memory. */
void *arena_malloc_small(arena_t *arena, szind_t binind, bool zero);
void arena_dalloc_small(void *ptr);
/* Frees those of the n objects at ptrs, all of the class, that belong to the
 * arena of the first, and moves the others to the front. Result: how many are
 * left. *freed_to: that arena. Adds *nrequests to the arena's counter and
 * clears it if the arena is `mine`. An address that is not an allocated object
 * stops the program. */
unsigned arena_flush_small(void **ptrs, unsigned n, szind_t binind,
    arena_t *mine, uint32_t *nrequests, arena_t **freed_to);
/* Gives back the wholly free run that each bin keeps for its next object. all:
 * even if it was needed since the last call. No lock is held. */
void arena_bins_trim(arena_t *arena, bool all);
/* Statistics of a thread that ends or is asked. */
void
arena_bin_nrequests_merge(arena_t *arena, szind_t binind, uint32_t *nrequests);

/* ------------------------------------------------ arena_large.c: large --- */
void *arena_malloc_large(arena_t *arena, szind_t ind, bool zero);
void *
arena_palloc_large(arena_t *arena, size_t usize, size_t alignment, bool zero);
void arena_dalloc_large(void *ptr);
/* As arena_flush_small, for a large class. */
unsigned arena_flush_large(void **ptrs, unsigned n, szind_t ind, arena_t *mine,
    uint32_t *nrequests, arena_t **freed_to);
void
arena_large_nrequests_merge(arena_t *arena, szind_t ind, uint32_t *nrequests);
/* In place, both sizes large. true: not possible, nothing changed. */
bool arena_ralloc_large_no_move(
    void *ptr, size_t oldsize, size_t usize_min, size_t usize_max, bool zero);

/* --------------------------------------- arena_huge.c: chunks for huge --- */
void *arena_chunk_alloc_huge(
    arena_t *arena, size_t usize, size_t alignment, size_t *sn, bool *zeroed);
void
arena_chunk_dalloc_huge(arena_t *arena, void *chunk, size_t usize, size_t sn);
/* The allocation stays in as many chunks. */
void
arena_chunk_ralloc_huge_similar(arena_t *arena, size_t oldsize, size_t usize);
void arena_chunk_ralloc_huge_shrink(
    arena_t *arena, extent_node_t *node, size_t oldsize, size_t usize);
/* true: the address range behind it is not to be had. */
bool arena_chunk_ralloc_huge_expand(
    arena_t *arena, void *chunk, size_t oldsize, size_t usize, bool *zeroed);

/* -------------------------------------------------- arena_purge.c -------- */
/* all: down to nothing; otherwise what the policy asks for. Free runs that bins
 * keep go too: all, or those that two purges have found unused. No lock held.
 */
void arena_purge(arena_t *arena, bool all);
/* The lock is held; it may be dropped and taken again. */
void arena_maybe_purge(arena_t *arena);
/* The lock is held. Called before pages become dirty: closes epochs that are
 * over, so that the pages are booked in the one in which they become dirty. */
void arena_decay_note(arena_t *arena);

#endif /* EBB_ARENA_H */
