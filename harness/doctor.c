#include "doctor.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complaint.h"
#include "doctor_measure.h"
#include "doctor_settings.h"
#include "machine.h"
#include "place.h"
#include "store.h"
#include "tune.h"
#include "tune_run.h"

enum { EXIT_FIT = 0, EXIT_USAGE = 2, EXIT_WRONG = 3 };

#define SPIN_S 2.0

static const char doc[] =
    "Say what is wrong with this machine for measuring, why it matters for "
    "numbers, and what mends it."
    "\vLooks at settings, measures for two seconds what CPU time gets lost and "
    "who is busy, and tries what may be counted. Changes nothing, but for one "
    "thing: settings that a killed --tune-system left are set back.\n\n"
    "--tune-system sets what this user may (frequency governor performance, "
    "turbo off, address randomization full, perf_event_paranoid at most 1, no "
    "moving of pages between memory nodes; huge pages with --thp), runs the "
    "command, by default 'ebb run', and sets all of it back: when the command "
    "ends, fails, or a signal comes. A journal in /run keeps the values of "
    "before, so that after a kill -9 the next 'ebb doctor' sets them back.\n\n"
    "Examples:\n"
    "  ebb doctor\n"
    "      ten seconds, then a verdict\n"
    "  sudo build/ebb doctor --tune-system -- build/ebb run --plan full\n"
    "      a run on a machine that is set for it meanwhile\n"
    "  sudo build/ebb doctor --tune-system --thp always -- build/ebb run\n"
    "      the same with huge pages everywhere\n"
    "  sudo build/ebb doctor --undo\n"
    "      set back what was left, and nothing else\n\n"
    "Exit code: 0 fit for measuring, 3 something is wrong that can be mended, "
    "2 usage; with a command, the command's. For tests, the environment "
    "variable EBB_SYSROOT puts a folder in front of /proc, /sys and /run.";

enum { KEY_TUNE = 256, KEY_UNDO, KEY_THP, KEY_QUICK };

static const struct argp_option table[] = {
    {"quick", KEY_QUICK, NULL, 0, "leave out what takes two seconds", 0},
    {"tune-system", KEY_TUNE, NULL, 0,
	"set the system for the time that COMMAND runs", 0},
    {"thp", KEY_THP, "always|madvise|never", 0,
	"with --tune-system: set huge pages too", 0},
    {"undo", KEY_UNDO, NULL, 0,
	"set back what a killed --tune-system left, and end", 0},
    {0},
};

typedef struct doctor_s doctor_t;
struct doctor_s {
	const char *name;
	bool quick, tune, undo;
	const char *thp;
	char **command; /* within argv; NULL: none */
};

static void
parse_end(const doctor_t *doctor, struct argp_state *state)
{
	if (!doctor->tune && doctor->command != NULL)
		argp_error(state,
		    "'%s': a command is run with --tune-system only",
		    doctor->command[0]);
	if (!doctor->tune && doctor->thp != NULL)
		argp_error(state,
		    "--thp sets huge pages: it needs --tune-system (for "
		    "samples alone: ebb run --thp)");
	if (doctor->tune && (doctor->undo || doctor->quick))
		argp_error(state, "--tune-system goes with neither --undo nor "
				  "--quick");
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	doctor_t *doctor = state->input;
	switch (key) {
	case KEY_QUICK:
		doctor->quick = true;
		return 0;
	case KEY_TUNE:
		doctor->tune = true;
		return 0;
	case KEY_UNDO:
		doctor->undo = true;
		return 0;
	case KEY_THP:
		doctor->thp = argument;
		return 0;
	case ARGP_KEY_ARG:
		/* The rest is the command's. */
		doctor->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		parse_end(doctor, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---------------------------------------------------------------- looking --
 */

static void
measure(complaints_t *complaints)
{
	bool terminal = isatty(STDOUT_FILENO);
	spin_t spin;
	if (terminal) {
		printf("  measuring for %.0f s ...\r", SPIN_S);
		fflush(stdout);
	}
	busy_t *busy = busy_begin();
	spin_measure(&spin, SPIN_S);
	busy_end(busy, complaints);
	doctor_spin(&spin, complaints);
	if (terminal)
		printf("\033[K");
}

/* A tuned system is not the machine as it is. */
static void
tuned_add(complaints_t *complaints)
{
	pid_t pid;
	tune_owner_t owner = tune_owner(&pid);
	complaint_t c = {
	    .title = "tuned",
	    .why = owner == TUNE_RUNNING
		       ? "what is said here is of the system as that process "
			 "has set it"
		       : "settings that a killed process left are still so",
	    .level = owner == TUNE_RUNNING ? COMPLAINT_NOTE : COMPLAINT_WRONG,
	    .what = text_format("by process %ld, which %s", (long)pid,
		owner == TUNE_RUNNING ? "still runs" : "was killed"),
	};
	if (owner == TUNE_NOBODY) {
		free(c.what);
		return;
	}
	if (owner == TUNE_GONE)
		c.mend = text_copy("sudo ebb doctor --undo");
	complaints_add(complaints, c);
}

static int
examine(const doctor_t *doctor)
{
	place_t place;
	fault_t fault;
	complaints_t complaints = {0};
	if (place_find(&place, NULL, &fault)) {
		place_release(&place);
		fprintf(stderr, "%s: %s\n", doctor->name, fault.text);
		return EXIT_USAGE;
	}
	/* What is in the way is said below. */
	tune_mend(doctor->name);
	json_t *machine = machine_describe(&place);
	printf("%s: %s, Linux %s, %s, %lld CPUs\n", doctor->name,
	    sample_text(machine, "host"), sample_text(machine, "kernel"),
	    sample_text(machine, "cpu_model"),
	    (long long)sample_number(machine, "ncpu"));
	tuned_add(&complaints);
	doctor_settings(machine, &complaints);
	doctor_tools(machine, &complaints);
	doctor_clock(clock_cost_ns(), &complaints);
	if (!doctor->quick)
		measure(&complaints);
	for (size_t i = 0; i < complaints.n; i++)
		complaint_print(&complaints.v[i], stdout);
	complaints_verdict(&complaints, stdout);
	int code = complaints_count(&complaints, COMPLAINT_WRONG) > 0
		       ? EXIT_WRONG
		       : EXIT_FIT;
	complaints_release(&complaints);
	json_decref(machine);
	place_release(&place);
	return code;
}

static int
undo_only(const doctor_t *doctor)
{
	pid_t pid;
	tune_owner_t owner = tune_owner(&pid);
	if (owner == TUNE_NOBODY)
		printf("%s: nothing is to be set back\n", doctor->name);
	if (owner != TUNE_RUNNING)
		return tune_mend(doctor->name);
	fprintf(stderr,
	    "%s: process %ld has tuned the system and sets it back itself; "
	    "end it with: kill %ld\n",
	    doctor->name, (long)pid, (long)pid);
	return EXIT_USAGE;
}

int
cmd_doctor(int argc, char **argv)
{
	static const struct argp argp = {
	    table, parse, "[-- COMMAND ARGUMENT...]", doc, NULL, NULL, NULL};
	doctor_t doctor = {.name = argv[0]};
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &doctor);
	if (doctor.undo)
		return undo_only(&doctor);
	if (!doctor.tune)
		return examine(&doctor);
	char own[] = "/proc/self/exe";
	char run[] = "run";
	char *standard[] = {own, run, NULL};
	return tune_run(doctor.command != NULL ? doctor.command : standard,
	    doctor.thp, doctor.name);
}
