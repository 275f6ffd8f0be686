/* Profiles: which cells, arms and arguments come of a request. */
#include "profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char list[] =
    "{\"name\":\"micro\",\"arms\":[\"decay\",\"fill-full\"],\"threads\":"
    "\"any\",\"cases\":[{\"case\":\"pair-64\",\"args\":[\"--size=64\"]},"
    "{\"case\":\"lifo\",\"args\":[\"--size=8\"]}],\"more_cases\":[{\"case\":"
    "\"pair-8\",\"args\":[\"--size=8\"]}],\"smoke\":[\"--ops=10\"],"
    "\"default\":[\"--ops=100\"],\"latency\":true,\"params\":[{\"key\":"
    "\"ops\",\"default\":\"1000\"},{\"key\":\"size\",\"default\":\"1\"}]}\n"
    "{\"name\":\"producer-consumer\",\"arms\":[\"decay\"],\"threads\":"
    "\"even\",\"cases\":[{\"case\":\"fixed-64\",\"args\":[]}],\"smoke\":[],"
    "\"default\":[],\"latency\":false,\"params\":[]}\n"
    "{\"name\":\"oscillate\",\"arms\":[\"decay\",\"ratio\"],\"threads\":"
    "\"1\",\"cases\":[{\"case\":\"interleaved\",\"args\":[]}],\"smoke\":[],"
    "\"default\":[],\"latency\":true,\"params\":[]}\n"
    "{\"name\":\"empty\",\"arms\":[\"decay\"],\"threads\":\"any\",\"cases\":[],"
    "\"more_cases\":[{\"case\":\"threads\",\"args\":[]}],\"smoke\":[],"
    "\"default\":[],\"latency\":false,\"params\":[]}\n";

struct fixture_s {
	catalog_t catalog;
	plan_t plan;
	place_t place;
	request_t request;
};

static void
arms_make(arms_t *arms)
{
	static const char *const rows[][2] = {{"glibc", "glibc"},
	    {"tcmalloc", "peer"}, {"jemalloc5", "peer"}, {"decay", "ebb"},
	    {"ratio", "ebb"}, {"fill-full", "ebb"}, {"x", "ebb"}};
	static const char *const modes[] = {"linked", "static"};
	json_t *json = json_array();
	fault_t fault;
	for (int m = 0; m < 2; m++) {
		char *name = text_format("decay@%s", modes[m]);
		json_array_append_new(json,
		    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "name", name,
			"kind", "ebb", "conf", "", "defaults", "", "build_id",
			"", "link", modes[m], "variant", "decay"));
		free(name);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_array_append_new(
		    json, json_pack("{s:s,s:s,s:s,s:s,s:s}", "name", rows[i][0],
			      "kind", rows[i][1], "conf", "", "defaults", "",
			      "build_id", ""));
	assert_false(arms_from_json(arms, json, &fault));
	json_decref(json);
}

static int
setup(void **state)
{
	struct fixture_s *f = text_memory(1, sizeof(*f));
	fault_t fault;
	assert_false(catalog_parse(&f->catalog, list, &fault));
	arms_make(&f->plan.arms);
	f->place.gbench = "/nonexistent";
	f->request.conf = "";
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture_s *f = *state;
	catalog_release(&f->catalog);
	plan_release(&f->plan);
	words_release(&f->request.arms);
	words_release(&f->request.added);
	words_release(&f->request.workloads);
	words_release(&f->request.threads);
	words_release(&f->request.sets);
	free(f);
	return 0;
}

static bool
apply(struct fixture_s *f, const char *profile, fault_t *fault)
{
	return profile_apply(profile_lookup(profile, fault), &f->request,
	    &f->catalog, &f->place, &f->plan, fault);
}

static const cell_t *
cell(const struct fixture_s *f, const char *name)
{
	for (size_t i = 0; i < f->plan.ncells; i++)
		if (strcmp(f->plan.cells[i].name, name) == 0)
			return &f->plan.cells[i];
	return NULL;
}

static void
check_arms(const struct fixture_s *f, const char *name, const char *expected)
{
	words_t names = {0};
	const cell_t *c = cell(f, name);
	assert_non_null(c);
	for (unsigned i = 0; i < c->narms; i++)
		words_add(&names, "%s", f->plan.arms.v[c->arms[i]].name);
	char *all = words_join(&names, " ");
	assert_string_equal(all, expected);
	free(all);
	words_release(&names);
}

static void
check_args(const struct fixture_s *f, const char *name, const char *expected)
{
	const cell_t *c = cell(f, name);
	assert_non_null(c);
	char *all = words_join(&c->args, " ");
	assert_string_equal(all, expected);
	free(all);
}

static void
test_profile_default(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	assert_false(apply(f, "default", &fault));
	/* The workload says which variants it tells apart. */
	check_arms(f, "micro.pair-64.t1", "glibc tcmalloc decay fill-full");
	check_arms(f, "oscillate.interleaved.t1", "glibc tcmalloc decay ratio");
	/* Not chosen by the profile, or not by its threads. */
	assert_null(cell(f, "micro.lifo.t1"));
	assert_null(cell(f, "micro.pair-8.t1"));
	assert_null(cell(f, "producer-consumer.fixed-64.t1"));
	assert_non_null(cell(f, "producer-consumer.fixed-64.t2"));
	/* Enough blocks to be balanced; latency only where it can be had. */
	const cell_t *c = cell(f, "micro.pair-64.t1");
	assert_true(c->blocks[PLAN_TIME] >= 10);
	assert_int_equal(c->blocks[PLAN_TIME] % williams_rows(c->narms), 0);
	assert_true(c->blocks[PLAN_LATENCY] > 0);
	assert_int_equal(c->blocks[PLAN_CENSUS], 1);
	c = cell(f, "producer-consumer.fixed-64.t2");
	assert_int_equal(c->blocks[PLAN_LATENCY], 0);
	assert_int_equal(c->blocks[PLAN_CENSUS], 1);
	/* Policies depend on time: their options are common and short. */
	c = cell(f, "oscillate.interleaved.t1");
	assert_string_equal(c->conf, "decay_time:1,narenas:1");
}

static void
test_profile_smoke_has_all_arms(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	assert_false(apply(f, "smoke", &fault));
	check_arms(
	    f, "micro.pair-64.t1", "glibc tcmalloc decay ratio fill-full");
	assert_int_equal(cell(f, "micro.pair-64.t1")->blocks[PLAN_TIME], 2);
}

/* What only others need is in no plan, but can be asked for. */
static void
test_profile_leaves_out_empty(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	assert_false(apply(f, "full", &fault));
	assert_non_null(cell(f, "oscillate.interleaved.t1"));
	for (size_t i = 0; i < f->plan.ncells; i++)
		assert_string_not_equal(f->plan.cells[i].workload, "empty");
	words_add(&f->request.workloads, "empty.threads");
	assert_false(apply(f, "default", &fault));
	assert_non_null(cell(f, "empty.threads.t1"));
}

static void
test_profile_request(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	words_split(&f->request.workloads, "micro.pair-8,micro.lifo", ',');
	words_split(&f->request.arms, "decay,glibc", ',');
	words_add(&f->request.added, "x");
	words_split(&f->request.threads, "1,2,1", ',');
	words_add(&f->request.sets, "micro.size=4");
	f->request.blocks = 3;
	f->request.ops_scale = 0.1;
	f->request.conf = "decay_time:2";
	assert_false(apply(f, "smoke", &fault));
	assert_int_equal(f->plan.ncells, 4); /* two cases, 1 and 2 threads */
	check_arms(f, "micro.pair-8.t1", "decay glibc x");
	/* The profile scales too: 10 operations, six-fold, a tenth of it. */
	check_args(f, "micro.pair-8.t2", "--ops=10 --size=8 --ops=6 --size=4");
	assert_int_equal(cell(f, "micro.lifo.t2")->blocks[PLAN_TIME], 3);
	assert_string_equal(cell(f, "micro.lifo.t2")->conf, "decay_time:2");
}

static void
test_profile_peers(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	f->request.peers = true;
	assert_false(apply(f, "default", &fault));
	check_arms(
	    f, "micro.pair-64.t1", "glibc tcmalloc decay fill-full jemalloc5");
}

/* Each refusal names what is wrong. */
static void
check_refused(
    struct fixture_s *f, words_t *words, const char *word, const char *names)
{
	fault_t fault = {""};
	words_add(words, "%s", word);
	assert_true(apply(f, "smoke", &fault));
	if (strstr(fault.text, names) == NULL)
		fail_msg("'%s' does not name %s", fault.text, names);
	words_release(words);
}

/* Arms in the ways of linking that are asked for. */
static void
test_profile_links(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	f->request.links[LINK_PRELOAD] = f->request.links[LINK_STATIC] = true;
	assert_false(apply(f, "default", &fault));
	check_arms(f, "micro.pair-64.t1",
	    "glibc tcmalloc decay decay@static fill-full");
	assert_int_equal(f->plan.warnings.n, 0);
}

static void
test_profile_links_only(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault = {""};
	f->request.links[LINK_LINKED] = true;
	assert_false(apply(f, "default", &fault));
	check_arms(f, "micro.pair-64.t1", "glibc decay@linked");
	/* Others are not measured in another way in silence: each is named,
	 * once. */
	assert_int_equal(f->plan.warnings.n, 3);
	assert_non_null(strstr(f->plan.warnings.v[0], "link-missing"));
	assert_non_null(strstr(f->plan.warnings.v[0], "tcmalloc"));
	/* One that is asked for by its name is refused. */
	check_refused(f, &f->request.arms, "fill-full", "'fill-full'");
	words_add(&f->request.arms, "decay@static");
	words_add(&f->request.workloads, "micro.lifo");
	assert_false(apply(f, "default", &fault));
	check_arms(f, "micro.lifo.t1", "decay@static");
}

static void
test_profile_refuses(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	check_refused(f, &f->request.arms, "nobody", "'nobody'");
	check_refused(f, &f->request.workloads, "mikro", "'mikro'");
	check_refused(f, &f->request.sets, "micro", "workload.key=value");
	check_refused(f, &f->request.sets, "mikro.a=1", "'mikro'");
	check_refused(f, &f->request.sets, "micro.bogus=1", "'bogus'");
	assert_null(profile_lookup("nothing", &fault));
	assert_non_null(strstr(fault.text, "smoke, default, full"));
}

static void
test_catalog_damaged(void **state)
{
	(void)state;
	catalog_t catalog;
	fault_t fault;
	assert_true(catalog_parse(&catalog, "", &fault));
	catalog_release(&catalog);
	assert_true(
	    catalog_parse(&catalog, "{\"name\":\"a\"}\nnot json\n", &fault));
	assert_non_null(strstr(fault.text, "line 2"));
	catalog_release(&catalog);
}

#define WITH_FIXTURE(test) \
	cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_FIXTURE(test_profile_default),
	    WITH_FIXTURE(test_profile_smoke_has_all_arms),
	    WITH_FIXTURE(test_profile_leaves_out_empty),
	    WITH_FIXTURE(test_profile_request),
	    WITH_FIXTURE(test_profile_peers),
	    WITH_FIXTURE(test_profile_links),
	    WITH_FIXTURE(test_profile_links_only),
	    WITH_FIXTURE(test_profile_refuses),
	    cmocka_unit_test(test_catalog_damaged),
	};
	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
