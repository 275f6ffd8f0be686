/* For sources written for jemalloc 4. */
#include <stdlib.h>
#include <malloc.h>
#include "../ebb/ebb.h"
