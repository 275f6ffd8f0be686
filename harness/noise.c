#include "noise.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "sysfile.h"
#include "warn.h"

/* /proc/stat counts ticks of 10 ms. Fewer than this say nothing about a share
 * of 1 %, and one tick may be chance. */
#define TICKS_LEAST 20
#define STEAL_TICKS_LEAST 2
#define CLOCKS_MOST 8
/* Of all CPUs' time. */
#define STEAL_SHARE 0.01
#define OTHERS_SHARE 0.10
/* A program's first start reads a few pages of it. */
#define FAULTS_MOST 50

/* ---------------------------------------------------------------- reading --
 */

static int64_t
tick_ns(void)
{
	long ticks = sysconf(_SC_CLK_TCK);
	return ticks > 0 ? 1000000000 / ticks : 10000000;
}

static void
put(noise_t *noise, noise_id_t id, int64_t value)
{
	noise->v[id] = (noise_count_t){.value = value};
}

static void
read_stat(noise_t *noise)
{
	/* user nice system idle iowait irq softirq steal */
	int64_t v[8] = {0};
	int64_t total = 0;
	char *line = sysfile_line("/proc/stat");
	int n =
	    line == NULL
		? 0
		: sscanf(line,
		      "cpu %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
		      " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
		      &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);
	free(line);
	if (n != 8)
		return;
	for (int i = 0; i < n; i++)
		total += v[i];
	put(noise, NOISE_MACHINE_NS, total * tick_ns());
	put(noise, NOISE_BUSY_NS, (total - v[3] - v[4] - v[7]) * tick_ns());
	put(noise, NOISE_STEAL_NS, v[7] * tick_ns());
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=1234", in microseconds. */
static void
read_pressure(noise_t *noise)
{
	static const struct {
		noise_id_t id;
		const char *path;
	} rows[] = {
	    {NOISE_PSI_CPU_NS, "/proc/pressure/cpu"},
	    {NOISE_PSI_MEMORY_NS, "/proc/pressure/memory"},
	    {NOISE_PSI_IO_NS, "/proc/pressure/io"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *line = sysfile_line(rows[i].path);
		const char *at = line == NULL ? NULL : strstr(line, "total=");
		if (at != NULL)
			put(noise, rows[i].id,
			    strtoll(at + strlen("total="), NULL, 10) * 1000);
		free(line);
	}
}

static void
read_swap(noise_t *noise)
{
	int64_t in;
	int64_t out;
	if (!sysfile_field("/proc/vmstat", "pswpin", &in) &&
	    !sysfile_field("/proc/vmstat", "pswpout", &out))
		put(noise, NOISE_SWAP_PAGES, in + out);
}

static void
read_cgroup(noise_t *noise)
{
	noise_count_t *throttled = &noise->v[NOISE_THROTTLED_NS];
	noise_count_t *events = &noise->v[NOISE_LIMIT_EVENTS];
	if (!cgroup_throttled_ns(&throttled->value, &throttled->why))
		throttled->why = NULL;
	if (!cgroup_limit_events(&events->value, &events->why))
		events->why = NULL;
}

/* Both are of each CPU; some are enough. Kernels before 5.18 wait up to 10 ms
 * to tell the clock of an idle CPU. */
static void
read_cpus(noise_t *noise)
{
	static const char folder[] = "/sys/devices/system/cpu/cpu";
	int64_t heat = 0;
	int64_t clock = 0;
	int64_t heats = 0;
	int64_t clocks = 0;
	for (int cpu = 0; cpu < 64; cpu++) {
		int64_t n;
		char *path = text_format(
		    "%s%d/thermal_throttle/core_throttle_count", folder, cpu);
		bool hot = !sysfile_number(path, &n);
		heat += hot ? n : 0;
		heats += hot;
		text_assign(
		    &path, "%s%d/cpufreq/scaling_cur_freq", folder, cpu);
		bool ticks = cpu < CLOCKS_MOST && !sysfile_number(path, &n);
		clock += ticks ? n : 0;
		clocks += ticks;
		free(path);
		if (!hot && (!ticks || cpu >= CLOCKS_MOST))
			break;
	}
	if (heats > 0)
		put(noise, NOISE_THERMAL, heat);
	if (clocks > 0)
		noise->frequency_khz = (noise_count_t){.value = clock / clocks};
}

static int64_t
usage_ns(const struct rusage *usage)
{
	return ((int64_t)usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) *
		   1000000000 +
	       ((int64_t)usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) *
		   1000;
}

void
noise_read(noise_t *noise)
{
	static const char *const missing[NOISE_COUNTS] = {
	    [NOISE_MACHINE_NS] = "/proc/stat cannot be read",
	    [NOISE_BUSY_NS] = "/proc/stat cannot be read",
	    [NOISE_STEAL_NS] = "/proc/stat cannot be read",
	    [NOISE_PSI_CPU_NS] = "the kernel has no /proc/pressure",
	    [NOISE_PSI_MEMORY_NS] = "the kernel has no /proc/pressure",
	    [NOISE_PSI_IO_NS] = "the kernel has no /proc/pressure",
	    [NOISE_SWAP_PAGES] = "/proc/vmstat does not tell",
	    [NOISE_THERMAL] = "no CPU here counts when it slows down",
	};
	struct timespec now;
	struct rusage self = {0};
	struct rusage children = {0};
	for (int i = 0; i < NOISE_COUNTS; i++)
		noise->v[i] = (noise_count_t){.why = missing[i]};
	noise->frequency_khz =
	    (noise_count_t){.why = "no CPU here tells its clock (cpufreq)"};
	read_stat(noise);
	read_pressure(noise);
	read_swap(noise);
	read_cgroup(noise);
	read_cpus(noise);
	clock_gettime(CLOCK_MONOTONIC, &now);
	noise->t_ns =
	    (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	noise->own_ns = usage_ns(&self) + usage_ns(&children);
}

/* ---------------------------------------------------------------- judging --
 */

/* The names of the counts in the line; NULL: not by itself. */
static const char *const names[NOISE_COUNTS] = {
    [NOISE_STEAL_NS] = "steal_ns",
    [NOISE_PSI_CPU_NS] = "psi_cpu_ns",
    [NOISE_PSI_MEMORY_NS] = "psi_memory_ns",
    [NOISE_PSI_IO_NS] = "psi_io_ns",
    [NOISE_THROTTLED_NS] = "throttled_ns",
    [NOISE_LIMIT_EVENTS] = "limit_events",
    [NOISE_SWAP_PAGES] = "swap_pages",
    [NOISE_THERMAL] = "thermal_throttles",
};

/* From when on a count is a warning: above a share of the wall time, or at so
 * many. */
typedef struct limit_s limit_t;
struct limit_s {
	noise_id_t id;
	warn_t warning;
	double share; /* of the wall time; 0: not by it */
	double count; /* 0: not by number */
	bool idle;    /* only where there is a CPU for each thread and one for
		       * the observer: else its own threads wait */
	const char *what;
};

static const limit_t limits[] = {
    {NOISE_PSI_CPU_NS, WARN_PRESSURE, 0.10, 0, true, "for a CPU, "},
    {NOISE_PSI_MEMORY_NS, WARN_PRESSURE, 0.01, 0, false, "for memory, "},
    {NOISE_PSI_IO_NS, WARN_PRESSURE, 0.25, 0, false, "for a disk, "},
    {NOISE_THROTTLED_NS, WARN_THROTTLED, 0.001, 0, false, ""},
    {NOISE_LIMIT_EVENTS, WARN_MEMORY_LIMIT, 0, 1, false, " times"},
    {NOISE_SWAP_PAGES, WARN_PAGED, 0, 1, false, " pages swapped"},
    {NOISE_THERMAL, WARN_HEAT, 0, 1, false, " times"},
};

/* What was counted between the two. */
static noise_count_t
since(const noise_t *begin, const noise_t *end, noise_id_t id)
{
	const noise_count_t *a = &begin->v[id];
	const noise_count_t *b = &end->v[id];
	if (a->why != NULL || b->why != NULL)
		return (noise_count_t){.why = a->why ? a->why : b->why};
	/* A counter that began anew counts nothing. */
	return (noise_count_t){
	    .value = b->value > a->value ? b->value - a->value : 0};
}

/* CPU time that neither the sample's processes nor ebb used. */
static noise_count_t
others(const noise_t *begin, const noise_t *end)
{
	noise_count_t busy = since(begin, end, NOISE_BUSY_NS);
	int64_t ours = end->own_ns - begin->own_ns;
	if (busy.why == NULL)
		busy.value = busy.value > ours ? busy.value - ours : 0;
	return busy;
}

static void
limits_check(const noise_t *begin, const noise_t *end, const noise_own_t *own,
    words_t *warnings)
{
	double wall = (double)(end->t_ns - begin->t_ns);
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		const limit_t *limit = &limits[i];
		noise_count_t n = since(begin, end, limit->id);
		double value = (double)n.value;
		if (n.why != NULL || (limit->idle && own->threads >= own->cpus))
			continue;
		if (limit->count > 0 && value >= limit->count)
			warn_add(warnings, limit->warning, "%.0f%s", value,
			    limit->what);
		if (limit->share > 0 && value > limit->share * wall)
			warn_add(warnings, limit->warning,
			    "%s%.1f %% of the time", limit->what,
			    100 * value / wall);
	}
}

static void
shares_check(const noise_t *begin, const noise_t *end, const noise_own_t *own,
    words_t *warnings)
{
	double total = (double)since(begin, end, NOISE_MACHINE_NS).value;
	double steal = (double)since(begin, end, NOISE_STEAL_NS).value;
	double other = (double)others(begin, end).value;
	double tick = (double)tick_ns();
	if (total < TICKS_LEAST * tick)
		return;
	if (steal >= STEAL_TICKS_LEAST * tick && steal > STEAL_SHARE * total)
		warn_add(warnings, WARN_STEAL, "%.1f %%", 100 * steal / total);
	if (other > OTHERS_SHARE * total)
		warn_add(warnings, WARN_OTHERS, "%.0f %% of all CPUs' time",
		    100 * other / total);
	if (own->usage->ru_majflt > FAULTS_MOST)
		warn_add(warnings, WARN_PAGED, "%ld faults read from a disk",
		    own->usage->ru_majflt);
}

static json_t *
count_json(noise_count_t count)
{
	return count.why == NULL ? json_integer((json_int_t)count.value)
				 : json_pack("{s:s}", "unsupported", count.why);
}

json_t *
noise_judge(const noise_t *begin, const noise_t *end, const noise_own_t *own,
    words_t *warnings)
{
	json_t *json = json_object();
	const noise_count_t migrations = {.value = own->migrations,
	    .why = own->migrations < 0
		       ? "counted in census samples only: a counter in each "
			 "thread would cost time here"
		       : NULL};
	const struct {
		const char *name;
		noise_count_t count;
	} rest[] = {
	    {"wall_ns", {.value = (int64_t)(end->t_ns - begin->t_ns)}},
	    {"machine_ns", since(begin, end, NOISE_MACHINE_NS)},
	    {"others_ns", others(begin, end)},
	    {"involuntary_switches", {.value = own->usage->ru_nivcsw}},
	    {"major_faults", {.value = own->usage->ru_majflt}},
	    {"migrations", migrations},
	    {"frequency_khz", end->frequency_khz},
	};
	for (size_t i = 0; i < sizeof(rest) / sizeof(*rest); i++)
		json_object_set_new(
		    json, rest[i].name, count_json(rest[i].count));
	for (int i = 0; i < NOISE_COUNTS; i++)
		if (names[i] != NULL)
			json_object_set_new(json, names[i],
			    count_json(since(begin, end, (noise_id_t)i)));
	shares_check(begin, end, own, warnings);
	limits_check(begin, end, own, warnings);
	return json;
}
