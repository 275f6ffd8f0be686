#include "server.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "live.h"

/* Between two questions whether it is ready. */
#define POLL_MS 20
/* One of these questions may take so long; the last one too has some time. */
#define QUESTION_MS 5000
#define QUESTION_LEAST_MS 500
/* After it was asked to end. */
#define STOP_MS 15000
/* A shell's exit code for a program that SIGTERM ended. */
#define EXIT_BY_SIGTERM (128 + SIGTERM)

/* A server that is being driven. */
typedef struct drive_s drive_t;
struct drive_s {
	const guest_t *guest;
	const process_t *process;
	observer_t *observer; /* NULL: none */
	uint64_t deadline_ns;
	driven_t *driven;
	char *output; /* of all drives, one behind the other */
	launch_end_t end;
};

bool
server_ended_well(const ending_t *ending)
{
	return ending->signal == SIGTERM ||
	       (ending->signal == 0 &&
		   (ending->code == 0 || ending->code == EXIT_BY_SIGTERM));
}

void
driven_release(driven_t *driven)
{
	json_decref(driven->own);
	driven->own = NULL;
}

static unsigned
until_ms(uint64_t t_ns)
{
	uint64_t now = ebb_live_clock();
	return now >= t_ns ? 0 : (unsigned)((t_ns - now) / 1000000);
}

static unsigned
left_ms(const drive_t *drive)
{
	return until_ms(drive->deadline_ns);
}

/* The last words of what a command wrote to stderr, on one line. */
static char *
errors_tail(int fd)
{
	char *all = launch_memory_read(fd, NULL);
	size_t length = strlen(all);
	while (length > 0 && all[length - 1] == '\n')
		all[--length] = '\0';
	char *tail = text_copy(length > 300 ? all + length - 300 : all);
	for (char *c = tail; *c != '\0'; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	free(all);
	return tail;
}

/*
 * Runs a command of the shell to its end. Returns how that came; *code is its
 * exit code, or 128 + its signal. output and errors, if not NULL, get new
 * strings.
 */
static launch_end_t
shell_run(const char *command, unsigned timeout_ms, int *code, char **output,
    char **errors, fault_t *fault)
{
	launch_t launch = {0};
	process_t process;
	ending_t ending = {0};
	launch_end_t end = LAUNCH_ENDED;
	words_add(&launch.argv, "/bin/sh");
	words_add(&launch.argv, "-c");
	words_add(&launch.argv, "%s", command);
	launch_environment(&launch.environment);
	launch.out_fd = launch_memory_file("output");
	launch.err_fd = launch_memory_file("errors");
	*code = -1;
	if (!launch_start(&process, &launch, fault)) {
		end = launch_wait(&process, timeout_ms);
		launch_reap(&process, &ending);
		*code = ending.signal != 0 ? 128 + ending.signal : ending.code;
	}
	if (output != NULL)
		*output = launch_output_read(launch.out_fd);
	if (errors != NULL)
		*errors = errors_tail(launch.err_fd);
	close(launch.out_fd);
	close(launch.err_fd);
	words_release(&launch.argv);
	words_release(&launch.environment);
	return end;
}

/* Notes what went wrong first. Returns true. */
static bool __attribute__((format(printf, 2, 3)))
fail(drive_t *drive, const char *format, ...)
{
	fault_t *failure = &drive->driven->failure;
	if (failure->text[0] != '\0')
		return true;
	va_list args;
	va_start(args, format);
	vsnprintf(failure->text, sizeof(failure->text), format, args);
	va_end(args);
	return true;
}

/* True, with the reason, when the server is not there any more. */
static bool
server_is_gone(drive_t *drive, const char *when)
{
	return launch_ended(drive->process) &&
	       fail(drive, "the server ended %s", when);
}

/* How long a question that is asked now may take. */
static unsigned
question_ms(uint64_t until, unsigned left)
{
	unsigned ms = until_ms(until);
	if (ms < QUESTION_LEAST_MS)
		ms = QUESTION_LEAST_MS;
	if (ms > QUESTION_MS)
		ms = QUESTION_MS;
	return ms < left ? ms : left;
}

static bool
wait_ready(drive_t *drive)
{
	const guest_t *guest = drive->guest;
	uint64_t until = ebb_live_clock() + (uint64_t)(guest->ready_s * 1e9);
	int code = 0;
	char *errors = NULL;
	fault_t fault = {""};
	while (guest->ready != NULL && drive->end == LAUNCH_ENDED) {
		unsigned left = left_ms(drive);
		unsigned limit = question_ms(until, left);
		free(errors);
		drive->end = shell_run(
		    guest->ready, limit, &code, NULL, &errors, &fault);
		bool silent = drive->end == LAUNCH_TIMED_OUT;
		/* A question without an answer is one more that failed. */
		if (silent && limit < left)
			drive->end = LAUNCH_ENDED;
		if (code == 0 || drive->end != LAUNCH_ENDED ||
		    server_is_gone(drive, "before it was ready"))
			break;
		if (ebb_live_clock() >= until) {
			char *how =
			    silent ? text_copy("did not end")
				   : text_format("failed (exit code %d)", code);
			fail(drive,
			    "the server is not ready after %g s: '%s' %s%s%s; "
			    "see --ready and --ready-timeout",
			    guest->ready_s, guest->ready, how,
			    errors[0] ? ": " : "", errors);
			free(how);
			break;
		}
		if (launch_pause(POLL_MS))
			drive->end = LAUNCH_INTERRUPTED;
	}
	free(errors);
	drive->driven->ready_ns = ebb_live_clock();
	return drive->end != LAUNCH_ENDED ||
	       drive->driven->failure.text[0] != '\0';
}

static bool
run_drive(drive_t *drive, size_t i)
{
	const char *command = drive->guest->drives.v[i];
	driven_t *driven = drive->driven;
	char *output = NULL, *errors = NULL;
	int code;
	fault_t fault = {""};
	uint64_t begin = ebb_live_clock();
	drive->end =
	    shell_run(command, left_ms(drive), &code, &output, &errors, &fault);
	uint64_t took = ebb_live_clock() - begin;
	char *name = text_format("drive%zu_ns", i + 1);
	metric_set_integer(driven->own, name, (int64_t)took);
	driven->work_ns += took;
	text_assign(&drive->output, "%s%s\n", drive->output, output);
	if (drive->end == LAUNCH_TIMED_OUT)
		fail(drive, "no end of '%s' in the time for a sample", command);
	else if (drive->end == LAUNCH_ENDED && code != 0 &&
		 !server_is_gone(drive, "while it was driven"))
		fail(drive, "'%s' failed (exit code %d): %s", command, code,
		    fault.text[0] != '\0' ? fault.text
		    : errors[0] != '\0'   ? errors
					  : "nothing on stderr");
	free(name);
	free(output);
	free(errors);
	return drive->end != LAUNCH_ENDED ||
	       server_is_gone(drive, "while it was driven") ||
	       driven->failure.text[0] != '\0';
}

static bool
settle(drive_t *drive)
{
	double seconds = drive->guest->settle_s;
	if (seconds > 0 && launch_pause((unsigned)(seconds * 1000)))
		drive->end = LAUNCH_INTERRUPTED;
	if (drive->observer != NULL)
		observer_read(drive->observer);
	drive->driven->settled_ns = ebb_live_clock();
	return drive->end != LAUNCH_ENDED ||
	       server_is_gone(drive, "before it was stopped");
}

/* Asks it to end, by its command or by a signal. */
static void
ask_to_end(drive_t *drive)
{
	const char *stop = drive->guest->stop;
	int code = -1;
	fault_t fault = {""};
	drive->driven->stopping = true;
	if (stop != NULL)
		drive->end =
		    shell_run(stop, STOP_MS, &code, NULL, NULL, &fault);
	if (stop != NULL && code != 0)
		fault_set(
		    &drive->driven->remark, "'%s': exit code %d", stop, code);
	if (stop == NULL || code != 0)
		kill(drive->process->pid, SIGTERM);
}

launch_end_t
server_drive(const guest_t *guest, const process_t *process,
    observer_t *observer, unsigned timeout_ms, driven_t *driven)
{
	*driven = (driven_t){.own = json_object()};
	drive_t drive = {.guest = guest,
	    .process = process,
	    .observer = observer,
	    .deadline_ns =
		process->t_begin_ns + (uint64_t)timeout_ms * 1000000u,
	    .driven = driven,
	    .output = text_copy(""),
	    .end = LAUNCH_ENDED};
	bool failed = wait_ready(&drive);
	for (size_t i = 0; i < guest->drives.n && !failed; i++)
		failed = run_drive(&drive, i);
	failed = failed || settle(&drive);
	if (!failed)
		guest_values_set(guest, drive.output, driven->own);
	if (!launch_ended(process) && drive.end != LAUNCH_INTERRUPTED)
		ask_to_end(&drive);
	launch_end_t end = launch_wait(process, STOP_MS);
	if (end == LAUNCH_TIMED_OUT)
		fail(&drive, "no end %d s after %s, killed", STOP_MS / 1000,
		    guest->stop != NULL ? "--stop" : "SIGTERM");
	free(drive.output);
	return drive.end == LAUNCH_INTERRUPTED ? LAUNCH_INTERRUPTED : end;
}
