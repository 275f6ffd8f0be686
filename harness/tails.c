#include "tails.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hist_json.h"
#include "tail.h"
#include "units.h"

/* A row of a tail, as far as it is needed. */
typedef struct row_s row_t;
struct row_s {
	double response_ns, call_ns;
	cause_t cause;
	bool queued;
	unsigned ran;
	char half[16], band[16];
};

typedef struct rows_s rows_t;
struct rows_s {
	row_t *v;
	size_t n;
};

/* --------------------------------------------------------------- reading -- */

/* The columns that are needed, and where each stands in a row. */
enum { RESPONSE, HALF, BAND, CALL, CAUSE_OF, QUEUED, FLAGS, COLUMNS };
static const char *const column_names[COLUMNS] = {[RESPONSE] = "response_ns",
    [HALF] = "half",
    [BAND] = "band",
    [CALL] = "call_ns",
    [CAUSE_OF] = "cause",
    [QUEUED] = "queued",
    [FLAGS] = "flags"};

static bool
columns_find(const json_t *tail, size_t *places)
{
	const json_t *columns = json_object_get(tail, "columns");
	for (size_t c = 0; c < COLUMNS; c++) {
		size_t n = json_array_size(columns), i = 0;
		while (
		    i < n &&
		    strcmp(json_string_value(json_array_get(columns, i)) ?: "",
			column_names[c]) != 0)
			i++;
		if (i == n)
			return false;
		places[c] = i;
	}
	return true;
}

static const char *
cell_text(const json_t *row, size_t place)
{
	return json_string_value(json_array_get(row, place)) ?: "";
}

/* "fault fill" as a set. */
static unsigned
flags_parse(const char *text)
{
	words_t words = {0};
	unsigned flags = 0;
	words_split(&words, text, ' ');
	for (size_t i = 0; i < words.n; i++)
		flags |= 1u << cause_lookup(words.v[i]);
	words_release(&words);
	return flags & CAUSE_FLAGS;
}

/* Adds a tail's rows. Returns the least response of them, 0 without any. */
static double
rows_add(rows_t *rows, const json_t *tail, const size_t *places)
{
	const json_t *list = json_object_get(tail, "rows");
	size_t n = json_array_size(list);
	double least = INFINITY;
	row_t *v = reallocarray(rows->v, rows->n + n + 1, sizeof(*v));
	if (v == NULL)
		abort();
	rows->v = v;
	for (size_t i = 0; i < n; i++) {
		const json_t *from = json_array_get(list, i);
		row_t row = {
		    .response_ns = json_number_value(
			json_array_get(from, places[RESPONSE])),
		    .call_ns =
			json_number_value(json_array_get(from, places[CALL])),
		    .cause = cause_lookup(cell_text(from, places[CAUSE_OF])),
		    .queued =
			json_is_true(json_array_get(from, places[QUEUED])),
		    .ran = flags_parse(cell_text(from, places[FLAGS])),
		};
		if (row.cause == CAUSES) /* of a later ebb: unexplained */
			row.cause = CAUSE_WORK;
		snprintf(row.half, sizeof(row.half), "%s",
		    cell_text(from, places[HALF]));
		snprintf(row.band, sizeof(row.band), "%s",
		    cell_text(from, places[BAND]));
		least = fmin(least, row.response_ns);
		rows->v[rows->n++] = row;
	}
	return n > 0 ? least : 0;
}

static void
calls_add(tails_calls_t *calls, const json_t *from)
{
	size_t i;
	json_t *slow;
	calls->n += (uint64_t)sample_number(from, "n");
	json_array_foreach(json_object_get(from, "slow"), i, slow)
	{
		cause_t cause = cause_lookup(sample_text(slow, "cause"));
		double least = (double)sample_number(slow, "min_ns");
		if (cause == CAUSES)
			continue;
		bool first = calls->slow[cause].n == 0;
		calls->slow[cause].n += (uint64_t)sample_number(slow, "n");
		calls->slow[cause].sum_ns +=
		    (double)sample_number(slow, "sum_ns");
		calls->slow[cause].most_ns = fmax(calls->slow[cause].most_ns,
		    (double)sample_number(slow, "max_ns"));
		calls->slow[cause].least_ns =
		    first ? least : fmin(calls->slow[cause].least_ns, least);
	}
}

/* ------------------------------------------------------------- all of it -- */

static int
compare_rows(const void *a, const void *b)
{
	double x = ((const row_t *)a)->response_ns;
	double y = ((const row_t *)b)->response_ns;
	return (x < y) - (x > y);
}

static void
cause_add(tails_cause_t *cause, const row_t *row, double p999)
{
	cause->n++;
	cause->queued += row->queued;
	cause->beyond_ns += fmax(row->response_ns - p999, 0);
	cause->most_ns = fmax(cause->most_ns, row->response_ns);
	for (unsigned i = 0; i < CAUSES; i++)
		cause->ran[i] += (row->ran >> i) & 1;
	/* Rows come with the slowest first. */
	if (row->queued || cause->half[0] != '\0')
		return;
	memcpy(cause->half, row->half, sizeof(cause->half));
	memcpy(cause->band, row->band, sizeof(cause->band));
	cause->call_ns = row->call_ns;
}

/* A tail is cut when even its last row is above p99.9: more may be. */
static size_t
cut_count(const double *least, size_t n, double from)
{
	size_t cut = 0;
	for (size_t i = 0; i < n; i++)
		cut += least[i] > from;
	return cut;
}

static void
rows_count(tails_t *tails, rows_t *rows, const double *least)
{
	qsort(rows->v, rows->n, sizeof(*rows->v), compare_rows);
	size_t n = tails->above < rows->n ? (size_t)tails->above : rows->n;
	for (size_t i = 0; i < n; i++)
		cause_add(&tails->cause[rows->v[i].cause], &rows->v[i],
		    tails->p999_ns);
	tails->missed = tails->above - n;
	if (n > 0)
		tails->cut = cut_count(
		    least, tails->samples, rows->v[n - 1].response_ns);
}

static void
tail_add(tails_t *tails, const json_t *tail)
{
	tails->samples++;
	tails->halves += (uint64_t)sample_number(tail, "halves");
	calls_add(&tails->calls[0], json_object_get(tail, "malloc"));
	calls_add(&tails->calls[1], json_object_get(tail, "free"));
	tails->glance_ns = fmax(tails->glance_ns,
	    json_number_value(json_object_get(
		json_object_get(tail, "costs"), "snapshot_ns")));
	const json_t *unsupported = json_object_get(tail, "unsupported");
	if (json_object_get(unsupported, "npurge") != NULL)
		snprintf(tails->reason, sizeof(tails->reason), "%s",
		    sample_text(unsupported, "memcalls"));
}

void
tails_gather(tails_t *tails, json_t *const *documents, size_t n, double p999_ns)
{
	rows_t rows = {0};
	double *least = text_memory(n + 1, sizeof(*least));
	*tails = (tails_t){
	    .p999_ns = p999_ns, .control_p50_ns = NAN, .control_p999_ns = NAN};
	for (size_t i = 0; i < n; i++) {
		size_t places[COLUMNS];
		if (!columns_find(documents[i], places))
			continue;
		size_t before = rows.n;
		double last = rows_add(&rows, documents[i], places);
		bool whole = (int64_t)(rows.n - before) ==
			     sample_number(documents[i], "halves");
		least[tails->samples] = whole ? 0 : last;
		tail_add(tails, documents[i]);
	}
	tails->above = tail_above(tails->halves);
	rows_count(tails, &rows, least);
	free(least);
	free(rows.v);
}

static bool
sample_fits(const dataset_sample_t *s, size_t cell, size_t arm)
{
	return s->cell == cell && (arm == TAILS_ALL_ARMS || s->arm == arm) &&
	       s->ok && s->source == FROM_LATENCY;
}

size_t
tails_control(hist_t *control, const dataset_t *data, size_t cell, size_t arm)
{
	size_t n = 0;
	hist_init(control);
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		if (!sample_fits(s, cell, arm))
			continue;
		const json_t *latency = json_object_get(
		    json_object_get(s->line, "record"), "latency");
		n +=
		    hist_json_add(control, json_object_get(latency, "control"));
	}
	return n;
}

bool
tails_read(tails_t *tails, const summary_t *summary, size_t cell, size_t arm)
{
	const dataset_t *data = summary->data;
	const hist_t *timed = summary_row(summary, cell, arm)->latency;
	json_t **documents =
	    text_memory(data->nsamples + 1, sizeof(*documents));
	hist_t *control = text_memory(1, sizeof(*control));
	size_t n = 0;
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		char *path = sample_fits(s, cell, arm)
				 ? dataset_raw(data, s, "tail")
				 : NULL;
		if (path != NULL)
			documents[n] = json_load_file(path, 0, NULL);
		n += documents[n] != NULL;
		free(path);
	}
	tails_gather(tails, documents, n,
	    timed != NULL ? (double)hist_quantile(timed, 0.999) : NAN);
	if (tails_control(control, data, cell, arm) > 0) {
		tails->control_p50_ns = (double)hist_quantile(control, 0.5);
		tails->control_p999_ns = (double)hist_quantile(control, 0.999);
	}
	if (!hist_quantile_supported(control, 0.999))
		tails->control_p999_ns = NAN;
	for (size_t i = 0; i < n; i++)
		json_decref(documents[i]);
	free(documents);
	free(control);
	return tails->samples > 0;
}
