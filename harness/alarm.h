/*
 * The gate's judgement of a history: what changed, where, and whether that is
 * an alarm.
 *
 * Two fifths of the rate go to change points that lasted (change.h), a fifth
 * to the newest run alone (newest.h), so that the rate is that of any false
 * alarm of the whole gate. The rest is kept for what is only nearly true: that
 * the values of runs are normal, and that a run does not resemble the one
 * before it. A change that is no larger than what two equal arms differ by on
 * this machine is found but is no alarm.
 *
 * Pure.
 */
#ifndef EBB_HARNESS_ALARM_H
#define EBB_HARNESS_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change.h"
#include "stats.h"

typedef struct alarm_rule_s alarm_rule_t;
struct alarm_rule_s {
	double rate;       /* of any false alarm, e.g. 0.05 */
	double confidence; /* of the intervals, e.g. 0.95 */
	unsigned orders;   /* permutations of the runs */
	uint64_t seed;
};

/* 5 %, 95 %, 999 orders. */
extern const alarm_rule_t alarm_rule_default;

/* What is known of a series beside its values. */
typedef struct alarm_noise_s alarm_noise_t;
struct alarm_noise_s {
	double floor;  /* two equal arms differ by up to so much; 0: unknown */
	double inside; /* standard error of a run's value, from inside of the
			* runs; 0: unknown */
};

typedef struct alarm_s alarm_t;
struct alarm_s {
	size_t series;
	size_t run;   /* the first with the new level */
	bool lone;    /* the newest run alone */
	bool noise;   /* not above the floor: no alarm */
	bool unusual; /* of a lone one: more than anything before; else it is
		       * no alarm, but worth another run */
	double p;     /* corrected over all series */
	size_t before, after;   /* runs of the level left and of the new one */
	stats_interval_t shift; /* from the one to the other */
};

/* True when it counts as an alarm. */
bool alarm_counts(const alarm_t *alarm);

/*
 * Judges a history; noise[s] is that of series s. Returns how many changes are
 * in *alarms, sorted by series and run; the caller frees it. *judged: the
 * series whose newest value could be judged.
 */
size_t alarm_find(const change_history_t *history, const alarm_noise_t *noise,
    const alarm_rule_t *rule, alarm_t **alarms, size_t *judged);

/* Runs that a history needs, the newest included, to be judged at this rate. */
size_t alarm_least_runs(double rate);

#endif
