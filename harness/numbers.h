/*
 * Numbers as options take them: lists, ranges, sizes.
 */
#ifndef EBB_HARNESS_NUMBERS_H
#define EBB_HARNESS_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

typedef struct numbers_s numbers_t;
struct numbers_s {
	double *v;
	size_t n;
};

void numbers_add(numbers_t *numbers, double value);

/*
 * Reads "0.1,0.2" or "0.1:0.5:0.1" (from, to, step), or both mixed, behind
 * what is there. Errors: a part is no number, or not from lo to hi.
 */
bool numbers_parse(
    numbers_t *numbers, const char *text, double lo, double hi, fault_t *fault);

void numbers_release(numbers_t *numbers);

/* Reads bytes: "512M", "64k", "1G", "4096". Errors: it is none, or 0. */
bool numbers_bytes(double *bytes, const char *text, fault_t *fault);

/* Reads seconds: "90", "90s", "5m", "1.5h". Errors: it is none, or 0. */
bool numbers_seconds(double *seconds, const char *text, fault_t *fault);

#endif
