#include "record.h"

#include "op.h"
#include "tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORD_SIZE (4u << 20)

int
record_fd(char *err, size_t err_size)
{
	const char *text = getenv("EBB_RECORD_FD");
	if (text == NULL || *text == '\0')
		return STDOUT_FILENO;
	char *end;
	long fd = strtol(text, &end, 10);
	if (*end != '\0' || fd < 0 || fd > 1 << 20 ||
	    fcntl((int)fd, F_GETFD) == -1) {
		snprintf(err, err_size,
		    "EBB_RECORD_FD=%s is not an open descriptor: open it "
		    "before exec, or unset it",
		    text);
		return -1;
	}
	return (int)fd;
}

static uint64_t
timeval_ns(struct timeval from, struct timeval to)
{
	int64_t seconds = to.tv_sec - from.tv_sec;
	int64_t micro = to.tv_usec - from.tv_usec;
	return (uint64_t)(seconds * 1000000000 + micro * 1000);
}

static void
record_usage(jsonline_t *json, const run_t *run)
{
	const struct rusage *a = &run->usage_begin, *b = &run->usage_end;
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
	    {"cpu_user_ns", timeval_ns(a->ru_utime, b->ru_utime)},
	    {"cpu_sys_ns", timeval_ns(a->ru_stime, b->ru_stime)},
	    {"minflt", (uint64_t)(b->ru_minflt - a->ru_minflt)},
	    {"majflt", (uint64_t)(b->ru_majflt - a->ru_majflt)},
	    {"nvcsw", (uint64_t)(b->ru_nvcsw - a->ru_nvcsw)},
	    {"nivcsw", (uint64_t)(b->ru_nivcsw - a->ru_nivcsw)},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		jsonline_key_u64(json, rows[i].key, rows[i].value);
}

static void
record_phases(jsonline_t *json, const struct ebb_live *live)
{
	jsonline_key(json, "phases");
	jsonline_open(json, '[');
	for (uint32_t i = 0; i < live->nphases; i++) {
		const struct ebb_live_phase *phase = &live->phases[i];
		jsonline_open(json, '{');
		jsonline_key_str(json, "name", ebb_live_kind_name(phase->kind));
		jsonline_key_u64(json, "cycle", phase->cycle);
		jsonline_key_u64(json, "t_ns", phase->t_ns);
		jsonline_close(json, '}');
	}
	jsonline_close(json, ']');
}

static void
record_cycles(jsonline_t *json, const run_table_t *table)
{
	jsonline_key(json, "cycles");
	jsonline_open(json, '[');
	for (unsigned i = 0; i < table->nrows; i++) {
		jsonline_open(json, '{');
		for (unsigned j = 0; j < table->ncolumns; j++)
			jsonline_key_u64(
			    json, table->column[j], table->row[i][j]);
		jsonline_close(json, '}');
	}
	jsonline_close(json, ']');
}

static void
record_hist(jsonline_t *json, const hist_t *hist)
{
	jsonline_open(json, '{');
	jsonline_key_u64(json, "lg_sub", HIST_LG_SUB);
	jsonline_key_u64(json, "count", hist->count);
	jsonline_key_u64(json, "min", hist->count != 0 ? hist->min : 0);
	jsonline_key_u64(json, "max", hist->max);
	jsonline_key(json, "buckets");
	jsonline_open(json, '[');
	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		if (hist->bucket[i] == 0)
			continue;
		jsonline_open(json, '[');
		jsonline_u64(json, i);
		jsonline_u64(json, hist->bucket[i]);
		jsonline_close(json, ']');
	}
	jsonline_close(json, ']');
	jsonline_close(json, '}');
}

static void
record_latency(jsonline_t *json, const run_t *run)
{
	jsonline_key(json, "latency");
	if (run->hist == NULL || run->usable) {
		jsonline_null(json);
		return;
	}
	jsonline_open(json, '{');
	jsonline_key_str(json, "unit", "ns");
	const char *timed = run->workload->timed;
	jsonline_key_str(json, "of", timed != NULL ? timed : "call");
	jsonline_key_u64(json, "every", timed != NULL ? 1 : OP_EVERY);
	jsonline_key_u64(json, "clock_ns", run->clock_ns);
	jsonline_key(json, "hist");
	record_hist(json, run->hist);
	if (run->control != NULL) {
		jsonline_key(json, "control");
		record_hist(json, run->control);
	}
	if (run->tail != NULL) {
		jsonline_key(json, "tail");
		tail_json(json, run->tail, run->hist);
	}
	jsonline_close(json, '}');
}

static void
record_extra(jsonline_t *json, const run_t *run)
{
	jsonline_key(json, "extra");
	jsonline_open(json, '{');
	for (unsigned i = 0; i < run->nextra; i++) {
		jsonline_key(json, run->extra[i].name);
		jsonline_real(json, run->extra[i].value);
	}
	jsonline_close(json, '}');
}

static const char *
record_check(const run_t *run)
{
	if (run->status == RUN_DAMAGED)
		return "failed";
	return (run->mode & RUN_CHECK) ? "ok" : "off";
}

void
record_build(jsonline_t *json, const run_t *run)
{
	char checksum[24];
	snprintf(checksum, sizeof(checksum), "%016llx",
	    (unsigned long long)run->checksum);
	jsonline_open(json, '{');
	jsonline_key_u64(json, "schema", 1);
	jsonline_key_str(json, "workload", run->workload->name);
	jsonline_key_str(json, "case", run_case(run));
	jsonline_key_u64(json, "seed", run->seed);
	jsonline_key_u64(json, "threads", run->nthreads);
	jsonline_key(json, "params");
	params_json(&run->params, json);
	jsonline_key_u64(json, "ops", run->ops);
	jsonline_key_str(json, "op", run->workload->op);
	jsonline_key_u64(json, "work_ns", run->work_ns);
	jsonline_key_u64(json, "wall_ns", run->end_ns - run->begin_ns);
	record_usage(json, run);
	jsonline_key_u64(json, "live_peak", run->live_peak);
	jsonline_key_str(json, "checksum", checksum);
	jsonline_key_str(json, "check", record_check(run));
	record_phases(json, run->live);
	record_cycles(json, &run->cycles);
	record_extra(json, run);
	record_latency(json, run);
	jsonline_close(json, '}');
}

int
record_write(const run_t *run, int fd)
{
	jsonline_t json;
	if (!jsonline_init(&json, RECORD_SIZE))
		return ENOMEM;
	record_build(&json, run);
	int error = jsonline_write(&json, fd);
	jsonline_release(&json);
	return error;
}
