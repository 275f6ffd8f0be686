/*
 * A lock that spins briefly before it sleeps, where the system has one, and
 * that knows its place in the order of locks in debug builds (witness.h).
 */
#ifndef EBB_MUTEX_H
#define EBB_MUTEX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "assert.h"
#include "compiler.h"
#include "witness.h"

/* Only debug builds carry the witness: bins are counted in bytes (E-57). */
typedef struct malloc_mutex_s {
	pthread_mutex_t lock;
#ifdef EBB_DEBUG
	witness_t witness;
#endif
} malloc_mutex_t;

#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
#	define MALLOC_MUTEX_PTHREAD_INITIALIZER \
		PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
#else
#	define MALLOC_MUTEX_PTHREAD_INITIALIZER PTHREAD_MUTEX_INITIALIZER
#endif

#ifdef EBB_DEBUG
#	define MALLOC_MUTEX_WITNESS(m) (&(m)->witness)
#	define MALLOC_MUTEX_INITIALIZER(name, rank)      \
		{                                         \
			MALLOC_MUTEX_PTHREAD_INITIALIZER, \
			{                                 \
				name, rank                \
			}                                 \
		}
#else
#	define MALLOC_MUTEX_WITNESS(m) ((const witness_t *)NULL)
#	define MALLOC_MUTEX_INITIALIZER(name, rank)     \
		{                                        \
			MALLOC_MUTEX_PTHREAD_INITIALIZER \
		}
#endif

/* Returns true on error. The name is kept, not copied. */
bool
malloc_mutex_init(malloc_mutex_t *m, const char *name, witness_rank_t rank);

/* Counts that the lock was not free at once, and waits for it. Returns 0 or
 * what pthread_mutex_lock says. */
int malloc_mutex_wait(malloc_mutex_t *m);

EBB_INLINE void
malloc_mutex_lock(malloc_mutex_t *m)
{
	witness_lock_check(MALLOC_MUTEX_WITNESS(m));
	int err = pthread_mutex_trylock(&m->lock);
	if (unlikely(err != 0))
		err = malloc_mutex_wait(m);
	assert(err == 0);
	(void)err;
	witness_lock(MALLOC_MUTEX_WITNESS(m));
}

/*
 * Returns true if the lock was not to be had. It never waits, so any order is
 * allowed.
 */
EBB_INLINE bool
malloc_mutex_trylock(malloc_mutex_t *m)
{
	if (pthread_mutex_trylock(&m->lock) != 0)
		return true;
	witness_lock(MALLOC_MUTEX_WITNESS(m));
	return false;
}

EBB_INLINE void
malloc_mutex_unlock(malloc_mutex_t *m)
{
	witness_unlock(MALLOC_MUTEX_WITNESS(m));
	int err = pthread_mutex_unlock(&m->lock);
	assert(err == 0);
	(void)err;
}

/* Debug builds: the calling thread holds, or does not hold, the lock. */
EBB_INLINE void
malloc_mutex_assert_owner(malloc_mutex_t *m)
{
	(void)m;
	witness_assert_owner(MALLOC_MUTEX_WITNESS(m));
}

EBB_INLINE void
malloc_mutex_assert_not_owner(malloc_mutex_t *m)
{
	(void)m;
	witness_assert_not_owner(MALLOC_MUTEX_WITNESS(m));
}

/*
 * Around fork: acquire in order of rank before; release in the parent; make
 * anew in the child, whose thread is not the one that locked.
 */
void malloc_mutex_prefork(malloc_mutex_t *m);
void malloc_mutex_postfork_parent(malloc_mutex_t *m);
void malloc_mutex_postfork_child(malloc_mutex_t *m);

#endif /* EBB_MUTEX_H */
