/* topology.c: lists, and the order in which CPUs are used. */
#include "topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sysroot.h"
#include "text.h"

static int
setup(void **state)
{
	(void)state;
	sysroot_make();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	sysroot_remove();
	return 0;
}

static void
list_check(const char *text, const char *written)
{
	cpu_set_t set;
	char again[64];
	assert_false(topology_list_read(&set, text));
	topology_list_write(&set, again, sizeof(again));
	assert_string_equal(again, written);
}

static void
test_topology_list(void **state)
{
	(void)state;
	cpu_set_t set;
	list_check("0", "0");
	list_check("0-3,8\n", "0-3,8");
	list_check("1,2,3,5-5", "1-3,5");
	assert_true(topology_list_read(&set, ""));
	assert_true(topology_list_read(&set, "x"));
	assert_true(topology_list_read(&set, "3-1"));
	assert_true(topology_list_read(&set, "0-99999"));
	assert_true(topology_list_read(&set, "1 2"));
}

static void
siblings_put(unsigned cpu, const char *list)
{
	char *path = text_format(
	    "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", cpu);
	sysroot_put(path, "%s\n", list);
	free(path);
}

/* Four cores of two threads, two of each on either node: as on many servers,
 * CPU 4 is the second thread of the core of CPU 0. */
static void
two_nodes_put(void)
{
	static const char *const cores[] = {"0,4", "1,5", "2,6", "3,7"};
	for (unsigned i = 0; i < 8; i++)
		siblings_put(i, cores[i % 4]);
	sysroot_put("/sys/devices/system/node/online", "0-1\n");
	sysroot_put("/sys/devices/system/node/has_memory", "0-1\n");
	sysroot_put("/sys/devices/system/node/node0/cpulist", "0,2,4,6\n");
	sysroot_put("/sys/devices/system/node/node1/cpulist", "1,3,5,7\n");
	sysroot_put("/sys/devices/system/node/node1/meminfo",
	    "Node 1 MemTotal:       2048 kB\nNode 1 MemFree: 1024 kB\n");
}

static void
order_check(const topology_t *topology, const char *expected)
{
	char *order = text_copy("");
	for (size_t i = 0; i < topology->n; i++)
		text_assign(&order, "%s%s%u", order, i > 0 ? " " : "",
		    topology->v[i].cpu);
	assert_string_equal(order, expected);
	free(order);
}

static void
test_topology_cores_first(void **state)
{
	(void)state;
	static topology_t topology;
	cpu_set_t allowed;
	two_nodes_put();
	assert_false(topology_list_read(&allowed, "0-7"));
	topology_read(&topology, &allowed);
	assert_true(topology.known);
	order_check(&topology, "0 2 1 3 4 6 5 7");
	topology_prefer_node(&topology, 1);
	order_check(&topology, "1 3 5 7 0 2 4 6");
	/* Only what ebb may use. */
	assert_false(topology_list_read(&allowed, "3-5"));
	topology_read(&topology, &allowed);
	order_check(&topology, "3 4 5");
}

static void
test_topology_fast_cores_first(void **state)
{
	(void)state;
	static topology_t topology;
	cpu_set_t allowed;
	for (unsigned i = 0; i < 3; i++) {
		char *path = text_format(
		    "/sys/devices/system/cpu/cpu%u/cpu_capacity", i);
		char own[16];
		snprintf(own, sizeof(own), "%u", i);
		siblings_put(i, own);
		sysroot_put(path, "%d\n", i == 2 ? 1024 : 500);
		free(path);
	}
	assert_false(topology_list_read(&allowed, "0-2"));
	topology_read(&topology, &allowed);
	order_check(&topology, "2 0 1");
}

static void
test_topology_unknown(void **state)
{
	(void)state;
	static topology_t topology;
	cpu_set_t allowed;
	assert_false(topology_list_read(&allowed, "0-1"));
	topology_read(&topology, &allowed);
	assert_false(topology.known);
	order_check(&topology, "0 1");
	assert_false(topology_has_node(0));
}

static void
test_topology_nodes(void **state)
{
	(void)state;
	two_nodes_put();
	assert_true(topology_has_node(1));
	assert_false(topology_has_node(2));
	json_t *nodes = topology_nodes_json();
	json_t *one = json_object_get(nodes, "1");
	assert_int_equal(
	    json_integer_value(json_object_get(one, "free_bytes")), 1 << 20);
	assert_true(json_is_null(
	    json_object_get(json_object_get(nodes, "0"), "free_bytes")));
	json_decref(nodes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_topology_list),
	    TEST(test_topology_cores_first),
	    TEST(test_topology_fast_cores_first),
	    TEST(test_topology_unknown),
	    TEST(test_topology_nodes),
	};
	return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
