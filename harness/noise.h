/*
 * Noise: what else the machine did while a sample ran.
 */
#ifndef EBB_HARNESS_NOISE_H
#define EBB_HARNESS_NOISE_H

#include <stdint.h>

#include "text.h"

typedef struct noise_s noise_t;
struct noise_s {
	uint64_t steal, total; /* of all CPUs, in the kernel's ticks */
};

/* Notes the counts of now; zeros when /proc/stat cannot be read. */
void noise_begin(noise_t *noise);

/* Adds warnings about what happened since begin. */
void noise_end(const noise_t *begin, words_t *warnings);

#endif
