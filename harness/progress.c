#include "progress.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TERMINAL_EVERY_NS UINT64_C(100000000)
#define PIPE_EVERY_NS UINT64_C(10000000000)
/* What is done counts for the forecast once it is this share of the work. */
#define TRUST_SHARE 0.05

static uint64_t
clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void
progress_init(progress_t *progress, FILE *stream, double expected)
{
	*progress = (progress_t){
	    .stream = stream,
	    .terminal = isatty(fileno(stream)) == 1,
	    .expected = expected,
	    .last_ns = clock_now(),
	};
	if (progress->terminal)
		progress->last_ns = 0;
}

void
progress_add(progress_t *progress, double expected, double taken)
{
	progress->done += expected;
	progress->taken += taken;
}

double
progress_share(const progress_t *progress)
{
	if (progress->expected <= 0)
		return 0;
	double share = progress->done / progress->expected;
	return share > 1 ? 1 : share;
}

double
progress_left(const progress_t *progress)
{
	double left = progress->expected - progress->done;
	if (left < 0)
		left = 0;
	if (progress_share(progress) < TRUST_SHARE || progress->done <= 0)
		return left;
	return left * progress->taken / progress->done;
}

static int
terminal_width(const progress_t *progress)
{
	struct winsize size;
	if (ioctl(fileno(progress->stream), TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 20)
		return size.ws_col;
	return 80;
}

void
progress_show(progress_t *progress, const char *format, ...)
{
	uint64_t now = clock_now();
	uint64_t every = progress->terminal ? TERMINAL_EVERY_NS : PIPE_EVERY_NS;
	if (now - progress->last_ns < every)
		return;
	progress->last_ns = now;
	char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (progress->terminal)
		fprintf(progress->stream, "\r%.*s\033[K",
		    terminal_width(progress) - 1, text);
	else
		fprintf(progress->stream, "%s\n", text);
	progress->shown = progress->terminal;
	fflush(progress->stream);
}

void
progress_clear(progress_t *progress)
{
	if (progress->shown)
		fputs("\r\033[K", progress->stream);
	progress->shown = false;
	fflush(progress->stream);
}

void
progress_duration(double seconds, char *text, size_t room)
{
	long s = (long)(seconds + 0.5);
	if (s < 60)
		snprintf(text, room, "%ld s", s);
	else if (s < 3600)
		snprintf(text, room, "%ld min %ld s", s / 60, s % 60);
	else
		snprintf(text, room, "%ld h %ld min", s / 3600, s / 60 % 60);
}
