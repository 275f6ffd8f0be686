/*
 * Spending the error rate over looks: a comparison that is looked at several
 * times before it ends would find a difference that is not there more often
 * than its error rate says; so every look gets a share of the rate.
 *
 * The shares follow the spending function that resembles Pocock's boundary
 * (Lan & DeMets, Biometrika 70, 1983): alpha * log(1 + (e - 1) * t) is spent
 * when the share t of the data is there. Of the two that are in use it is the
 * one that lets a large effect end a comparison early. The increments are
 * used as levels of separate exact tests; that the looks share data is not
 * made use of, so the whole error stays below alpha (Bonferroni).
 *
 * Pure.
 */
#ifndef EBB_HARNESS_SPENDING_H
#define EBB_HARNESS_SPENDING_H

/* The error that is spent by the time the share t (0 to 1) of the data is
 * there, of alpha in all. */
double spending_total(double alpha, double t);

/* The level of the test when the share `after` of the data is there, and the
 * one before it came at the share `before` (0: it is the first). */
double spending_between(double alpha, double before, double after);

#endif
