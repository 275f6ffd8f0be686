/*
 * The programs: build/workload, as SConstruct linked it several times of the
 * same objects. In other orders, since where code comes to lie changes a time
 * by percents (Mytkowicz et al., ASPLOS'09): the order is a nuisance factor,
 * and each block of samples draws one. And with the library itself, by
 * DT_NEEDED or statically, where the way of linking is what is compared.
 */
#ifndef EBB_HARNESS_PROGRAMS_H
#define EBB_HARNESS_PROGRAMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "place.h"

/* How an allocator comes into a program. */
typedef enum link_mode_e {
	LINK_PRELOAD, /* by LD_PRELOAD, or it is the C library's own */
	LINK_LINKED,  /* the program names its library (DT_NEEDED) */
	LINK_STATIC,  /* the program holds it (libebb.a) */
	LINK_MODES
} link_mode_t;

/* "preload", "linked", "static"; and back: LINK_MODES when it is none. */
const char *link_mode_name(link_mode_t mode);
link_mode_t link_mode_parse(const char *name);

typedef struct program_s program_t;
struct program_s {
	char *file; /* below the build folder: "links/1/workload" */
	char *path; /* absolute; NULL until programs_locate() */
	char *build_id;
	link_mode_t mode;
	char *variant;  /* of the library in it; "" for LINK_PRELOAD */
	unsigned order; /* of linking; 0: by the objects' names */
};

typedef struct programs_s programs_t;
struct programs_s {
	program_t *v;
	size_t n;
	unsigned orders; /* 0 to orders - 1 are there of every mode and
			  * variant; at least 1 once programs were found */
};

/*
 * Finds those that programs.json lists; without that file, the one program that
 * every build has: LINK_PRELOAD in order 0, which is always among them.
 * Errors: the list is damaged; a program is missing, or is another build than
 * the list says. programs_release() afterwards, always.
 */
bool programs_find(programs_t *programs, const place_t *place, fault_t *fault);

/* The program of that mode, variant and order, or NULL. */
const program_t *programs_lookup(const programs_t *programs, link_mode_t mode,
    const char *variant, unsigned order);

/*
 * Forgets those for which keep[i] is false; orders stays, so that a plan draws
 * the same when it is laid out again.
 */
void programs_keep(programs_t *programs, const bool *keep);

/*
 * Finds the files of programs that were read from a plan. A plan that lists
 * none (it is of an earlier ebb) had the one with workload_id ("": unknown).
 * Errors: one is not there, or is not the build that the plan states.
 */
bool programs_locate(programs_t *programs, const place_t *place,
    const char *workload_id, fault_t *fault);

/* As in plan.json, and back. Errors of reading: a field is missing. */
json_t *programs_to_json(const programs_t *programs);
bool
programs_from_json(programs_t *programs, const json_t *list, fault_t *fault);

void programs_release(programs_t *programs);

#endif
