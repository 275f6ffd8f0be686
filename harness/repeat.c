#include "repeat.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ab_table.h"
#include "allocators.h"
#include "text.h"

/* A word as a shell takes it; the caller frees it. */
static char *
shell_quote(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:=,+-@%";
	if (word[0] != '\0' && word[strspn(word, plain)] == '\0')
		return text_copy(word);
	char *quoted = text_copy("'");
	for (; *word != '\0'; word++)
		text_assign(&quoted, *word == '\'' ? "%s'\\%c'" : "%s%c",
		    quoted, *word);
	text_assign(&quoted, "%s'", quoted);
	return quoted;
}

/* Appends a word that is quoted where a shell needs it. */
static void
word_append(char **command, const char *word)
{
	char *quoted = shell_quote(word);
	text_assign(command, "%s %s", *command, quoted);
	free(quoted);
}

static char *
command_join(const json_t *command)
{
	char *all = text_copy("");
	size_t i;
	json_t *word;
	json_array_foreach(command, i, word)
	{
		char *quoted = shell_quote(
		    json_is_string(word) ? json_string_value(word) : "");
		text_assign(&all, "%s%s%s", all, i > 0 ? " " : "", quoted);
		free(quoted);
	}
	return all;
}

char *
repeat_sample(const dataset_t *data, size_t cell)
{
	const json_t *best = NULL;
	bool ours = false;
	for (size_t i = 0; i < data->nsamples && !ours; i++) {
		const dataset_sample_t *s = &data->samples[i];
		const json_t *command = json_object_get(s->line, "command");
		if (s->cell != cell || !s->ok || json_array_size(command) == 0)
			continue;
		ours = strcmp(data->arms[s->arm].kind, "ebb") == 0;
		if (ours || best == NULL)
			best = command;
	}
	return best != NULL ? command_join(best) : NULL;
}

/* True when `ebb run` finds the arm by its name alone. */
static bool
arm_is_known(const dataset_arm_t *arm)
{
	char *variant = text_format("variants/%s/libebb.so", arm->name);
	size_t n = strlen(arm->path);
	size_t tail = strlen(variant);
	bool found = n >= tail && strcmp(arm->path + n - tail, variant) == 0;
	free(variant);
	found |= arm_is_found(arm->name);
	return found && arm->conf[0] == '\0';
}

/* Appends the option for an arm of the user's own. */
static void
allocator_append(char **options, const dataset_arm_t *arm)
{
	char *spec = text_format("%s=%s%s%s", arm->name, arm->path,
	    arm->conf[0] != '\0' ? ":" : "", arm->conf);
	char *quoted = shell_quote(spec);
	text_assign(options, "%s --allocator %s", *options, quoted);
	free(quoted);
	free(spec);
}

/*
 * Appends the options of the run that the cell's own words do not say already.
 * Plans of before there was argv have none.
 */
static void
options_append(char **command, const json_t *plan, const char *workload)
{
	static const char *const kept[] = {
	    "--peers=", "--conf=", "--ops-scale=", "--timeout=", "--profile",
	    "--pin=", "--bind=", "--thp="};
	char *set = text_format("--set=%s.", workload);
	size_t i;
	json_t *word;
	json_array_foreach(json_object_get(plan, "argv"), i, word)
	{
		const char *option =
		    json_is_string(word) ? json_string_value(word) : "";
		bool wanted = strncmp(option, set, strlen(set)) == 0;
		for (size_t k = 0; k < sizeof(kept) / sizeof(*kept); k++)
			wanted |=
			    strncmp(option, kept[k], strlen(kept[k])) == 0;
		if (wanted)
			word_append(command, option);
	}
	free(set);
}

/* The same for `ebb ab`: as it was typed, but one cell, and as many blocks, so
 * that it is looked at after the same ones. */
static char *
repeat_ab(const dataset_t *data, size_t cell)
{
	static const char *const changed[] = {"--arms=", "--workload=",
	    "--threads=", "--seed=", "--blocks=", "--budget="};
	const dataset_cell_t *c = &data->cells[cell];
	const looks_t *looks = &c->looks;
	char *command = text_copy("build/ebb ab");
	size_t i;
	json_t *word;
	json_array_foreach(json_object_get(data->store.plan, "argv"), i, word)
	{
		const char *option =
		    json_is_string(word) ? json_string_value(word) : "";
		bool kept = true;
		for (size_t k = 0; k < sizeof(changed) / sizeof(*changed); k++)
			kept &= strncmp(option, changed[k],
				    strlen(changed[k])) != 0;
		if (kept)
			word_append(&command, option);
	}
	text_assign(&command, "%s --seed %" PRId64 " --blocks %zu", command,
	    sample_number(data->store.plan, "seed"),
	    looks->n > 0 ? looks->blocks[looks->n - 1] : c->blocks);
	if (c->guest == NULL)
		text_assign(&command, "%s --threads %d --workload %s%s%s",
		    command, c->threads, c->workload,
		    c->case_name[0] != '\0' ? "." : "", c->case_name);
	else
		word_append(&command, "--");
	for (i = 0; c->guest != NULL && i < c->guest->argv.n; i++)
		word_append(&command, c->guest->argv.v[i]);
	return command;
}

char *
repeat_cell(const dataset_t *data, size_t cell)
{
	const dataset_cell_t *c = &data->cells[cell];
	if (ab_fits(data))
		return repeat_ab(data, cell);
	const char *profile = sample_text(data->store.plan, "profile");
	/* The Google Benchmark cell is chosen whole. */
	bool named = c->case_name[0] != '\0' && !c->gbench;
	char *arms = text_copy("");
	char *extra = text_copy("");
	for (size_t i = 0; i < c->narms; i++) {
		const dataset_arm_t *arm = &data->arms[c->arms[i]];
		if (arm_is_known(arm))
			text_assign(&arms, "%s%s%s", arms,
			    arms[0] != '\0' ? "," : "", arm->name);
		else
			allocator_append(&extra, arm);
	}
	char *command = text_format("build/ebb run --plan %s --seed %" PRId64
				    " --workloads %s%s%s --threads %d%s%s%s",
	    profile[0] != '\0' ? profile : "default",
	    sample_number(data->store.plan, "seed"), c->workload,
	    named ? "." : "", named ? c->case_name : "", c->threads,
	    arms[0] != '\0' ? " --arms " : "", arms, extra);
	if (c->blocks > 0)
		text_assign(&command, "%s --blocks %zu", command, c->blocks);
	options_append(&command, data->store.plan, c->workload);
	free(arms);
	free(extra);
	return command;
}
