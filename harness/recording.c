#include "recording.h"

#include "hotspots.h"
#include "identity.h"

void
recording_begin(
    perf_record_t *perf, const char *data, double seconds, trial_t *trial)
{
	if (!perf_record_find(perf, data))
		perf_record_wrap(perf, data, seconds, &trial->wrapper);
}

bool
recording_read(const perf_record_t *perf, const char *data,
    const trial_t *trial, json_t *metrics, json_t *line, const char *text,
    fault_t *fault)
{
	fault_t why = {""};
	hotspots_t hotspots;
	if (trial->wrapper.n == 0) {
		hotspots_unsupported(metrics, perf->reason);
		return false;
	}
	if (trial->arm->link == LINK_STATIC) {
		hotspots_unsupported(metrics,
		    "the allocator's functions are the program's own: it is "
		    "linked statically");
		return false;
	}
	FILE *listing = perf_record_listing(data, &why);
	if (listing == NULL) {
		hotspots_unsupported(metrics, why.text);
		return false;
	}
	hotspots_read(&hotspots, listing, identity_owner(trial->probe),
	    trial->arm->kind != ARM_GLIBC, trial->live->work_begin_ns,
	    trial->live->work_end_ns);
	fclose(listing);
	hotspots_metrics(metrics, &hotspots);
	json_object_set_new(line, "hotspots", hotspots_top(&hotspots));
	json_object_set_new(
	    line, "hotspots_method", hotspots_method(&hotspots));
	bool failed = hotspots_write(&hotspots, text, fault);
	hotspots_release(&hotspots);
	return failed;
}
