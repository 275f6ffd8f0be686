#include "conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Options that set the same thing: the later one wins, so only it stays. */
static const char *const aliases[][2] = {
    {"decay_time", "dirty_decay_ms"},
};

#define KEY_LETTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

bool
conf_check(const char *conf, fault_t *fault)
{
	words_t parts = {0};
	words_split(&parts, conf, ',');
	bool failed = false;
	for (size_t i = 0; i < parts.n && !failed; i++) {
		size_t key = strspn(parts.v[i], KEY_LETTERS);
		if (key == 0 || parts.v[i][key] != ':' ||
		    parts.v[i][key + 1] == '\0')
			failed = fault_set(fault,
			    "'%s' is not an option: options are written "
			    "key:value,key:value as in MALLOC_CONF",
			    parts.v[i]);
	}
	words_release(&parts);
	return failed;
}

static size_t
key_length(const char *option)
{
	return strcspn(option, ":");
}

static bool
key_is(const char *option, const char *key)
{
	return strlen(key) == key_length(option) &&
	       strncmp(option, key, strlen(key)) == 0;
}

/* True when option b, set later, makes option a void. */
static bool
option_overrides(const char *a, const char *b)
{
	if (key_length(a) == key_length(b) && strncmp(a, b, key_length(a)) == 0)
		return true;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		for (int side = 0; side < 2; side++)
			if (key_is(a, aliases[i][side]) &&
			    key_is(b, aliases[i][!side]))
				return true;
	return false;
}

char *
conf_merge(const char *base, const char *over)
{
	words_t all = {0}, kept = {0};
	words_split(&all, base, ',');
	words_split(&all, over, ',');
	for (size_t i = 0; i < all.n; i++) {
		bool overridden = false;
		for (size_t j = i + 1; j < all.n && !overridden; j++)
			overridden = option_overrides(all.v[i], all.v[j]);
		if (!overridden)
			words_add(&kept, "%s", all.v[i]);
	}
	char *merged = words_join(&kept, ",");
	words_release(&all);
	words_release(&kept);
	return merged;
}

char *
conf_value(const char *conf, const char *key)
{
	words_t all = {0};
	char *value = NULL;
	words_split(&all, conf, ',');
	for (size_t i = all.n; i > 0 && value == NULL; i--)
		if (key_is(all.v[i - 1], key))
			value = text_copy(all.v[i - 1] + strlen(key) + 1);
	words_release(&all);
	return value;
}

bool
conf_value_equal(const char *text, const json_t *value)
{
	if (json_is_boolean(value))
		return strcmp(text, json_is_true(value) ? "true" : "false") ==
		       0;
	if (json_is_integer(value)) {
		char *end;
		errno = 0;
		long long number = strtoll(text, &end, 0);
		return errno == 0 && end != text && *end == '\0' &&
		       number == json_integer_value(value);
	}
	if (json_is_string(value))
		return strcmp(text, json_string_value(value)) == 0;
	return false;
}

bool
conf_compare(const char *conf, const json_t *read_back, fault_t *fault)
{
	words_t parts = {0}, wrong = {0};
	words_split(&parts, conf, ',');
	for (size_t i = 0; i < parts.n; i++) {
		char *key = text_copy(parts.v[i]);
		char *wanted = key + key_length(key);
		if (*wanted == ':')
			*wanted++ = '\0';
		const json_t *value = json_object_get(read_back, key);
		if (value == NULL) {
			words_add(&wrong,
			    "the allocator has no option '%s' (asked for %s)",
			    key, parts.v[i]);
		} else if (!conf_value_equal(wanted, value)) {
			char *is = json_dumps(value, JSON_ENCODE_ANY);
			words_add(&wrong,
			    "%s was asked for, %s reads back as "
			    "%s",
			    parts.v[i], key, is == NULL ? "?" : is);
			free(is);
		}
		free(key);
	}
	char *all = words_join(&wrong, "; ");
	bool failed = wrong.n > 0;
	if (failed)
		fault_set(fault, "%s", all);
	free(all);
	words_release(&parts);
	words_release(&wrong);
	return failed;
}
