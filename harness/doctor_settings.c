#include "doctor_settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store.h"
#include "sysfile.h"
#include "text.h"

#define CPU "/sys/devices/system/cpu/"
#define THP "/sys/kernel/mm/transparent_hugepage/enabled"
#define SYSCTL "/proc/sys/"

#define MEMORY_LEAST (INT64_C(1) << 30)
#define MAPS_LEAST 65530
#define LOAD_MOST 0.5

/* Sets what is so, and the level. */
static void
found(complaint_t *c, complaint_level_t level, char *what)
{
	c->level = level;
	c->what = what;
}

/* A setting is mended by writing text to a file. */
static void
mend_by_file(complaint_t *c, const char *path, const char *text)
{
	c->may = sysfile_may_write(path);
	c->mend = text_format(
	    "echo %s | %stee %s", text, c->may ? "" : "sudo ", path);
}

/* ... or by a command that only root may run. */
static void
mend_by_root(complaint_t *c, const char *command)
{
	c->may = geteuid() == 0;
	c->mend = text_format("%s%s", c->may ? "" : "sudo ", command);
}

/* The value of a key that is a string, NULL when it is unknown. */
static const char *
known(const json_t *machine, const char *key)
{
	return json_string_value(json_object_get(machine, key));
}

static bool
is_unknown(complaint_t *c, const void *value)
{
	if (value == NULL)
		found(c, COMPLAINT_FINE, text_copy("not shown here"));
	return value == NULL;
}

/* ------------------------------------------------------------------- CPUs --
 */

static void
look_governor(const json_t *machine, complaint_t *c)
{
	const char *governor = known(machine, "governor");
	if (governor == NULL) {
		found(c, COMPLAINT_NOTE,
		    text_copy("no frequency control is shown, as in virtual "
			      "machines: the host decides"));
		return;
	}
	bool fine = strcmp(governor, "performance") == 0;
	found(c, fine ? COMPLAINT_FINE : COMPLAINT_WRONG, text_copy(governor));
	if (!fine) {
		mend_by_file(
		    c, CPU "cpu0/cpufreq/scaling_governor", "performance");
		text_assign(&c->mend,
		    "echo performance | %stee " CPU
		    "cpu*/cpufreq/scaling_governor",
		    c->may ? "" : "sudo ");
	}
}

static void
look_turbo(const json_t *machine, complaint_t *c)
{
	const json_t *turbo = json_object_get(machine, "turbo");
	char *intel = sysfile_line(CPU "intel_pstate/no_turbo");
	if (!json_is_boolean(turbo))
		is_unknown(c, NULL);
	else if (!json_is_true(turbo))
		found(c, COMPLAINT_FINE, text_copy("off"));
	else {
		found(c, COMPLAINT_WRONG, text_copy("on"));
		mend_by_file(c,
		    intel != NULL ? CPU "intel_pstate/no_turbo"
				  : CPU "cpufreq/boost",
		    intel != NULL ? "1" : "0");
	}
	free(intel);
}

static void
look_smt(const json_t *machine, complaint_t *c)
{
	bool on = json_is_true(json_object_get(machine, "smt"));
	found(c, on ? COMPLAINT_NOTE : COMPLAINT_FINE,
	    text_format("%s; %lld cores for %lld CPUs", on ? "on" : "off",
		(long long)sample_number(machine, "cores"),
		(long long)sample_number(machine, "ncpu")));
	if (on)
		mend_by_file(c, CPU "smt/control", "off");
}

static void
look_clock(const json_t *machine, complaint_t *c)
{
	static const char file[] =
	    "/sys/devices/system/clocksource/clocksource0/"
	    "current_clocksource";
	static const char *const fast[] = {"tsc", "kvm-clock",
	    "arch_sys_counter", "hyperv_clocksource_tsc_page"};
	const char *clock = known(machine, "clocksource");
	const char *others = sample_text(machine, "clocksources");
	bool fine = false;
	if (is_unknown(c, clock))
		return;
	for (size_t i = 0; i < sizeof(fast) / sizeof(*fast); i++)
		fine |= strcmp(clock, fast[i]) == 0;
	bool tsc = strstr(others, "tsc") != NULL;
	found(c,
	    fine  ? COMPLAINT_FINE
	    : tsc ? COMPLAINT_WRONG
		  : COMPLAINT_NOTE,
	    text_format("%s%s%s", clock,
		fine ? "" : "; there are: ", fine ? "" : others));
	if (!fine && tsc)
		mend_by_file(c, file, "tsc");
}

/* ------------------------------------------------------------------ memory --
 */

static void
look_thp(const json_t *machine, complaint_t *c)
{
	const char *thp = known(machine, "thp");
	if (is_unknown(c, thp))
		return;
	bool always = strcmp(thp, "always") == 0;
	found(c, always ? COMPLAINT_WRONG : COMPLAINT_FINE, text_copy(thp));
	if (always)
		mend_by_file(c, THP, "madvise");
}

static void
look_swap(const json_t *machine, complaint_t *c)
{
	int64_t used = sample_number(machine, "swap_used_bytes");
	int64_t total = sample_number(machine, "swap_total_bytes");
	found(c, used > 0 ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    total == 0 ? text_copy("none")
		       : text_format("%lld of %lld MiB are in use%s",
			     (long long)(used >> 20), (long long)(total >> 20),
			     strcmp(sample_text(machine, "zswap"), "Y") == 0
				 ? ", compressed in memory (zswap)"
				 : ""));
	if (used > 0)
		mend_by_root(c, "swapoff -a");
}

static void
look_memory(const json_t *machine, complaint_t *c)
{
	const json_t *value =
	    json_object_get(machine, "memory_available_bytes");
	int64_t bytes = sample_number(machine, "memory_available_bytes");
	int64_t limit = sample_number(machine, "cgroup_memory_max");
	if (!json_is_integer(value)) {
		is_unknown(c, NULL);
		return;
	}
	int64_t least = limit > 0 && limit < bytes ? limit : bytes;
	bool wrong = least < MEMORY_LEAST;
	found(c, wrong ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    text_format("%lld MiB are available%s", (long long)(least >> 20),
		least == limit ? ", by the control group's limit" : ""));
	if (wrong) {
		c->mend = text_copy("end what uses it, or raise memory.max");
		c->may = true;
	}
}

static void
look_ksm(const json_t *machine, complaint_t *c)
{
	const char *run = known(machine, "ksm");
	if (is_unknown(c, run))
		return;
	bool on = strcmp(run, "1") == 0;
	found(c, on ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    text_copy(on ? "on" : "off"));
	if (on)
		mend_by_file(c, "/sys/kernel/mm/ksm/run", "0");
}

static void
look_overcommit(const json_t *machine, complaint_t *c)
{
	const char *mode = known(machine, "overcommit");
	if (is_unknown(c, mode))
		return;
	bool strict = strcmp(mode, "2") == 0;
	found(c, strict ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    text_format("mode %s", mode));
	if (strict)
		mend_by_file(c, SYSCTL "vm/overcommit_memory", "0");
}

static void
look_maps(const json_t *machine, complaint_t *c)
{
	const char *most = known(machine, "max_map_count");
	if (is_unknown(c, most))
		return;
	bool few = atol(most) < MAPS_LEAST;
	found(c, few ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    text_format("%s mappings a process", most));
	if (few)
		mend_by_file(c, SYSCTL "vm/max_map_count", "65530");
}

static void
look_address_space(const json_t *machine, complaint_t *c)
{
	int64_t bytes = sample_number(machine, "address_space_limit");
	found(c, bytes > 0 ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    bytes > 0
		? text_format("limited to %lld MiB", (long long)(bytes >> 20))
		: text_copy("not limited"));
	if (bytes > 0) {
		c->mend = text_copy("ulimit -v unlimited");
		c->may = geteuid() == 0;
	}
}

static void
look_aslr(const json_t *machine, complaint_t *c)
{
	const char *mode = known(machine, "aslr");
	if (is_unknown(c, mode))
		return;
	bool fine = strcmp(mode, "2") == 0;
	found(c, fine ? COMPLAINT_FINE : COMPLAINT_WRONG,
	    text_copy(fine                     ? "full"
		      : strcmp(mode, "0") == 0 ? "off"
					       : "partly"));
	if (!fine)
		mend_by_file(c, SYSCTL "kernel/randomize_va_space", "2");
}

static void
look_numa(const json_t *machine, complaint_t *c)
{
	size_t nodes = json_object_size(json_object_get(machine, "numa"));
	bool moves = nodes > 1 &&
		     strcmp(sample_text(machine, "numa_balancing"), "1") == 0;
	found(c,
	    moves       ? COMPLAINT_WRONG
	    : nodes > 1 ? COMPLAINT_NOTE
			: COMPLAINT_FINE,
	    nodes == 0 ? text_copy("not shown here")
		       : text_format("%zu node%s of memory%s", nodes,
			     nodes == 1 ? "" : "s",
			     moves ? ", and the kernel moves pages between "
				     "them (numa_balancing)"
				   : ""));
	if (moves)
		mend_by_file(c, SYSCTL "kernel/numa_balancing", "0");
	else if (nodes > 1) {
		c->mend = text_copy("ebb run --pin cpus --bind auto");
		c->may = true;
	}
}

/* ------------------------------------------------------------------ limits --
 */

static void
look_quota(const json_t *machine, complaint_t *c)
{
	const json_t *group = json_object_get(machine, "cgroup");
	double cpus = json_number_value(json_object_get(group, "cpus"));
	double all = (double)sample_number(machine, "ncpu");
	bool less = cpus > 0 && cpus < all;
	found(c, less ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    cpus > 0 ? text_format("%.2f of %.0f CPUs", cpus, all)
		     : text_copy("no quota"));
	if (less) {
		c->mend = text_format("raise cpu.max of the control group %s",
		    sample_text(group, "path"));
		c->may = json_is_true(json_object_get(group, "writable"));
	}
}

static void
look_symlink(const json_t *machine, complaint_t *c)
{
	const char *target = known(machine, "malloc_conf_symlink");
	found(c, target != NULL ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    target != NULL ? text_format("it says %s", target)
			   : text_copy("not there"));
	if (target != NULL)
		mend_by_root(c, "rm /etc/malloc.conf");
}

static void
look_load(const json_t *machine, complaint_t *c)
{
	const json_t *value = json_object_get(machine, "load");
	double load = json_number_value(value);
	double cpus = (double)sample_number(machine, "ncpu");
	bool busy = load > LOAD_MOST * cpus;
	if (is_unknown(c, json_is_number(value) ? value : NULL))
		return;
	found(c, busy ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    text_format("%.2f on %.0f CPUs", load, cpus));
	if (busy) {
		c->mend = text_copy("end other work, then wait a minute");
		c->may = true;
	}
}

static void
look_paranoid(const json_t *machine, complaint_t *c)
{
	const char *level = known(machine, "perf_paranoid");
	if (is_unknown(c, level))
		return;
	bool strict = atoi(level) > 1 && geteuid() != 0;
	found(c, strict ? COMPLAINT_NOTE : COMPLAINT_FINE,
	    text_format("%s%s", level,
		atoi(level) > 1 && !strict ? ", but root may" : ""));
	if (strict)
		mend_by_file(c, SYSCTL "kernel/perf_event_paranoid", "1");
}

static const struct row_s {
	const char *title, *why;
	void (*look)(const json_t *machine, complaint_t *c);
} rows[] = {
    {"governor", "the clock changes during a sample, and with it every time",
	look_governor},
    {"turbo",
	"the clock is higher while the CPU is cool: the first samples of a "
	"run are faster than the last",
	look_turbo},
    {"hardware threads",
	"two CPUs share a core, so what runs on one slows the other; 'ebb run "
	"--pin cpus' uses a core for each thread as long as there are",
	look_smt},
    {"clock source",
	"reading the clock is a system call, which costs more than a malloc",
	look_clock},
    {"huge pages",
	"memory is rounded up to 2 MiB, and what was given back may fill "
	"again (khugepaged): RSS is the kernel's, not the allocator's",
	look_thp},
    {"swap", "swapped pages are not resident: RSS is too small", look_swap},
    {"memory",
	"workloads use up to a quarter of it, and are too small to be like "
	"programs",
	look_memory},
    {"page merging (KSM)", "merged pages are not counted as resident",
	look_ksm},
    {"overcommit",
	"the kernel counts address space as memory: allocators that reserve "
	"much fail early",
	look_overcommit},
    {"mappings",
	"madvise and munmap of parts split mappings; at the limit they fail",
	look_maps},
    {"address space", "allocators that reserve much fail early",
	look_address_space},
    {"ASLR",
	"addresses are the same in every process, so all samples are of one "
	"layout, which can be 10 % off",
	look_aslr},
    {"memory nodes",
	"memory of another node is slower, and which one it is changes from "
	"process to process",
	look_numa},
    {"CPU quota",
	"the control group stops all its processes once it is used up",
	look_quota},
    {"/etc/malloc.conf", "it sets options of every process", look_symlink},
    {"load", "other work takes CPU time, caches and memory bandwidth",
	look_load},
    {"perf_event_paranoid",
	"cycles and faults in the kernel, where madvise and page faults are, "
	"cannot be counted",
	look_paranoid},
};

void
doctor_settings(const json_t *machine, complaints_t *complaints)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		complaint_t c = {.title = rows[i].title, .why = rows[i].why};
		rows[i].look(machine, &c);
		complaints_add(complaints, c);
	}
}
