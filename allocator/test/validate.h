/*
 * Whole-structure checks of an arena, for tests: everything that
 * allocator.md A.10 calls invariant, by walking all there is.
 */
#ifndef EBB_TEST_VALIDATE_H
#define EBB_TEST_VALIDATE_H

#include "arena.h"

/*
 * Takes the arena's locks. No purge of it may be under way, nor a thread be in
 * the middle of resizing one of its objects in place.
 *
 * Result: NULL, or the text of the first statement found to be false (a
 * constant).
 */
const char *arena_validate(arena_t *arena);

/* arena_validate for all arenas. */
const char *arenas_validate(void);

#endif /* EBB_TEST_VALIDATE_H */
