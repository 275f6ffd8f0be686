/* MALLOC_CONF: narenas:8 */
/*
 * ctl_leaf: what reading and writing does: the calling thread's arena, cache
 * and counters; an arena's settings and purges; new arenas; and what is
 * refused.
 */
#include "unit.h"

#include <errno.h>
#include <pthread.h>

#include "arenas.h"
#include "ctl.h"
#include "ctl_tree.h"
#include "malloc_io.h"
#include "public.h"
#include "tcache.h"
#include "thread.h"

static int
get(const char *name, void *value, size_t size)
{
	return ctl_byname(name, value, &size, NULL, 0);
}

static int
set(const char *name, const void *value, size_t size)
{
	return ctl_byname(name, NULL, NULL, (void *)(uintptr_t)value, size);
}

static int
run(const char *name)
{
	return ctl_byname(name, NULL, NULL, NULL, 0);
}

static int
set_ssize(const char *name, ssize_t value)
{
	return set(name, &value, sizeof(value));
}

static ssize_t
get_ssize(const char *name)
{
	ssize_t value;
	assert_int_equal(get(name, &value, sizeof(value)), 0);
	return value;
}

static uint64_t
get_u64(const char *name)
{
	uint64_t value;
	assert_int_equal(get(name, &value, sizeof(value)), 0);
	return value;
}

static unsigned
get_unsigned(const char *name)
{
	unsigned value;
	assert_int_equal(get(name, &value, sizeof(value)), 0);
	return value;
}

static unsigned
extend(void)
{
	return get_unsigned("arenas.extend");
}

static void
refresh(void)
{
	uint64_t any = 0;
	assert_int_equal(set("epoch", &any, sizeof(any)), 0);
}

/* A value of stats.arenas.<ind>, from a new snapshot. */
static size_t
arena_stat(unsigned ind, const char *what)
{
	char name[128];
	ctl_type_t type;
	ctl_value_t value;
	refresh();
	malloc_snprintf(name, sizeof(name), "stats.arenas.%u.%s", ind, what);
	assert_int_equal(ctl_read(name, &type, &value), 0);
	return type == CTL_UNSIGNED ? value.u : value.z;
}

/* ---------------------------------------------------------------- thread -- */

static void
test_ctl_leaf_thread_counters(void **state)
{
	const uint64_t *allocated, *deallocated;
	(void)state;
	assert_int_equal(
	    get("thread.allocatedp", &allocated, sizeof(allocated)), 0);
	assert_int_equal(
	    get("thread.deallocatedp", &deallocated, sizeof(deallocated)), 0);
	uint64_t a = get_u64("thread.allocated");
	uint64_t d = get_u64("thread.deallocated");
	assert_true(a == *allocated && d == *deallocated);
	void *small = JE(malloc)(100), *huge = JE(malloc)(3 << 20);
	assert_int_equal(*allocated - a, 112 + (3 << 20));
	JE(free)(small);
	JE(free)(huge);
	assert_int_equal(*deallocated - d, 112 + (3 << 20));
	assert_true(get_u64("thread.allocated") == *allocated);
	assert_true(get_u64("thread.deallocated") == *deallocated);
}

static void
test_ctl_leaf_thread_arena(void **state)
{
	unsigned old = 99, new = extend(), absent = narenas_total_get();
	size_t len = sizeof(old);
	(void)state;
	/* The old value and the new one in one call. */
	assert_int_equal(
	    ctl_byname("thread.arena", &old, &len, &new, sizeof(new)), 0);
	assert_int_not_equal(old, 99);
	assert_int_equal(get_unsigned("thread.arena"), new);
	assert_int_equal(arena_stat(new, "huge.nmalloc"), 0);
	void *p = JE(malloc)(4 << 20);
	assert_int_equal(arena_stat(new, "huge.nmalloc"), 1);
	assert_int_equal(arena_stat(new, "huge.allocated"), 4 << 20);
	JE(free)(p);
	assert_int_equal(arena_stat(new, "huge.ndalloc"), 1);
	assert_int_equal(set("thread.arena", &absent, sizeof(absent)), EFAULT);
	assert_int_equal(get_unsigned("thread.arena"), new);
	assert_int_equal(set("thread.arena", &old, sizeof(old)), 0);
	assert_int_equal(get_unsigned("thread.arena"), old);
}

static unsigned
cached(void)
{
	unsigned n = 0;
	for (unsigned i = 0; i < TSD_NBINS; i++)
		n += tbin_ncached(&tsd_fetch()->tbins[i]);
	return n;
}

static void
test_ctl_leaf_thread_tcache(void **state)
{
	bool on = true, off = false, is;
	(void)state;
	if (!config_tcache)
		skip();
	JE(free)(JE(malloc)(100));
	assert_true(cached() > 0);
	assert_int_equal(run("thread.tcache.flush"), 0);
	assert_int_equal(cached(), 0);
	JE(free)(JE(malloc)(100));
	assert_true(cached() > 0);
	assert_int_equal(set("thread.tcache.enabled", &off, sizeof(off)), 0);
	assert_int_equal(get("thread.tcache.enabled", &is, sizeof(is)), 0);
	assert_false(is);
	JE(free)(JE(malloc)(100));
	assert_int_equal(cached(), 0);
	assert_int_equal(run("thread.tcache.flush"), 0);
	assert_int_equal(set("thread.tcache.enabled", &on, sizeof(on)), 0);
	assert_int_equal(get("thread.tcache.enabled", &is, sizeof(is)), 0);
	assert_true(is);
	JE(free)(JE(malloc)(100));
	assert_true(cached() > 0);
}

/* Alone in its arena, it leaves nothing dirty behind. */
static void *
idle_thread(void *arg)
{
	unsigned mine = *(unsigned *)arg;
	assert_int_equal(set("thread.arena", &mine, sizeof(mine)), 0);
	void *p = JE(malloc)(1 << 20);
	memset(p, 1, 1 << 20);
	JE(free)(p);
	JE(free)(JE(malloc)(100));
	assert_true(arena_stat(mine, "pdirty") > 0);
	assert_int_equal(run("thread.idle"), 0);
	assert_int_equal(cached(), 0);
	assert_int_equal(arena_stat(mine, "pdirty"), 0);
	assert_int_equal(arena_stat(mine, "pactive"), 0);
	return NULL;
}

static void
test_ctl_leaf_thread_idle(void **state)
{
	unsigned arena = extend();
	pthread_t thread;
	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, idle_thread, &arena), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(arena_stat(arena, "nthreads"), 0);
}

/* A thread whose end has begun has no record any more. */
static pthread_key_t late_key;
static unsigned late_calls;

static void
late(void *value)
{
	const uint64_t *allocatedp;
	bool on = true, off = false, is = true;
	/* Once more, after the allocator's own destructor. */
	if (value == (void *)1) {
		pthread_setspecific(late_key, (void *)2);
		return;
	}
	assert_null(tsd_fetch());
	assert_true(get_u64("thread.allocated") == 0);
	assert_int_equal(
	    get("thread.allocatedp", &allocatedp, sizeof(allocatedp)), 0);
	assert_true(*allocatedp == 0);
	assert_int_equal(get("thread.tcache.enabled", &is, sizeof(is)), 0);
	assert_false(is);
	assert_int_equal(set("thread.tcache.enabled", &off, sizeof(off)), 0);
	assert_int_equal(set("thread.tcache.enabled", &on, sizeof(on)), EFAULT);
	assert_int_equal(run("thread.tcache.flush"), 0);
	assert_int_equal(run("thread.idle"), 0);
	unsigned arena = get_unsigned("thread.arena");
	assert_int_equal(set("thread.arena", &arena, sizeof(arena)), EAGAIN);
	late_calls++;
}

static void *
ending_thread(void *arg)
{
	JE(free)(JE(malloc)(1));
	pthread_setspecific(late_key, (void *)1);
	return arg;
}

static void
test_ctl_leaf_thread_without_record(void **state)
{
	pthread_t thread;
	(void)state;
	assert_int_equal(pthread_key_create(&late_key, late), 0);
	assert_int_equal(pthread_create(&thread, NULL, ending_thread, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(late_calls, 1);
}

/* ------------------------------------------------------------- arena.<i> -- */

static void
test_ctl_leaf_arena_settings(void **state)
{
	char mult[64], seconds[64], ms[64];
	unsigned ind = extend();
	(void)state;
	malloc_snprintf(mult, sizeof(mult), "arena.%u.lg_dirty_mult", ind);
	malloc_snprintf(seconds, sizeof(seconds), "arena.%u.decay_time", ind);
	malloc_snprintf(ms, sizeof(ms), "arena.%u.dirty_decay_ms", ind);
	for (ssize_t i = -1; i < 64; i++) {
		assert_int_equal(set_ssize(mult, i), 0);
		assert_int_equal(get_ssize(mult), i);
	}
	assert_int_equal(set_ssize(mult, -2), EFAULT);
	assert_int_equal(set_ssize(mult, 64), EFAULT);
	assert_int_equal(get_ssize(mult), 63);

	assert_int_equal(set_ssize(seconds, 7), 0);
	assert_int_equal(get_ssize(seconds), 7);
	assert_int_equal(get_ssize(ms), 7000);
	assert_int_equal(set_ssize(ms, 1999), 0);
	assert_int_equal(get_ssize(ms), 1999);
	assert_int_equal(get_ssize(seconds), 1);
	assert_int_equal(arena_stat(ind, "dirty_decay_ms"), 1999);
	assert_int_equal(arena_stat(ind, "decay_time"), 1);
	assert_int_equal(set_ssize(seconds, -1), 0);
	assert_int_equal(get_ssize(ms), -1);
	assert_int_equal(set_ssize(seconds, INT64_MAX / 1000000000), 0);
	assert_int_equal(set_ssize(ms, INT64_MAX / 1000000), 0);
	assert_int_equal(set_ssize(seconds, -2), EFAULT);
	assert_int_equal(
	    set_ssize(seconds, INT64_MAX / 1000000000 + 1), EFAULT);
	assert_int_equal(set_ssize(ms, INT64_MAX / 1000000 + 1), EFAULT);
	assert_int_equal(set_ssize(ms, INT64_MIN), EFAULT);
	assert_int_equal(get_ssize(ms), INT64_MAX / 1000000);
	/* Other arenas, and those to come, are not concerned. */
	assert_int_equal(get_ssize("arenas.decay_time"), 10);
}

/* 1024 dirty pages in two chunks; which way they are asked to go. */
static void
dirty_then(const char *how)
{
	enum { N = 8 };
	char name[64];
	unsigned ind = extend(), old = get_unsigned("thread.arena");
	void *p[N];
	assert_int_equal(set("thread.arena", &ind, sizeof(ind)), 0);
	for (unsigned i = 0; i < N; i++) {
		p[i] = JE(malloc)(512 << 10);
		memset(p[i], 1, 512 << 10);
	}
	for (unsigned i = 0; i < N; i++)
		JE(free)(p[i]);
	assert_true(arena_stat(ind, "pdirty") >= 1024);
	assert_int_equal(arena_stat(ind, "pactive"), 0);
	assert_int_equal(arena_stat(ind, "npurge"), 0);
	malloc_snprintf(name, sizeof(name), how, ind);
	assert_int_equal(run(name), 0);
	assert_int_equal(arena_stat(ind, "pdirty"), 0);
	assert_int_equal(arena_stat(ind, "npurge"), 1);
	assert_true(arena_stat(ind, "nmadvise") >= 1);
	assert_true(arena_stat(ind, "purged") >= 1024);
	assert_int_equal(set("thread.arena", &old, sizeof(old)), 0);
}

static void
test_ctl_leaf_arena_purge(void **state)
{
	char all[64];
	(void)state;
	dirty_then("arena.%u.purge");
	dirty_then("arena.4096.purge");
	/* The number of arenas is one more by then. */
	malloc_snprintf(
	    all, sizeof(all), "arena.%u.purge", narenas_total_get() + 1);
	dirty_then(all);
	assert_int_equal(arena_stat(CTL_ARENAS_ALL, "pdirty"), 0);
}

/* A decay time of 0 is applied at once, and so is -1: nothing goes. */
static void
test_ctl_leaf_arena_decay(void **state)
{
	char time[64], decay[64];
	unsigned ind = extend(), old = get_unsigned("thread.arena");
	(void)state;
	malloc_snprintf(time, sizeof(time), "arena.%u.decay_time", ind);
	malloc_snprintf(decay, sizeof(decay), "arena.%u.decay", ind);
	assert_int_equal(set("thread.arena", &ind, sizeof(ind)), 0);
	assert_int_equal(set_ssize(time, -1), 0);
	void *p = JE(malloc)(1 << 20);
	memset(p, 1, 1 << 20);
	JE(free)(p);
	size_t dirty = arena_stat(ind, "pdirty");
	assert_true(dirty >= 256);
	assert_int_equal(run(decay), 0);
	assert_int_equal(arena_stat(ind, "pdirty"), dirty);
	assert_int_equal(set_ssize(time, 0), 0);
	assert_int_equal(arena_stat(ind, "pdirty"), 0);
	assert_int_equal(set("thread.arena", &old, sizeof(old)), 0);
}

/* An arena that nobody made yet has nothing to purge, and no settings. */
static void
test_ctl_leaf_arena_not_made(void **state)
{
	char name[64];
	unsigned ind = 0;
	(void)state;
	while (ind < narenas_total_get() && arena_get(ind, false) != NULL)
		ind++;
	assert_true(ind < narenas_auto_get());
	malloc_snprintf(name, sizeof(name), "arena.%u.purge", ind);
	assert_int_equal(run(name), 0);
	malloc_snprintf(name, sizeof(name), "arena.%u.decay_time", ind);
	assert_int_equal(set_ssize(name, 1), EFAULT);
	assert_null(arena_get(ind, false));
}

/* ---------------------------------------------------------------- arenas -- */

static void
test_ctl_leaf_arenas_extend(void **state)
{
	unsigned before = get_unsigned("arenas.narenas");
	(void)state;
	assert_int_equal(extend(), before);
	assert_int_equal(get_unsigned("arenas.narenas"), before + 1);
	assert_non_null(arena_get(before, false));
}

static void
test_ctl_leaf_arenas_initialized(void **state)
{
	bool is[ARENAS_MAX];
	unsigned n = extend() + 1;
	size_t len = n;
	(void)state;
	assert_int_equal(
	    ctl_byname("arenas.initialized", is, &len, NULL, 0), 0);
	assert_true(is[0]);
	/* It is not in the snapshot yet. */
	assert_false(is[n - 1]);
	refresh();
	assert_int_equal(
	    ctl_byname("arenas.initialized", is, &len, NULL, 0), 0);
	assert_true(is[n - 1]);
	len = n - 1;
	assert_int_equal(
	    ctl_byname("arenas.initialized", is, &len, NULL, 0), EINVAL);
	len = n + 1;
	assert_int_equal(
	    ctl_byname("arenas.initialized", is, &len, NULL, 0), EINVAL);
	assert_int_equal(len, n);
}

/* What new arenas begin with; only for the policy in force. */
static void
test_ctl_leaf_arenas_defaults(void **state)
{
	char name[64];
	(void)state;
	assert_int_equal(opt_purge, PURGE_DECAY);
	assert_int_equal(get_ssize("arenas.lg_dirty_mult"), 3);
	assert_int_equal(set_ssize("arenas.lg_dirty_mult", 4), EFAULT);
	assert_int_equal(set_ssize("arenas.dirty_decay_ms", 2500), 0);
	assert_int_equal(get_ssize("arenas.decay_time"), 2);
	malloc_snprintf(
	    name, sizeof(name), "arena.%u.dirty_decay_ms", extend());
	assert_int_equal(get_ssize(name), 2500);
	assert_int_equal(set_ssize("arenas.decay_time", -2), EFAULT);
	assert_int_equal(arena_stat(CTL_ARENAS_ALL, "dirty_decay_ms"), 2500);

	opt_purge = PURGE_RATIO;
	assert_int_equal(set_ssize("arenas.decay_time", 1), EFAULT);
	assert_int_equal(set_ssize("arenas.dirty_decay_ms", 1), EFAULT);
	assert_int_equal(set_ssize("arenas.lg_dirty_mult", 64), EFAULT);
	assert_int_equal(set_ssize("arenas.lg_dirty_mult", 5), 0);
	malloc_snprintf(name, sizeof(name), "arena.%u.lg_dirty_mult", extend());
	assert_int_equal(get_ssize(name), 5);
	assert_int_equal(arena_stat(CTL_ARENAS_ALL, "lg_dirty_mult"), 5);
	assert_int_equal(set_ssize("arenas.lg_dirty_mult", 3), 0);
	opt_purge = PURGE_DECAY;
	assert_int_equal(set_ssize("arenas.decay_time", 10), 0);
}

/* 0 stands for the number chosen for the machine. */
static void
test_ctl_leaf_opt_narenas(void **state)
{
	unsigned old = opt_narenas;
	(void)state;
	assert_int_equal(get_unsigned("opt.narenas"), opt_narenas);
	opt_narenas = 0;
	assert_int_equal(get_unsigned("opt.narenas"), narenas_auto_get());
	opt_narenas = old;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_leaf_thread_counters),
	    cmocka_unit_test(test_ctl_leaf_thread_arena),
	    cmocka_unit_test(test_ctl_leaf_thread_tcache),
	    cmocka_unit_test(test_ctl_leaf_thread_idle),
	    cmocka_unit_test(test_ctl_leaf_thread_without_record),
	    cmocka_unit_test(test_ctl_leaf_arena_settings),
	    cmocka_unit_test(test_ctl_leaf_arena_purge),
	    cmocka_unit_test(test_ctl_leaf_arena_decay),
	    cmocka_unit_test(test_ctl_leaf_arena_not_made),
	    cmocka_unit_test(test_ctl_leaf_arenas_extend),
	    cmocka_unit_test(test_ctl_leaf_arenas_initialized),
	    cmocka_unit_test(test_ctl_leaf_arenas_defaults),
	    cmocka_unit_test(test_ctl_leaf_opt_narenas),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
