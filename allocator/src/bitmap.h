/*
 * A set of free regions: bit set = free. The bits are scanned word by word;
 * with at most 512 of them a level above the words would not pay
 * (allocator.md D.13).
 *
 * Invariant: the unused high bits of the last word are clear.
 */
#ifndef EBB_BITMAP_H
#define EBB_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assert.h"
#include "bits.h"

#define BITMAP_LG_WORD 6
#define BITMAP_WORD_BITS (1u << BITMAP_LG_WORD)

/* Words that nbits bits need. */
EBB_INLINE unsigned
bitmap_words(unsigned nbits)
{
	return (nbits + BITMAP_WORD_BITS - 1) >> BITMAP_LG_WORD;
}

/* Makes all nbits bits free. */
void bitmap_init(uint64_t *b, unsigned nbits);

/* The number of free bits. */
unsigned bitmap_count(const uint64_t *b, unsigned nbits);

/*
 * Takes the n lowest free bits, or all if there are fewer, and stores for each
 * in out[], ascending, the address of its region: base + bit * step. Returns
 * how many.
 */
unsigned bitmap_take(uint64_t *b, unsigned nbits, void *base, size_t step,
    void **out, unsigned n);

EBB_INLINE bool
bitmap_is_free(const uint64_t *b, unsigned bit)
{
	return (b[bit >> BITMAP_LG_WORD] >> (bit % BITMAP_WORD_BITS)) & 1;
}

/* Takes the lowest free bit and returns its number. One must be free. */
EBB_INLINE unsigned
bitmap_sfu(uint64_t *b, unsigned nbits)
{
	unsigned w = 0;
	while (b[w] == 0) {
		w++;
		assert(w < bitmap_words(nbits));
	}
	unsigned bit = (w << BITMAP_LG_WORD) + ffs_u64(b[w]);
	assert(bit < nbits);
	(void)nbits;
	b[w] &= b[w] - 1;
	return bit;
}

/* Makes a taken bit free. */
EBB_INLINE void
bitmap_unset(uint64_t *b, unsigned bit)
{
	assert(!bitmap_is_free(b, bit));
	b[bit >> BITMAP_LG_WORD] |= UINT64_C(1) << (bit % BITMAP_WORD_BITS);
}

#endif /* EBB_BITMAP_H */
