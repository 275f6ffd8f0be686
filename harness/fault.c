#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
fault_set(fault_t *fault, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	fault->cause = 0;
	return true;
}

bool
fault_set_errno(fault_t *fault, const char *format, ...)
{
	int cause = errno;
	va_list args;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	size_t used = strlen(fault->text);
	snprintf(fault->text + used, sizeof(fault->text) - used, ": %s",
	    strerror(cause));
	fault->cause = cause;
	return true;
}
