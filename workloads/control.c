/*
 * Control: work whose answer is known before it is measured.
 *
 * A steady heap of blocks that are touched once, and small objects that are
 * replaced in batches of equal work: no system call, no fault and no policy
 * in the window, so that two runs of it differ by nothing but noise. On top of
 * it an effect of a known size can be planted, by this program and not by the
 * allocator: time, spun away after each batch as a share of what the batch
 * took; or pages, kept as a share of what the process has resident. The op
 * stream is the same with and without them. A bench that finds a difference
 * where nothing is planted, or not the planted one, is not to be believed.
 */
#include "mem.h"
#include "op.h"
#include "registry.h"
#include "run.h"
#include "touch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum control_key {
	LIVE = PARAM_OWN,
	SLOTS,
	BATCHES,
	BATCH,
	PLANT_TIME,
	PLANT_PAGES
};

/* Steady blocks are of this size, objects of 16 bytes up to the second. */
#define CONTROL_BLOCK ((size_t)16 << 10)
#define CONTROL_LEAST 16u
#define CONTROL_MOST 512u
/* Batches before the window: caches have settled after the first; whoever reads
 * the resident pages every 5 ms has read the planted ones after the others. */
#define CONTROL_WARMUP 2
#define CONTROL_SETTLE 20

static const param_t control_params[] = {
    {"live", PARAM_BYTES, "32M", 16 << 10, 0, NULL,
	"steady blocks of 16 KiB, bytes"},
    {"slots", PARAM_COUNT, "1000", 1, 1 << 24, NULL,
	"objects of 16 to 512 bytes that are replaced"},
    {"batches", PARAM_COUNT, "120", 1, 0, NULL, "batches in the window"},
    {"batch", PARAM_COUNT, "25000", 1, 0, NULL, "replacements in a batch"},
    {"plant-time", PARAM_REAL, "0", 0, 10, NULL,
	"spun away after a batch, as a share of its time: 0.02 is 2 %"},
    {"plant-pages", PARAM_REAL, "0", 0, 10, NULL,
	"pages kept on top, as a share of what is resident: 0.05 is 5 %"},
    {NULL},
};

static const workload_case_t control_cases[] = {
    {"frozen", "", .more = true},
    {NULL},
};

typedef struct control_object_s control_object_t;
struct control_object_s {
	void *object;
	size_t size;
};

typedef struct control_s control_t;
struct control_s {
	void **block;
	uint64_t nblocks;
	control_object_t *slot;
	uint32_t nslots;
	void *planted;
	uint64_t resident, planted_pages;
	uint64_t worked_ns, spun_ns;
};

static bool
control_prepare(run_t *run)
{
	params_t *p = &run->params;
	uint64_t bytes =
	    params_count(p, LIVE) + params_count(p, SLOTS) * CONTROL_MOST;
	if (!run_scale(run, LIVE, bytes, CONTROL_BLOCK) ||
	    !run_scale(run, SLOTS, bytes, 1))
		return false;
	control_t *c = run->state = run_map(run, 1, sizeof(*c));
	if (c == NULL)
		return false;
	c->nblocks = params_count(p, LIVE) / CONTROL_BLOCK;
	c->nslots = (uint32_t)params_count(p, SLOTS);
	c->block = run_map(run, c->nblocks, sizeof(*c->block));
	c->slot = run_map(run, c->nslots, sizeof(*c->slot));
	return c->block != NULL && c->slot != NULL;
}

static void
control_release(run_t *run)
{
	control_t *c = run->state;
	if (c == NULL)
		return;
	mem_unmap(c->block, c->nblocks, sizeof(*c->block));
	mem_unmap(c->slot, c->nslots, sizeof(*c->slot));
	mem_unmap(c->planted, c->planted_pages, TOUCH_PAGE);
	mem_unmap(c, 1, sizeof(*c));
}

static void
control_fill(thread_t *t, control_t *c)
{
	for (uint64_t i = 0; i < c->nblocks; i++) {
		c->block[i] = op_malloc(t, CONTROL_BLOCK, 0);
		touch_block(c->block[i], CONTROL_BLOCK);
		thread_count(t, CONTROL_BLOCK, 1);
	}
	for (uint32_t i = 0; i < c->nslots; i++) {
		size_t size = CONTROL_LEAST +
			      prng_below(&t->rng, CONTROL_MOST - CONTROL_LEAST);
		c->slot[i] = (control_object_t){op_malloc(t, size, 0), size};
		touch_ends(c->slot[i].object, size);
		thread_count(t, (int64_t)size, 1);
	}
}

static void
control_drain(thread_t *t, control_t *c)
{
	bool check = (t->run->mode & RUN_CHECK) != 0;
	for (uint64_t i = 0; i < c->nblocks; i++) {
		if (check && !touch_block_intact(c->block[i], CONTROL_BLOCK))
			run_damage(t, c->block[i], CONTROL_BLOCK);
		op_free(t, c->block[i], 0);
		thread_count(t, -(int64_t)CONTROL_BLOCK, 1);
	}
	for (uint32_t i = 0; i < c->nslots; i++) {
		control_object_t *s = &c->slot[i];
		if (check && !touch_ends_intact(s->object, s->size))
			run_damage(t, s->object, s->size);
		op_free(t, s->object, 0);
		thread_count(t, -(int64_t)s->size, 1);
	}
}

/* A batch: n objects at random places are replaced. */
OP_BODY void
control_batch(thread_t *t, unsigned mode, const control_t *c, uint64_t n)
{
	control_object_t *slot = c->slot;
	uint32_t nslots = c->nslots;
	prng_t rng = t->rng;
	uint64_t sum = t->sum;
	int64_t bytes = 0;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t bits = prng_next(&rng);
		control_object_t *s =
		    &slot[prng_scale((uint32_t)(bits >> 32), nslots)];
		size_t size = CONTROL_LEAST + prng_scale((uint32_t)bits,
						  CONTROL_MOST - CONTROL_LEAST);
		if ((mode & RUN_CHECK) &&
		    !touch_ends_intact(s->object, s->size))
			run_damage(t, s->object, s->size);
		op_free(t, s->object, mode);
		bytes += (int64_t)size - (int64_t)s->size;
		s->object = op_malloc(t, size, mode);
		s->size = size;
		touch_ends(s->object, size);
		sum = sum * 3 + bits;
	}
	thread_count(t, bytes, 2 * n);
	t->rng = rng;
	t->sum = sum;
}

/* Pages that are resident now; 0 when the kernel does not say. */
static uint64_t
control_resident(void)
{
	char text[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	char *end;
	strtoull(text, &end, 10);
	return strtoull(end, NULL, 10);
}

/*
 * Keeps pages on top of what is resident. They come from the kernel: taken
 * from the allocator they would be a heap of another size to it, and its
 * policy would add what nobody planted.
 */
static bool
control_plant_pages(thread_t *t, control_t *c)
{
	double share = params_real(&t->run->params, PLANT_PAGES);
	c->resident = control_resident();
	c->planted_pages = (uint64_t)(share * (double)c->resident + 0.5);
	if (c->planted_pages > 0)
		c->planted = mem_map(c->planted_pages, TOUCH_PAGE);
	return c->planted_pages == 0 || c->planted != NULL;
}

/*
 * Spins until the time planted so far is its share of the time worked so far:
 * what one spin is late by is taken off the next. from: when the batch began.
 * Returns when it ended, which is when the next one begins.
 */
static uint64_t
control_spin(control_t *c, double share, uint64_t from)
{
	uint64_t begin = ebb_live_clock(), now = begin;
	c->worked_ns += begin - from;
	double due = share * (double)c->worked_ns;
	while ((double)(c->spun_ns + (now - begin)) < due)
		now = ebb_live_clock();
	c->spun_ns += now - begin;
	return now;
}

static void
control_body(thread_t *t)
{
	run_t *run = t->run;
	control_t *c = run->state;
	double share = params_real(&run->params, PLANT_TIME);
	uint64_t batches = params_count(&run->params, BATCHES);
	uint64_t n = params_count(&run->params, BATCH);

	control_fill(t, c);
	run_phase(t, EBB_PHASE_WARMUP, 0);
	for (int i = 0; i < CONTROL_WARMUP; i++)
		OP_DISPATCH(control_batch, t, c, n);
	if (!control_plant_pages(t, c))
		run_fail(t, "cannot plant pages", ENOMEM);
	for (int i = 0; i < CONTROL_SETTLE; i++)
		OP_DISPATCH(control_batch, t, c, n);

	run_phase(t, EBB_PHASE_WORK, 0);
	run_window_begin(t);
	uint64_t now = ebb_live_clock();
	for (uint64_t i = 0; i < batches; i++) {
		OP_DISPATCH(control_batch, t, c, n);
		now = control_spin(c, share, now);
	}
	t->ops = batches * n;
	run_window_end(t);

	run_phase(t, EBB_PHASE_DRAIN, 0);
	control_drain(t, c);
	run_extra(run, "worked_ns", (double)c->worked_ns);
	run_extra(run, "planted_ns", (double)c->spun_ns);
	run_extra(run, "resident_pages", (double)c->resident);
	run_extra(run, "planted_pages", (double)c->planted_pages);
}

const workload_t workload_control = {
    .name = "control",
    .summary = "equal batches on a steady heap; time or pages planted on top",
    .shows = "What the bench itself finds: nothing between two runs of the "
	     "same, and an effect that was planted.",
    .op = "free+malloc replacement",
    .arms = "decay",
    .threads = WORKLOAD_THREADS_ONE,
    .params = control_params,
    .cases = control_cases,
    .smoke = "--batches=150",
    .defaults = "--batches=900",
    .prepare = control_prepare,
    .body = control_body,
    .release = control_release,
};
