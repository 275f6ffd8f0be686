/*
 * Numbers as people read them: three significant digits and a scaled unit.
 */
#ifndef EBB_HARNESS_UNITS_H
#define EBB_HARNESS_UNITS_H

#include <stddef.h>

typedef enum unit_e {
	UNIT_COUNT,        /* 12.3 M */
	UNIT_RATE,         /* 12.3 M/s */
	UNIT_BYTES,        /* 612 MiB */
	UNIT_NS,           /* 1.23 us, 4.5 s */
	UNIT_PAGES,        /* 12.3 k */
	UNIT_BYTE_SECONDS, /* 1.23 GiB s */
	UNITS
} unit_t;

/* Room for every result below, the final 0 included. */
#define UNITS_MAX 32

/* The base unit: "", "1/s", "bytes", "ns", "pages",
 * "bytes s". */
const char *unit_name(unit_t unit);

/* Writes value in its unit to out (UNITS_MAX bytes). Returns out. */
char *unit_format(char *out, double value, unit_t unit);

/* Writes a ratio to out (UNITS_MAX bytes): "0.932", "12.4", "140". */
char *ratio_format(char *out, double ratio);

#endif
