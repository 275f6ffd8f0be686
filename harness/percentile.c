#include "percentile.h"

#include <math.h>
#include <stdlib.h>

#include "bootstrap.h"
#include "rng.h"

/* ----------------------------------------------------------- histograms -- */

/* The histograms of an arm's latency samples by block; NULL: none. */
static hist_t **
hists_read(summary_row_t *row, const dataset_t *data, size_t cell, size_t arm)
{
	hist_t **hists = text_memory(data->nblocks, sizeof(*hists));
	for (size_t i = 0; i < data->nsamples; i++) {
		const dataset_sample_t *s = &data->samples[i];
		if (!dataset_sample_counts(s, cell, arm, FROM_LATENCY))
			continue;
		hist_t **hist = &hists[s->block];
		bool first = *hist == NULL;
		if (first) {
			*hist = text_memory(1, sizeof(**hist));
			hist_init(*hist);
		}
		if (!dataset_latency(data, s, *hist, &row->clock_ns) && first) {
			free(*hist);
			*hist = NULL;
		}
	}
	return hists;
}

/* Reads an arm's histograms: merged into its row, by block into blocks. */
static void
row_read(summary_t *summary, size_t cell, size_t arm, bootstrap_t *blocks)
{
	const dataset_t *data = summary->data;
	summary_row_t *row = summary_row(summary, cell, arm);
	hist_t **hists = hists_read(row, data, cell, arm);
	bootstrap_init(blocks, (const hist_t *const *)hists, data->nblocks);
	for (size_t b = 0; b < data->nblocks; b++) {
		if (hists[b] == NULL)
			continue;
		if (row->latency == NULL) {
			row->latency = hists[b];
			continue;
		}
		hist_merge(row->latency, hists[b]);
		free(hists[b]);
	}
	free(hists);
}

/* --------------------------------------------------------------- values -- */

/* Why there is no percentile; NULL when there is. */
static const char *
percentile_missing(
    summary_t *summary, size_t cell, size_t arm, const metric_t *metric)
{
	const summary_row_t *row = summary_row(summary, cell, arm);
	double q = metric->quantile;
	if (row->latency == NULL) {
		tally_t tally =
		    dataset_tally(summary->data, cell, arm, FROM_LATENCY);
		return tally.ok > 0
			   ? "no histogram that can be trusted: the files in "
			     "raw/ are missing or not those that were written"
			   : summary_absence(summary, cell, arm, metric);
	}
	if (!hist_quantile_supported(row->latency, q))
		return SUMMARY_COMPOSE(summary,
		    "fewer than 10/(1-q) = %.0f timed calls (%llu)",
		    10 / (1 - q), (unsigned long long)row->latency->count);
	return NULL;
}

static const char *
interval_missing(summary_t *summary, size_t blocks)
{
	if (blocks >= BOOTSTRAP_BLOCKS_LEAST)
		return NULL;
	return SUMMARY_COMPOSE(summary,
	    "%zu block%s of latency samples: an interval takes %d, whole "
	    "blocks are drawn again",
	    blocks, blocks == 1 ? "" : "s", BOOTSTRAP_BLOCKS_LEAST);
}

/* The metrics that are percentiles: their indices, and their quantiles. */
typedef struct percentiles_s percentiles_t;
struct percentiles_s {
	size_t *m;
	double *q;
	stats_interval_t *room;
	size_t n;
	uint64_t seed;
};

static void
values_fill(summary_t *summary, size_t cell, size_t arm,
    const percentiles_t *all, const bootstrap_t *blocks)
{
	summary_row_t *row = summary_row(summary, cell, arm);
	size_t samples =
	    dataset_tally(summary->data, cell, arm, FROM_LATENCY).ok;
	size_t n = bootstrap_quantiles(blocks, NULL, all->q, all->n,
	    summary_rule(summary, cell).confidence, all->seed, all->room);
	const char *no_interval = interval_missing(summary, n);
	for (size_t i = 0; i < all->n; i++) {
		summary_value_t *value = &row->values[all->m[i]];
		value->reason =
		    percentile_missing(summary, cell, arm, value->metric);
		if (row->latency != NULL)
			value->n = samples;
		if (value->reason != NULL)
			continue;
		value->middle = all->room[i];
		value->middle.estimate =
		    (double)hist_quantile(row->latency, all->q[i]);
		value->no_interval = no_interval;
	}
}

static void
ratios_fill(summary_t *summary, size_t cell, size_t arm,
    const percentiles_t *all, const bootstrap_t *blocks,
    const bootstrap_t *base)
{
	summary_row_t *row = summary_row(summary, cell, arm);
	size_t n = bootstrap_quantiles(blocks, base, all->q, all->n,
	    summary_rule(summary, cell).confidence, all->seed, all->room);
	for (size_t i = 0; i < all->n; i++) {
		summary_value_t *value = &row->values[all->m[i]];
		value->no_ratio = summary_barred(summary, cell, arm, all->m[i]);
		if (value->no_ratio == NULL && !isfinite(all->room[i].estimate))
			value->no_ratio = "no block with a percentile above 0 "
					  "on both sides";
		if (value->no_ratio != NULL)
			continue;
		value->pairs = n;
		value->ratio = all->room[i];
		/* Fewer blocks than the arm's own: those of both. */
		if (value->no_interval == NULL && !isfinite(value->ratio.lo))
			value->no_interval = interval_missing(summary, n);
	}
}

static void
percentiles_collect(percentiles_t *all, const summary_t *summary, size_t cell)
{
	size_t most = summary->nmetrics;
	*all = (percentiles_t){.m = text_memory(most, sizeof(*all->m)),
	    .q = text_memory(most, sizeof(*all->q)),
	    .room = text_memory(most, sizeof(*all->room)),
	    .seed = rng_derive(
		(uint64_t)sample_number(summary->data->store.plan, "seed"),
		summary->data->cells[cell].name, 0)};
	for (size_t m = 0; m < most; m++) {
		if (summary->metrics[m].source != FROM_LATENCY)
			continue;
		all->m[all->n] = m;
		all->q[all->n++] = summary->metrics[m].quantile;
	}
}

void
percentiles_init(summary_t *summary, size_t cell)
{
	const dataset_t *data = summary->data;
	const dataset_cell_t *c = &data->cells[cell];
	percentiles_t all;
	percentiles_collect(&all, summary, cell);
	bootstrap_t *blocks = text_memory(c->narms, sizeof(*blocks));
	const bootstrap_t *base = NULL;
	for (size_t i = 0; i < c->narms; i++) {
		row_read(summary, cell, c->arms[i], &blocks[i]);
		values_fill(summary, cell, c->arms[i], &all, &blocks[i]);
		if (c->arms[i] == data->baseline)
			base = &blocks[i];
	}
	/* Without a baseline the reason is the same for every base. */
	for (size_t i = 0; i < c->narms; i++)
		ratios_fill(summary, cell, c->arms[i], &all, &blocks[i],
		    base != NULL ? base : &blocks[i]);
	for (size_t i = 0; i < c->narms; i++)
		bootstrap_release(&blocks[i]);
	free(blocks);
	free(all.room);
	free(all.q);
	free(all.m);
}
