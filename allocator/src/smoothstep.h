/*
 * The curve along which unused memory is given back: smootherstep
 * S(x) = 6x^5 - 15x^4 + 10x^3, flat at both ends, as a table in fixed point.
 */
#ifndef EBB_SMOOTHSTEP_H
#define EBB_SMOOTHSTEP_H

#include <stdint.h>

#include "compiler.h"

/* Entries, and binary digits behind the point. */
#define SMOOTHSTEP_NSTEPS 200
#define SMOOTHSTEP_BFP 24

/* smoothstep_table[k] is 2^24 S((k + 1) / 200), rounded down. */
extern const EBB_HIDDEN uint32_t smoothstep_table[SMOOTHSTEP_NSTEPS];

#endif /* EBB_SMOOTHSTEP_H */
