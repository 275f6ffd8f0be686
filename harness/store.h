/*
 * A run's folder: results/<utc>-<host>-<name>/.
 *
 *   plan.json      what was going to be measured; written before the first
 *                  sample
 *   machine.json   where
 *   stop.json      which cells ended before all of their planned samples
 *                  were taken (look_run.h)
 *   samples.jsonl  the truth, append-only: one line a sample, each written by
 *                  one write(2) and made durable before the next starts;
 *                  locked by whoever adds to it
 *   raw/           each sample's series and histogram; their hashes are in
 *                  the sample's line
 *
 * Everything else in the folder is derived from these. A line is believed
 * only when it parses, has our schema, and its raw files have the hashes it
 * states; so a run that was cut off at any moment can be completed.
 */
#ifndef EBB_HARNESS_STORE_H
#define EBB_HARNESS_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "place.h"
#include "sha256.h"

#define STORE_SCHEMA 1

/* ---------------------------------------------------------------- writer -- */

typedef struct store_s store_t;
struct store_s {
	char *dir;            /* the run's folder, as the user may type it */
	int samples_fd;       /* samples.jsonl, append, locked; -1: none */
	const place_t *place; /* what written paths are relative to */
};

/*
 * Makes a new folder parent/<utc>-<host>-<name> with raw/ and an empty
 * samples.jsonl in it. The place must outlive the store; NULL: paths are
 * written as they are. Errors: the folder cannot be made. store_release()
 * afterwards.
 */
bool store_create(store_t *store, const place_t *place, const char *parent,
    const char *utc, const char *name, fault_t *fault);

/* Removes what store_create() and the documents made; the store is closed. */
void store_discard(store_t *store);

/* Errors: the folder is not that of a run. */
bool store_check(const char *dir, fault_t *fault);

/*
 * Opens an existing run's folder, to add to it. A torn last line, left by a
 * run that was killed, is closed, so that it stays by itself.
 * Errors: it is no run's folder; another process is adding to it.
 */
bool store_open(
    store_t *store, const place_t *place, const char *dir, fault_t *fault);

void store_release(store_t *store);

/* Writes a whole document (plan.json, ...), complete or not at all. */
bool store_document_write(
    store_t *store, const char *name, const json_t *document, fault_t *fault);

/* Appends a sample's line, whole or not at all, and makes it durable. */
bool store_line_append(store_t *store, const json_t *line, fault_t *fault);

/* The path of a file in the folder; the caller frees it. */
char *store_path(const store_t *store, const char *name);

/*
 * Describes a finished raw file for a sample's line:
 * {"file":"raw/s000123.series","sha256":"..."}. NULL and the fault when it
 * cannot be read. The file is made durable too.
 */
json_t *store_raw(store_t *store, const char *name, fault_t *fault);

/* ---------------------------------------------------------------- reader -- */

typedef struct samples_s samples_t;
struct samples_s {
	json_t *plan;    /* plan.json, or NULL when there is none */
	json_t *machine; /* machine.json, or NULL */
	json_t *stop;    /* stop.json: cells that ended early; or NULL */
	json_t *lines;   /* array of the samples, in file order; of lines with
			  * the same id only the last */
	size_t damaged;  /* lines that are torn or not ours: left out */
};

/*
 * Reads a run. Errors: samples.jsonl or a document is there but cannot be
 * read, or has a schema of a later ebb, be it of one line. A run without
 * samples.jsonl is a run with no samples. samples_release() afterwards, also
 * after an error.
 */
bool samples_read(samples_t *samples, const char *dir, fault_t *fault);
void samples_release(samples_t *samples);

/* True when every raw file that the line names has the hash it states. */
bool sample_intact(const char *dir, const json_t *line);

/*
 * Fields of a line. A missing field, or one of another type, reads as ""
 * or 0. Strings belong to the line.
 */
const char *sample_text(const json_t *line, const char *key);
int64_t sample_number(const json_t *line, const char *key);
/* True for a sample whose status is "ok": only these have numbers. */
bool sample_ok(const json_t *line);

/*
 * A metric of a line. Returns true with *value set when it is a number;
 * otherwise false with *reason (may be NULL) set to why there is none.
 */
bool sample_metric(
    const json_t *line, const char *name, double *value, const char **reason);

#endif
