#include "purge_model.h"

#include <math.h>
#include <stdlib.h>

#include "predict.h"
#include "text.h"

#define EPOCHS 200
#define BLOCK_BYTES 65536.0

const char *const purge_policy_names[PURGE_POLICIES] = {"ratio", "decay"};

/* -------------------------------------------------------------- scripts -- */

void
swing_size(swing_t *swing, double base_bytes, double f)
{
	int64_t base = (int64_t)(base_bytes / BLOCK_BYTES);
	int64_t transient = llround((double)base * f / (1 - f));
	swing->base_pages = base * MODEL_BLOCK_PAGES;
	swing->transient_pages = transient * MODEL_BLOCK_PAGES;
}

unsigned
swing_warmup(const swing_t *swing, const setting_t *setting)
{
	bool remembers =
	    setting->policy == PURGE_BY_DECAY && setting->decay_s > 0;
	double cycles = remembers ? setting->decay_s / swing->period_s : 0;
	return 1 + (unsigned)ceil(cycles);
}

static void
script_add(script_t *script, double t_s, event_kind_t kind, int64_t pages)
{
	script->v = reallocarray(script->v, script->n + 1, sizeof(*script->v));
	if (script->v == NULL)
		abort();
	script->v[script->n++] = (event_t){t_s, kind, pages};
}

static void
script_init(script_t *script, int64_t base_pages, int64_t transient_pages)
{
	*script = (script_t){.tick_s = MODEL_TICK_S,
	    .jitter = MODEL_JITTER,
	    .block_pages = MODEL_BLOCK_PAGES};
	script_add(script, 0, EVENT_ALLOC, base_pages + transient_pages);
}

void
script_oscillate(script_t *script, const swing_t *swing)
{
	double trough = swing->period_s * (1 - swing->duty);
	script_init(script, swing->base_pages, swing->transient_pages);
	for (unsigned c = 0; c < swing->cycles; c++) {
		double begin = c * swing->period_s;
		script_add(script, begin, EVENT_CYCLE, 0);
		script_add(script, begin, EVENT_FREE, swing->transient_pages);
		script_add(script, begin + trough, EVENT_ALLOC,
		    swing->transient_pages);
	}
	script_add(script, swing->cycles * swing->period_s, EVENT_END, 0);
}

void
script_step_down(
    script_t *script, int64_t base_pages, int64_t amount_pages, double watch_s)
{
	script_init(script, base_pages, amount_pages);
	script_add(script, 0, EVENT_CYCLE, 0);
	script_add(script, 0, EVENT_FREE, amount_pages);
	script_add(script, watch_s, EVENT_END, 0);
}

void
script_release(script_t *script)
{
	free(script->v);
	*script = (script_t){0};
}

/* ---------------------------------------------------------------- arena -- */

typedef struct arena_s arena_t;
struct arena_s {
	const setting_t *setting;
	int64_t block_pages;
	int64_t nactive, ndirty, purged;
	unsigned passes;

	/* Of decay. */
	int64_t epoch_ns;      /* length of one */
	int64_t late_ns;       /* a look comes so long after the end of one */
	int64_t epoch;         /* the current one began at epoch * epoch_ns */
	int64_t noted;         /* dirty pages at the last look */
	int64_t batch[EPOCHS]; /* pages that became dirty, by epoch % EPOCHS */
};

static void
arena_init(arena_t *arena, const setting_t *setting, const script_t *script)
{
	*arena = (arena_t){
	    .setting = setting,
	    .block_pages = script->block_pages,
	};
	double epoch_s = setting->decay_s / EPOCHS;
	if (setting->policy == PURGE_BY_DECAY && epoch_s > 0) {
		arena->epoch_ns = llround(epoch_s * 1e9);
		arena->late_ns = llround(epoch_s * 1e9 * script->jitter);
	}
}

/* Gives back n blocks. */
static void
arena_purge(arena_t *arena, int64_t n)
{
	int64_t pages = n * arena->block_pages;
	if (pages > arena->ndirty)
		pages = arena->ndirty;
	arena->ndirty -= pages;
	arena->purged += pages;
	arena->passes += pages > 0;
}

/* As little as reaches the limit. */
static void
ratio_look(arena_t *arena)
{
	const setting_t *setting = arena->setting;
	if (setting->lg_dirty_mult < 0)
		return;
	int64_t limit = setting->lg_dirty_mult < 63
			    ? arena->nactive >> setting->lg_dirty_mult
			    : 0;
	if (limit < setting->floor_pages)
		limit = setting->floor_pages;
	int64_t excess = arena->ndirty - limit;
	if (excess > 0)
		arena_purge(arena,
		    (excess + arena->block_pages - 1) / arena->block_pages);
}

/* Pages that may stay at the beginning of the current epoch. */
static int64_t
decay_limit(const arena_t *arena)
{
	double limit = 0;
	for (int64_t age = 0; age < EPOCHS && age < arena->epoch; age++)
		limit +=
		    (double)arena->batch[(arena->epoch - 1 - age) % EPOCHS] *
		    predict_decay_left((double)age / EPOCHS);
	return (int64_t)limit;
}

/* Ends the epochs that are over at now_ns. What became dirty since the last
 * look did so in the first of them, as every release looks before it. */
static void
decay_advance(arena_t *arena, int64_t now_ns)
{
	int64_t now = now_ns / arena->epoch_ns;
	int64_t fresh = arena->ndirty - arena->noted;
	if (fresh > 0)
		arena->batch[arena->epoch % EPOCHS] += fresh;
	for (int64_t i = 1; i <= now - arena->epoch && i <= EPOCHS; i++)
		arena->batch[(arena->epoch + i) % EPOCHS] = 0;
	arena->epoch = now;
}

/* As much as does not go below the limit. */
static void
decay_look(arena_t *arena, int64_t now_ns)
{
	if (arena->setting->decay_s < 0)
		return;
	int64_t limit = 0;
	if (arena->setting->decay_s > 0) {
		if (now_ns <
		    (arena->epoch + 1) * arena->epoch_ns + arena->late_ns)
			return;
		decay_advance(arena, now_ns);
		limit = decay_limit(arena);
	}
	if (arena->ndirty > limit)
		arena_purge(
		    arena, (arena->ndirty - limit) / arena->block_pages);
	arena->noted = arena->ndirty;
}

static void
arena_look(arena_t *arena, int64_t now_ns)
{
	if (arena->setting->policy == PURGE_BY_RATIO)
		ratio_look(arena);
	else
		decay_look(arena, now_ns);
}

static void
arena_alloc(arena_t *arena, int64_t pages)
{
	arena->nactive += pages;
	arena->ndirty -= pages < arena->ndirty ? pages : arena->ndirty;
}

static void
arena_free(arena_t *arena, int64_t now_ns, int64_t pages)
{
	arena_look(arena, now_ns);
	while (pages > 0) {
		int64_t block =
		    pages < arena->block_pages ? pages : arena->block_pages;
		arena->nactive -= block;
		arena->ndirty += block;
		pages -= block;
		arena_look(arena, now_ns);
	}
}

/* -------------------------------------------------------------- observer -- */

/* What is seen of the arena while the script is played. */
typedef struct watch_s watch_t;
struct watch_s {
	model_result_t *result;
	arena_t arena;
	int64_t now_ns;
	int64_t purged_before; /* at the beginning of the cycle */
	unsigned passes_before;
};

static model_cycle_t *
watch_cycle(watch_t *watch)
{
	model_result_t *result = watch->result;
	return result->ncycles == 0 ? NULL
				    : &result->cycles[result->ncycles - 1];
}

/* Notes the dirty pages when they changed. */
static void
watch_note(watch_t *watch)
{
	model_result_t *result = watch->result;
	model_cycle_t *cycle = watch_cycle(watch);
	int64_t ndirty = watch->arena.ndirty;
	if (cycle != NULL && ndirty > cycle->peak_dirty)
		cycle->peak_dirty = ndirty;
	if (result->npoints > 0 &&
	    result->points[result->npoints - 1].ndirty == ndirty)
		return;
	result->points = reallocarray(
	    result->points, result->npoints + 1, sizeof(*result->points));
	if (result->points == NULL)
		abort();
	result->points[result->npoints++] =
	    (model_point_t){(double)watch->now_ns / 1e9, ndirty};
}

/* The clock moves; dirty pages are summed over time. */
static void
watch_move(watch_t *watch, int64_t t_ns)
{
	model_cycle_t *cycle = watch_cycle(watch);
	if (cycle != NULL)
		cycle->mean_dirty += (double)watch->arena.ndirty *
				     (double)(t_ns - watch->now_ns) / 1e9;
	watch->now_ns = t_ns;
}

/* Ends the cycle that runs, if one does. */
static void
watch_close(watch_t *watch)
{
	model_cycle_t *cycle = watch_cycle(watch);
	if (cycle == NULL)
		return;
	cycle->end_s = (double)watch->now_ns / 1e9;
	cycle->purged = watch->arena.purged - watch->purged_before;
	cycle->passes = watch->arena.passes - watch->passes_before;
	if (cycle->end_s > cycle->begin_s)
		cycle->mean_dirty /= cycle->end_s - cycle->begin_s;
}

static void
watch_open(watch_t *watch)
{
	model_result_t *result = watch->result;
	watch_close(watch);
	result->cycles = reallocarray(
	    result->cycles, result->ncycles + 1, sizeof(*result->cycles));
	if (result->cycles == NULL)
		abort();
	result->cycles[result->ncycles++] =
	    (model_cycle_t){.begin_s = (double)watch->now_ns / 1e9,
		.peak_dirty = watch->arena.ndirty};
	watch->purged_before = watch->arena.purged;
	watch->passes_before = watch->arena.passes;
}

/* ------------------------------------------------------------------ play -- */

/* Ticks up to t_ns; they are counted from the event before. */
static void
play_wait(watch_t *watch, int64_t t_ns, int64_t tick_ns)
{
	while (tick_ns > 0 && watch->now_ns + tick_ns < t_ns) {
		watch_move(watch, watch->now_ns + tick_ns);
		arena_look(&watch->arena, watch->now_ns);
		watch_note(watch);
	}
	watch_move(watch, t_ns);
}

static void
play_event(watch_t *watch, const event_t *event)
{
	switch (event->kind) {
	case EVENT_ALLOC:
		arena_alloc(&watch->arena, event->pages);
		break;
	case EVENT_FREE:
		arena_free(&watch->arena, watch->now_ns, event->pages);
		if (watch_cycle(watch) != NULL)
			watch_cycle(watch)->freed += event->pages;
		break;
	case EVENT_CYCLE:
		watch_open(watch);
		break;
	case EVENT_END:
		watch_close(watch);
		break;
	}
	watch_note(watch);
}

void
model_run(
    model_result_t *result, const setting_t *setting, const script_t *script)
{
	watch_t watch = {.result = result};
	const int64_t tick_ns = llround(script->tick_s * 1e9);
	*result = (model_result_t){0};
	arena_init(&watch.arena, setting, script);
	for (size_t i = 0; i < script->n; i++) {
		int64_t t_ns = llround(script->v[i].t_s * 1e9);
		if (t_ns > watch.now_ns)
			play_wait(&watch, t_ns, tick_ns);
		play_event(&watch, &script->v[i]);
	}
}

void
model_result_release(model_result_t *result)
{
	free(result->cycles);
	free(result->points);
	*result = (model_result_t){0};
}

model_steady_t
model_steady(const model_result_t *result, size_t first)
{
	model_steady_t steady = {0};
	double freed = 0, purged = 0, seconds = 0;
	for (size_t c = first; c < result->ncycles; c++) {
		const model_cycle_t *cycle = &result->cycles[c];
		double length = cycle->end_s - cycle->begin_s;
		freed += (double)cycle->freed;
		purged += (double)cycle->purged;
		steady.passes +=
		    cycle->passes / (double)(result->ncycles - first);
		seconds += length;
		steady.mean_dirty += cycle->mean_dirty * length;
		if (cycle->peak_dirty > steady.peak_dirty)
			steady.peak_dirty = cycle->peak_dirty;
	}
	steady.share = freed > 0 ? purged / freed : 0;
	steady.mean_dirty = seconds > 0 ? steady.mean_dirty / seconds : 0;
	return steady;
}
