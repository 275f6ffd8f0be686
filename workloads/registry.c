#include "registry.h"

#include <string.h>

const workload_t *const registry[] = {
#define X(symbol) &workload_##symbol,
    REGISTRY(X)
#undef X
};
const size_t registry_count = sizeof(registry) / sizeof(registry[0]);

const workload_t *
registry_lookup(const char *name)
{
	for (size_t i = 0; i < registry_count; i++) {
		if (strcmp(registry[i]->name, name) == 0)
			return registry[i];
	}
	return NULL;
}

const char *
registry_threads(workload_threads_t threads)
{
	static const char *const words[] = {
	    [WORKLOAD_THREADS_ANY] = "any",
	    [WORKLOAD_THREADS_ONE] = "1",
	    [WORKLOAD_THREADS_EVEN] = "even",
	};
	return words[threads];
}
