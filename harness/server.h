/*
 * Driving a server that is measured: wait until it is ready, run the commands
 * that use it, let it settle, stop it. The commands are clients of the user's:
 * they run beside the measured process, without the allocator under test.
 */
#ifndef EBB_HARNESS_SERVER_H
#define EBB_HARNESS_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "launch.h"
#include "guest.h"
#include "observer.h"

/* How it went. */
typedef struct driven_s driven_t;
struct driven_s {
	uint64_t ready_ns, settled_ns; /* CLOCK_MONOTONIC; 0: never */
	uint64_t work_ns;              /* that the drives took together */
	json_t *own;                   /* times and values, as metrics */
	bool stopping;   /* it was asked, or made, to end: its signal and exit
			  * code are our doing */
	fault_t failure; /* what went wrong, "" when nothing did */
	fault_t remark;  /* what did not stop it from being a result, or "" */
};

/*
 * Drives the server that runs as process, and waits until it has ended, as
 * launch_wait() does; after timeout_ms it is killed. The observer, if not NULL,
 * reads it once when it has settled. driven_release() afterwards, always.
 */
launch_end_t server_drive(const guest_t *guest, const process_t *process,
    observer_t *observer, unsigned timeout_ms, driven_t *driven);
void driven_release(driven_t *driven);

/* True for an ending that is as it should be, of a server that was asked to
 * end: by itself with 0, or by SIGTERM. */
bool server_ended_well(const ending_t *ending);

#endif
