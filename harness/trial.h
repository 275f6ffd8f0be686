/*
 * A trial: one fresh process under one arm, launched and observed; everything
 * that it left behind, not yet judged.
 */
#ifndef EBB_HARNESS_TRIAL_H
#define EBB_HARNESS_TRIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "allocators.h"
#include "binding.h"
#include "census.h"
#include "ebb/stats_page.h"
#include "fault.h"
#include "launch.h"
#include "live.h"
#include "observer.h"
#include "perf_counters.h"
#include "place.h"
#include "guest.h"
#include "server.h"
#include "text.h"

/* How closely the process is looked at while it runs. */
typedef enum trial_watch_e {
	TRIAL_BLIND,  /* not at all */
	TRIAL_COARSE, /* seldom, and never by smaps_rollup */
	TRIAL_FULL,   /* as closely as costs less than 1 % */
	TRIAL_CLOSE   /* smaps_rollup often: not where time is measured */
} trial_watch_t;

typedef struct trial_s trial_t;
struct trial_s {
	/* Set by the caller before trial_run(). */
	const place_t *place;
	const arm_t *arm;
	const char *conf;       /* the whole MALLOC_CONF, "" for none */
	const char *program_id; /* build-id that the program must have; NULL
				 * or "": any */
	const guest_t *guest;   /* argv is the user's own program; NULL: it
				 * is a workload */
	words_t argv;           /* the program's path first; released with us */
	unsigned padding;       /* bytes added to the environment */
	unsigned timeout_ms;
	trial_watch_t watch;
	bool keep_output;  /* what it prints to stdout is kept */
	bool counted;      /* by the kernel's and the CPU's counters */
	binding_t binding; /* what it is bound to; all 0: nothing */
	census_t *census;  /* gets its system calls; NULL: not counted */
	words_t wrapper;   /* a command before the program's, which our
			    * preloaded libraries do not enter; empty: none;
			    * released with us */

	/* Results. */
	launch_end_t end;
	ending_t ending;
	driven_t driven;               /* of a server */
	uint64_t t_begin_ns, t_end_ns; /* CLOCK_MONOTONIC */
	json_t *probe;                 /* its line, or NULL */
	json_t *record;                /* the workload's record, or NULL */
	bool record_damaged;           /* there was one, but no JSON */
	struct ebb_live *live;         /* the live page */
	struct ebb_stats_page *page;   /* the final one, or NULL */
	const uint64_t *requests;      /* by class of the page; within it, or
					* NULL */
	char *errors;                  /* all of stderr */
	char *output;                  /* all of stdout, or NULL */
	observer_t observer;           /* its results; no points if BLIND */
	perf_counters_t counters;      /* not opened unless counted */
	placement_t placement;         /* what it was bound to, read back */
};

/*
 * Runs the process to its end. Errors: it could not be started; whatever
 * happens to it afterwards is a result. trial_release() afterwards, always.
 */
bool trial_run(trial_t *trial, fault_t *fault);
void trial_release(trial_t *trial);

/* Wall time from before the start to the end, in seconds. */
double trial_seconds(const trial_t *trial);

/*
 * The whole MALLOC_CONF of an arm in a cell whose common options are these:
 * the arm's own on top; common ones only for our own arms. Caller frees.
 */
char *trial_conf(const arm_t *arm, const char *common);

/*
 * The command that repeats the trial, without probe and observer, as an array
 * of words to paste behind one another. Paths in it are absolute.
 */
json_t *trial_command(const trial_t *trial);

#endif
