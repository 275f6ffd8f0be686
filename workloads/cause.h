/*
 * Causes: why something took as long as it did, from what was counted
 * meanwhile. Pure: no clock is read and nothing is counted here.
 *
 * An event counts as the cause when it explains the time: by its known cost,
 * or because it is rare and nothing else explains it. What ran beside it is
 * kept as flags. When nothing ran, the time itself says where it went: into a
 * call of the allocator, into the program's own work, or into neither, which
 * only the machine can have caused.
 */
#ifndef EBB_WORKLOADS_CAUSE_H
#define EBB_WORKLOADS_CAUSE_H

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Causes: X(enumerator's end, name, what it says in a sentence). */
#define CAUSE_TABLE(X)                                                    \
	X(PURGE, "purge", "the allocator gave pages back")                \
	X(MEMORY_CALL, "memory-call",                                     \
	    "the thread asked the kernel for memory, or gave some back")  \
	X(FAULT, "fault", "page faults")                                  \
	X(SWITCH, "switch",                                               \
	    "the kernel ran something else (involuntary "                 \
	    "switch)")                                                    \
	X(SLEEP, "sleep", "the thread slept inside the allocator's call") \
	X(WAIT, "wait", "the thread waited outside of allocator calls")   \
	X(FILL, "fill", "the thread cache was refilled")                  \
	X(FLUSH, "flush", "the thread cache was flushed")                 \
	X(CALL, "call", "slow without any of these, in the call itself")  \
	X(WORK, "work", "the request's own work")                         \
	X(MACHINE, "machine",                                             \
	    "a stall: nothing ran in the process, so it was the machine") \
	X(ARRIVALS, "arrivals", "many requests at once, none of them slow")

typedef enum cause_e {
#define X(end, name, says) CAUSE_##end,
	CAUSE_TABLE(X)
#undef X
	    CAUSES
} cause_t;

/* What ran: bits of a set. The same names as in the table of causes. */
#define CAUSE_FLAGS                                                           \
	((1u << CAUSE_PURGE) | (1u << CAUSE_MEMORY_CALL) |                    \
	    (1u << CAUSE_FAULT) | (1u << CAUSE_SWITCH) | (1u << CAUSE_WAIT) | \
	    (1u << CAUSE_FILL) | (1u << CAUSE_FLUSH))

/* What events cost on this machine, ns. */
typedef struct cause_costs_s cause_costs_t;
struct cause_costs_s {
	double fault;       /* a minor fault of a fresh page */
	double page;        /* giving back a page that is in use */
	double memory_call; /* a system call for memory, beside its pages */
};

/* One stretch of time and what happened in it. */
typedef struct cause_look_s cause_look_t;
struct cause_look_s {
	uint64_t ns;
	uint64_t call_ns; /* of them, the slowest call of the allocator */
	snapshot_t seen;  /* what was counted in it */
};

/* The name in records, and what it says; "?" for a number that is none. */
const char *cause_name(unsigned cause);
const char *cause_says(unsigned cause);

/* The cause of that name, or CAUSES. */
cause_t cause_lookup(const char *name);

/* What ran, a set of 1u << cause; only bits of CAUSE_FLAGS. */
unsigned cause_flags(const snapshot_t *seen);

/* Exactly one cause of a stretch that took longer than usual; never
 * CAUSE_MACHINE or CAUSE_ARRIVALS. */
cause_t cause_of(const cause_look_t *look, const cause_costs_t *costs);

/*
 * The cause of waiting in a queue. excess: by cause, what those before took
 * longer than usual, since the queue was last empty, ns. They are to blame
 * when that is at least half of the wait; else it is CAUSE_ARRIVALS.
 */
cause_t cause_of_queue(uint64_t wait_ns, const uint64_t excess[CAUSES]);

#endif
