/*
 * Runs: how pages of arena chunks are given out and taken back. Every function
 * here wants arena.lock held.
 */
#ifndef EBB_ARENA_RUN_H
#define EBB_ARENA_RUN_H

#include "arena.h"

/* --------------------------------------------------------- arena_avail.c -- */
/* Heaps of free runs, and the ring of dirty ones (a run is in both). */
void arena_avail_insert(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned npages);
void arena_avail_remove(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned npages);
void arena_run_dirty_insert(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned npages);
void arena_run_dirty_remove(
    arena_t *arena, arena_chunk_t *chunk, unsigned pageind, unsigned npages);
/* A free run of at least size bytes, by policy_run_fit; NULL: none. */
arena_run_t *arena_run_first_best_fit(arena_t *arena, size_t size);
/* Order of runs: age of the chunk, then address. */
int arena_run_cmp(const treap_node_t *a, const treap_node_t *b);

/* --------------------------------------------------------- arena_chunk.c -- */
/* A wholly free chunk: the spare or a new one. The lock may be dropped and
 * taken again. NULL: no memory. */
arena_chunk_t *arena_chunk_alloc(arena_t *arena);
/* A chunk has become wholly free: it becomes the spare, and a former spare
 * goes back to the chunk layer. The lock may be dropped. */
void arena_chunk_dalloc(arena_t *arena, arena_chunk_t *chunk);
/* A node for a range that is going to the chunk layer; NULL: no memory. If none
 * is at hand, the lock is dropped and taken again. */
extent_node_t *arena_node_alloc(arena_t *arena);
/* Makes the spare an ordinary chunk with one free run. */
arena_chunk_t *arena_chunk_init_spare(arena_t *arena);

/* ----------------------------------------------------------- arena_run.c -- */
/* size: bytes, whole pages. NULL: no memory. The lock may be dropped. The
 * content is undefined; see arena_run_zero. */
arena_run_t *arena_run_alloc_large(arena_t *arena, size_t size);
arena_run_t *arena_run_alloc_small(arena_t *arena, size_t size, szind_t binind);
/* Takes size bytes off the front of a free run, for a large one. */
void arena_run_split_large(arena_t *arena, arena_run_t *run, size_t size);
/* Frees an allocated run of npages pages. dirty: it was written to since it
 * was allocated. cleaned: it was just purged. Neither: it is as dirty as its
 * map entry says. The lock may be dropped, since a purge may follow. */
void arena_run_dalloc(arena_t *arena, arena_run_t *run, unsigned npages,
    bool dirty, bool cleaned);
/* Cut an allocated large run and free the part cut off. Result of trim_head:
 * the run that is left. */
arena_run_t *arena_run_trim_head(
    arena_t *arena, arena_run_t *run, unsigned oldpages, unsigned newpages);
void arena_run_trim_tail(arena_t *arena, arena_run_t *run, unsigned oldpages,
    unsigned newpages, bool dirty);
/* Extends an allocated large run by the first npages pages of the free run
 * behind it. true: that run is too small or not free. */
bool arena_run_extend(
    arena_t *arena, arena_run_t *run, unsigned oldpages, unsigned npages);
/* Clears those of the pages first..first + npages - 1 of an allocated large run
 * that are not known to be zero. No lock is needed: the run is the caller's. */
void arena_run_zero(arena_chunk_t *chunk, unsigned first, unsigned npages);
/* After a purge, on an allocated large run: every page is clean. The inner
 * entries need no lock; the first and the last one are read by those who free a
 * neighbour. */
void arena_run_mark_clean_inside(
    arena_chunk_t *chunk, unsigned pageind, unsigned npages, bool zeroed);
void arena_run_mark_clean_ends(
    arena_chunk_t *chunk, unsigned pageind, unsigned npages, bool zeroed);

#endif /* EBB_ARENA_RUN_H */
