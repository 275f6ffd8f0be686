/*
 * Arithmetic on 64-bit words.
 */
#ifndef EBB_BITS_H
#define EBB_BITS_H

#include <stdint.h>

#include "assert.h"
#include "compiler.h"

/* x rounded to a multiple of a, a power of two of x's width. */
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + ((__typeof__(x))(a)-1), a)

/* The largest n with 2^n <= x. x > 0. */
EBB_INLINE unsigned
lg_floor(uint64_t x)
{
	assert(x != 0);
	return 63 - (unsigned)__builtin_clzll(x);
}

/* The index of the lowest set bit, 0..63. x != 0. */
EBB_INLINE unsigned
ffs_u64(uint64_t x)
{
	assert(x != 0);
	return (unsigned)__builtin_ctzll(x);
}

/* The number of set bits, 0..64. */
EBB_INLINE unsigned
popcount_u64(uint64_t x)
{
	return (unsigned)__builtin_popcountll(x);
}

/* The smallest power of two >= x: 1 for 0, and 0 if x > 2^63. */
EBB_INLINE uint64_t
pow2_ceil_u64(uint64_t x)
{
	if (x <= 1)
		return 1;
	unsigned lg = lg_floor(x - 1) + 1;
	return lg == 64 ? 0 : UINT64_C(1) << lg;
}

#endif /* EBB_BITS_H */
