/*
 * The purge model: both purge policies on a virtual clock, so that hundreds of
 * settings are tried in a second. Written from the policies' formulas alone:
 * it shares no code and no table with the allocator, so that a bug there
 * cannot confirm itself here.
 *
 * An arena is three numbers: pages in use, pages dirty, pages given back.
 *
 *   ratio   whenever a block is freed, or the clock ticks: while more pages are
 *           dirty than nactive / 2^m, and more than the floor, blocks are given
 *           back.
 *   decay   the decay time is cut into 200 epochs. When a look at the clock
 *           finds that an epoch has ended, the pages that became dirty in it
 *           are remembered as a batch; of a batch that is j epochs old
 *           1 - S(j/200) may stay; what exceeds the sum is given back.
 */
#ifndef EBB_HARNESS_PURGE_MODEL_H
#define EBB_HARNESS_PURGE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pages of a freed 64 KiB block: its offset in the run takes one more. */
#define MODEL_BLOCK_PAGES 17

typedef enum purge_policy_e {
	PURGE_BY_RATIO,
	PURGE_BY_DECAY,
	PURGE_POLICIES
} purge_policy_t;

/* "ratio", "decay": as in MALLOC_CONF. */
extern const char *const purge_policy_names[PURGE_POLICIES];

/* A policy and its knobs. */
typedef struct setting_s setting_t;
struct setting_s {
	purge_policy_t policy;
	int lg_dirty_mult;   /* of ratio; below 0: never */
	int64_t floor_pages; /* of ratio: PREDICT_FLOOR_PAGES */
	double decay_s;      /* of decay; 0: at once, below 0: never */
};

/* ---------------------------------------------------------------- input -- */

typedef enum event_kind_e {
	EVENT_ALLOC, /* dirty pages are used first */
	EVENT_FREE,  /* block after block */
	EVENT_CYCLE, /* a cycle begins: counts start anew */
	EVENT_END
} event_kind_t;

typedef struct event_s event_t;
struct event_s {
	double t_s; /* not before the event before it */
	event_kind_t kind;
	int64_t pages;
};

/* A program: what it does to the arena, and how often it calls in between. */
typedef struct script_s script_t;
struct script_s {
	event_t *v; /* the last is EVENT_END */
	size_t n;
	double tick_s;       /* between two looks at the clock; 0: none */
	double jitter;       /* of decay: so many epochs a look is late; arenas
			      * draw 0 to 1 at random, to keep out of step */
	int64_t block_pages; /* freed, and given back, at a time */
};

/* A heap that swings: the workload `oscillate`. */
typedef struct swing_s swing_t;
struct swing_s {
	int64_t base_pages, transient_pages;
	double period_s, duty;
	unsigned cycles;
};

/* Blocks of base bytes, and transients that are f of all, in pages. */
void swing_size(swing_t *swing, double base_bytes, double f);

/* Cycles until a steady state: those of one decay time, and one more. */
unsigned swing_warmup(const swing_t *swing, const setting_t *setting);

/* Makes the script; script_release() afterwards. What is not an argument is
 * MODEL_* until the caller sets it. */
void script_oscillate(script_t *script, const swing_t *swing);

/* One freeing of amount pages, then watch_s of waiting: `step-down`. */
void script_step_down(
    script_t *script, int64_t base_pages, int64_t amount_pages, double watch_s);

void script_release(script_t *script);

#define MODEL_TICK_S 0.001
#define MODEL_JITTER 0.5

/* --------------------------------------------------------------- output -- */

/* From one EVENT_CYCLE to the next. */
typedef struct model_cycle_s model_cycle_t;
struct model_cycle_s {
	double begin_s, end_s;
	int64_t freed;     /* pages */
	int64_t purged;    /* pages given back */
	unsigned passes;   /* in so many passes */
	double mean_dirty; /* pages, over time */
	int64_t peak_dirty;
};

/* Dirty pages from t_s on, until the next point. */
typedef struct model_point_s model_point_t;
struct model_point_s {
	double t_s;
	int64_t ndirty;
};

typedef struct model_result_s model_result_t;
struct model_result_s {
	model_cycle_t *cycles;
	size_t ncycles;
	model_point_t *points; /* one a change */
	size_t npoints;
};

/* Plays the script under the setting. model_result_release() afterwards. */
void model_run(
    model_result_t *result, const setting_t *setting, const script_t *script);
void model_result_release(model_result_t *result);

/* Cycles first to the last as one: mean share of the freed pages that was
 * given back, mean and peak of the dirty pages, passes a cycle. first <
 * ncycles. */
typedef struct model_steady_s model_steady_t;
struct model_steady_s {
	double share, mean_dirty, passes;
	int64_t peak_dirty;
};

model_steady_t model_steady(const model_result_t *result, size_t first);

#endif
