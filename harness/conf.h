/*
 * A configuration: the options of an allocator as in MALLOC_CONF,
 * "key:value,key:value".
 */
#ifndef EBB_HARNESS_CONF_H
#define EBB_HARNESS_CONF_H

#include <jansson.h>
#include <stdbool.h>

#include "fault.h"

/*
 * Checks the form: every part is key:value, keys of letters, digits and
 * underscores. Errors: the part that is not, named.
 */
bool conf_check(const char *conf, fault_t *fault);

/*
 * The options of base with those of over on top: a key of over replaces the
 * same key of base, and those that set the same thing by another name (see
 * the table in conf.c). Both are of good form. The caller frees the string.
 */
char *conf_merge(const char *base, const char *over);

/* The value of a key in conf (of good form), the last one that is there; NULL
 * when none is. The caller frees it. */
char *conf_value(const char *conf, const char *key);

/*
 * Compares each option of conf (of good form) with what the allocator read
 * back: an object of values by key. Returns false when each is equal.
 * Errors: the options that differ or that are not there, named.
 */
bool conf_compare(const char *conf, const json_t *read_back, fault_t *fault);

/* True when the text, as an option's value, means the value read back. */
bool conf_value_equal(const char *text, const json_t *value);

#endif
