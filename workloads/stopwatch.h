/*
 * A stopwatch for single calls: the CPU's own counter, which costs a third of
 * reading the clock. Its readings are ticks of unknown length, told by
 * stopwatch_per_ns(), and are good for what lies between two of them only:
 * where CPUs' counters disagree, a thread that moves may see one step.
 */
#ifndef EBB_WORKLOADS_STOPWATCH_H
#define EBB_WORKLOADS_STOPWATCH_H

#include "live.h"

#include <stdint.h>

#if defined(__x86_64__)
static inline uint64_t
stopwatch_read(void)
{
	return __builtin_ia32_rdtsc();
}
#elif defined(__aarch64__)
static inline uint64_t
stopwatch_read(void)
{
	uint64_t ticks;
	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
}
#else
static inline uint64_t
stopwatch_read(void)
{
	return ebb_live_clock();
}
#endif

/* Ticks a nanosecond, measured against the clock in 2 ms of spinning. */
double stopwatch_per_ns(void);

/* Median cost of a reading, in ns. */
double stopwatch_cost(void);

#endif
