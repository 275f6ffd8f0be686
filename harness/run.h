/*
 * `ebb run`: plan, prove, measure, report.
 */
#ifndef EBB_HARNESS_RUN_H
#define EBB_HARNESS_RUN_H

#include "options.h"
#include "plan.h"

/* The command; argv[0] is "ebb run". Returns the exit code: 0 all samples are
 * numbers, 1 some are not, 2 refused before measuring, 130 interrupted. */
int cmd_run(int argc, char **argv);

/* What there is to be planned with. */
typedef struct scene_s scene_t;
struct scene_s {
	const catalog_t *catalog;
	const place_t *place;
};

/* What makes a run of a command that measures. */
typedef struct run_kind_s run_kind_t;
struct run_kind_s {
	const char *command;      /* "ebb run": how it names itself */
	const profile_t *profile; /* NULL: the one that options->plan names */
	/* Adds the cells to a plan whose arms are found; NULL: the profile's.
	 * Cells whose seconds it sets need no pilot. */
	bool (*plan)(plan_t *plan, const request_t *request,
	    const scene_t *scene, void *context, fault_t *fault);
	/* Chooses the blocks of a plan whose seconds are known, for what is
	 * left of budget_s; NULL: by the profile's budget and --blocks. */
	void (*fit)(plan_t *plan, const request_t *request, double seconds,
	    void *context);
	/* After the last sample, in place of the report's tables: prints what
	 * came out. Returns the exit code. NULL: the tables. */
	int (*conclude)(const char *run_dir, void *context);
	unsigned looks;  /* at most so many, at which cells may end early;
			  * 0: none */
	double budget_s; /* from the command's begin to its end; looks end
			  * what would not fit; 0: none */
	void *context;
};

/* Does it, under the options, which it releases. Returns as cmd_run(). */
int run_measure(const options_t *options, const run_kind_t *kind);

#endif
