#include "tsd.h"

/* All zero: every bin is empty and full, and every event is due. */
tsd_t tsd_boot_record;
tsd_t tsd_exited_record;

__thread tsd_t *tsd_tls = &tsd_boot_record;
