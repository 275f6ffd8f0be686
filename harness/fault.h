/*
 * A fault: why something could not be done, in words for the user. Every
 * text names the thing, the cause and, where there is one, the next step.
 *
 * Convention of the harness: a function that may fail returns true on error
 * and fills the fault it was given; it never prints and never exits. Only
 * main.c and the commands print.
 */
#ifndef EBB_HARNESS_FAULT_H
#define EBB_HARNESS_FAULT_H

#include <stdbool.h>

typedef struct fault_s fault_t;
struct fault_s {
	char text[1536]; /* one or more lines, no newline at the end */
	int cause;       /* the errno that it names, or 0 */
};

/*
 * Writes the text, cut when it is too long.
 * Returns true, so that a function can end with `return fault_set(...)`.
 */
bool fault_set(fault_t *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As fault_set, with ": " and errno's text (as of the call) behind. */
bool fault_set_errno(fault_t *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
