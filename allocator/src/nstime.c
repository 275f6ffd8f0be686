#include "nstime.h"

uint64_t (*nstime_now)(void) = nstime_coarse;

/* From the cheapest to the one that every system has. */
static const clockid_t clocks[] = {
#ifdef CLOCK_MONOTONIC_COARSE
    CLOCK_MONOTONIC_COARSE,
#endif
#ifdef CLOCK_MONOTONIC
    CLOCK_MONOTONIC,
#endif
    CLOCK_REALTIME,
};

uint64_t
nstime_coarse(void)
{
	struct timespec ts = {0, 0};
	for (unsigned i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		if (likely(clock_gettime(clocks[i], &ts) == 0))
			break;
	}
	return (uint64_t)ts.tv_sec * NSTIME_SECOND + (uint64_t)ts.tv_nsec;
}
