/*
 * The arms: every allocator with its options that can be measured.
 */
#ifndef EBB_HARNESS_ALLOCATORS_H
#define EBB_HARNESS_ALLOCATORS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "place.h"
#include "programs.h"
#include "text.h"

typedef enum arm_kind_e {
	ARM_GLIBC, /* nothing is preloaded */
	ARM_EBB,   /* a build of ours: statistics page, options proven */
	ARM_PEER,  /* any other library that defines malloc */
	ARM_KINDS
} arm_kind_t;

typedef struct arm_s arm_t;
struct arm_s {
	char *name; /* unique in a run */
	arm_kind_t kind;
	link_mode_t link; /* how it comes into the program */
	char *variant;    /* which of ours the program was linked with; "" for
			   * LINK_PRELOAD */
	char *path;       /* of what serves malloc: the library, or, for
			   * LINK_STATIC, the program in its first order;
			   * absolute (see arms_locate); NULL for glibc */
	char *conf;       /* options given by the user, "" when none */
	char *defaults;   /* options compiled in, as far as known */
	char *build_id;   /* of the file, hex; "" when unknown */
	char *control; /* what it is in the controls' cell (control.h): "again",
			* "time", ...; "" for an allocator that is measured */
	char *plant;   /* the workload's argument that plants an effect, as
			* "--plant-time=0.02"; "" for none */
};

typedef struct arms_s arms_t;
struct arms_s {
	arm_t *v;
	size_t n;
	words_t skipped; /* what could be measured if it were there: a
			  * sentence each, with the remedy */
};

/*
 * Lists glibc, the standard peers, the optional peers too when all_peers, our
 * variants as built in place, and those that a program is linked with, under
 * the name of the variant and the mode: "decay@static". What is missing goes
 * to arms->skipped.
 * Errors: variants.json or programs.json is damaged. arms_release()
 * afterwards, always.
 */
bool
arms_find(arms_t *arms, const place_t *place, bool all_peers, fault_t *fault);

/*
 * Adds the user's own: "name=/path.so" or "name=/path.so:key:value,...". A
 * path without '/' is looked for in the system's library folders.
 * Errors: the form is wrong, the name is taken, there is no such library.
 * Whether it really is an allocator is proven by running it (preflight.h).
 */
bool arms_add(arms_t *arms, const char *spec, fault_t *fault);

/*
 * Adds the arm at `from` once more, as a control: "name/role". The pointer is
 * good until the next arm is added.
 */
arm_t *arms_add_control(
    arms_t *arms, size_t from, const char *role, const char *plant);

/*
 * Adds a copy of an arm of these under another name, with an option string on
 * top of its own. Errors: the form of conf is wrong; glibc, which has no
 * options, is given some.
 */
bool arms_copy(arms_t *arms, const arm_t *from, const char *name,
    const char *conf, fault_t *fault);

/*
 * Finds the files of arms that were read from a plan (arms_from_json).
 * Errors: one is not there, or is not the build that the plan states.
 */
bool arms_locate(arms_t *arms, const place_t *place, fault_t *fault);

/* True for glibc, the peers, and what programs are linked with: arms_find()
 * finds them on any machine that has them, by this name. */
bool arm_is_found(const char *name);

/* The same allocator linked in that way, or NULL when there is none. glibc is
 * in every program as it is: itself in each mode. */
arm_t *arms_linked(const arms_t *arms, const arm_t *arm, link_mode_t mode);

/* What LD_PRELOAD has to name so that the arm serves malloc, or NULL. */
const char *arm_preload(const arm_t *arm);

/* The arm of that name, or NULL. */
arm_t *arms_lookup(const arms_t *arms, const char *name);

/* Moves an arm to an earlier place, in exchange for the one there. */
void arms_move(arms_t *arms, size_t from, size_t to);
/* Forgets all arms from place n on. */
void arms_truncate(arms_t *arms, size_t n);

/*
 * Gives arm an option string on top of its own. Errors: the form is wrong.
 */
bool arm_configure(arm_t *arm, const char *conf, fault_t *fault);

void arms_release(arms_t *arms);

/* "glibc", "ebb" or "peer". */
const char *arm_kind_name(arm_kind_t kind);

/* An arm as in plan.json, and back. Errors: a field is missing. */
json_t *arm_to_json(const arm_t *arm);
bool arms_from_json(arms_t *arms, const json_t *list, fault_t *fault);

#endif
