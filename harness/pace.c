#include "pace.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"
#include "text.h"

double
pace_phase_begin(const json_t *line, size_t p)
{
	json_t *phase = json_array_get(json_object_get(line, "phases"), p);
	double t = (double)sample_number(phase, "t_ns");
	double begin = (double)sample_number(line, "t_begin_ns");
	/* Some write the clock itself, some what passed since the start. */
	return (t >= begin && begin > 0 ? t - begin : t) / 1e9;
}

/* The one phase called work, from its begin to that of the next phase. Returns
 * false when there is none, or several. */
static bool
work_phase(const json_t *line, double *begin_s, double *end_s)
{
	const json_t *phases = json_object_get(line, "phases");
	bool found = false;
	*end_s = INFINITY;
	for (size_t p = 0; p < json_array_size(phases); p++) {
		const char *name =
		    sample_text(json_array_get(phases, p), "name");
		if (strcmp(name, "work") != 0) {
			if (found && !isfinite(*end_s))
				*end_s = pace_phase_begin(line, p);
			continue;
		}
		if (found)
			return false;
		found = true;
		*begin_s = pace_phase_begin(line, p);
	}
	return found;
}

/* Keeps the readings within the work, up to the last call. Returns how many. */
static size_t
work_readings(const double *t_s, const double *calls, size_t n, double begin_s,
    double end_s, double *kept_t, double *kept_calls)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (isfinite(calls[i]) && t_s[i] >= begin_s &&
		    t_s[i] <= end_s) {
			kept_t[kept] = t_s[i];
			kept_calls[kept++] = calls[i];
		}
	/* The process tidies up, or has ended: no part of its work. */
	while (kept > 1 && kept_calls[kept - 2] == kept_calls[kept - 1])
		kept--;
	return kept;
}

void
pace_add(pace_t *pace, const double *t_s, const double *calls, size_t n,
    const json_t *line)
{
	double begin_s, end_s;
	double rates[PACE_SPANS];
	bool read = false;
	for (size_t i = 0; calls != NULL && i < n; i++)
		read = read || isfinite(calls[i]);
	if (!read || !work_phase(line, &begin_s, &end_s)) {
		pace->without++;
		return;
	}
	double *room = text_memory(2 * n, sizeof(*room));
	size_t kept =
	    work_readings(t_s, calls, n, begin_s, end_s, room, room + n);
	size_t spans = steady_rates(room, room + n, kept, rates, PACE_SPANS);
	free(room);
	steady_t steady = steady_classify(rates, spans);
	pace->kinds[steady.kind]++;
	if (steady.kind != STEADY_WARM_UP && steady.kind != STEADY_SLOWDOWN)
		return;
	pace->begins += steady.begins;
	if (steady.rates[0] > 0 && steady.rates[1] > 0)
		pace->log_rise += log(steady.rates[1] / steady.rates[0]);
}

size_t
pace_classified(const pace_t *pace)
{
	size_t n = 0;
	for (size_t k = 0; k < STEADY_KINDS; k++)
		n += pace->kinds[k];
	return n;
}
