/*
 * Which folders are the runs of a history, in order of time.
 */
#ifndef EBB_HARNESS_HISTORY_FIND_H
#define EBB_HARNESS_HISTORY_FIND_H

#include "history.h"

/*
 * Fills history->runs, oldest first, the run to judge last; nothing of them
 * is read but when they were planned. Each folder counts once, by whatever
 * names it is reached. Errors: as history_read().
 */
bool
history_find(history_t *history, const history_wish_t *wish, fault_t *fault);

/* Drops run i, which is left out for that reason. */
void history_drop(history_t *history, size_t i, const char *reason, ...)
    __attribute__((format(printf, 3, 4)));

#endif
