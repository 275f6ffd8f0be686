/*
 * The options, one a line: conf.c makes the parser's table of them, and
 * ctl_tree.c the names below `opt` that read them back.
 *
 * CONF_OPTIONS takes a macro for each kind of value:
 *
 *   BOOL(key, var, built, why)    true or false; true is refused, and why is
 *                                 said, unless the build has it
 *   COUNT(key, var, min, max)     unsigned
 *   SSIZE(key, var, min, max)     ssize_t
 *   TIME(key, var, unit)          -1 (never), or 0 and more of a unit of so
 *                                 many ns; var is an int64_t in ns
 *   NAMED(key, var, names)        an enum, by its place in a NULL-ended list
 *   JUNK(key)                     true, false, alloc, free
 *   FIXED(key, text, ctype, ctl, value, why)
 *                                 text alone is accepted; it reads back as
 *                                 value, of ctl's type
 */
#ifndef EBB_CONF_TABLE_H
#define EBB_CONF_TABLE_H

/* clang-format off */
#define CONF_OPTIONS(BOOL, COUNT, SSIZE, TIME, NAMED, JUNK, FIXED)            \
	BOOL(abort, opt_abort, true, "")                                      \
	BOOL(abort_conf, opt_abort_conf, true, "")                            \
	BOOL(confirm_conf, opt_confirm_conf, true, "")                        \
	FIXED(lg_chunk, "21", size_t, CTL_SIZE, LG_CHUNK,                     \
	    "this build has chunks of 2 MiB")                                 \
	FIXED(dss, "disabled", const char *, CTL_STRING, "disabled",          \
	    "this build maps chunks with mmap only")                          \
	FIXED(munmap, "false", bool, CTL_BOOL, false,                         \
	    "not built; unused address ranges are kept without memory")       \
	COUNT(narenas, opt_narenas, 1, ARENAS_MAX)                            \
	NAMED(purge, opt_purge, purge_mode_names)                             \
	SSIZE(lg_dirty_mult, opt_lg_dirty_mult, -1, 63)                       \
	TIME(decay_time, opt_decay_time, 1000000000)                          \
	TIME(dirty_decay_ms, opt_decay_time, 1000000)                         \
	NAMED(fill, opt_fill, fill_names)                                     \
	NAMED(purge_advice, opt_purge_advice, purge_advice_names)             \
	BOOL(thp, opt_thp, true, "")                                          \
	BOOL(stats_print, opt_stats_print, true, "")                          \
	JUNK(junk)                                                            \
	BOOL(zero, opt_zero, true, "")                                        \
	BOOL(xmalloc, opt_xmalloc, true, "")                                  \
	BOOL(tcache, opt_tcache, config_tcache,                               \
	    "this variant is built without thread caches")                    \
	SSIZE(lg_tcache_max, opt_lg_tcache_max, -1, 63)

/*
 * ABSENT(pattern, why): known keys that no value makes us honour. A pattern
 * that ends in '*' stands for all keys that begin with it.
 */
#define CONF_JEMALLOC5 "jemalloc 5 option, ignored"
#define CONF_ABSENT_OPTIONS(ABSENT)                                           \
	ABSENT("prof", "heap profiling is not built")                         \
	ABSENT("prof_*", "heap profiling is not built")                       \
	ABSENT("lg_prof_*", "heap profiling is not built")                    \
	ABSENT("quarantine", "not built")                                     \
	ABSENT("redzone", "not built")                                        \
	ABSENT("utrace", "not built")                                         \
	ABSENT("muzzy_decay_ms", CONF_JEMALLOC5)                              \
	ABSENT("background_thread", CONF_JEMALLOC5)                           \
	ABSENT("max_background_threads", CONF_JEMALLOC5)                      \
	ABSENT("metadata_thp", CONF_JEMALLOC5)                                \
	ABSENT("percpu_arena", CONF_JEMALLOC5)                                \
	ABSENT("oversize_threshold", CONF_JEMALLOC5)                          \
	ABSENT("lg_extent_max_active_fit", CONF_JEMALLOC5)                    \
	ABSENT("retain", CONF_JEMALLOC5)                                      \
	ABSENT("trust_madvise", CONF_JEMALLOC5)                               \
	ABSENT("cache_oblivious", CONF_JEMALLOC5)                             \
	ABSENT("narenas_ratio", CONF_JEMALLOC5)                               \
	ABSENT("mutex_max_spin", CONF_JEMALLOC5)                              \
	ABSENT("bin_shards", CONF_JEMALLOC5)                                  \
	ABSENT("slab_sizes", CONF_JEMALLOC5)                                  \
	ABSENT("zero_realloc", CONF_JEMALLOC5)                                \
	ABSENT("tcache_max", CONF_JEMALLOC5)                                  \
	ABSENT("tcache_nslots_*", CONF_JEMALLOC5)                             \
	ABSENT("tcache_gc_*", CONF_JEMALLOC5)                                 \
	ABSENT("lg_tcache_nslots_mul", CONF_JEMALLOC5)                        \
	ABSENT("lg_tcache_flush_*", CONF_JEMALLOC5)                           \
	ABSENT("stats_print_opts", CONF_JEMALLOC5)                            \
	ABSENT("stats_interval*", CONF_JEMALLOC5)                             \
	ABSENT("hpa*", CONF_JEMALLOC5)                                        \
	ABSENT("san_*", CONF_JEMALLOC5)                                       \
	ABSENT("experimental_*", CONF_JEMALLOC5)
/* clang-format on */

#endif /* EBB_CONF_TABLE_H */
