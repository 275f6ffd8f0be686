/* pin.c and binding.c: what samples are bound to, and that it is read back. */
#include "pin.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "launch.h"
#include "store.h"
#include "sysroot.h"
#include "text.h"
#include "topology.h"

static void
test_pin_words(void **state)
{
	(void)state;
	fault_t fault;
	pin_t pin = {0};
	pin_t again;
	assert_false(pin_parse_cpus(&pin, "cpus", &fault));
	assert_false(pin_parse_bind(&pin, "3", &fault));
	assert_false(pin_parse_thp(&pin, "never", &fault));
	json_t *json = pin_to_json(&pin);
	assert_string_equal(sample_text(json, "bind"), "3");
	pin_from_json(&again, json);
	assert_memory_equal(&pin, &again, sizeof(pin));
	json_decref(json);
	assert_true(pin_parse_cpus(&pin, "all", &fault));
	assert_true(pin_parse_bind(&pin, "-1", &fault));
	assert_true(pin_parse_bind(&pin, "", &fault));
	assert_true(pin_parse_thp(&pin, "on", &fault));
	/* Plans of before say nothing: nothing is bound. */
	pin_from_json(&again, NULL);
	assert_int_equal(again.cpus, PIN_NONE);
	assert_int_equal(again.bind, PIN_BIND_NONE);
	assert_int_equal(again.thp, PIN_THP_INHERIT);
}

/* Starts a process under the binding, reads back, ends it. */
static void
placement_of(const binding_t *binding, placement_t *placement)
{
	process_t process;
	ending_t ending;
	fault_t fault;
	launch_t launch = {.binding = binding};
	words_add(&launch.argv, "/bin/sleep");
	words_add(&launch.argv, "60");
	assert_false(launch_start(&process, &launch, &fault));
	placement_read(placement, process.pid, true);
	placement_read_nodes(placement, process.pid);
	kill(process.pid, SIGKILL);
	launch_reap(&process, &ending);
	words_release(&launch.argv);
}

static void
test_pin_reaches_the_process(void **state)
{
	(void)state;
	binding_t binding;
	placement_t placement;
	fault_t fault;
	cpu_set_t before;
	cpu_set_t after;
	pin_t pin = {.cpus = PIN_CPUS, .thp = PIN_THP_NEVER};
	sched_getaffinity(0, sizeof(before), &before);
	int thp = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
	if (pin_resolve(&pin, 1, &binding, &fault))
		skip();
	assert_int_equal(CPU_COUNT(&binding.cpus), 1);
	placement_of(&binding, &placement);
	assert_false(placement_check(&placement, &binding, &fault));
	assert_int_equal(placement.thp, 0);
	assert_true(placement.nodes_t_ns > 0 || placement.nodes == NULL);
	placement_release(&placement);
	/* The starter is what it was. */
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
	assert_int_equal(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), thp);
}

/* A process that has not what it should is found out. */
static void
test_pin_mismatch(void **state)
{
	(void)state;
	static const binding_t none;
	binding_t binding = {.pinned = true};
	placement_t placement;
	fault_t fault;
	placement_of(&none, &placement);
	assert_false(placement_check(&placement, &none, &fault));
	CPU_SET(TOPOLOGY_CPUS - 1, &binding.cpus);
	assert_true(placement_check(&placement, &binding, &fault));
	assert_non_null(strstr(fault.text, "CPUs 1023, but may run on"));
	binding = (binding_t){.bound = true, .node = 63};
	assert_true(placement_check(&placement, &binding, &fault));
	binding = (binding_t){.thp = BINDING_THP_OFF};
	assert_true(placement_check(&placement, &binding, &fault));
	placement_release(&placement);
	/* One that got it and went elsewhere. */
	placement =
	    (placement_t){.thp = -1, .cpus = "1023", .cpus_end = "0-1023"};
	binding = (binding_t){.pinned = true};
	CPU_SET(TOPOLOGY_CPUS - 1, &binding.cpus);
	assert_true(placement_check(&placement, &binding, &fault));
	assert_non_null(strstr(fault.text, "moved itself to 0-1023"));
	/* Nor is no answer a proof. */
	placement = (placement_t){.thp = -1};
	binding = (binding_t){.bound = true, .node = 0};
	assert_true(placement_check(&placement, &binding, &fault));
	assert_non_null(strstr(fault.text, "does not tell"));
}

static void
test_pin_binds_memory(void **state)
{
	(void)state;
	binding_t binding;
	placement_t placement;
	fault_t fault;
	pin_t pin = {.bind = PIN_BIND_AUTO};
	if (pin_check(&pin, &fault))
		skip(); /* no nodes, or a sandbox forbids it */
	assert_false(pin_resolve(&pin, 1, &binding, &fault));
	placement_of(&binding, &placement);
	assert_memory_equal(placement.policy, "bind:", 5);
	json_t *json = placement_json(&placement);
	char node[16];
	snprintf(node, sizeof(node), "%u", binding.node);
	assert_true(
	    sample_number(json_object_get(json, "pages_by_node"), node) > 0);
	json_decref(json);
	placement_release(&placement);
	/* Nobody else is bound. */
	placement_of(&(binding_t){0}, &placement);
	assert_string_equal(placement.policy, "default");
	placement_release(&placement);
}

/* Whatever the machine cannot give is refused before anything is measured. */
static void
test_pin_refusals(void **state)
{
	(void)state;
	binding_t binding;
	fault_t fault;
	pin_t always = {.thp = PIN_THP_ALWAYS};
	pin_t node = {.bind = PIN_BIND_NODE, .node = 5};
	pin_t cpus = {.cpus = PIN_CPUS};
	pin_t advised = {.thp = PIN_THP_MADVISE};
	sysroot_make();
	assert_true(pin_resolve(&cpus, 1, &binding, &fault));
	assert_true(pin_resolve(&node, 1, &binding, &fault));
	assert_non_null(strstr(fault.text, "no memory node 5"));
	sysroot_put("/sys/kernel/mm/transparent_hugepage/enabled",
	    "always [madvise] never\n");
	assert_true(pin_resolve(&always, 1, &binding, &fault));
	assert_non_null(strstr(fault.text, "ebb doctor"));
	assert_false(pin_resolve(&advised, 1, &binding, &fault));
	assert_int_equal(binding.thp, BINDING_THP_AS_IS);
	sysroot_put("/sys/kernel/mm/transparent_hugepage/enabled",
	    "[always] madvise never\n");
	assert_false(pin_resolve(&always, 1, &binding, &fault));
	assert_false(pin_resolve(&advised, 1, &binding, &fault));
	assert_int_equal(binding.thp, BINDING_THP_ADVISED);
	sysroot_remove();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pin_words),
	    cmocka_unit_test(test_pin_reaches_the_process),
	    cmocka_unit_test(test_pin_mismatch),
	    cmocka_unit_test(test_pin_binds_memory),
	    cmocka_unit_test(test_pin_refusals),
	};
	return cmocka_run_group_tests_name("pin", tests, NULL, NULL);
}
