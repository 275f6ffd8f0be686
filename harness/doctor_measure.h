/*
 * What is wrong with a machine, by trying: what the clock costs, how much CPU
 * time gets lost, who else is busy, what may be counted.
 */
#ifndef EBB_HARNESS_DOCTOR_MEASURE_H
#define EBB_HARNESS_DOCTOR_MEASURE_H

#include <jansson.h>
#include <stdint.h>

#include "complaint.h"
#include "place.h"

/* What spinning on every CPU for a while showed. */
typedef struct spin_s spin_t;
struct spin_s {
	double seconds;
	unsigned cpus;
	double lost;  /* the greatest share of a CPU's time that went into
		       * gaps of 20 us and more */
	double worst; /* the longest gap, in seconds */
	double steal; /* share of all CPUs' time; NaN: not shown */
};

/* Spins on every CPU this process may use. */
void spin_measure(spin_t *spin, double seconds);

/* One reading of CLOCK_MONOTONIC, in ns: the median of batches. */
double clock_cost_ns(void);

/* Other processes that are busy meanwhile are found by two readings. */
typedef struct busy_s busy_t;
busy_t *busy_begin(void);

/* Adds a complaint about those that used more than a twentieth of a CPU since
 * begin, which is freed. */
void busy_end(busy_t *begin, complaints_t *complaints);

/* Adds what these say. */
void doctor_spin(const spin_t *spin, complaints_t *complaints);
void doctor_clock(double ns, complaints_t *complaints);

/*
 * Adds what may be counted and which programs are there. machine: as of
 * machine.h, its "counters" and "census". Short.
 */
void doctor_tools(const json_t *machine, complaints_t *complaints);

#endif
