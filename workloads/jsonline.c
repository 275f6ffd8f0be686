#include "jsonline.h"

#include "mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
jsonline_init(jsonline_t *json, size_t size)
{
	memset(json, 0, sizeof(*json));
	json->text = mem_map(size, 1);
	json->size = size;
	return json->text != NULL;
}

void
jsonline_release(jsonline_t *json)
{
	mem_unmap(json->text, json->size, 1);
	json->text = NULL;
}

static void
jsonline_put(jsonline_t *json, const char *text, size_t length)
{
	/* One byte is kept for the newline. */
	if (length >= json->size - json->used) {
		json->overflow = true;
		return;
	}
	memcpy(json->text + json->used, text, length);
	json->used += length;
}

/* Begins an item: the comma, if it is not the first of its container. */
static void
jsonline_item(jsonline_t *json)
{
	if (json->comma)
		jsonline_put(json, ",", 1);
	json->comma = true;
}

/* A quoted string: quotes, backslashes and control bytes escaped. */
static void
jsonline_quoted(jsonline_t *json, const char *text)
{
	jsonline_put(json, "\"", 1);
	for (const char *c = text; *c != '\0'; c++) {
		char escape[8];
		if (*c == '"' || *c == '\\') {
			escape[0] = '\\';
			escape[1] = *c;
			jsonline_put(json, escape, 2);
		} else if ((unsigned char)*c < 0x20) {
			snprintf(escape, sizeof(escape), "\\u%04x",
			    (unsigned)(unsigned char)*c);
			jsonline_put(json, escape, 6);
		} else {
			jsonline_put(json, c, 1);
		}
	}
	jsonline_put(json, "\"", 1);
}

void
jsonline_open(jsonline_t *json, char bracket)
{
	jsonline_item(json);
	jsonline_put(json, &bracket, 1);
	json->comma = false;
	json->depth++;
}

void
jsonline_close(jsonline_t *json, char bracket)
{
	jsonline_put(json, &bracket, 1);
	json->comma = true;
	json->depth--;
}

void
jsonline_key(jsonline_t *json, const char *key)
{
	jsonline_item(json);
	jsonline_quoted(json, key);
	jsonline_put(json, ":", 1);
	json->comma = false;
}

void
jsonline_str(jsonline_t *json, const char *value)
{
	jsonline_item(json);
	jsonline_quoted(json, value);
}

/* A value that is already JSON: a number or a literal. */
static void
jsonline_bare(jsonline_t *json, const char *text)
{
	jsonline_item(json);
	jsonline_put(json, text, strlen(text));
}

void
jsonline_u64(jsonline_t *json, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	jsonline_bare(json, text);
}

void
jsonline_real(jsonline_t *json, double value)
{
	char text[32];
	if (!isfinite(value)) {
		jsonline_null(json);
		return;
	}
	if (value == rint(value) && fabs(value) < 1e15) {
		snprintf(text, sizeof(text), "%.0f", value);
		jsonline_bare(json, text);
		return;
	}
	/* The shortest that reads back as the same double. */
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	jsonline_bare(json, text);
}

void
jsonline_bool(jsonline_t *json, bool value)
{
	jsonline_bare(json, value ? "true" : "false");
}

void
jsonline_null(jsonline_t *json)
{
	jsonline_bare(json, "null");
}

void
jsonline_key_str(jsonline_t *json, const char *key, const char *value)
{
	jsonline_key(json, key);
	jsonline_str(json, value);
}

void
jsonline_key_u64(jsonline_t *json, const char *key, uint64_t value)
{
	jsonline_key(json, key);
	jsonline_u64(json, value);
}

int
jsonline_write(jsonline_t *json, int fd)
{
	if (json->overflow)
		return EMSGSIZE;
	if (json->depth != 0)
		return EINVAL;
	json->text[json->used] = '\n';
	size_t length = json->used + 1;
	for (size_t done = 0; done < length;) {
		ssize_t n = write(fd, json->text + done, length - done);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}
