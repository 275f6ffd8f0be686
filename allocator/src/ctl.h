/*
 * mallctl: the allocator's state under names. The names are data
 * (ctl_tree.c); this module looks them up.
 *
 * A name has components between dots. A MIB is the same path as numbers: the
 * place of a name among its siblings, or an index as itself.
 *
 * Statistics are a snapshot of all arenas. It is taken when it is first
 * needed, and renewed by writing to `epoch` alone.
 */
#ifndef EBB_CTL_H
#define EBB_CTL_H

#include <stdbool.h>
#include <stddef.h>

#include "ebb/ebb.h"

/* mallctl("version"): release, revisions since, commit (0: not known). */
#define EBB_VERSION JEMALLOC_VERSION "-0-g0000000"

/* Components of the longest name. */
#define CTL_MAX_DEPTH 7
/* Index that stands for all arenas, as does the number of arenas. */
#define CTL_ARENAS_ALL 4096u

/*
 * Reads and writes one value. The old value goes to oldp if both oldp and
 * oldlenp are given; a new one of newlen bytes is taken from newp unless that
 * is NULL. No lock may be held.
 *
 * Result: 0, or
 *   ENOENT  no such name or index, or not a whole name
 *   EPERM   the value cannot be read, or not be written
 *   EINVAL  wrong length; as much of the old value as fits was copied, and
 *           *oldlenp says how much that is
 *   EAGAIN  no memory
 *   EFAULT  the new value is out of range, or refused
 */
int ctl_byname(
    const char *name, void *oldp, size_t *oldlenp, void *newp, size_t newlen);
int ctl_bymib(const size_t *mib, size_t miblen, void *oldp, size_t *oldlenp,
    void *newp, size_t newlen);

/*
 * Translates a whole name into a MIB. *miblenp: in, the room at mibp; out, the
 * components written, which are the first ones if there is not room for all.
 * Result: 0 or ENOENT (EAGAIN: no memory for the first snapshot).
 */
int ctl_nametomib(const char *name, size_t *mibp, size_t *miblenp);

/* Once. true: it cannot be used. */
bool ctl_boot(void);

/* Around fork: ctl_mtx, which ranks before all locks of the arenas. */
void ctl_prefork(void);
void ctl_postfork_parent(void);
void ctl_postfork_child(void);

#endif /* EBB_CTL_H */
