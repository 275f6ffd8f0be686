#include "metric.h"

#include <string.h>

#define LESS LOWER_IS_BETTER
#define MORE HIGHER_IS_BETTER
#define NONE NO_DIRECTION
#define TIME_PRIMARY FROM_TIME, true, VERDICT_OF_TIME
#define MEMORY_PRIMARY FROM_TIME, true, VERDICT_OF_MEMORY

const metric_t metrics[] = {
    [METRIC_OPS_PER_S] = {"ops_per_s", "ops/s", UNIT_RATE, MORE, FROM_TIME},
    [METRIC_WORK_NS] = {"work_ns", "work time", UNIT_NS, LESS, TIME_PRIMARY},
    [METRIC_RSS_MEAN] = {"rss_mean", "mean RSS", UNIT_BYTES, LESS,
	MEMORY_PRIMARY},
    [METRIC_RSS_PEAK] = {"rss_peak", "peak RSS", UNIT_BYTES, LESS, FROM_TIME},
    [METRIC_P50_NS] = {"p50_ns", "p50", UNIT_NS, LESS, FROM_LATENCY,
	.quantile = 0.5},
    [METRIC_P99_NS] = {"p99_ns", "p99", UNIT_NS, LESS, FROM_LATENCY,
	.quantile = 0.99},
    [METRIC_NPURGE] = {"npurge", "npurge", UNIT_COUNT, NONE, FROM_TIME},
    [METRIC_NMADVISE] = {"nmadvise", "nmadvise", UNIT_COUNT, NONE, FROM_TIME},
    [METRIC_PURGED_PAGES] = {"purged_pages", "purged pages", UNIT_PAGES, NONE,
	FROM_TIME},
    [METRIC_OTHERS] = {"p90_ns", "p90", UNIT_NS, LESS, FROM_LATENCY,
	.quantile = 0.9},
    {"p999_ns", "p99.9", UNIT_NS, LESS, FROM_LATENCY, .quantile = 0.999},
    {"ops", "operations", UNIT_COUNT, NONE, FROM_TIME},
    {"wall_ns", "wall time", UNIT_NS, LESS, FROM_TIME},
    {"cpu_user_ns", "CPU time, user", UNIT_NS, LESS, FROM_TIME},
    {"cpu_sys_ns", "CPU time, kernel", UNIT_NS, LESS, FROM_TIME},
    {"minflt", "minor faults", UNIT_COUNT, LESS, FROM_TIME},
    {"majflt", "major faults", UNIT_COUNT, LESS, FROM_TIME},
    {"nvcsw", "voluntary switches", UNIT_COUNT, LESS, FROM_TIME},
    {"nivcsw", "involuntary switches", UNIT_COUNT, LESS, FROM_TIME},
    {"rss_end", "RSS at the end", UNIT_BYTES, LESS, FROM_TIME},
    {"rss_byte_s", "RSS over time", UNIT_BYTE_SECONDS, LESS, FROM_TIME},
    {"purge_amplification", "purged / dirtied pages", UNIT_COUNT, NONE,
	FROM_TIME},
    {"dirty_reuse", "dirty pages used again", UNIT_COUNT, NONE, FROM_TIME},
    {"purged_per_freed", "purged / freed pages", UNIT_COUNT, NONE, FROM_TIME},
    {"pdirty_unused", "dirty pages that nobody needed", UNIT_PAGES, LESS,
	FROM_TIME},
    {"purge_regret_100ms", "purged and faulted again in 100 ms", UNIT_COUNT,
	LESS, FROM_TIME},
    {"purge_regret_1s", "... in 1 s", UNIT_COUNT, LESS, FROM_TIME},
    {"purge_regret_10s", "... in 10 s", UNIT_COUNT, LESS, FROM_TIME},
    {"chance_age_most_ns", "longest wait for a chance to purge", UNIT_NS, NONE,
	FROM_TIME},
    {"ticks_per_s", "ticks of the purge policy", UNIT_RATE, NONE, FROM_TIME},
    {"lock_waits", "locks that were not free", UNIT_COUNT, LESS, FROM_TIME},
    {"pdirty_mean", "mean dirty pages", UNIT_PAGES, NONE, FROM_TIME},
    {"pactive_mean", "mean active pages", UNIT_PAGES, NONE, FROM_TIME},
    {"cache_hit_rate", "hit rate of thread caches", UNIT_COUNT, MORE,
	FROM_TIME},
    {"fills_per_call", "cache fills a call", UNIT_COUNT, LESS, FROM_TIME},
    {"flushes_per_call", "cache flushes a call", UNIT_COUNT, LESS, FROM_TIME},
    {"frag_mean", "fragmentation 1: mean RSS / mean live", UNIT_COUNT, LESS,
	FROM_TIME},
    {"frag_at_live_peak", "... 2: RSS / live at peak live", UNIT_COUNT, LESS,
	FROM_TIME},
    {"frag_at_rss_peak", "... 3: RSS / live at peak RSS", UNIT_COUNT, LESS,
	FROM_TIME},
    {"frag_peaks", "... 4: peak RSS / peak live", UNIT_COUNT, LESS, FROM_TIME},
    {"ideal_rss_mean", "mean ideal RSS", UNIT_BYTES, NONE, FROM_TIME},
    {"rss_over_ideal", "mean RSS / ideal", UNIT_COUNT, LESS, FROM_TIME},
    {"return_t50_ns", "half of what was freed is given back", UNIT_NS, LESS,
	FROM_TIME},
    {"return_t90_ns", "... nine tenths", UNIT_NS, LESS, FROM_TIME},
    {"return_floor", "lowest RSS after a step down", UNIT_BYTES, LESS,
	FROM_TIME},
    {"return_share", "share of what was freed that is given back", UNIT_COUNT,
	MORE, FROM_TIME},
    {"anon_huge_mean", "mean huge pages", UNIT_BYTES, NONE, FROM_CENSUS},
    {"swap_peak", "most swapped out", UNIT_BYTES, LESS, FROM_CENSUS},
    {"page_tables_peak", "most page tables", UNIT_BYTES, LESS, FROM_CENSUS},
    {"usable_over_requested", "usable / requested bytes", UNIT_COUNT, LESS,
	FROM_CENSUS},
    {"rss_less_lazyfree_mean", "mean RSS - LazyFree", UNIT_BYTES, LESS,
	FROM_CENSUS},
    {"live_mean", "mean live bytes", UNIT_BYTES, NONE, FROM_TIME},
    {"live_peak", "peak live bytes", UNIT_BYTES, NONE, FROM_TIME},
    {"pdirty_end", "dirty pages at the end", UNIT_PAGES, NONE, FROM_TIME},
    {"pactive_end", "active pages at the end", UNIT_PAGES, NONE, FROM_TIME},
    {"nfills", "cache fills", UNIT_COUNT, NONE, FROM_TIME},
    {"nflushes", "cache flushes", UNIT_COUNT, NONE, FROM_TIME},
    {"max_rss", "max RSS of wait4", UNIT_BYTES, LESS, FROM_TIME},
    {"cycles_user", "cycles, user", UNIT_COUNT, LESS, FROM_CENSUS},
    {"cycles_kernel", "cycles, kernel", UNIT_COUNT, LESS, FROM_CENSUS},
    {"instructions_user", "instructions, user", UNIT_COUNT, LESS, FROM_CENSUS},
    {"instructions_kernel", "instructions, kernel", UNIT_COUNT, LESS,
	FROM_CENSUS},
    {"branch_misses_user", "branch misses, user", UNIT_COUNT, LESS,
	FROM_CENSUS},
    {"branch_misses_kernel", "branch misses, kernel", UNIT_COUNT, LESS,
	FROM_CENSUS},
    {"cache_misses_user", "cache misses, user", UNIT_COUNT, LESS, FROM_CENSUS},
    {"cache_misses_kernel", "cache misses, kernel", UNIT_COUNT, LESS,
	FROM_CENSUS},
    {"dtlb_misses_user", "data TLB misses, user", UNIT_COUNT, LESS,
	FROM_CENSUS},
    {"dtlb_misses_kernel", "data TLB misses, kernel", UNIT_COUNT, LESS,
	FROM_CENSUS},
    {"task_clock_ns", "CPU time, whole process", UNIT_NS, LESS, FROM_CENSUS},
    {"page_faults_user", "page faults, user", UNIT_COUNT, LESS, FROM_CENSUS},
    {"page_faults_kernel", "page faults, kernel", UNIT_COUNT, LESS,
	FROM_CENSUS},
    {"context_switches", "context switches", UNIT_COUNT, LESS, FROM_CENSUS},
    {"migrations", "moves between CPUs", UNIT_COUNT, LESS, FROM_CENSUS},
    {"allocator_share", "share of the allocator", UNIT_COUNT, LESS,
	FROM_HOTSPOTS},
    {"allocator_kernel_share", "... of it in the kernel", UNIT_COUNT, LESS,
	FROM_HOTSPOTS},
    {"kernel_share", "share of the kernel", UNIT_COUNT, LESS, FROM_HOTSPOTS},
    {"kernel_madvise_dontneed", "madvise, don't need", UNIT_COUNT, NONE,
	FROM_CENSUS},
    {"kernel_madvise_dontneed_bytes", "... bytes", UNIT_BYTES, NONE,
	FROM_CENSUS},
    {"kernel_madvise_free", "madvise, free", UNIT_COUNT, NONE, FROM_CENSUS},
    {"kernel_madvise_free_bytes", "... bytes", UNIT_BYTES, NONE, FROM_CENSUS},
    {"kernel_madvise_other", "madvise, other", UNIT_COUNT, NONE, FROM_CENSUS},
    {"kernel_madvise_other_bytes", "... bytes", UNIT_BYTES, NONE, FROM_CENSUS},
    {"kernel_process_madvise", "process_madvise", UNIT_COUNT, NONE,
	FROM_CENSUS},
    {"kernel_process_madvise_ranges", "... ranges", UNIT_COUNT, NONE,
	FROM_CENSUS},
    {"kernel_process_madvise_bytes", "... bytes", UNIT_BYTES, NONE,
	FROM_CENSUS},
    {"kernel_munmap", "munmap", UNIT_COUNT, NONE, FROM_CENSUS},
    {"kernel_munmap_bytes", "... bytes", UNIT_BYTES, NONE, FROM_CENSUS},
    {"kernel_mmap", "mmap", UNIT_COUNT, NONE, FROM_CENSUS},
    {"kernel_mmap_bytes", "... bytes", UNIT_BYTES, NONE, FROM_CENSUS},
    {"kernel_mremap", "mremap", UNIT_COUNT, NONE, FROM_CENSUS},
    {"kernel_mremap_bytes", "... bytes", UNIT_BYTES, NONE, FROM_CENSUS},
    {"kernel_brk", "brk", UNIT_COUNT, NONE, FROM_CENSUS},
    {"kernel_brk_bytes", "... bytes moved", UNIT_BYTES, NONE, FROM_CENSUS},
    {"kernel_returned_bytes", "bytes given back", UNIT_BYTES, NONE,
	FROM_CENSUS},
};
const size_t metrics_count = sizeof(metrics) / sizeof(metrics[0]);

const metric_t *
metric_lookup(const char *name, metric_t *gbench)
{
	for (size_t i = 0; i < metrics_count; i++)
		if (strcmp(metrics[i].name, name) == 0)
			return &metrics[i];
	size_t prefix = strlen(METRIC_GBENCH_PREFIX);
	if (strncmp(name, METRIC_GBENCH_PREFIX, prefix) != 0)
		return NULL;
	*gbench = (metric_t){.name = name,
	    .title = name + prefix,
	    .unit = UNIT_NS,
	    .direction = LOWER_IS_BETTER,
	    .source = FROM_GBENCH,
	    .primary = true,
	    .subject = VERDICT_OF_TIME};
	return gbench;
}

verdict_subject_t
metric_subject(const metric_t *metric)
{
	static const verdict_subject_t subjects[UNITS] = {
	    [UNIT_COUNT] = VERDICT_OF_COUNT,
	    [UNIT_RATE] = VERDICT_OF_TIME,
	    [UNIT_BYTES] = VERDICT_OF_MEMORY,
	    [UNIT_NS] = VERDICT_OF_TIME,
	    [UNIT_PAGES] = VERDICT_OF_COUNT,
	    [UNIT_BYTE_SECONDS] = VERDICT_OF_MEMORY,
	};
	return subjects[metric->unit];
}

const char *
metric_direction_name(metric_direction_t direction)
{
	static const char *const names[] = {[LOWER_IS_BETTER] = "lower",
	    [HIGHER_IS_BETTER] = "higher",
	    [NO_DIRECTION] = "none"};
	return names[direction];
}
