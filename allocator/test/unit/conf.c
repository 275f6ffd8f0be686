/*
 * conf: every option set and read back by mallctl; each refusal with its
 * words; what is near an unknown name; malformed strings; and which source
 * overrides which.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>

#include "arenas.h"
#include "conf.h"
#include "conf_table.h"
#include "ctl.h"
#include "ctl_tree.h"
#include "malloc_io.h"
#include "nstime.h"
#include "pages.h"
#include "tcache.h"

/* ------------------------------------------------------------- messages -- */

static char said[8192];

static void
listen(void *opaque, const char *text)
{
	(void)opaque;
	assert_true(strlen(said) + strlen(text) < sizeof(said));
	strcat(said, text);
}

/* Parses as if it came from `test`; result: how many pairs were refused. */
static unsigned
parse(const char *text)
{
	said[0] = '\0';
	JE(malloc_message) = listen;
	unsigned refused = conf_parse("test", text);
	JE(malloc_message) = NULL;
	return refused;
}

static void
assert_refused(const char *text, const char *message)
{
	assert_int_equal(parse(text), 1);
	assert_string_equal(said, message);
}

/* ------------------------------------------------------------ read back -- */

/* The value of opt.<key> as text. */
static const char *
read_back(const char *key)
{
	static char text[64];
	char name[64];
	ctl_type_t type;
	ctl_value_t value;
	malloc_snprintf(name, sizeof(name), "opt.%s", key);
	assert_int_equal(ctl_read(name, &type, &value), 0);
	if (type == CTL_STRING)
		return value.str;
	if (type == CTL_BOOL)
		return value.b ? "true" : "false";
	malloc_snprintf(text, sizeof(text), "%lld",
	    type == CTL_UNSIGNED ? (long long)value.u : (long long)value.s);
	return text;
}

/* What reads back is what was written, or what follows the '='. */
static const char *const accepted[] = {"abort:true", "abort:false",
    "abort_conf:true", "abort_conf:false", "confirm_conf:true",
    "confirm_conf:false", "lg_chunk:21", "dss:disabled", "munmap:false",
    "narenas:1", "narenas:4094", "narenas:0x10=16", "narenas:010=8",
    "purge:ratio", "purge:decay", "lg_dirty_mult:-1", "lg_dirty_mult:0",
    "lg_dirty_mult:63", "decay_time:-1", "decay_time:0", "decay_time:1",
    "decay_time:9223372036", "dirty_decay_ms:-1", "dirty_decay_ms:0",
    "dirty_decay_ms:1", "dirty_decay_ms:1234", "dirty_decay_ms:9223372036854",
    "fill:adaptive", "fill:0", "fill:1", "fill:2", "fill:3",
    "purge_advice:dontneed", "purge_advice:free", "thp:true", "thp:false",
    "stats_print:true", "stats_print:false", "junk:true", "junk:alloc",
    "junk:free", "junk:false", "zero:true", "zero:false", "xmalloc:true",
    "xmalloc:false", "tcache:true", "tcache:false", "lg_tcache_max:-1",
    "lg_tcache_max:63", "lg_tcache_max:0xf=15"};

static void
test_conf_reads_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNT(accepted); i++) {
		char pair[64], *value, *expected;
		if (!config_tcache && strcmp(accepted[i], "tcache:true") == 0)
			continue;
		strcpy(pair, accepted[i]);
		value = strchr(pair, ':') + 1;
		expected = strchr(pair, '=');
		if (expected != NULL)
			*expected++ = '\0';
		assert_int_equal(parse(pair), 0);
		assert_string_equal(said, "");
		value[-1] = '\0';
		assert_string_equal(
		    read_back(pair), expected != NULL ? expected : value);
	}
	assert_int_equal(parse(ebb_variant_conf), 0);
}

/* Every key of the table was in the list above, and no other is in opt. */
static void
test_conf_keys_are_names(void **state)
{
	static const char *const keys[] = {
#define KEY(key, ...) #key,
	    CONF_OPTIONS(KEY, KEY, KEY, KEY, KEY, KEY, KEY)
#undef KEY
	};
	const ctl_node_t *opt = NULL;
	(void)state;
	for (unsigned i = 0; i < ctl_root.nchildren; i++) {
		if (strcmp(ctl_root.children[i].name, "opt") == 0)
			opt = &ctl_root.children[i];
	}
	assert_non_null(opt);
	assert_int_equal(opt->nchildren, COUNT(keys));
	for (unsigned i = 0; i < COUNT(keys); i++) {
		bool tried = false;
		size_t len = strlen(keys[i]);
		assert_string_equal(opt->children[i].name, keys[i]);
		for (unsigned j = 0; j < COUNT(accepted); j++)
			tried |= strncmp(accepted[j], keys[i], len) == 0 &&
				 accepted[j][len] == ':';
		assert_true(tried);
	}
}

static void
test_conf_sets_variables(void **state)
{
	(void)state;
	assert_int_equal(parse("decay_time:3"), 0);
	assert_true(opt_decay_time == 3 * (int64_t)NSTIME_SECOND);
	assert_int_equal(parse("dirty_decay_ms:1500"), 0);
	assert_true(opt_decay_time == 1500000000);
	assert_string_equal(read_back("decay_time"), "1");
	assert_int_equal(parse("decay_time:-1"), 0);
	assert_true(opt_decay_time == -1);
	assert_string_equal(read_back("dirty_decay_ms"), "-1");
	assert_int_equal(parse("junk:alloc"), 0);
	assert_true(opt_junk_alloc && !opt_junk_free);
	assert_int_equal(parse("junk:free"), 0);
	assert_true(!opt_junk_alloc && opt_junk_free);
	assert_int_equal(parse("junk:false,fill:2,purge:ratio"), 0);
	assert_true(!opt_junk_alloc && !opt_junk_free);
	assert_int_equal(opt_fill, FILL_FIXED2);
	assert_int_equal(opt_purge, PURGE_RATIO);
	/* The last one wins. */
	assert_int_equal(parse("purge:decay,purge:ratio,purge:decay"), 0);
	assert_int_equal(opt_purge, PURGE_DECAY);
	assert_int_equal(parse(ebb_variant_conf), 0);
}

/* -------------------------------------------------------------- refusals -- */

static void
test_conf_bad_values(void **state)
{
	static const char *const pairs[] = {"abort:1", "abort:", "abort:tru",
	    "abort:truee", "narenas:0", "narenas:4095", "narenas:-1",
	    "narenas:x", "narenas:1x", "narenas: 1", "narenas:+1",
	    "narenas:99999999999999999999", "lg_dirty_mult:64",
	    "lg_dirty_mult:-2", "lg_dirty_mult:--1",
	    "lg_dirty_mult:18446744073709551615",
	    "decay_time:18446744073709551615", "lg_dirty_mult:-",
	    "decay_time:-2", "decay_time:9223372037", "decay_time:1.5",
	    "dirty_decay_ms:9223372036855", "fill:4", "fill:full",
	    "purge:never", "purge_advice:", "junk:maybe", "thp:always",
	    "lg_tcache_max:64", "lg_tcache_max:-9223372036854775808"};
	(void)state;
	for (unsigned i = 0; i < COUNT(pairs); i++) {
		char words[128], key[64], before[64];
		strcpy(key, pairs[i]);
		*strchr(key, ':') = '\0';
		strcpy(before, read_back(key));
		assert_int_equal(parse(pairs[i]), 1);
		malloc_snprintf(words, sizeof(words),
		    "ebb: test: \"%s\": bad value; accepted: ", pairs[i]);
		assert_memory_equal(said, words, strlen(words));
		assert_string_equal(read_back(key), before);
	}
}

static void
test_conf_says_what_is_accepted(void **state)
{
	(void)state;
	assert_refused("narenas:0",
	    "ebb: test: \"narenas:0\": bad value; accepted: 1 to 4094\n");
	assert_refused("abort:1",
	    "ebb: test: \"abort:1\": bad value; accepted: true, false\n");
	assert_refused("purge:x",
	    "ebb: test: \"purge:x\": bad value; accepted: ratio, decay\n");
	assert_refused("junk:x",
	    "ebb: test: \"junk:x\": bad value; accepted: true, false, alloc, "
	    "free\n");
	assert_refused("decay_time:x",
	    "ebb: test: \"decay_time:x\": bad value; accepted: -1 to "
	    "9223372036\n");
}

static void
test_conf_fixed(void **state)
{
	(void)state;
	assert_refused("lg_chunk:22",
	    "ebb: test: \"lg_chunk:22\": this build has chunks of 2 MiB; "
	    "accepted: 21\n");
	assert_refused("dss:primary",
	    "ebb: test: \"dss:primary\": this build maps chunks with mmap "
	    "only; accepted: disabled\n");
	assert_int_equal(parse("dss:secondary"), 1);
	assert_int_equal(parse("munmap:true"), 1);
	assert_non_null(strstr(said, "not built"));
	if (!config_tcache) {
		assert_int_equal(parse("tcache:true"), 1);
		assert_non_null(strstr(said, "without thread caches"));
	}
}

static void
test_conf_absent(void **state)
{
	static const char *const not_built[] = {
	    "quarantine:0", "redzone:true", "utrace:false"};
	static const char *const prof[] = {"prof:true", "prof_active:false",
	    "prof_prefix:/x", "lg_prof_sample:19", "lg_prof_interval:-1"};
	static const char *const newer[] = {"muzzy_decay_ms:0",
	    "background_thread:true", "max_background_threads:4",
	    "metadata_thp:auto", "percpu_arena:percpu", "oversize_threshold:0",
	    "retain:true", "hpa:true", "hpa_min_purge_interval_ms:5",
	    "san_guard_small:1", "tcache_nslots_small_max:200",
	    "stats_interval_opts:J"};
	(void)state;
	for (unsigned i = 0; i < COUNT(not_built); i++) {
		assert_int_equal(parse(not_built[i]), 1);
		assert_non_null(strstr(said, "\": not built\n"));
	}
	for (unsigned i = 0; i < COUNT(prof); i++) {
		assert_int_equal(parse(prof[i]), 1);
		assert_non_null(strstr(said, "heap profiling is not built"));
	}
	for (unsigned i = 0; i < COUNT(newer); i++) {
		assert_int_equal(parse(newer[i]), 1);
		assert_non_null(strstr(said, "jemalloc 5 option, ignored"));
	}
	assert_refused("prof:true",
	    "ebb: test: \"prof:true\": heap profiling is not built\n");
}

static void
test_conf_unknown(void **state)
{
	static const struct {
		const char *key;
		const char *near;
	} keys[] = {{"decay_tyme", "decay_time"}, {"nerenas", "narenas"},
	    {"tcahce", "tcache"}, {"tph", "thp"}, {"decaytime", "decay_time"},
	    {"lg_dirtymult", "lg_dirty_mult"}, {"Purge", "purge"},
	    {"abort_cnof", "abort_conf"}, {"zer", "zero"},
	    {"dirty_decay_m", "dirty_decay_ms"},
	    {"purge_advise", "purge_advice"}, {"stat_print", "stats_print"},
	    {"a", NULL}, {"zzzzzz", NULL}, {"sausage", NULL},
	    {"a_name_that_is_longer_than_all_others", NULL}};
	(void)state;
	assert_refused("decay_tyme:3",
	    "ebb: test: unknown option \"decay_tyme\" (in \"decay_tyme:3\"); "
	    "did you mean \"decay_time\"?\n");
	for (unsigned i = 0; i < COUNT(keys); i++) {
		char pair[64], words[64];
		malloc_snprintf(pair, sizeof(pair), "%s:1", keys[i].key);
		assert_int_equal(parse(pair), 1);
		if (keys[i].near == NULL) {
			assert_non_null(strstr(said, "; there are: abort "));
			continue;
		}
		malloc_snprintf(
		    words, sizeof(words), "did you mean \"%s\"?", keys[i].near);
		assert_non_null(strstr(said, words));
	}
}

static void
test_conf_goes_on(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("bogus:1,narenas:0,prof:true,lg_dirty_mult:7,purge:x"), 4);
	assert_string_equal(read_back("lg_dirty_mult"), "7");
	assert_int_equal(parse(ebb_variant_conf), 0);
	assert_int_equal(parse("lg_dirty_mult:3"), 0);
}

/* The pairs before the fault count; nothing behind it is read. */
static void
test_conf_malformed(void **state)
{
	static const char *const texts[] = {"lg_dirty_mult:5,zero",
	    "lg_dirty_mult:5,zero,lg_dirty_mult:6",
	    "lg_dirty_mult:5,,lg_dirty_mult:6",
	    "lg_dirty_mult:5, lg_dirty_mult:6",
	    "lg_dirty_mult:5,lg-dirty_mult:6", "lg_dirty_mult:5,:6"};
	(void)state;
	for (unsigned i = 0; i < COUNT(texts); i++) {
		assert_int_equal(parse("lg_dirty_mult:3"), 0);
		assert_int_equal(parse(texts[i]), 1);
		assert_string_equal(read_back("lg_dirty_mult"), "5");
	}
	assert_refused("zero",
	    "ebb: test: \"zero\" does not begin with key:value; nothing is "
	    "read from there on\n");
	assert_int_equal(parse(""), 0);
	assert_int_equal(parse(NULL), 0);
	assert_int_equal(parse("lg_dirty_mult:3,"), 0);
}

/* -------------------------------------------------------------- sources -- */

/* Boots with these strings; NULL: the source has none. The link is a dangling
 * one of the test's own. */
static void
boot(const char *symbol, const char *link, const char *environment)
{
	char path[64];
	malloc_snprintf(
	    path, sizeof(path), P_tmpdir "/ebb-conf-test.%d", (int)getpid());
	said[0] = '\0';
	JE(malloc_conf) = symbol;
	conf_link = path;
	if (link != NULL)
		assert_int_equal(symlink(link, path), 0);
	if (environment != NULL)
		setenv("MALLOC_CONF", environment, 1);
	else
		unsetenv("MALLOC_CONF");
	JE(malloc_message) = listen;
	errno = 123;
	conf_boot();
	assert_int_equal(errno, 123);
	JE(malloc_message) = NULL;
	JE(malloc_conf) = NULL;
	unlink(path);
	unsetenv("MALLOC_CONF");
}

static void
test_conf_order_of_sources(void **state)
{
	(void)state;
	/* The variant's own string. */
	assert_non_null(strstr(ebb_variant_conf, "decay_time:10"));
	boot(NULL, NULL, NULL);
	assert_string_equal(read_back("decay_time"), "10");
	boot("decay_time:1", NULL, NULL);
	assert_string_equal(read_back("decay_time"), "1");
	boot("decay_time:1", "decay_time:2", NULL);
	assert_string_equal(read_back("decay_time"), "2");
	boot("decay_time:1", "decay_time:2", "decay_time:3");
	assert_string_equal(read_back("decay_time"), "3");
	boot("decay_time:1,narenas:4", "narenas:5", "");
	assert_string_equal(read_back("decay_time"), "1");
	assert_string_equal(read_back("narenas"), "5");
	assert_string_equal(said, "");
	boot(NULL, NULL, NULL);
}

static void
test_conf_names_the_source(void **state)
{
	(void)state;
	boot("x:1", "/no/such/file", "y:2");
	assert_non_null(strstr(said, "ebb: malloc_conf: unknown option \"x\""));
	assert_non_null(strstr(said, "\"/no/such/file\" does not begin"));
	assert_non_null(strstr(said, "ebb: MALLOC_CONF: unknown option \"y\""));
}

static void
test_conf_confirm(void **state)
{
	(void)state;
	boot("confirm_conf:true", NULL, "confirm_conf:true");
	assert_non_null(strstr(said, "ebb: options from variant: \"purge:"));
	assert_non_null(strstr(
	    said, "ebb: options from malloc_conf: \"confirm_conf:true\"\n"));
	assert_non_null(strstr(said, ": none\nebb: options from MALLOC_CONF"));
	boot(NULL, NULL, "confirm_conf:false");
	assert_string_equal(said, "");
}

static void
boot_from_environment(void *text)
{
	setenv("MALLOC_CONF", text, 1);
	conf_boot();
}

static void
test_conf_abort(void **state)
{
	(void)state;
	assert_true(dies_saying(boot_from_environment,
	    (void *)"abort_conf:true,decay_tyme:3",
	    "abort_conf: 1 bad option, named above; correct or remove it"));
	/* Wherever it stands, once all is read. */
	assert_true(dies_saying(boot_from_environment,
	    (void *)"bogus:1,narenas:0,abort_conf:true", "2 bad options"));
	boot(NULL, NULL, "abort_conf:true,narenas:2");
	assert_string_equal(said, "");
	boot(NULL, NULL, "abort_conf:false,bogus:1");
	assert_string_not_equal(said, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conf_reads_back),
	    cmocka_unit_test(test_conf_keys_are_names),
	    cmocka_unit_test(test_conf_sets_variables),
	    cmocka_unit_test(test_conf_bad_values),
	    cmocka_unit_test(test_conf_says_what_is_accepted),
	    cmocka_unit_test(test_conf_fixed),
	    cmocka_unit_test(test_conf_absent),
	    cmocka_unit_test(test_conf_unknown),
	    cmocka_unit_test(test_conf_goes_on),
	    cmocka_unit_test(test_conf_malformed),
	    cmocka_unit_test(test_conf_order_of_sources),
	    cmocka_unit_test(test_conf_names_the_source),
	    cmocka_unit_test(test_conf_confirm),
	    cmocka_unit_test(test_conf_abort),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
