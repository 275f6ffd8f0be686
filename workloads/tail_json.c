#include "tail.h"

#include <string.h>

/* Columns of a row, in the order of json_row(). */
static const char *const columns[] = {"response_ns", "thread", "request",
    "half", "bytes", "intended_ns", "wait_ns", "took_ns", "band", "call_bytes",
    "call_ns", "touch_ns",
#define X(name) #name,
    SNAPSHOT_TABLE(X)
#undef X
	"shared",
    "queue", "behind_ns", "cause", "queued", "flags"};

/* A band of sizes that a block is in. */
static const char *
tail_band(uint64_t bytes)
{
	static const struct {
		uint64_t most;
		const char *name;
	} bands[] = {{128, "<=128"}, {1024, "<=1K"}, {16384, "<=16K"},
	    {1u << 20, "<=1M"}};
	for (size_t i = 0; i < sizeof(bands) / sizeof(*bands); i++)
		if (bytes <= bands[i].most)
			return bands[i].name;
	return ">1M";
}

static void
json_number_if(jsonline_t *json, bool there, uint64_t value)
{
	if (there)
		jsonline_u64(json, value);
	else
		jsonline_null(json);
}

/* What ran, as words. */
static void
json_flags(jsonline_t *json, unsigned flags)
{
	char words[128] = "";
	for (unsigned i = 0; i < CAUSES; i++) {
		if ((flags & (1u << i)) == 0)
			continue;
		if (words[0] != '\0')
			strcat(words, " ");
		strcat(words, cause_name(i));
	}
	jsonline_str(json, words);
}

static void
json_row(jsonline_t *json, const tail_row_t *row, const tail_t *tail)
{
	bool usage = row->shared != 0, page = snapshot_has_page();
	bool calls = !page && tail->uncounted == NULL;
	jsonline_open(json, '[');
	jsonline_u64(json, row->response_ns);
	jsonline_u64(json, row->thread);
	jsonline_u64(json, row->request);
	jsonline_str(json, row->ends ? "free" : "malloc");
	jsonline_u64(json, row->bytes);
	jsonline_u64(json, row->due_ns);
	jsonline_u64(json, row->begin_ns - row->due_ns);
	jsonline_u64(json, row->took_ns);
	jsonline_str(json, tail_band(row->call_bytes));
	jsonline_u64(json, row->call_bytes);
	jsonline_u64(json, row->call_ns);
	jsonline_u64(json, row->touch_ns);
#define X(name) json_number_if(json, usage, row->seen.name);
	SNAPSHOT_USAGE(X)
#undef X
#define X(name) json_number_if(json, page, row->seen.name);
	SNAPSHOT_PAGE(X)
#undef X
#define X(name) json_number_if(json, calls, row->seen.name);
	SNAPSHOT_CALLS(X)
#undef X
	jsonline_u64(json, row->shared);
	jsonline_u64(json, row->queue);
	jsonline_u64(json, row->behind_ns);
	jsonline_str(json, cause_name(row->cause));
	jsonline_bool(json, row->queued);
	json_flags(json, cause_flags(&row->seen));
	jsonline_close(json, ']');
}

static void
json_calls(jsonline_t *json, const char *name, const tail_calls_t *calls)
{
	jsonline_key(json, name);
	jsonline_open(json, '{');
	jsonline_key_u64(json, "n", calls->n);
	jsonline_key(json, "slow");
	jsonline_open(json, '[');
	for (unsigned i = 0; i < CAUSES; i++) {
		if (calls->slow[i].n == 0)
			continue;
		jsonline_open(json, '{');
		jsonline_key_str(json, "cause", cause_name(i));
		jsonline_key_u64(json, "n", calls->slow[i].n);
		jsonline_key_u64(json, "sum_ns", calls->slow[i].sum_ns);
		jsonline_key_u64(json, "min_ns", calls->slow[i].min_ns);
		jsonline_key_u64(json, "max_ns", calls->slow[i].max_ns);
		jsonline_close(json, '}');
	}
	jsonline_close(json, ']');
	jsonline_close(json, '}');
}

/* What reading costs, and how causes were weighed. */
static void
json_costs(jsonline_t *json, const tail_units_t *units)
{
	const struct {
		const char *key;
		double ns;
	} rows[] = {
	    {"stopwatch_ns", units->stopwatch_ns},
	    {"snapshot_ns", units->snapshot_ns},
	    {"slow_call_ns", TAIL_SLOW_CALL_NS},
	    {"fault_ns", units->costs.fault},
	    {"purged_page_ns", units->costs.page},
	    {"memory_call_ns", units->costs.memory_call},
	};
	jsonline_key(json, "costs");
	jsonline_open(json, '{');
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		jsonline_key(json, rows[i].key);
		jsonline_real(json, rows[i].ns);
	}
	jsonline_close(json, '}');
}

/* Why columns are null in every row. */
static void
json_unsupported(jsonline_t *json, const tail_t *tail)
{
	jsonline_key(json, "unsupported");
	jsonline_open(json, '{');
	if (snapshot_has_page()) {
		jsonline_key_str(json, "memcalls",
		    "not counted where the allocator's statistics page tells "
		    "more");
	} else {
		static const char none[] =
		    "the allocator has no statistics page";
#define X(name) jsonline_key_str(json, #name, none);
		SNAPSHOT_PAGE(X)
#undef X
		if (tail->uncounted != NULL)
			jsonline_key_str(json, "memcalls", tail->uncounted);
	}
	jsonline_close(json, '}');
}

/* In how many halves something ran. */
static void
json_with(jsonline_t *json, const tail_t *tail)
{
	bool page = snapshot_has_page();
	jsonline_key(json, "with");
	jsonline_open(json, '{');
	for (unsigned i = 0; i < CAUSES; i++) {
		bool told =
		    i == CAUSE_MEMORY_CALL
			? !page && tail->uncounted == NULL
			: page && (i == CAUSE_PURGE || i == CAUSE_FILL ||
				      i == CAUSE_FLUSH);
		if (told)
			jsonline_key_u64(json, cause_name(i), tail->with[i]);
	}
	jsonline_close(json, '}');
}

void
tail_json(jsonline_t *json, const tail_t *tail, const hist_t *all)
{
	uint64_t above = tail_above(tail->nhalves);
	jsonline_open(json, '{');
	jsonline_key_u64(json, "halves", tail->nhalves);
	jsonline_key_u64(json, "p999_ns", hist_quantile(all, 0.999));
	jsonline_key_u64(json, "above", above);
	jsonline_key_u64(
	    json, "missed", above > tail->kept.n ? above - tail->kept.n : 0);
	json_costs(json, tail->units);
	json_unsupported(json, tail);
	json_with(json, tail);
	json_calls(json, "malloc", &tail->calls[0]);
	json_calls(json, "free", &tail->calls[1]);
	jsonline_key(json, "columns");
	jsonline_open(json, '[');
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		jsonline_str(json, columns[i]);
	jsonline_close(json, ']');
	jsonline_key(json, "rows");
	jsonline_open(json, '[');
	for (unsigned i = 0; i < tail->kept.n; i++)
		json_row(json, slowest_row(&tail->kept, i), tail);
	jsonline_close(json, ']');
	jsonline_close(json, '}');
}
