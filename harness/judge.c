#include "judge.h"

#include <stdio.h>
#include <string.h>

#include "identity.h"
#include "store.h"

/* The workload's exit code for damaged contents. */
#define EXIT_CHECK_FAILED 3

static const char *const status_names[STATUS_KINDS] = {
    [STATUS_OK] = "ok",
    [STATUS_CRASH] = "crash",
    [STATUS_TIMEOUT] = "timeout",
    [STATUS_WRONG] = "wrong-allocator",
    [STATUS_MISPLACED] = "wrong-placement",
    [STATUS_CHECK_FAILED] = "check-failed",
    [STATUS_BAD_RECORD] = "bad-record",
    [STATUS_ERROR] = "error",
};

const char *
judge_name(status_t status)
{
	return status_names[status];
}

/* The last words of stderr on one line, for a reason. */
static void
errors_tail(const char *errors, char *tail, size_t room)
{
	size_t length = strlen(errors);
	const char *from = length < room ? errors : errors + length - room + 1;
	snprintf(tail, room, "%s", from);
	for (char *c = tail; *c != '\0'; c++)
		if (*c == '\n')
			*c = c[1] == '\0' ? '\0' : ' ';
}

static status_t
judge_end(const trial_t *trial, fault_t *fault)
{
	char tail[300];
	errors_tail(trial->errors, tail, sizeof(tail));
	const char *comma = tail[0] ? ": " : "";
	const char *driving = trial->driven.failure.text;
	if (trial->end == LAUNCH_TIMED_OUT && driving[0] != '\0') {
		fault_set(fault, "%s%s%s", driving, comma, tail);
		return STATUS_TIMEOUT;
	}
	if (trial->end == LAUNCH_TIMED_OUT) {
		fault_set(fault, "no end after %u s, killed%s%s",
		    trial->timeout_ms / 1000, comma, tail);
		return STATUS_TIMEOUT;
	}
	if (trial->ending.signal != 0 && !trial->driven.stopping) {
		fault_set(fault, "ended by signal %d (%s)%s%s",
		    trial->ending.signal, strsignal(trial->ending.signal),
		    comma, tail);
		return STATUS_CRASH;
	}
	return STATUS_OK;
}

/* The program is the one that was launched: a build between would be another
 * layout, and other work. */
static bool
program_check(const trial_t *trial, fault_t *fault)
{
	const char *asked = trial->program_id;
	const char *ran = identity_program(trial->probe);
	if (asked == NULL || asked[0] == '\0' || strcmp(asked, ran) == 0)
		return false;
	return fault_set(fault,
	    "'%s' has build-id %s, expected is %s: it was rebuilt since it was "
	    "looked up; start again",
	    trial->argv.v[0], ran, asked);
}

/*
 * The probe's answer as far as it matters: a program that calls no operators
 * of C++ may be linked with a library that has some, as Debian's redis is with
 * jemalloc's.
 */
static json_t *
proof_of(const trial_t *trial)
{
	json_t *probe = json_deep_copy(trial->probe);
	json_t *owners = json_object_get(probe, "owners");
	const char *name;
	json_t *owner;
	void *next;
	if (trial->guest == NULL || !trial->guest->plain_c)
		return probe;
	json_object_foreach_safe(owners, next, name, owner)
	{
		if (strncmp(name, "_Z", 2) == 0)
			json_object_del(owners, name);
	}
	return probe;
}

static status_t
judge_code(const trial_t *trial, fault_t *fault)
{
	char tail[300];
	errors_tail(trial->errors, tail, sizeof(tail));
	const char *driving = trial->driven.failure.text;
	if (driving[0] != '\0') {
		fault_set(fault, "%s%s%s", driving,
		    tail[0] ? "; its stderr: " : "", tail);
		return STATUS_ERROR;
	}
	if (trial->driven.stopping && server_ended_well(&trial->ending))
		return STATUS_OK;
	if (trial->ending.signal != 0) {
		fault_set(fault, "ended by signal %d (%s) when it was stopped",
		    trial->ending.signal, strsignal(trial->ending.signal));
		return STATUS_CRASH;
	}
	if (trial->ending.code == EXIT_CHECK_FAILED && trial->guest == NULL) {
		fault_set(fault, "check mode found damaged contents: %s", tail);
		return STATUS_CHECK_FAILED;
	}
	if (trial->ending.code != 0) {
		fault_set(fault, "exit code %d: %s", trial->ending.code,
		    tail[0] ? tail : "nothing on stderr");
		return STATUS_ERROR;
	}
	return STATUS_OK;
}

status_t
judge(const trial_t *trial, plan_kind_t kind, words_t *warnings, fault_t *fault)
{
	status_t status = judge_end(trial, fault);
	if (status != STATUS_OK)
		return status;
	json_t *proof = proof_of(trial);
	bool wrong = identity_check(trial->arm, trial->conf, proof,
			 trial->errors, warnings, fault) ||
		     program_check(trial, fault);
	json_decref(proof);
	if (wrong)
		return STATUS_WRONG;
	if (placement_check(&trial->placement, &trial->binding, fault))
		return STATUS_MISPLACED;
	status = judge_code(trial, fault);
	if (status != STATUS_OK || kind == PLAN_GBENCH)
		return status;
	if (trial->record == NULL ||
	    sample_number(trial->record, "schema") != STORE_SCHEMA) {
		fault_set(fault, "%s",
		    trial->record_damaged
			? "the workload's record is not valid JSON"
		    : trial->record == NULL
			? "the workload wrote no record"
			: "the workload's record has another schema");
		return STATUS_BAD_RECORD;
	}
	if (strcmp(sample_text(trial->record, "check"), "failed") == 0) {
		fault_set(fault, "check mode found damaged contents");
		return STATUS_CHECK_FAILED;
	}
	return STATUS_OK;
}
