/*
 * Judging a trial: whether what it left behind is a number, and if not, why.
 */
#ifndef EBB_HARNESS_JUDGE_H
#define EBB_HARNESS_JUDGE_H

#include "fault.h"
#include "plan.h"
#include "text.h"
#include "trial.h"

typedef enum status_e {
	STATUS_OK,
	STATUS_CRASH,        /* ended by a signal */
	STATUS_TIMEOUT,      /* ended by the watchdog */
	STATUS_WRONG,        /* no proof that the arm ran: wrong-allocator */
	STATUS_MISPLACED,    /* not on its CPUs or memory: wrong-placement */
	STATUS_CHECK_FAILED, /* contents damaged, or another op stream */
	STATUS_BAD_RECORD,   /* no record, or none that can be read */
	STATUS_ERROR,        /* ended with an exit code that says error */
	STATUS_KINDS
} status_t;

/* As in samples.jsonl: "ok", "crash", "timeout", "wrong-allocator", ... */
const char *judge_name(status_t status);

/*
 * Judges a finished trial: its status, with the reason in the fault when it
 * is not STATUS_OK. kind says what it had to yield. warnings may be NULL.
 */
status_t judge(
    const trial_t *trial, plan_kind_t kind, words_t *warnings, fault_t *fault);

#endif
