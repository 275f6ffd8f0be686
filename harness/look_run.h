/*
 * The looks of a run that is under way: before the first sample behind a
 * planned point, the samples so far are judged as the report would judge them;
 * a cell whose primary comparisons are all decided needs no more. What ended
 * early is in stop.json, from where reports and a resumed run know it:
 *
 *   {"schema":1,"cells":{"oscillate.interleaved.t1":
 *     {"look":0,"blocks":10,"planned":66,"why":"decided"}}}
 *
 * A cell also ends at a look when what comes up to the next one would not fit
 * into the time that was promised: that looks at the clock and not at the
 * data, so it spends no error.
 */
#ifndef EBB_HARNESS_LOOK_RUN_H
#define EBB_HARNESS_LOOK_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "plan.h"
#include "store.h"
#include "text.h"

typedef struct look_run_s look_run_t;
struct look_run_s {
	const plan_t *plan;
	store_t *store;
	const bool *done;     /* by place in the plan's order */
	json_t *stop;         /* stop.json */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0: none */
};

/*
 * done: place by place, what earlier runs did; it and plan and store must
 * outlive us. stop: stop.json of the run that is resumed, or NULL.
 * look_run_release() afterwards.
 */
void look_run_init(look_run_t *look, const plan_t *plan, store_t *store,
    const bool *done, const json_t *stop);
void look_run_release(look_run_t *look);

/* True when the slot is not to be taken: its cell ended before it. */
bool look_run_skips(const look_run_t *look, const slot_t *slot);

/*
 * Makes the looks that are due before the slot at this place of the order.
 * pace: how much longer samples take than was expected, 1 as expected.
 * Adds a sentence to `said` for each cell that ends, and writes stop.json.
 * Errors: the results cannot be read or written.
 */
bool look_run_make(
    look_run_t *look, size_t order, double pace, words_t *said, fault_t *fault);

#endif
