/* MALLOC_CONF: decay_time:1 */
/* test: alone
 * Memory that was freed goes back to the kernel within the decay time, whether
 * the program is busy or silent meanwhile (ecosystem.md B1, B2).
 */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "tap.h"

#define MIB ((size_t)1 << 20)
#define EVENTS 1101 /* > the 1001 after which the clock is looked at */

static size_t
rss_bytes(void)
{
	char text[256];
	size_t total = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f != NULL && fgets(text, sizeof(text), f) != NULL)
		sscanf(text, "%zu %zu", &total, &resident);
	if (f != NULL)
		fclose(f);
	return resident * 4096;
}

static void
sleep_ms(unsigned ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
	nanosleep(&t, NULL);
}

/* n events of the arena: large objects that no thread cache keeps. */
static void
events(unsigned n)
{
	for (unsigned i = 0; i < (n + 1) / 2; i++)
		free(malloc(100000));
}

typedef struct way_s {
	const char *name;
	size_t size; /* of an object; 160 MB of them */
} way_t;

static void *objects[160 * 1000 * 1000 / 500];

static void
allocate_touch_free(size_t size)
{
	size_t n = 160u * 1000 * 1000 / size;
	for (size_t i = 0; i < n; i++) {
		objects[i] = malloc(size);
		memset(objects[i], 1, size);
	}
	EXPECT(rss_bytes() > 150 * MIB);
	for (size_t i = 0; i < n; i++)
		free(objects[i]);
}

static const size_t sizes[] = {500, 100000, 4000000};

static void
expect_back(size_t before, size_t size, const char *how)
{
	size_t after = rss_bytes();
	if (!EXPECT(after <= before + MIB))
		tap_say("# %s, objects of %zu: %zu KiB more\n", how, size,
		    (after - before) >> 10);
}

/* The program goes on all the time. */
static void
test_rss_falls_while_busy(void)
{
	for (unsigned i = 0; i < COUNT(sizes); i += 2) {
		events(EVENTS);
		size_t before = rss_bytes();
		allocate_touch_free(sizes[i]);
		for (unsigned j = 0; j < 120; j++) {
			sleep_ms(10);
			events(EVENTS / 120 + 1);
		}
		events(EVENTS);
		expect_back(before, sizes[i], "busy");
	}
}

/* It sleeps, and then does as little as makes it look at the clock. */
static void
test_rss_falls_after_silence(void)
{
	for (unsigned i = 0; i < COUNT(sizes); i++) {
		events(EVENTS);
		size_t before = rss_bytes();
		allocate_touch_free(sizes[i]);
		sleep_ms(1200);
		events(EVENTS);
		expect_back(before, sizes[i], "silent");
	}
}

int
main(void)
{
	free(malloc(1));
	objects[0] = NULL;
	memset(objects, 0, sizeof(objects)); /* touched before the start */
	RUN(test_rss_falls_while_busy);
	RUN(test_rss_falls_after_silence);
	return tap_done();
}
