/*
 * The design of a run in words, read from its plan.json: blocks and squares,
 * nuisance factors, what the pilot found, and which differences it was going
 * to find.
 */
#ifndef EBB_HARNESS_DESIGN_H
#define EBB_HARNESS_DESIGN_H

#include <jansson.h>

#include "text.h"

/* Adds a sentence each; none when there is no plan, or it cannot be read. */
void design_words(const json_t *plan, words_t *lines);

#endif
