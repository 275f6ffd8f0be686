/*
 * A planted fault, for the test of the harness that must find it: a libebb
 * whose ratio purging keeps half of what it should, nactive >> (m + 1) where
 * lg_dirty_mult:m was asked for and reads back. Never in a build that is
 * shipped: SConstruct links it into test/planted/ alone.
 */
#include <sys/types.h>

#include "ebb/ebb.h"

static void __attribute__((constructor)) planted_threshold(void)
{
	ssize_t m;
	size_t size = sizeof(m);
	if (mallctl("opt.lg_dirty_mult", &m, &size, NULL, 0) != 0)
		return;
	m++;
	/* The arena in use with narenas:1; the default for others stays. */
	(void)mallctl("arena.0.lg_dirty_mult", NULL, NULL, &m, sizeof(m));
}
