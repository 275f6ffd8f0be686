/*
 * Tuning the system for a while: settings that are set and always set back.
 *
 * Before the first is set, all are written to a journal, with the values of
 * before: whatever happens to the process that set them, the next one finds
 * the journal and sets them back (/run is empty after a reboot, and so are
 * these settings). Order of use: tune_owner(), tune_find(), tune_set(),
 * tune_undo().
 */
#ifndef EBB_HARNESS_TUNE_H
#define EBB_HARNESS_TUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "fault.h"
#include "text.h"

/* Below the root of sysfile.h. */
#define TUNE_JOURNAL "/run/ebb-tune.json"

typedef struct setting_s setting_t;
struct setting_s {
	char *path;   /* of the file, for sysfile.h */
	char *before; /* its value */
	char *want;
	bool set; /* it was set to want */
};

typedef struct tune_s tune_t;
struct tune_s {
	setting_t *v;
	size_t n;
	words_t refused; /* what cannot be set, and why, a sentence each */
};

/*
 * Finds what is to be set: governor performance, turbo off, address
 * randomization full, kernel.perf_event_paranoid at most 1, automatic moving
 * of pages between nodes off; huge pages to thp (NULL: as they are). What is
 * so already, or not there, is left out. Errors: thp is no value of the kernel.
 */
bool tune_find(tune_t *tune, const char *thp, fault_t *fault);
void tune_release(tune_t *tune);

/*
 * Writes the journal, then sets everything. What the kernel refuses is added
 * to refused. Errors: the journal cannot be written; nothing is set.
 */
bool tune_set(tune_t *tune, fault_t *fault);

/* Only the first n of it are set; for tests of what a kill leaves. */
bool tune_set_some(tune_t *tune, size_t n, fault_t *fault);

/* Who set what the journal states. */
typedef enum tune_owner_e {
	TUNE_NOBODY, /* there is no journal */
	TUNE_GONE,   /* a process that has ended without setting back */
	TUNE_RUNNING /* one that still runs */
} tune_owner_t;

/* *pid: of the process; 0 when there is none. */
tune_owner_t tune_owner(pid_t *pid);

/*
 * Sets back what the journal states, the last first, reads it back, and
 * removes the journal. done gets a sentence for each setting: what was set
 * back, and what was left since somebody else has set it meanwhile.
 * Errors: something cannot be set back; the journal stays. No journal: nothing
 * is done.
 */
bool tune_undo(words_t *done, fault_t *fault);

#endif
