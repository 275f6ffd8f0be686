/*
 * Ticks: allocator calls that let time pass for an allocator which only looks
 * at the clock when it is called.
 *
 *   arena   40 KiB blocks: above the largest size a thread cache holds, so
 *           every malloc and every free reaches the arena
 *   tcache  64-byte objects: they stop at the thread cache, or, where there
 *           is none (tcache:false), reach the arena's bin
 *   none    silence
 *
 * One object of the same size stays live meanwhile, so that the run, or page
 * span, under the ticks is not made and dropped each time.
 */
#ifndef EBB_WORKLOADS_TICK_H
#define EBB_WORKLOADS_TICK_H

#include "run.h"

#define TICK_WORDS "arena|tcache|none"
typedef enum tick_kind { TICK_ARENA, TICK_TCACHE, TICK_NONE } tick_kind_t;

/* Between two groups of ticks, ns. */
#define TICK_PERIOD_NS 1000000u

typedef struct tick_s tick_t;
struct tick_s {
	size_t size;    /* of the ticks' objects; 0: none */
	uint64_t pairs; /* of malloc and free, each period */
	void *companion;
	uint64_t calls; /* made so far */
};

/* Sets up ticks; allocates the companion. */
void tick_init(tick_t *tick, thread_t *t, tick_kind_t kind, uint64_t pairs);

/*
 * Holds until a time (CLOCK_MONOTONIC, ns): every millisecond a group of
 * ticks, otherwise asleep. At least one group, however short the hold.
 */
void tick_hold(tick_t *tick, thread_t *t, uint64_t until_ns);

/* Frees the companion. */
void tick_release(tick_t *tick, thread_t *t);

#endif
