#include "mutex.h"

#include "stats_page.h"

#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
#	define MUTEX_TYPE PTHREAD_MUTEX_ADAPTIVE_NP
#else
#	define MUTEX_TYPE PTHREAD_MUTEX_DEFAULT
#endif

/* Returns true on error. */
static bool
mutex_pthread_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;
	if (pthread_mutexattr_init(&attr) != 0)
		return true;
	bool error = pthread_mutexattr_settype(&attr, MUTEX_TYPE) != 0 ||
		     pthread_mutex_init(lock, &attr) != 0;
	pthread_mutexattr_destroy(&attr);
	return error;
}

bool
malloc_mutex_init(malloc_mutex_t *m, const char *name, witness_rank_t rank)
{
#ifdef EBB_DEBUG
	m->witness = (witness_t){name, rank};
#else
	(void)name;
	(void)rank;
#endif
	return mutex_pthread_init(&m->lock);
}

int
malloc_mutex_wait(malloc_mutex_t *m)
{
	stats_page_add_shared(&ebb_stats_page.lock_waits, 1);
	return pthread_mutex_lock(&m->lock);
}

void
malloc_mutex_prefork(malloc_mutex_t *m)
{
	witness_prefork(MALLOC_MUTEX_WITNESS(m));
	pthread_mutex_lock(&m->lock);
}

void
malloc_mutex_postfork_parent(malloc_mutex_t *m)
{
	witness_postfork_parent();
	pthread_mutex_unlock(&m->lock);
}

void
malloc_mutex_postfork_child(malloc_mutex_t *m)
{
	witness_postfork_child();
	if (mutex_pthread_init(&m->lock))
		safety_check_fail("cannot make a lock in the child of fork");
}
