#include "arenas.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "assert.h"
#include "malloc_io.h"
#include "pages.h"
#include "thread.h"

unsigned opt_narenas;

static struct {
	malloc_mutex_t lock; /* creation, and choice for a thread */
	_Atomic(arena_t *) table[ARENAS_MAX + 1];
	_Atomic unsigned total;        /* slots in use; never shrinks */
	unsigned automatic;            /* set once by arenas_boot1 */
	unsigned ncpus;                /* likewise */
	_Atomic(arena_t *) unnumbered; /* see arena_unnumbered_get */
	_Atomic unsigned visit;        /* where to look for abandoned arenas */
} arenas = {.lock = MALLOC_MUTEX_INITIALIZER("arenas", WITNESS_RANK_ARENAS)};

unsigned
narenas_auto_get(void)
{
	return arenas.automatic;
}

unsigned
narenas_total_get(void)
{
	return atomic_load(&arenas.total);
}

/* An arena to be numbered. It is made with no lock held, since that maps
 * memory; one that lost the race for its number waits for the next. */
static arena_t *
arena_unnumbered_get(void)
{
	arena_t *arena = atomic_exchange(&arenas.unnumbered, NULL);
	return arena != NULL ? arena : arena_new();
}

/* Gives `arena` the number ind, unless another has it already. Result: who has
 * it. The lock is held. */
static arena_t *
arena_init_locked(unsigned ind, arena_t *arena)
{
	arena_t *there = atomic_load(&arenas.table[ind]);
	if (there != NULL) {
		/* If one is waiting there already, this one is lost: a rare
		 * race of three threads, for address space. */
		arena_t *none = NULL;
		(void)atomic_compare_exchange_strong(
		    &arenas.unnumbered, &none, arena);
		return there;
	}
	arena_ind_set(arena, ind);
	atomic_store(&arenas.table[ind], arena);
	if (ind >= atomic_load(&arenas.total))
		atomic_store(&arenas.total, ind + 1);
	__atomic_store_n(&ebb_stats_page.narenas, atomic_load(&arenas.total),
	    __ATOMIC_RELAXED);
	return arena;
}

static arena_t *
arena_init(unsigned ind)
{
	arena_t *arena = arena_unnumbered_get();
	if (arena == NULL)
		return NULL;
	malloc_mutex_lock(&arenas.lock);
	arena = arena_init_locked(ind, arena);
	malloc_mutex_unlock(&arenas.lock);
	return arena;
}

arena_t *
arena_get(unsigned ind, bool create)
{
	if (ind >= atomic_load(&arenas.total))
		return NULL;
	arena_t *arena = atomic_load(&arenas.table[ind]);
	return arena != NULL || !create ? arena : arena_init(ind);
}

bool
arenas_extend(unsigned *ind)
{
	arena_t *arena = arena_unnumbered_get();
	if (arena == NULL)
		return true;
	malloc_mutex_lock(&arenas.lock);
	*ind = atomic_load(&arenas.total);
	bool full = *ind > ARENAS_MAX;
	if (!full)
		arena_init_locked(*ind, arena);
	malloc_mutex_unlock(&arenas.lock);
	if (full)
		atomic_store(&arenas.unnumbered, arena);
	return full;
}

/* -------------------------------------------------------------- binding -- */

static void
arena_bind(tsd_t *tsd, arena_t *arena)
{
	atomic_fetch_add(&arena->nthreads, 1);
	malloc_mutex_lock(&arena->lock);
	qr_before_insert(&arena->tsds, &tsd->link);
	malloc_mutex_unlock(&arena->lock);
	tsd->arena = arena;
}

void
arena_unbind(tsd_t *tsd)
{
	arena_t *arena = tsd->arena;
	if (arena == NULL)
		return;
	malloc_mutex_lock(&arena->lock);
	qr_remove(&tsd->link);
	malloc_mutex_unlock(&arena->lock);
	tsd->arena = NULL;
	atomic_fetch_sub(&arena->nthreads, 1);
}

void
arena_migrate(tsd_t *tsd, arena_t *arena)
{
	arena_unbind(tsd);
	arena_bind(tsd, arena);
}

/* The initialized automatic arena with the fewest threads, the lowest index
 * winning a tie; *unused: a slot that has none yet, or the number of slots. */
static arena_t *
arena_least_loaded(unsigned *unused)
{
	arena_t *choice = atomic_load(&arenas.table[0]);
	*unused = arenas.automatic;
	for (unsigned i = 1; i < arenas.automatic; i++) {
		arena_t *arena = atomic_load(&arenas.table[i]);
		if (arena == NULL) {
			if (*unused == arenas.automatic)
				*unused = i;
		} else if (atomic_load(&arena->nthreads) <
			   atomic_load(&choice->nthreads))
			choice = arena;
	}
	return choice;
}

/* An idle arena, else a new one, else the one with the fewest threads. */
arena_t *
arena_choose_hard(tsd_t *tsd)
{
	unsigned unused;
	if (tsd == NULL)
		return atomic_load(&arenas.table[0]);
	malloc_mutex_lock(&arenas.lock);
	arena_t *choice = arena_least_loaded(&unused);
	if (atomic_load(&choice->nthreads) != 0 && unused < arenas.automatic) {
		malloc_mutex_unlock(&arenas.lock);
		arena_init(unused); /* without memory: share one */
		malloc_mutex_lock(&arenas.lock);
		choice = arena_least_loaded(&unused);
	}
	/* Under the lock, so that two threads do not both find it idle. */
	arena_bind(tsd, choice);
	malloc_mutex_unlock(&arenas.lock);
	return choice;
}

void
arena_decay_fired(arena_t *arena)
{
	stats_page_add_shared(
	    &arena->page->nticks, DECAY_NTICKS_PER_UPDATE + 1);
	arena_purge(arena, false);
	unsigned total = atomic_load(&arenas.total);
	if (total == 1)
		return;
	unsigned i =
	    atomic_fetch_add_explicit(&arenas.visit, 1, memory_order_relaxed) %
	    total;
	arena_t *other = atomic_load(&arenas.table[i]);
	if (other != NULL && other != arena &&
	    atomic_load(&other->nthreads) == 0)
		arena_purge(other, false);
}

/* ----------------------------------------------------------------- CPUs -- */

static unsigned
ncpus_affinity(void)
{
	/* By number: a libc wrapper may be interposed. 8192 CPUs. */
	static unsigned long mask[8192 / (8 * sizeof(unsigned long))];
	long n = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
	unsigned cpus = 0;
	for (long i = 0; i < n / (long)sizeof(mask[0]); i++)
		cpus += (unsigned)__builtin_popcountl(mask[i]);
	return cpus > 0 ? cpus : 1;
}

/* The quota of a cgroup file "quota period" (v2), in CPUs rounded up; 0: none.
 * "max" is no number. */
static unsigned
ncpus_cpu_max(const char *path)
{
	char text[64];
	const char *end;
	if (pages_read_file(path, text, sizeof(text)) == 0 || text[0] < '0' ||
	    text[0] > '9')
		return 0;
	uintmax_t quota = malloc_strtoumax(text, &end, 10);
	if (*end != ' ')
		return 0;
	uintmax_t period = malloc_strtoumax(end + 1, &end, 10);
	return period == 0 ? 0 : (unsigned)((quota + period - 1) / period);
}

static unsigned
ncpus_cgroup1(void)
{
	char quota[32], period[32];
	const char *end;
	if (pages_read_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota,
		sizeof(quota)) == 0 ||
	    quota[0] == '-' ||
	    pages_read_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period,
		sizeof(period)) == 0)
		return 0;
	uintmax_t p = malloc_strtoumax(period, &end, 10);
	uintmax_t q = malloc_strtoumax(quota, &end, 10);
	return p == 0 ? 0 : (unsigned)((q + p - 1) / p);
}

/* The quota of the cgroup this process is in, and of each above it: the least
 * of those that are set. A container usually sees its own as the root. */
static unsigned
ncpus_cgroup(void)
{
	char line[512], path[600];
	unsigned least = ncpus_cpu_max("/sys/fs/cgroup/cpu.max");
	if (pages_read_file("/proc/self/cgroup", line, sizeof(line)) == 0)
		return least;
	char *group = strstr(line, "0::/");
	if (group == NULL)
		return ncpus_cgroup1();
	group += 3;
	group[strcspn(group, "\n")] = '\0';
	for (char *cut = group + strlen(group); cut != group;
	     cut = strrchr(group, '/')) {
		*cut = '\0';
		malloc_snprintf(
		    path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", group);
		unsigned n = ncpus_cpu_max(path);
		if (n != 0 && (least == 0 || n < least))
			least = n;
	}
	return least;
}

unsigned
arenas_ncpus(void)
{
	return arenas.ncpus;
}

/* ----------------------------------------------------------------- boot -- */

bool
arenas_boot0(void)
{
	arenas.automatic = 1;
	return arena_init(0) == NULL;
}

void
arenas_boot1(void)
{
	unsigned affinity = ncpus_affinity();
	unsigned quota = ncpus_cgroup();
	arenas.ncpus = quota != 0 && quota < affinity ? quota : affinity;
	unsigned n = opt_narenas;
	if (n == 0)
		n = arenas.ncpus > 2 ? arenas.ncpus : 2;
	if (n > ARENAS_MAX)
		n = ARENAS_MAX;
	arenas.automatic = n;
	atomic_store(&arenas.total, n);
	__atomic_store_n(&ebb_stats_page.narenas, n, __ATOMIC_RELAXED);
}

/* ----------------------------------------------------------------- fork -- */

#define FOR_EACH_ARENA(arena)                                         \
	for (unsigned i_ = 0; i_ < narenas_total_get(); i_++)         \
		for (arena_t *arena = atomic_load(&arenas.table[i_]); \
		     arena != NULL; arena = NULL)

void
arenas_prefork0(void)
{
	malloc_mutex_prefork(&arenas.lock);
}

void
arenas_prefork1(void)
{
	FOR_EACH_ARENA(arena)
	arena_prefork0(arena);
	FOR_EACH_ARENA(arena)
	chunk_space_prefork1(&arena->space);
	FOR_EACH_ARENA(arena)
	chunk_space_prefork2(&arena->space);
}

void
arenas_prefork2(void)
{
	FOR_EACH_ARENA(arena)
	arena_prefork3(arena);
}

void
arenas_postfork_parent(void)
{
	FOR_EACH_ARENA(arena)
	arena_postfork_parent(arena);
	malloc_mutex_postfork_parent(&arenas.lock);
}

void
arenas_postfork_child(tsd_t *tsd)
{
	FOR_EACH_ARENA(arena)
	arena_postfork_child(arena);
	malloc_mutex_postfork_child(&arenas.lock);
	if (tsd != NULL && tsd->arena != NULL) {
		qr_init(&tsd->link);
		arena_bind(tsd, tsd->arena);
	}
}
