/*
 * Writes named values, groups of them and tables, either as text for people
 * or as JSON: the caller says the same things for both.
 *
 * Nothing is allocated; what is written goes through a buffer in the emitter
 * to a callback, in NUL-terminated pieces. In JSON all characters but those of
 * ASCII text are escaped, each byte for itself, so that it is always valid.
 */
#ifndef EBB_EMITTER_H
#define EBB_EMITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMITTER_BUFFER 512
#define EMITTER_DEPTH 32

typedef struct emitter_s {
	bool json;
	bool empty; /* the innermost group has no members yet */
	bool gap;   /* the last rows of the table were left out of the text */
	unsigned depth;  /* groups that are open, at most EMITTER_DEPTH */
	uint32_t headed; /* a bit for each of them: it indents the text */
	void (*write_cb)(void *opaque, const char *text);
	void *opaque;
	size_t len;
	char buf[EMITTER_BUFFER + 1];
} emitter_t;

typedef enum {
	EMITTER_BOOL,
	EMITTER_INT,
	EMITTER_UINT,
	EMITTER_STRING
} emitter_type_t;

typedef struct emitter_value_s {
	emitter_type_t type;
	union {
		bool b;
		int64_t i;
		uint64_t u;
		const char *s; /* not NULL */
	};
} emitter_value_t;

/* Key: the name in JSON, label: in text. Where one is NULL, the thing is left
 * out of that form. */
typedef struct emitter_field_s {
	const char *key;
	const char *label;
	emitter_value_t value;
} emitter_field_t;

typedef struct emitter_column_s {
	const char *key;
	const char *label;
	unsigned width; /* of text; wider values push the rest to the right */
} emitter_column_t;

/* write_cb NULL: malloc_message. Opens the outermost group. */
void emitter_begin(emitter_t *e, bool json,
    void (*write_cb)(void *opaque, const char *text), void *opaque);
/* Closes it, and writes what is in the buffer. */
void emitter_end(emitter_t *e);

/* A line of its own, in text only. */
void emitter_line(emitter_t *e, const char *line);

/* A group of fields, tables and groups. The text is a heading, and indents what
 * is in it; without a label there is neither. */
void emitter_group_begin(emitter_t *e, const char *key, const char *label);
void emitter_group_end(emitter_t *e);

/* Some fields: one line of text, or members of the group. */
void emitter_fields(emitter_t *e, const emitter_field_t *fields, unsigned n);
void emitter_field(
    emitter_t *e, const char *key, const char *label, emitter_value_t value);

/* A table: rows under headings, or an array of objects. Between begin and end
 * there are only rows, which have as many values as there are columns. Rows
 * that are dull are left out of the text; "---" stands for any number of them.
 */
void emitter_table_begin(emitter_t *e, const char *key, const char *label,
    const emitter_column_t *columns, unsigned n);
void emitter_table_row(emitter_t *e, const emitter_column_t *columns,
    unsigned n, const emitter_value_t *values, bool dull);
void emitter_table_end(emitter_t *e);

#endif /* EBB_EMITTER_H */
