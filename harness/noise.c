#include "noise.h"

#include <inttypes.h>
#include <stdio.h>

#include "warn.h"

/* Fewer ticks than this say nothing about a share of 1 %. */
#define TICKS_LEAST 20

void
noise_begin(noise_t *noise)
{
	/* user nice system idle iowait irq softirq steal */
	uint64_t v[8] = {0};
	*noise = (noise_t){0};
	FILE *stream = fopen("/proc/stat", "re");
	if (stream == NULL)
		return;
	int n = fscanf(stream,
	    "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
	    " %" SCNu64 " %" SCNu64 " %" SCNu64,
	    &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);
	fclose(stream);
	for (int i = 0; i < n; i++)
		noise->total += v[i];
	noise->steal = v[7];
}

void
noise_end(const noise_t *begin, words_t *warnings)
{
	noise_t now;
	noise_begin(&now);
	uint64_t steal = now.steal - begin->steal;
	uint64_t total = now.total - begin->total;
	/* One tick in a short sample may be chance: two at least. */
	if (total >= TICKS_LEAST && steal >= 2 && steal * 100 > total)
		warn_add(warnings, WARN_STEAL, "%.1f %%",
		    100.0 * (double)steal / (double)total);
}
