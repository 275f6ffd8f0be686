/*
 * ctl: every leaf of the tree by name and by MIB, with right and wrong
 * lengths; the names that programs use, with their sizes; partial names and
 * MIBs; bounds of every index; and errors.
 */
#include "unit.h"

#include <errno.h>

#include "arenas.h"
#include "ctl.h"
#include "ctl_tree.h"
#include "malloc_io.h"
#include "public.h"
#include "tcache.h"

#define NCHUNKS (NSIZES - NBINS - NLCLASSES)

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

/* ------------------------------------------------------------ every leaf -- */

typedef void(leaf_test_t)(const char *name, const ctl_node_t *leaf);

/* Calls f for every leaf; indices are 0. */
static unsigned
each_leaf(const ctl_node_t *node, const char *prefix, leaf_test_t *f)
{
	unsigned n = 0;
	if (node->nchildren == 0) {
		f(prefix, node);
		return 1;
	}
	for (unsigned i = 0; i < node->nchildren; i++) {
		char name[128];
		const char *part = node->children[i].name;
		assert_int_equal(part == NULL, node->index != NULL);
		malloc_snprintf(name, sizeof(name), "%s%s%s", prefix,
		    *prefix == '\0' ? "" : ".", part == NULL ? "0" : part);
		n += each_leaf(&node->children[i], name, f);
	}
	return n;
}

/* Reading it does not read the same twice, or makes something. */
static bool
changes(const char *name)
{
	return strcmp(name, "arenas.extend") == 0;
}

static void
leaf_name_and_mib_agree(const char *name, const ctl_node_t *leaf)
{
	size_t mib[CTL_MAX_DEPTH + 1];
	size_t depth = COUNT(mib);
	size_t size = ctl_type_size((ctl_type_t)leaf->type);
	ctl_value_t one, two;
	assert_int_equal(ctl_nametomib(name, mib, &depth), 0);
	assert_true(depth <= CTL_MAX_DEPTH);
	if (size == 0 || changes(name))
		return;
	memset(&one, 0xee, sizeof(one));
	memset(&two, 0xee, sizeof(two));
	assert_int_equal(get(name, &one, size), 0);
	size_t len = size;
	assert_int_equal(ctl_bymib(mib, depth, &two, &len, NULL, 0), 0);
	assert_int_equal(len, size);
	assert_memory_equal(&one, &two, sizeof(one));
	/* One component more, and one less. */
	mib[depth] = 0;
	assert_int_equal(
	    ctl_bymib(mib, depth + 1, &two, &len, NULL, 0), ENOENT);
	assert_int_equal(
	    ctl_bymib(mib, depth - 1, &two, &len, NULL, 0), ENOENT);
}

/* As much as fits is copied, not a byte more, and it is an error. */
static void
leaf_old_length(const char *name, const ctl_node_t *leaf)
{
	size_t size = ctl_type_size((ctl_type_t)leaf->type);
	unsigned char right[sizeof(ctl_value_t)];
	if (size == 0 || changes(name))
		return;
	assert_int_equal(get(name, right, size), 0);
	for (size_t room = 0; room <= sizeof(ctl_value_t) + 1; room++) {
		unsigned char old[sizeof(ctl_value_t) + 2];
		size_t len = room;
		size_t copied = room < size ? room : size;
		memset(old, 0xee, sizeof(old));
		assert_int_equal(ctl_byname(name, old, &len, NULL, 0),
		    room == size ? 0 : EINVAL);
		assert_int_equal(len, copied);
		assert_memory_equal(old, right, copied);
		for (size_t i = copied; i < sizeof(old); i++)
			assert_int_equal(old[i], 0xee);
	}
	/* Nobody asks. */
	size_t len = 1;
	assert_int_equal(ctl_byname(name, NULL, NULL, NULL, 0), 0);
	assert_int_equal(ctl_byname(name, NULL, &len, NULL, 0), 0);
	assert_int_equal(ctl_byname(name, right, NULL, NULL, 0), 0);
}

static void
leaf_permissions(const char *name, const ctl_node_t *leaf)
{
	static const char *const writable[] = {"epoch", "background_thread",
	    "thread.arena", "thread.tcache.enabled", "arena.0.lg_dirty_mult",
	    "arena.0.decay_time", "arena.0.dirty_decay_ms",
	    "arenas.lg_dirty_mult", "arenas.decay_time",
	    "arenas.dirty_decay_ms"};
	ctl_value_t value = {.u64 = 0};
	size_t size = ctl_type_size((ctl_type_t)leaf->type);
	size_t len = sizeof(value);
	bool may_write = false;
	for (unsigned i = 0; i < COUNT(writable); i++)
		may_write |= strcmp(name, writable[i]) == 0;
	assert_int_equal(leaf->set != NULL, may_write);
	if (leaf->type == CTL_ACTION) {
		assert_int_equal(
		    ctl_byname(name, &value, &len, NULL, 0), EPERM);
		assert_int_equal(ctl_byname(name, NULL, &len, NULL, 0), EPERM);
	}
	if (!may_write) {
		assert_int_equal(set(name, &value, size), EPERM);
		assert_int_equal(set(name, &value, 0), EPERM);
		assert_int_equal(set(name, NULL, 1), EPERM);
		return;
	}
	/* A wrong length is found out before anything happens. */
	assert_int_equal(set(name, &value, size + 1), EINVAL);
	assert_int_equal(set(name, &value, size - 1), EINVAL);
	assert_int_equal(set(name, &value, 0), EINVAL);
}

static void
leaf_is_whole(const char *name, const ctl_node_t *leaf)
{
	char longer[160];
	size_t mib[CTL_MAX_DEPTH];
	size_t depth = CTL_MAX_DEPTH;
	(void)leaf;
	malloc_snprintf(longer, sizeof(longer), "%s.x", name);
	assert_int_equal(get(longer, NULL, 0), ENOENT);
	assert_int_equal(ctl_nametomib(longer, mib, &depth), ENOENT);
	malloc_snprintf(longer, sizeof(longer), "%s.", name);
	assert_int_equal(get(longer, NULL, 0), ENOENT);
	malloc_snprintf(longer, sizeof(longer), ".%s", name);
	assert_int_equal(get(longer, NULL, 0), ENOENT);
	/* All that is shorter by a component or more. */
	strcpy(longer, name);
	for (char *dot; (dot = strrchr(longer, '.')) != NULL;) {
		*dot = '\0';
		depth = CTL_MAX_DEPTH;
		assert_int_equal(get(longer, NULL, 0), ENOENT);
		assert_int_equal(ctl_nametomib(longer, mib, &depth), ENOENT);
	}
}

static void
test_ctl_every_leaf(void **state)
{
	(void)state;
	assert_true(each_leaf(&ctl_root, "", leaf_name_and_mib_agree) > 100);
	each_leaf(&ctl_root, "", leaf_old_length);
	each_leaf(&ctl_root, "", leaf_permissions);
	each_leaf(&ctl_root, "", leaf_is_whole);
}

/* ------------------------------------------------------------- the names -- */

/* By type, what has to be there. */
static const struct {
	size_t size;
	const char *names; /* between spaces; a '@' is an arena's prefix */
} expected[] = {
    {sizeof(const char *),
	"version config.malloc_conf opt.dss opt.purge opt.fill "
	"opt.purge_advice opt.junk @dss"},
    {sizeof(uint64_t),
	"epoch thread.allocated thread.deallocated @npurge @nmadvise @purged "
	"@small.nmalloc @small.ndalloc @small.nrequests @large.nmalloc "
	"@large.ndalloc @large.nrequests @huge.nmalloc @huge.ndalloc "
	"@huge.nrequests @bins.0.nmalloc @bins.0.ndalloc @bins.0.nrequests "
	"@bins.0.nfills @bins.0.nflushes @bins.0.nruns @bins.0.nreruns "
	"@lruns.0.nmalloc @lruns.0.ndalloc @lruns.0.nrequests "
	"@hchunks.0.nmalloc @hchunks.0.ndalloc @hchunks.0.nrequests"},
    {sizeof(uint64_t *), "thread.allocatedp thread.deallocatedp stats.cactive"},
    {sizeof(bool),
	"config.cache_oblivious config.debug config.fill config.lazy_lock "
	"config.munmap config.prof config.stats config.tcache config.thp "
	"config.tls config.utrace config.xmalloc opt.abort opt.abort_conf "
	"opt.confirm_conf opt.munmap opt.stats_print opt.zero opt.xmalloc "
	"opt.tcache opt.thp thread.tcache.enabled background_thread"},
    {sizeof(unsigned),
	"opt.narenas thread.arena arenas.narenas arenas.nbins arenas.nhbins "
	"arenas.nlruns arenas.nhchunks arenas.extend @nthreads"},
    {sizeof(uint32_t), "arenas.bin.0.nregs"},
    {sizeof(ssize_t),
	"opt.lg_dirty_mult opt.decay_time opt.dirty_decay_ms "
	"opt.lg_tcache_max arena.0.lg_dirty_mult arena.0.decay_time "
	"arena.0.dirty_decay_ms arenas.lg_dirty_mult arenas.decay_time "
	"arenas.dirty_decay_ms @lg_dirty_mult @decay_time @dirty_decay_ms"},
    {sizeof(size_t),
	"opt.lg_chunk arenas.quantum arenas.page arenas.tcache_max "
	"arenas.bin.0.size arenas.bin.0.run_size arenas.bin.0.slab_size "
	"arenas.lrun.0.size arenas.hchunk.0.size stats.allocated "
	"stats.active stats.metadata stats.resident stats.mapped "
	"stats.retained @pactive @pdirty @pmuzzy @mapped @retained "
	"@metadata.mapped @metadata.allocated @small.allocated "
	"@large.allocated @huge.allocated @bins.0.curregs @bins.0.curruns "
	"@bins.0.curslabs @lruns.0.curruns @hchunks.0.curhchunks"},
};

static void
test_ctl_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(expected); i++) {
		char names[2048], *save;
		strcpy(names, expected[i].names);
		for (char *word = strtok_r(names, " ", &save); word != NULL;
		     word = strtok_r(NULL, " ", &save)) {
			char name[128];
			uint64_t value;
			bool arena = *word == '@';
			malloc_snprintf(name, sizeof(name), "%s%s",
			    arena ? "stats.arenas.0." : "", word + arena);
			if (get(name, &value, expected[i].size) != 0)
				fail_msg("%s", name);
		}
	}
	assert_int_equal(
	    ctl_byname("thread.tcache.flush", NULL, NULL, NULL, 0), 0);
	assert_int_equal(ctl_byname("thread.idle", NULL, NULL, NULL, 0), 0);
	assert_int_equal(ctl_byname("arena.0.purge", NULL, NULL, NULL, 0), 0);
	assert_int_equal(ctl_byname("arena.0.decay", NULL, NULL, NULL, 0), 0);
}

static void
test_ctl_no_such_name(void **state)
{
	static const char *const names[] = {"", ".", "x", "versio", "versionx",
	    "opt", "opt.", "opt.prof", "prof.active", "opt.quarantine",
	    "opt..abort", "arena", "arena.", "arena.x.purge", "arena.-1.purge",
	    "arena.+0.purge", "arena.0x0.purge", "arena.0 .purge",
	    "arena.99999999999999999999999.purge", "arenas.bin.size",
	    "arenas.bin.0", "stats.arenas", "stats.arenas.0",
	    "stats.arenas.0.bins.0.nmalloc.x"};
	(void)state;
	for (unsigned i = 0; i < COUNT(names); i++) {
		uint64_t value;
		size_t mib[CTL_MAX_DEPTH];
		size_t depth = CTL_MAX_DEPTH;
		assert_int_equal(get(names[i], &value, 8), ENOENT);
		assert_int_equal(ctl_nametomib(names[i], mib, &depth), ENOENT);
	}
	assert_int_equal(ctl_bymib(NULL, 0, NULL, NULL, NULL, 0), ENOENT);
	size_t bad = ctl_root.nchildren;
	assert_int_equal(ctl_bymib(&bad, 1, NULL, NULL, NULL, 0), ENOENT);
	bad = SIZE_MAX;
	assert_int_equal(ctl_bymib(&bad, 1, NULL, NULL, NULL, 0), ENOENT);
}

/* ------------------------------------------------------------------ MIBs -- */

static void
test_ctl_partial_mib(void **state)
{
	size_t whole[CTL_MAX_DEPTH], part[CTL_MAX_DEPTH];
	size_t depth = CTL_MAX_DEPTH;
	(void)state;
	assert_int_equal(
	    ctl_nametomib("stats.arenas.0.bins.0.nmalloc", whole, &depth), 0);
	assert_int_equal(depth, 6);
	for (size_t room = 0; room < 6; room++) {
		memset(part, 0xee, sizeof(part));
		depth = room;
		assert_int_equal(ctl_nametomib("stats.arenas.0.bins.0.nmalloc",
				     part, &depth),
		    0);
		assert_int_equal(depth, room);
		assert_memory_equal(part, whole, room * sizeof(size_t));
		assert_int_equal((unsigned char)part[room], 0xee);
	}
	/* The use of it: to fill in what was not in the name. */
	depth = 2;
	assert_int_equal(ctl_nametomib("arenas.bin.0.size", part, &depth), 0);
	for (size_t i = 0; i < NBINS; i++) {
		size_t size, len = sizeof(size);
		part[2] = i;
		part[3] = 0;
		assert_int_equal(ctl_bymib(part, 4, &size, &len, NULL, 0), 0);
		assert_int_equal(size, index2size((szind_t)i));
	}
}

/* Reads prefix.<i>.suffix by name and by a patched MIB. */
static int
get_at(
    const char *prefix, size_t i, const char *suffix, void *value, size_t size)
{
	char name[128];
	size_t mib[CTL_MAX_DEPTH];
	size_t depth = CTL_MAX_DEPTH, at = 0, len = size;
	malloc_snprintf(name, sizeof(name), "%s.%zu.%s", prefix, i, suffix);
	int err = get(name, value, size);
	for (const char *s = prefix; s != NULL; s = strchr(s + 1, '.'))
		at++;
	malloc_snprintf(name, sizeof(name), "%s.0.%s", prefix, suffix);
	assert_int_equal(ctl_nametomib(name, mib, &depth), 0);
	mib[at] = i;
	assert_int_equal(ctl_bymib(mib, depth, value, &len, NULL, 0), err);
	return err;
}

/* i < count, and no further (E-48). */
static void
test_ctl_index_bounds(void **state)
{
	static const struct {
		const char *prefix;
		const char *suffix;
		size_t count;
	} indices[] = {{"arenas.bin", "size", NBINS},
	    {"arenas.lrun", "size", NLCLASSES},
	    {"arenas.hchunk", "size", NCHUNKS},
	    {"stats.arenas.0.bins", "nruns", NBINS},
	    {"stats.arenas.0.lruns", "nmalloc", NLCLASSES},
	    {"stats.arenas.0.hchunks", "nmalloc", NCHUNKS},
	    {"stats.arenas.4096.bins", "nruns", NBINS}};
	(void)state;
	for (unsigned i = 0; i < COUNT(indices); i++) {
		uint64_t value;
		for (size_t j = 0; j < indices[i].count; j++)
			assert_int_equal(get_at(indices[i].prefix, j,
					     indices[i].suffix, &value, 8),
			    0);
		const size_t beyond[] = {indices[i].count, indices[i].count + 1,
		    SIZE_MAX, (size_t)1 << 32};
		for (unsigned j = 0; j < COUNT(beyond); j++)
			assert_int_equal(get_at(indices[i].prefix, beyond[j],
					     indices[i].suffix, &value, 8),
			    ENOENT);
	}
}

static void
test_ctl_arena_bounds(void **state)
{
	unsigned n;
	size_t pages;
	ssize_t mult;
	(void)state;
	assert_int_equal(get("arenas.narenas", &n, sizeof(n)), 0);
	assert_int_equal(n, narenas_total_get());
	const size_t none[] = {n + 1, 4095, 4097, SIZE_MAX};
	for (unsigned i = 0; i < COUNT(none); i++) {
		assert_int_equal(
		    get_at("stats.arenas", none[i], "pactive", &pages, 8),
		    ENOENT);
		assert_int_equal(
		    get_at("arena", none[i], "lg_dirty_mult", &mult, 8),
		    ENOENT);
	}
	const size_t all[] = {n, CTL_ARENAS_ALL};
	for (unsigned i = 0; i < COUNT(all); i++) {
		char name[64];
		assert_int_equal(
		    get_at("stats.arenas", all[i], "pactive", &pages, 8), 0);
		/* They have no settings in common. */
		assert_int_equal(
		    get_at("arena", all[i], "lg_dirty_mult", &mult, 8), EFAULT);
		malloc_snprintf(name, sizeof(name), "arena.%zu.purge", all[i]);
		assert_int_equal(ctl_byname(name, NULL, NULL, NULL, 0), 0);
		malloc_snprintf(name, sizeof(name), "arena.%zu.decay", all[i]);
		assert_int_equal(ctl_byname(name, NULL, NULL, NULL, 0), 0);
	}
}

/* ---------------------------------------------------------------- values -- */

static size_t
get_size(const char *name)
{
	size_t value;
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

static bool
get_bool(const char *name)
{
	unsigned char value = 2;
	assert_int_equal(get(name, &value, sizeof(value)), 0);
	assert_true(value < 2);
	return value;
}

static void
test_ctl_constants(void **state)
{
	const char *version, *conf;
	(void)state;
	assert_int_equal(get("version", &version, sizeof(version)), 0);
	assert_string_equal(version, EBB_VERSION);
	assert_int_equal(strncmp(version, "4.5.0-", 6), 0);
	assert_int_equal(get("config.malloc_conf", &conf, sizeof(conf)), 0);
	assert_non_null(strstr(conf, "purge:decay"));
	assert_int_equal(get_bool("config.tcache"), config_tcache);
	assert_false(get_bool("config.prof"));
	assert_true(get_bool("config.stats"));
	assert_int_equal(get_size("arenas.quantum"), 16);
	assert_int_equal(get_size("arenas.page"), 4096);
	assert_int_equal(get_size("arenas.tcache_max"), tcache_maxclass);
	assert_int_equal(get_unsigned("arenas.nbins"), 36);
	assert_int_equal(get_unsigned("arenas.nhbins"), nhbins);
	assert_int_equal(get_unsigned("arenas.nlruns"), 28);
	assert_int_equal(get_unsigned("arenas.nhchunks"), 168);
	assert_int_equal(get_size("opt.lg_chunk"), 21);
}

static void
test_ctl_classes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NBINS; i++) {
		size_t run, slab;
		uint32_t nregs;
		get_at("arenas.bin", i, "run_size", &run, sizeof(run));
		get_at("arenas.bin", i, "slab_size", &slab, sizeof(slab));
		get_at("arenas.bin", i, "nregs", &nregs, sizeof(nregs));
		assert_int_equal(run, arena_bin_info[i].run_size);
		assert_int_equal(slab, run);
		assert_int_equal(nregs, arena_bin_info[i].nregs);
	}
	for (unsigned i = 0; i < NSIZES - NBINS; i++) {
		bool large = i < NLCLASSES;
		size_t size;
		get_at(large ? "arenas.lrun" : "arenas.hchunk",
		    large ? i : i - NLCLASSES, "size", &size, sizeof(size));
		assert_int_equal(size, index2size(NBINS + i));
	}
}

/* A thread is told that there are no background threads, and none are made. */
static void
test_ctl_background_thread(void **state)
{
	bool yes = true, no = false;
	(void)state;
	assert_false(get_bool("background_thread"));
	assert_int_equal(set("background_thread", &yes, sizeof(yes)), EPERM);
	assert_int_equal(set("background_thread", &no, sizeof(no)), 0);
	assert_false(get_bool("background_thread"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_every_leaf),
	    cmocka_unit_test(test_ctl_names),
	    cmocka_unit_test(test_ctl_no_such_name),
	    cmocka_unit_test(test_ctl_partial_mib),
	    cmocka_unit_test(test_ctl_index_bounds),
	    cmocka_unit_test(test_ctl_arena_bounds),
	    cmocka_unit_test(test_ctl_constants),
	    cmocka_unit_test(test_ctl_classes),
	    cmocka_unit_test(test_ctl_background_thread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
