/*
 * By which metrics a cell is compared with the same cell of another run: those
 * that carry verdicts there, by the plan or by the table of metrics, and those
 * that are asked for.
 */
#ifndef EBB_HARNESS_COMPARED_H
#define EBB_HARNESS_COMPARED_H

#include <stddef.h>

#include "dataset.h"
#include "metric.h"
#include "text.h"

/*
 * Lists them into *list, which the caller frees; their strings are the
 * dataset's. primary says which carry a verdict. In a cell of Google Benchmark
 * it is each benchmark that the arm's samples have.
 * wanted: names beside those.
 * Returns how many there are.
 */
size_t compared_metrics(const dataset_t *data, size_t cell, size_t arm,
    const words_t *wanted, metric_t **list);

/* The length of a title without what Google Benchmark adds to it to say how it
 * was run: "micro/ring/t:2/iterations:4000" is "micro/ring/t:2". */
size_t compared_title(const char *title);

#endif
