#include "units.h"

#include <math.h>
#include <stdio.h>

struct scale {
	double base; /* from one name to the next */
	const char *base_name;
	const char *names[7]; /* with the space that stands before it */
};

/* A time's steps end at seconds: 4.5 s, 1230 s. */
static const struct scale scales[UNITS] = {
    [UNIT_COUNT] = {1000, "", {"", " k", " M", " G", " T"}},
    [UNIT_RATE] = {1000, "1/s", {"/s", " k/s", " M/s", " G/s"}},
    [UNIT_BYTES] = {1024, "bytes", {" B", " KiB", " MiB", " GiB", " TiB"}},
    [UNIT_NS] = {1000, "ns", {" ns", " \302\265s", " ms", " s"}},
    [UNIT_PAGES] = {1000, "pages", {"", " k", " M", " G", " T"}},
    [UNIT_BYTE_SECONDS] = {1024, "bytes s",
	{" B s", " KiB s", " MiB s", " GiB s", " TiB s"}},
};

const char *
unit_name(unit_t unit)
{
	return scales[unit].base_name;
}

/* Three significant digits without an exponent. */
static void
three_digits(char *out, size_t size, double value)
{
	double size_of = fabs(value);
	int decimals = size_of >= 99.95 ? 0 : size_of >= 9.995 ? 1 : 2;
	snprintf(out, size, "%.*f", decimals, value);
}

char *
unit_format(char *out, double value, unit_t unit)
{
	const struct scale *s = &scales[unit];
	size_t step = 0;
	while (fabs(value) >= s->base * 0.9995 && s->names[step + 1] != NULL) {
		value /= s->base;
		step++;
	}
	char digits[24];
	if (step == 0 && value == floor(value))
		snprintf(digits, sizeof(digits), "%.0f", value);
	else
		three_digits(digits, sizeof(digits), value);
	snprintf(out, UNITS_MAX, "%s%s", digits, s->names[step]);
	return out;
}

char *
ratio_format(char *out, double ratio)
{
	if (fabs(ratio) < 9.9995)
		snprintf(out, UNITS_MAX, "%.3f", ratio);
	else
		three_digits(out, UNITS_MAX, ratio);
	return out;
}
