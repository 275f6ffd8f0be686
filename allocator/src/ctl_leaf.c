#include "ctl_leaf.h"

#include <errno.h>
#include <string.h>

#include "arenas.h"
#include "ctl.h"
#include "ctl_stats.h"
#include "tcache.h"
#include "thread.h"

/* Where the indices stand: arena.<i>.purge, stats.arenas.<i>.bins.<j>.nmalloc,
 * arenas.bin.<j>.size. */
#define MIB_ARENA 1
#define MIB_STATS_ARENA 2
#define MIB_STATS_CLASS 4
#define MIB_CLASS 2

/* -------------------------------------------------------------- indices -- */

int
ctl_index_arena(size_t ind)
{
	return ind <= narenas_total_get() || ind == CTL_ARENAS_ALL ? 0 : ENOENT;
}

int
ctl_index_stats_arena(size_t ind)
{
	if (ctl_stats_need())
		return EAGAIN;
	malloc_mutex_lock(&ctl_mtx);
	bool missing = ctl_stats_arena(ind) == NULL;
	malloc_mutex_unlock(&ctl_mtx);
	return missing ? ENOENT : 0;
}

int
ctl_index_bin(size_t ind)
{
	return ind < NBINS ? 0 : ENOENT;
}

int
ctl_index_lrun(size_t ind)
{
	return ind < NLCLASSES ? 0 : ENOENT;
}

int
ctl_index_hchunk(size_t ind)
{
	return ind < CTL_NHCHUNKS ? 0 : ENOENT;
}

/* ------------------------------------------------------------- settings -- */

static int
ctl_value_copy(const ctl_call_t *call, ctl_value_t *value, const void *from)
{
	memcpy(value, from, ctl_type_size(call->node->type));
	return 0;
}

static ssize_t
ctl_time_to_unit(int64_t ns, uint32_t unit)
{
	return ns < 0 ? -1 : (ssize_t)(ns / unit);
}

int
ctl_get_var(const ctl_call_t *call, ctl_value_t *value)
{
	return ctl_value_copy(call, value, call->node->var);
}

int
ctl_get_named(const ctl_call_t *call, ctl_value_t *value)
{
	const char *const *names = call->node->names;
	value->str = names[*(const unsigned *)call->node->var];
	return 0;
}

int
ctl_get_time(const ctl_call_t *call, ctl_value_t *value)
{
	value->s = ctl_time_to_unit(
	    *(const int64_t *)call->node->var, call->node->offset);
	return 0;
}

/* The number in force: 0 means that it was chosen for the machine. */
int
ctl_get_opt_narenas(const ctl_call_t *call, ctl_value_t *value)
{
	(void)call;
	value->u = opt_narenas != 0 ? opt_narenas : narenas_auto_get();
	return 0;
}

int
ctl_get_opt_junk(const ctl_call_t *call, ctl_value_t *value)
{
	static const char *const names[] = {"false", "alloc", "free", "true"};
	(void)call;
	value->str = names[(opt_junk_alloc ? 1 : 0) + (opt_junk_free ? 2 : 0)];
	return 0;
}

int
ctl_get_bin_size(const ctl_call_t *call, ctl_value_t *value)
{
	const bin_info_t *info = &arena_bin_info[call->mib[MIB_CLASS]];
	uint32_t member;
	memcpy(
	    &member, (const char *)info + call->node->offset, sizeof(member));
	value->z = member;
	return 0;
}

int
ctl_get_bin_nregs(const ctl_call_t *call, ctl_value_t *value)
{
	value->u32 = arena_bin_info[call->mib[MIB_CLASS]].nregs;
	return 0;
}

int
ctl_get_class_size(const ctl_call_t *call, ctl_value_t *value)
{
	value->z =
	    index2size((szind_t)(call->node->offset + call->mib[MIB_CLASS]));
	return 0;
}

/* ------------------------------------------------------------- snapshot -- */

int
ctl_get_stat(const ctl_call_t *call, ctl_value_t *value)
{
	if (ctl_stats_need())
		return EAGAIN;
	malloc_mutex_lock(&ctl_mtx);
	ctl_value_copy(
	    call, value, (const char *)&ctl_stats + call->node->offset);
	malloc_mutex_unlock(&ctl_mtx);
	return 0;
}

int
ctl_get_arena_stat(const ctl_call_t *call, ctl_value_t *value)
{
	const ctl_node_t *node = call->node;
	size_t offset = node->offset;
	if (node->stride != 0)
		offset += call->mib[MIB_STATS_CLASS] * node->stride;
	malloc_mutex_lock(&ctl_mtx);
	const ctl_arena_t *arena = ctl_stats_arena(call->mib[MIB_STATS_ARENA]);
	if (arena != NULL)
		ctl_value_copy(call, value, (const char *)arena + offset);
	malloc_mutex_unlock(&ctl_mtx);
	/* The number of arenas may have changed since the index was checked. */
	return arena != NULL ? 0 : ENOENT;
}

int
ctl_get_arena_stat_time(const ctl_call_t *call, ctl_value_t *value)
{
	malloc_mutex_lock(&ctl_mtx);
	const ctl_arena_t *arena = ctl_stats_arena(call->mib[MIB_STATS_ARENA]);
	if (arena != NULL)
		value->s =
		    ctl_time_to_unit(arena->decay_time, call->node->offset);
	malloc_mutex_unlock(&ctl_mtx);
	return arena != NULL ? 0 : ENOENT;
}

int
ctl_set_epoch(const ctl_call_t *call, const ctl_value_t *value)
{
	(void)call;
	(void)value;
	return ctl_stats_refresh() ? EAGAIN : 0;
}

/* There are no background threads, and nobody may ask for one. */
int
ctl_set_background_thread(const ctl_call_t *call, const ctl_value_t *value)
{
	(void)call;
	return value->b ? EPERM : 0;
}

/* --------------------------------------------------------------- thread -- */

int
ctl_get_thread_arena(const ctl_call_t *call, ctl_value_t *value)
{
	(void)call;
	const arena_t *arena = arena_choose(tsd_fetch());
	if (arena == NULL)
		return EAGAIN;
	value->u = arena->ind;
	return 0;
}

int
ctl_set_thread_arena(const ctl_call_t *call, const ctl_value_t *value)
{
	(void)call;
	if (value->u >= narenas_total_get())
		return EFAULT;
	tsd_t *tsd = tsd_fetch();
	arena_t *arena = arena_get(value->u, true);
	if (tsd == NULL || arena == NULL)
		return EAGAIN;
	if (arena != arena_choose(tsd))
		arena_migrate(tsd, arena);
	return 0;
}

/* A counter of the thread's; of a thread without a record, one that stays 0. */
static const uint64_t *
ctl_thread_counter(const ctl_call_t *call)
{
	static const uint64_t none;
	const tsd_t *tsd = tsd_fetch();
	if (tsd == NULL)
		return &none;
	return (const uint64_t *)((const char *)tsd + call->node->offset);
}

int
ctl_get_thread_u64(const ctl_call_t *call, ctl_value_t *value)
{
	value->u64 = *ctl_thread_counter(call);
	return 0;
}

int
ctl_get_thread_u64p(const ctl_call_t *call, ctl_value_t *value)
{
	value->p = ctl_thread_counter(call);
	return 0;
}

int
ctl_get_tcache_enabled(const ctl_call_t *call, ctl_value_t *value)
{
	(void)call;
	const tsd_t *tsd = tsd_fetch();
	value->b = config_tcache && tsd != NULL && tsd->tcache_enabled;
	return 0;
}

int
ctl_set_tcache_enabled(const ctl_call_t *call, const ctl_value_t *value)
{
	(void)call;
	tsd_t *tsd = tsd_fetch();
	if (!config_tcache || tsd == NULL)
		return value->b ? EFAULT : 0;
	if (tsd->tcache_enabled && !value->b)
		tcache_destroy(tsd);
	tsd->tcache_enabled = value->b;
	return 0;
}

/* The stacks go too, and grow again with use. */
int
ctl_run_tcache_flush(const ctl_call_t *call)
{
	(void)call;
	tsd_t *tsd = tsd_fetch();
	if (config_tcache && tsd != NULL)
		tcache_destroy(tsd);
	return 0;
}

/* The thread will not allocate for a while: what it caches goes back to its
 * arena, and the arena's dirty pages to the kernel if no other thread uses it;
 * otherwise the policy is asked. */
int
ctl_run_thread_idle(const ctl_call_t *call)
{
	ctl_run_tcache_flush(call);
	const tsd_t *tsd = tsd_fetch();
	if (tsd != NULL && tsd->arena != NULL)
		arena_purge(
		    tsd->arena, atomic_load(&tsd->arena->nthreads) <= 1);
	return 0;
}

/* ------------------------------------------------------------ arena.<i> -- */

static int
ctl_arenas_purge(const ctl_call_t *call, bool all)
{
	size_t ind = call->mib[MIB_ARENA];
	unsigned total = narenas_total_get();
	bool each = ind == total || ind == CTL_ARENAS_ALL;
	for (unsigned i = 0; i < total; i++) {
		arena_t *arena = each || i == ind ? arena_get(i, false) : NULL;
		if (arena != NULL)
			arena_purge(arena, all);
	}
	return 0;
}

int
ctl_run_arena_purge(const ctl_call_t *call)
{
	return ctl_arenas_purge(call, true);
}

int
ctl_run_arena_decay(const ctl_call_t *call)
{
	return ctl_arenas_purge(call, false);
}

/* The one arena whose settings are meant; NULL: there is not one. */
static arena_t *
ctl_call_arena(const ctl_call_t *call)
{
	size_t ind = call->mib[MIB_ARENA];
	return ind <= ARENAS_MAX ? arena_get((unsigned)ind, false) : NULL;
}

static bool
ctl_lg_dirty_mult_valid(ssize_t lg_dirty_mult)
{
	return lg_dirty_mult >= -1 && lg_dirty_mult < 64;
}

/* In ns; -2 if it is out of range. */
static int64_t
ctl_time_from_unit(ssize_t time, uint32_t unit)
{
	if (time < -1 || time > (ssize_t)(INT64_MAX / unit))
		return -2;
	return time == -1 ? -1 : time * (int64_t)unit;
}

int
ctl_get_lg_dirty_mult(const ctl_call_t *call, ctl_value_t *value)
{
	arena_t *arena = ctl_call_arena(call);
	if (arena == NULL)
		return EFAULT;
	value->s = arena_lg_dirty_mult_get(arena);
	return 0;
}

int
ctl_set_lg_dirty_mult(const ctl_call_t *call, const ctl_value_t *value)
{
	arena_t *arena = ctl_call_arena(call);
	if (arena == NULL || !ctl_lg_dirty_mult_valid(value->s))
		return EFAULT;
	arena_lg_dirty_mult_set(arena, value->s);
	return 0;
}

int
ctl_get_decay_time(const ctl_call_t *call, ctl_value_t *value)
{
	arena_t *arena = ctl_call_arena(call);
	if (arena == NULL)
		return EFAULT;
	value->s =
	    ctl_time_to_unit(arena_decay_time_get(arena), call->node->offset);
	return 0;
}

int
ctl_set_decay_time(const ctl_call_t *call, const ctl_value_t *value)
{
	arena_t *arena = ctl_call_arena(call);
	int64_t ns = ctl_time_from_unit(value->s, call->node->offset);
	if (arena == NULL || ns == -2)
		return EFAULT;
	arena_decay_time_set(arena, ns);
	return 0;
}

/* --------------------------------------------------------------- arenas -- */

int
ctl_get_narenas(const ctl_call_t *call, ctl_value_t *value)
{
	(void)call;
	value->u = narenas_total_get();
	return 0;
}

/* An array of narenas bools: whether stats.arenas.<i> is there. */
int
ctl_run_initialized(const ctl_call_t *call)
{
	bool initialized[ARENAS_MAX + 1];
	unsigned total = narenas_total_get();
	if (ctl_stats_need())
		return EAGAIN;
	malloc_mutex_lock(&ctl_mtx);
	for (unsigned i = 0; i < total; i++)
		initialized[i] = ctl_stats_arena(i) != NULL;
	malloc_mutex_unlock(&ctl_mtx);
	return ctl_copy_out(call, initialized, total * sizeof(bool));
}

/* Reading it makes an arena. */
int
ctl_get_arenas_extend(const ctl_call_t *call, ctl_value_t *value)
{
	(void)call;
	return arenas_extend(&value->u) ? EAGAIN : 0;
}

int
ctl_get_lg_dirty_mult_default(const ctl_call_t *call, ctl_value_t *value)
{
	(void)call;
	value->s = arena_lg_dirty_mult_default_get();
	return 0;
}

int
ctl_set_lg_dirty_mult_default(const ctl_call_t *call, const ctl_value_t *value)
{
	(void)call;
	if (opt_purge != PURGE_RATIO || !ctl_lg_dirty_mult_valid(value->s))
		return EFAULT;
	arena_lg_dirty_mult_default_set(value->s);
	return 0;
}

int
ctl_get_decay_time_default(const ctl_call_t *call, ctl_value_t *value)
{
	value->s = ctl_time_to_unit(
	    arena_decay_time_default_get(), call->node->offset);
	return 0;
}

int
ctl_set_decay_time_default(const ctl_call_t *call, const ctl_value_t *value)
{
	int64_t ns = ctl_time_from_unit(value->s, call->node->offset);
	if (opt_purge != PURGE_DECAY || ns == -2)
		return EFAULT;
	arena_decay_time_default_set(ns);
	return 0;
}
