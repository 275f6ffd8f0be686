/*
 * ctl_stats: the snapshot stands still until `epoch` is written; its numbers
 * are those of a known sequence of calls; its sums add up; requests that other
 * threads did not report yet are in it; and what holds for any state.
 */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "arenas.h"
#include "ctl.h"
#include "ctl_stats.h"
#include "ctl_tree.h"
#include "malloc_io.h"
#include "public.h"
#include "tcache.h"

static uint64_t
get_u64(const char *name)
{
	ctl_type_t type;
	ctl_value_t value;
	assert_int_equal(ctl_read(name, &type, &value), 0);
	return type == CTL_UNSIGNED ? value.u : value.u64;
}

EBB_PRINTF(1, 2) static uint64_t stat(const char *fmt, ...)
{
	char name[128];
	va_list ap;
	va_start(ap, fmt);
	malloc_vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	return get_u64(name);
}

static uint64_t
refresh(void)
{
	uint64_t epoch = 0;
	size_t len = sizeof(epoch);
	assert_int_equal(
	    ctl_byname("epoch", &epoch, &len, &epoch, sizeof(epoch)), 0);
	return epoch;
}

/* A new arena, with this thread in it and its cache off. Result: its index. */
static unsigned
enter_new_arena(void)
{
	unsigned ind;
	bool off = false;
	size_t len = sizeof(ind);
	assert_int_equal(ctl_byname("arenas.extend", &ind, &len, NULL, 0), 0);
	assert_int_equal(
	    ctl_byname("thread.tcache.enabled", NULL, NULL, &off, sizeof(off)),
	    0);
	assert_int_equal(
	    ctl_byname("thread.arena", NULL, NULL, &ind, sizeof(ind)), 0);
	return ind;
}

static void
leave_arena(void)
{
	unsigned first = 0;
	bool on = config_tcache;
	assert_int_equal(
	    ctl_byname("thread.arena", NULL, NULL, &first, sizeof(first)), 0);
	assert_int_equal(
	    ctl_byname("thread.tcache.enabled", NULL, NULL, &on, sizeof(on)),
	    0);
}

/* ----------------------------------------------------------------- epoch -- */

/* Runs first: nothing has asked for a snapshot. */
static void
test_ctl_stats_first_use(void **state)
{
	(void)state;
	assert_int_equal(ctl_stats.epoch, 0);
	assert_int_equal(get_u64("thread.allocated") >> 60, 0);
	assert_int_equal(ctl_stats.epoch, 0);
	assert_true(get_u64("stats.mapped") > 0);
	assert_int_equal(ctl_stats.epoch, 1);
	assert_int_equal(get_u64("epoch"), 1);
}

static void
test_ctl_stats_epoch(void **state)
{
	uint64_t any = 12345, epoch = get_u64("epoch");
	(void)state;
	/* Whatever is written, the counter goes up by one. */
	assert_int_equal(ctl_byname("epoch", NULL, NULL, &any, sizeof(any)), 0);
	assert_int_equal(get_u64("epoch"), epoch + 1);
	assert_int_equal(refresh(), epoch + 2);
	/* A wrong length refreshes nothing. */
	assert_int_equal(
	    ctl_byname("epoch", NULL, NULL, &any, sizeof(any) - 1), EINVAL);
	assert_int_equal(get_u64("epoch"), epoch + 2);
}

static void
test_ctl_stats_stand_still(void **state)
{
	(void)state;
	unsigned ind = enter_new_arena();
	/* It is not in the snapshot. */
	char name[64];
	uint64_t value;
	size_t len = sizeof(value);
	malloc_snprintf(name, sizeof(name), "stats.arenas.%u.pactive", ind);
	assert_int_equal(ctl_byname(name, &value, &len, NULL, 0), ENOENT);
	refresh();
	uint64_t allocated = get_u64("stats.allocated");
	void *p = JE(malloc)(4 << 20);
	assert_int_equal(get_u64("stats.allocated"), allocated);
	assert_int_equal(stat("stats.arenas.%u.huge.allocated", ind), 0);
	refresh();
	assert_int_equal(get_u64("stats.allocated"), allocated + (4 << 20));
	JE(free)(p);
	assert_int_equal(get_u64("stats.allocated"), allocated + (4 << 20));
	refresh();
	assert_int_equal(get_u64("stats.allocated"), allocated);
	leave_arena();
}

/* --------------------------------------------------------------- numbers -- */

static void
test_ctl_stats_small(void **state)
{
	enum { N = 300 };
	void *p[N];
	unsigned ind = enter_new_arena();
	szind_t bin = size2index(100);
	const bin_info_t *info = &arena_bin_info[bin];
	unsigned nruns = (N + info->nregs - 1) / info->nregs;
	char at[64];
	(void)state;
	malloc_snprintf(at, sizeof(at), "stats.arenas.%u.bins.%u", ind, bin);
	for (unsigned i = 0; i < N; i++)
		p[i] = JE(malloc)(100);
	for (unsigned i = 0; i < 10; i++)
		JE(free)(p[i]);
	refresh();
	assert_int_equal(stat("%s.nmalloc", at), N);
	assert_int_equal(stat("%s.nrequests", at), N);
	assert_int_equal(stat("%s.ndalloc", at), 10);
	assert_int_equal(stat("%s.curregs", at), N - 10);
	assert_int_equal(stat("%s.nruns", at), nruns);
	assert_int_equal(stat("%s.curruns", at), nruns);
	assert_int_equal(stat("%s.curslabs", at), nruns);
	assert_int_equal(
	    stat("stats.arenas.%u.small.allocated", ind), (N - 10) * 112);
	assert_int_equal(stat("stats.arenas.%u.small.nmalloc", ind), N);
	assert_int_equal(stat("stats.arenas.%u.small.ndalloc", ind), 10);
	assert_int_equal(stat("stats.arenas.%u.small.nrequests", ind), N);
	assert_int_equal(
	    stat("stats.arenas.%u.pactive", ind), nruns * info->run_pages);
	assert_int_equal(stat("stats.arenas.%u.mapped", ind), CHUNKSIZE);
	assert_int_equal(stat("stats.arenas.%u.nthreads", ind), 1);
	for (unsigned i = 10; i < N; i++)
		JE(free)(p[i]);
	refresh();
	assert_int_equal(stat("%s.curregs", at), 0);
	assert_int_equal(stat("stats.arenas.%u.small.allocated", ind), 0);
	leave_arena();
}

static void
test_ctl_stats_large_and_huge(void **state)
{
	unsigned ind = enter_new_arena();
	szind_t large = size2index(100000) - NBINS;
	szind_t huge = size2index(5 << 20) - NBINS - NLCLASSES;
	(void)state;
	void *p = JE(malloc)(100000), *q = JE(malloc)(100000);
	void *r = JE(malloc)(5 << 20);
	JE(free)(q);
	refresh();
	assert_int_equal(
	    stat("stats.arenas.%u.large.allocated", ind), s2u(100000));
	assert_int_equal(stat("stats.arenas.%u.large.nmalloc", ind), 2);
	assert_int_equal(stat("stats.arenas.%u.large.ndalloc", ind), 1);
	assert_int_equal(stat("stats.arenas.%u.large.nrequests", ind), 2);
	assert_int_equal(
	    stat("stats.arenas.%u.lruns.%u.nmalloc", ind, large), 2);
	assert_int_equal(
	    stat("stats.arenas.%u.lruns.%u.ndalloc", ind, large), 1);
	assert_int_equal(
	    stat("stats.arenas.%u.lruns.%u.curruns", ind, large), 1);
	assert_int_equal(stat("stats.arenas.%u.huge.allocated", ind), 5 << 20);
	assert_int_equal(stat("stats.arenas.%u.huge.nrequests", ind), 1);
	assert_int_equal(
	    stat("stats.arenas.%u.hchunks.%u.nmalloc", ind, huge), 1);
	assert_int_equal(
	    stat("stats.arenas.%u.hchunks.%u.curhchunks", ind, huge), 1);
	JE(free)(p);
	JE(free)(r);
	refresh();
	assert_int_equal(stat("stats.arenas.%u.large.allocated", ind), 0);
	assert_int_equal(stat("stats.arenas.%u.huge.allocated", ind), 0);
	assert_int_equal(
	    stat("stats.arenas.%u.hchunks.%u.curhchunks", ind, huge), 0);
	leave_arena();
}

/* A thread that works on its cache alone, and does not report. */
static struct {
	sem_t done;
	sem_t go_on;
	unsigned arena;
} worker;

static void *
worker_run(void *arg)
{
	void *p[2];
	assert_int_equal(ctl_byname("thread.arena", NULL, NULL, &worker.arena,
			     sizeof(worker.arena)),
	    0);
	for (unsigned i = 0; i < 100; i++) {
		for (unsigned j = 0; j < 2; j++)
			p[j] = JE(malloc)(64);
		for (unsigned j = 0; j < 2; j++)
			JE(free)(p[j]);
	}
	sem_post(&worker.done);
	sem_wait(&worker.go_on);
	return arg;
}

static void
test_ctl_stats_pending_requests(void **state)
{
	pthread_t thread;
	(void)state;
	if (!config_tcache)
		skip();
	worker.arena = enter_new_arena();
	leave_arena();
	sem_init(&worker.done, 0, 0);
	sem_init(&worker.go_on, 0, 0);
	assert_int_equal(pthread_create(&thread, NULL, worker_run, NULL), 0);
	sem_wait(&worker.done);
	szind_t bin = size2index(64);
	refresh();
	assert_int_equal(
	    stat("stats.arenas.%u.bins.%u.nrequests", worker.arena, bin), 200);
	assert_true(
	    stat("stats.arenas.%u.bins.%u.nmalloc", worker.arena, bin) < 200);
	/* They are not counted again. */
	refresh();
	assert_int_equal(
	    stat("stats.arenas.%u.bins.%u.nrequests", worker.arena, bin), 200);
	assert_int_equal(stat("stats.arenas.%u.nthreads", worker.arena), 1);
	sem_post(&worker.go_on);
	assert_int_equal(pthread_join(thread, NULL), 0);
	refresh();
	assert_int_equal(
	    stat("stats.arenas.%u.bins.%u.nrequests", worker.arena, bin), 200);
	assert_int_equal(stat("stats.arenas.%u.nthreads", worker.arena), 0);
}

/* ------------------------------------------------------------------ sums -- */

/* In two arenas: pages in use, some that were purged, some that are dirty. */
static void
sums_prepare(void *kept[2])
{
	for (unsigned i = 0; i < 2; i++) {
		unsigned ind = enter_new_arena();
		char purge[64];
		malloc_snprintf(purge, sizeof(purge), "arena.%u.purge", ind);
		JE(free)(JE(malloc)(1 << 20));
		assert_int_equal(ctl_byname(purge, NULL, NULL, NULL, 0), 0);
		kept[i] = JE(malloc)(8 << 20);
		JE(free)(JE(malloc)(64));
		JE(free)(JE(malloc)(100000));
		leave_arena();
	}
}

/* Every number of every arena, added up, is that of all. */
static void
test_ctl_stats_sums(void **state)
{
	static const char *const names[] = {"nthreads", "pactive", "pdirty",
	    "mapped", "retained", "npurge", "nmadvise", "purged",
	    "metadata.mapped", "metadata.allocated", "small.allocated",
	    "large.allocated", "huge.allocated", "small.nmalloc",
	    "large.ndalloc", "huge.nrequests", "bins.7.nmalloc",
	    "bins.7.nrequests", "bins.7.curregs", "bins.7.nfills",
	    "bins.7.nflushes", "bins.7.nruns", "bins.7.nreruns",
	    "bins.7.curruns", "lruns.3.nmalloc", "lruns.3.curruns",
	    "hchunks.2.ndalloc", "hchunks.2.curhchunks"};
	void *kept[2];
	(void)state;
	sums_prepare(kept);
	unsigned total = narenas_total_get();
	refresh();
	assert_true(stat("stats.arenas.4096.purged") >= 512);
	assert_true(stat("stats.arenas.4096.pdirty") > 0);
	assert_int_equal(stat("stats.arenas.4096.npurge"), 2);
	for (unsigned i = 0; i < COUNT(names); i++) {
		uint64_t sum = 0;
		for (unsigned j = 0; j < total; j++) {
			if (arena_get(j, false) != NULL)
				sum += stat("stats.arenas.%u.%s", j, names[i]);
		}
		assert_int_equal(
		    stat("stats.arenas.%u.%s", total, names[i]), sum);
		assert_int_equal(
		    stat("stats.arenas.%u.%s", CTL_ARENAS_ALL, names[i]), sum);
	}
}

/* allocator.md C.18's order, and the ceiling. */
static void
test_ctl_stats_order(void **state)
{
	const size_t *cactive;
	size_t len = sizeof(cactive);
	void *p[64];
	(void)state;
	assert_int_equal(
	    ctl_byname("stats.cactive", &cactive, &len, NULL, 0), 0);
	for (unsigned i = 0; i < COUNT(p); i++) {
		p[i] = JE(malloc)((size_t)1 << (i % 22));
		refresh();
		uint64_t allocated = get_u64("stats.allocated");
		uint64_t active = get_u64("stats.active");
		assert_true(allocated > 0 && allocated <= active);
		assert_true(active <= get_u64("stats.resident"));
		assert_true(active <= *cactive);
		assert_int_equal(*cactive % CHUNKSIZE, 0);
		assert_true(get_u64("stats.metadata") > 0);
		assert_int_equal(get_u64("stats.mapped") % CHUNKSIZE, 0);
	}
	for (unsigned i = 0; i < COUNT(p); i++)
		JE(free)(p[i]);
}

/* --------------------------------------------------------------- threads -- */

static _Atomic bool stop;

static void *
churn(void *arg)
{
	void *p[32] = {NULL};
	for (unsigned i = 0; !atomic_load(&stop); i++) {
		void **slot = &p[i % COUNT(p)];
		JE(free)(*slot);
		*slot = JE(malloc)((i * 7919) % 60000);
	}
	for (unsigned i = 0; i < COUNT(p); i++)
		JE(free)(p[i]);
	return arg;
}

/* Snapshots and new arenas while others allocate: what is allocated is never
 * more than what is active. */
static void
test_ctl_stats_while_others_work(void **state)
{
	pthread_t threads[3];
	(void)state;
	atomic_store(&stop, false);
	for (unsigned i = 0; i < COUNT(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, churn, NULL), 0);
	for (unsigned i = 0; i < 300; i++) {
		if (i % 50 == 0) {
			enter_new_arena();
			leave_arena();
		}
		refresh();
		assert_true(
		    get_u64("stats.allocated") <= get_u64("stats.active"));
		assert_true(
		    get_u64("stats.active") <= get_u64("stats.resident"));
	}
	atomic_store(&stop, true);
	for (unsigned i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* A child of fork may take snapshots: ctl_mtx is not left locked. */
static void
test_ctl_stats_fork(void **state)
{
	int status;
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		uint64_t epoch = refresh();
		_exit(refresh() == epoch + 1 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	refresh();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_stats_first_use),
	    cmocka_unit_test(test_ctl_stats_epoch),
	    cmocka_unit_test(test_ctl_stats_stand_still),
	    cmocka_unit_test(test_ctl_stats_small),
	    cmocka_unit_test(test_ctl_stats_large_and_huge),
	    cmocka_unit_test(test_ctl_stats_pending_requests),
	    cmocka_unit_test(test_ctl_stats_sums),
	    cmocka_unit_test(test_ctl_stats_order),
	    cmocka_unit_test(test_ctl_stats_while_others_work),
	    cmocka_unit_test(test_ctl_stats_fork),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
