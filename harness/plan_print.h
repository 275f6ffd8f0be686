/*
 * The plan for a terminal.
 */
#ifndef EBB_HARNESS_PLAN_PRINT_H
#define EBB_HARNESS_PLAN_PRINT_H

#include "plan.h"
#include "text.h"

/* Prints what is going to be measured, under the command's name. */
void plan_print(const plan_t *plan, const char *command);

/* Prints lines, with the head before the first. */
void plan_print_list(const char *head, const words_t *lines);

#endif
