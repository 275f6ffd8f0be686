#include "tcache_stack.h"

#include "assert.h"
#include "base.h"
#include "bits.h"
#include "mutex.h"

static struct {
	malloc_mutex_t mtx;
	/* Unused stacks of each size, linked by their first slot. */
	void **unused[TCACHE_STACK_LG_MAX + 1];
} stacks = {
    .mtx = MALLOC_MUTEX_INITIALIZER("stacks", WITNESS_RANK_TCACHE_STACK)};

void **
tcache_stack_alloc(unsigned n)
{
	unsigned lg = lg_floor(n);
	assert(n == 1u << lg);
	assert(lg >= TCACHE_STACK_LG_MIN && lg <= TCACHE_STACK_LG_MAX);
	malloc_mutex_lock(&stacks.mtx);
	void **stack = stacks.unused[lg];
	if (stack != NULL)
		stacks.unused[lg] = stack[0];
	malloc_mutex_unlock(&stacks.mtx);
	return stack != NULL ? stack : base_alloc(n * sizeof(void *));
}

void
tcache_stack_dalloc(void **stack, unsigned n)
{
	unsigned lg = lg_floor(n);
	assert(n == 1u << lg);
	assert(lg >= TCACHE_STACK_LG_MIN && lg <= TCACHE_STACK_LG_MAX);
	malloc_mutex_lock(&stacks.mtx);
	stack[0] = stacks.unused[lg];
	stacks.unused[lg] = stack;
	malloc_mutex_unlock(&stacks.mtx);
}

void
tcache_stack_prefork(void)
{
	malloc_mutex_prefork(&stacks.mtx);
}

void
tcache_stack_postfork_parent(void)
{
	malloc_mutex_postfork_parent(&stacks.mtx);
}

void
tcache_stack_postfork_child(void)
{
	malloc_mutex_postfork_child(&stacks.mtx);
}
