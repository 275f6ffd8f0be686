#include "init.h"

#include <pthread.h>
#include <stdlib.h>

#include "arenas.h"
#include "conf.h"
#include "ctl.h"
#include "fork.h"
#include "mutex.h"
#include "pages.h"
#include "stats.h"
#include "tcache.h"
#include "thread.h"

_Atomic bool malloc_initialized;

static struct {
	malloc_mutex_t lock;
	/* Whose TLS is at this address is initializing; NULL: nobody. */
	_Atomic(void *) thread;
	_Atomic bool a0_ready; /* arena 0 can serve */
	bool failed;           /* guard: lock */
} init = {.lock = MALLOC_MUTEX_INITIALIZER("init", WITNESS_RANK_INIT)};

/* What needs no allocation by anybody. */
static bool
malloc_init_hard_a0(void)
{
	conf_boot();
	if (pages_boot() || ctl_boot() || arenas_boot0())
		return true;
	tcache_boot();
	atomic_store(&init.a0_ready, true);
	return false;
}

/* What may allocate in the functions it uses: arena 0 serves them. */
static bool
malloc_init_hard_recursible(void)
{
	/* The key first: see thread_boot. */
	if (thread_boot())
		return true;
	arenas_boot1();
	if (pthread_atfork(malloc_prefork, malloc_postfork_parent,
		malloc_postfork_child) != 0)
		return true;
	return opt_stats_print && atexit(stats_print_atexit) != 0;
}

static bool
malloc_init_hard_locked(void)
{
	if (malloc_init_hard_a0() || malloc_init_hard_recursible())
		return true;
	malloc_slow = opt_junk_alloc || opt_junk_free || opt_zero;
	thread_boot_done();
	return false;
}

bool
malloc_init_hard(void)
{
	if (atomic_load(&init.thread) == (void *)&tsd_tls)
		return !atomic_load(&init.a0_ready);
	malloc_mutex_lock(&init.lock);
	if (!atomic_load(&malloc_initialized) && !init.failed) {
		atomic_store(&init.thread, (void *)&tsd_tls);
		init.failed = malloc_init_hard_locked();
		atomic_store(&init.thread, NULL);
		atomic_store_explicit(
		    &malloc_initialized, !init.failed, memory_order_release);
	}
	malloc_mutex_unlock(&init.lock);
	return !atomic_load(&malloc_initialized);
}

__attribute__((constructor)) static void
malloc_constructor(void)
{
	(void)malloc_init();
}
