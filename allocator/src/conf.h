/*
 * Options: four strings of key:value pairs, each overriding those before it:
 * the variant's own, the program's malloc_conf, what /etc/malloc.conf links
 * to, and MALLOC_CONF in the environment. conf_table.h lists the keys.
 *
 * A pair that cannot be honoured is named, with the reason and where it came
 * from, and skipped; the next pair is read. abort_conf:true turns any such
 * message into an abort once everything is read.
 */
#ifndef EBB_CONF_H
#define EBB_CONF_H

#include <stdbool.h>

#include "compiler.h"

extern bool opt_abort;        /* a warning ends the program */
extern bool opt_abort_conf;   /* so does a bad option */
extern bool opt_confirm_conf; /* say which strings were read */
extern bool opt_xmalloc;      /* out of memory ends the program */

/* Generated for each variant from variants.json. */
extern const char ebb_variant_name[];
extern const char ebb_variant_conf[];

/* Public: a string of the program's own. Weak; NULL if the program has none. */
extern EBB_EXPORT const char *JE(malloc_conf);

/* The symbolic link: /etc/malloc.conf, or what a test puts here. */
extern EBB_HIDDEN const char *conf_link;

/*
 * Once, before the modules that own the options boot. Reads all sources and
 * sets the opt_* variables. Neither allocates nor takes a lock. Messages go
 * through malloc_printf(); with abort_conf a bad option does not return.
 */
void conf_boot(void);

/*
 * One string, as if conf_boot() had found it at `source`, which is only named
 * in messages. Result: how many of its pairs were refused.
 */
unsigned conf_parse(const char *source, const char *text);

#endif /* EBB_CONF_H */
