#include "census_tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "counters.h"

/* A call of brk with an address. */
struct census_move_s {
	uint64_t t_ns, to;
	pid_t pid;
};

/* What a metric is of. */
enum part { COUNT, BYTES, RANGES, RETURNED };

static const struct row_s {
	const char *name;
	enum part part;
	census_call_t call; /* of COUNT and BYTES */
} rows[] = {
    {"kernel_madvise_dontneed", COUNT, CENSUS_MADVISE_DONTNEED},
    {"kernel_madvise_dontneed_bytes", BYTES, CENSUS_MADVISE_DONTNEED},
    {"kernel_madvise_free", COUNT, CENSUS_MADVISE_FREE},
    {"kernel_madvise_free_bytes", BYTES, CENSUS_MADVISE_FREE},
    {"kernel_madvise_other", COUNT, CENSUS_MADVISE_OTHER},
    {"kernel_madvise_other_bytes", BYTES, CENSUS_MADVISE_OTHER},
    {"kernel_process_madvise", COUNT, CENSUS_PROCESS_MADVISE},
    {"kernel_process_madvise_ranges", RANGES},
    {"kernel_process_madvise_bytes", BYTES, CENSUS_PROCESS_MADVISE},
    {"kernel_munmap", COUNT, CENSUS_MUNMAP},
    {"kernel_munmap_bytes", BYTES, CENSUS_MUNMAP},
    {"kernel_mmap", COUNT, CENSUS_MMAP},
    {"kernel_mmap_bytes", BYTES, CENSUS_MMAP},
    {"kernel_mremap", COUNT, CENSUS_MREMAP},
    {"kernel_mremap_bytes", BYTES, CENSUS_MREMAP},
    {"kernel_brk", COUNT, CENSUS_BRK},
    {"kernel_brk_bytes", BYTES, CENSUS_BRK},
    {"kernel_returned_bytes", RETURNED},
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static const char *const call_names[CENSUS_CALLS] = {
#define X(end, name) name,
    CENSUS_TABLE(X)
#undef X
};

void
census_tally_init(census_tally_t *tally, uint64_t begin_ns)
{
	*tally = (census_tally_t){.begin_ns = begin_ns};
}

void
census_tally_release(census_tally_t *tally)
{
	free(tally->bins);
	free(tally->moves);
	*tally = (census_tally_t){0};
}

/* ---------------------------------------------------------------- adding -- */

/* An array with room for more than n elements: as it was, or twice as large. */
static void *
grow(void *array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return array;
	*room = 2 * (n < 128 ? 128 : n);
	array = reallocarray(array, *room, size);
	if (array == NULL)
		abort();
	return array;
}

/* Adds to the sum and to the bin of that time. */
static void
sum_add(census_tally_t *tally, uint64_t t_ns, census_call_t call,
    uint64_t count, uint64_t bytes)
{
	size_t bin = t_ns > tally->begin_ns
			 ? (t_ns - tally->begin_ns) / CENSUS_BIN_NS
			 : 0;
	tally->bins =
	    grow(tally->bins, bin, &tally->bins_room, sizeof(*tally->bins));
	if (bin >= tally->nbins) {
		memset(&tally->bins[tally->nbins], 0,
		    (bin + 1 - tally->nbins) * sizeof(*tally->bins));
		tally->nbins = bin + 1;
	}
	tally->sum[call].count += count;
	tally->sum[call].bytes += bytes;
	tally->bins[bin][call].count += count;
	tally->bins[bin][call].bytes += bytes;
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static census_call_t
advice_call(int advice)
{
	return advice == MADV_DONTNEED ? CENSUS_MADVISE_DONTNEED
	       : advice == MADV_FREE   ? CENSUS_MADVISE_FREE
				       : CENSUS_MADVISE_OTHER;
}

static void
ranges_add(census_tally_t *tally, const census_event_t *event)
{
	bool unknown = event->ranges_bytes == CENSUS_UNKNOWN;
	tally->ranges += event->args[2];
	tally->ranges_unknown = tally->ranges_unknown || unknown;
	sum_add(tally, event->t_ns, CENSUS_PROCESS_MADVISE, 1,
	    unknown ? 0 : event->ranges_bytes);
}

static void
brk_add(census_tally_t *tally, const census_event_t *event)
{
	sum_add(tally, event->t_ns, CENSUS_BRK, 1, 0);
	if (event->args[0] == 0) /* asks where it is */
		return;
	tally->moves = grow(tally->moves, tally->nmoves, &tally->moves_room,
	    sizeof(*tally->moves));
	tally->moves[tally->nmoves++] = (struct census_move_s){
	    .t_ns = event->t_ns, .to = event->args[0], .pid = event->pid};
}

void
census_tally_add(census_tally_t *tally, const census_event_t *event)
{
	const uint64_t *args = event->args;
	switch (event->number) {
	case SYS_madvise:
		sum_add(
		    tally, event->t_ns, advice_call((int)args[2]), 1, args[1]);
		break;
	case SYS_process_madvise:
		ranges_add(tally, event);
		break;
	case SYS_munmap:
		sum_add(tally, event->t_ns, CENSUS_MUNMAP, 1, args[1]);
		break;
	case SYS_mmap:
		sum_add(tally, event->t_ns, CENSUS_MMAP, 1, args[1]);
		break;
	case SYS_mremap:
		sum_add(tally, event->t_ns, CENSUS_MREMAP, 1,
		    distance(args[1], args[2]));
		break;
	case SYS_brk:
		brk_add(tally, event);
		break;
	}
}

/* By process, then by time. */
static int
move_compare(const void *a, const void *b)
{
	const struct census_move_s *x = a, *y = b;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns);
}

void
census_tally_finish(census_tally_t *tally)
{
	struct census_move_s *moves = tally->moves;
	if (tally->nmoves > 0)
		qsort(moves, tally->nmoves, sizeof(*moves), move_compare);
	for (size_t i = 1; i < tally->nmoves; i++) {
		uint64_t from = moves[i - 1].to, to = moves[i].to;
		if (moves[i - 1].pid != moves[i].pid)
			continue;
		sum_add(
		    tally, moves[i].t_ns, CENSUS_BRK, 0, distance(from, to));
		tally->shrunk += to < from ? from - to : 0;
	}
}

/* --------------------------------------------------------------- numbers -- */

/* Returns true when the number is not known. */
static bool
row_value(const census_tally_t *tally, const struct row_s *row, uint64_t *value)
{
	const census_sum_t *sum = tally->sum;
	switch (row->part) {
	case COUNT:
		*value = sum[row->call].count;
		return false;
	case RANGES:
		*value = tally->ranges;
		return false;
	case BYTES:
		*value = sum[row->call].bytes;
		return row->call == CENSUS_PROCESS_MADVISE &&
		       tally->ranges_unknown;
	case RETURNED:
		*value = sum[CENSUS_MADVISE_DONTNEED].bytes +
			 sum[CENSUS_MADVISE_FREE].bytes +
			 sum[CENSUS_PROCESS_MADVISE].bytes +
			 sum[CENSUS_MUNMAP].bytes + tally->shrunk;
		return tally->ranges_unknown;
	}
	return true;
}

json_t *
census_tally_json(const census_tally_t *tally)
{
	json_t *object = json_object();
	for (size_t i = 0; i < ROWS; i++) {
		uint64_t value;
		bool unknown = row_value(tally, &rows[i], &value);
		json_object_set_new(object, rows[i].name,
		    unknown ? json_null() : json_integer((json_int_t)value));
	}
	return object;
}

void
census_tally_metrics(json_t *metrics, const census_tally_t *run,
    const census_tally_t *empty, const char *reason)
{
	for (size_t i = 0; i < ROWS; i++) {
		uint64_t all, less;
		if (reason[0] != '\0')
			metric_set_unsupported(
			    metrics, rows[i].name, "%s", reason);
		else if (row_value(run, &rows[i], &all) ||
			 row_value(empty, &rows[i], &less))
			metric_set_unsupported(metrics, rows[i].name,
			    "the ranges of process_madvise were not read: a "
			    "tracepoint does not show them");
		else
			metric_set_integer(metrics, rows[i].name,
			    all > less ? (int64_t)(all - less) : 0);
	}
}

/* -------------------------------------------------------------- raw file -- */

bool
census_tally_write(
    const census_tally_t *tally, const char *path, fault_t *fault)
{
	FILE *stream = fopen(path, "we");
	if (stream == NULL)
		return fault_set_errno(fault, "cannot write '%s'", path);
	fputs("t_ns,call,count,bytes\n", stream);
	for (size_t b = 0; b < tally->nbins; b++)
		for (int c = 0; c < CENSUS_CALLS; c++) {
			const census_sum_t *sum = &tally->bins[b][c];
			if (sum->count == 0 && sum->bytes == 0)
				continue;
			fprintf(stream, "%llu,%s,%llu,%llu\n",
			    (unsigned long long)(b * CENSUS_BIN_NS),
			    call_names[c], (unsigned long long)sum->count,
			    (unsigned long long)sum->bytes);
		}
	bool failed = ferror(stream) != 0;
	failed = fclose(stream) != 0 || failed;
	return failed && fault_set_errno(fault, "cannot write '%s'", path);
}
