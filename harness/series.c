#include "series.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "text.h"

void
series_init(series_t *series, size_t room)
{
	*series = (series_t){
	    .v = text_memory(room, sizeof(*series->v)), .room = room};
}

void
series_release(series_t *series)
{
	free(series->v);
	*series = (series_t){0};
}

void
point_init(point_t *point, uint64_t t_ns)
{
	*point = (point_t){.t_ns = t_ns, .rss_most = SERIES_NONE};
	for (int c = 0; c < SERIES_COLUMNS; c++)
		point->v[c] = SERIES_NONE;
}

/* Two neighbours become one: the first, with what only the second has. */
static void
series_thin(series_t *series)
{
	for (size_t i = 0; i < series->n / 2; i++) {
		point_t one = series->v[2 * i];
		const point_t *next = &series->v[2 * i + 1];
		for (int c = 0; c < SERIES_COLUMNS; c++)
			if (one.v[c] == SERIES_NONE)
				one.v[c] = next->v[c];
		if (next->rss_most > one.rss_most)
			one.rss_most = next->rss_most;
		if (one.narenas == 0) {
			one.narenas = next->narenas;
			memcpy(one.arenas, next->arenas, sizeof(one.arenas));
		}
		series->v[i] = one;
	}
	series->n /= 2;
}

bool
series_add(series_t *series, const point_t *point)
{
	bool thinned = series->n == series->room;
	if (thinned)
		series_thin(series);
	point_t *new = &series->v[series->n++];
	*new = *point;
	if (new->rss_most < new->v[SERIES_RSS])
		new->rss_most = new->v[SERIES_RSS];
	return thinned;
}

size_t
series_count(const series_t *series, uint64_t begin, uint64_t end)
{
	size_t count = 0;
	for (size_t i = 0; i < series->n; i++)
		count += series->v[i].t_ns >= begin && series->v[i].t_ns <= end;
	return count;
}

/* The part of [from, to] that lies in [begin, end], in ns. */
static double
overlap(uint64_t from, uint64_t to, uint64_t begin, uint64_t end)
{
	if (from < begin)
		from = begin;
	if (to > end)
		to = end;
	return to > from ? (double)(to - from) : 0.0;
}

/* The first value of a column, or SERIES_NONE. */
static int64_t
series_first(const series_t *series, series_column_t column)
{
	for (size_t i = 0; i < series->n; i++)
		if (series->v[i].v[column] != SERIES_NONE)
			return series->v[i].v[column];
	return SERIES_NONE;
}

bool
series_mean(const series_t *series, series_column_t column,
    series_column_t less, uint64_t begin, uint64_t end, double *mean)
{
	int64_t held = series_first(series, column);
	int64_t held_less =
	    less == SERIES_COLUMNS ? 0 : series_first(series, less);
	double sum = 0.0;
	uint64_t since = begin;
	if (held == SERIES_NONE || held_less == SERIES_NONE || end <= begin)
		return true;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *p = &series->v[i];
		sum += overlap(since, p->t_ns, begin, end) *
		       ((double)held - (double)held_less);
		since = p->t_ns;
		if (p->v[column] != SERIES_NONE)
			held = p->v[column];
		if (less != SERIES_COLUMNS && p->v[less] != SERIES_NONE)
			held_less = p->v[less];
	}
	/* The last values hold to the end. */
	sum += overlap(since, end, begin, end) *
	       ((double)held - (double)held_less);
	*mean = sum / (double)(end - begin);
	return false;
}

bool
series_peak(const series_t *series, uint64_t begin, uint64_t end, double *peak)
{
	int64_t most = SERIES_NONE, before = SERIES_NONE;
	for (size_t i = 0; i < series->n; i++) {
		const point_t *p = &series->v[i];
		if (p->t_ns < begin && p->rss_most != SERIES_NONE)
			before = p->v[SERIES_RSS];
		if (p->t_ns >= begin && p->t_ns <= end && p->rss_most > most)
			most = p->rss_most;
	}
	if (before > most)
		most = before;
	if (most == SERIES_NONE)
		return true;
	*peak = (double)most;
	return false;
}

bool
series_last(const series_t *series, series_column_t column, uint64_t begin,
    uint64_t end, double *value)
{
	for (size_t i = series->n; i > 0; i--) {
		const point_t *p = &series->v[i - 1];
		if (p->t_ns < begin || p->t_ns > end ||
		    p->v[column] == SERIES_NONE)
			continue;
		*value = (double)p->v[column];
		return false;
	}
	return true;
}

static void
point_write(const point_t *point, uint64_t begin_ns, FILE *stream)
{
	fprintf(stream, "%" PRIu64,
	    point->t_ns > begin_ns ? point->t_ns - begin_ns : 0);
	for (int c = 0; c < SERIES_COLUMNS; c++) {
		fputc(',', stream);
		if (point->v[c] == SERIES_NONE)
			continue;
		if (c == SERIES_PHASE)
			fputs(
			    ebb_live_kind_name((uint32_t)point->v[c]), stream);
		else
			fprintf(stream, "%" PRId64, point->v[c]);
	}
	fputc('\n', stream);
}

/* Closes it if it could be opened; true, and says why, when it was not all
 * written. */
static bool
stream_close(FILE *stream, const char *path, fault_t *fault)
{
	bool failed = stream == NULL || ferror(stream) != 0;
	if (stream != NULL)
		failed = fclose(stream) != 0 || failed;
	if (failed)
		return fault_set_errno(fault, "cannot write '%s'", path);
	return false;
}

bool
series_write(
    const series_t *series, const char *path, uint64_t begin_ns, fault_t *fault)
{
	FILE *stream = fopen(path, "we");
	if (stream != NULL) {
		fputs("t_ns"
#define X(end, name) "," name
		    SERIES_TABLE(X)
#undef X
			"\n",
		    stream);
		for (size_t i = 0; i < series->n; i++)
			point_write(&series->v[i], begin_ns, stream);
	}
	return stream_close(stream, path, fault);
}

/* -------------------------------------------------------------- arenas -- */

unsigned
series_arenas_used(const series_t *series)
{
	bool used[SERIES_ARENAS] = {false};
	unsigned n = 0;
	for (size_t i = 0; i < series->n; i++)
		for (unsigned a = 0; a < series->v[i].narenas; a++)
			used[a] |= series->v[i].arenas[a].pactive > 0 ||
				   series->v[i].arenas[a].purged > 0;
	for (unsigned a = 0; a < SERIES_ARENAS; a++)
		n += used[a];
	return n;
}

bool
series_write_arenas(
    const series_t *series, const char *path, uint64_t begin_ns, fault_t *fault)
{
	FILE *stream = fopen(path, "we");
	arena_point_t last[SERIES_ARENAS] = {{0}};
	if (stream != NULL)
		fputs("t_ns,arena"
#define X(field, name) "," name
		    SERIES_ARENA_TABLE(X)
#undef X
			"\n",
		    stream);
	for (size_t i = 0; stream != NULL && i < series->n; i++) {
		const point_t *point = &series->v[i];
		for (unsigned a = 0; a < point->narenas; a++) {
			const arena_point_t *now = &point->arenas[a];
			if (memcmp(now, &last[a], sizeof(*now)) == 0)
				continue;
			last[a] = *now;
			fprintf(stream, "%" PRIu64 ",%u",
			    point->t_ns > begin_ns ? point->t_ns - begin_ns : 0,
			    a);
#define X(field, name) fprintf(stream, ",%" PRIu64, now->field);
			SERIES_ARENA_TABLE(X)
#undef X
			fputc('\n', stream);
		}
	}
	return stream_close(stream, path, fault);
}
