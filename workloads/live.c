#include "live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The descriptor in EBB_LIVE_FD: -1 when unset, -2 when it is no number. */
static int
live_fd(const char **text)
{
	*text = getenv("EBB_LIVE_FD");
	if (*text == NULL || **text == '\0')
		return -1;
	char *end;
	long fd = strtol(*text, &end, 10);
	return *end != '\0' || fd < 0 || fd > 1 << 20 ? -2 : (int)fd;
}

struct ebb_live *
live_map(char *err, size_t err_size)
{
	const char *text;
	int fd = live_fd(&text);
	struct stat st;
	if (fd == -2 || (fd >= 0 && fstat(fd, &st) != 0)) {
		snprintf(err, err_size,
		    "EBB_LIVE_FD=%s is not an open descriptor: open a memfd "
		    "before exec, or unset it",
		    text);
		return NULL;
	}
	if (fd >= 0 && (size_t)st.st_size < sizeof(struct ebb_live)) {
		snprintf(err, err_size,
		    "EBB_LIVE_FD=%s has %lld bytes: ftruncate it to %zu", text,
		    (long long)st.st_size, sizeof(struct ebb_live));
		return NULL;
	}
	int flags = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
	struct ebb_live *live =
	    mmap(NULL, sizeof(*live), PROT_READ | PROT_WRITE, flags, fd, 0);
	if (live == MAP_FAILED) {
		snprintf(err, err_size, "cannot map the live page: %s",
		    strerror(errno));
		return NULL;
	}
	/* Written, so that no fault of this page falls into the window. */
	memset(live, 0, sizeof(*live));
	live->version = EBB_LIVE_VERSION;
	live->magic = EBB_LIVE_MAGIC;
	return live;
}

void
live_phase(struct ebb_live *live, enum ebb_live_kind kind, uint32_t cycle)
{
	uint32_t n = atomic_load_explicit(&live->nphases, memory_order_relaxed);
	if (n >= EBB_LIVE_PHASES)
		return;
	live->phases[n] = (struct ebb_live_phase){
	    .t_ns = ebb_live_clock(),
	    .kind = (uint32_t)kind,
	    .cycle = cycle,
	};
	atomic_store_explicit(&live->nphases, n + 1, memory_order_release);
}
