/*
 * The grid of purge settings and swings that `ebb simulate` computes and
 * `ebb sweep` measures, and the options that it is chosen with.
 */
#ifndef EBB_HARNESS_GRID_H
#define EBB_HARNESS_GRID_H

#include <argp.h>
#include <stdbool.h>

#include "numbers.h"
#include "purge_model.h"

typedef struct grid_s grid_t;
struct grid_s {
	numbers_t f, periods_s; /* empty: as grid_fill() chooses */
	numbers_t m, decays_s;
	double duty, base_bytes;
};

/* The options --f, --T, --m, --decay-time, --duty and --base, as an argp
 * child; its input is a grid_t from grid_init(). */
extern const struct argp grid_argp;

/* What is the same wherever it is not said otherwise. grid_release() after. */
void grid_init(grid_t *grid);
void grid_release(grid_t *grid);

/* True when a list was given. */
bool grid_is_chosen(const grid_t *grid);

/* Adds the defaults of m and decay time. */
void grid_fill_knobs(grid_t *grid);

/*
 * Adds default values of f and T where none are given: those where the two
 * policies change what they do. f is placed around the onset of ratio purging
 * with the first m, T around the first decay time.
 */
void grid_fill_points(grid_t *grid);

/* "lg_dirty_mult:3" or "decay_time:0.5"; the caller frees it. */
char *setting_name(const setting_t *setting);

/* The closed form's share for a swing; the swing's pages are rounded to
 * blocks, and so is the answer for it. */
double setting_predict(const setting_t *setting, const swing_t *swing);

#endif
