/*
 * Steady state: whether a process worked at one rate, and if not, how it
 * changed (Barrett, Bolz-Tereick, Killick, Mount and Tratt, Virtual Machine
 * Warmup Blows Hot and Cold, OOPSLA 2017). A warm-up that is assumed instead
 * of seen is one of the ways in which a benchmark lies; that a process has no
 * steady state is a result.
 *
 * The rates of a process are split at change points by PELT (Killick, Fearnhead
 * and Eckley, Optimal Detection of Changepoints with a Linear Computational
 * Cost, JASA 107, 2012), whose cost is the squared distance from a segment's
 * mean in units of the noise. Segments whose means are alike count as one.
 *
 * Pure functions of arrays.
 */
#ifndef EBB_HARNESS_STEADY_H
#define EBB_HARNESS_STEADY_H

#include <stdbool.h>
#include <stddef.h>

typedef enum steady_kind_e {
	STEADY_FLAT,     /* one rate */
	STEADY_WARM_UP,  /* the last rate is the greatest, and lasts */
	STEADY_SLOWDOWN, /* the last rate is not the greatest, and lasts */
	STEADY_NONE,     /* still changing in the last part of the window */
	STEADY_SHORT,    /* too few readings to say */
	STEADY_KINDS
} steady_kind_t;

/* "flat", "warm-up", "slowdown", "no steady state", "too short to say". */
extern const char *const steady_names[STEADY_KINDS];

/* Fewer rates are too few to say anything. */
#define STEADY_RATES_LEAST 12
/* Means that differ by less are alike. */
#define STEADY_ALIKE 0.03
/* A rate lasts when it fills this part of the window, the last one. */
#define STEADY_LASTS 0.25

typedef struct steady_s steady_t;
struct steady_s {
	steady_kind_t kind;
	size_t segments; /* whose rates are not alike; 0 when too short */
	double begins;   /* of the last segment: part of the window before it */
	double rates[2]; /* means of the first segment and of the last */
};

/*
 * Classifies the rates of a window, one for each of n equal spans of time.
 */
steady_t steady_classify(const double *rates, size_t n);

/*
 * The rates of a counter that was read at times t_s (ascending, n readings).
 * The rate of a span is a median of rates between neighbouring readings, so
 * that a stall of one reading is none of the process's: with enough readings,
 * of the three or more within the span, at most `most` spans; with fewer, each
 * rate and its two neighbours. rates has room for `most`, which is at least
 * 3 * STEADY_RATES_LEAST. Returns the number of rates; 0 when there are too
 * few readings.
 */
size_t steady_rates(const double *t_s, const double *counter, size_t n,
    double *rates, size_t most);

/*
 * Change points of x: ends[i] is the index behind segment i, the last is n.
 * ends has room for n. Returns the number of segments.
 */
size_t steady_segments(const double *x, size_t n, size_t *ends);

#endif
