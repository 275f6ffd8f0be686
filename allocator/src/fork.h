/*
 * fork: all locks are taken before, in order of rank, and released after; the
 * child makes them anew.
 */
#ifndef EBB_FORK_H
#define EBB_FORK_H

void malloc_prefork(void);
void malloc_postfork_parent(void);
void malloc_postfork_child(void);

#endif /* EBB_FORK_H */
