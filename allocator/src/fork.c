#include "fork.h"

#include "arenas.h"
#include "base.h"
#include "ctl.h"
#include "tcache_stack.h"
#include "thread.h"

void
malloc_prefork(void)
{
	ctl_prefork();
	arenas_prefork0();
	thread_prefork();
	arenas_prefork1();
	base_prefork();
	tcache_stack_prefork();
	arenas_prefork2();
}

void
malloc_postfork_parent(void)
{
	/* The witnesses of debug builds first: unlocking is not in order. */
	witness_postfork_parent();
	tcache_stack_postfork_parent();
	base_postfork_parent();
	arenas_postfork_parent();
	thread_postfork_parent();
	ctl_postfork_parent();
}

void
malloc_postfork_child(void)
{
	tsd_t *tsd = tsd_get();
	witness_postfork_child();
	tcache_stack_postfork_child();
	base_postfork_child();
	thread_postfork_child();
	ctl_postfork_child();
	/* Last: it binds this thread, which takes locks. */
	arenas_postfork_child(tsd_is_nominal(tsd) ? tsd : NULL);
}
