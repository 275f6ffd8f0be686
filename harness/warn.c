#include "warn.h"

#include <stdarg.h>
#include <stdio.h>

static const struct row_s {
	const char *id;
	const char *cause;
	const char *remedy;
} table[WARN_KINDS] = {
    [WARN_ARM_MISSING] = {"arm-missing", "an allocator was left out",
	"install or build it, then run again"},
    [WARN_ARM_FAILS] = {"arm-fails", "an arm ended in the pre-flight",
	"its samples will fail too: mend it or leave it out with --arms"},
    [WARN_LINK_MISSING] = {"link-missing",
	"an allocator was left out, as no program is linked with it in the way "
	"that --link asks for",
	"add preload to --link, or its name to LINK_VARIANTS in SConstruct"},
    [WARN_BLOCKS_CUT] = {"blocks-cut",
	"fewer blocks than the plan asks for, to fit the time",
	"choose fewer arms or workloads, or --plan full"},
    [WARN_KINDS_CUT] = {"kinds-cut",
	"samples of a kind were left out, to leave two thirds of the time to "
	"those "
	"that are judged",
	"choose a longer --budget, or fewer arms or workloads"},
    [WARN_UNBALANCED] = {"unbalanced",
	"the number of blocks is no multiple of the balanced square's rows, so "
	"positions are not equally often each arm's",
	"choose a multiple with --blocks"},
    [WARN_OVER_BUDGET] = {"over-budget",
	"the samples take longer than the plan promises",
	"choose fewer --arms, --workloads or --blocks"},
    [WARN_DEBUG_BUILD] = {"debug-build",
	"an arm is a debug build, which says nothing about speed",
	"compare release builds"},
    [WARN_CONF_SYMLINK] = {"conf-symlink",
	"/etc/malloc.conf exists and sets options for every run",
	"remove it, or know that it is part of every number"},
    [WARN_GOVERNOR] = {"governor",
	"the CPU frequency governor may change the "
	"clock during a sample",
	"set it to 'performance'"},
    [WARN_CLOCK] = {"clock", "the kernel's clock source is slow to read",
	"choose tsc or kvm-clock if the machine has it"},
    [WARN_THP] = {"thp",
	"transparent huge pages are always on: memory is "
	"rounded up to 2 MiB and purged ranges may fill again",
	"set transparent_hugepage/enabled to madvise to compare policies"},
    [WARN_LOAD] = {"load", "the machine was busy when the run began",
	"end other work, then run again"},
    [WARN_SWAP] = {"swap", "swap is in use and may hide resident memory",
	"run with swap off"},
    [WARN_LIMITS] = {"limits",
	"the kernel may refuse memory for other reasons than the allocator's",
	"see 'ebb doctor'"},
    [WARN_ASLR] = {"aslr",
	"addresses are the same in every process, so that all samples are of "
	"one layout",
	"set kernel.randomize_va_space to 2"},
    [WARN_REGIME] = {"regime",
	"the heap is so small that ratio purging keeps a fixed amount",
	"choose a larger --base"},
    [WARN_MIXED_ENTRY] = {"mixed-entry",
	"an old entry point is another allocator's",
	"do not use it in programs measured with this arm"},
    [WARN_STOP] = {"stop", "the server was ended by SIGTERM, as --stop failed",
	"give a command that ends it, or leave out --stop"},
    [WARN_SHORT_WORK] = {"short-work",
	"the work took less than 5 ms, so noise weighs more",
	"raise --ops-scale or the workload's sizes (--set), or compare its "
	"memory only"},
    [WARN_FEW_TICKS] = {"few-ticks",
	"fewer than 5 memory readings fell into the work window",
	"raise --ops-scale"},
    [WARN_RSS_ERROR] = {"rss-error",
	"the fast memory reading differs from the exact one by more than 5 %",
	"trust rss_less_lazyfree and the anon column"},
    [WARN_SAMPLER_COST] = {"sampler-cost",
	"observing used more than 2 % of a CPU", "take longer samples"},
    [WARN_STEAL] = {"steal", "the hypervisor took more than 1 % of the time",
	"run on a quieter host"},
    [WARN_OTHERS] = {"others",
	"other processes used more than a tenth of the CPUs while it ran",
	"end other work ('ebb doctor' names it)"},
    [WARN_PRESSURE] = {"pressure",
	"some task had to wait, by the kernel's pressure counts",
	"end other work, or use fewer threads than CPUs"},
    [WARN_THROTTLED] = {"throttled",
	"the control group's CPU quota held processes back",
	"raise cpu.max, or run outside the container"},
    [WARN_MEMORY_LIMIT] = {"memory-limit",
	"the control group met its memory limit, so pages were taken away",
	"raise memory.max and memory.high"},
    [WARN_PAGED] = {"paged", "memory was read from a disk",
	"run with swap off and enough memory; the first run of a program "
	"reads it"},
    [WARN_HEAT] = {"heat", "a CPU slowed down because it was hot",
	"cool it, or turn turbo off"},
    [WARN_SWITCHED] = {"switched",
	"the process was put aside more than 500 times a second",
	"end other work, or use fewer threads than CPUs"},
    [WARN_MULTIPLEXED] = {"multiplexed",
	"hardware events took turns on the CPU's counters, so their numbers "
	"are scaled from a part of the time",
	"compare them over many samples only, or end other users of perf"},
};

const char *
warn_id(warn_t kind)
{
	return table[kind].id;
}

void
warn_add(words_t *warnings, warn_t kind, const char *detail, ...)
{
	char more[256] = "";
	if (warnings == NULL)
		return;
	if (detail != NULL) {
		va_list args;
		va_start(args, detail);
		vsnprintf(more, sizeof(more), detail, args);
		va_end(args);
	}
	const struct row_s *row = &table[kind];
	words_add(warnings, "%s: %s%s%s%s; %s", row->id, row->cause,
	    more[0] ? " (" : "", more, more[0] ? ")" : "", row->remedy);
}
