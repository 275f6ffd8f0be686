#include "witness.h"

#ifdef EBB_DEBUG

#	include <stdbool.h>
#	include <stddef.h>

#	include "assert.h"

/* What the calling thread holds, in the order of acquisition. */
static __thread struct {
	const witness_t *held[WITNESS_HELD_MAX];
	unsigned nheld;
	/* The highest rank locked for a fork under way. */
	witness_rank_t fork_rank;
} self;

static bool
witness_held(const witness_t *w)
{
	for (unsigned i = 0; i < self.nheld; i++) {
		if (self.held[i] == w)
			return true;
	}
	return false;
}

void
witness_lock_check(const witness_t *w)
{
	if (w->rank == WITNESS_RANK_OMIT)
		return;
	for (unsigned i = 0; i < self.nheld; i++) {
		const witness_t *h = self.held[i];
		if (h->rank >= w->rank)
			safety_check_fail("lock order: %s (rank %u) wanted "
					  "while %s (rank %u) is held",
			    w->name, (unsigned)w->rank, h->name,
			    (unsigned)h->rank);
	}
}

void
witness_lock(const witness_t *w)
{
	if (w->rank == WITNESS_RANK_OMIT)
		return;
	if (self.nheld == WITNESS_HELD_MAX)
		safety_check_fail("lock order: %s is one lock too many for a "
				  "thread, limit %u",
		    w->name, WITNESS_HELD_MAX);
	self.held[self.nheld++] = w;
}

void
witness_unlock(const witness_t *w)
{
	if (w->rank == WITNESS_RANK_OMIT)
		return;
	witness_assert_owner(w);
	unsigned i = self.nheld - 1;
	while (self.held[i] != w)
		i--;
	for (; i + 1 < self.nheld; i++)
		self.held[i] = self.held[i + 1];
	self.nheld--;
}

void
witness_assert_owner(const witness_t *w)
{
	if (w->rank != WITNESS_RANK_OMIT && !witness_held(w))
		safety_check_fail(
		    "lock order: %s is not held by this thread", w->name);
}

void
witness_assert_not_owner(const witness_t *w)
{
	if (witness_held(w))
		safety_check_fail(
		    "lock order: %s is held by this thread", w->name);
}

void
witness_assert_none_from(witness_rank_t rank)
{
	for (unsigned i = 0; i < self.nheld; i++) {
		const witness_t *h = self.held[i];
		if (h->rank >= rank)
			safety_check_fail("lock order: %s (rank %u) is held "
					  "where none from rank %u may be",
			    h->name, (unsigned)h->rank, (unsigned)rank);
	}
}

void
witness_prefork(const witness_t *w)
{
	if (w->rank == WITNESS_RANK_OMIT)
		return;
	witness_lock_check(w);
	if (w->rank < self.fork_rank)
		safety_check_fail("lock order: %s (rank %u) wanted for fork "
				  "after rank %u",
		    w->name, (unsigned)w->rank, (unsigned)self.fork_rank);
	self.fork_rank = w->rank;
}

void
witness_postfork_parent(void)
{
	self.fork_rank = WITNESS_RANK_OMIT;
}

void
witness_postfork_child(void)
{
	self.nheld = 0;
	self.fork_rank = WITNESS_RANK_OMIT;
}

#else

/* ISO C wants a declaration in every file. */
typedef int witness_unused_t;

#endif /* EBB_DEBUG */
