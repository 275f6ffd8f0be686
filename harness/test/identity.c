/* Identity: decisions from canned answers of the probe. */
#include "identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EBB "/opt/ebb/libebb.so"
#define LIBC "/lib/libc.so.6"

static arm_t ebb_arm = {.name = "decay",
    .kind = ARM_EBB,
    .path = EBB,
    .conf = "",
    .defaults = "purge:decay,decay_time:10",
    .build_id = "abcd"};
static arm_t peer_arm = {.name = "peer",
    .kind = ARM_PEER,
    .path = EBB,
    .conf = "",
    .defaults = "",
    .build_id = "abcd"};
static arm_t glibc_arm = {.name = "glibc",
    .kind = ARM_GLIBC,
    .conf = "",
    .defaults = "",
    .build_id = ""};

/* A line in which every entry point is of one file. */
static json_t *
probe_make(const char *file, const char *build_id)
{
	static const char *const entries[] = {"malloc", "calloc", "realloc",
	    "free", "posix_memalign", "aligned_alloc", "memalign", "valloc",
	    "pvalloc", "malloc_usable_size"};
	json_t *owners = json_object();
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		json_object_set_new(owners, entries[i],
		    json_pack("{s:s,s:s}", "file", file, "build_id", build_id));
	return json_pack("{s:o,s:s,s:{s:s,s:i,s:b},s:{s:b}}", "owners", owners,
	    "link", "preload", "opt", "purge", "decay", "decay_time", 10,
	    "tcache", 1, "config", "debug", 0);
}

static void
owner_set(json_t *probe, const char *entry, const char *file)
{
	json_object_set_new(json_object_get(probe, "owners"), entry,
	    json_pack("{s:s,s:s}", "file", file, "build_id", "ff"));
}

/* The decision, and in fault why. */
static bool
refused(const arm_t *arm, const char *conf, const json_t *probe,
    const char *errors, fault_t *fault)
{
	fault->text[0] = '\0';
	return identity_check(arm, conf, probe, errors, NULL, fault);
}

static void
test_identity_accepts(void **state)
{
	(void)state;
	fault_t fault;
	json_t *probe = probe_make(EBB, "abcd");
	assert_false(refused(&ebb_arm, "", probe, "", &fault));
	assert_false(refused(&ebb_arm, "decay_time:10,tcache:true", probe,
	    "workload: a word\n", &fault));
	assert_string_equal(identity_owner(probe), EBB);
	assert_string_equal(identity_build_id(probe), "abcd");
	/* C++'s own operators call malloc. */
	owner_set(probe, "_Znwm", "/usr/lib/libstdc++.so.6");
	assert_false(refused(&ebb_arm, "", probe, "", &fault));
	json_decref(probe);
	probe = probe_make(LIBC, "1234");
	assert_false(refused(&glibc_arm, "", probe, "", &fault));
	json_decref(probe);
}

static void
test_identity_refuses_owner(void **state)
{
	(void)state;
	fault_t fault;
	json_t *probe = probe_make(LIBC, "1234");
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	assert_non_null(strstr(fault.text, LIBC));
	json_decref(probe);
	/* One entry point that is another's is enough. */
	probe = probe_make(EBB, "abcd");
	owner_set(probe, "aligned_alloc", LIBC);
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	assert_non_null(strstr(fault.text, "aligned_alloc"));
	json_decref(probe);
	probe = probe_make(EBB, "abcd");
	owner_set(probe, "_ZdlPv", "/opt/other.so");
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	json_decref(probe);
	probe = probe_make(EBB, "abcd");
	assert_true(refused(&glibc_arm, "", probe, "", &fault));
	json_decref(probe);
	assert_true(refused(&ebb_arm, "", NULL, "", &fault));
	assert_non_null(strstr(fault.text, "probe did not answer"));
}

/* How malloc came into the program is part of the proof. */
static void
test_identity_link(void **state)
{
	(void)state;
	fault_t fault;
	arm_t arm = ebb_arm;
	json_t *probe = probe_make(EBB, "abcd");
	arm.link = LINK_LINKED;
	assert_true(refused(&arm, "", probe, "", &fault));
	assert_non_null(strstr(fault.text, "'preload'"));
	json_object_set_new(probe, "link", json_string("linked"));
	assert_false(refused(&arm, "", probe, "", &fault));
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	json_object_del(probe, "link");
	assert_true(refused(&arm, "", probe, "", &fault));
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	json_decref(probe);
	/* A program that holds it: whichever it is, it is the one that ran. */
	arm.link = LINK_STATIC;
	arm.path = "/opt/ebb/links/0/workload-decay-static";
	probe = probe_make("/opt/ebb/links/2/workload-decay-static", "c0de");
	json_object_set_new(probe, "link", json_string("static"));
	assert_true(refused(&arm, "", probe, "", &fault));
	json_object_set_new(
	    probe, "program", json_pack("{s:s}", "build_id", "c0de"));
	assert_string_equal(identity_program(probe), "c0de");
	assert_false(refused(&arm, "", probe, "", &fault));
	owner_set(probe, "calloc", LIBC);
	assert_true(refused(&arm, "", probe, "", &fault));
	assert_non_null(strstr(fault.text, "calloc"));
	json_decref(probe);
}

static void
test_identity_refuses_build_id(void **state)
{
	(void)state;
	fault_t fault;
	json_t *probe = probe_make(EBB, "beef");
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	assert_non_null(strstr(fault.text, "beef"));
	assert_non_null(strstr(fault.text, "abcd"));
	json_decref(probe);
}

static void
test_identity_refuses_options(void **state)
{
	(void)state;
	fault_t fault;
	json_t *probe = probe_make(EBB, "abcd");
	assert_true(refused(&ebb_arm, "decay_tyme:3", probe, "", &fault));
	assert_non_null(strstr(fault.text, "decay_tyme"));
	assert_true(refused(&ebb_arm, "decay_time:3", probe, "", &fault));
	/* What is compiled in is read back too. */
	json_object_set_new(
	    json_object_get(probe, "opt"), "purge", json_string("ratio"));
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	assert_false(refused(&ebb_arm, "purge:ratio", probe, "", &fault));
	json_object_clear(json_object_get(probe, "opt"));
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	assert_false(refused(&peer_arm, "", probe, "", &fault));
	assert_true(refused(&peer_arm, "a:1", probe, "", &fault));
	json_decref(probe);
}

static void
test_identity_refuses_complaint(void **state)
{
	(void)state;
	fault_t fault;
	json_t *probe = probe_make(EBB, "abcd");
	assert_true(refused(&ebb_arm, "", probe,
	    "hello\n<ebb>: MALLOC_CONF: unknown key decay_tyme\n", &fault));
	assert_non_null(strstr(fault.text, "decay_tyme"));
	assert_true(refused(&ebb_arm, "", probe,
	    "ERROR: ld.so: object '/x.so' cannot be preloaded\n", &fault));
	json_decref(probe);
}

static void
test_identity_warns(void **state)
{
	(void)state;
	fault_t fault;
	words_t warnings = {0};
	json_t *probe = probe_make(EBB, "abcd");
	owner_set(probe, "pvalloc", LIBC);
	json_object_set_new(
	    json_object_get(probe, "config"), "debug", json_true());
	/* A peer may lack an old entry point; we may not. */
	assert_true(refused(&ebb_arm, "", probe, "", &fault));
	assert_false(
	    identity_check(&peer_arm, "", probe, "", &warnings, &fault));
	assert_int_equal(warnings.n, 2);
	assert_non_null(strstr(warnings.v[0], "mixed-entry"));
	assert_non_null(strstr(warnings.v[1], "debug-build"));
	words_release(&warnings);
	json_decref(probe);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_identity_accepts),
	    cmocka_unit_test(test_identity_refuses_owner),
	    cmocka_unit_test(test_identity_link),
	    cmocka_unit_test(test_identity_refuses_build_id),
	    cmocka_unit_test(test_identity_refuses_options),
	    cmocka_unit_test(test_identity_refuses_complaint),
	    cmocka_unit_test(test_identity_warns),
	};
	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
