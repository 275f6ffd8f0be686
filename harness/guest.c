#include "guest.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "binary.h"
#include "counters.h"
#include "store.h"

/* Seconds that a server may take to be ready, unless said otherwise. */
#define READY_DEFAULT_S 30

guest_t *
guest_new(void)
{
	guest_t *guest = text_memory(1, sizeof(*guest));
	guest->ready_s = READY_DEFAULT_S;
	return guest;
}

void
guest_free(guest_t *guest)
{
	if (guest == NULL)
		return;
	for (size_t i = 0; i < guest->nvalues; i++) {
		free(guest->values[i].name);
		free(guest->values[i].pattern);
	}
	free(guest->values);
	free(guest->ready);
	free(guest->stop);
	free(guest->metrics);
	words_release(&guest->argv);
	words_release(&guest->environment);
	words_release(&guest->drives);
	words_release(&guest->names);
	free(guest);
}

bool
guest_is_server(const guest_t *guest)
{
	return guest->ready != NULL || guest->drives.n > 0 ||
	       guest->stop != NULL;
}

/* ---------------------------------------------------------------- values -- */

static bool
name_is_taken(const guest_t *guest, const char *name)
{
	metric_t none;
	for (size_t i = 0; i < guest->nvalues; i++)
		if (strcmp(guest->values[i].name, name) == 0)
			return true;
	return metric_lookup(name, &none) != NULL;
}

/* Compiles the expression. Errors: it is none, or has no group. */
static bool
pattern_compile(regex_t *regex, const char *pattern, fault_t *fault)
{
	char why[200];
	int error = regcomp(regex, pattern, REG_EXTENDED | REG_NEWLINE);
	if (error != 0) {
		regerror(error, regex, why, sizeof(why));
		return fault_set(
		    fault, "the expression '%s': %s", pattern, why);
	}
	if (regex->re_nsub > 0)
		return false;
	regfree(regex);
	return fault_set(fault,
	    "the expression '%s' has no group: put what is the number into "
	    "( ), as in 'rps=([0-9.]+) requests'",
	    pattern);
}

static bool
value_add(guest_t *guest, const char *name, const char *pattern, bool more,
    fault_t *fault)
{
	regex_t regex;
	if (pattern_compile(&regex, pattern, fault))
		return true;
	regfree(&regex);
	guest->values = reallocarray(
	    guest->values, guest->nvalues + 1, sizeof(*guest->values));
	if (guest->values == NULL)
		abort();
	guest->values[guest->nvalues++] = (guest_value_t){
	    .name = text_copy(name),
	    .pattern = text_copy(pattern),
	    .more = more,
	};
	return false;
}

bool
guest_add_value(guest_t *guest, const char *spec, fault_t *fault)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	fault_t why;
	bool more = spec[0] == '+';
	const char *begin = spec + more;
	size_t length = strspn(begin, good);
	if (length == 0 || begin[length] != '=' || begin[length + 1] == '\0')
		return fault_set(fault,
		    "--value '%s': the form is NAME=REGEX, or +NAME=REGEX when "
		    "higher is better (a name has letters, digits and '_')",
		    spec);
	char *name = text_format("%.*s", (int)length, begin);
	bool failed = false;
	if (name_is_taken(guest, name))
		failed = fault_set(fault,
		    "--value '%s': there is a metric '%s' already; choose "
		    "another name",
		    spec, name);
	else if (value_add(guest, name, begin + length + 1, more, &why))
		failed = fault_set(fault, "--value %s: %s", name, why.text);
	free(name);
	return failed;
}

/* Each ',' stands between thousands: it is followed by three digits, and no
 * more of them. Of "1,25", which many write for 1.25, no number is made up. */
static bool
commas_are_good(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		size_t n = 0;
		while (
		    i + 1 + n < size && isdigit((unsigned char)text[i + 1 + n]))
			n++;
		if (text[i] == ',' &&
		    (n != 3 || i == 0 || !isdigit((unsigned char)text[i - 1])))
			return false;
	}
	return true;
}

/* A whole number in text[0 .. size), with ',' between thousands or not. */
static bool
number_read(const char *text, size_t size, double *number)
{
	char digits[64];
	size_t n = 0;
	if (!commas_are_good(text, size))
		return false;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == ',')
			continue;
		if (n + 1 == sizeof(digits))
			return false;
		digits[n++] = text[i];
	}
	digits[n] = '\0';
	char *end;
	*number = strtod(digits, &end);
	return n > 0 && *end == '\0' && isfinite(*number);
}

bool
guest_value_find(const guest_value_t *value, const char *text, double *number,
    fault_t *fault)
{
	regex_t regex;
	regmatch_t match[2];
	bool found = false, is_number = false;
	size_t size = strlen(text);
	size_t at = 0;
	if (pattern_compile(&regex, value->pattern, fault))
		return true;
	/* The end is told: else each match would look for it through all of
	 * the rest, minutes for a program that prints a million lines. */
	while (at <= size) {
		match[0].rm_so = (regoff_t)at;
		match[0].rm_eo = (regoff_t)size;
		if (regexec(&regex, text, 2, match, REG_STARTEND) != 0)
			break;
		found = true;
		is_number =
		    match[1].rm_so >= 0 &&
		    number_read(text + match[1].rm_so,
			(size_t)(match[1].rm_eo - match[1].rm_so), number);
		/* An empty match does not move on by itself. */
		at = (size_t)match[0].rm_eo;
		at += match[0].rm_eo == match[0].rm_so;
	}
	regfree(&regex);
	if (found && is_number)
		return false;
	return fault_set(fault,
	    found ? "what '%s' matches in the output is no number"
		  : "'%s' matches nothing in the output",
	    value->pattern);
}

void
guest_values_set(const guest_t *guest, const char *text, json_t *own)
{
	for (size_t i = 0; i < guest->nvalues; i++) {
		double number;
		fault_t why;
		if (guest_value_find(&guest->values[i], text, &number, &why))
			metric_set_unsupported(
			    own, guest->values[i].name, "%s", why.text);
		else
			metric_set_real(own, guest->values[i].name, number);
	}
}

/* ------------------------------------------------------------ the program --
 */

static bool
is_program(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	       access(path, X_OK) == 0;
}

static void
language_find(guest_t *guest)
{
	binary_t binary;
	fault_t unknown;
	guest->plain_c = !binary_read(&binary, guest->argv.v[0], &unknown) &&
			 !binary.wants_operators;
}

/* Not resolved further: some programs look at the name they are called by. */
static char *
absolute(const char *path)
{
	char here[PATH_MAX];
	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL)
		return text_copy(path);
	return text_format("%s/%s", here, path);
}

bool
guest_locate(guest_t *guest, fault_t *fault)
{
	const char *name = guest->argv.v[0];
	const char *path = getenv("PATH");
	char *found = NULL;
	words_t folders = {0};
	if (strchr(name, '/') == NULL)
		words_split(
		    &folders, path != NULL ? path : "/usr/bin:/bin", ':');
	else
		words_add(&folders, ".");
	for (size_t i = 0; i < folders.n && found == NULL; i++) {
		char *full = strchr(name, '/') != NULL
				 ? text_copy(name)
				 : text_format("%s/%s", folders.v[i], name);
		if (is_program(full))
			found = absolute(full);
		free(full);
	}
	words_release(&folders);
	if (found == NULL && strchr(name, '/') != NULL &&
	    access(name, F_OK) == 0)
		return fault_set(fault,
		    "'%s' is no program: a folder, or not executable (chmod "
		    "+x)",
		    name);
	if (found == NULL)
		return fault_set(fault,
		    "there is no program '%s'%s; give its path", name,
		    strchr(name, '/') == NULL ? " in PATH" : "");
	free(guest->argv.v[0]);
	guest->argv.v[0] = found;
	language_find(guest);
	return false;
}

bool
guest_resolve(guest_t *guest, const place_t *place, fault_t *fault)
{
	language_find(guest);
	if (guest->argv.v[0][0] == '/' && is_program(guest->argv.v[0]))
		return false;
	char *found = place_resolve(place, guest->argv.v[0]);
	if (found == NULL)
		return fault_set(fault,
		    "the program '%s' is not there any more; build or install "
		    "it again",
		    guest->argv.v[0]);
	free(guest->argv.v[0]);
	guest->argv.v[0] = found;
	language_find(guest);
	return false;
}

/* --------------------------------------------------------------- metrics -- */

static void
metric_add(guest_t *guest, const metric_t *metric)
{
	guest->metrics = reallocarray(
	    guest->metrics, guest->nmetrics + 1, sizeof(*guest->metrics));
	if (guest->metrics == NULL)
		abort();
	guest->metrics[guest->nmetrics++] = *metric;
}

void
guest_describe(guest_t *guest)
{
	for (size_t i = 0; i < guest->nvalues; i++) {
		const guest_value_t *value = &guest->values[i];
		metric_add(guest,
		    &(metric_t){.name = value->name,
			.title = value->name,
			.unit = UNIT_COUNT,
			.direction =
			    value->more ? HIGHER_IS_BETTER : LOWER_IS_BETTER,
			.source = FROM_TIME,
			.subject =
			    value->more ? VERDICT_OF_YIELD : VERDICT_OF_VALUE});
	}
	for (size_t i = 0; i < guest->drives.n; i++) {
		words_add(&guest->names, "drive%zu_ns", i + 1);
		words_add(&guest->names, "time of drive %zu", i + 1);
	}
	for (size_t i = 0; i < guest->drives.n; i++)
		metric_add(guest, &(metric_t){.name = guest->names.v[2 * i],
				      .title = guest->names.v[2 * i + 1],
				      .unit = UNIT_NS,
				      .direction = LOWER_IS_BETTER,
				      .source = FROM_TIME,
				      .subject = VERDICT_OF_TIME});
}

static json_int_t
timeval_ns(const struct timeval *t)
{
	return (json_int_t)t->tv_sec * 1000000000 +
	       (json_int_t)t->tv_usec * 1000;
}

json_t *
guest_record(
    const struct rusage *usage, uint64_t wall_ns, uint64_t work_ns, json_t *own)
{
	json_t *record = json_pack("{s:i,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}",
	    "schema", STORE_SCHEMA, "outside", true, "wall_ns",
	    (json_int_t)wall_ns, "work_ns", (json_int_t)work_ns, "cpu_user_ns",
	    timeval_ns(&usage->ru_utime), "cpu_sys_ns",
	    timeval_ns(&usage->ru_stime), "minflt",
	    (json_int_t)usage->ru_minflt, "majflt",
	    (json_int_t)usage->ru_majflt, "nvcsw", (json_int_t)usage->ru_nvcsw,
	    "nivcsw", (json_int_t)usage->ru_nivcsw);
	if (own != NULL)
		json_object_set_new(record, "own", own);
	return record;
}

/* ------------------------------------------------------------------ JSON -- */

static json_t *
words_to_json(const words_t *words)
{
	json_t *list = json_array();
	for (size_t i = 0; i < words->n; i++)
		json_array_append_new(list, json_string(words->v[i]));
	return list;
}

static void
words_from_json(words_t *words, const json_t *list)
{
	size_t i;
	json_t *word;
	json_array_foreach(list, i, word)
	{
		if (json_is_string(word))
			words_add(words, "%s", json_string_value(word));
	}
}

json_t *
guest_to_json(const guest_t *guest)
{
	json_t *values = json_array();
	for (size_t i = 0; i < guest->nvalues; i++)
		json_array_append_new(values,
		    json_pack("{s:s,s:s,s:b}", "name", guest->values[i].name,
			"pattern", guest->values[i].pattern, "more",
			guest->values[i].more));
	return json_pack("{s:o,s:o,s:o,s:s?,s:f,s:o,s:f,s:s?}", "argv",
	    words_to_json(&guest->argv), "environment",
	    words_to_json(&guest->environment), "values", values, "ready",
	    guest->ready, "ready_s", guest->ready_s, "drives",
	    words_to_json(&guest->drives), "settle_s", guest->settle_s, "stop",
	    guest->stop);
}

static char *
text_or_null(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));
	return text == NULL ? NULL : text_copy(text);
}

bool
guest_from_json(guest_t **guest, const json_t *json, fault_t *fault)
{
	size_t i;
	json_t *value;
	*guest = NULL;
	if (!json_is_object(json))
		return false;
	guest_t *p = *guest = guest_new();
	words_from_json(&p->argv, json_object_get(json, "argv"));
	words_from_json(&p->environment, json_object_get(json, "environment"));
	words_from_json(&p->drives, json_object_get(json, "drives"));
	p->ready = text_or_null(json, "ready");
	p->stop = text_or_null(json, "stop");
	p->ready_s = json_number_value(json_object_get(json, "ready_s"));
	p->settle_s = json_number_value(json_object_get(json, "settle_s"));
	json_array_foreach(json_object_get(json, "values"), i, value)
	{
		if (value_add(p, sample_text(value, "name"),
			sample_text(value, "pattern"),
			json_is_true(json_object_get(value, "more")), fault))
			return true;
	}
	guest_describe(p);
	return p->argv.n == 0 &&
	       fault_set(fault, "the plan's program has no command");
}
