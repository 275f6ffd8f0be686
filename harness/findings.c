#include "findings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "capability.h"
#include "cause_findings.h"
#include "lazyfree.h"
#include "stability.h"
#include "tails.h"
#include "units.h"

/* -------------------------------------------------------------- verdicts -- */

/* The judged comparisons of one arm on one subject: a metric, or all
 * microbenchmarks. */
typedef struct score_s score_t;
struct score_s {
	const char *title;
	verdict_subject_t words;
	size_t count[VERDICT_KINDS], n;
	const summary_value_t *best, *worst; /* of the decided, or NULL */
	const char *best_where, *worst_where;
	unsigned missing; /* blocks that would decide the nearest */
};

/* True when a is better than b, or there is no b. */
static bool
is_better(const summary_value_t *a, const summary_value_t *b)
{
	if (b == NULL)
		return true;
	return (a->ratio.estimate < b->ratio.estimate) !=
	       (a->metric->direction == HIGHER_IS_BETTER);
}

static void
score_add(score_t *score, const summary_value_t *value, const char *where)
{
	verdict_kind_t kind = value->verdict.kind;
	score->n++;
	score->count[kind]++;
	if (kind == VERDICT_UNDECIDED &&
	    (score->missing == 0 ||
		value->verdict.blocks_more < score->missing))
		score->missing = value->verdict.blocks_more;
	if (kind == VERDICT_BETTER && is_better(value, score->best)) {
		score->best = value;
		score->best_where = where;
	}
	if (kind == VERDICT_WORSE &&
	    (score->worst == NULL || is_better(score->worst, value))) {
		score->worst = value;
		score->worst_where = where;
	}
}

/* One score for each metric, and one behind them for all microbenchmarks. */
static score_t *
scores_of(const summary_t *summary, size_t arm)
{
	const dataset_t *data = summary->data;
	size_t micro = summary->nmetrics;
	score_t *scores = text_memory(micro + 1, sizeof(*scores));
	for (size_t m = 0; m < micro; m++) {
		const metric_t *metric = &summary->metrics[m];
		scores[m].title =
		    m == METRIC_RSS_MEAN ? "mean memory" : metric->title;
		scores[m].words = metric->subject;
	}
	scores[micro] =
	    (score_t){.title = "microbenchmarks", .words = VERDICT_OF_TIME};
	for (size_t c = 0; c < data->ncells; c++) {
		if (!dataset_cell_has(&data->cells[c], arm))
			continue;
		for (size_t m = 0; m < micro; m++) {
			const summary_value_t *v =
			    summary_value(summary, c, arm, m);
			bool is_micro = v->metric->source == FROM_GBENCH;
			if (v->judged)
				score_add(&scores[is_micro ? micro : m], v,
				    is_micro ? v->metric->title
					     : data->cells[c].name);
		}
	}
	return scores;
}

static void
put_extreme(char **line, const char *word, const summary_value_t *value,
    const char *where)
{
	char text[3][UNITS_MAX];
	if (value != NULL)
		text_assign(line, "%s (%s %s [%s, %s] in %s)", *line, word,
		    ratio_format(text[0], value->ratio.estimate),
		    ratio_format(text[1], value->ratio.lo),
		    ratio_format(text[2], value->ratio.hi), where);
}

/* "work time faster in 2 of 4 (best ...), slower in 1 (worst ...)" */
static char *
score_compose(const score_t *score)
{
	char *line = text_format("%s ", score->title);
	const char *comma = "";
	for (int k = 0; k < VERDICT_KINDS; k++) {
		if (score->count[k] == 0)
			continue;
		text_assign(&line, "%s%s%s in %zu", line, comma,
		    verdict_word(k, score->words), score->count[k]);
		if (comma[0] == '\0')
			text_assign(&line, "%s of %zu", line, score->n);
		if (k == VERDICT_BETTER)
			put_extreme(
			    &line, "best", score->best, score->best_where);
		if (k == VERDICT_WORSE)
			put_extreme(
			    &line, "worst", score->worst, score->worst_where);
		if (k == VERDICT_UNDECIDED)
			text_assign(&line, "%s (%u blocks or more are missing)",
			    line, score->missing);
		comma = ", ";
	}
	return line;
}

static void
verdict_add(findings_t *findings, size_t arm, const char *line)
{
	size_t n = findings->verdicts.n;
	findings->arms =
	    reallocarray(findings->arms, n + 1, sizeof(*findings->arms));
	if (findings->arms == NULL)
		abort();
	findings->arms[n] = arm;
	words_add(&findings->verdicts, "%s.", line);
}

static void
verdicts_compose(findings_t *findings, const summary_t *summary)
{
	const dataset_t *data = summary->data;
	const char *baseline = data->arms[data->baseline].name;
	for (size_t arm = 0; arm < data->narms; arm++) {
		score_t *scores = scores_of(summary, arm);
		char *line = text_format(
		    "%s against %s: ", data->arms[arm].name, baseline);
		const char *between = "";
		for (size_t s = 0; s <= summary->nmetrics; s++) {
			if (scores[s].n == 0)
				continue;
			char *part = score_compose(&scores[s]);
			text_assign(&line, "%s%s%s", line, between, part);
			free(part);
			between = "; ";
		}
		if (between[0] != '\0')
			verdict_add(findings, arm, line);
		free(line);
		free(scores);
	}
	if (findings->verdicts.n == 0) {
		char *line = text_format(
		    "No comparison with %s can be judged yet", baseline);
		verdict_add(findings, TABLE_NO_ARM, line);
		free(line);
	}
}

/* -------------------------------------------------------------- failures -- */

static void
failures_compose(findings_t *findings, const summary_t *summary)
{
	const dataset_t *data = summary->data;
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t i = 0; i < data->cells[c].narms; i++) {
			size_t arm = data->cells[c].arms[i];
			const char *failure =
			    summary_row(summary, c, arm)->failure;
			if (failure != NULL)
				words_add(&findings->failures,
				    "%s FAILED in %s: %s. It gets no verdict "
				    "there and is in no figure of it.",
				    data->arms[arm].name, data->cells[c].name,
				    failure);
		}
}

/* ---------------------------------------------------------------- memory -- */

/* "from 36.1 to 20.4 MiB", or "at 36.1 MiB" when the way is less than a tenth
 * of what it is compared with. The caller frees it. */
static char *
way_text(const char *moves, const char *stays, const double *bytes, double to)
{
	char text[2][UNITS_MAX];
	unit_format(text[0], bytes[0], UNIT_BYTES);
	unit_format(text[1], bytes[1], UNIT_BYTES);
	return fabs(bytes[1] - bytes[0]) < fabs(to) / 10
		   ? text_format("%s at %s", stays, text[1])
		   : text_format("%s from %s to %s", moves, text[0], text[1]);
}

static void
lazyfree_compose(findings_t *findings, const char *arm, const char *cell,
    const lazyfree_t *rise)
{
	double fall = rise->rss_less[0] - rise->rss_less[1];
	char within[UNITS_MAX];
	char *rss = way_text("goes", "stays", rise->rss, fall);
	char *rest = way_text("goes", "stays", rise->rss_less, fall);
	unit_format(within, (rise->end_s - rise->begin_s) * 1e9, UNIT_NS);
	words_add(&findings->memory,
	    "%s in %s: RSS %s while RSS - LazyFree %s within %s: the pages are "
	    "given back lazily (MADV_FREE), and the kernel takes them when it "
	    "needs them. LazyFree is up to %.0f %% of RSS here, so mean RSS "
	    "overstates what it holds.",
	    arm, cell, rss, rest, within, 100 * rise->part);
	free(rss);
	free(rest);
}

/* Where LazyFree was read too rarely, the census knows of it too. */
static void
lazily_returned_compose(
    findings_t *findings, const summary_t *summary, size_t cell, size_t arm)
{
	const dataset_t *data = summary->data;
	const summary_value_t *lazy =
	    summary_find(summary, cell, arm, "kernel_madvise_free_bytes");
	const summary_value_t *peak =
	    summary_value(summary, cell, arm, METRIC_RSS_PEAK);
	char text[2][UNITS_MAX];
	if (lazy == NULL || lazy->reason != NULL || peak->reason != NULL ||
	    lazy->middle.estimate < LAZYFREE_LARGE * peak->middle.estimate)
		return;
	words_add(&findings->memory,
	    "%s in %s: %s were given back lazily (MADV_FREE) from a peak RSS "
	    "of %s. The kernel takes such pages when it needs them, so RSS "
	    "overstates what it holds; LazyFree was read too rarely to say by "
	    "how much.",
	    data->arms[arm].name, data->cells[cell].name,
	    unit_format(text[0], lazy->middle.estimate, UNIT_BYTES),
	    unit_format(text[1], peak->middle.estimate, UNIT_BYTES));
}

static void
memory_compose(
    findings_t *findings, const summary_t *summary, const cell_curves_t *curves)
{
	const dataset_t *data = summary->data;
	for (size_t c = 0; c < data->ncells; c++) {
		const curves_t *of = lazyfree_curves(&curves[c]);
		for (size_t i = 0; i < of->narms; i++) {
			size_t arm = data->cells[c].arms[i];
			const curve_t *curve = &of->arms[i];
			lazyfree_t rise;
			if (curve->lazyfree_readings < LAZYFREE_READINGS_LEAST)
				lazily_returned_compose(
				    findings, summary, c, arm);
			else if (lazyfree_find(curve, of->step_s, &rise) &&
				 rise.part >= LAZYFREE_LARGE)
				lazyfree_compose(findings, data->arms[arm].name,
				    data->cells[c].name, &rise);
		}
	}
}

/* ----------------------------------------------------------------- tails -- */

static void
tails_compose(findings_t *findings, const summary_t *summary)
{
	const dataset_t *data = summary->data;
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t i = 0; i < data->cells[c].narms; i++) {
			size_t arm = data->cells[c].arms[i];
			tails_t tails;
			if (tails_read(&tails, summary, c, arm))
				tails_say(&findings->tails, &tails,
				    data->arms[arm].name, data->cells[c].name,
				    data->cells[c].threads);
		}
}

/* ----------------------------------------------------------------- notes -- */

static void
completeness_compose(findings_t *findings, const summary_t *summary)
{
	const dataset_t *data = summary->data;
	size_t ok = 0;
	size_t proven = 0;
	size_t torn = 0;
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		ok += s->ok;
		torn += s->ok && !s->intact;
		proven += s->ok && json_object_size(json_object_get(
				       s->line, "identity")) > 0;
	}
	if (data->nsamples < data->nplanned)
		words_add(&findings->notes,
		    "INCOMPLETE: %zu of %zu samples; the run was "
		    "interrupted. What is missing says so; `build/ebb run "
		    "--resume %s` completes it.",
		    data->nsamples, data->nplanned, data->dir);
	words_add(&findings->notes,
	    "%zu of %zu samples gave numbers; %zu of these proved which "
	    "library owned malloc and which options it read.",
	    ok, data->nsamples, proven);
	if (torn > 0)
		words_add(&findings->notes,
		    "The raw files of %zu samples are missing or not those "
		    "that were written: their curves and percentiles are left "
		    "out.",
		    torn);
	if (data->store.damaged > 0)
		words_add(&findings->notes,
		    "%zu lines of samples.jsonl are torn and left out.",
		    data->store.damaged);
	if (data->store.plan == NULL)
		words_add(&findings->notes,
		    "plan.json is lost: arms and cells are those that the "
		    "samples name.");
}

/* "work time and mean RSS": the metrics that carry verdicts. */
static char *
primary_words(const summary_t *summary)
{
	words_t titles = {0};
	for (size_t m = 0; m < summary->nmetrics; m++)
		if (summary->metrics[m].primary &&
		    summary->metrics[m].source != FROM_GBENCH)
			words_add(&titles, "%s", summary->metrics[m].title);
	char *all = words_join(&titles, titles.n > 2 ? ", " : " and ");
	words_release(&titles);
	return all;
}

static void
comparisons_compose(findings_t *findings, const summary_t *summary)
{
	const dataset_t *data = summary->data;
	size_t plain = 0;
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t a = 0; a < data->narms; a++)
			for (size_t m = 0;
			     dataset_cell_has(&data->cells[c], a) &&
			     m < summary->nmetrics;
			     m++) {
				const summary_value_t *v =
				    summary_value(summary, c, a, m);
				plain += isfinite(v->ratio.lo) && !v->judged;
			}
	char *which = primary_words(summary);
	words_add(&findings->notes,
	    "%zu comparisons carry a verdict: %s of every "
	    "cell, and every microbenchmark. They are corrected by Holm within "
	    "a cell (a microbenchmark by itself), so that in at most %.0f %% "
	    "of these a difference is claimed that is not there; %zu other "
	    "intervals in summary.csv are not corrected.",
	    summary->comparisons, which, (1 - summary->rule.confidence) * 100,
	    plain);
	free(which);
}

/* How the processes' rates developed, all cells and arms together, and where
 * most have no steady state. */
static void
pace_compose(
    findings_t *findings, const summary_t *summary, const cell_curves_t *curves)
{
	const dataset_t *data = summary->data;
	size_t kinds[STEADY_KINDS] = {0};
	size_t all = 0;
	size_t most = 0;
	const char *where = "";
	const char *whose = "";
	for (size_t c = 0; c < data->ncells; c++)
		for (size_t i = 0; i < curves[c].time.narms; i++) {
			const pace_t *pace = &curves[c].time.arms[i].pace;
			for (size_t k = 0; k < STEADY_KINDS; k++)
				kinds[k] += pace->kinds[k];
			all += pace_classified(pace);
			if (pace->kinds[STEADY_NONE] <= most)
				continue;
			most = pace->kinds[STEADY_NONE];
			where = data->cells[c].name;
			whose = data->arms[data->cells[c].arms[i]].name;
		}
	if (all == 0)
		return;
	char *line = text_format("Of %zu processes with a work phase", all);
	for (size_t k = 0; k < STEADY_KINDS; k++)
		text_assign(&line, "%s%s %s %zu", line, k == 0 ? ":" : ",",
		    steady_names[k], kinds[k]);
	if (most > 0)
		text_assign(&line, "%s (most, %zu, are of %s in %s)", line,
		    most, whose, where);
	words_add(&findings->notes,
	    "%s; each cell has its table. Times and ratios are of the whole "
	    "work, warm-up included.",
	    line);
	free(line);
}

void
findings_init(
    findings_t *findings, const summary_t *summary, const cell_curves_t *curves)
{
	*findings = (findings_t){0};
	verdicts_compose(findings, summary);
	failures_compose(findings, summary);
	if (curves != NULL)
		memory_compose(findings, summary, curves);
	cause_findings(&findings->memory, summary);
	tails_compose(findings, summary);
	completeness_compose(findings, summary);
	comparisons_compose(findings, summary);
	stability_notes(&findings->notes, summary);
	if (curves != NULL)
		pace_compose(findings, summary, curves);
	char *cost = capability_cost(summary->data);
	words_add(&findings->notes, "%s", cost);
	free(cost);
}

void
findings_release(findings_t *findings)
{
	words_release(&findings->verdicts);
	free(findings->arms);
	words_release(&findings->failures);
	words_release(&findings->memory);
	words_release(&findings->tails);
	words_release(&findings->notes);
}
