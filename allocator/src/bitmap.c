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
bitmap_take(uint64_t *b, unsigned nbits, uint16_t *out, unsigned n)
{
	unsigned got = 0;
	for (unsigned w = 0; w < bitmap_words(nbits) && got < n; w++) {
		uint64_t word = b[w];
		for (; word != 0 && got < n; word &= word - 1)
			out[got++] =
			    (uint16_t)((w << BITMAP_LG_WORD) + ffs_u64(word));
		b[w] = word;
	}
	assert(got == 0 || out[got - 1] < nbits);
	return got;
}
