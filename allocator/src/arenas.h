/*
 * Which arena: how many there are, and the binding of threads to them.
 */
#ifndef EBB_ARENAS_H
#define EBB_ARENAS_H

#include <stdbool.h>

#include "arena.h"
#include "tsd.h"

/* More than that cannot be named by MALLOCX_ARENA. */
#define ARENAS_MAX 4094u

extern unsigned opt_narenas; /* 0: one for each CPU allowed, at least 2 */

/* Arenas that threads are bound to without being asked. */
unsigned narenas_auto_get(void);
/* Those, and the ones made by arenas_extend. */
unsigned narenas_total_get(void);
/* NULL: not there, and not to be created, or no memory. */
arena_t *arena_get(unsigned ind, bool create);
/* Makes another arena; its index in *ind. true: no memory or no index. */
bool arenas_extend(unsigned *ind);

arena_t *arena_choose_hard(tsd_t *tsd);

/* The arena a thread's memory comes from; binds the thread at its first call.
 * tsd NULL: arena 0. */
EBB_INLINE arena_t *
arena_choose(tsd_t *tsd)
{
	if (likely(tsd != NULL && tsd->arena != NULL))
		return tsd->arena;
	return arena_choose_hard(tsd);
}

/* Moves the thread, and its cache's statistics, to another arena. */
void arena_migrate(tsd_t *tsd, arena_t *arena);
/* The end of a thread. */
void arena_unbind(tsd_t *tsd);
/* A thread's ticker for the arena fired: asks its policy, and that of one arena
 * that has no thread left to tick for it (E-23). No lock may be held. */
void arena_decay_fired(arena_t *arena);

/* CPUs this process may use: the lesser of its affinity and its cgroup's
 * quota, at least 1. Read when arenas_boot runs. */
unsigned arenas_ncpus(void);

/* Once, in this order: arena 0 alone, then the number of arenas. true: no
 * memory. */
bool arenas_boot0(void);
void arenas_boot1(void);

/* In order of rank: fork.c has other locks between. */
void arenas_prefork0(void); /* the lock of this file */
void arenas_prefork1(void); /* arenas' locks, chunk and node locks */
void arenas_prefork2(void); /* leaves */
void arenas_postfork_parent(void);
void arenas_postfork_child(tsd_t *tsd);

#endif /* EBB_ARENAS_H */
