#include "thread.h"

#include <pthread.h>
#include <string.h>

#include "arenas.h"
#include "assert.h"
#include "base.h"
#include "bits.h"
#include "gc_event.h"
#include "tcache.h"
#include "tcache_stack.h"

bool malloc_slow;

static struct {
	_Atomic bool ready; /* threads get records */
	pthread_key_t key;
	malloc_mutex_t mtx;
	tsd_t *unused; /* guard: mtx */
} threads = {.mtx = MALLOC_MUTEX_INITIALIZER("threads", WITNESS_RANK_THREAD)};

/* -------------------------------------------------------------- records -- */

static tsd_t *
tsd_alloc(void)
{
	malloc_mutex_lock(&threads.mtx);
	tsd_t *tsd = threads.unused;
	if (tsd != NULL)
		threads.unused = tsd->next_free;
	malloc_mutex_unlock(&threads.mtx);
	if (tsd == NULL)
		return base_alloc(sizeof(*tsd));
	memset(tsd, 0, sizeof(*tsd));
	return tsd;
}

static void
tsd_dalloc(tsd_t *tsd)
{
	malloc_mutex_lock(&threads.mtx);
	tsd->next_free = threads.unused;
	threads.unused = tsd;
	malloc_mutex_unlock(&threads.mtx);
}

void
thread_events_set(tsd_t *tsd)
{
	/* 0 is always due. */
	tsd->alloc_event = malloc_slow ? 0 : tsd->allocated + TCACHE_GC_INCR;
	tsd->free_event = malloc_slow ? 0 : tsd->deallocated + TCACHE_GC_INCR;
}

tsd_t *
tsd_fetch_hard(void)
{
	if (tsd_get() == &tsd_exited_record ||
	    !atomic_load_explicit(&threads.ready, memory_order_acquire))
		return NULL;
	tsd_t *tsd = tsd_alloc();
	if (tsd == NULL)
		return NULL;
	qr_init(&tsd->link);
	tsd->tcache_enabled = config_tcache && opt_tcache;
	ticker_init(&tsd->gc_ticker, TCACHE_GC_EVENTS);
	thread_events_set(tsd);
	/* In use from here on: pthread_setspecific may allocate. */
	tsd_tls = tsd;
	if (pthread_setspecific(threads.key, tsd) != 0) {
		/* Its end would go unnoticed; it works without a record. */
		tsd_cleanup(tsd);
		tsd_tls = &tsd_boot_record;
		return NULL;
	}
	return tsd;
}

/* The end of the thread. Destructors of other libraries may run after this one
 * and allocate and free; they find the static record. */
void
tsd_cleanup(void *record)
{
	tsd_t *tsd = record;
	tcache_destroy(tsd);
	arena_unbind(tsd);
	tsd_tls = &tsd_exited_record;
	if (tsd->arenas_tdata != NULL)
		tcache_stack_dalloc(
		    (void **)tsd->arenas_tdata, tsd->narenas_tdata);
	tsd_dalloc(tsd);
}

/* -------------------------------------------------------------- tickers -- */

_Static_assert(sizeof(ticker_t) == sizeof(void *), "a ticker fills a slot");

ticker_t *
arena_tdata_get_hard(tsd_t *tsd, unsigned ind)
{
	unsigned n = narenas_total_get();
	if (n <= ind)
		n = ind + 1;
	n = (unsigned)pow2_ceil_u64(n);
	if (n < 1u << TCACHE_STACK_LG_MIN)
		n = 1u << TCACHE_STACK_LG_MIN;
	ticker_t *tickers = (ticker_t *)tcache_stack_alloc(n);
	if (tickers == NULL)
		return NULL;
	unsigned old = tsd->narenas_tdata;
	if (old != 0) {
		memcpy(tickers, tsd->arenas_tdata, old * sizeof(*tickers));
		tcache_stack_dalloc((void **)tsd->arenas_tdata, old);
	}
	for (unsigned i = old; i < n; i++)
		ticker_init(&tickers[i], DECAY_NTICKS_PER_UPDATE);
	tsd->arenas_tdata = tickers;
	tsd->narenas_tdata = n;
	return &tickers[ind];
}

/* ----------------------------------------------------------------- boot -- */

bool
thread_boot(void)
{
	return pthread_key_create(&threads.key, tsd_cleanup) != 0;
}

void
thread_boot_done(void)
{
	atomic_store_explicit(&threads.ready, true, memory_order_release);
}

void
thread_prefork(void)
{
	malloc_mutex_prefork(&threads.mtx);
}

void
thread_postfork_parent(void)
{
	malloc_mutex_postfork_parent(&threads.mtx);
}

void
thread_postfork_child(void)
{
	malloc_mutex_postfork_child(&threads.mtx);
}
