#include "assert.h"

#include <stdarg.h>
#include <stdlib.h>

#include "malloc_io.h"

void
ebb_assert_fail(const char *expr, const char *file, unsigned line)
{
	char buf[512];
	malloc_snprintf(buf, sizeof(buf), "ebb: %s:%u: assertion failed: %s\n",
	    file, line, expr);
	malloc_write(buf);
	abort();
}

void
safety_check_fail(const char *fmt, ...)
{
	/* One text in one write, so that other output cannot split it. */
	char message[1024], buf[sizeof(message) + 8];
	va_list ap;
	va_start(ap, fmt);
	malloc_vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	malloc_snprintf(buf, sizeof(buf), "ebb: %s\n", message);
	malloc_write(buf);
	abort();
}
