#include "smoothstep.h"

/*
 * With x = k / N and N = 200: 2^24 (6k^5 - 15 N k^4 + 10 N^2 k^3) / N^5. The
 * largest numerator, 2^24 N^5, is below 2^63, so that all of it is exact.
 */
#define N INT64_C(200)
#define CUBE(k) ((INT64_C(1) * (k)) * (k) * (k))
#define POLY(k) (CUBE(k) * (6 * (k) * (k)-15 * N * (k) + 10 * N * N))
#define STEP(k) \
	(uint32_t)(POLY(k) * (INT64_C(1) << SMOOTHSTEP_BFP) / (N * N * CUBE(N)))

#define STEP5(k) STEP(k), STEP(k + 1), STEP(k + 2), STEP(k + 3), STEP(k + 4)
#define STEP20(k) STEP5(k), STEP5(k + 5), STEP5(k + 10), STEP5(k + 15)

const uint32_t smoothstep_table[SMOOTHSTEP_NSTEPS] = {
    STEP20(1),
    STEP20(21),
    STEP20(41),
    STEP20(61),
    STEP20(81),
    STEP20(101),
    STEP20(121),
    STEP20(141),
    STEP20(161),
    STEP20(181),
};
