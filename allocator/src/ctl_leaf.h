/*
 * What mallctl's leaves do: the functions in the tree of names.
 *
 * A getter's node tells it where the value is: `var` is its address, or the
 * comment says otherwise. All return 0 or an error of mallctl's.
 */
#ifndef EBB_CTL_LEAF_H
#define EBB_CTL_LEAF_H

#include "ctl_tree.h"

/* Whether there is such an index. */
int ctl_index_arena(size_t ind);       /* of arena.<i> */
int ctl_index_stats_arena(size_t ind); /* of stats.arenas.<i> */
int ctl_index_bin(size_t ind);
int ctl_index_lrun(size_t ind);
int ctl_index_hchunk(size_t ind);

/* The variable itself. */
int ctl_get_var(const ctl_call_t *call, ctl_value_t *value);
/* A string: the variable is an enum, `names` the list of its values' names. */
int ctl_get_named(const ctl_call_t *call, ctl_value_t *value);
/* An int64_t in ns, in units of `offset` ns, rounded down; -1 stays. */
int ctl_get_time(const ctl_call_t *call, ctl_value_t *value);
int ctl_get_opt_narenas(const ctl_call_t *call, ctl_value_t *value);
int ctl_get_opt_junk(const ctl_call_t *call, ctl_value_t *value);
/* A uint32_t of bin_info_t, at `offset`, of the bin that the MIB names. */
int ctl_get_bin_size(const ctl_call_t *call, ctl_value_t *value);
int ctl_get_bin_nregs(const ctl_call_t *call, ctl_value_t *value);
/* The size of the MIB's class, counted from the class `offset`. */
int ctl_get_class_size(const ctl_call_t *call, ctl_value_t *value);

/* Of the snapshot: a member of ctl_stats_t, at `offset`; of ctl_arena_t, where
 * `stride` > 0 is the distance to the next class's; and the decay time of the
 * latter, in units of `offset` ns. */
int ctl_get_stat(const ctl_call_t *call, ctl_value_t *value);
int ctl_get_arena_stat(const ctl_call_t *call, ctl_value_t *value);
int ctl_get_arena_stat_time(const ctl_call_t *call, ctl_value_t *value);

int ctl_set_epoch(const ctl_call_t *call, const ctl_value_t *value);
int ctl_set_background_thread(const ctl_call_t *call, const ctl_value_t *value);

/* The thread that calls. */
int ctl_get_thread_arena(const ctl_call_t *call, ctl_value_t *value);
int ctl_set_thread_arena(const ctl_call_t *call, const ctl_value_t *value);
/* A counter of tsd_t, at `offset`, and its address. */
int ctl_get_thread_u64(const ctl_call_t *call, ctl_value_t *value);
int ctl_get_thread_u64p(const ctl_call_t *call, ctl_value_t *value);
int ctl_get_tcache_enabled(const ctl_call_t *call, ctl_value_t *value);
int ctl_set_tcache_enabled(const ctl_call_t *call, const ctl_value_t *value);
int ctl_run_tcache_flush(const ctl_call_t *call);
int ctl_run_thread_idle(const ctl_call_t *call);

/* The arena that the MIB names. Times are in units of `offset` ns. */
int ctl_run_arena_purge(const ctl_call_t *call);
int ctl_run_arena_decay(const ctl_call_t *call);
int ctl_get_lg_dirty_mult(const ctl_call_t *call, ctl_value_t *value);
int ctl_set_lg_dirty_mult(const ctl_call_t *call, const ctl_value_t *value);
int ctl_get_decay_time(const ctl_call_t *call, ctl_value_t *value);
int ctl_set_decay_time(const ctl_call_t *call, const ctl_value_t *value);

/* Of arenas that will be made. */
int ctl_get_narenas(const ctl_call_t *call, ctl_value_t *value);
int ctl_run_initialized(const ctl_call_t *call);
int ctl_get_arenas_extend(const ctl_call_t *call, ctl_value_t *value);
int ctl_get_lg_dirty_mult_default(const ctl_call_t *call, ctl_value_t *value);
int
ctl_set_lg_dirty_mult_default(const ctl_call_t *call, const ctl_value_t *value);
int ctl_get_decay_time_default(const ctl_call_t *call, ctl_value_t *value);
int
ctl_set_decay_time_default(const ctl_call_t *call, const ctl_value_t *value);

#endif /* EBB_CTL_LEAF_H */
