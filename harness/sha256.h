/*
 * SHA-256 (FIPS 180-4): the hash that ties a raw file to its sample's line.
 */
#ifndef EBB_HARNESS_SHA256_H
#define EBB_HARNESS_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_HEX 65 /* bytes of a digest in hex, with its final NUL */

typedef struct sha256_s sha256_t;
struct sha256_s {
	uint32_t h[8];
	uint64_t bytes;    /* hashed so far, with what waits in block */
	uint8_t block[64]; /* the last bytes % 64 bytes */
};

void sha256_init(sha256_t *sha);
void sha256_update(sha256_t *sha, const void *data, size_t size);
/* Writes the digest in lower-case hex; sha is used up. */
void sha256_final(sha256_t *sha, char hex[SHA256_HEX]);

/* Hashes a file. Returns true, with errno, when it cannot be read. */
bool sha256_file(const char *path, char hex[SHA256_HEX]);

#endif
