/*
 * Progress: one line that is kept up to date on a terminal, or a line every
 * ten seconds elsewhere.
 */
#ifndef EBB_HARNESS_PROGRESS_H
#define EBB_HARNESS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct progress_s progress_t;
struct progress_s {
	FILE *stream;
	bool terminal;
	bool shown;       /* a line stands on the terminal */
	uint64_t last_ns; /* when a line was last printed */
	double expected;  /* seconds, of all that is to be done */
	double done;      /* ... of what is done, as it was expected */
	double taken;     /* seconds that it really took */
};

/* expected: seconds of the whole work. */
void progress_init(progress_t *progress, FILE *stream, double expected);

/* Something that was expected to take so long is done and took so long. */
void progress_add(progress_t *progress, double expected, double taken);

/* The share of the work that is done, 0 to 1, and the seconds left: what is
 * left was expected to take, corrected by how right that was so far. */
double progress_share(const progress_t *progress);
double progress_left(const progress_t *progress);

/* Shows a line, if it is time to. */
void progress_show(progress_t *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes the line from the terminal, so that something else can be printed. */
void progress_clear(progress_t *progress);

/* "1 min 20 s", "43 s", "2 h 5 min" into text. */
void progress_duration(double seconds, char *text, size_t room);

#endif
