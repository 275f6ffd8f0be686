/*
 * Profiles: which cells a plan has, by name (smoke, default, full) and by what
 * the user asks for on top.
 */
#ifndef EBB_HARNESS_PROFILE_H
#define EBB_HARNESS_PROFILE_H

#include <stdbool.h>

#include "catalog.h"
#include "fault.h"
#include "place.h"
#include "plan.h"
#include "text.h"

/* A row chooses cases by pattern; the first row that matches counts. Without
 * threads, it leaves them out unless they are asked for. */
struct profile_cell_s {
	const char *pattern; /* of "workload.case" */
	const char *threads; /* numbers; "ncpu" and "2ncpu" depend */
	const char *conf;    /* common options of our arms */
	double scale;        /* of the work, on top of the profile's */
	const char *arms;    /* variants beside those that the workload tells
			      * apart; NULL: none */
};

/* Policies depend on time: short enough a decay, and one arena to watch. */
#define PROFILE_POLICY_CONF "decay_time:1,narenas:1"

typedef struct profile_s profile_t;
struct profile_s {
	const char *name;
	const char *summary;
	double budget;   /* seconds of measuring that it promises */
	unsigned blocks; /* of time samples, at least */
	unsigned latency_blocks, gbench_blocks, census_blocks;
	unsigned control_blocks; /* at most, of each arm of the controls */
	unsigned arms_max;       /* in a cell, without the user's own */
	bool smoke;              /* the workloads' very short arguments */
	bool balanced;           /* blocks complete the Williams square */
	bool more;               /* cases beyond the default plan too */
	double ops_scale;        /* of the work in a sample */
	const char *arms;        /* variants in every cell; NULL: those that the
				  * workload tells apart */
	const char *gbench;      /* filter of the Google Benchmark cell */
	const struct profile_cell_s *cells; /* up to a pattern NULL */
};

/* What the user asked for; empty words and 0 mean: as the profile says. */
typedef struct request_s request_t;
struct request_s {
	words_t arms;      /* exactly these */
	words_t added;     /* names of --allocator: in every cell too */
	words_t workloads; /* patterns of names, "workload.case", or cells */
	words_t threads;
	words_t sets; /* "workload.key=value" */
	unsigned blocks;
	double ops_scale;       /* on top of the profile's; 0: 1 */
	const char *conf;       /* options common to our arms, "" for none */
	bool peers;             /* the optional peers in every cell */
	bool links[LINK_MODES]; /* each arm in these ways of linking; none: as
				 * it is named */
	bool hotspots;    /* a sample under perf record of each cell and arm */
	bool no_controls; /* leave them out (control.h) */
	double plant_time, plant_pages; /* shares to plant; 0: the controls' */
};

/* The profile of that name. Errors: there is none; names those there are. */
const profile_t *profile_lookup(const char *name, fault_t *fault);

/* All profiles, NULL-terminated by name. */
extern const profile_t profiles[];

/* The case of a workload that stands for it: the first that the profile
 * chooses, else its first. */
const char *profile_case(const profile_t *profile, const catalog_row_t *row);

/* Errors: the request names an arm that there is not, or that no program is
 * linked with in the ways that are asked for. */
bool request_arms_check(
    const request_t *request, const plan_t *plan, fault_t *fault);

/* Adds the arm of that name to the cell, if it exists and is not there. */
void cell_add_arm(cell_t *cell, const plan_t *plan, const char *name);

/*
 * Adds the profile's cells, with arms, arguments and blocks, and the controls,
 * to a plan whose arms are found. What the request's ways of linking leave out
 * is in plan->warnings. Errors: the request names something that there is not.
 */
bool profile_apply(const profile_t *profile, const request_t *request,
    const catalog_t *catalog, const place_t *place, plan_t *plan,
    fault_t *fault);

#endif
