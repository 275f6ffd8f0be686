/*
 * The options of `ebb run`.
 */
#ifndef EBB_HARNESS_OPTIONS_H
#define EBB_HARNESS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "pin.h"
#include "profile.h"
#include "text.h"

typedef struct options_s options_t;
struct options_s {
	const char *plan;   /* smoke, default or full */
	const char *name;   /* label of the run; NULL: the plan's name */
	const char *out;    /* folder that gets the run's folder */
	const char *resume; /* a run to complete, or NULL */
	words_t argv;       /* every option that decides which numbers come
			     * out, as "--name=value" in the order typed */
	words_t allocators; /* "name=/path.so[:conf]" */
	request_t request;
	pin_t pin;       /* what samples are bound to */
	words_t primary; /* metrics that carry verdicts; empty: the usual */
	bool all_peers, dry_run, no_report;
	unsigned timeout_s; /* 0: chosen from the pilot */
	double budget_s;    /* of the whole run; 0: the plan's */
	unsigned looks;     /* at which cells may end early; 0: none */
	bool seeded;        /* seed was given */
	uint64_t seed;      /* below RNG_SEED_BOUND */
};

/*
 * Parses the command line of `ebb run` (argv[0] is the program's name for
 * messages). Prints help, and errors of usage, and exits, as argp does.
 * options_release() afterwards.
 */
void options_parse(options_t *options, int argc, char **argv);
void options_release(options_t *options);

#endif
