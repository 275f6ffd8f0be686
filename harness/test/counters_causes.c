/* Causes: every metric is a number or says why it is none. */
#include "counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

#define MS UINT64_C(1000000)
#define MIB (INT64_C(1) << 20)

static double
number(const json_t *metrics, const char *name)
{
	const json_t *metric = json_object_get(metrics, name);
	if (!json_is_number(metric))
		fail_msg("%s is no number", name);
	return json_number_value(metric);
}

static const char *
reason(const json_t *metrics, const char *name)
{
	const char *text = json_string_value(
	    json_object_get(json_object_get(metrics, name), "unsupported"));
	if (text == NULL)
		fail_msg("%s is not unsupported", name);
	return text;
}

/* A step down from 8 to 4 MiB at 100 ms: 1024 pages are dirty and then purged
 * at 150 ms; 512 of them fault again at 200 ms. */
static void
step_fill(series_t *series)
{
	static const struct {
		uint64_t t_ms;
		int64_t live_mib, pdirty, purged, minflt, calls;
	} rows[] = {
	    {90, 8, 0, 0, 5000, 1000},
	    {110, 4, 1024, 0, 5000, 2000},
	    {150, 4, 0, 1024, 5000, 2100},
	    {200, 4, 0, 1024, 5512, 2200},
	    {400, 4, 0, 1024, 5512, 3000},
	};
	series_init(series, 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		point_t p;
		point_init(&p, rows[i].t_ms * MS);
		p.v[SERIES_RSS] =
		    (rows[i].live_mib + 1) * MIB + 4096 * rows[i].pdirty;
		p.v[SERIES_LIVE] = rows[i].live_mib * MIB;
		p.v[SERIES_PACTIVE] = rows[i].live_mib * 256;
		p.v[SERIES_PDIRTY] = rows[i].pdirty;
		p.v[SERIES_PURGED] = rows[i].purged;
		p.v[SERIES_DIRTIED] = i == 0 ? 0 : 2048;
		p.v[SERIES_MINFLT] = rows[i].minflt;
		p.v[SERIES_CALLS] = rows[i].calls;
		p.v[SERIES_NFILLS] = rows[i].calls / 100;
		p.v[SERIES_NFLUSHES] = 3;
		p.v[SERIES_LOCK_WAITS] = 10 + (int64_t)i;
		if (i == 1)
			p.v[SERIES_CHANCE_AGE] = 7000;
		series_add(series, &p);
	}
}

static struct ebb_live the_live;

static const struct ebb_live *
live_step(void)
{
	the_live.nphases = 3;
	the_live.phases[0] =
	    (struct ebb_live_phase){.t_ns = 100 * MS, .kind = EBB_PHASE_FREE};
	the_live.phases[1] =
	    (struct ebb_live_phase){.t_ns = 105 * MS, .kind = EBB_PHASE_HOLD};
	the_live.phases[2] =
	    (struct ebb_live_phase){.t_ns = 450 * MS, .kind = EBB_PHASE_DRAIN};
	return &the_live;
}

static void
test_causes_of_a_step(void **state)
{
	(void)state;
	arm_t decay = {.name = "decay", .kind = ARM_EBB};
	struct ebb_stats_page *page = text_memory(1, sizeof(*page));
	json_t *m = json_object();
	series_t series;
	page->narenas = 1;
	page->page_size = 4096;
	page->arenas[0].last_chance_ns = 1;
	step_fill(&series);
	causes_t causes = {.arm = &decay,
	    .page = page,
	    .live = live_step(),
	    .series = &series,
	    .begin = 95 * MS,
	    .end = 400 * MS};
	counters_of_causes(m, &causes);
	assert_true(number(m, "purge_amplification") == 0.5);
	assert_true(number(m, "dirty_reuse") == 0.5);
	assert_true(number(m, "purged_per_freed") == 1);
	assert_true(number(m, "pdirty_unused") == 0);
	assert_true(number(m, "purge_regret_100ms") == 0.5);
	assert_non_null(
	    strstr(reason(m, "purge_regret_1s"), "305 ms, less than 1000"));
	assert_true(number(m, "chance_age_most_ns") == 7000);
	assert_true(number(m, "fills_per_call") == 0.01);
	assert_non_null(strstr(reason(m, "cache_hit_rate"), "without telling"));
	assert_true(number(m, "flushes_per_call") == 0);
	assert_true(number(m, "frag_at_live_peak") > 1);
	assert_true(number(m, "lock_waits") == 4);
	assert_non_null(strstr(reason(m, "ticks_per_s"), "does not count"));
	assert_true(number(m, "return_floor") == 5. * MIB);
	assert_true(number(m, "return_share") == 1);
	assert_true(number(m, "return_t50_ns") > 10 * MS);
	/* Lazily given back: no fault would tell. */
	json_t *probe = json_pack("{s:{s:s}}", "opt", "purge_advice", "free");
	causes.probe = probe;
	counters_of_causes(m, &causes);
	assert_non_null(strstr(reason(m, "purge_regret_100ms"), "MADV_FREE"));
	json_decref(probe);
	/* A policy that leaves no stamp is asked at each free. */
	page->arenas[0].last_chance_ns = 0;
	series.v[1].v[SERIES_CHANCE_AGE] = SERIES_NONE;
	counters_of_causes(m, &causes);
	assert_non_null(strstr(reason(m, "chance_age_most_ns"), "each free"));
	/* A process that was killed leaves no final page, but was read. */
	causes.page = NULL;
	counters_of_causes(m, &causes);
	assert_true(number(m, "purged_per_freed") == 1);
	series_release(&series);
	free(page);
	json_decref(m);
}

/* Who exports no page has fragmentation and half-life all the same; a process
 * that was hardly seen has reasons everywhere. */
static void
test_causes_of_others(void **state)
{
	(void)state;
	arm_t glibc = {.name = "glibc", .kind = ARM_GLIBC};
	json_t *m = json_object();
	series_t series;
	step_fill(&series);
	causes_t causes = {.arm = &glibc,
	    .live = live_step(),
	    .series = &series,
	    .begin = 95 * MS,
	    .end = 400 * MS};
	counters_of_causes(m, &causes);
	assert_string_equal(
	    reason(m, "purge_amplification"), "glibc exports no purge counter");
	reason(m, "fills_per_call");
	assert_true(number(m, "frag_mean") > 1);
	assert_true(number(m, "return_share") == 1);
	series_release(&series);
	json_decref(m);
	m = json_object();
	series_init(&series, 8);
	causes.live = NULL;
	counters_of_causes(m, &causes);
	const char *name;
	json_t *value;
	size_t n = 0;
	json_object_foreach(m, name, value)
	{
		assert_true(strlen(reason(m, name)) > 10);
		n++;
	}
	assert_true(n > 20);
	series_release(&series);
	json_decref(m);
}

static void
test_causes_of_usable(void **state)
{
	(void)state;
	json_t *m = json_object();
	json_t *record = json_pack("{s:{s:f,s:f}}", "extra",
	    "usable_requested_bytes", 1000.0, "usable_bytes", 1250.0);
	counters_of_usable(m, record);
	assert_true(number(m, "usable_over_requested") == 1.25);
	json_decref(record);
	record = json_pack("{s:{s:f,s:f}}", "extra", "usable_requested_bytes",
	    0.0, "usable_bytes", 0.0);
	counters_of_usable(m, record);
	assert_non_null(strstr(reason(m, "usable_over_requested"), "few"));
	json_decref(record);
	record = json_pack("{s:{}}", "extra");
	counters_of_usable(m, record);
	assert_non_null(
	    strstr(reason(m, "usable_over_requested"), "cannot be sampled"));
	json_decref(record);
	json_decref(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_causes_of_a_step),
	    cmocka_unit_test(test_causes_of_others),
	    cmocka_unit_test(test_causes_of_usable),
	};
	return cmocka_run_group_tests_name(
	    "counters_causes", tests, NULL, NULL);
}
