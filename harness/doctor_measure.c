#include "doctor_measure.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "live.h"
#include "noise.h"
#include "stats.h"
#include "store.h"
#include "text.h"
#include "topology.h"

/* A shorter gap is a timer's interrupt, or a cache miss of the loop. */
#define GAP_NS 20000
#define LOST_MOST 0.01
#define STEAL_MOST 0.01
#define CLOCK_MOST_NS 100.0
#define CLOCK_BATCHES 21
#define CLOCK_READINGS 2000
#define BUSY_SHARE 0.05
#define BUSY_SHOWN 4

/* ------------------------------------------------------------------- clock --
 */

double
clock_cost_ns(void)
{
	double cost[CLOCK_BATCHES];
	for (int b = 0; b < CLOCK_BATCHES; b++) {
		uint64_t begin = ebb_live_clock();
		for (int i = 1; i < CLOCK_READINGS; i++)
			ebb_live_clock();
		cost[b] = (double)(ebb_live_clock() - begin) / CLOCK_READINGS;
	}
	return stats_median(cost, CLOCK_BATCHES);
}

void
doctor_clock(double ns, complaints_t *complaints)
{
	complaint_t c = {
	    .title = "clock reading",
	    .why = "single calls of malloc take 20 ns: their times are the "
		   "clock's",
	    .level = ns > CLOCK_MOST_NS ? COMPLAINT_NOTE : COMPLAINT_FINE,
	    .what = text_format("%.0f ns", ns),
	};
	complaints_add(complaints, c);
}

/* -------------------------------------------------------------------- spin --
 */

typedef struct spinner_s spinner_t;
struct spinner_s {
	pthread_t thread;
	unsigned cpu;
	uint64_t ns; /* to spin */
	uint64_t lost_ns, worst_ns, all_ns;
};

static void *
spinner_main(void *argument)
{
	spinner_t *spinner = argument;
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(spinner->cpu, &one);
	/* Where it may not, the gaps of moving are among the others. */
	sched_setaffinity(0, sizeof(one), &one);
	uint64_t begin = ebb_live_clock();
	uint64_t last = begin;
	while (last - begin < spinner->ns) {
		uint64_t now = ebb_live_clock();
		uint64_t gap = now - last;
		if (gap >= GAP_NS)
			spinner->lost_ns += gap;
		if (gap > spinner->worst_ns)
			spinner->worst_ns = gap;
		last = now;
	}
	spinner->all_ns = last - begin;
	return NULL;
}

static double
steal_share(const noise_t *begin, const noise_t *end)
{
	const noise_count_t *a = begin->v;
	const noise_count_t *b = end->v;
	if (a[NOISE_STEAL_NS].why != NULL || b[NOISE_STEAL_NS].why != NULL)
		return NAN;
	double all =
	    (double)(b[NOISE_MACHINE_NS].value - a[NOISE_MACHINE_NS].value);
	return all > 0 ? (double)(b[NOISE_STEAL_NS].value -
				  a[NOISE_STEAL_NS].value) /
			     all
		       : NAN;
}

void
spin_measure(spin_t *spin, double seconds)
{
	cpu_set_t cpus;
	noise_t begin;
	noise_t end;
	*spin = (spin_t){.seconds = seconds, .steal = NAN};
	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
		return;
	spinner_t *v = text_memory((size_t)CPU_COUNT(&cpus), sizeof(*v));
	noise_read(&begin);
	for (unsigned i = 0; i < CPU_SETSIZE; i++) {
		spinner_t *one = &v[spin->cpus];
		if (!CPU_ISSET(i, &cpus))
			continue;
		*one = (spinner_t){.cpu = i, .ns = (uint64_t)(seconds * 1e9)};
		spin->cpus +=
		    pthread_create(&one->thread, NULL, spinner_main, one) == 0;
	}
	for (unsigned i = 0; i < spin->cpus; i++) {
		pthread_join(v[i].thread, NULL);
		double lost = (double)v[i].lost_ns / (double)v[i].all_ns;
		double worst = (double)v[i].worst_ns / 1e9;
		spin->lost = lost > spin->lost ? lost : spin->lost;
		spin->worst = worst > spin->worst ? worst : spin->worst;
	}
	noise_read(&end);
	spin->steal = steal_share(&begin, &end);
	free(v);
}

void
doctor_spin(const spin_t *spin, complaints_t *complaints)
{
	bool quiet = spin->lost <= LOST_MOST;
	complaint_t lost = {
	    .title = "lost CPU time",
	    .why = "something else ran instead: other processes, interrupts, "
		   "or the host's other machines",
	    .level = quiet ? COMPLAINT_FINE : COMPLAINT_NOTE,
	    .what = text_format("at most %.2f %% of a CPU in %.1f s on %u "
				"CPUs; longest gap %.2f ms",
		100 * spin->lost, spin->seconds, spin->cpus, 1e3 * spin->worst),
	};
	complaints_add(complaints, lost);
	complaint_t steal = {
	    .title = "steal",
	    .why = "the hypervisor runs other machines meanwhile; choose a "
		   "quieter host, and trust only paired ratios here",
	    .level = spin->steal > STEAL_MOST ? COMPLAINT_NOTE : COMPLAINT_FINE,
	    .what = isnan(spin->steal)
			? text_copy("not shown here")
			: text_format("%.1f %%", 100 * spin->steal),
	};
	complaints_add(complaints, steal);
}

/* -------------------------------------------------------------------- busy --
 */

typedef struct usage_s usage_t;
struct usage_s {
	long pid;
	long long ticks;
	char name[32];
	uid_t user;
};

struct busy_s {
	uint64_t t_ns;
	usage_t *v;
	size_t n;
};

/* One process's CPU time. Returns false for none, and for ourselves. */
static bool
usage_read(usage_t *usage, const char *number)
{
	char path[64];
	char text[1024];
	long long user;
	long long system;
	struct stat status;
	char *end;
	usage->pid = strtol(number, &end, 10);
	if (*end != '\0' || usage->pid == getpid())
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/stat", usage->pid);
	FILE *stream = fopen(path, "re");
	if (stream == NULL)
		return false;
	size_t n = fread(text, 1, sizeof(text) - 1, stream);
	usage->user = fstat(fileno(stream), &status) == 0 ? status.st_uid : 0;
	fclose(stream);
	text[n] = '\0';
	char *open = strchr(text, '(');
	char *shut = strrchr(text, ')');
	if (open == NULL || shut == NULL ||
	    sscanf(shut + 1,
		" %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lld %lld", &user,
		&system) != 2)
		return false;
	snprintf(usage->name, sizeof(usage->name), "%.*s",
	    (int)(shut - open - 1), open + 1);
	usage->ticks = user + system;
	return true;
}

busy_t *
busy_begin(void)
{
	busy_t *busy = text_memory(1, sizeof(*busy));
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	busy->t_ns = ebb_live_clock();
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		usage_t usage;
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !usage_read(&usage, entry->d_name))
			continue;
		busy->v = reallocarray(busy->v, busy->n + 1, sizeof(*busy->v));
		if (busy->v == NULL)
			abort();
		busy->v[busy->n++] = usage;
	}
	if (dir != NULL)
		closedir(dir);
	return busy;
}

static int
usage_compare(const void *a, const void *b)
{
	const usage_t *x = a;
	const usage_t *y = b;
	return x->ticks < y->ticks ? 1 : x->ticks > y->ticks ? -1 : 0;
}

/* Makes ticks the difference to begin. */
static void
usage_subtract(busy_t *end, const busy_t *begin)
{
	for (size_t i = 0; i < end->n; i++)
		for (size_t k = 0; k < begin->n; k++)
			if (begin->v[k].pid == end->v[i].pid)
				end->v[i].ticks -= begin->v[k].ticks;
	if (end->n > 0)
		qsort(end->v, end->n, sizeof(*end->v), usage_compare);
}

static void
busy_free(busy_t *busy)
{
	free(busy->v);
	free(busy);
}

void
busy_end(busy_t *begin, complaints_t *complaints)
{
	busy_t *end = busy_begin();
	double ticks = (double)(end->t_ns - begin->t_ns) / 1e9 *
		       (double)sysconf(_SC_CLK_TCK);
	words_t names = {0};
	words_t numbers = {0};
	bool may = true;
	usage_subtract(end, begin);
	for (size_t i = 0; i < end->n && names.n < BUSY_SHOWN; i++) {
		const usage_t *one = &end->v[i];
		if (ticks <= 0 || (double)one->ticks < BUSY_SHARE * ticks)
			break;
		words_add(&names, "%s (%ld) %.0f %% of a CPU", one->name,
		    one->pid, 100 * (double)one->ticks / ticks);
		words_add(&numbers, "%ld", one->pid);
		may &= geteuid() == 0 || one->user == geteuid();
	}
	char *all = words_join(&names, ", ");
	char *pids = words_join(&numbers, " ");
	complaint_t c = {
	    .title = "busy processes",
	    .why = "they take CPU time, caches and memory bandwidth from "
		   "samples",
	    .level = names.n > 0 ? COMPLAINT_WRONG : COMPLAINT_FINE,
	    .what = text_copy(names.n > 0 ? all : "none"),
	    .mend = names.n > 0 ? text_format("let them end, or: kill %s", pids)
				: NULL,
	    .may = may,
	};
	complaints_add(complaints, c);
	free(all);
	free(pids);
	words_release(&names);
	words_release(&numbers);
	busy_free(end);
	busy_free(begin);
}

/* ------------------------------------------------------------------- tools --
 */

/* The first hardware event's word, "yes" when any counts user code. */
static const char *
hardware_counted(const json_t *machine)
{
	size_t i;
	json_t *event;
	const char *why = "machine.json does not tell";
	json_array_foreach(json_object_get(machine, "counters"), i, event)
	{
		if (strcmp(sample_text(event, "event"), "cycles") == 0)
			why = sample_text(event, "user");
	}
	return why;
}

static void
counters_add(const json_t *machine, complaints_t *complaints)
{
	const char *why = hardware_counted(machine);
	bool yes = strcmp(why, "yes") == 0;
	complaint_t c = {
	    .title = "hardware counters",
	    .why = "no cycles, instructions and misses: causes stay unknown",
	    .level = yes ? COMPLAINT_FINE : COMPLAINT_NOTE,
	    .what = text_copy(yes ? "they count" : why),
	};
	complaints_add(complaints, c);
}

static void
census_add(const json_t *machine, complaints_t *complaints)
{
	const json_t *census = json_object_get(machine, "census");
	const char *method = sample_text(census, "method");
	bool seen = strcmp(method, "tracepoints") == 0;
	complaint_t c = {
	    .title = "system calls",
	    .why = "by notification a call takes up to 55 us longer; without "
		   "either it is not known what allocators give back",
	    .level = seen ? COMPLAINT_FINE : COMPLAINT_NOTE,
	    .what = text_format("counted by %s%s%s", method[0] ? method : "?",
		seen ? "" : "; no tracepoints: ",
		seen ? "" : sample_text(census, "why")),
	};
	if (!seen && geteuid() != 0) {
		c.mend = text_copy("sudo sysctl kernel.perf_event_paranoid=-1 "
				   "&& sudo chmod -R a+rX /sys/kernel/tracing");
		c.may = false;
	}
	complaints_add(complaints, c);
}

static bool
program_is_there(const char *name)
{
	words_t folders = {0};
	bool there = false;
	const char *path = getenv("PATH");
	words_split(&folders, path == NULL ? "" : path, ':');
	for (size_t i = 0; i < folders.n && !there; i++) {
		char *file = text_format("%s/%s", folders.v[i], name);
		there = access(file, X_OK) == 0;
		free(file);
	}
	words_release(&folders);
	return there;
}

void
doctor_tools(const json_t *machine, complaints_t *complaints)
{
	static const struct {
		const char *name, *why, *install;
	} programs[] = {
	    {"perf", "'ebb run --profile' cannot tell where time goes",
		"apt-get install linux-perf"},
	    {"gnuplot", "reports have no figures", "apt-get install gnuplot"},
	};
	counters_add(machine, complaints);
	census_add(machine, complaints);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		bool there = program_is_there(programs[i].name);
		complaint_t c = {
		    .title = programs[i].name,
		    .why = programs[i].why,
		    .level = there ? COMPLAINT_FINE : COMPLAINT_NOTE,
		    .what = text_copy(there ? "there" : "not installed"),
		};
		if (!there) {
			c.may = geteuid() == 0;
			c.mend = text_format(
			    "%s%s", c.may ? "" : "sudo ", programs[i].install);
		}
		complaints_add(complaints, c);
	}
}
