/*
 * Statistics as text or JSON, from what mallctl tells.
 */
#ifndef EBB_STATS_H
#define EBB_STATS_H

#include <stdbool.h>

extern bool opt_stats_print; /* print when the program ends */

/*
 * Renews the snapshot (`epoch`) and prints it. No lock may be held; nothing is
 * allocated, and errno survives.
 *
 * write_cb: gets NUL-terminated pieces of text; NULL: malloc_message.
 * opts: NULL, or letters: J prints JSON; the others leave parts out:
 *   g  version, build and options     b  small classes
 *   m  all arenas merged              l  large classes
 *   a  arenas one by one              h  huge classes
 * Other letters mean nothing.
 */
void stats_print(void (*write_cb)(void *opaque, const char *text), void *opaque,
    const char *opts);

/* For atexit: stats_print with malloc_message and everything in it. */
void stats_print_atexit(void);

#endif /* EBB_STATS_H */
