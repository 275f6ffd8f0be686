#include "bitmap.h"

#include <string.h>

void
bitmap_init(uint64_t *b, unsigned nbits)
{
	unsigned nwords = bitmap_words(nbits), rest = nbits % BITMAP_WORD_BITS;
	memset(b, 0xff, nwords * sizeof(*b));
	if (rest != 0)
		b[nwords - 1] = (UINT64_C(1) << rest) - 1;
}

unsigned
bitmap_count(const uint64_t *b, unsigned nbits)
{
	unsigned n = 0;
	for (unsigned w = 0; w < bitmap_words(nbits); w++)
		n += popcount_u64(b[w]);
	return n;
}

unsigned
bitmap_take(uint64_t *b, unsigned nbits, void *base, size_t step, void **out,
    unsigned n)
{
	char *addr = base;
	void **at = out, **end = out + n;
	for (unsigned w = 0; w < bitmap_words(nbits) && at != end; w++) {
		uint64_t word = b[w];
		for (; word != 0 && at != end; word &= word - 1)
			*at++ = addr + ffs_u64(word) * step;
		b[w] = word;
		addr += BITMAP_WORD_BITS * step;
	}
	assert(at == out ||
	       (size_t)((char *)at[-1] - (char *)base) < nbits * step);
	return (unsigned)(at - out);
}
