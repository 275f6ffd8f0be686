#include "stopwatch.h"

#include "hist.h"

#define SPIN_NS 2000000u
#define READINGS 64

double
stopwatch_per_ns(void)
{
	uint64_t begin = ebb_live_clock(), ticks = stopwatch_read(), now;
	do
		now = ebb_live_clock();
	while (now - begin < SPIN_NS);
	return (double)(stopwatch_read() - ticks) / (double)(now - begin);
}

double
stopwatch_cost(void)
{
	static hist_t seen;
	hist_init(&seen);
	for (int i = 0; i < 1001; i++) {
		uint64_t begin = ebb_live_clock();
		for (int k = 0; k < READINGS; k++)
			__asm__ volatile("" : : "r"(stopwatch_read()));
		hist_record(&seen, ebb_live_clock() - begin);
	}
	return (double)hist_quantile(&seen, 0.5) / READINGS;
}
