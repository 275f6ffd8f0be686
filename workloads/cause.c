#include "cause.h"

#include <string.h>

/*
 * What filling and flushing a thread cache's bin costs, ns: a lock and some
 * ten to a hundred objects of 10 ns. It decides only where these are the
 * only events.
 */
#define FILL_NS 1000.0

static const struct {
	const char *name, *says;
} causes[CAUSES] = {
#define X(end, name, says) {name, says},
    CAUSE_TABLE(X)
#undef X
};

const char *
cause_name(unsigned cause)
{
	return cause < CAUSES ? causes[cause].name : "?";
}

const char *
cause_says(unsigned cause)
{
	return cause < CAUSES ? causes[cause].says : "?";
}

cause_t
cause_lookup(const char *name)
{
	unsigned cause = 0;
	while (cause < CAUSES && strcmp(causes[cause].name, name) != 0)
		cause++;
	return (cause_t)cause;
}

unsigned
cause_flags(const snapshot_t *seen)
{
	const struct {
		cause_t cause;
		uint64_t n;
	} rows[] = {
	    {CAUSE_PURGE, seen->npurge},
	    {CAUSE_MEMORY_CALL, seen->memcalls},
	    {CAUSE_FAULT, seen->minflt + seen->majflt},
	    {CAUSE_SWITCH, seen->nivcsw},
	    {CAUSE_WAIT, seen->nvcsw},
	    {CAUSE_FILL, seen->nfills},
	    {CAUSE_FLUSH, seen->nflushes},
	};
	unsigned flags = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].n != 0)
			flags |= 1u << rows[i].cause;
	return flags;
}

/* The event that costs most by what is known of it, and that cost. */
static cause_t
dearest(const snapshot_t *seen, const cause_costs_t *costs, double *ns)
{
	const struct {
		cause_t cause;
		double ns;
	} rows[] = {
	    {CAUSE_FAULT, (double)seen->minflt * costs->fault},
	    {CAUSE_PURGE, (double)seen->purged * costs->page +
			      (double)seen->nmadvise * costs->memory_call},
	    {CAUSE_MEMORY_CALL, (double)seen->memcalls * costs->memory_call},
	    {CAUSE_FLUSH, (double)seen->nflushes * FILL_NS},
	    {CAUSE_FILL, (double)seen->nfills * FILL_NS},
	};
	size_t most = 0;
	for (size_t i = 1; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].ns > rows[most].ns)
			most = i;
	*ns = rows[most].ns;
	return rows[most].cause;
}

/* True when part is at least half of whole. */
static bool
is_half(uint64_t part, uint64_t whole)
{
	return part >= whole - whole / 2;
}

cause_t
cause_of(const cause_look_t *look, const cause_costs_t *costs)
{
	const snapshot_t *seen = &look->seen;
	double ns = (double)look->ns, known;
	cause_t cause = dearest(seen, costs, &known);
	if (known >= ns / 2)
		return cause;
	/* Reading a page from a disk is a wait, too. */
	if (seen->majflt != 0)
		return CAUSE_FAULT;
	if (seen->nvcsw != 0)
		return is_half(look->call_ns, look->ns) ? CAUSE_SLEEP
							: CAUSE_WAIT;
	if (seen->nivcsw != 0)
		return CAUSE_SWITCH;
	if (seen->npurge != 0)
		return CAUSE_PURGE;
	if (seen->memcalls != 0)
		return CAUSE_MEMORY_CALL;
	if (known >= ns / 4)
		return cause;
	if (is_half(look->call_ns, look->ns))
		return CAUSE_CALL;
	return CAUSE_WORK;
}

cause_t
cause_of_queue(uint64_t wait_ns, const uint64_t excess[CAUSES])
{
	uint64_t sum = 0;
	unsigned most = 0;
	for (unsigned i = 0; i < CAUSES; i++) {
		sum += excess[i];
		if (excess[i] > excess[most])
			most = i;
	}
	return sum != 0 && is_half(sum, wait_ns) ? (cause_t)most
						 : CAUSE_ARRIVALS;
}
