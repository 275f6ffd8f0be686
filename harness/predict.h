/*
 * Predictions: what a purge policy gives back of a heap that swings, in closed
 * form.
 *
 * The heap has a base that stays and transients that are freed, stay free for
 * a while (the trough), and are allocated again; f is the transients' share of
 * all its pages, the period the time from one freeing to the next, and duty the
 * share of the period in which they are live. Pages are dirty from their
 * release until they are used again or given back. One arena, called often.
 */
#ifndef EBB_HARNESS_PREDICT_H
#define EBB_HARNESS_PREDICT_H

/* Dirty pages that an arena may keep under ratio, however few are active: a
 * chunk of 2 MiB in pages of 4 KiB. */
#define PREDICT_FLOOR_PAGES 512.0

/* The f from which on ratio purging acts with lg_dirty_mult:m: there the
 * transients are 1/2^m of the base. */
double predict_ratio_onset(int m);

/* The share of the transients that ratio gives back in a trough: what exceeds
 * 1/2^m of the base. 0 up to the onset. 0 < f < 1. */
double predict_ratio_share(double f, int m);

/* As predict_ratio_share(), of this many pages, with the floor: what exceeds
 * the greater of the two. */
double predict_ratio_pages(
    double base_pages, double transient_pages, int m, double floor_pages);

/* The share of a batch of dirty pages that may stay when it is x decay times
 * old: 1 - x^3 (6 x^2 - 15 x + 10), 1 before and 0 after. */
double predict_decay_left(double x);

/* The share of the transients that decay gives back in a trough, once the
 * cycles have gone on for a decay time. Times in one unit; decay > 0. */
double predict_decay_share(double period, double duty, double decay);

#endif
