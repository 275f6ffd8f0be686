/* Programs: lists, lookups, orders, and builds that are not those stated. */
#include "programs.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"

/* Two orders of three programs; of the third order one is missing. */
static const char list[] =
    "[{\"file\":\"workload\",\"link\":\"preload\",\"variant\":\"\",\"link_"
    "order\":"
    "0,\"build_id\":\"\"},"
    "{\"file\":\"l\",\"link\":\"linked\",\"variant\":\"decay\",\"link_order\":"
    "0},"
    "{\"file\":\"s\",\"link\":\"static\",\"variant\":\"decay\",\"link_order\":"
    "0},"
    "{\"file\":\"1/w\",\"link\":\"preload\",\"variant\":\"\",\"link_order\":1},"
    "{\"file\":\"1/"
    "l\",\"link\":\"linked\",\"variant\":\"decay\",\"link_order\":1},"
    "{\"file\":\"1/"
    "s\",\"link\":\"static\",\"variant\":\"decay\",\"link_order\":1},"
    "{\"file\":\"2/w\",\"link\":\"preload\",\"variant\":\"\",\"link_order\":2},"
    "{\"file\":\"2/"
    "s\",\"link\":\"static\",\"variant\":\"decay\",\"link_order\":2}]";

static void
programs_make(programs_t *programs)
{
	fault_t fault;
	json_t *json = json_loads(list, 0, NULL);
	assert_false(programs_from_json(programs, json, &fault));
	json_decref(json);
}

static void
test_programs_lookup(void **state)
{
	(void)state;
	programs_t programs;
	programs_make(&programs);
	assert_int_equal(programs.n, 8);
	/* A block draws an order for all of its arms, so each must have it. */
	assert_int_equal(programs.orders, 2);
	const program_t *p =
	    programs_lookup(&programs, LINK_STATIC, "decay", 1);
	assert_string_equal(p->file, "1/s");
	assert_null(programs_lookup(&programs, LINK_STATIC, "ratio", 1));
	assert_null(programs_lookup(&programs, LINK_LINKED, "decay", 2));
	bool keep[8] = {[0] = true, [5] = true};
	programs_keep(&programs, keep);
	assert_int_equal(programs.n, 2);
	assert_int_equal(programs.orders, 2);
	assert_string_equal(
	    programs_lookup(&programs, LINK_STATIC, "decay", 1)->file, "1/s");
	programs_release(&programs);
}

static void
test_programs_json(void **state)
{
	(void)state;
	programs_t programs, again;
	fault_t fault;
	programs_make(&programs);
	json_t *one = programs_to_json(&programs);
	assert_false(programs_from_json(&again, one, &fault));
	json_t *two = programs_to_json(&again);
	assert_true(json_equal(one, two));
	json_decref(two);
	programs_release(&again);
	json_object_set_new(
	    json_array_get(one, 1), "link", json_string("sideways"));
	assert_true(programs_from_json(&again, one, &fault));
	assert_non_null(strstr(fault.text, "program 2"));
	programs_release(&again);
	programs_release(&programs);
	json_decref(one);
	for (int m = 0; m < LINK_MODES; m++)
		assert_int_equal(
		    link_mode_parse(link_mode_name((link_mode_t)m)), m);
	assert_int_equal(link_mode_parse("dlopen"), LINK_MODES);
}

/* A build folder with this test as its program. */
static char *
build_make(place_t *place)
{
	char own[PATH_MAX] = "";
	char *dir = fixture_folder();
	char *program = text_format("%s/workload", dir);
	assert_non_null(realpath("/proc/self/exe", own));
	assert_int_equal(symlink(own, program), 0);
	*place = (place_t){.dir = dir};
	free(program);
	return dir;
}

static void
list_write(const char *dir, const char *build_id)
{
	char *path = text_format("%s/programs.json", dir);
	json_t *json =
	    json_pack("{s:[{s:s,s:s,s:i,s:s}]}", "programs", "file", "workload",
		"link", "preload", "link_order", 0, "build_id", build_id);
	assert_int_equal(json_dump_file(json, path, 0), 0);
	json_decref(json);
	free(path);
}

static void
test_programs_find(void **state)
{
	(void)state;
	place_t place;
	programs_t programs;
	fault_t fault;
	char *dir = build_make(&place);
	/* Without a list there is the one program. */
	assert_false(programs_find(&programs, &place, &fault));
	assert_int_equal(programs.n, 1);
	assert_int_equal(programs.orders, 1);
	char *id = text_copy(programs.v[0].build_id);
	assert_true(strlen(id) >= 16);
	programs_release(&programs);
	list_write(dir, id);
	assert_false(programs_find(&programs, &place, &fault));
	assert_int_equal(programs.orders, 1);
	programs_release(&programs);
	/* One that was built behind the list's back is of other work. */
	list_write(dir, "beef");
	assert_true(programs_find(&programs, &place, &fault));
	assert_non_null(strstr(fault.text, "beef"));
	assert_non_null(strstr(fault.text, "make workloads"));
	programs_release(&programs);
	free(id);
	fixture_remove(dir);
}

static void
test_programs_damaged(void **state)
{
	(void)state;
	static const char *const texts[] = {"{}", "[", "{\"programs\":[]}",
	    "{\"programs\":[{\"file\":\"workload\"}]}",
	    "{\"programs\":[{\"file\":\"workload\",\"link\":\"preload\","
	    "\"link_order\":1}]}"};
	place_t place;
	char *dir = build_make(&place);
	char *path = text_format("%s/programs.json", dir);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		programs_t programs;
		fault_t fault = {""};
		FILE *stream = fopen(path, "we");
		fputs(texts[i], stream);
		fclose(stream);
		assert_true(programs_find(&programs, &place, &fault));
		assert_non_null(strstr(fault.text, "is damaged"));
		programs_release(&programs);
	}
	free(path);
	fixture_remove(dir);
}

static void
test_programs_locate(void **state)
{
	(void)state;
	place_t place;
	programs_t programs = {0};
	fault_t fault;
	char *dir = build_make(&place);
	/* A plan from before there were several. */
	assert_false(programs_locate(&programs, &place, "", &fault));
	assert_int_equal(programs.n, 1);
	programs_release(&programs);
	assert_true(programs_locate(&programs, &place, "beef", &fault));
	assert_non_null(strstr(fault.text, "was rebuilt"));
	programs_release(&programs);
	/* One that is gone. */
	programs_make(&programs);
	assert_true(programs_locate(&programs, &place, "", &fault));
	assert_non_null(strstr(fault.text, "/l'"));
	programs_release(&programs);
	fixture_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_programs_lookup),
	    cmocka_unit_test(test_programs_json),
	    cmocka_unit_test(test_programs_find),
	    cmocka_unit_test(test_programs_damaged),
	    cmocka_unit_test(test_programs_locate),
	};
	return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
