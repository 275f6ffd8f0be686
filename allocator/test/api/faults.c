/*
 * The kernel refuses: mmap, madvise and munmap fail, all from some moment on,
 * or a single mmap does. Nothing crashes, errors are reported as they should
 * be, objects stay whole, and everything can be freed.
 */
#include <errno.h>
#include <pthread.h>
#include <seccomp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "ebb/ebb.h"
#include "tap.h"

#define FAIL(e)                                                    \
	do {                                                       \
		if (!(e)) {                                        \
			fprintf(stderr, "%d: %s\n", __LINE__, #e); \
			_exit(1);                                  \
		}                                                  \
	} while (0)

/* From now on each of the calls, a list that ends with -1, fails in every
 * thread of the process. */
static void
refuse(const int *calls, uint16_t err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	FAIL(filter != NULL);
	FAIL(seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0);
	for (; *calls >= 0; calls++)
		FAIL(seccomp_rule_add(filter, SCMP_ACT_ERRNO(err), *calls, 0) ==
		     0);
	FAIL(seccomp_load(filter) == 0);
	seccomp_release(filter);
}

static const int memory_calls[] = {
    SCMP_SYS(mmap), SCMP_SYS(madvise), SCMP_SYS(munmap), -1};
static const int mmap_call[] = {SCMP_SYS(mmap), -1};
static const int madvise_call[] = {SCMP_SYS(madvise), -1};
static const int munmap_call[] = {SCMP_SYS(munmap), -1};

/* The test: f in a child ends with exit code 0. */
static void
expect_child_done(void (*f)(void *), void *arg)
{
	char said[2048];
	int status = tap_child(f, arg, said, sizeof(said));
	if (!EXPECT(status == 0))
		tap_say("# status %#x, said: %.300s\n", (unsigned)status, said);
}

/* ------------------------------------------------------------ out of all ---
 */

typedef struct object_s {
	struct object_s *next;
	size_t size;
} object_t;

/* Until there is no more: that must come, for nothing new can be mapped. */
static object_t *
exhaust(size_t size, unsigned *n)
{
	object_t *list = NULL;
	errno = 0;
	for (*n = 0; *n < 10000000; ++*n) {
		object_t *o = malloc(size);
		if (o == NULL)
			break;
		o->next = list;
		o->size = size;
		((char *)o)[size - 1] = 1;
		list = o;
		errno = 0;
	}
	FAIL(errno == ENOMEM);
	return list;
}

static void
release(object_t *list)
{
	while (list != NULL) {
		object_t *next = list->next;
		free(list);
		list = next;
	}
}

static void
no_more_memory(void *arg)
{
	static const size_t sizes[] = {
	    16, 100, 1000, 14336, 20000, 100000, 1 << 20, 2 << 20, 8 << 20};
	size_t size = *(size_t *)arg;
	unsigned n, again;
	unsigned char *kept = malloc(5000);
	memset(kept, 0x42, 5000);
	free(malloc(32 << 20)); /* something to take from */
	refuse(memory_calls, ENOMEM);
	object_t *list = exhaust(size, &n);
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		if (sizes[i] < size)
			continue;
		void *p = &p;
		FAIL(calloc(1, sizes[i] + size) == NULL || i < 4);
		FAIL(posix_memalign(&p, 8 << 20, sizes[i]) == ENOMEM);
		FAIL(p == &p);
		FAIL(aligned_alloc(8 << 20, sizes[i]) == NULL);
		FAIL(errno == ENOMEM);
	}
	FAIL(realloc(kept, 64 << 20) == NULL && errno == ENOMEM);
	for (unsigned i = 0; i < 5000; i++)
		FAIL(kept[i] == 0x42);
	release(list);
	/* What was freed is there again. */
	list = exhaust(size, &again);
	FAIL(again + again / 20 + 64 >= n);
	release(list);
	free(kept);
}

static void
test_fault_no_more_memory(void)
{
	static const size_t sizes[] = {
	    16, 64, 1000, 5000, 14336, 20000, 100000, 1 << 20, 2 << 20};
	for (unsigned i = 0; i < COUNT(sizes); i++)
		expect_child_done(no_more_memory, (void *)&sizes[i]);
}

/* ---------------------------------------------------------- purge refused --
 */

static void
purge_all(void)
{
	FAIL(mallctl("thread.tcache.flush", NULL, NULL, NULL, 0) == 0);
	FAIL(mallctl("arena.4096.purge", NULL, NULL, NULL, 0) == 0);
}

static bool
is_zero(const char *p, size_t size)
{
	return p[0] == 0 && memcmp(p, p + 1, size - 1) == 0;
}

/* What was not given back is not zero: calloc must not believe it is. */
static void
calloc_after_refused_purge(void *arg)
{
	static const size_t sizes[] = {100, 20000, 200000, 3 << 20, 9 << 20};
	(void)arg;
	refuse(madvise_call, EINVAL);
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		char *p[20];
		for (unsigned round = 0; round < 3; round++) {
			for (unsigned j = 0; j < COUNT(p); j++) {
				p[j] = calloc(1, sizes[i]);
				FAIL(p[j] != NULL && is_zero(p[j], sizes[i]));
				memset(p[j], 0x33, sizes[i]);
			}
			for (unsigned j = 0; j < COUNT(p); j++)
				free(p[j]);
			purge_all();
		}
	}
}

static void
test_fault_madvise(void)
{
	expect_child_done(calloc_after_refused_purge, NULL);
}

/* Trimming to an alignment leaves the ends mapped; nothing else. */
static void
align_without_munmap(void *arg)
{
	(void)arg;
	refuse(munmap_call, ENOMEM);
	for (unsigned lg = 20; lg < 26; lg++) {
		size_t align = (size_t)1 << lg;
		char *p[4];
		for (unsigned i = 0; i < COUNT(p); i++) {
			p[i] = aligned_alloc(align, 3 << 20);
			FAIL(p[i] != NULL);
			FAIL(((uintptr_t)p[i] & (align - 1)) == 0);
			memset(p[i], 1, 3 << 20);
		}
		for (unsigned i = 0; i < COUNT(p); i++)
			free(p[i]);
	}
	for (size_t size = 1 << 20; size < 200u << 20; size *= 2) {
		char *p = malloc(size);
		FAIL(p != NULL);
		p = realloc(p, size * 3 / 2);
		FAIL(p != NULL);
		free(p);
	}
}

static void
test_fault_munmap(void)
{
	expect_child_done(align_without_munmap, NULL);
}

/* ----------------------------------------------------- threads without any --
 */

static pthread_barrier_t barrier;

static void *
first_calls(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (unsigned round = 0; round < 50; round++) {
		void *p[100];
		for (unsigned i = 0; i < COUNT(p); i++) {
			p[i] = malloc(i * i * 20 + 1);
			if (p[i] != NULL)
				memset(p[i], 1, i * i * 20 + 1);
		}
		for (unsigned i = 0; i < COUNT(p); i++)
			free(p[i]);
	}
	return NULL;
}

/* They have no record, no cache and no arena of their own yet. */
static void
threads_begin_without_memory(void *arg)
{
	enum { N = 8 };
	pthread_t threads[N];
	(void)arg;
	pthread_barrier_init(&barrier, NULL, N + 1);
	for (unsigned i = 0; i < N; i++)
		FAIL(pthread_create(&threads[i], NULL, first_calls, NULL) == 0);
	pthread_barrier_wait(&barrier);
	/* mmap alone: libc aborts when it cannot unmap a stack. */
	refuse(mmap_call, ENOMEM);
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < N; i++)
		pthread_join(threads[i], NULL);
}

static void
test_fault_first_calls_of_threads(void)
{
	expect_child_done(threads_begin_without_memory, NULL);
}

/* ----------------------------------------------------------- the Nth fails --
 */

static _Atomic unsigned calls_until_failure;

/* Makes the call in the program's stead, told from the program's own by the
 * descriptor, which the kernel ignores; or fails it. */
static void
on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	(void)sig;
	(void)info;
	int saved = errno;
#ifdef __x86_64__
	greg_t *r = u->uc_mcontext.gregs;
	long ret = -ENOMEM;
	if (atomic_fetch_sub(&calls_until_failure, 1) != 1) {
		ret = syscall(SYS_mmap, r[REG_RDI], r[REG_RSI], r[REG_RDX],
		    r[REG_R10], -2, r[REG_R9]);
		if (ret == -1)
			ret = -errno;
	}
	r[REG_RAX] = ret;
#else
	(void)u;
#endif
	errno = saved;
}

static void
fail_nth_mmap(unsigned nth)
{
	struct sigaction action = {
	    .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER};
	FAIL(sigaction(SIGSYS, &action, NULL) == 0);
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	FAIL(seccomp_rule_add(filter, SCMP_ACT_TRAP, SCMP_SYS(mmap), 1,
		 SCMP_CMP(4, SCMP_CMP_MASKED_EQ, 0xffffffff, 0xffffffff)) == 0);
	atomic_store(&calls_until_failure, nth);
	FAIL(seccomp_load(filter) == 0);
	seccomp_release(filter);
}

static void *
varied_work(void *arg)
{
	enum { N = 150 };
	unsigned char *p[N];
	(void)arg;
	for (unsigned i = 0; i < N; i++) {
		size_t size = 1 + (size_t)i * i * i * 5 % 3000017 / (1 + i % 7);
		p[i] = i % 5 == 0   ? calloc(1, size)
		       : i % 7 == 0 ? aligned_alloc((size_t)1 << (i % 23), size)
				    : malloc(size);
		if (p[i] == NULL)
			continue;
		FAIL(i % 5 != 0 || is_zero((char *)p[i], size));
		memset(p[i], (int)i, size);
		void *q = realloc(p[i], size + size / 2);
		if (q != NULL)
			p[i] = q;
		FAIL(p[i][0] == (unsigned char)i);
		FAIL(p[i][size - 1] == (unsigned char)i);
	}
	for (unsigned i = 0; i < N; i++)
		free(p[i]);
	return NULL;
}

static void
work_with_one_failure(void *arg)
{
	fail_nth_mmap(*(unsigned *)arg);
	varied_work(NULL);
	pthread_t thread;
	if (pthread_create(&thread, NULL, varied_work, NULL) == 0)
		pthread_join(thread, NULL);
	void *p = malloc(64 << 20); /* the failure is over */
	FAIL(p != NULL || atomic_load(&calls_until_failure) < 1000);
	free(p);
	varied_work(NULL);
}

static void
test_fault_nth_mmap(void)
{
#ifdef __x86_64__
	for (unsigned nth = 1; nth <= 40; nth += 1 + nth / 8)
		expect_child_done(work_with_one_failure, &nth);
#endif
}

int
main(void)
{
	RUN(test_fault_no_more_memory);
	RUN(test_fault_madvise);
	RUN(test_fault_munmap);
	RUN(test_fault_first_calls_of_threads);
	RUN(test_fault_nth_mmap);
	return tap_done();
}
