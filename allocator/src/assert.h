/*
 * Three prices of checking:
 *
 *   assert(e)          debug builds; constant time.
 *   assert_slow(e)     debug builds; may walk whole structures.
 *   safety_check_fail  every build; the caller has found memory damaged or
 *                      the interface misused, and wants to say so and stop.
 *
 * None of them allocates or takes a lock, so each may be used anywhere.
 *
 * This folder is searched before the system's, so `#include <assert.h>` in a
 * test finds this file. It therefore offers what the system's promises:
 * assert() works in a test (EBB_TEST) of any build, and so does static_assert.
 * A function used in the assert of a header exists in every build for that
 * reason.
 */
#ifndef EBB_ASSERT_H
#define EBB_ASSERT_H

#include "compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Says which expression was false where, and aborts.
 */
void ebb_assert_fail(
    const char *expr, const char *file, unsigned line) EBB_COLD EBB_NORETURN;

/*
 * Prints "ebb: <message>" and a newline through malloc_write(), and aborts.
 * fmt and its values are those of malloc_printf(); 1023 bytes are kept.
 */
void
safety_check_fail(const char *fmt, ...) EBB_COLD EBB_NORETURN EBB_PRINTF(1, 2);

#ifdef __cplusplus
}
#else
#	undef static_assert
#	define static_assert _Static_assert
#endif

#define EBB_CHECK(e) \
	(likely(e) ? (void)0 : ebb_assert_fail(#e, __FILE__, __LINE__))
/* Names the expression's variables without evaluating it. */
#define EBB_NO_CHECK(e) ((void)sizeof(!(e)))

#undef assert
#if defined(EBB_DEBUG) || defined(EBB_TEST)
#	define assert(e) EBB_CHECK(e)
#	define not_reached() ebb_assert_fail("not reached", __FILE__, __LINE__)
#else
#	define assert(e) EBB_NO_CHECK(e)
#	define not_reached() __builtin_unreachable()
#endif

#ifdef EBB_DEBUG
#	define assert_slow(e) EBB_CHECK(e)
#else
#	define assert_slow(e) EBB_NO_CHECK(e)
#endif

#endif /* EBB_ASSERT_H */
