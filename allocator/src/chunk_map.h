/*
 * Which chunks are arena chunks: one bit a chunk of the user address space.
 *
 * The free path asks it before it reads a chunk's header, so that a pointer
 * that is not ours is never dereferenced. The bits of 64 chunks share a word
 * and those of 64 GiB a page: the table is address space, 8 MiB of it, of
 * which a program touches a page or two.
 */
#ifndef EBB_CHUNK_MAP_H
#define EBB_CHUNK_MAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "compiler.h"
#include "sz.h"

/* Bits of a user-space address that mmap hands out without being asked for
 * more: 47 on x86-64 and 48 on aarch64 (Documentation/arch, "memory layout").
 * chunk_alloc_mmap gives back what lies above. */
#ifdef __aarch64__
#	define LG_VADDR 48
#else
#	define LG_VADDR 47
#endif
#define CHUNK_MAP_WORDS ((uintptr_t)1 << (LG_VADDR - LG_CHUNK - 6))

extern _Atomic uint64_t chunk_map_words[CHUNK_MAP_WORDS];

/* Any pointer value. Whoever legitimately holds a pointer into a chunk got it
 * after the bit was set: a relaxed load is enough. */
EBB_INLINE bool
chunk_map_is_arena(const void *ptr)
{
	uintptr_t addr = (uintptr_t)ptr;
	uintptr_t word = addr >> (LG_CHUNK + 6);
	if (unlikely(word >= CHUNK_MAP_WORDS))
		return false;
	uint64_t bits =
	    atomic_load_explicit(&chunk_map_words[word], memory_order_relaxed);
	return (bits >> ((addr >> LG_CHUNK) & 63)) & 1;
}

/* chunk: a chunk address below 1 << LG_VADDR. */
void chunk_map_set(const void *chunk);
void chunk_map_clear(const void *chunk);

#endif /* EBB_CHUNK_MAP_H */
