/*
 * The tree of mallctl's names. A node is a branch, whose children have names;
 * a branch of indices, which all lead to the same child; or a leaf, a value
 * that is read or written, or an action.
 *
 * The tree is constant data; the functions in it are ctl_leaf.c's.
 */
#ifndef EBB_CTL_TREE_H
#define EBB_CTL_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "compiler.h"

typedef enum {
	CTL_BOOL,
	CTL_U32,
	CTL_UNSIGNED,
	CTL_U64,
	CTL_SIZE,
	CTL_SSIZE,
	CTL_STRING,  /* const char *, for ever valid */
	CTL_POINTER, /* the address of a counter */
	CTL_ACTION,  /* no value; using the name does something */
	CTL_RAW      /* the leaf's own: an array */
} ctl_type_t;

typedef union ctl_value_u {
	bool b;
	uint32_t u32;
	unsigned u;
	uint64_t u64;
	size_t z;
	ssize_t s;
	const char *str;
	const void *p;
} ctl_value_t;

typedef struct ctl_node_s ctl_node_t;

/* One use of a leaf: the MIB that led to it, and the caller's arguments. */
typedef struct ctl_call_s {
	const ctl_node_t *node;
	const size_t *mib;
	void *oldp;
	size_t *oldlenp;
	void *newp;
	size_t newlen;
} ctl_call_t;

struct ctl_node_s {
	const char *name; /* NULL: it stands for an index */

	/* Branches. */
	const ctl_node_t *children;
	uint16_t nchildren; /* 0: a leaf */
	/* Of a branch of indices: 0 if there is one such, or an error. */
	int (*index)(size_t ind);

	/* Leaves. Results: 0 or an error. Without get the value cannot be
	 * read; without set it cannot be written. */
	uint8_t type;   /* ctl_type_t */
	bool set_first; /* before the old value is read */
	int (*get)(const ctl_call_t *call, ctl_value_t *value);
	int (*set)(const ctl_call_t *call, const ctl_value_t *value);
	int (*run)(const ctl_call_t *call); /* CTL_ACTION, CTL_RAW */
	/* What get and set need to know: theirs to interpret. */
	const void *var;
	const void *names;
	uint32_t offset;
	uint32_t stride;
};

extern const EBB_HIDDEN ctl_node_t ctl_root;

/* Bytes of a value; 0 for CTL_ACTION and CTL_RAW. */
size_t ctl_type_size(ctl_type_t type);

/* For leaves that do it themselves: copies as much of the value of size bytes
 * as the caller asked for. 0, or EINVAL if that is not all of it. */
int ctl_copy_out(const ctl_call_t *call, const void *value, size_t size);

/* Reads a leaf together with its type: for the printer of statistics. 0 or an
 * error; EPERM if it has no value. */
int ctl_read(const char *name, ctl_type_t *type, ctl_value_t *value);

#endif /* EBB_CTL_TREE_H */
