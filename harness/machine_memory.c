#include "machine_parts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cgroup.h"
#include "machine_state.h"
#include "sysfile.h"
#include "topology.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define VM "/proc/sys/vm/"

/* Lines of /proc/meminfo, in bytes. */
static json_t *
bytes_json(const char *name)
{
	int64_t kib;
	return sysfile_field("/proc/meminfo", name, &kib)
		   ? json_null()
		   : json_integer((json_int_t)kib * 1024);
}

static json_t *
swap_used(void)
{
	int64_t total;
	int64_t left;
	return sysfile_field("/proc/meminfo", "SwapTotal", &total) ||
		       sysfile_field("/proc/meminfo", "SwapFree", &left)
		   ? json_null()
		   : json_integer((json_int_t)(total - left) * 1024);
}

static json_t *
limit_json(int resource)
{
	struct rlimit limit;
	if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
		return json_null();
	return limit.rlim_cur == RLIM_INFINITY
		   ? json_string("unlimited")
		   : json_integer((json_int_t)limit.rlim_cur);
}

void
machine_describe_memory(json_t *machine)
{
	uint64_t limit = cgroup_memory_limit();
	const struct {
		const char *key;
		json_t *value;
	} rows[] = {
	    {"memory_bytes", bytes_json("MemTotal")},
	    {"memory_available_bytes", bytes_json("MemAvailable")},
	    {"swap_total_bytes", bytes_json("SwapTotal")},
	    {"swap_used_bytes", swap_used()},
	    {"swappiness", sysfile_line_json(VM "swappiness")},
	    {"zswap",
		sysfile_line_json("/sys/module/zswap/parameters/enabled")},
	    {"ksm", sysfile_line_json("/sys/kernel/mm/ksm/run")},
	    {"thp", sysfile_chosen_json(THP "enabled")},
	    {"thp_defrag", sysfile_chosen_json(THP "defrag")},
	    {"thp_shmem", sysfile_chosen_json(THP "shmem_enabled")},
	    {"thp_khugepaged_defrag",
		sysfile_line_json(THP "khugepaged/defrag")},
	    {"thp_khugepaged_scan_ms",
		sysfile_line_json(THP "khugepaged/scan_sleep_millisecs")},
	    {"overcommit", sysfile_line_json(VM "overcommit_memory")},
	    {"overcommit_ratio", sysfile_line_json(VM "overcommit_ratio")},
	    {"max_map_count", sysfile_line_json(VM "max_map_count")},
	    {"address_space_limit", limit_json(RLIMIT_AS)},
	    {"aslr", sysfile_line_json("/proc/sys/kernel/randomize_va_space")},
	    {"numa", topology_nodes_json()},
	    {"numa_balancing",
		sysfile_line_json("/proc/sys/kernel/numa_balancing")},
	    {"buddyinfo", machine_buddyinfo()},
	    {"cgroup", cgroup_describe()},
	    {"cgroup_memory_max",
		limit > 0 ? json_integer((json_int_t)limit) : json_null()},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_object_set_new(machine, rows[i].key, rows[i].value);
}
