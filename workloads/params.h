/*
 * The keys of a workload: --key=value.
 *
 * Each workload has one table of keys; the keys every workload shares are a
 * table here. A key has a kind, a default and a range: everything a parser,
 * a help text and an error message need. Values are looked up by number:
 * the common keys are 0 .. PARAM_OWN - 1, a workload's own keys follow in the
 * order of its table.
 */
#ifndef EBB_WORKLOADS_PARAMS_H
#define EBB_WORKLOADS_PARAMS_H

#include "jsonline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARAMS_MAX 24
#define PARAM_LIST_MAX 64
#define PARAM_TEXT_MAX 256

/* The keys every workload has. */
enum param_common {
	PARAM_THREADS,
	PARAM_SEED,
	PARAM_CHECK,
	PARAM_LATENCY,
	PARAM_USABLE,
	PARAM_MEM_LIMIT,
	PARAM_OWN /* a workload's first own key */
};

typedef enum param_kind {
	PARAM_COUNT, /* a whole number */
	PARAM_BYTES, /* a whole number; K, M, G (2^10, 2^20, 2^30) may follow */
	PARAM_REAL,  /* a decimal number */
	PARAM_WORD,  /* one of the words; its value is its place, from 0 */
	PARAM_LIST   /* whole numbers with commas between */
} param_kind_t;

/* A row of a table of keys; a row with key NULL ends the table. */
typedef struct param_s param_t;
struct param_s {
	const char *key;
	param_kind_t kind;
	const char *value; /* the default, as the user would type it */
	double min, max;   /* of numbers; max 0: no upper limit */
	const char *words; /* of PARAM_WORD: "one|two|three" */
	const char *help;  /* one line: meaning and unit */
};

/* What a key is set to. */
typedef struct param_value_s param_value_t;
struct param_value_s {
	uint64_t count; /* COUNT, BYTES, WORD */
	double real;    /* REAL */
	uint64_t list[PARAM_LIST_MAX];
	unsigned nlist;
	char text[PARAM_TEXT_MAX]; /* as typed; of WORD, the word */
};

typedef struct params_s params_t;
struct params_s {
	const char *workload; /* for messages */
	const param_t *own;
	unsigned n; /* keys, common ones included */
	param_value_t value[PARAMS_MAX];
};

/*
 * Sets every key to its default. own may be NULL. Neither name nor table is
 * copied: both must outlive params.
 * Returns false, with a reason in err, when a default breaks its own rule or
 * the table has more than PARAMS_MAX keys: a mistake in the table.
 */
bool params_init(params_t *params, const char *workload, const param_t *own,
    char *err, size_t err_size);

/* The row of key number i < params->n. */
const param_t *params_row(const params_t *params, unsigned i);

/*
 * Sets one key from an argument "--key=value".
 * Returns false, with params as it was, and in err a message that names the
 * argument, what is wrong with it, and what would be right.
 */
bool params_parse(
    params_t *params, const char *argument, char *err, size_t err_size);

/* True when the argument "--key=value" says what the key is set to now. */
bool params_holds(const params_t *params, const char *argument);

/* Sets a key of kind COUNT or BYTES: what scaling down or clamping gave. */
void params_set(params_t *params, unsigned i, uint64_t count);

/* Writes {"key":value,...} for every key. */
void params_json(const params_t *params, jsonline_t *json);

/*
 * A hash of the keys that shape the work: all but seed, check, latency and
 * mem-limit (the sizes that a limit scaled down are hashed themselves), and
 * those that begin with "plant-".
 */
uint64_t params_hash(const params_t *params);

static inline uint64_t
params_count(const params_t *params, unsigned i)
{
	return params->value[i].count;
}

static inline double
params_real(const params_t *params, unsigned i)
{
	return params->value[i].real;
}

#endif
