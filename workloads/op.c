#include "op.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

void
op_no_memory(size_t size)
{
	char text[128];
	int n = snprintf(text, sizeof(text),
	    "workload: malloc(%zu) returned NULL: lower the sizes or set "
	    "--mem-limit\n",
	    size);
	if (write(STDERR_FILENO, text, (size_t)n) < 0)
		_exit(RUN_FAILED);
	_exit(RUN_FAILED);
}

/*
 * 63 and 65 calls in turn: with a constant even period, a loop that mallocs
 * and frees by turns would only ever have one of them timed.
 */
static void
op_count_down(thread_t *t)
{
	t->countdown = t->odd ? OP_EVERY + 1 : OP_EVERY - 1;
	t->odd = !t->odd;
}

static void
op_timed(thread_t *t, uint64_t begin, uint64_t end)
{
	hist_record(t->hist, end - begin);
	op_count_down(t);
}

/* What the allocator made of a request. */
static void *
op_malloc_usable(thread_t *t, size_t size)
{
	void *block = malloc(size);
	if (block != NULL) {
		t->sampled++;
		t->requested += size;
		t->usable += malloc_usable_size(block);
	}
	op_count_down(t);
	return block;
}

void *
op_malloc_timed(thread_t *t, size_t size)
{
	if (t->run->usable)
		return op_malloc_usable(t, size);
	uint64_t begin = ebb_live_clock();
	void *block = malloc(size);
	uint64_t end = ebb_live_clock();
	op_timed(t, begin, end);
	return block;
}

void
op_free_timed(thread_t *t, void *block)
{
	if (t->run->usable) {
		free(block);
		op_count_down(t);
		return;
	}
	uint64_t begin = ebb_live_clock();
	free(block);
	uint64_t end = ebb_live_clock();
	op_timed(t, begin, end);
}
