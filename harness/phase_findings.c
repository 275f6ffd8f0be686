#include "phase_findings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "grid.h"
#include "predict.h"
#include "units.h"

/* Faults may differ from pages so much: they are counted over the same cycles,
 * but of the whole process. */
#define FAULTS_TOLERANCE 0.1

#define PAGE_BYTES 4096.0

/* Points first to the one before end: one arm with one setting. */
typedef struct group_s group_t;
struct group_s {
	const phase_t *phase;
	const phase_point_t *first;
	size_t n;
	const char *arm;
	char *setting;
};

/* -------------------------------------------------------------- a group -- */

static size_t
group_differs(const group_t *group)
{
	size_t n = 0;
	for (size_t i = 0; i < group->n; i++)
		n += phase_differs(&group->first[i]);
	return n;
}

/* True when all points are as this other setting predicts. */
static bool
group_fits(const group_t *group, const setting_t *setting)
{
	for (size_t i = 0; i < group->n; i++) {
		phase_point_t other = group->first[i];
		phase_predict(&other, setting);
		if (phase_differs(&other))
			return false;
	}
	return true;
}

static void
differences_compose(words_t *findings, const group_t *group)
{
	for (size_t i = 0; i < group->n; i++) {
		const phase_point_t *p = &group->first[i];
		char latest[32] = "";
		if (!phase_differs(p))
			continue;
		if (p->latest > p->predicted)
			snprintf(latest, sizeof(latest), " to %.3f", p->latest);
		words_add(findings,
		    "%s (%s), f %.4g, T %.4g s: %.3f of the freed pages are "
		    "given back, predicted are %.3f%s (tolerance %.3f).",
		    group->arm, group->setting, p->f, p->period_s, p->share,
		    p->predicted, latest, p->tolerance);
	}
}

/* A limit of ratio in words: "nactive >> 3" as the allocator computes it. */
static char *
limit_name(const setting_t *setting)
{
	return text_format("nactive >> %d%s", setting->lg_dirty_mult,
	    setting->floor_pages > 0 ? "" : " without its floor of 2 MiB");
}

/*
 * Looks for one other threshold that explains every point of the group: other
 * shifts first, then the same ones without the floor.
 */
static void
threshold_compose(words_t *findings, const group_t *group)
{
	static const int shifts[] = {0, 1, -1, 2, -2, 3, -3};
	const setting_t *is = &group->first->setting;
	for (size_t i = 0; i < 2 * sizeof(shifts) / sizeof(*shifts); i++) {
		setting_t other = *is;
		other.lg_dirty_mult += shifts[i / 2];
		if (i % 2 == 1)
			other.floor_pages = 0;
		if (i == 0 || other.lg_dirty_mult < 0 ||
		    !group_fits(group, &other))
			continue;
		char *like = limit_name(&other), *as = limit_name(is);
		words_add(findings,
		    "%s: the purge threshold behaves like %s, not %s (%s): "
		    "that one explains all %zu points.",
		    group->arm, like, as, group->setting, group->n);
		free(like);
		free(as);
		return;
	}
	words_add(findings,
	    "%s (%s): no other threshold explains all %zu points.", group->arm,
	    group->setting, group->n);
}

/* The greatest f without purging, and the least with it. */
static void
onset_compose(words_t *notes, const group_t *group)
{
	double none = 0, first = INFINITY;
	for (size_t i = 0; i < group->n; i++) {
		const phase_point_t *p = &group->first[i];
		if (p->share > 0)
			first = fmin(first, p->f);
		else
			none = fmax(none, p->f);
	}
	if (none > 0 && isfinite(first))
		words_add(notes,
		    "%s (%s) begins to purge between f %.4g and %.4g; "
		    "predicted is 1/(2^%d+1) = %.4g.",
		    group->arm, group->setting, none, first,
		    group->first->setting.lg_dirty_mult,
		    predict_ratio_onset(group->first->setting.lg_dirty_mult));
}

/* Two witnesses: the allocator's own count, and the kernel's page faults. */
static void
faults_compose(words_t *findings, const group_t *group)
{
	size_t n = 0;
	const phase_point_t *worst = NULL;
	for (size_t i = 0; i < group->n; i++) {
		const phase_point_t *p = &group->first[i];
		double difference = fabs(p->refaults - p->share);
		n += difference > FAULTS_TOLERANCE;
		if (worst == NULL ||
		    difference > fabs(worst->refaults - worst->share))
			worst = p;
	}
	if (n > 0)
		words_add(findings,
		    "%s (%s): at %zu of %zu points the page faults do not "
		    "bear out the allocator's own count, most at f %.4g, T "
		    "%.4g s: it gave back %.3f of the freed pages, %.3f "
		    "faulted when they were used again.",
		    group->arm, group->setting, n, group->n, worst->f,
		    worst->period_s, worst->share, worst->refaults);
}

static void
stalls_compose(words_t *notes, const group_t *group)
{
	unsigned stalled = 0;
	for (size_t i = 0; i < group->n; i++)
		stalled += group->first[i].stalled;
	if (stalled > 0)
		words_add(notes,
		    "%s (%s): %u cycles in which the machine stalled are left "
		    "out.",
		    group->arm, group->setting, stalled);
}

char *
phase_regime(double base_bytes, int lg_dirty_mult)
{
	char base[UNITS_MAX], least[UNITS_MAX];
	double floor_bytes = PREDICT_FLOOR_PAGES * PAGE_BYTES;
	double whole = floor_bytes * exp2(lg_dirty_mult);
	if (base_bytes >= whole)
		return NULL;
	return text_format(
	    "A base of %s is below 2 MiB * 2^%d = %s an arena: there "
	    "lg_dirty_mult:%d is a fixed limit of 2 MiB and not a share, so "
	    "nothing here says what it does to a larger heap (--base).",
	    unit_format(base, base_bytes, UNIT_BYTES), lg_dirty_mult,
	    unit_format(least, whole, UNIT_BYTES), lg_dirty_mult);
}

static void
group_compose(phase_findings_t *found, const group_t *group)
{
	bool ratio = group->first->setting.policy == PURGE_BY_RATIO;
	size_t differs = group_differs(group);
	if (ratio && differs > 0)
		threshold_compose(&found->findings, group);
	differences_compose(&found->findings, group);
	faults_compose(&found->findings, group);
	words_add(&found->notes,
	    "%s (%s): %zu of %zu points are as predicted, within %s.",
	    group->arm, group->setting, group->n - differs, group->n,
	    ratio ? "5 % of 1 - (1-f)/(f 2^m) or two blocks"
		  : "0.05 of 1 - sum of 1 - S((h + kT)/D)");
	stalls_compose(&found->notes, group);
	if (!ratio)
		return;
	onset_compose(&found->notes, group);
	char *regime = phase_regime(
	    group->first->base_bytes, group->first->setting.lg_dirty_mult);
	if (regime != NULL)
		words_add(&found->notes, "%s", regime);
	free(regime);
}

/* ----------------------------------------------------------------- steps -- */

static void
step_compose(
    phase_findings_t *found, const phase_t *phase, const phase_step_t *step)
{
	const char *arm = phase->data->arms[step->arm].name;
	char *setting = setting_name(&step->setting);
	bool twice = step->amplification > AMPLIFICATION_MOST;
	bool far = step->distance > DISTANCE_MOST;
	if (twice)
		words_add(&found->findings,
		    "%s (%s), %s blocks: purge amplification %.2f: for each "
		    "page that the program freed, %.2f were given back.",
		    arm, setting, step->placement, step->amplification,
		    step->amplification);
	if (far)
		words_add(&found->findings,
		    "%s (%s), %s blocks: the curve of decay is not 1 - S(t/D): "
		    "at t = %.2f D %.3f of the pages are dirty, predicted are "
		    "%.3f.",
		    arm, setting, step->placement, step->at,
		    step->left[(size_t)lround(step->at * 50)],
		    predict_decay_left(step->at));
	if (!twice && !far)
		words_add(&found->notes,
		    "%s (%s), %s blocks: after a release the dirty pages "
		    "follow 1 - S(t/D) within %.3f; purge amplification %.2f.",
		    arm, setting, step->placement, step->distance,
		    step->amplification);
	free(setting);
}

void
phase_findings_init(phase_findings_t *found, const phase_t *phase)
{
	size_t end;
	*found = (phase_findings_t){0};
	for (size_t i = 0; i < phase->npoints; i = end) {
		end = phase_group_end(phase, i);
		group_t group = {.phase = phase,
		    .first = &phase->points[i],
		    .n = end - i,
		    .arm = phase->data->arms[phase->points[i].arm].name,
		    .setting = setting_name(&phase->points[i].setting)};
		group_compose(found, &group);
		free(group.setting);
	}
	for (size_t i = 0; i < phase->nsteps; i++)
		step_compose(found, phase, &phase->steps[i]);
	words_append(&found->notes, &phase->damage);
}

void
phase_findings_release(phase_findings_t *found)
{
	words_release(&found->findings);
	words_release(&found->notes);
}
