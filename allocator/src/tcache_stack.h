/*
 * Arrays of pointers for threads: the stacks of cache bins, and the arrays of
 * decay tickers. Sizes are powers of two; what a thread gives up the next one
 * takes. The memory comes from base and stays here.
 */
#ifndef EBB_TCACHE_STACK_H
#define EBB_TCACHE_STACK_H

#define TCACHE_STACK_LG_MIN 3
#define TCACHE_STACK_LG_MAX 12

/* n: a power of two of slots between the two limits. The content is undefined.
 * NULL: no memory. */
void **tcache_stack_alloc(unsigned n);
void tcache_stack_dalloc(void **stack, unsigned n);

void tcache_stack_prefork(void);
void tcache_stack_postfork_parent(void);
void tcache_stack_postfork_child(void);

#endif /* EBB_TCACHE_STACK_H */
