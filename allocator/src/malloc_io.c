#include "malloc_io.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "assert.h"

void (*JE(malloc_message))(void *opaque, const char *s) = NULL;

/*
 * Where characters go: a buffer with room for size of them and a NUL, and if
 * write_cb is set, from there to the callback whenever it is full.
 */
typedef struct out_s {
	char *buf;
	size_t size;
	size_t len;   /* in buf now */
	size_t total; /* ever */
	void (*write_cb)(void *, const char *);
	void *opaque;
} out_t;

/* One conversion of a format. */
typedef struct spec_s {
	bool left; /* flag '-' */
	bool zero; /* flag '0' */
	size_t width;
	size_t precision; /* SIZE_MAX if none */
	char length;      /* 'l', 'q' for ll, 'z', 'j', or 0 */
	char conv;
} spec_t;

/* A va_list that can be handed on by address, whatever its type is. */
typedef struct args_s {
	va_list ap;
} args_t;

static void
write_stderr(const char *s)
{
	int saved = errno;
	size_t left = strlen(s);
	while (left != 0) {
		/* By number: write() may be somebody's that allocates. */
		long n = syscall(SYS_write, STDERR_FILENO, s, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		s += n;
		left -= (size_t)n;
	}
	errno = saved;
}

void
malloc_write(const char *s)
{
	if (JE(malloc_message) != NULL)
		JE(malloc_message)(NULL, s);
	else
		write_stderr(s);
}

static void
write_default(void *opaque, const char *s)
{
	(void)opaque;
	malloc_write(s);
}

static void
out_flush(out_t *out)
{
	if (out->len == 0)
		return;
	out->buf[out->len] = '\0';
	out->write_cb(out->opaque, out->buf);
	out->len = 0;
}

static void
out_char(out_t *out, char c)
{
	out->total++;
	if (out->len == out->size && out->write_cb != NULL)
		out_flush(out);
	if (out->len < out->size)
		out->buf[out->len++] = c;
}

static void
out_fill(out_t *out, char c, size_t n)
{
	while (n-- != 0)
		out_char(out, c);
}

static void
out_bytes(out_t *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out_char(out, s[i]);
}

/* Text with blanks up to the width. */
static void
out_padded(out_t *out, const spec_t *spec, const char *s, size_t n)
{
	size_t pad = spec->width > n ? spec->width - n : 0;
	if (!spec->left)
		out_fill(out, ' ', pad);
	out_bytes(out, s, n);
	if (spec->left)
		out_fill(out, ' ', pad);
}

/* A number: prefix ("-", "0x" or ""), zeros or blanks, digits. */
static void
out_number(out_t *out, const spec_t *spec, const char *prefix, uintmax_t x,
    unsigned base, const char *digits)
{
	char buf[66];
	size_t at = sizeof(buf), plen = strlen(prefix);
	do {
		buf[--at] = digits[x % base];
		x /= base;
	} while (x != 0);
	size_t n = sizeof(buf) - at + plen;
	if (spec->zero && !spec->left) {
		out_bytes(out, prefix, plen);
		out_fill(out, '0', spec->width > n ? spec->width - n : 0);
	} else {
		at -= plen;
		memcpy(buf + at, prefix, plen);
	}
	if (spec->zero && !spec->left)
		out_bytes(out, buf + at, sizeof(buf) - at);
	else
		out_padded(out, spec, buf + at, n);
}

static uintmax_t
arg_unsigned(args_t *args, char length)
{
	switch (length) {
	case 'l':
		return va_arg(args->ap, unsigned long);
	case 'q':
		return va_arg(args->ap, unsigned long long);
	case 'z':
		return va_arg(args->ap, size_t);
	case 'j':
		return va_arg(args->ap, uintmax_t);
	default:
		return va_arg(args->ap, unsigned);
	}
}

static intmax_t
arg_signed(args_t *args, char length)
{
	switch (length) {
	case 'l':
		return va_arg(args->ap, long);
	case 'q':
		return va_arg(args->ap, long long);
	case 'z':
		return va_arg(args->ap, ssize_t);
	case 'j':
		return va_arg(args->ap, intmax_t);
	default:
		return va_arg(args->ap, int);
	}
}

static void
out_signed(out_t *out, const spec_t *spec, intmax_t x)
{
	uintmax_t magnitude = x < 0 ? -(uintmax_t)x : (uintmax_t)x;
	out_number(out, spec, x < 0 ? "-" : "", magnitude, 10, "0123456789");
}

static void
out_string(out_t *out, const spec_t *spec, const char *s)
{
	if (s == NULL)
		s = "(null)";
	out_padded(out, spec, s, strnlen(s, spec->precision));
}

static void
out_conversion(out_t *out, const spec_t *spec, args_t *args)
{
	static const char lower[] = "0123456789abcdef";
	static const char upper[] = "0123456789ABCDEF";
	switch (spec->conv) {
	case '%':
		out_char(out, '%');
		break;
	case 'c': {
		char c = (char)va_arg(args->ap, int);
		out_padded(out, spec, &c, 1);
		break;
	}
	case 's':
		out_string(out, spec, va_arg(args->ap, const char *));
		break;
	case 'd':
	case 'i':
		out_signed(out, spec, arg_signed(args, spec->length));
		break;
	case 'u':
		out_number(
		    out, spec, "", arg_unsigned(args, spec->length), 10, lower);
		break;
	case 'o':
		out_number(
		    out, spec, "", arg_unsigned(args, spec->length), 8, lower);
		break;
	case 'x':
		out_number(
		    out, spec, "", arg_unsigned(args, spec->length), 16, lower);
		break;
	case 'X':
		out_number(
		    out, spec, "", arg_unsigned(args, spec->length), 16, upper);
		break;
	case 'p':
		out_number(out, spec, "0x", (uintptr_t)va_arg(args->ap, void *),
		    16, lower);
		break;
	default:
		not_reached();
	}
}

/* A decimal number or '*'. Returns the place behind it. */
static const char *
parse_count(const char *f, args_t *args, size_t *count, bool *negative)
{
	*count = 0;
	if (*f == '*') {
		int n = va_arg(args->ap, int);
		*negative = n < 0;
		*count = n < 0 ? -(size_t)n : (size_t)n;
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		*count = *count * 10 + (size_t)(*f - '0');
	return f;
}

/* Parses what follows a '%'. Returns the place behind the conversion. */
static const char *
parse_spec(const char *f, args_t *args, spec_t *spec)
{
	bool negative = false;
	*spec = (spec_t){.precision = SIZE_MAX};
	for (;; f++) {
		if (*f == '-')
			spec->left = true;
		else if (*f == '0')
			spec->zero = true;
		else
			break;
	}
	f = parse_count(f, args, &spec->width, &negative);
	if (negative)
		spec->left = true;
	if (*f == '.') {
		negative = false;
		f = parse_count(f + 1, args, &spec->precision, &negative);
		if (negative)
			spec->precision = SIZE_MAX;
	}
	if (f[0] == 'l' && f[1] == 'l') {
		spec->length = 'q';
		f += 2;
	} else if (*f == 'l' || *f == 'z' || *f == 'j') {
		spec->length = *f++;
	}
	spec->conv = *f;
	return f + 1;
}

static void
out_format(out_t *out, const char *f, va_list ap)
{
	args_t args;
	va_copy(args.ap, ap);
	while (*f != '\0') {
		spec_t spec;
		if (*f != '%') {
			out_char(out, *f++);
			continue;
		}
		f = parse_spec(f + 1, &args, &spec);
		out_conversion(out, &spec, &args);
	}
	va_end(args.ap);
}

size_t
malloc_vsnprintf(char *str, size_t size, const char *fmt, va_list ap)
{
	out_t out = {.buf = str, .size = size == 0 ? 0 : size - 1};
	out_format(&out, fmt, ap);
	if (size != 0)
		str[out.len] = '\0';
	return out.total;
}

size_t
malloc_snprintf(char *str, size_t size, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	size_t n = malloc_vsnprintf(str, size, fmt, ap);
	va_end(ap);
	return n;
}

void
malloc_vcprintf(void (*write_cb)(void *, const char *), void *opaque,
    const char *fmt, va_list ap)
{
	char buf[1024];
	out_t out = {.buf = buf,
	    .size = sizeof(buf) - 1,
	    .write_cb = write_cb != NULL ? write_cb : write_default,
	    .opaque = opaque};
	out_format(&out, fmt, ap);
	out_flush(&out);
}

void
malloc_cprintf(
    void (*write_cb)(void *, const char *), void *opaque, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	malloc_vcprintf(write_cb, opaque, fmt, ap);
	va_end(ap);
}

void
malloc_printf(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	malloc_vcprintf(NULL, NULL, fmt, ap);
	va_end(ap);
}

/* The value of a digit in bases up to 36; 36 if it is none. */
static unsigned
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A') + 10;
	return 36;
}

/* Skips a base prefix that the base allows, and settles base 0. */
static const char *
skip_prefix(const char *s, unsigned *base)
{
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') &&
		   digit_value(s[2]) < 16;
	if (hex && (*base == 0 || *base == 16)) {
		*base = 16;
		return s + 2;
	}
	if (*base == 0)
		*base = s[0] == '0' ? 8 : 10;
	return s;
}

uintmax_t
malloc_strtoumax(const char *s, const char **end, int base_arg)
{
	const char *at = s, *digits;
	bool negative = false, overflow = false;
	unsigned base = (unsigned)base_arg, d;
	uintmax_t x = 0;

	if (end != NULL)
		*end = s;
	if (base_arg < 0 || base_arg == 1 || base_arg > 36) {
		errno = EINVAL;
		return 0;
	}
	if (*at == '-' || *at == '+')
		negative = *at++ == '-';
	at = digits = skip_prefix(at, &base);
	for (; (d = digit_value(*at)) < base; at++) {
		overflow |= __builtin_mul_overflow(x, base, &x);
		overflow |= __builtin_add_overflow(x, d, &x);
	}
	if (at == digits) {
		errno = EINVAL;
		return 0;
	}
	if (end != NULL)
		*end = at;
	if (overflow) {
		errno = ERANGE;
		return UINTMAX_MAX;
	}
	return negative ? -x : x;
}
