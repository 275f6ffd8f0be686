/*
 * What is wrong with a machine's settings, by its fingerprint alone.
 */
#ifndef EBB_HARNESS_DOCTOR_SETTINGS_H
#define EBB_HARNESS_DOCTOR_SETTINGS_H

#include <jansson.h>

#include "complaint.h"

/*
 * Looks at every setting that numbers depend on. machine: as of machine.h;
 * what it does not know is said to be unknown. Whether this user may mend it
 * is asked of the files that would be written.
 */
void doctor_settings(const json_t *machine, complaints_t *complaints);

#endif
