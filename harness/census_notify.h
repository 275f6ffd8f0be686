/*
 * Seeing memory system calls where tracepoints are not permitted: the process
 * is started by build/ebb-census, which puts a seccomp filter over it; each
 * call waits until we have read it and told the kernel to go on.
 */
#ifndef EBB_HARNESS_CENSUS_NOTIFY_H
#define EBB_HARNESS_CENSUS_NOTIFY_H

#include <stdbool.h>
#include <sys/types.h>

#include "census_tally.h"
#include "fault.h"
#include "launch.h"
#include "place.h"

typedef struct census_notify_s census_notify_t;
struct census_notify_s {
	int socket;   /* our end: the listener comes here */
	int other;    /* the child's end, until it is started */
	int listener; /* where notifications come from; -1: not yet */
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
	pid_t thread, process; /* that we asked for last */
};

/* Tries whether the filter can be installed here. Errors: it cannot. */
bool census_notify_check(const place_t *place, fault_t *fault);

/*
 * Changes a launch so that the process starts under the filter: program,
 * LD_PRELOAD (which is for the target, not for ebb-census) and descriptor.
 * Errors: none of ours are left.
 */
bool census_notify_open(census_notify_t *notify, const place_t *place,
    launch_t *launch, fault_t *fault);
void census_notify_close(census_notify_t *notify);

/*
 * Counts into the tally until all processes have ended or stop_fd can be
 * read. Returns true when no listener came: nothing was counted.
 */
bool census_notify_serve(
    census_notify_t *notify, int stop_fd, census_tally_t *tally);

#endif
