#include "tune_run.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tune.h"

enum { EXIT_REFUSED = 2, EXIT_LEFT = 3 };

static const int stops[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define STOPS (sizeof(stops) / sizeof(*stops))

/* ---------------------------------------------------------------- printing --
 */

static void
print_words(const words_t *words)
{
	for (size_t i = 0; i < words->n; i++)
		printf("  %s\n", words->v[i]);
	fflush(stdout);
}

static void
print_set(const tune_t *tune)
{
	for (size_t i = 0; i < tune->n; i++)
		if (tune->v[i].set)
			printf("  %s: %s -> %s\n", tune->v[i].path,
			    tune->v[i].before, tune->v[i].want);
	print_words(&tune->refused);
}

/* ----------------------------------------------------------------- running --
 */

/* The signals that this process waits for, blocked; before: the old mask. */
static void
signals_hold(sigset_t *waited, sigset_t *before)
{
	sigemptyset(waited);
	sigaddset(waited, SIGCHLD);
	for (size_t i = 0; i < STOPS; i++)
		sigaddset(waited, stops[i]);
	signal(SIGCHLD, SIG_DFL);
	/* Whoever reads our output may go: that is no reason to end. */
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, waited, before);
}

static int
command_start(pid_t *pid, char **command, const sigset_t *before)
{
	posix_spawnattr_t attributes;
	sigset_t defaults;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, before);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(
	    &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int error =
	    posix_spawnp(pid, command[0], NULL, &attributes, command, environ);
	posix_spawnattr_destroy(&attributes);
	return error;
}

/* Waits for the command, and gives it the signals that come meanwhile. */
static int
command_wait(pid_t pid, const sigset_t *waited)
{
	int status = 0;
	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);
		if (ended == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status)
						 : 128 + WTERMSIG(status);
		if (ended < 0 && errno != EINTR)
			return EXIT_REFUSED;
		int taken = sigwaitinfo(waited, NULL);
		if (taken > 0 && taken != SIGCHLD)
			kill(pid, taken);
	}
}

/* Sets back; returns the exit code, which is code when all went well. */
static int
undo(const char *name, int code)
{
	words_t done = {0};
	fault_t fault;
	bool failed = tune_undo(&done, &fault);
	printf("%s: set back\n", name);
	print_words(&done);
	words_release(&done);
	if (!failed)
		return code;
	fprintf(stderr, "%s: %s; mend it, then: ebb doctor --undo\n", name,
	    fault.text);
	return EXIT_LEFT;
}

int
tune_mend(const char *name)
{
	pid_t pid;
	if (tune_owner(&pid) != TUNE_GONE)
		return 0;
	if (pid > 0)
		printf("%s: process %ld was killed while the system was "
		       "tuned\n",
		    name, (long)pid);
	return undo(name, 0);
}

int
tune_run(char **command, const char *thp, const char *name)
{
	tune_t tune;
	fault_t fault;
	sigset_t waited;
	sigset_t before;
	pid_t pid;
	if (tune_owner(&pid) == TUNE_RUNNING) {
		fprintf(stderr,
		    "%s: process %ld has tuned the system; wait for its end\n",
		    name, (long)pid);
		return EXIT_REFUSED;
	}
	signals_hold(&waited, &before);
	int code = tune_mend(name);
	if (code != 0)
		return code;
	if (tune_find(&tune, thp, &fault) || tune_set(&tune, &fault)) {
		tune_release(&tune);
		fprintf(stderr, "%s: %s\n", name, fault.text);
		return EXIT_REFUSED;
	}
	printf("%s: tuned for '%s'%s\n", name, command[0],
	    tune.n == 0 ? ": nothing could be set" : "");
	print_set(&tune);
	int error = command_start(&pid, command, &before);
	if (error != 0)
		fprintf(stderr, "%s: cannot run '%s': %s\n", name, command[0],
		    strerror(error));
	code = error != 0 ? EXIT_REFUSED : command_wait(pid, &waited);
	code = tune.n == 0 ? code : undo(name, code);
	tune_release(&tune);
	return code;
}
