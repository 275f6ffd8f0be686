/*
 * The place: the folder with the built programs, where `ebb` itself lies.
 */
#ifndef EBB_HARNESS_PLACE_H
#define EBB_HARNESS_PLACE_H

#include <stdbool.h>

#include "fault.h"

typedef struct place_s place_t;
struct place_s {
	char *dir;      /* absolute */
	char *workload; /* dir/workload */
	char *gbench;   /* dir/workload-gbench; may not exist */
	char *probe;    /* dir/libebb-probe.so */
	char *variants; /* dir/variants.json; may not exist */
};

/*
 * Finds the programs in dir (NULL: the folder of the running program).
 * Errors: the workload program or the probe is not there.
 * place_release() afterwards, also after an error.
 */
bool place_find(place_t *place, const char *dir, fault_t *fault);
void place_release(place_t *place);

/*
 * A path as the user would type it from the current folder: relative when it
 * lies below, else as given. The caller frees it.
 */
char *place_typed(const char *path);

#endif
