/*
 * What the compiler is told: hints, attributes, and the name of the public
 * symbols. Everything here is a macro; nothing has state.
 */
#ifndef EBB_COMPILER_H
#define EBB_COMPILER_H

#include <stddef.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define EBB_INLINE static inline __attribute__((always_inline))
#define EBB_NOINLINE __attribute__((noinline))
#define EBB_COLD __attribute__((cold, noinline))
#define EBB_NORETURN __attribute__((noreturn))
#define EBB_ALIGNED(n) __attribute__((aligned(n)))

/* The n-th parameter is a printf format, its values begin at the m-th. */
#define EBB_PRINTF(n, m) __attribute__((format(printf, n, m)))

/*
 * EBB_EXPORT: a public symbol. EBB_HIDDEN: data shared between our files;
 * -fvisibility reaches definitions only, so that without it each use of the
 * declaration goes through the global offset table.
 */
#define EBB_EXPORT __attribute__((visibility("default")))
#define EBB_HIDDEN __attribute__((visibility("hidden")))

/* Bytes; what one CPU takes from another at a time. */
#define CACHELINE 64

/* The structure of the given type whose member is at ptr. */
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))

/* Public names: JE(malloc) is je_malloc where nothing may be interposed. */
#ifdef EBB_PREFIX
#	define JE(name) je_##name
#else
#	define JE(name) name
#endif

#endif /* EBB_COMPILER_H */
