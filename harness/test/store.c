/* The store: what is written is read back; what is damaged is not believed. */
#include "store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "text.h"

struct fixture_s {
	char parent[256];
	store_t store;
};

static int
setup(void **state)
{
	struct fixture_s *f = text_memory(1, sizeof(*f));
	fault_t fault;
	const char *temporary = getenv("TMPDIR");
	snprintf(f->parent, sizeof(f->parent), "%s/ebb-store-XXXXXX",
	    temporary == NULL ? P_tmpdir : temporary);
	assert_non_null(mkdtemp(f->parent));
	assert_false(store_create(
	    &f->store, NULL, f->parent, "20260101T000000Z", "a b/c", &fault));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture_s *f = *state;
	char *command = text_format("rm -rf %s", f->parent);
	int failed = system(command);
	free(command);
	store_release(&f->store);
	free(f);
	return failed;
}

static void
file_write(const store_t *store, const char *name, const char *text)
{
	char *path = store_path(store, name);
	FILE *stream = fopen(path, "w");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
	free(path);
}

static json_t *
line_make(const char *id, json_int_t value)
{
	return json_pack("{s:i,s:s,s:s,s:{s:I,s:{s:s}}}", "schema", 1, "id", id,
	    "status", "ok", "metrics", "ops", value, "npurge", "unsupported",
	    "glibc exports no purge counter");
}

static void
line_append(store_t *store, const char *id, json_int_t value)
{
	fault_t fault;
	json_t *line = line_make(id, value);
	assert_false(store_line_append(store, line, &fault));
	json_decref(line);
}

static void
test_store_round_trip(void **state)
{
	struct fixture_s *f = *state;
	samples_t samples;
	fault_t fault;
	json_t *plan = json_pack("{s:i,s:s}", "schema", 1, "name", "x");
	json_t *none = json_pack("{s:s}", "name", "\xff");
	assert_true(store_document_write(&f->store, "plan.json", none, &fault));
	assert_non_null(strstr(fault.text, "plan.json"));
	assert_non_null(strstr(fault.text, "not UTF-8"));
	assert_false(
	    store_document_write(&f->store, "plan.json", plan, &fault));
	line_append(&f->store, "s000000", 1);
	line_append(&f->store, "s000001", 2);
	assert_false(samples_read(&samples, f->store.dir, &fault));
	assert_true(json_equal(samples.plan, plan));
	assert_null(samples.machine);
	assert_int_equal(json_array_size(samples.lines), 2);
	assert_int_equal(samples.damaged, 0);
	const json_t *line = json_array_get(samples.lines, 1);
	const char *reason = "";
	double value = 0;
	assert_true(sample_ok(line));
	assert_true(sample_metric(line, "ops", &value, &reason));
	assert_true(value == 2);
	assert_null(reason);
	assert_false(sample_metric(line, "npurge", &value, &reason));
	assert_string_equal(reason, "glibc exports no purge counter");
	assert_false(sample_metric(line, "other", &value, &reason));
	assert_null(reason);
	json_decref(plan);
	samples_release(&samples);
}

/* A name of the user's never leaves the parent folder. */
static void
test_store_cleans_name(void **state)
{
	struct fixture_s *f = *state;
	const char *leaf = strrchr(f->store.dir, '/');
	assert_non_null(strstr(leaf, "-a-b-c"));
	assert_memory_equal(f->store.dir, f->parent, strlen(f->parent));
}

/* What a later ebb wrote is not taken for torn. */
static void
test_store_later_line(void **state)
{
	struct fixture_s *f = *state;
	samples_t samples;
	fault_t fault;
	line_append(&f->store, "s000000", 1);
	json_t *line = json_pack("{s:i,s:s}", "schema", 2, "id", "s000001");
	assert_false(store_line_append(&f->store, line, &fault));
	json_decref(line);
	assert_true(samples_read(&samples, f->store.dir, &fault));
	assert_non_null(strstr(fault.text, "samples.jsonl' was written by a "
					   "later ebb (schema 2"));
	samples_release(&samples);
}

static void
test_store_torn_line(void **state)
{
	struct fixture_s *f = *state;
	samples_t samples;
	fault_t fault;
	line_append(&f->store, "s000000", 1);
	char *path = store_path(&f->store, "samples.jsonl");
	FILE *stream = fopen(path, "a");
	fputs("{\"schema\":1,\"id\":\"s000001\",\"sta", stream);
	fclose(stream);
	free(path);
	assert_false(samples_read(&samples, f->store.dir, &fault));
	assert_int_equal(json_array_size(samples.lines), 1);
	assert_int_equal(samples.damaged, 1);
	samples_release(&samples);
	/* The next line is not glued to the torn one. */
	store_t again;
	char *dir = text_copy(f->store.dir);
	file_write(&f->store, "plan.json", "{\"schema\":1}\n");
	store_release(&f->store);
	f->store.dir = dir;
	assert_false(store_open(&again, NULL, dir, &fault));
	line_append(&again, "s000001", 7);
	/* And a sample taken again replaces its first line. */
	line_append(&again, "s000000", 9);
	store_release(&again);
	assert_false(samples_read(&samples, f->store.dir, &fault));
	assert_int_equal(json_array_size(samples.lines), 2);
	double value = 0;
	assert_true(sample_metric(
	    json_array_get(samples.lines, 0), "ops", &value, NULL));
	assert_true(value == 9);
	samples_release(&samples);
}

/* Who adds to a run keeps others from it. */
static void
test_store_locks(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	store_t other;
	file_write(&f->store, "plan.json", "{\"schema\":1}\n");
	assert_true(store_open(&other, NULL, f->store.dir, &fault));
	assert_non_null(strstr(fault.text, "another ebb"));
	store_release(&other);
	char *dir = text_copy(f->store.dir);
	store_release(&f->store);
	f->store.dir = dir;
	assert_false(store_open(&other, NULL, dir, &fault));
	store_release(&other);
}

/* What is written names no folder of this machine. */
static void
test_store_paths_relative(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	samples_t samples;
	store_t store;
	place_t place = {.roots = {(char *)"/home/me/ebb", (char *)"/srv/x y"}};
	assert_false(store_create(
	    &store, &place, f->parent, "20260101T000001Z", "b", &fault));
	json_t *line = json_pack("{s:i,s:s,s:{s:[s,s,s,s,s,s]}}", "schema", 1,
	    "id", "s000000", "a", "b", "LD_PRELOAD=/home/me/ebb/build/a.so:p",
	    "/srv/x y/mine/b.so", "/home/me/ebb/tool, '/home/me/ebb/b/c'",
	    "/usr/lib/libc.so.6", "/mnt/home/me/ebb/b/c", "/home/me/ebb2/c");
	assert_false(store_line_append(&store, line, &fault));
	assert_false(samples_read(&samples, store.dir, &fault));
	json_t *want = json_pack("[s,s,s,s,s,s]", "LD_PRELOAD=build/a.so:p",
	    "mine/b.so", "./tool, 'b/c'", "/usr/lib/libc.so.6",
	    "/mnt/home/me/ebb/b/c", "/home/me/ebb2/c");
	assert_true(json_equal(
	    json_object_get(
		json_object_get(json_array_get(samples.lines, 0), "a"), "b"),
	    want));
	json_decref(want);
	json_decref(line);
	samples_release(&samples);
	store_release(&store);
}

static void
test_store_raw_hash(void **state)
{
	struct fixture_s *f = *state;
	fault_t fault;
	file_write(&f->store, "raw/s000000.series", "abc");
	json_t *raw = store_raw(&f->store, "raw/s000000.series", &fault);
	assert_non_null(raw);
	assert_string_equal(sample_text(raw, "sha256"),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	json_t *line = json_pack("{s:{s:O,s:n}}", "raw", "series", raw, "hist");
	assert_true(sample_intact(f->store.dir, line));
	file_write(&f->store, "raw/s000000.series", "abd");
	assert_false(sample_intact(f->store.dir, line));
	char *path = store_path(&f->store, "raw/s000000.series");
	unlink(path);
	free(path);
	assert_false(sample_intact(f->store.dir, line));
	assert_null(store_raw(&f->store, "raw/s000000.series", &fault));
	json_decref(raw);
	json_decref(line);
}

static void
test_store_refuses_later_schema(void **state)
{
	struct fixture_s *f = *state;
	samples_t samples;
	fault_t fault;
	file_write(&f->store, "plan.json", "{\"schema\":99}\n");
	assert_true(samples_read(&samples, f->store.dir, &fault));
	assert_non_null(strstr(fault.text, "later ebb"));
	samples_release(&samples);
	file_write(&f->store, "plan.json", "{\"schema\"\n");
	assert_true(samples_read(&samples, f->store.dir, &fault));
	samples_release(&samples);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_store_round_trip, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_store_cleans_name, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_store_torn_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_store_later_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_store_locks, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_store_paths_relative, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_store_raw_hash, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_store_refuses_later_schema, setup, teardown),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
