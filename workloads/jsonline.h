/*
 * One line of JSON, built in a buffer from mmap and written by write(2):
 * no stdio and no malloc between the measured window and the record.
 *
 * Commas are put where they belong. A line that does not fit, or that is not
 * closed, is not written: jsonline_write() says so.
 */
#ifndef EBB_WORKLOADS_JSONLINE_H
#define EBB_WORKLOADS_JSONLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct jsonline_s jsonline_t;
struct jsonline_s {
	char *text; /* [size], not terminated */
	size_t size, used;
	unsigned depth; /* objects and arrays now open */
	bool comma;     /* the next item needs a comma before it */
	bool overflow;  /* something did not fit */
};

/* Maps a buffer of size bytes. Returns false when there is no memory. */
bool jsonline_init(jsonline_t *json, size_t size);
void jsonline_release(jsonline_t *json);

/* Opens '{' or '[' and closes '}' or ']'. */
void jsonline_open(jsonline_t *json, char bracket);
void jsonline_close(jsonline_t *json, char bracket);

/* The key of the member that follows; it is escaped like any string. */
void jsonline_key(jsonline_t *json, const char *key);

/* Values: items of an array, or what follows a key. */
void jsonline_str(jsonline_t *json, const char *value);
void jsonline_u64(jsonline_t *json, uint64_t value);
void jsonline_real(jsonline_t *json, double value); /* null when not finite */
void jsonline_bool(jsonline_t *json, bool value);
void jsonline_null(jsonline_t *json);

/* Members: a key and its value. */
void jsonline_key_str(jsonline_t *json, const char *key, const char *value);
void jsonline_key_u64(jsonline_t *json, const char *key, uint64_t value);

/*
 * Writes the line and its newline to fd, whole.
 * Returns 0, or an errno value: EMSGSIZE when it did not fit, EINVAL when
 * something is still open, or what write(2) said.
 */
int jsonline_write(jsonline_t *json, int fd);

#endif
