/*
 * Objects of whole words that know how many they are.
 *
 * An object that travels between threads as a bare pointer, through one
 * atomic exchange, has no room beside it for its size; so its first word
 * says it. Every word is written and checked: each is made from the object's
 * address, its size and its own place, so that objects that overlap, or a
 * page that lost its content, no longer verify.
 */
#ifndef EBB_WORKLOADS_WORDS_H
#define EBB_WORKLOADS_WORDS_H

#include "prng.h"

#include <stdbool.h>
#include <stdint.h>

/* Writes all of an object of n >= 1 words. */
static inline void
words_write(uint64_t *object, uint64_t n)
{
	uint64_t word = prng_mix((uintptr_t)object) ^ n;
	for (uint64_t i = 0; i < n; i++, word += PRNG_GOLDEN)
		object[i] = word;
}

/*
 * How many words an object written by words_write() has: 1 .. most, or 0
 * when its first word is damaged.
 */
static inline uint64_t
words_count(const uint64_t *object, uint64_t most)
{
	uint64_t n = prng_mix((uintptr_t)object) ^ object[0];
	return n <= most ? n : 0;
}

/* True when the object of n words, n from words_count(), is undamaged. */
static inline bool
words_intact(const uint64_t *object, uint64_t n)
{
	uint64_t word = object[0];
	for (uint64_t i = 1; i < n; i++) {
		word += PRNG_GOLDEN;
		if (object[i] != word)
			return false;
	}
	return n != 0;
}

#endif
