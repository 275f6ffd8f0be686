/*
 * Pointers that must not be freed: the program ends by SIGABRT and a message
 * that names the pointer; never by SIGSEGV, and never silently where a slow
 * path sees it.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ebb/ebb.h"
#include "tap.h"

typedef struct fault_s {
	void *bad;            /* what is freed */
	void (*free)(void *); /* how */
} fault_t;

static void
usable(void *p)
{
	malloc_usable_size(p);
}

static void
resize(void *p)
{
	free(realloc(p, 100));
}

static void
sized(void *p)
{
	sdallocx(p, 100, 0);
}

static void
commit(void *arg)
{
	fault_t *fault = arg;
	fault->free(fault->bad);
	/* What was cached comes to light now. */
	void *p[512];
	for (unsigned kind = 0; kind < 40; kind++) {
		size_t size = nallocx(1, 0);
		for (unsigned i = 0; i < kind; i++)
			size = nallocx(size + 1, 0);
		for (unsigned i = 0; i < COUNT(p); i++)
			p[i] = malloc(size);
		for (unsigned i = 0; i < COUNT(p); i++)
			free(p[i]);
	}
	_exit(0);
}

/* The child's message begins with "ebb: " and names the pointer. */
static void
expect_abort(void *bad, void (*how)(void *), const char *what)
{
	char said[2048], name[32];
	fault_t fault = {bad, how};
	int status = tap_child(commit, &fault, said, sizeof(said));
	snprintf(name, sizeof(name), "%p", bad);
	bool ok = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
	if (!EXPECT(ok))
		tap_say(
		    "# %s: status %#x: %.200s\n", what, (unsigned)status, said);
	ok = strncmp(said, "ebb: ", 5) == 0 && strstr(said, name) != NULL;
	if (!EXPECT(ok))
		tap_say("# %s of %s says: %.200s\n", what, name, said);
}

static void
test_free_of_foreign_memory(void)
{
	int on_stack[16];
	static int in_data[16];
	void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	expect_abort(on_stack, free, "free of a stack address");
	expect_abort(in_data, free, "free of static data");
	expect_abort(mapped, free, "free of mapped memory");
	expect_abort(
	    (void *)test_free_of_foreign_memory, free, "free of a function");
	munmap(mapped, 4096);
	expect_abort(mapped, free, "free of unmapped memory");
}

static void
test_free_of_wild_addresses(void)
{
	static const uintptr_t wild[] = {1, 8, 4096, 0x1000000,
	    (uintptr_t)1 << 21, (uintptr_t)1 << 40, (uintptr_t)1 << 46,
	    ((uintptr_t)1 << 47) - 16, (uintptr_t)1 << 47, (uintptr_t)1 << 48,
	    (uintptr_t)1 << 63, (uintptr_t)-4096, (uintptr_t)-16, (uintptr_t)-1,
	    0xdeadbeefdeadbeef, 0xa5a5a5a5a5a5a5a5, 0x5a5a5a5a5a5a5a5a};
	for (unsigned i = 0; i < COUNT(wild); i++) {
		expect_abort((void *)wild[i], free, "free");
		expect_abort((void *)wild[i], usable, "malloc_usable_size");
		expect_abort((void *)wild[i], resize, "realloc");
		expect_abort((void *)wild[i], sized, "sdallocx");
	}
}

static const size_t sizes[] = {8, 16, 100, 1000, 4096, 10000, 14336, 16384,
    20000, 32768, 40000, 1 << 20, 1835008, 2 << 20, 5 << 20};

static void
test_free_of_interior_address(void)
{
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		char *p = malloc(sizes[i]);
		memset(p, 1, sizes[i]);
		if (sizes[i] > 4096)
			expect_abort(p + 4096, free, "free of an inner page");
		if (sizes[i] > 2 << 20)
			expect_abort(
			    p + (2 << 20), free, "free of an inner chunk");
		if (sizes[i] < 16384 && sizes[i] > 8)
			expect_abort(p + 8, free, "free of an inner address");
		if (sizes[i] < 16384)
			expect_abort(p + 1, free, "free of an odd address");
		if (sizes[i] >= 2 << 20)
			expect_abort(p + 64, free, "free of an inner address");
		free(p);
	}
	/* The header of the chunk that an object lies in. */
	char *p = malloc(100);
	p = (char *)((uintptr_t)p & ~(uintptr_t)((2 << 20) - 1));
	expect_abort(p, free, "free of a header");
	expect_abort(p + 8192, free, "free of a header");
}

static void
free_twice(void *p)
{
	free(p);
	free(p);
}

static void
free_twice_apart(void *p)
{
	void *q[64];
	for (unsigned i = 0; i < COUNT(q); i++)
		q[i] = malloc(malloc_usable_size(p));
	free(p);
	for (unsigned i = 0; i < COUNT(q); i++)
		free(q[i]);
	free(p);
}

/* So many that the first free is flushed from the cache, and gives its pages
 * back, before the second. */
static void
free_twice_after_flush(void *p)
{
	enum { N = 10000 };
	static void *q[N];
	size_t size = malloc_usable_size(p);
	unsigned n = size > 1 << 16 ? 40 : size > 4096 ? 1000 : N;
	for (unsigned i = 0; i < n; i++)
		q[i] = malloc(size);
	free(p);
	for (unsigned i = 0; i < n; i++)
		free(q[i]);
	free(p);
}

/* As before, and the memory went back to the kernel too. */
static void
free_twice_after_purge(void *p)
{
	char name[] = "arena.4096.purge";
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	free(p);
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	mallctl(name, NULL, NULL, NULL, 0);
	free(p);
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
}

/* The second one waits in the cache while the chunk goes away. */
static void
free_twice_then_purge(void *p)
{
	enum { N = 3000 };
	static void *q[N];
	size_t size = malloc_usable_size(p);
	unsigned n = size > 1 << 16 ? 0 : size > 4096 ? 300 : N;
	for (unsigned i = 0; i < n; i++)
		q[i] = malloc(size);
	free(p);
	for (unsigned i = 0; i < n; i++)
		free(q[i]);
	free(p);
	for (unsigned round = 0; round < 3; round++) {
		mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
		void *big = malloc(8 << 20);
		memset(big, 0x77, 8 << 20);
		free(big);
	}
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
}

static void
twice(void (*how)(void *), const char *what)
{
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		char *p = malloc(sizes[i]);
		expect_abort(p, how, what);
		free(p);
	}
}

static void
test_free_twice(void)
{
	twice(free_twice, "second free");
}

static void
test_free_twice_apart(void)
{
	twice(free_twice_apart, "second free, later");
}

static void
test_free_twice_after_flush(void)
{
	twice(free_twice_after_flush, "second free, after a flush");
}

static void
test_free_twice_after_purge(void)
{
	twice(free_twice_after_purge, "second free, after a purge");
}

static void
test_free_twice_then_purge(void)
{
	twice(free_twice_then_purge, "second free, before a purge");
}

static void
realloc_freed(void *p)
{
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	free(p);
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	resize(p);
}

static void
test_realloc_of_freed(void)
{
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		if (sizes[i] < 16384)
			continue; /* its run lives on: seen at a flush only */
		char *p = malloc(sizes[i]);
		expect_abort(p, realloc_freed, "realloc of a freed object");
		free(p);
	}
}

int
main(void)
{
	RUN(test_free_of_foreign_memory);
	RUN(test_free_of_wild_addresses);
	RUN(test_free_of_interior_address);
	RUN(test_free_twice);
	RUN(test_free_twice_apart);
	RUN(test_free_twice_after_flush);
	RUN(test_free_twice_after_purge);
	RUN(test_free_twice_then_purge);
	RUN(test_realloc_of_freed);
	return tap_done();
}
