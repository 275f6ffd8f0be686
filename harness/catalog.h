/*
 * The catalog: what the workload program offers, as its --list=json says.
 */
#ifndef EBB_HARNESS_CATALOG_H
#define EBB_HARNESS_CATALOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "place.h"
#include "text.h"

/* A named configuration of a workload. */
typedef struct catalog_case_s catalog_case_t;
struct catalog_case_s {
	char *name; /* "" for a workload with one unnamed case */
	words_t args;
	bool more; /* beyond the default plan: only in full, or by name */
};

typedef struct catalog_row_s catalog_row_t;
struct catalog_row_s {
	char *name, *summary, *shows;
	words_t arms;         /* variants that it tells apart */
	unsigned threads_max; /* 1 for single-threaded ones, else UINT_MAX */
	bool threads_even;    /* only even numbers of threads */
	bool latency;         /* can time single calls */
	catalog_case_t *cases;
	size_t ncases;      /* >= 1 */
	words_t smoke;      /* arguments that make a very short sample */
	words_t defaults;   /* ... and one of the default plan */
	json_t *parameters; /* array of {"key","default","help"} */
};

typedef struct catalog_s catalog_t;
struct catalog_s {
	catalog_row_t *v;
	size_t n;
};

/*
 * Asks the workload program. Errors: it does not run, or lists nothing that
 * can be understood. catalog_release() afterwards, always.
 */
bool catalog_find(catalog_t *catalog, const place_t *place, fault_t *fault);

/* As catalog_find, from the text that the program printed. */
bool catalog_parse(catalog_t *catalog, const char *text, fault_t *fault);

/* The row of that name, or NULL. */
const catalog_row_t *
catalog_lookup(const catalog_t *catalog, const char *workload);

/* The default of a key, as typed; NULL when the workload has no such key. */
const char *catalog_default(const catalog_row_t *row, const char *key);

void catalog_release(catalog_t *catalog);

#endif
