/*
 * Formatted output and number parsing for a program whose malloc we are: no
 * function here allocates, takes a lock or uses stdio, and errno survives
 * every function that prints.
 *
 * A format knows %s %c %d %i %u %x %X %o %p %%, the lengths l ll z j, a width
 * and the precision of %s (both may be '*'), and the flags '0' and '-'.
 */
#ifndef EBB_MALLOC_IO_H
#define EBB_MALLOC_IO_H

#include <stdarg.h>
#include <stdint.h>

#include "compiler.h"

/*
 * Public: where messages go. Called with NULL and a NUL-terminated string.
 * NULL, the default, means standard error. May be set at any time before the
 * first message; it must not allocate.
 */
extern EBB_EXPORT void (*JE(malloc_message))(void *opaque, const char *s);

/*
 * Writes at most size bytes to str, the last one being NUL unless size is 0.
 * Returns the length of the whole text without NUL, as snprintf does.
 */
size_t malloc_vsnprintf(char *str, size_t size, const char *fmt, va_list ap)
    EBB_PRINTF(3, 0);
size_t
malloc_snprintf(char *str, size_t size, const char *fmt, ...) EBB_PRINTF(3, 4);

/* Writes the string to malloc_message, or standard error. */
void malloc_write(const char *s);

/* Formats to malloc_write(). Long texts arrive in pieces of 1 KiB. */
void malloc_printf(const char *fmt, ...) EBB_PRINTF(1, 2);

/* As malloc_printf(), but to write_cb(opaque, text) unless that is NULL. */
void malloc_cprintf(void (*write_cb)(void *, const char *), void *opaque,
    const char *fmt, ...) EBB_PRINTF(3, 4);
void malloc_vcprintf(void (*write_cb)(void *, const char *), void *opaque,
    const char *fmt, va_list ap) EBB_PRINTF(3, 0);

/*
 * Parses an unsigned number at the start of s: no white space; a sign '+' or
 * '-' (which negates modulo 2^64); with base 0 a prefix 0x or 0 chooses base
 * 16 or 8. base is 0 or 2..36.
 *
 * Returns the number and sets *end (unless end is NULL) behind it. On overflow
 * returns UINTMAX_MAX with errno ERANGE; without a digit, or with a bad base,
 * returns 0 with errno EINVAL and *end == s. errno is otherwise untouched.
 */
uintmax_t malloc_strtoumax(const char *s, const char **end, int base);

#endif /* EBB_MALLOC_IO_H */
