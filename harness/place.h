/*
 * The place: the folder with the built programs, where `ebb` itself lies.
 */
#ifndef EBB_HARNESS_PLACE_H
#define EBB_HARNESS_PLACE_H

#include <jansson.h>
#include <stdbool.h>

#include "fault.h"

typedef struct place_s place_t;
struct place_s {
	char *dir;      /* absolute */
	char *roots[2]; /* what written paths are relative to: the folder that
			 * holds dir, then the current one; "" for "/" */
	char *workload; /* dir/workload */
	char *gbench;   /* dir/workload-gbench; may not exist */
	char *probe;    /* dir/libebb-probe.so */
	char *census;   /* dir/ebb-census; may not exist */
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
 * A document as it is written down: a new one, in whose strings every path
 * below one of the roots is relative to it. So results name no folder of this
 * machine, and read the same wherever they were measured.
 */
json_t *place_relative(const place_t *place, const json_t *document);

/*
 * The absolute path of a file that was written down so. Caller frees; NULL
 * when there is no such file.
 */
char *place_resolve(const place_t *place, const char *path);

/*
 * A path as the user would type it from the current folder: relative when it
 * lies below, else as given. The caller frees it.
 */
char *place_typed(const char *path);

#endif
