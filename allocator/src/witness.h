/*
 * The order of locks (allocator.md A.7), and in debug builds a list a thread
 * of those it holds. Acquiring a lock whose rank is not above those of all
 * held ones stops the program with both names, whether or not it would have
 * deadlocked this time. In other builds the functions are empty.
 */
#ifndef EBB_WITNESS_H
#define EBB_WITNESS_H

#include <stdint.h>

#include "compiler.h"

/* Ten times the rank of A.7, so that locks of our own find room between. */
typedef enum witness_rank_e {
	WITNESS_RANK_OMIT = 0, /* not watched */
	WITNESS_RANK_INIT = 10,
	WITNESS_RANK_CTL = 10,
	WITNESS_RANK_TCACHES = 20,
	WITNESS_RANK_ARENAS = 30,
	WITNESS_RANK_THREAD = 40, /* the pool of thread records */
	WITNESS_RANK_ARENA = 90,
	WITNESS_RANK_ARENA_CHUNKS = 100,
	WITNESS_RANK_ARENA_NODE_CACHE = 110,
	WITNESS_RANK_RTREE = 115,
	WITNESS_RANK_BASE = 120,
	WITNESS_RANK_TCACHE_STACK = 130,
	/* Two leaves are never held together: bins, the list of huge. */
	WITNESS_RANK_LEAF = 0xffffffffu
} witness_rank_t;

/* A lock as the order sees it. Immutable; lives in the lock. */
typedef struct witness_s {
	const char *name;
	witness_rank_t rank;
} witness_t;

/* Locks a thread may hold at a time, without those held for fork. */
#define WITNESS_HELD_MAX 16

#ifdef EBB_DEBUG

/* Stops the program unless the thread may wait for this lock now. */
void witness_lock_check(const witness_t *w);
/* The thread got the lock. */
void witness_lock(const witness_t *w);
/* The thread gives up the lock; stops the program if it does not hold it. */
void witness_unlock(const witness_t *w);
/* Stop the program unless the thread holds, or does not hold, the lock. */
void witness_assert_owner(const witness_t *w);
void witness_assert_not_owner(const witness_t *w);
/* Stops the program if the thread holds a lock of this rank or a higher one. */
void witness_assert_none_from(witness_rank_t rank);
/*
 * Locks taken for fork are many and of equal ranks; they are not put on the
 * list, but have to come in order of rank.
 */
void witness_prefork(const witness_t *w);
void witness_postfork_parent(void);
/* The child's only thread holds nothing. */
void witness_postfork_child(void);

#else

EBB_INLINE void
witness_lock_check(const witness_t *w)
{
	(void)w;
}

EBB_INLINE void
witness_lock(const witness_t *w)
{
	(void)w;
}

EBB_INLINE void
witness_unlock(const witness_t *w)
{
	(void)w;
}

EBB_INLINE void
witness_assert_owner(const witness_t *w)
{
	(void)w;
}

EBB_INLINE void
witness_assert_not_owner(const witness_t *w)
{
	(void)w;
}

EBB_INLINE void
witness_assert_none_from(witness_rank_t rank)
{
	(void)rank;
}

EBB_INLINE void
witness_prefork(const witness_t *w)
{
	(void)w;
}

EBB_INLINE void
witness_postfork_parent(void)
{
}

EBB_INLINE void
witness_postfork_child(void)
{
}

#endif /* EBB_DEBUG */

#endif /* EBB_WITNESS_H */
