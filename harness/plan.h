/*
 * The plan: which samples, in which order, with which seeds. It follows from
 * a seed, is written down before the first sample, and is all that is needed
 * to complete a run that was cut off.
 */
#ifndef EBB_HARNESS_PLAN_H
#define EBB_HARNESS_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocators.h"
#include "fault.h"
#include "guest.h"
#include "look.h"
#include "pin.h"
#include "programs.h"
#include "spread.h"
#include "text.h"
#include "williams.h"

/* Bytes that may be added to the environment: a page. */
#define PLAN_PADDING_BOUND 4096

/* Most arms in one cell. */
#define PLAN_ARMS_MAX WILLIAMS_MAX

/* What a sample is for. Never two of these in one process. */
typedef enum plan_kind_e {
	PLAN_TIME,     /* work time, memory, counters; no clock in the loop */
	PLAN_LATENCY,  /* single calls timed; memory only coarsely observed */
	PLAN_GBENCH,   /* the Google Benchmark driver */
	PLAN_CENSUS,   /* memory system calls and performance counters */
	PLAN_HOTSPOTS, /* under perf record: where time goes, by function */
	PLAN_KINDS
} plan_kind_t;

/* A cell: a workload with its parameters, measured under several arms. */
typedef struct cell_s cell_t;
struct cell_s {
	char *name; /* "oscillate.interleaved.t1", unique */
	char *workload, *case_name;
	words_t args; /* without threads, seed, latency and mem-limit */
	unsigned threads;
	unsigned arms[PLAN_ARMS_MAX]; /* places in plan->arms */
	unsigned narms;
	char *conf; /* MALLOC_CONF common to our own arms, "" for none */
	unsigned blocks[PLAN_KINDS]; /* 0: no samples of that kind */
	double seconds[PLAN_KINDS];  /* expected of one sample; 0: unknown */
	looks_t looks;               /* when its time samples may end early */
	guest_t *guest; /* what is run instead of a workload, or NULL */
	spread_t spread[JUDGED]; /* of its ratios, known before the run */
	spread_levels_t *levels; /* NULL: the pilot did not look for them */
};

/* A slot: one sample to take. */
typedef struct slot_s slot_t;
struct slot_s {
	char id[16];        /* "s000123": its place in the order */
	unsigned block;     /* of its cell and kind, from 0 */
	unsigned position;  /* in the block, from 0 */
	unsigned cell, arm; /* places in plan->cells and plan->arms */
	plan_kind_t kind;
	uint64_t seed;    /* of the workload: the same over a block */
	unsigned padding; /* bytes added to the environment: a nuisance
			   * factor, drawn for each sample */
	unsigned link;    /* the order in which its program was linked:
			   * another one, drawn for each block, so that a
			   * ratio compares within one layout */
};

typedef struct plan_s plan_t;
struct plan_s {
	char *profile, *name, *created_utc;
	char *workload_id;   /* build-id of the workload program in order 0; ""
			      * unknown */
	programs_t programs; /* those that samples run */
	uint64_t seed;
	uint64_t mem_limit; /* bytes a workload may use */
	unsigned timeout_s; /* the watchdog's, a sample; 0: by what the
			     * sample is expected to take */
	pin_t pin;          /* what samples are bound to */
	arms_t arms;
	cell_t *cells;
	size_t ncells;
	slot_t *order;
	size_t norder;
	words_t warnings;
	words_t argv;     /* the options that were asked for, "--name=value" */
	words_t primary;  /* metrics that carry verdicts; empty: the usual */
	double budget_s;  /* that was asked for, of the whole run; 0: none */
	char *baseline;   /* the arm that others are judged against; NULL: the
			   * one of kind glibc, else the first */
	json_t *refusals; /* what the identity check did with false arms
			   * (control_refusals()), or NULL */
};

/*
 * Adds a cell with the name "workload.case.tN" and no arms; the pointer is
 * good until the next cell is added.
 */
cell_t *plan_add_cell(plan_t *plan, const char *workload, const char *case_name,
    unsigned threads);

/* True for the cell of the controls: its arms are no allocators' (control.h).
 */
bool plan_is_control(const plan_t *plan, const cell_t *cell);

/* Forgets a cell of a plan that is not laid out yet. */
void plan_drop_cell(plan_t *plan, size_t cell);

/* Forgets the arms that no cell uses. */
void plan_prune(plan_t *plan);

/*
 * Lays out the order from the cells' blocks and the seed: first all time
 * samples, then latency, gbench, census and hotspots; within each, block after
 * block, the cells of a block in random order, the arms of a cell by its
 * Williams row. The blocks of a cell take the orders of linking in turn, in
 * cycles that are shuffled, so that each has as many blocks as the others. The
 * controls' blocks are spread over all the time that the others take.
 */
void plan_lay_out(plan_t *plan);

/* Forgets the programs that no sample runs, but the first of each arm. */
void plan_prune_programs(plan_t *plan);

/* The program that a sample of this slot runs. */
const program_t *plan_program(const plan_t *plan, const slot_t *slot);

/* Seconds that the plan is expected to take, from cells' seconds. */
double plan_seconds(const plan_t *plan);

/*
 * Makes the plan fit into budget seconds by cutting blocks: first those
 * beyond asked that only complete a square, then of latency, gbench and census,
 * then of all; never below 1, and none of the controls'. The time of hotspots
 * samples comes on top of the budget. Adds warnings for what it did, or that it
 * could not.
 */
void plan_fit(plan_t *plan, double budget, unsigned asked);

/* Adds a warning when the blocks of some cell do not complete squares. */
void plan_warn_balance(plan_t *plan);

/* The least number of blocks >= asked that is balanced for n arms. */
unsigned plan_balanced(unsigned asked, unsigned narms);

/* The place in cell->arms of the one that others are compared with: named by
 * plan->baseline, else of kind glibc, else the first. */
unsigned plan_baseline(const plan_t *plan, const cell_t *cell);

/* The orders of linking that its time samples run programs of. */
unsigned plan_links(const plan_t *plan);

/* Bytes to add to the environment of a process: less than a page, drawn by
 * the three. */
unsigned plan_padding(uint64_t seed, const char *stream, uint64_t number);

/* "time", "latency", "gbench", "census" or "hotspots". */
const char *plan_kind_name(plan_kind_t kind);

/* plan.json, and back. Errors of reading: what is missing or wrong. */
json_t *plan_to_json(const plan_t *plan);
bool plan_from_json(plan_t *plan, const json_t *json, fault_t *fault);

void plan_release(plan_t *plan);

#endif
