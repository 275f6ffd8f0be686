/*
 * Launching: one fresh process with a cleared environment, inherited
 * descriptors, its own process group, and a watchdog.
 *
 * Order of use: launch_signals_hold() once; then for each process
 * launch_start(), launch_wait(), launch_reap(). Between wait and reap the
 * process has ended, or was killed, but its number is not yet given to
 * another: whoever observes it by number stops there.
 */
#ifndef EBB_HARNESS_LAUNCH_H
#define EBB_HARNESS_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "binding.h"
#include "fault.h"
#include "text.h"

/* Inherited descriptors get these numbers in the child: EBB_*_FD. */
#define LAUNCH_FD_BASE 200
#define LAUNCH_FDS 5
/* The one that is not a file: a socket for ebb-census. */
#define LAUNCH_FD_CENSUS (LAUNCH_FDS - 1)

typedef struct launch_s launch_t;
struct launch_s {
	words_t argv;        /* the program's path first */
	words_t environment; /* all of it, "NAME=value" */
	int fds[LAUNCH_FDS]; /* shown to the child as LAUNCH_FD_BASE + index;
			      * 0 = none */
	int out_fd, err_fd;  /* its stdout and stderr; 0 = /dev/null */
	const binding_t *binding; /* what it inherits; NULL: nothing special */
};

typedef enum launch_end_e {
	LAUNCH_ENDED,      /* by itself: exit or signal */
	LAUNCH_TIMED_OUT,  /* killed by the watchdog */
	LAUNCH_INTERRUPTED /* killed because ebb was asked to stop */
} launch_end_t;

typedef struct process_s process_t;
struct process_s {
	pid_t pid;
	uint64_t t_begin_ns; /* CLOCK_MONOTONIC, just before it was started */
};

/* How a process ended. */
typedef struct ending_s ending_t;
struct ending_s {
	int code;   /* exit code, 0 when ended by a signal */
	int signal; /* 0 when it exited */
	struct rusage usage;
};

/*
 * Blocks SIGCHLD, SIGINT, SIGTERM and SIGHUP in the caller (and in threads
 * that it makes from then on): launch_wait() takes them. release undoes it.
 */
void launch_signals_hold(void);
void launch_signals_release(void);

/* The signal that asked ebb to stop, or 0. Once set it stays. */
int launch_interrupted(void);

/*
 * Adds what a measured process keeps of our environment (a whitelist: no
 * MALLOC_*, no LD_*, no GLIBC_TUNABLES) as "NAME=value".
 */
void launch_environment(words_t *environment);

/* Starts the program. Errors: it cannot be executed, or not be bound; the
 * calling thread is as it was. */
bool launch_start(process_t *process, const launch_t *launch, fault_t *fault);

/* Waits for the end; kills the process group after timeout_ms. */
launch_end_t launch_wait(const process_t *process, unsigned timeout_ms);

/* True when the process has ended; it stays to be reaped. */
bool launch_ended(const process_t *process);

/* Waits so long, or until ebb is asked to stop: then true. */
bool launch_pause(unsigned ms);

/* Collects the ended process. */
void launch_reap(const process_t *process, ending_t *ending);

/*
 * Runs a command to its end with a plain environment, at most timeout_ms,
 * and returns what it printed on stdout (a new string, NUL-terminated, cut
 * at 16 MiB), or NULL with the fault when it cannot be run, fails, or takes
 * too long. The command's words are released.
 */
char *launch_output(words_t *argv, unsigned timeout_ms, fault_t *fault);

/* A new unnamed file in memory, close-on-exec; aborts when there is none. */
int launch_memory_file(const char *name);

/* What is in such a file, its last 16 MiB at most, as a new string; size may be
 * NULL. */
char *launch_memory_read(int fd, size_t *size);

/* The same of what a program printed: one string, with blanks for its NULs. */
char *launch_output_read(int fd);

#endif
