/*
 * Touching and checking blocks.
 *
 * A block that is never written costs address space, not memory; so every
 * block gets its first 16 bytes and the first and last byte of every page it
 * covers written. What is written is a pattern made from the block's address
 * and size: two blocks that overlap, or a page that lost its content, no
 * longer verify. The writing is the same with and without check mode.
 */
#ifndef EBB_WORKLOADS_TOUCH_H
#define EBB_WORKLOADS_TOUCH_H

#include "prng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The smallest page of any platform: larger pages are touched more often. */
#define TOUCH_PAGE ((uintptr_t)4096)

/*
 * The pattern of a block: byte o of the block holds byte o % 8 of it. No byte
 * is 0, so that a page which came back zeroed never verifies.
 */
static inline uint64_t
touch_tag(const void *block, size_t size)
{
	uint64_t mixed =
	    ((uintptr_t)block ^ ((uint64_t)size << 40)) * PRNG_GOLDEN;
	return mixed | 0x0101010101010101u;
}

static inline uint8_t
touch_byte(uint64_t tag, size_t offset)
{
	return (uint8_t)(tag >> (8 * (offset & 7)));
}

/* Writes the first byte: the least that makes a small block used. */
static inline void
touch_first(void *block)
{
	*(volatile uint8_t *)block = 1;
}

/* Writes the first and the last byte of a block of at least one byte. */
static inline void
touch_ends(void *block, size_t size)
{
	uint64_t tag = touch_tag(block, size);
	volatile uint8_t *b = block;
	b[0] = touch_byte(tag, 0);
	b[size - 1] = touch_byte(tag, size - 1);
}

static inline bool
touch_ends_intact(const void *block, size_t size)
{
	uint64_t tag = touch_tag(block, size);
	const uint8_t *b = block;
	return b[0] == touch_byte(tag, 0) &&
	       b[size - 1] == touch_byte(tag, size - 1);
}

/* Writes the start of a block and both ends of each of its pages. */
static inline void
touch_block(void *block, size_t size)
{
	uint64_t tag = touch_tag(block, size);
	uint8_t *b = block;
	if (size >= 16) {
		memcpy(b, &tag, 8);
		memcpy(b + 8, &tag, 8);
	} else {
		for (size_t o = 0; o < size; o++)
			b[o] = touch_byte(tag, o);
	}
	uintptr_t start = (uintptr_t)block;
	for (uintptr_t edge = (start | (TOUCH_PAGE - 1)) + 1;
	     edge < start + size; edge += TOUCH_PAGE) {
		b[edge - start - 1] = touch_byte(tag, edge - start - 1);
		b[edge - start] = touch_byte(tag, edge - start);
	}
	if (size > 16)
		b[size - 1] = touch_byte(tag, size - 1);
}

/* As touch_block(), but of a block smaller than a page the first byte only. */
static inline void
touch_lightly(void *block, size_t size)
{
	if (size < TOUCH_PAGE)
		touch_first(block);
	else
		touch_block(block, size);
}

/* True when everything that touch_block() wrote is still there. */
static inline bool
touch_block_intact(const void *block, size_t size)
{
	uint64_t tag = touch_tag(block, size);
	const uint8_t *b = block;
	for (size_t o = 0; o < 16 && o < size; o++) {
		if (b[o] != touch_byte(tag, o))
			return false;
	}
	uintptr_t start = (uintptr_t)block;
	for (uintptr_t edge = (start | (TOUCH_PAGE - 1)) + 1;
	     edge < start + size; edge += TOUCH_PAGE) {
		size_t o = edge - start;
		if (b[o - 1] != touch_byte(tag, o - 1) ||
		    b[o] != touch_byte(tag, o))
			return false;
	}
	return size == 0 || b[size - 1] == touch_byte(tag, size - 1);
}

#endif
