/*
 * ebb: the bench's tool. Finds the subcommand; everything else is its own.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ab.h"
#include "compare.h"
#include "doctor.h"
#include "gate.h"
#include "list.h"
#include "report.h"
#include "run.h"
#include "simulate.h"
#include "sweep.h"
#include "text.h"
#include "version.h"

static const struct command_s {
	const char *name;
	const char *summary;
	int (*function)(int argc, char **argv);
	bool plans; /* makes a run, with a plan.json */
} commands[] = {
    {"run", "measure allocators on the workloads, then report", cmd_run, true},
    {"ab", "two settings, builds or allocators against each other", cmd_ab,
	true},
    {"report", "rebuild tables and figures from a run's samples", cmd_report,
	false},
    {"compare", "say whether a run is worse than an earlier one", cmd_compare,
	false},
    {"gate", "say whether the newest run stands out from its history", cmd_gate,
	false},
    {"sweep", "measure a grid of swings: what is purged against what should be",
	cmd_sweep, true},
    {"simulate", "compute what purge settings do, without running anything",
	cmd_simulate, false},
    {"doctor", "say what is wrong with this machine for measuring", cmd_doctor,
	false},
    {"list", "show the allocators, workloads and plans there are", cmd_list,
	false},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const char doc[] =
    "Measure and compare memory allocators: the bench of ebb.\v"
    "Start with 'ebb run --plan smoke' (one minute), then 'ebb run' (ten "
    "minutes). Each command has its own --help.";

static void
print_version(FILE *stream, struct argp_state *state)
{
	(void)state;
	fprintf(stream, "ebb %s (%s)\n", EBB_VERSION, ebb_commit);
}

/* The list of commands goes between the options and the closing words. */
static char *
help_filter(int key, const char *text, void *input)
{
	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	char *all = text_copy("Commands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		text_assign(&all, "%s  %-8s %s\n", all, commands[i].name,
		    commands[i].summary);
	text_assign(&all, "%s\n%s", all, text == NULL ? "" : text);
	return all;
}

struct choice_s {
	const struct command_s *command;
	int at; /* place of its name in argv */
};

static error_t
parse_option(int key, char *argument, struct argp_state *state)
{
	struct choice_s *choice = state->input;
	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "a command is needed; --help lists them");
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argument, commands[i].name) == 0)
			choice->command = &commands[i];
	if (choice->command == NULL)
		argp_error(state, "there is no command '%s'", argument);
	/* The rest is the command's. */
	choice->at = state->next - 1;
	state->next = state->argc;
	return 0;
}

/* What a run is asked for stands in its plan, which is JSON and so UTF-8. */
static void
arguments_check(const struct command_s *command, int argc, char **argv)
{
	for (int i = 0; command->plans && i < argc; i++) {
		json_t *text = json_string(argv[i]);
		if (text == NULL) {
			fprintf(stderr,
			    "ebb %s: the argument '%s' is not UTF-8, as a "
			    "run's plan must be; rename what it names, or "
			    "give that another name by a link\n",
			    command->name, argv[i]);
			exit(2);
		}
		json_decref(text);
	}
}

/* Tables and CSV on stdout may be all that was asked for: where they do not
 * arrive, as on a full disk, nothing was done. */
static int
output_check(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "ebb: cannot write all of the output: %s\n",
	    strerror(errno));
	return code != 0 ? code : 1;
}

int
main(int argc, char **argv)
{
	static const struct argp argp = {.parser = parse_option,
	    .args_doc = "COMMAND [OPTION...]",
	    .doc = doc,
	    .help_filter = help_filter};
	struct choice_s choice = {0};
	/* Else the next file that is opened would be the standard input. */
	if (fcntl(STDIN_FILENO, F_GETFD) < 0)
		open("/dev/null", O_RDONLY);
	argp_err_exit_status = 2;
	argp_program_version_hook = print_version;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice);
	char *name = text_format("ebb %s", choice.command->name);
	argv[choice.at] = name;
	arguments_check(choice.command, argc - choice.at, argv + choice.at);
	int code = choice.command->function(argc - choice.at, argv + choice.at);
	free(name);
	return output_check(code);
}
