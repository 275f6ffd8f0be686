/*
 * A histogram as it is stored: {"lg_sub":7,"count":..,"min":..,"max":..,
 * "buckets":[[index,count],...]} (workloads/record.c writes it).
 */
#ifndef EBB_HARNESS_HIST_JSON_H
#define EBB_HARNESS_HIST_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "hist.h"

/* Adds a stored histogram to all. Returns false, with all as it was, when it
 * is not one: NULL, another resolution, no such bucket. */
bool hist_json_add(hist_t *all, const json_t *stored);

#endif
