/*
 * Controls: what every run measures beside the allocators, so that its reader
 * knows what its numbers are worth on this machine. One cell of the workload
 * `control` (workloads/control.c) runs under one library as four arms: itself
 * and again, between which there is no difference, and itself with time or
 * with pages planted on top, by the workload and not by the allocator. And
 * once, before anything is measured, an arm is given another library, and
 * another a misspelt option: both must be refused.
 *
 * In plan.json and samples.jsonl their arms have a field "control"; the
 * dataset keeps them apart from the allocators (dataset_t.controls).
 */
#ifndef EBB_HARNESS_CONTROL_H
#define EBB_HARNESS_CONTROL_H

#include <stdbool.h>

#include "catalog.h"
#include "fault.h"
#include "place.h"
#include "plan.h"
#include "profile.h"
#include "text.h"

/* The workload of the controls. */
#define CONTROL_WORKLOAD "control"

/* Roles of the arms, in the order of the cell. */
typedef enum control_role_e {
	CONTROL_ITSELF, /* what the others are compared with */
	CONTROL_AGAIN,  /* the same once more: the A/A pair */
	CONTROL_TIME,   /* time is planted */
	CONTROL_PAGES,  /* pages are planted */
	CONTROL_ROLES
} control_role_t;

/* "itself", "again", "time", "pages": as in plan.json. */
const char *control_role_name(control_role_t role);

/* What is wanted of the controls. */
typedef struct control_wish_s control_wish_t;
struct control_wish_s {
	bool none;         /* leave them out */
	double time;       /* share of time to plant; 0: CONTROL_PLANT_TIME */
	double pages;      /* share of pages; 0: CONTROL_PLANT_PAGES */
	const char *conf;  /* common options of our arms, "" for none */
	unsigned blocks;   /* of each arm */
	double scale;      /* of the work in a sample; 0: 1 */
	const char *under; /* the arm that they run under; NULL: decay when a
			    * cell of the plan has it, else the first arm that
			    * one has */
};
#define CONTROL_PLANT_TIME 0.02
#define CONTROL_PLANT_PAGES 0.05

/*
 * Adds the controls' cell and arms to a plan that has its other cells. Does
 * nothing when none are wanted, the workload program knows none, or there is
 * no arm to run them under.
 */
void
control_add(plan_t *plan, const catalog_t *catalog, const control_wish_t *wish);

/*
 * Adds them as a request wants them: of at most so many blocks, whole squares;
 * under the first arm that was asked for when there is no other cell.
 */
void control_apply(plan_t *plan, const catalog_t *catalog,
    const request_t *request, unsigned most);

/* True when the controls alone are a plan: they were asked for by name. */
bool control_asked(const request_t *request);

/* True when the plan has controls. */
bool control_planned(const plan_t *plan);

/*
 * Lets the identity check judge an arm that is given another library, and one
 * that is given a misspelt option; keeps what it said in plan->refusals: an
 * array of {"control","claimed","given","refused","reason"}, where "refused"
 * is null when it could not be tried.
 * Errors: no process can be made; interrupted.
 */
bool control_refusals(plan_t *plan, const place_t *place, fault_t *fault);

#endif
