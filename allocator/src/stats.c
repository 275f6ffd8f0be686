#include "stats.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "arenas.h"
#include "assert.h"
#include "ctl.h"
#include "ctl_tree.h"
#include "emitter.h"
#include "malloc_io.h"

bool opt_stats_print;

/* Longer than every name. */
#define STATS_NAME 64
#define COUNT_OF(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

/* What is wanted: by a letter of opts it is left out, or JSON chosen. */
typedef struct stats_wanted_s {
	bool text, general, merged, arenas, bins, large, huge;
} stats_wanted_t;

/* --------------------------------------------------------------- values -- */

static emitter_value_t
stats_uint(uint64_t u)
{
	return (emitter_value_t){.type = EMITTER_UINT, .u = u};
}

static emitter_value_t
stats_string(const char *s)
{
	return (emitter_value_t){.type = EMITTER_STRING, .s = s};
}

static emitter_value_t
stats_from_ctl(ctl_type_t type, const ctl_value_t *value)
{
	switch (type) {
	case CTL_BOOL:
		return (emitter_value_t){.type = EMITTER_BOOL, .b = value->b};
	case CTL_U32:
		return stats_uint(value->u32);
	case CTL_UNSIGNED:
		return stats_uint(value->u);
	case CTL_U64:
		return stats_uint(value->u64);
	case CTL_SIZE:
		return stats_uint(value->z);
	case CTL_SSIZE:
		return (emitter_value_t){.type = EMITTER_INT, .i = value->s};
	case CTL_STRING:
		return stats_string(value->str);
	case CTL_POINTER:
		return stats_uint(*(const size_t *)value->p);
	default:
		not_reached();
	}
}

/* A value of mallctl's by its name, which is a format; 0 if the arena that is
 * meant went out of the snapshot meanwhile. */
EBB_PRINTF(1, 2) static emitter_value_t stats_read(const char *fmt, ...)
{
	char name[STATS_NAME];
	ctl_type_t type;
	ctl_value_t value;
	va_list ap;
	va_start(ap, fmt);
	malloc_vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	if (ctl_read(name, &type, &value) != 0)
		return stats_uint(0);
	return stats_from_ctl(type, &value);
}

/* -------------------------------------------------------------- general -- */

/* All leaves of a branch of the tree, as it lists them. */
static void
stats_branch_print(emitter_t *e, const char *name, const char *label)
{
	const ctl_node_t *branch = NULL;
	for (unsigned i = 0; i < ctl_root.nchildren; i++) {
		if (strcmp(ctl_root.children[i].name, name) == 0)
			branch = &ctl_root.children[i];
	}
	assert(branch != NULL);
	emitter_group_begin(e, name, label);
	for (unsigned i = 0; i < branch->nchildren; i++) {
		const char *leaf = branch->children[i].name;
		char full[STATS_NAME];
		malloc_snprintf(full, sizeof(full), "%s.%s", name, leaf);
		emitter_field(e, leaf, full, stats_read("%s", full));
	}
	emitter_group_end(e);
}

/* A table of the sizes of classes, in JSON only: text has them with their
 * counts. */
static void
stats_classes_print(emitter_t *e, const char *kind, unsigned n,
    const emitter_column_t *columns, unsigned ncolumns)
{
	emitter_value_t values[3];
	if (!e->json)
		return;
	assert(ncolumns <= COUNT_OF(values));
	emitter_table_begin(e, kind, NULL, columns, ncolumns);
	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = 0; j < ncolumns; j++)
			values[j] = stats_read(
			    "arenas.%s.%u.%s", kind, i, columns[j].key);
		emitter_table_row(e, columns, ncolumns, values, false);
	}
	emitter_table_end(e);
}

static void
stats_arenas_settings_print(emitter_t *e)
{
	static const emitter_column_t columns[] = {
	    {"size"}, {"nregs"}, {"run_size"}};
	bool ratio = opt_purge == PURGE_RATIO;
	const char *const fields[][2] = {
	    {"narenas", "Arenas"},
	    {"lg_dirty_mult", ratio ? "Purging by ratio, lg_dirty_mult" : NULL},
	    {"decay_time", ratio ? NULL : "Purging by decay, seconds"},
	    {"dirty_decay_ms", NULL},
	    {"quantum", "Quantum"},
	    {"page", "Page"},
	    {"tcache_max", "Largest cached class"},
	    {"nbins", NULL},
	    {"nhbins", NULL},
	    {"nlruns", NULL},
	    {"nhchunks", NULL},
	};
	emitter_group_begin(e, "arenas", NULL);
	for (unsigned i = 0; i < COUNT_OF(fields); i++)
		emitter_field(e, fields[i][0], fields[i][1],
		    stats_read("arenas.%s", fields[i][0]));
	stats_classes_print(e, "bin", NBINS, columns, 3);
	stats_classes_print(e, "lrun", NLCLASSES, columns, 1);
	stats_classes_print(
	    e, "hchunk", NSIZES - NBINS - NLCLASSES, columns, 1);
	emitter_group_end(e);
}

static void
stats_general_print(emitter_t *e)
{
	emitter_field(e, "version", "Version", stats_read("version"));
	emitter_line(e, stats_read("config.debug").b ? "Assertions: enabled"
						     : "Assertions: disabled");
	stats_branch_print(e, "config", "Build");
	stats_branch_print(e, "opt", "Options");
	stats_arenas_settings_print(e);
}

/* --------------------------------------------------------------- totals -- */

static void
stats_global_print(emitter_t *e)
{
	static const char *const names[] = {"allocated", "active", "metadata",
	    "resident", "mapped", "retained"};
	emitter_field_t fields[COUNT_OF(names)];
	for (unsigned i = 0; i < COUNT_OF(names); i++)
		fields[i] = (emitter_field_t){
		    names[i], names[i], stats_read("stats.%s", names[i])};
	emitter_group_begin(e, "stats", NULL);
	emitter_fields(e, fields, COUNT_OF(fields));
	emitter_field(e, "cactive", "current active ceiling",
	    stats_read("stats.cactive"));
	emitter_group_end(e);
}

/* small, large and huge: rows of text, but groups of JSON. */
static void
stats_kinds_print(emitter_t *e, unsigned ind)
{
	static const char *const kinds[] = {"small", "large", "huge"};
	static const emitter_column_t columns[] = {
	    {NULL, "", 6},
	    {"allocated", "allocated", 14},
	    {"nmalloc", "nmalloc", 13},
	    {"ndalloc", "ndalloc", 13},
	    {"nrequests", "nrequests", 13},
	};
	enum { N = COUNT_OF(columns) };
	emitter_value_t row[N], sum[N];
	for (unsigned j = 0; j < N; j++)
		sum[j] = j == 0 ? stats_string("total") : stats_uint(0);
	if (!e->json)
		emitter_table_begin(e, NULL, "by kind", columns, N);
	for (unsigned i = 0; i < COUNT_OF(kinds); i++) {
		row[0] = stats_string(kinds[i]);
		emitter_group_begin(e, kinds[i], NULL);
		for (unsigned j = 1; j < N; j++) {
			row[j] = stats_read("stats.arenas.%u.%s.%s", ind,
			    kinds[i], columns[j].key);
			sum[j].u += row[j].u;
			emitter_field(e, columns[j].key, NULL, row[j]);
		}
		emitter_group_end(e);
		if (!e->json)
			emitter_table_row(e, columns, N, row, false);
	}
	if (!e->json)
		emitter_table_row(e, columns, N, sum, false);
}

/* ------------------------------------------------------ tables of classes --
 */

/* curregs / (curruns * nregs) in thousandths; "race" if the numbers, of
 * different moments, do not fit each other. */
static const char *
stats_utilization(
    uint64_t curregs, uint64_t curruns, uint64_t nregs, char *text, size_t size)
{
	uint64_t regs = curruns * nregs;
	if (regs == 0 || curregs == regs)
		return "1";
	if (curregs > regs)
		return "race";
	malloc_snprintf(
	    text, size, "0.%03u", (unsigned)(curregs * 1000 / regs));
	return text;
}

enum {
	BIN_SIZE,
	BIN_IND,
	BIN_ALLOCATED,
	BIN_NMALLOC,
	BIN_NDALLOC,
	BIN_NREQUESTS,
	BIN_CURREGS,
	BIN_CURRUNS,
	BIN_REGS,
	BIN_PAGES,
	BIN_UTIL,
	BIN_NFILLS,
	BIN_NFLUSHES,
	BIN_NRUNS,
	BIN_NRERUNS,
	BIN_COLUMNS
};

static const emitter_column_t bin_columns[BIN_COLUMNS] = {
    [BIN_SIZE] = {NULL, "size", 8},
    [BIN_IND] = {NULL, "ind", 3},
    [BIN_ALLOCATED] = {NULL, "allocated", 12},
    [BIN_NMALLOC] = {"nmalloc", "nmalloc", 12},
    [BIN_NDALLOC] = {"ndalloc", "ndalloc", 12},
    [BIN_NREQUESTS] = {"nrequests", "nrequests", 12},
    [BIN_CURREGS] = {"curregs", "curregs", 12},
    [BIN_CURRUNS] = {"curruns", "curruns", 12},
    [BIN_REGS] = {NULL, "regs", 4},
    [BIN_PAGES] = {NULL, "pages", 5},
    [BIN_UTIL] = {NULL, "util", 5},
    [BIN_NFILLS] = {"nfills", "nfills", 12},
    [BIN_NFLUSHES] = {"nflushes", "nflushes", 12},
    [BIN_NRUNS] = {"nruns", "newruns", 12},
    [BIN_NRERUNS] = {"nreruns", "reruns", 12},
};

static void
stats_bins_print(emitter_t *e, unsigned ind)
{
	char util[sizeof("0.999")];
	emitter_value_t row[BIN_COLUMNS];
	emitter_table_begin(e, "bins", "small", bin_columns, BIN_COLUMNS);
	for (unsigned i = 0; i < NBINS; i++) {
		for (unsigned j = 0; j < BIN_COLUMNS; j++) {
			if (bin_columns[j].key != NULL)
				row[j] =
				    stats_read("stats.arenas.%u.bins.%u.%s",
					ind, i, bin_columns[j].key);
		}
		const bin_info_t *info = &arena_bin_info[i];
		row[BIN_SIZE] = stats_uint(info->reg_size);
		row[BIN_IND] = stats_uint(i);
		row[BIN_ALLOCATED] =
		    stats_uint(row[BIN_CURREGS].u * info->reg_size);
		row[BIN_REGS] = stats_uint(info->nregs);
		row[BIN_PAGES] = stats_uint(info->run_pages);
		row[BIN_UTIL] =
		    stats_string(stats_utilization(row[BIN_CURREGS].u,
			row[BIN_CURRUNS].u, info->nregs, util, sizeof(util)));
		emitter_table_row(
		    e, bin_columns, BIN_COLUMNS, row, row[BIN_NRUNS].u == 0);
	}
	emitter_table_end(e);
}

enum {
	CLASS_SIZE,
	CLASS_IND,
	CLASS_ALLOCATED,
	CLASS_NMALLOC,
	CLASS_NDALLOC,
	CLASS_NREQUESTS,
	CLASS_CUR,
	CLASS_COLUMNS
};

#define CLASS_TABLE(cur)                                            \
	{                                                           \
		[CLASS_SIZE] = {NULL, "size", 20},                  \
		[CLASS_IND] = {NULL, "ind", 3},                     \
		[CLASS_ALLOCATED] = {NULL, "allocated", 12},        \
		[CLASS_NMALLOC] = {"nmalloc", "nmalloc", 12},       \
		[CLASS_NDALLOC] = {"ndalloc", "ndalloc", 12},       \
		[CLASS_NREQUESTS] = {"nrequests", "nrequests", 12}, \
		[CLASS_CUR] = {cur, cur, 12},                       \
	}

static const emitter_column_t lrun_columns[] = CLASS_TABLE("curruns");
static const emitter_column_t hchunk_columns[] = CLASS_TABLE("curhchunks");

/* Large or huge classes; the first one of the kind has index first. */
static void
stats_classes_counts_print(emitter_t *e, unsigned ind, const char *kind,
    const char *label, const emitter_column_t *columns, szind_t first,
    unsigned n)
{
	emitter_value_t row[CLASS_COLUMNS];
	emitter_table_begin(e, kind, label, columns, CLASS_COLUMNS);
	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = CLASS_NMALLOC; j < CLASS_COLUMNS; j++)
			row[j] = stats_read("stats.arenas.%u.%s.%u.%s", ind,
			    kind, i, columns[j].key);
		size_t size = index2size(first + i);
		row[CLASS_SIZE] = stats_uint(size);
		row[CLASS_IND] = stats_uint(first + i);
		row[CLASS_ALLOCATED] = stats_uint(row[CLASS_CUR].u * size);
		emitter_table_row(e, columns, CLASS_COLUMNS, row,
		    row[CLASS_NREQUESTS].u == 0 && row[CLASS_NMALLOC].u == 0);
	}
	emitter_table_end(e);
}

/* --------------------------------------------------------------- arenas -- */

/* Lines of text; the JSON names are mallctl's. */
static void
stats_arena_settings_print(emitter_t *e, unsigned ind)
{
	static const char *const lines[][4][2] = {
	    {{"nthreads", "threads"}},
	    {{"dss", "dss"}},
	    {{"lg_dirty_mult", "lg_dirty_mult"}, {"decay_time", "decay_time"},
		{"dirty_decay_ms", "dirty_decay_ms"}},
	    {{"pdirty", "dirty"}, {"npurge", "sweeps"},
		{"nmadvise", "madvises"}, {"purged", "purged"}},
	};
	for (unsigned i = 0; i < COUNT_OF(lines); i++) {
		emitter_field_t fields[4];
		unsigned n = 0;
		for (; n < 4 && lines[i][n][0] != NULL; n++)
			fields[n] =
			    (emitter_field_t){lines[i][n][0], lines[i][n][1],
				stats_read(
				    "stats.arenas.%u.%s", ind, lines[i][n][0])};
		emitter_fields(e, fields, n);
	}
}

static void
stats_arena_memory_print(emitter_t *e, unsigned ind)
{
	emitter_value_t pactive = stats_read("stats.arenas.%u.pactive", ind);
	emitter_field(e, "pactive", NULL, pactive);
	const emitter_field_t fields[] = {
	    {NULL, "active", stats_uint(pactive.u << LG_PAGE)},
	    {"mapped", "mapped", stats_read("stats.arenas.%u.mapped", ind)},
	    {"retained", "retained",
		stats_read("stats.arenas.%u.retained", ind)},
	};
	const emitter_field_t metadata[] = {
	    {"mapped", "metadata mapped",
		stats_read("stats.arenas.%u.metadata.mapped", ind)},
	    {"allocated", "allocated",
		stats_read("stats.arenas.%u.metadata.allocated", ind)},
	};
	emitter_fields(e, fields, COUNT_OF(fields));
	emitter_group_begin(e, "metadata", NULL);
	emitter_fields(e, metadata, COUNT_OF(metadata));
	emitter_group_end(e);
}

static void
stats_arena_print(emitter_t *e, const stats_wanted_t *wanted, unsigned ind,
    const char *key, const char *label)
{
	emitter_group_begin(e, key, label);
	stats_arena_settings_print(e, ind);
	stats_kinds_print(e, ind);
	stats_arena_memory_print(e, ind);
	if (wanted->bins)
		stats_bins_print(e, ind);
	if (wanted->large)
		stats_classes_counts_print(
		    e, ind, "lruns", "large", lrun_columns, NBINS, NLCLASSES);
	if (wanted->huge)
		stats_classes_counts_print(e, ind, "hchunks", "huge",
		    hchunk_columns, NBINS + NLCLASSES,
		    NSIZES - NBINS - NLCLASSES);
	emitter_group_end(e);
}

static void
stats_arenas_print(emitter_t *e, const stats_wanted_t *wanted)
{
	emitter_group_begin(e, "stats.arenas", NULL);
	if (wanted->merged)
		stats_arena_print(
		    e, wanted, CTL_ARENAS_ALL, "merged", "All arenas");
	unsigned total = wanted->arenas ? narenas_total_get() : 0;
	for (unsigned i = 0; i < total; i++) {
		char name[STATS_NAME], key[12], label[24];
		ctl_type_t type;
		ctl_value_t value;
		malloc_snprintf(
		    name, sizeof(name), "stats.arenas.%u.nthreads", i);
		if (ctl_read(name, &type, &value) != 0)
			continue;
		malloc_snprintf(key, sizeof(key), "%u", i);
		malloc_snprintf(label, sizeof(label), "Arena %u", i);
		stats_arena_print(e, wanted, i, key, label);
	}
	emitter_group_end(e);
}

/* ---------------------------------------------------------------- whole -- */

static stats_wanted_t
stats_wanted(const char *opts)
{
	stats_wanted_t wanted = {true, true, true, true, true, true, true};
	for (; opts != NULL && *opts != '\0'; opts++) {
		const struct {
			char letter;
			bool *what;
		} letters[] = {{'J', &wanted.text}, {'g', &wanted.general},
		    {'m', &wanted.merged}, {'a', &wanted.arenas},
		    {'b', &wanted.bins}, {'l', &wanted.large},
		    {'h', &wanted.huge}};
		for (unsigned i = 0; i < COUNT_OF(letters); i++) {
			if (*opts == letters[i].letter)
				*letters[i].what = false;
		}
	}
	return wanted;
}

void
stats_print(void (*write_cb)(void *opaque, const char *text), void *opaque,
    const char *opts)
{
	stats_wanted_t wanted = stats_wanted(opts);
	uint64_t epoch = 1;
	emitter_t e;
	int saved = errno;
	if (ctl_byname("epoch", NULL, NULL, &epoch, sizeof(epoch)) != 0) {
		malloc_cprintf(write_cb, opaque,
		    "ebb: no statistics: there is no memory for a snapshot; "
		    "free some and try again\n");
		errno = saved;
		return;
	}
	emitter_begin(&e, !wanted.text, write_cb, opaque);
	emitter_line(&e, "___ Begin ebb statistics ___");
	/* The name by which tools know the format. */
	emitter_group_begin(&e, "jemalloc", NULL);
	if (wanted.general)
		stats_general_print(&e);
	stats_global_print(&e);
	if (wanted.merged || wanted.arenas)
		stats_arenas_print(&e, &wanted);
	emitter_group_end(&e);
	emitter_line(&e, "--- End ebb statistics ---");
	emitter_end(&e);
	errno = saved;
}

void
stats_print_atexit(void)
{
	stats_print(NULL, NULL, NULL);
}
