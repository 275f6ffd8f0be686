#include "params.h"

#include "prng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const param_t common[PARAM_OWN] = {
    [PARAM_THREADS] = {"threads", PARAM_COUNT, "1", 1, 64, NULL,
	"threads that work; 1 is the main thread, none is created"},
    [PARAM_SEED] = {"seed", PARAM_COUNT, "1", 0, 0, NULL,
	"of the pseudo-random op stream"},
    [PARAM_CHECK] = {"check", PARAM_COUNT, "0", 0, 1, NULL,
	"1: verify the contents of every block when it is freed"},
    [PARAM_LATENCY] = {"latency", PARAM_COUNT, "0", 0, 1, NULL,
	"1: time every 64th allocator call into a histogram"},
    [PARAM_USABLE] = {"usable", PARAM_COUNT, "0", 0, 1, NULL,
	"1: instead of timing, ask malloc_usable_size of every 64th call's "
	"block, where single calls can be timed"},
    [PARAM_MEM_LIMIT] = {"mem-limit", PARAM_BYTES, "0", 0, 0, NULL,
	"bytes live at most: sizes scale down to it; 0: no limit"},
};

const param_t *
params_row(const params_t *params, unsigned i)
{
	return i < PARAM_OWN ? &common[i] : &params->own[i - PARAM_OWN];
}

/* Reads a whole number, with a suffix K, M or G when bytes is true. */
static bool
parse_count(const char *text, bool bytes, uint64_t *count)
{
	static const char suffixes[] = "KMG";
	if (*text < '0' || *text > '9')
		return false;
	char *end;
	errno = 0;
	uint64_t n = strtoull(text, &end, 10);
	if (errno != 0)
		return false;
	const char *suffix = *end != '\0' ? strchr(suffixes, *end) : NULL;
	if (bytes && suffix != NULL) {
		unsigned shift = 10 * (unsigned)(suffix - suffixes + 1);
		if (n > UINT64_MAX >> shift)
			return false;
		n <<= shift;
		end++;
	}
	*count = n;
	return *end == '\0';
}

static bool
parse_real(const char *text, double *real)
{
	if ((*text < '0' || *text > '9') && *text != '.')
		return false;
	char *end;
	*real = strtod(text, &end);
	return *end == '\0';
}

/* The place of text among the words "a|b|c", or -1. */
static int
find_word(const char *words, const char *text)
{
	size_t length = strlen(text);
	for (int place = 0;; place++) {
		size_t end = strcspn(words, "|");
		if (end == length && memcmp(words, text, length) == 0)
			return place;
		if (words[end] == '\0')
			return -1;
		words += end + 1;
	}
}

static bool
in_range(const param_t *row, double n)
{
	return n >= row->min && (row->max == 0 || n <= row->max);
}

static bool
parse_list(const param_t *row, const char *text, param_value_t *value)
{
	value->nlist = 0;
	while (value->nlist < PARAM_LIST_MAX) {
		char item[32];
		size_t length = strcspn(text, ",");
		if (length >= sizeof(item))
			return false;
		memcpy(item, text, length);
		item[length] = '\0';
		uint64_t *n = &value->list[value->nlist];
		if (!parse_count(item, false, n) || !in_range(row, (double)*n))
			return false;
		value->nlist++;
		if (text[length] == '\0')
			return true;
		text += length + 1;
	}
	return false;
}

/* Reads a value by the kind of its row. */
static bool
parse_value(const param_t *row, const char *text, param_value_t *value)
{
	memset(value, 0, sizeof(*value));
	if (strlen(text) >= sizeof(value->text))
		return false;
	strcpy(value->text, text);
	int place;
	switch (row->kind) {
	case PARAM_COUNT:
	case PARAM_BYTES:
		return parse_count(
			   text, row->kind == PARAM_BYTES, &value->count) &&
		       in_range(row, (double)value->count);
	case PARAM_REAL:
		return parse_real(text, &value->real) &&
		       in_range(row, value->real);
	case PARAM_WORD:
		place = find_word(row->words, text);
		value->count = (uint64_t)place;
		return place >= 0;
	case PARAM_LIST:
		return parse_list(row, text, value);
	}
	return false;
}

/* "a whole number from 1 to 64", ... */
static void
describe_rule(const param_t *row, char *text, size_t size)
{
	static const char *const what[] = {
	    [PARAM_COUNT] = "a whole number",
	    [PARAM_BYTES] = "a number of bytes (K, M, G may follow)",
	    [PARAM_REAL] = "a number",
	    [PARAM_WORD] = "one of",
	    [PARAM_LIST] = "whole numbers with commas between, each",
	};
	if (row->kind == PARAM_WORD)
		snprintf(text, size, "%s %s", what[row->kind], row->words);
	else if (row->max != 0)
		snprintf(text, size, "%s from %.12g to %.12g", what[row->kind],
		    row->min, row->max);
	else
		snprintf(text, size, "%s, at least %.12g", what[row->kind],
		    row->min);
}

bool
params_init(params_t *params, const char *workload, const param_t *own,
    char *err, size_t err_size)
{
	params->workload = workload;
	params->own = own;
	params->n = PARAM_OWN;
	while (own != NULL && own[params->n - PARAM_OWN].key != NULL)
		params->n++;
	if (params->n > PARAMS_MAX) {
		snprintf(err, err_size, "%s: more than %d keys", workload,
		    PARAMS_MAX);
		return false;
	}
	for (unsigned i = 0; i < params->n; i++) {
		const param_t *row = params_row(params, i);
		if (!parse_value(row, row->value, &params->value[i])) {
			snprintf(err, err_size, "%s: default of %s is wrong",
			    workload, row->key);
			return false;
		}
	}
	return true;
}

/* The number of the key that an argument "--key=value" names, or -1. */
static int
find_key(const params_t *params, const char *argument, const char **value)
{
	const char *equals = strchr(argument, '=');
	if (strncmp(argument, "--", 2) != 0 || equals == NULL)
		return -1;
	const char *key = argument + 2;
	size_t length = (size_t)(equals - key);
	*value = equals + 1;
	for (unsigned i = 0; i < params->n; i++) {
		const char *have = params_row(params, i)->key;
		if (strlen(have) == length && memcmp(have, key, length) == 0)
			return (int)i;
	}
	return -1;
}

static void
unknown_key(
    const params_t *params, const char *argument, char *err, size_t err_size)
{
	int n = snprintf(err, err_size,
	    "%s: unknown argument %s: want --key=value with one of the keys",
	    params->workload, argument);
	for (unsigned i = 0; i < params->n && n > 0 && (size_t)n < err_size;
	     i++)
		n += snprintf(err + n, err_size - (size_t)n, " %s",
		    params_row(params, i)->key);
}

bool
params_parse(params_t *params, const char *argument, char *err, size_t err_size)
{
	const char *text;
	int i = find_key(params, argument, &text);
	if (i < 0) {
		unknown_key(params, argument, err, err_size);
		return false;
	}
	const param_t *row = params_row(params, (unsigned)i);
	param_value_t value;
	if (!parse_value(row, text, &value)) {
		char rule[256];
		describe_rule(row, rule, sizeof(rule));
		snprintf(err, err_size, "%s: bad value in %s: want %s",
		    params->workload, argument, rule);
		return false;
	}
	params->value[i] = value;
	return true;
}

bool
params_holds(const params_t *params, const char *argument)
{
	const char *text;
	int i = find_key(params, argument, &text);
	param_value_t value;
	if (i < 0 ||
	    !parse_value(params_row(params, (unsigned)i), text, &value))
		return false;
	const param_value_t *have = &params->value[i];
	return have->count == value.count && have->real == value.real &&
	       have->nlist == value.nlist &&
	       memcmp(have->list, value.list, sizeof(value.list)) == 0;
}

void
params_set(params_t *params, unsigned i, uint64_t count)
{
	param_value_t *value = &params->value[i];
	value->count = count;
	snprintf(value->text, sizeof(value->text), "%llu",
	    (unsigned long long)count);
}

static void
value_json(const param_t *row, const param_value_t *value, jsonline_t *json)
{
	switch (row->kind) {
	case PARAM_COUNT:
	case PARAM_BYTES:
		jsonline_u64(json, value->count);
		break;
	case PARAM_REAL:
		jsonline_real(json, value->real);
		break;
	case PARAM_WORD:
		jsonline_str(json, value->text);
		break;
	case PARAM_LIST:
		jsonline_open(json, '[');
		for (unsigned i = 0; i < value->nlist; i++)
			jsonline_u64(json, value->list[i]);
		jsonline_close(json, ']');
		break;
	}
}

void
params_json(const params_t *params, jsonline_t *json)
{
	jsonline_open(json, '{');
	for (unsigned i = 0; i < params->n; i++) {
		const param_t *row = params_row(params, i);
		jsonline_key(json, row->key);
		value_json(row, &params->value[i], json);
	}
	jsonline_close(json, '}');
}

/* What is planted on top of the work is no part of it. */
static bool
shapes_work(const params_t *params, unsigned i)
{
	static const char planted[] = "plant-";
	const char *key = params_row(params, i)->key;
	return i == PARAM_THREADS ||
	       (i >= PARAM_OWN &&
		   strncmp(key, planted, sizeof(planted) - 1) != 0);
}

/* Where own keys began when checksums were first written: they stay
 * comparable with those of older runs. */
#define HASH_OWN 5

uint64_t
params_hash(const params_t *params)
{
	uint64_t hash = 0;
	for (const char *c = params->workload; *c != '\0'; c++)
		hash = prng_mix(hash + (uint8_t)*c);
	for (unsigned i = 0; i < params->n; i++) {
		if (!shapes_work(params, i))
			continue;
		const param_value_t *value = &params->value[i];
		uint64_t real;
		uint64_t place = i < PARAM_OWN ? i : i - PARAM_OWN + HASH_OWN;
		memcpy(&real, &value->real, sizeof(real));
		hash = prng_mix(hash + prng_mix(value->count + place) + real);
		for (unsigned j = 0; j < value->nlist; j++)
			hash = prng_mix(hash + value->list[j]);
	}
	return hash;
}
