/*
 * Pinning: on which CPUs, from which memory node, and with which huge pages
 * the samples of a plan run.
 */
#ifndef EBB_HARNESS_PIN_H
#define EBB_HARNESS_PIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "binding.h"
#include "fault.h"

typedef enum pin_cpus_e {
	PIN_NONE, /* any CPU that ebb may use */
	PIN_CPUS, /* as many CPUs as a sample has threads */
	PIN_CPUS_KINDS
} pin_cpus_t;

typedef enum pin_thp_e {
	PIN_THP_INHERIT, /* as the machine is set */
	PIN_THP_NEVER,
	PIN_THP_MADVISE,
	PIN_THP_ALWAYS,
	PIN_THP_KINDS
} pin_thp_t;

typedef enum pin_bind_e {
	PIN_BIND_NONE,
	PIN_BIND_AUTO, /* the node of the CPUs pinned to */
	PIN_BIND_NODE
} pin_bind_t;

/* As a plan states it; all 0: nothing is bound. */
typedef struct pin_s pin_t;
struct pin_s {
	pin_cpus_t cpus;
	pin_bind_t bind;
	unsigned node; /* of PIN_BIND_NODE */
	pin_thp_t thp;
};

/*
 * The values of --pin (none, cpus), --bind (none, auto, or a node's number)
 * and --thp (inherit, never, madvise, always). Errors: it is none of these.
 */
bool pin_parse_cpus(pin_t *pin, const char *text, fault_t *fault);
bool pin_parse_bind(pin_t *pin, const char *text, fault_t *fault);
bool pin_parse_thp(pin_t *pin, const char *text, fault_t *fault);

/* {"cpus":"none","bind":"none","thp":"inherit"}, and back; what is missing,
 * as in plans of before, is the default. */
json_t *pin_to_json(const pin_t *pin);
void pin_from_json(pin_t *pin, const json_t *json);

/*
 * What a sample with so many threads is bound to. Errors: the machine or this
 * user cannot; says what would.
 */
bool pin_resolve(
    const pin_t *pin, unsigned threads, binding_t *binding, fault_t *fault);

/*
 * Tries everything a plan would bind for samples of one thread, on a process
 * that does nothing, and reads it back. Errors: it cannot be had here.
 */
bool pin_check(const pin_t *pin, fault_t *fault);

/* In words for a run's header; the caller frees it. */
char *pin_words(const pin_t *pin);

#endif
