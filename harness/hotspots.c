#include "hotspots.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "text.h"

/* A share of fewer samples says nothing. */
#define SAMPLES_LEAST 100
/* Shares of samples beyond which there is no number. */
#define LOST_MOST 0.1
#define UNCLEAR_MOST 0.02
/* perf's own limit is 127. */
#define FRAMES_MAX 128
#define NAME_MAX_BYTES 256
/* Where perf's unwinding ended. */
#define IP_END UINT64_MAX

/* Libraries that work for whoever called them. */
static const char *const passed[] = {"libc.so*", "libc-*.so", "ld-*.so*",
    "libpthread*.so*", "libm.so*", "libstdc++.so*", "libc++*.so*",
    "libgcc_s.so*", "[[]vdso]", "[[]unknown]"};

/* glibc's malloc.c and what is compiled with it, of several versions. */
static const char *const glibc_functions[] = {"malloc", "malloc_*", "free",
    "cfree", "calloc", "calloc*", "realloc", "reallocarray", "memalign",
    "aligned_alloc", "posix_memalign", "valloc", "pvalloc", "__malloc*",
    "__libc_malloc*", "__libc_free", "__libc_calloc*", "__libc_realloc*",
    "__libc_memalign", "__libc_*valloc", "_int_*", "_mid_memalign*",
    "sysmalloc*", "systrim*", "unlink_chunk*", "munmap_chunk*", "mremap_chunk*",
    "tcache_*", "ptmalloc_*", "arena_get*", "alloc_new_heap", "new_heap",
    "heap_trim*", "detach_arena*", "alloc_perturb"};

typedef struct frame_s frame_t;
struct frame_s {
	bool kernel;
	bool of_owner;               /* lies in the file that malloc is in */
	char object[NAME_MAX_BYTES]; /* without folder */
	char symbol[NAME_MAX_BYTES]; /* "" when it has no name */
};

/* What reading a listing needs besides its result. */
typedef struct reader_s reader_t;
struct reader_s {
	hotspots_t *out;
	char owner[PATH_MAX];
	bool whole;
	uint64_t begin_ns, end_ns;
	bool inside; /* a sample of the window is being read */
	size_t n;
	frame_t frames[FRAMES_MAX]; /* innermost first */
};

static bool
matches_any(const char *name, const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	return false;
}
#define MATCHES(name, patterns) \
	matches_any(name, patterns, sizeof(patterns) / sizeof(*(patterns)))

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

static void
count(json_t *counts, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(counts, name));
	json_object_set_new_nocheck(counts, name, json_integer(n + 1));
}

/* ----------------------------------------------------------- attribution -- */

static bool
frame_is_allocator(const reader_t *reader, const frame_t *frame)
{
	return frame->of_owner &&
	       (reader->whole || MATCHES(frame->symbol, glibc_functions));
}

/*
 * The frame by which the sample is the allocator's, or NULL. *unclear: the
 * stack ends before anybody for whom the kernel and the libraries work.
 */
static const frame_t *
allocator_find(const reader_t *reader, bool *unclear)
{
	*unclear = false;
	for (size_t i = 0; i < reader->n; i++) {
		const frame_t *frame = &reader->frames[i];
		if (frame_is_allocator(reader, frame))
			return frame;
		if (!frame->kernel && !MATCHES(frame->object, passed))
			return NULL;
	}
	*unclear = true;
	return NULL;
}

/* "object`symbol"; a nameless function is told by the allocator's function
 * that it works for, if there is one. */
static void
frame_label(
    const frame_t *frame, const frame_t *allocator, char *label, size_t room)
{
	if (frame->symbol[0] != '\0')
		snprintf(label, room, "%s`%s", frame->object, frame->symbol);
	else if (allocator != NULL && allocator->symbol[0] != '\0')
		snprintf(label, room, "%s`(nameless, under %.200s)",
		    frame->object, allocator->symbol);
	else
		snprintf(label, room, "%s`(nameless)", frame->object);
}

/* The sample that was read goes into the counts. */
static void
sample_end(reader_t *reader)
{
	hotspots_t *out = reader->out;
	char label[2 * NAME_MAX_BYTES + 16];
	bool unclear;
	if (!reader->inside)
		return;
	reader->inside = false;
	const frame_t *allocator = allocator_find(reader, &unclear);
	bool kernel = reader->n > 0 && reader->frames[0].kernel;
	out->samples++;
	out->kernel += kernel;
	out->allocator += allocator != NULL;
	out->allocator_kernel += allocator != NULL && kernel;
	out->unclear += unclear;
	char *stack = text_copy("");
	for (size_t i = reader->n; i-- > 0;) {
		const frame_t *frame = &reader->frames[i];
		frame_label(
		    frame, i == 0 ? allocator : NULL, label, sizeof(label));
		text_assign(
		    &stack, "%s%s%s", stack, stack[0] ? ";" : "", label);
	}
	if (reader->n > 0) {
		count(out->stacks, stack);
		count(out->leaves, label);
	}
	free(stack);
}

/* --------------------------------------------------------------- reading -- */

/* "12318.322571085: cpu-clock:u: " */
static void
header_read(reader_t *reader, const char *line)
{
	static const char lost[] = "PERF_RECORD_LOST lost ";
	const char *found = strstr(line, lost);
	if (found != NULL) {
		reader->out->lost +=
		    strtoull(found + sizeof(lost) - 1, NULL, 10);
		return;
	}
	char *end;
	uint64_t ns = strtoull(line, &end, 10) * 1000000000u;
	if (*end != '.')
		return;
	ns += strtoull(end + 1, &end, 10);
	if (*end != ':')
		return;
	const char *event = end + 1 + strspn(end + 1, " ");
	size_t length = strcspn(event, " \n");
	if (length > 0 && event[length - 1] == ':')
		length--;
	reader->n = 0;
	reader->inside = ns >= reader->begin_ns && ns < reader->end_ns;
	if (reader->inside)
		snprintf(reader->out->event, sizeof(reader->out->event), "%.*s",
		    (int)length, event);
}

/* Splits "symbol (object)" at the blank before the object, which begins with
 * '/' or '['; a symbol of C++ may have blanks and parentheses too. */
static char *
object_find(char *text)
{
	char *object = NULL;
	for (char *c = text; (c = strstr(c, " (")) != NULL; c++)
		if (c[2] == '/' || c[2] == '[')
			object = c;
	return object != NULL ? object : strrchr(text, '(') - 1;
}

/* "\t           98f5e cfree@GLIBC_2.2.5 (/usr/lib/libc.so.6)" */
static void
frame_read(reader_t *reader, char *line)
{
	char *symbol, *object;
	uint64_t ip = strtoull(line, &symbol, 16);
	if (ip == IP_END || reader->n == FRAMES_MAX ||
	    strrchr(symbol, '(') <= symbol)
		return;
	symbol++;
	object = object_find(symbol - 1);
	*object = '\0';
	object += 2;
	object[strcspn(object, "\n")] = '\0';
	size_t length = strlen(object);
	if (length > 0 && object[length - 1] == ')')
		object[length - 1] = '\0';
	/* Versions of symbols say nothing here, "@plt" does; and perf takes
	 * any one of the names of the same function. */
	char *version = strchr(symbol, '@');
	if (version != NULL && strcmp(version, "@plt") != 0)
		*version = '\0';
	if (strcmp(symbol, "cfree") == 0)
		symbol++;
	if (strcmp(symbol, "[unknown]") == 0)
		symbol = "";
	frame_t *frame = &reader->frames[reader->n++];
	frame->kernel = (int64_t)ip < 0;
	frame->of_owner = strcmp(object, reader->owner) == 0;
	snprintf(frame->object, sizeof(frame->object), "%s",
	    frame->kernel ? "[kernel]" : base_name(object));
	snprintf(frame->symbol, sizeof(frame->symbol), "%s", symbol);
}

void
hotspots_read(hotspots_t *hotspots, FILE *listing, const char *owner,
    bool whole, uint64_t begin_ns, uint64_t end_ns)
{
	reader_t *reader = text_memory(1, sizeof(*reader));
	char *line = NULL;
	size_t room = 0;
	*hotspots = (hotspots_t){
	    .window = end_ns > begin_ns,
	    .allocator_name = text_copy(base_name(owner)),
	    .leaves = json_object(),
	    .stacks = json_object(),
	};
	reader->out = hotspots;
	reader->whole = whole;
	reader->begin_ns = begin_ns;
	reader->end_ns = end_ns;
	/* The kernel, and so perf, names a file without symbolic links. */
	if (realpath(owner, reader->owner) == NULL)
		snprintf(reader->owner, sizeof(reader->owner), "%s", owner);
	while (getline(&line, &room, listing) >= 0) {
		if (line[0] == '\t' && reader->inside)
			frame_read(reader, line);
		else if (line[0] != '\t') {
			sample_end(reader);
			header_read(reader, line);
		}
	}
	sample_end(reader);
	free(line);
	free(reader);
}

/* --------------------------------------------------------------- results -- */

static bool
user_only(const hotspots_t *hotspots)
{
	const char *modifiers = strchr(hotspots->event, ':');
	return modifiers != NULL && strchr(modifiers, 'u') != NULL &&
	       strchr(modifiers, 'k') == NULL;
}

void
hotspots_unsupported(json_t *metrics, const char *reason)
{
	static const char *const names[] = {
	    "allocator_share", "allocator_kernel_share", "kernel_share"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		metric_set_unsupported(metrics, names[i], "%s", reason);
}

/* Why no share can be stated, or NULL. The caller frees it. */
static char *
doubt(const hotspots_t *hotspots)
{
	double n = (double)hotspots->samples, lost = (double)hotspots->lost;
	if (!hotspots->window)
		return text_copy("the workload marked no work window");
	if (hotspots->samples < SAMPLES_LEAST)
		return text_format("perf took %.0f samples of the work, a "
				   "share needs %d: raise --ops-scale",
		    n, SAMPLES_LEAST);
	if (lost > LOST_MOST * (n + lost))
		return text_format(
		    "perf lost %.0f samples and took %.0f", lost, n);
	return NULL;
}

void
hotspots_metrics(json_t *metrics, const hotspots_t *hotspots)
{
	double n = (double)hotspots->samples;
	char *reason = doubt(hotspots);
	if (reason != NULL) {
		hotspots_unsupported(metrics, reason);
		free(reason);
		return;
	}
	metric_set_real(
	    metrics, "allocator_share", (double)hotspots->allocator / n);
	metric_set_real(metrics, "allocator_kernel_share",
	    (double)hotspots->allocator_kernel / n);
	metric_set_real(metrics, "kernel_share", (double)hotspots->kernel / n);
	if ((double)hotspots->unclear > UNCLEAR_MOST * n)
		for (int i = 0; i < 2; i++)
			metric_set_unsupported(metrics,
			    i ? "allocator_share" : "allocator_kernel_share",
			    "for %.0f %% of the samples the stack ends before "
			    "the program and the allocator: functions have no "
			    "names (apt-get install libc6-dbg), or this perf "
			    "does not unwind",
			    100 * (double)hotspots->unclear / n);
	if (user_only(hotspots))
		for (int i = 0; i < 2; i++)
			metric_set_unsupported(metrics,
			    i ? "kernel_share" : "allocator_kernel_share",
			    "perf may not sample the kernel: sysctl -w "
			    "kernel.perf_event_paranoid=1");
}

typedef struct entry_s entry_t;
struct entry_s {
	const char *name;
	json_int_t n;
};

/* The most first; by name where as many. */
static int
entry_compare(const void *a, const void *b)
{
	const entry_t *x = a, *y = b;
	return x->n != y->n ? (x->n < y->n) - (x->n > y->n)
			    : strcmp(x->name, y->name);
}

/* The counts in order; their number in *n. The caller frees them. */
static entry_t *
entries_sorted(json_t *counts, size_t *n)
{
	entry_t *entries =
	    text_memory(json_object_size(counts) + 1, sizeof(*entries));
	const char *name;
	json_t *value;
	*n = 0;
	json_object_foreach(counts, name, value)
	{
		entries[(*n)++] = (entry_t){name, json_integer_value(value)};
	}
	qsort(entries, *n, sizeof(*entries), entry_compare);
	return entries;
}

json_t *
hotspots_top(const hotspots_t *hotspots)
{
	json_t *list = json_array();
	size_t n;
	entry_t *entries = entries_sorted(hotspots->leaves, &n);
	for (size_t i = 0; i < n && i < HOTSPOTS_TOP; i++) {
		const char *symbol = strchr(entries[i].name, '`');
		json_array_append_new(
		    list, json_pack("{s:f,s:s%,s:s}", "share",
			      (double)entries[i].n / (double)hotspots->samples,
			      "object", entries[i].name,
			      (size_t)(symbol - entries[i].name), "symbol",
			      symbol + 1));
	}
	free(entries);
	return list;
}

json_t *
hotspots_method(const hotspots_t *hotspots)
{
	char *counted = text_format(
	    "samples of the work window%s; the allocator's are those in %s, or "
	    "%sin the C library on its behalf%s",
	    user_only(hotspots) ? " outside the kernel" : "",
	    hotspots->allocator_name,
	    user_only(hotspots) ? "" : "in the kernel or ",
	    user_only(hotspots)
		? ""
		: "; page faults of the program's own first touches are not");
	json_t *method = json_pack("{s:s,s:I,s:I,s:I,s:s}", "event",
	    hotspots->event, "samples", (json_int_t)hotspots->samples, "lost",
	    (json_int_t)hotspots->lost, "unclear",
	    (json_int_t)hotspots->unclear, "counted", counted);
	free(counted);
	return method;
}

bool
hotspots_write(const hotspots_t *hotspots, const char *path, fault_t *fault)
{
	size_t n;
	FILE *stream = fopen(path, "we");
	if (stream == NULL)
		return fault_set_errno(fault, "cannot write '%s'", path);
	entry_t *entries = entries_sorted(hotspots->stacks, &n);
	for (size_t i = 0; i < n; i++)
		fprintf(stream, "%s %lld\n", entries[i].name,
		    (long long)entries[i].n);
	free(entries);
	bool failed = ferror(stream) != 0;
	failed = fclose(stream) != 0 || failed;
	return failed && fault_set_errno(fault, "cannot write '%s'", path);
}

void
hotspots_release(hotspots_t *hotspots)
{
	free(hotspots->allocator_name);
	json_decref(hotspots->leaves);
	json_decref(hotspots->stacks);
	*hotspots = (hotspots_t){0};
}
