/*
 * The plan of `ebb ab`: its two arms, its cells, and how many blocks of them
 * fit into the time.
 */
#ifndef EBB_HARNESS_AB_PLAN_H
#define EBB_HARNESS_AB_PLAN_H

#include <stdbool.h>

#include "guest.h"
#include "plan.h"
#include "profile.h"
#include "run.h"
#include "text.h"

/* How the arms are called in the run; B is judged against A. */
#define AB_A "A"
#define AB_B "B"

/* The profile whose cells a workload gets. */
extern const profile_t ab_profile;

/* What was asked for. */
typedef struct ab_s ab_t;
struct ab_s {
	const char *a, *b; /* specs of the arms, or NULL */
	words_t workloads; /* each one cell; empty: the guest */
	guest_t *guest;    /* taken over by the plan; NULL: workloads */
	words_t argv;      /* what run.c's options do not keep, as typed */
};

/*
 * Adds an arm under that name. spec: an option string for our default build
 * ("purge:ratio,lg_dirty_mult:3"), the name of an arm with options or without
 * ("glibc", "decay:decay_time:1"), or a library ("NAME=/path.so[:options]").
 * Errors: it is none of these.
 */
bool
ab_arm_add(arms_t *arms, const char *name, const char *spec, fault_t *fault);

/* Hooks of a run_kind_t whose context is an ab_t. */
bool ab_plan(plan_t *plan, const request_t *request, const scene_t *scene,
    void *context, fault_t *fault);
void
ab_fit(plan_t *plan, const request_t *request, double seconds, void *context);

#endif
