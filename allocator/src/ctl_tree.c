#include "ctl_tree.h"

#include "arenas.h"
#include "conf.h"
#include "conf_table.h"
#include "ctl.h"
#include "ctl_leaf.h"
#include "ctl_stats.h"
#include "pages.h"
#include "stats.h"
#include "tcache.h"

#define NODES(array) \
	.children = (array), .nchildren = sizeof(array) / sizeof((array)[0])
#define BRANCH(n, array)                \
	{                               \
		.name = n, NODES(array) \
	}
/* The array has one element, INDEX(...). */
#define INDEXED(n, array, valid)                        \
	{                                               \
		.name = n, NODES(array), .index = valid \
	}
#define INDEX(array) BRANCH(NULL, array)

/* A leaf that is read by a function, and perhaps written by another. */
#define LEAF(n, t, ...)                                 \
	{                                               \
		.name = n, .type = CTL_##t, __VA_ARGS__ \
	}
/* A leaf that is a variable. */
#define VAR(n, t, v) LEAF(n, t, .get = ctl_get_var, .var = &(v))
/* A leaf that is always the same. */
#define CONSTANT(n, t, ctype, v) VAR(n, t, (const ctype){v})

#define MS 1000000
#define SECOND 1000000000

/* --------------------------------------------------------- config, opt --- */

#ifdef EBB_DEBUG
#	define CONFIG_DEBUG true
#else
#	define CONFIG_DEBUG false
#endif

static const char *const config_malloc_conf = ebb_variant_conf;

static const ctl_node_t config_nodes[] = {
    CONSTANT("cache_oblivious", BOOL, bool, true),
    CONSTANT("debug", BOOL, bool, CONFIG_DEBUG),
    CONSTANT("fill", BOOL, bool, true),
    CONSTANT("lazy_lock", BOOL, bool, false),
    VAR("malloc_conf", STRING, config_malloc_conf),
    CONSTANT("munmap", BOOL, bool, false),
    CONSTANT("prof", BOOL, bool, false),
    CONSTANT("stats", BOOL, bool, true),
    VAR("tcache", BOOL, config_tcache),
    CONSTANT("thp", BOOL, bool, true),
    CONSTANT("tls", BOOL, bool, true),
    CONSTANT("utrace", BOOL, bool, false),
    CONSTANT("xmalloc", BOOL, bool, true),
};

#define OPT_BOOL(key, v, built, why) VAR(#key, BOOL, v),
#define OPT_COUNT(key, v, min, max) \
	LEAF(#key, UNSIGNED, .get = ctl_get_opt_##key),
#define OPT_SSIZE(key, v, min, max) VAR(#key, SSIZE, v),
#define OPT_TIME(key, v, unit) \
	LEAF(#key, SSIZE, .get = ctl_get_time, .var = &(v), .offset = unit),
#define OPT_NAMED(key, v, list) \
	LEAF(#key, STRING, .get = ctl_get_named, .var = &(v), .names = list),
#define OPT_JUNK(key) LEAF(#key, STRING, .get = ctl_get_opt_##key),
#define OPT_FIXED(key, text, ctype, ctl, value, why) \
	{.name = #key,                               \
	    .type = ctl,                             \
	    .get = ctl_get_var,                      \
	    .var = &opt_fixed_##key},

/* What the options are that only have one value. */
#define NO_BOOL(key, v, built, why)
#define NO_NUMBER(key, v, min, max)
#define NO_THREE(key, v, more)
#define NO_JUNK(key)
#define FIXED(key, text, ctype, ctl, value, why) \
	static ctype const opt_fixed_##key = value;
CONF_OPTIONS(NO_BOOL, NO_NUMBER, NO_NUMBER, NO_THREE, NO_THREE, NO_JUNK, FIXED)

static const ctl_node_t opt_nodes[] = {CONF_OPTIONS(
    OPT_BOOL, OPT_COUNT, OPT_SSIZE, OPT_TIME, OPT_NAMED, OPT_JUNK, OPT_FIXED)};

/* --------------------------------------------------------------- thread -- */

#define TSD_U64(n, member)                      \
	LEAF(n, U64, .get = ctl_get_thread_u64, \
	    .offset = offsetof(tsd_t, member))
#define TSD_U64P(n, member)                          \
	LEAF(n, POINTER, .get = ctl_get_thread_u64p, \
	    .offset = offsetof(tsd_t, member))

static const ctl_node_t thread_tcache_nodes[] = {
    LEAF("enabled", BOOL, .get = ctl_get_tcache_enabled,
	.set = ctl_set_tcache_enabled),
    LEAF("flush", ACTION, .run = ctl_run_tcache_flush),
};

static const ctl_node_t thread_nodes[] = {
    LEAF("arena", UNSIGNED, .get = ctl_get_thread_arena,
	.set = ctl_set_thread_arena),
    TSD_U64("allocated", allocated),
    TSD_U64P("allocatedp", allocated),
    TSD_U64("deallocated", deallocated),
    TSD_U64P("deallocatedp", deallocated),
    BRANCH("tcache", thread_tcache_nodes),
    LEAF("idle", ACTION, .run = ctl_run_thread_idle),
};

/* -------------------------------------------------------- arena, arenas -- */

static const ctl_node_t arena_i_nodes[] = {
    LEAF("purge", ACTION, .run = ctl_run_arena_purge),
    LEAF("decay", ACTION, .run = ctl_run_arena_decay),
    LEAF("lg_dirty_mult", SSIZE, .get = ctl_get_lg_dirty_mult,
	.set = ctl_set_lg_dirty_mult),
    LEAF("decay_time", SSIZE, .get = ctl_get_decay_time,
	.set = ctl_set_decay_time, .offset = SECOND),
    LEAF("dirty_decay_ms", SSIZE, .get = ctl_get_decay_time,
	.set = ctl_set_decay_time, .offset = MS),
};
static const ctl_node_t arena_index[] = {INDEX(arena_i_nodes)};

#define BIN_SIZE(n, member)                    \
	LEAF(n, SIZE, .get = ctl_get_bin_size, \
	    .offset = offsetof(bin_info_t, member))

static const ctl_node_t arenas_bin_nodes[] = {
    BIN_SIZE("size", reg_size), LEAF("nregs", U32, .get = ctl_get_bin_nregs),
    BIN_SIZE("run_size", run_size),
    BIN_SIZE("slab_size", run_size), /* jemalloc 5's name for it */
};
static const ctl_node_t arenas_bin_index[] = {INDEX(arenas_bin_nodes)};

static const ctl_node_t arenas_lrun_nodes[] = {
    LEAF("size", SIZE, .get = ctl_get_class_size, .offset = NBINS),
};
static const ctl_node_t arenas_lrun_index[] = {INDEX(arenas_lrun_nodes)};

static const ctl_node_t arenas_hchunk_nodes[] = {
    LEAF("size", SIZE, .get = ctl_get_class_size, .offset = NBINS + NLCLASSES),
};
static const ctl_node_t arenas_hchunk_index[] = {INDEX(arenas_hchunk_nodes)};

static const ctl_node_t arenas_nodes[] = {
    LEAF("narenas", UNSIGNED, .get = ctl_get_narenas),
    LEAF("initialized", RAW, .run = ctl_run_initialized),
    LEAF("lg_dirty_mult", SSIZE, .get = ctl_get_lg_dirty_mult_default,
	.set = ctl_set_lg_dirty_mult_default),
    LEAF("decay_time", SSIZE, .get = ctl_get_decay_time_default,
	.set = ctl_set_decay_time_default, .offset = SECOND),
    LEAF("dirty_decay_ms", SSIZE, .get = ctl_get_decay_time_default,
	.set = ctl_set_decay_time_default, .offset = MS),
    CONSTANT("quantum", SIZE, size_t, (size_t)1 << LG_QUANTUM),
    CONSTANT("page", SIZE, size_t, PAGE),
    VAR("tcache_max", SIZE, tcache_maxclass),
    CONSTANT("nbins", UNSIGNED, unsigned, NBINS),
    VAR("nhbins", UNSIGNED, nhbins),
    CONSTANT("nlruns", UNSIGNED, unsigned, NLCLASSES),
    CONSTANT("nhchunks", UNSIGNED, unsigned, CTL_NHCHUNKS),
    INDEXED("bin", arenas_bin_index, ctl_index_bin),
    INDEXED("lrun", arenas_lrun_index, ctl_index_lrun),
    INDEXED("hchunk", arenas_hchunk_index, ctl_index_hchunk),
    LEAF("extend", UNSIGNED, .get = ctl_get_arenas_extend),
};

/* ---------------------------------------------------------------- stats -- */

#define ARENA_STAT(n, t, member)              \
	LEAF(n, t, .get = ctl_get_arena_stat, \
	    .offset = offsetof(ctl_arena_t, member))
/* Of a class: array is bins, lruns or hchunks. */
#define CLASS_STAT(n, t, array, member)                       \
	LEAF(n, t, .get = ctl_get_arena_stat,                 \
	    .offset = offsetof(ctl_arena_t, array[0].member), \
	    .stride = sizeof(((ctl_arena_t *)0)->array[0]))

#define TOTAL_NODES(kind)                                        \
	{                                                        \
		ARENA_STAT("allocated", SIZE, kind.allocated),   \
		    ARENA_STAT("nmalloc", U64, kind.nmalloc),    \
		    ARENA_STAT("ndalloc", U64, kind.ndalloc),    \
		    ARENA_STAT("nrequests", U64, kind.nrequests) \
	}

static const ctl_node_t stats_small_nodes[] = TOTAL_NODES(small);
static const ctl_node_t stats_large_nodes[] = TOTAL_NODES(large);
static const ctl_node_t stats_huge_nodes[] = TOTAL_NODES(huge);

static const ctl_node_t stats_metadata_nodes[] = {
    ARENA_STAT("mapped", SIZE, metadata_mapped),
    /* What serves the allocator itself comes from base, never from an arena. */
    CONSTANT("allocated", SIZE, size_t, 0),
};

static const ctl_node_t stats_bin_nodes[] = {
    CLASS_STAT("nmalloc", U64, bins, nmalloc),
    CLASS_STAT("ndalloc", U64, bins, ndalloc),
    CLASS_STAT("nrequests", U64, bins, nrequests),
    CLASS_STAT("curregs", SIZE, bins, curregs),
    CLASS_STAT("nfills", U64, bins, nfills),
    CLASS_STAT("nflushes", U64, bins, nflushes),
    CLASS_STAT("nruns", U64, bins, nruns),
    CLASS_STAT("nreruns", U64, bins, reruns),
    CLASS_STAT("curruns", SIZE, bins, curruns),
    CLASS_STAT("curslabs", SIZE, bins, curruns), /* jemalloc 5's name */
};
static const ctl_node_t stats_bin_index[] = {INDEX(stats_bin_nodes)};

static const ctl_node_t stats_lrun_nodes[] = {
    CLASS_STAT("nmalloc", U64, lruns, nmalloc),
    CLASS_STAT("ndalloc", U64, lruns, ndalloc),
    CLASS_STAT("nrequests", U64, lruns, nrequests),
    CLASS_STAT("curruns", SIZE, lruns, cur),
};
static const ctl_node_t stats_lrun_index[] = {INDEX(stats_lrun_nodes)};

static const ctl_node_t stats_hchunk_nodes[] = {
    CLASS_STAT("nmalloc", U64, hchunks, nmalloc),
    CLASS_STAT("ndalloc", U64, hchunks, ndalloc),
    CLASS_STAT("nrequests", U64, hchunks, nrequests),
    CLASS_STAT("curhchunks", SIZE, hchunks, cur),
};
static const ctl_node_t stats_hchunk_index[] = {INDEX(stats_hchunk_nodes)};

static const ctl_node_t stats_arenas_i_nodes[] = {
    ARENA_STAT("nthreads", UNSIGNED, nthreads),
    CONSTANT("dss", STRING, char *, "disabled"),
    ARENA_STAT("lg_dirty_mult", SSIZE, lg_dirty_mult),
    LEAF("decay_time", SSIZE, .get = ctl_get_arena_stat_time, .offset = SECOND),
    LEAF("dirty_decay_ms", SSIZE, .get = ctl_get_arena_stat_time, .offset = MS),
    ARENA_STAT("pactive", SIZE, pactive),
    ARENA_STAT("pdirty", SIZE, pdirty),
    /* jemalloc 5's lazily purged pages; here purged means purged. */
    CONSTANT("pmuzzy", SIZE, size_t, 0),
    ARENA_STAT("mapped", SIZE, mapped),
    ARENA_STAT("retained", SIZE, retained),
    ARENA_STAT("npurge", U64, npurge),
    ARENA_STAT("nmadvise", U64, nmadvise),
    ARENA_STAT("purged", U64, purged),
    BRANCH("metadata", stats_metadata_nodes),
    BRANCH("small", stats_small_nodes),
    BRANCH("large", stats_large_nodes),
    BRANCH("huge", stats_huge_nodes),
    INDEXED("bins", stats_bin_index, ctl_index_bin),
    INDEXED("lruns", stats_lrun_index, ctl_index_lrun),
    INDEXED("hchunks", stats_hchunk_index, ctl_index_hchunk),
};
static const ctl_node_t stats_arenas_index[] = {INDEX(stats_arenas_i_nodes)};

#define STAT(n, t, member) \
	LEAF(n, t, .get = ctl_get_stat, .offset = offsetof(ctl_stats_t, member))

static const size_t *const stats_cactive = &ctl_cactive;

static const ctl_node_t stats_nodes[] = {
    VAR("cactive", POINTER, stats_cactive),
    STAT("allocated", SIZE, allocated),
    STAT("active", SIZE, active),
    STAT("metadata", SIZE, metadata),
    STAT("resident", SIZE, resident),
    STAT("mapped", SIZE, mapped),
    STAT("retained", SIZE, retained),
    INDEXED("arenas", stats_arenas_index, ctl_index_stats_arena),
};

/* ----------------------------------------------------------------- root -- */

static const ctl_node_t root_nodes[] = {
    CONSTANT("version", STRING, char *, EBB_VERSION),
    LEAF("epoch", U64, .get = ctl_get_stat, .set = ctl_set_epoch,
	.set_first = true, .offset = offsetof(ctl_stats_t, epoch)),
    LEAF("background_thread", BOOL, .get = ctl_get_var,
	.set = ctl_set_background_thread, .var = &(const bool){false}),
    BRANCH("thread", thread_nodes),
    BRANCH("config", config_nodes),
    BRANCH("opt", opt_nodes),
    INDEXED("arena", arena_index, ctl_index_arena),
    BRANCH("arenas", arenas_nodes),
    BRANCH("stats", stats_nodes),
};

const ctl_node_t ctl_root = BRANCH("", root_nodes);
