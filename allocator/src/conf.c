#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arenas.h"
#include "assert.h"
#include "conf_table.h"
#include "malloc_io.h"
#include "pages.h"
#include "stats.h"
#include "tcache.h"

bool opt_abort;
bool opt_abort_conf;
bool opt_confirm_conf;
bool opt_xmalloc;

__attribute__((weak)) const char *JE(malloc_conf);
const char *conf_link = "/etc/malloc.conf";

/* One key:value pair of a source, where it stands. */
typedef struct conf_pair_s {
	const char *source;
	const char *key;
	size_t key_len;
	const char *value; /* ends at a ',' or NUL */
	size_t value_len;
} conf_pair_t;

/* Text of a message, cut if it does not fit. */
#define CONF_TEXT 640
/* Longer names have nothing near them. */
#define CONF_KEY_MAX 32

typedef struct conf_option_s conf_option_t;

/* A kind of value: how it is read, and which values there are. */
typedef struct conf_kind_s {
	/* true: refused, and nothing was set. */
	bool (*parse)(const conf_option_t *option, const char *v, size_t len);
	void (*accepted)(const conf_option_t *option, char *text, size_t size);
} conf_kind_t;

struct conf_option_s {
	const char *key;
	const conf_kind_t *kind;
	void *var;
	int64_t min;
	int64_t max;
	int64_t unit;
	const char *const *names;
	const char *only; /* the value that alone is accepted, or NULL */
	const char *why;  /* what to say of the others */
};

static bool
conf_is(const char *v, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(v, word, len) == 0;
}

/* ---------------------------------------------------------------- kinds -- */

static bool
conf_bool_parse(const conf_option_t *option, const char *v, size_t len)
{
	bool yes = conf_is(v, len, "true");
	if (!yes && !conf_is(v, len, "false"))
		return true;
	if (option->only != NULL && !conf_is(v, len, option->only))
		return true;
	*(bool *)option->var = yes;
	return false;
}

static void
conf_bool_accepted(const conf_option_t *option, char *text, size_t size)
{
	malloc_snprintf(text, size, "%s",
	    option->only != NULL ? option->only : "true, false");
}

/* A whole number within the option's range. true: it is none. */
static bool
conf_number_parse(
    const conf_option_t *option, const char *v, size_t len, int64_t *number)
{
	bool negative = len > 0 && v[0] == '-';
	const char *digits = v + negative;
	const char *end;
	int saved = errno;
	/* A second sign is no digit. */
	if (*digits < '0' || *digits > '9')
		return true;
	uintmax_t n = malloc_strtoumax(digits, &end, 0);
	errno = saved;
	if (end != v + len || n > INT64_MAX)
		return true;
	*number = negative ? -(int64_t)n : (int64_t)n;
	return *number < option->min || *number > option->max;
}

static void
conf_number_accepted(const conf_option_t *option, char *text, size_t size)
{
	malloc_snprintf(text, size, "%lld to %lld", (long long)option->min,
	    (long long)option->max);
}

static bool
conf_count_parse(const conf_option_t *option, const char *v, size_t len)
{
	int64_t n;
	if (conf_number_parse(option, v, len, &n))
		return true;
	*(unsigned *)option->var = (unsigned)n;
	return false;
}

static bool
conf_ssize_parse(const conf_option_t *option, const char *v, size_t len)
{
	int64_t n;
	if (conf_number_parse(option, v, len, &n))
		return true;
	*(ssize_t *)option->var = (ssize_t)n;
	return false;
}

static bool
conf_time_parse(const conf_option_t *option, const char *v, size_t len)
{
	int64_t n;
	if (conf_number_parse(option, v, len, &n))
		return true;
	*(int64_t *)option->var = n < 0 ? -1 : n * option->unit;
	return false;
}

/* An enum is an unsigned to this compiler: conf.c asserts it below. */
static bool
conf_named_parse(const conf_option_t *option, const char *v, size_t len)
{
	for (unsigned i = 0; option->names[i] != NULL; i++) {
		if (conf_is(v, len, option->names[i])) {
			*(unsigned *)option->var = i;
			return false;
		}
	}
	return true;
}

static void
conf_named_accepted(const conf_option_t *option, char *text, size_t size)
{
	size_t at = 0;
	for (unsigned i = 0; option->names[i] != NULL && at < size; i++)
		at += malloc_snprintf(text + at, size - at, "%s%s",
		    i == 0 ? "" : ", ", option->names[i]);
}

static bool
conf_junk_parse(const conf_option_t *option, const char *v, size_t len)
{
	(void)option;
	bool both = conf_is(v, len, "true");
	bool alloc = both || conf_is(v, len, "alloc");
	bool dalloc = both || conf_is(v, len, "free");
	if (!alloc && !dalloc && !conf_is(v, len, "false"))
		return true;
	opt_junk_alloc = alloc;
	opt_junk_free = dalloc;
	return false;
}

static bool
conf_fixed_parse(const conf_option_t *option, const char *v, size_t len)
{
	return !conf_is(v, len, option->only);
}

static const conf_kind_t conf_bool = {conf_bool_parse, conf_bool_accepted};
static const conf_kind_t conf_count = {conf_count_parse, conf_number_accepted};
static const conf_kind_t conf_ssize = {conf_ssize_parse, conf_number_accepted};
static const conf_kind_t conf_time = {conf_time_parse, conf_number_accepted};
static const conf_kind_t conf_named = {conf_named_parse, conf_named_accepted};
static const conf_kind_t conf_junk = {conf_junk_parse, conf_named_accepted};
static const conf_kind_t conf_fixed = {conf_fixed_parse, conf_bool_accepted};

static const char *const conf_junk_names[] = {
    "true", "false", "alloc", "free", NULL};

/* --------------------------------------------------------------- tables -- */

#define BOOL(k, v, built, reason)             \
	{.key = #k,                           \
	    .kind = &conf_bool,               \
	    .var = &v,                        \
	    .only = (built) ? NULL : "false", \
	    .why = reason},
#define COUNT(k, v, lo, hi) \
	{.key = #k, .kind = &conf_count, .var = &v, .min = lo, .max = hi},
#define SSIZE(k, v, lo, hi) \
	{.key = #k, .kind = &conf_ssize, .var = &v, .min = lo, .max = hi},
#define TIME(k, v, ns)             \
	{.key = #k,                \
	    .kind = &conf_time,    \
	    .var = &v,             \
	    .min = -1,             \
	    .max = INT64_MAX / ns, \
	    .unit = ns},
#define NAMED(k, v, list) \
	{.key = #k, .kind = &conf_named, .var = &v, .names = list},
#define JUNK(k) {.key = #k, .kind = &conf_junk, .names = conf_junk_names},
#define FIXED(k, text, ctype, ctl, value, reason) \
	{.key = #k, .kind = &conf_fixed, .only = text, .why = reason},

static const conf_option_t conf_options[] = {
    CONF_OPTIONS(BOOL, COUNT, SSIZE, TIME, NAMED, JUNK, FIXED)};

#undef BOOL
#undef COUNT
#undef SSIZE
#undef TIME
#undef NAMED
#undef JUNK
#undef FIXED

static const struct {
	const char *pattern;
	const char *why;
} conf_absent[] = {
#define ABSENT(pattern, why) {pattern, why},
    CONF_ABSENT_OPTIONS(ABSENT)
#undef ABSENT
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(sizeof(purge_mode_t) == sizeof(unsigned) &&
		   sizeof(fill_t) == sizeof(unsigned) &&
		   sizeof(purge_advice_t) == sizeof(unsigned),
    "conf_named_parse stores an unsigned");

static const conf_option_t *
conf_option_lookup(const conf_pair_t *pair)
{
	for (size_t i = 0; i < COUNT_OF(conf_options); i++) {
		if (conf_is(pair->key, pair->key_len, conf_options[i].key))
			return &conf_options[i];
	}
	return NULL;
}

/* Why a known option is not to be had; NULL: it is not known either. */
static const char *
conf_absent_lookup(const conf_pair_t *pair)
{
	for (size_t i = 0; i < COUNT_OF(conf_absent); i++) {
		const char *pattern = conf_absent[i].pattern;
		size_t len = strlen(pattern) - 1;
		if (pattern[len] == '*'
			? pair->key_len >= len &&
			      memcmp(pair->key, pattern, len) == 0
			: conf_is(pair->key, pair->key_len, pattern))
			return conf_absent[i].why;
	}
	return NULL;
}

/* ------------------------------------------------------------- messages -- */

static unsigned
conf_min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters to insert, drop, replace, or swap with their neighbour, to make b of
 * a. Both are shorter than CONF_KEY_MAX. */
static unsigned
conf_distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned rows[3][CONF_KEY_MAX]; /* of the table, cyclically */
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *up = rows[(i + 2) % 3];
		const unsigned *upup = rows[(i + 1) % 3];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned same = a[i - 1] == b[j - 1] ? 0 : 1;
			row[j] = conf_min(
			    conf_min(up[j], row[j - 1]) + 1, up[j - 1] + same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = conf_min(row[j], upup[j - 2] + 1);
		}
	}
	return rows[na % 3][nb];
}

/* The option whose name is nearest, NULL if none is near: one letter in three
 * may be wrong. */
static const char *
conf_nearest(const char *key, size_t len)
{
	const char *nearest = NULL;
	unsigned least = (unsigned)(len + 2) / 3;
	if (len >= CONF_KEY_MAX)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(conf_options); i++) {
		const char *name = conf_options[i].key;
		unsigned d = conf_distance(key, len, name, strlen(name));
		if (d < least || (d == least && nearest == NULL)) {
			least = d;
			nearest = name;
		}
	}
	return nearest;
}

/* The words of a message that belong to the pair. */
#define CONF_PAIR_FMT "\"%.*s:%.*s\""
#define CONF_PAIR_ARGS(pair) \
	(int)(pair)->key_len, (pair)->key, (int)(pair)->value_len, (pair)->value

static void
conf_say_unknown(const conf_pair_t *pair)
{
	char list[CONF_TEXT];
	const char *near = conf_nearest(pair->key, pair->key_len);
	if (near != NULL) {
		malloc_printf(
		    "ebb: %s: unknown option \"%.*s\" (in " CONF_PAIR_FMT
		    "); did you mean \"%s\"?\n",
		    pair->source, (int)pair->key_len, pair->key,
		    CONF_PAIR_ARGS(pair), near);
		return;
	}
	size_t at = 0;
	list[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(conf_options) && at < sizeof(list); i++)
		at += malloc_snprintf(
		    list + at, sizeof(list) - at, " %s", conf_options[i].key);
	malloc_printf("ebb: %s: unknown option \"%.*s\" (in " CONF_PAIR_FMT
		      "); there are:%s\n",
	    pair->source, (int)pair->key_len, pair->key, CONF_PAIR_ARGS(pair),
	    list);
}

static void
conf_say_refused(const conf_pair_t *pair, const conf_option_t *option)
{
	char accepted[CONF_TEXT];
	option->kind->accepted(option, accepted, sizeof(accepted));
	malloc_printf("ebb: %s: " CONF_PAIR_FMT ": %s; accepted: %s\n",
	    pair->source, CONF_PAIR_ARGS(pair),
	    option->only != NULL ? option->why : "bad value", accepted);
}

/* -------------------------------------------------------------- parsing -- */

/* true: refused, and said so. */
static bool
conf_pair_apply(const conf_pair_t *pair)
{
	const conf_option_t *option = conf_option_lookup(pair);
	if (option != NULL) {
		if (!option->kind->parse(option, pair->value, pair->value_len))
			return false;
		conf_say_refused(pair, option);
		return true;
	}
	const char *why = conf_absent_lookup(pair);
	if (why != NULL)
		malloc_printf("ebb: %s: " CONF_PAIR_FMT ": %s\n", pair->source,
		    CONF_PAIR_ARGS(pair), why);
	else
		conf_say_unknown(pair);
	return true;
}

/* Reads the pair at *text and moves *text behind it. true: there is none, and
 * what is there was named. */
static bool
conf_pair_next(conf_pair_t *pair, const char **text)
{
	pair->key = *text;
	pair->key_len =
	    strspn(pair->key, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	const char *s = pair->key + pair->key_len;
	if (pair->key_len == 0 || *s != ':') {
		malloc_printf("ebb: %s: \"%.64s\" does not begin with "
			      "key:value; nothing is read from there on\n",
		    pair->source, pair->key);
		return true;
	}
	pair->value = s + 1;
	pair->value_len = strcspn(pair->value, ",");
	s = pair->value + pair->value_len;
	*text = *s == ',' ? s + 1 : s;
	return false;
}

unsigned
conf_parse(const char *source, const char *text)
{
	conf_pair_t pair = {.source = source};
	unsigned refused = 0;
	if (text == NULL)
		return 0;
	while (*text != '\0') {
		if (conf_pair_next(&pair, &text))
			return refused + 1;
		refused += conf_pair_apply(&pair);
	}
	return refused;
}

/* What the link points to, NULL if it is not one. By number: readlink may be
 * interposed by somebody who allocates. */
static const char *
conf_link_read(const char *path, char *text, size_t size)
{
	int saved = errno;
	long n = syscall(SYS_readlinkat, AT_FDCWD, path, text, size - 1);
	errno = saved;
	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

void
conf_boot(void)
{
	char link[PATH_MAX];
	const struct {
		const char *name;
		const char *text;
	} sources[] = {
	    {"variant", ebb_variant_conf},
	    {"malloc_conf", JE(malloc_conf)},
	    {conf_link, conf_link_read(conf_link, link, sizeof(link))},
	    {"MALLOC_CONF", secure_getenv("MALLOC_CONF")},
	};
	unsigned refused = 0;

	/* So that opt.tcache reads back what is in force. */
	if (!config_tcache)
		opt_tcache = false;
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		refused += conf_parse(sources[i].name, sources[i].text);
	for (size_t i = 0; opt_confirm_conf && i < COUNT_OF(sources); i++)
		malloc_printf("ebb: options from %s: %s%s%s\n", sources[i].name,
		    sources[i].text == NULL ? "none" : "\"",
		    sources[i].text == NULL ? "" : sources[i].text,
		    sources[i].text == NULL ? "" : "\"");
	if (refused != 0 && opt_abort_conf)
		safety_check_fail(
		    "abort_conf: %u bad option%s, named above; correct or "
		    "remove %s",
		    refused, refused == 1 ? "" : "s",
		    refused == 1 ? "it" : "them");
}
