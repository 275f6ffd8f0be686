#include "numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* More than anybody means: a step that was mistyped. */
#define NUMBERS_MOST 1000

void
numbers_add(numbers_t *numbers, double value)
{
	numbers->v =
	    reallocarray(numbers->v, numbers->n + 1, sizeof(*numbers->v));
	if (numbers->v == NULL)
		abort();
	numbers->v[numbers->n++] = value;
}

/* Up to three numbers with colons between; how many, or 0 when it is none. */
static unsigned
part_read(const char *part, double v[3])
{
	for (unsigned n = 1; n <= 3; n++) {
		char *end;
		v[n - 1] = strtod(part, &end);
		if (end == part || !isfinite(v[n - 1]))
			return 0;
		if (*end == '\0')
			return n;
		if (*end != ':')
			return 0;
		part = end + 1;
	}
	return 0;
}

static bool
part_parse(
    numbers_t *numbers, const char *part, double lo, double hi, fault_t *fault)
{
	double v[3];
	unsigned n = part_read(part, v);
	if (n == 1)
		v[1] = v[0];
	if (n < 3)
		v[2] = 1;
	if (n != 1 && (n != 3 || !(v[2] > 0) || v[1] < v[0] ||
			  (v[1] - v[0]) / v[2] >= NUMBERS_MOST))
		return fault_set(fault,
		    "'%s' is no number, and no range FROM:TO:STEP", part);
	if (v[0] < lo || v[1] > hi)
		return fault_set(
		    fault, "'%s' is not from %g to %g", part, lo, hi);
	/* Up to the end, which steps of decimal fractions may just miss. */
	for (size_t i = 0; v[0] + (double)i * v[2] <= v[1] + v[2] * 1e-6; i++)
		numbers_add(numbers, v[0] + (double)i * v[2]);
	return false;
}

bool
numbers_parse(
    numbers_t *numbers, const char *text, double lo, double hi, fault_t *fault)
{
	words_t parts = {0};
	words_split(&parts, text, ',');
	bool failed = parts.n == 0 && fault_set(fault, "nothing is named");
	for (size_t i = 0; i < parts.n && !failed; i++)
		failed = part_parse(numbers, parts.v[i], lo, hi, fault);
	words_release(&parts);
	return failed;
}

void
numbers_release(numbers_t *numbers)
{
	free(numbers->v);
	*numbers = (numbers_t){0};
}

bool
numbers_bytes(double *bytes, const char *text, fault_t *fault)
{
	static const char suffixes[] = "kmgKMG";
	char *end;
	double value = strtod(text, &end);
	const char *suffix = *end != '\0' ? strchr(suffixes, *end) : NULL;
	if (suffix != NULL) {
		value *= exp2(10.0 * (double)((suffix - suffixes) % 3 + 1));
		end++;
	}
	if (end == text || *end != '\0' || !(value >= 1) || !(value < 1e15))
		return fault_set(fault,
		    "'%s' is no size: a number with K, M or G behind it", text);
	*bytes = value;
	return false;
}

bool
numbers_seconds(double *seconds, const char *text, fault_t *fault)
{
	static const struct {
		char suffix;
		double seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
	char *end;
	double value = strtod(text, &end);
	if (end != text && *end != '\0' && end[1] == '\0')
		for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
			if (units[i].suffix == *end) {
				value *= units[i].seconds;
				end++;
				break;
			}
	if (end == text || *end != '\0' || !(value > 0) || !(value < 1e8))
		return fault_set(fault,
		    "'%s' is no time: a number of seconds, or with s, m or h "
		    "behind it",
		    text);
	*seconds = value;
	return false;
}
