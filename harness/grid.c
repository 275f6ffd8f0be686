#include "grid.h"

#include <math.h>

#include "predict.h"
#include "text.h"

enum { KEY_F = 512, KEY_PERIOD, KEY_M, KEY_DECAY, KEY_DUTY, KEY_BASE };

/* In units of the onset of ratio purging: twice and half of it, and 5 % to
 * either side, where it must have begun or not. */
static const double f_onsets[] = {0.5, 0.95, 1.05, 2, 4};
/* In units of the decay time. At duty 1/2 purging begins above 0.5 and is
 * complete at 2. */
static const double period_decays[] = {0.25, 0.5, 0.75, 1, 1.5, 2};

#define M_DEFAULT 3
#define DECAY_DEFAULT_S 0.5
#define DUTY_DEFAULT 0.5
#define BASE_DEFAULT (64.0 * 1048576)

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "The grid. A list is 0.1,0.2 or FROM:TO:STEP.", 1},
    {"f", KEY_F, "LIST", 0,
	"share of the heap that swings (0.5 to 4 times the onset of ratio "
	"purging, 1/(2^m+1))",
	1},
    {"T", KEY_PERIOD, "LIST", 0,
	"length of a cycle in seconds (0.25 to 2 decay times)", 1},
    {"m", KEY_M, "LIST", 0, "lg_dirty_mult of the arms with ratio (3)", 1},
    {"decay-time", KEY_DECAY, "LIST", 0,
	"seconds, of the arms with decay (0.5)", 1},
    {"duty", KEY_DUTY, "X", 0, "share of a cycle in which all is in use (0.5)",
	1},
    {"base", KEY_BASE, "SIZE", 0, "bytes that stay (64M)", 1},
    {0},
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	grid_t *grid = state->input;
	const struct {
		const char *name;
		int key;
		numbers_t *numbers;
		double lo, hi;
	} lists[] = {
	    {"f", KEY_F, &grid->f, 0.001, 0.95},
	    {"T", KEY_PERIOD, &grid->periods_s, 0.02, 3600},
	    {"m", KEY_M, &grid->m, 0, 30},
	    {"decay-time", KEY_DECAY, &grid->decays_s, 0.05, 3600},
	};
	fault_t fault;
	for (size_t i = 0; i < COUNT(lists); i++) {
		if (lists[i].key != key)
			continue;
		if (numbers_parse(lists[i].numbers, argument, lists[i].lo,
			lists[i].hi, &fault))
			argp_error(
			    state, "--%s: %s", lists[i].name, fault.text);
		for (size_t k = 0; key == KEY_M && k < grid->m.n; k++)
			if (grid->m.v[k] != floor(grid->m.v[k]))
				argp_error(state, "--m: '%g' is not whole",
				    grid->m.v[k]);
		return 0;
	}
	numbers_t duty = {0};
	switch (key) {
	case KEY_DUTY:
		if (numbers_parse(&duty, argument, 0.05, 0.95, &fault))
			argp_error(state, "--duty: %s", fault.text);
		grid->duty = duty.v[0];
		numbers_release(&duty);
		return 0;
	case KEY_BASE:
		if (numbers_bytes(&grid->base_bytes, argument, &fault))
			argp_error(state, "--base: %s", fault.text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp grid_argp = {.options = options, .parser = parse};

void
grid_init(grid_t *grid)
{
	*grid = (grid_t){.duty = DUTY_DEFAULT, .base_bytes = BASE_DEFAULT};
}

void
grid_release(grid_t *grid)
{
	numbers_release(&grid->f);
	numbers_release(&grid->periods_s);
	numbers_release(&grid->m);
	numbers_release(&grid->decays_s);
}

bool
grid_is_chosen(const grid_t *grid)
{
	return grid->f.n + grid->periods_s.n + grid->m.n + grid->decays_s.n > 0;
}

void
grid_fill_knobs(grid_t *grid)
{
	if (grid->m.n == 0)
		numbers_add(&grid->m, M_DEFAULT);
	if (grid->decays_s.n == 0)
		numbers_add(&grid->decays_s, DECAY_DEFAULT_S);
}

void
grid_fill_points(grid_t *grid)
{
	grid_fill_knobs(grid);
	double onset = predict_ratio_onset((int)grid->m.v[0]);
	bool own = grid->f.n == 0;
	for (size_t i = 0; own && i < COUNT(f_onsets); i++)
		if (f_onsets[i] * onset < 0.9)
			numbers_add(
			    &grid->f, round(f_onsets[i] * onset * 1e4) / 1e4);
	own = grid->periods_s.n == 0;
	for (size_t i = 0; own && i < COUNT(period_decays); i++)
		numbers_add(
		    &grid->periods_s, period_decays[i] * grid->decays_s.v[0]);
}

char *
setting_name(const setting_t *setting)
{
	if (setting->policy == PURGE_BY_RATIO)
		return text_format("lg_dirty_mult:%d", setting->lg_dirty_mult);
	return text_format("decay_time:%g", setting->decay_s);
}

double
setting_predict(const setting_t *setting, const swing_t *swing)
{
	if (setting->policy == PURGE_BY_DECAY)
		return predict_decay_share(
		    swing->period_s, swing->duty, setting->decay_s);
	return predict_ratio_pages((double)swing->base_pages,
	    (double)swing->transient_pages, setting->lg_dirty_mult,
	    (double)setting->floor_pages);
}
