/*
 * malloc_io: formats against libc's, cutting, the callbacks, and numbers.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>

#include "malloc_io.h"

/* Both printers must agree on the text and the length. */
#define SAME(...)                                                            \
	do {                                                                 \
		char ours[256], libc[256];                                   \
		size_t n = malloc_snprintf(ours, sizeof(ours), __VA_ARGS__); \
		int m = snprintf(libc, sizeof(libc), __VA_ARGS__);           \
		assert_string_equal(ours, libc);                             \
		assert_int_equal(n, m);                                      \
	} while (0)

static void
test_malloc_io_strings(void **state)
{
	(void)state;
	SAME("plain");
	SAME("100%%");
	SAME("%c%c", 'a', 'b');
	SAME("[%5c][%-5c]", 'a', 'b');
	SAME("%s|%8s|%-8s|%.2s|%8.2s|%-8.2s|", "abc", "abc", "abc", "abc",
	    "abc", "abc");
	SAME("%.*s|%*s|%-*s|%.0s|", 2, "abc", 6, "abc", 6, "abc", "abc");
	SAME("%*s|%.*s|", -6, "abc", -1, "abc");
	/* A precision bounds the read: no NUL here. */
	char open_end[3] = {'x', 'y', 'z'};
	SAME("%.3s", open_end);
}

static void
test_malloc_io_null_string(void **state)
{
	char buf[16];
	const char *volatile nothing = NULL;
	(void)state;
	assert_int_equal(malloc_snprintf(buf, sizeof(buf), "%s", nothing), 6);
	assert_string_equal(buf, "(null)");
}

static void
test_malloc_io_signed(void **state)
{
	static const int values[] = {0, 1, -1, 42, -42, INT_MAX, INT_MIN};
	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		int v = values[i];
		SAME("%d|%i|%12d|%-12d|%012d|%2d", v, v, v, v, v, v);
	}
	SAME("%ld %ld", LONG_MAX, LONG_MIN);
	SAME("%lld %lld", LLONG_MAX, LLONG_MIN);
	SAME("%jd %zd", INTMAX_MIN, (ssize_t)-5);
	SAME("%" PRId64 " %" PRIi32, INT64_MIN, INT32_MIN);
}

static void
test_malloc_io_unsigned(void **state)
{
	static const unsigned values[] = {0, 1, 7, 8, 9, 255, UINT_MAX};
	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		unsigned v = values[i];
		SAME("%u|%x|%X|%o", v, v, v, v);
		SAME("%12u|%-12x|%012X|%-12o|%*u|%0*x", v, v, v, v, 9, v, 9, v);
	}
	SAME("%lu %lx %lX %lo", ULONG_MAX, ULONG_MAX, ULONG_MAX, ULONG_MAX);
	SAME("%llu %zu %ju", ULLONG_MAX, SIZE_MAX, UINTMAX_MAX);
	SAME("%" PRIu64 " %" PRIx64, UINT64_MAX, UINT64_MAX);
}

static void
test_malloc_io_pointer(void **state)
{
	int object;
	(void)state;
	SAME("%p", (void *)&object);
	SAME("%20p|%-20p|", (void *)&object, (void *)&object);
	char buf[8];
	malloc_snprintf(buf, sizeof(buf), "%p", NULL);
	assert_string_equal(buf, "0x0");
}

static void
test_malloc_io_cuts(void **state)
{
	char buf[8];
	(void)state;
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(malloc_snprintf(buf, 4, "%s", "abcdef"), 6);
	assert_memory_equal(buf, "abc\0xxxx", 8);
	assert_int_equal(malloc_snprintf(buf, 1, "%d", 123), 3);
	assert_memory_equal(buf, "\0bc\0xxxx", 8);
	assert_int_equal(malloc_snprintf(NULL, 0, "%d", 123), 3);
}

/* What a callback got. */
typedef struct heard_s {
	char text[8192];
	size_t len;
	unsigned calls;
} heard_t;

static heard_t heard;

static void
hear(void *opaque, const char *s)
{
	heard_t *h = opaque == NULL ? &heard : opaque;
	size_t n = strlen(s);
	assert_true(h->len + n < sizeof(h->text));
	memcpy(h->text + h->len, s, n + 1);
	h->len += n;
	h->calls++;
}

static void
test_malloc_io_callback(void **state)
{
	heard_t mine = {.len = 0};
	(void)state;
	malloc_cprintf(hear, &mine, "a %d", 1);
	assert_string_equal(mine.text, "a 1");
	assert_int_equal(mine.calls, 1);
	malloc_cprintf(hear, &mine, "%s", "");
	assert_int_equal(mine.calls, 1);
	/* Long texts come whole, in pieces. */
	mine.len = 0;
	malloc_cprintf(hear, &mine, "<%5000d>", 7);
	assert_int_equal(mine.len, 5002);
	assert_string_equal(mine.text + 4999, " 7>");
	assert_true(mine.calls > 4);
}

static void
test_malloc_io_message_hook(void **state)
{
	(void)state;
	JE(malloc_message) = hear;
	heard = (heard_t){.len = 0};
	malloc_write("one,");
	malloc_printf("%s,", "two");
	malloc_cprintf(NULL, NULL, "%s", "three");
	JE(malloc_message) = NULL;
	assert_string_equal(heard.text, "one,two,three");
	assert_int_equal(heard.calls, 3);
}

static void
test_malloc_io_stderr(void **state)
{
	char got[32] = "";
	int fds[2], saved = dup(STDERR_FILENO);
	(void)state;
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	malloc_printf("to %s\n", "stderr");
	assert_int_equal(read(fds[0], got, sizeof(got) - 1), 10);
	/* A write that fails is given up, and errno survives it. */
	int full = open("/dev/full", O_WRONLY);
	dup2(full, STDERR_FILENO);
	errno = 77;
	malloc_write("lost");
	int after = errno;
	dup2(saved, STDERR_FILENO);
	close(full);
	close(saved);
	close(fds[0]);
	close(fds[1]);
	assert_string_equal(got, "to stderr\n");
	assert_int_equal(after, 77);
}

/* s, base -> value, characters consumed, errno */
static const struct {
	const char *s;
	int base;
	uintmax_t value;
	size_t used;
	int err;
} numbers[] = {
    {"0", 0, 0, 1, 0},
    {"42", 0, 42, 2, 0},
    {"42,", 10, 42, 2, 0},
    {"+42", 10, 42, 3, 0},
    {"-1", 10, UINTMAX_MAX, 2, 0},
    {"-42", 0, (uintmax_t)-42, 3, 0},
    {"010", 0, 8, 3, 0},
    {"010", 10, 10, 3, 0},
    {"08", 0, 0, 1, 0},
    {"0x1F", 0, 31, 4, 0},
    {"0X1fg", 16, 31, 4, 0},
    {"1f", 16, 31, 2, 0},
    {"-0x10", 0, (uintmax_t)-16, 5, 0},
    {"0x", 0, 0, 1, 0},
    {"0xg", 16, 0, 1, 0},
    {"0x1", 10, 0, 1, 0},
    {"zZ", 36, 35 * 36 + 35, 2, 0},
    {"102", 2, 2, 2, 0},
    {"18446744073709551615", 10, UINTMAX_MAX, 20, 0},
    {"18446744073709551616", 10, UINTMAX_MAX, 20, ERANGE},
    {"99999999999999999999999x", 10, UINTMAX_MAX, 23, ERANGE},
    {"0xffffffffffffffff", 0, UINTMAX_MAX, 18, 0},
    {"0x10000000000000000", 0, UINTMAX_MAX, 19, ERANGE},
    {"-18446744073709551616", 10, UINTMAX_MAX, 21, ERANGE},
    {"", 10, 0, 0, EINVAL},
    {"x", 10, 0, 0, EINVAL},
    {"-", 10, 0, 0, EINVAL},
    {" 1", 10, 0, 0, EINVAL},
    {"--1", 10, 0, 0, EINVAL},
    {"1", 1, 0, 0, EINVAL},
    {"1", 37, 0, 0, EINVAL},
    {"1", -2, 0, 0, EINVAL},
};

static void
test_malloc_io_strtoumax(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		const char *s = numbers[i].s, *end = NULL;
		errno = 0;
		uintmax_t x = malloc_strtoumax(s, &end, numbers[i].base);
		if (x != numbers[i].value || errno != numbers[i].err ||
		    end != s + numbers[i].used)
			fail_msg("\"%s\" base %d: %ju, errno %d, used %zd", s,
			    numbers[i].base, x, errno, end - s);
	}
	assert_int_equal(malloc_strtoumax("7", NULL, 10), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_malloc_io_strings),
	    cmocka_unit_test(test_malloc_io_null_string),
	    cmocka_unit_test(test_malloc_io_signed),
	    cmocka_unit_test(test_malloc_io_unsigned),
	    cmocka_unit_test(test_malloc_io_pointer),
	    cmocka_unit_test(test_malloc_io_cuts),
	    cmocka_unit_test(test_malloc_io_callback),
	    cmocka_unit_test(test_malloc_io_message_hook),
	    cmocka_unit_test(test_malloc_io_stderr),
	    cmocka_unit_test(test_malloc_io_strtoumax),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
