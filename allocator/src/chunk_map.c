#include "chunk_map.h"

_Atomic uint64_t chunk_map_words[CHUNK_MAP_WORDS];

static uint64_t
chunk_map_bit(const void *chunk)
{
	return (uint64_t)1 << (((uintptr_t)chunk >> LG_CHUNK) & 63);
}

void
chunk_map_set(const void *chunk)
{
	atomic_fetch_or(&chunk_map_words[(uintptr_t)chunk >> (LG_CHUNK + 6)],
	    chunk_map_bit(chunk));
}

void
chunk_map_clear(const void *chunk)
{
	atomic_fetch_and(&chunk_map_words[(uintptr_t)chunk >> (LG_CHUNK + 6)],
	    ~chunk_map_bit(chunk));
}
