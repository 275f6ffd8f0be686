/*
 * Huge objects: one or more whole chunks each, found by the radix tree.
 */
#ifndef EBB_HUGE_H
#define EBB_HUGE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

/* usize: a huge class; alignment: a power of two. NULL: no memory. The result
 * is chunk-aligned. */
void *huge_palloc(arena_t *arena, size_t usize, size_t alignment, bool zero);
void *huge_malloc(arena_t *arena, size_t usize, bool zero);
/* The node of the huge object that starts at ptr, NULL if there is none. Any
 * pointer. */
extent_node_t *huge_lookup(const void *ptr);
size_t huge_salloc(extent_node_t *node);
/* Result: the arena it belonged to. */
arena_t *huge_dalloc(extent_node_t *node);
/* In place; oldsize and both new ones are huge classes. true: not possible. */
bool huge_ralloc_no_move(
    extent_node_t *node, size_t usize_min, size_t usize_max, bool zero);

#endif /* EBB_HUGE_H */
