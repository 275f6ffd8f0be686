/*
 * stats: valid JSON for every choice of parts, with mallctl's numbers in it;
 * the text's lines; letters of opts; no allocation and no trace in errno.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "arenas.h"
#include "ctl.h"
#include "ctl_tree.h"
#include "json_check.h"
#include "malloc_io.h"
#include "public.h"
#include "stats.h"
#include "thread.h"

static struct {
	char text[1 << 20];
	size_t len;
} out;

static void
keep(void *opaque, const char *text)
{
	size_t n = strlen(text);
	assert_ptr_equal(opaque, &out);
	assert_true(out.len + n < sizeof(out.text));
	memcpy(out.text + out.len, text, n + 1);
	out.len += n;
}

static const char *
print(const char *opts)
{
	out.len = 0;
	out.text[0] = '\0';
	stats_print(keep, &out, opts);
	return out.text;
}

static bool
says(const char *words)
{
	return strstr(out.text, words) != NULL;
}

/* Something of each kind to print. */
static void *objects[4];

static int
setup(void **state)
{
	(void)state;
	objects[0] = JE(malloc)(100);
	objects[1] = JE(malloc)(100000);
	objects[2] = JE(malloc)(5 << 20);
	objects[3] = JE(malloc)(14336);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(objects); i++)
		JE(free)(objects[i]);
	return 0;
}

/* ------------------------------------------------------------------ JSON -- */

static void
test_stats_json_valid(void **state)
{
	static const char letters[] = "gmablh";
	(void)state;
	for (unsigned set = 0; set < 1u << (sizeof(letters) - 1); set++) {
		char opts[sizeof(letters) + 1] = "J";
		for (unsigned i = 0; letters[i] != '\0'; i++) {
			if (set & 1u << i)
				opts[strlen(opts)] = letters[i];
		}
		print(opts);
		assert_true(json_valid(out.text));
		assert_true(says("\"jemalloc\": {"));
		assert_true(says("\"allocated\": "));
		assert_int_equal(says("\"version\""), !strchr(opts, 'g'));
		assert_int_equal(says("\"opt\""), !strchr(opts, 'g'));
		assert_int_equal(says("\"merged\""), !strchr(opts, 'm'));
		assert_int_equal(says("\"0\": {"), !strchr(opts, 'a'));
		bool arenas = !strchr(opts, 'm') || !strchr(opts, 'a');
		assert_int_equal(
		    says("\"bins\": ["), arenas && !strchr(opts, 'b'));
		assert_int_equal(
		    says("\"lruns\": ["), arenas && !strchr(opts, 'l'));
		assert_int_equal(
		    says("\"hchunks\": ["), arenas && !strchr(opts, 'h'));
		assert_false(says("Begin"));
	}
}

static unsigned
count(const char *words)
{
	unsigned n = 0;
	for (const char *s = out.text; (s = strstr(s, words)) != NULL; s++)
		n++;
	return n;
}

/* Every class has its element; every option and setting its member. */
static void
test_stats_json_complete(void **state)
{
	(void)state;
	print("Jagm");
	assert_int_equal(count("\"curregs\""), 0);
	print("Jag");
	assert_int_equal(count("\"curregs\""), NBINS);
	assert_int_equal(count("\"nreruns\""), NBINS);
	assert_int_equal(count("\"curhchunks\""), NSIZES - NBINS - NLCLASSES);
	print("Jma");
	assert_int_equal(count("\"nregs\""), NBINS);
	assert_int_equal(count("\"size\""), NSIZES);
	for (unsigned i = 0; i < ctl_root.nchildren; i++) {
		const ctl_node_t *branch = &ctl_root.children[i];
		if (strcmp(branch->name, "opt") != 0 &&
		    strcmp(branch->name, "config") != 0)
			continue;
		for (unsigned j = 0; j < branch->nchildren; j++) {
			char member[64];
			malloc_snprintf(member, sizeof(member),
			    "\t\"%s\": ", branch->children[j].name);
			assert_true(says(member));
		}
	}
}

/* The number behind the first occurrence of the key after `from`. */
static uint64_t
member(const char *from, const char *key)
{
	char quoted[64];
	const char *at = strstr(out.text, from);
	assert_non_null(at);
	malloc_snprintf(quoted, sizeof(quoted), "\"%s\": ", key);
	at = strstr(at, quoted);
	assert_non_null(at);
	return strtoull(at + strlen(quoted), NULL, 10);
}

static uint64_t
ctl(const char *name)
{
	ctl_type_t type;
	ctl_value_t value;
	assert_int_equal(ctl_read(name, &type, &value), 0);
	return type == CTL_UNSIGNED ? value.u : value.u64;
}

/* It refreshes the snapshot, which still is what mallctl reads. */
static void
test_stats_json_numbers(void **state)
{
	static const char *const names[] = {"allocated", "active", "metadata",
	    "resident", "mapped", "retained"};
	static const char *const merged[] = {"nthreads", "pactive", "pdirty",
	    "npurge", "nmadvise", "purged", "mapped", "retained"};
	char name[64];
	(void)state;
	uint64_t epoch = ctl("epoch");
	print("J");
	assert_int_equal(ctl("epoch"), epoch + 1);
	for (unsigned i = 0; i < COUNT(names); i++) {
		malloc_snprintf(name, sizeof(name), "stats.%s", names[i]);
		assert_int_equal(member("\"stats\": {", names[i]), ctl(name));
	}
	for (unsigned i = 0; i < COUNT(merged); i++) {
		malloc_snprintf(
		    name, sizeof(name), "stats.arenas.4096.%s", merged[i]);
		assert_int_equal(member("\"merged\": {", merged[i]), ctl(name));
	}
	assert_int_equal(
	    member("\"arenas\": {", "narenas"), ctl("arenas.narenas"));
	assert_int_equal(member("\"huge\": {", "allocated"),
	    ctl("stats.arenas.4096.huge.allocated"));
	assert_int_equal(member("\"bins\": [", "nruns"),
	    ctl("stats.arenas.4096.bins.0.nruns"));
}

/* ------------------------------------------------------------------ text -- */

static void
test_stats_text(void **state)
{
	char line[64];
	(void)state;
	print(NULL);
	assert_memory_equal(out.text, "___ Begin ebb statistics ___\n", 29);
	assert_string_equal(
	    strstr(out.text, "--- End"), "--- End ebb statistics ---\n");
	assert_true(says("Version: " EBB_VERSION "\n"));
	assert_true(says("Assertions: "));
	assert_true(says("  config.malloc_conf: purge:"));
	assert_true(says("  opt.purge: decay\n"));
	assert_true(says("Quantum: 16\nPage: 4096\n"));
	assert_true(says("Purging by decay, seconds: 10\n"));
	malloc_snprintf(line, sizeof(line), "\nallocated: %llu, active: ",
	    (unsigned long long)ctl("stats.allocated"));
	assert_true(says(line));
	assert_true(says("\ncurrent active ceiling: "));
	assert_true(says("All arenas:\n  threads: 1\n"));
	assert_true(says("\nArena 0:\n"));
	assert_true(says("   ---\n"));
	assert_true(says("    total "));
	/* The rows of the objects that are there. */
	assert_true(says("\n        112   7 "));
	assert_true(says("\n      14336  35 "));
	assert_true(says("\n                 114688  47 "));
	assert_true(says("\n                5242880  69      5242880 "));
	/* A class that nobody used is not. */
	assert_false(says("\n                7340032 "));
	assert_false(says(" race"));
}

static void
test_stats_letters(void **state)
{
	(void)state;
	print("gmablh");
	assert_false(says("Version"));
	assert_false(says("All arenas"));
	assert_false(says("Arena 0"));
	assert_true(says("allocated: "));
	print("ablh");
	assert_true(says("All arenas"));
	assert_false(says("curregs") || says("curruns") || says("curhchunks"));
	print("a");
	assert_true(says("curregs") && says("curruns") && says("curhchunks"));
	/* Letters that mean nothing. */
	print("gmablhxyz?");
	assert_true(says("allocated: "));
	size_t len = strlen(print(""));
	assert_int_equal(strlen(print(NULL)), len);
}

/* ----------------------------------------------------------------- rules -- */

static void
test_stats_do_not_allocate(void **state)
{
	const tsd_t *tsd = tsd_fetch();
	(void)state;
	uint64_t allocated = tsd->allocated;
	uint64_t metadata = ctl("stats.metadata");
	errno = 77;
	print(NULL);
	print("J");
	assert_int_equal(errno, 77);
	assert_true(tsd->allocated == allocated);
	assert_int_equal(ctl("stats.metadata"), metadata);
}

static char heard[1 << 20];

static void
listen(void *opaque, const char *text)
{
	assert_null(opaque);
	strcat(heard, text);
}

/* Without a callback it goes where messages go, and so does that at exit. */
static void
test_stats_default_sink(void **state)
{
	(void)state;
	heard[0] = '\0';
	JE(malloc_message) = listen;
	stats_print_atexit();
	JE(malloc_message) = NULL;
	assert_string_equal(heard, print(NULL));
}

/* Other arenas appear under their numbers. */
static void
test_stats_arenas(void **state)
{
	unsigned ind;
	size_t len = sizeof(ind);
	char key[32];
	(void)state;
	assert_int_equal(ctl_byname("arenas.extend", &ind, &len, NULL, 0), 0);
	malloc_snprintf(key, sizeof(key), "\"%u\": {", ind);
	print("Jgmblh");
	assert_true(json_valid(out.text));
	assert_true(says(key));
	malloc_snprintf(key, sizeof(key), "\nArena %u:\n  threads: 0\n", ind);
	print("gmblh");
	assert_true(says(key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stats_json_valid),
	    cmocka_unit_test(test_stats_json_complete),
	    cmocka_unit_test(test_stats_json_numbers),
	    cmocka_unit_test(test_stats_text),
	    cmocka_unit_test(test_stats_letters),
	    cmocka_unit_test(test_stats_do_not_allocate),
	    cmocka_unit_test(test_stats_default_sink),
	    cmocka_unit_test(test_stats_arenas),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
