/*
 * What the plain test programs share: results as TAP lines, written with
 * write(2) from the stack, so that nothing here allocates; and a way to see
 * how a child ends.
 *
 * A test is a function. EXPECT in it names what was false and lets it go on;
 * RUN(test) prints "ok" or "not ok"; main returns tap_done().
 */
#ifndef EBB_TEST_TAP_H
#define EBB_TEST_TAP_H

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TAP_UNUSED __attribute__((unused))

static struct {
	unsigned count;
	unsigned failed;
	unsigned wrong; /* false expectations of the test that runs; atomic */
} tap;

__attribute__((format(printf, 1, 2))) TAP_UNUSED static void
tap_say(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	ssize_t written = write(STDOUT_FILENO, line, (size_t)n);
	(void)written;
}

TAP_UNUSED static bool
tap_expect(bool ok, const char *what, const char *file, int line)
{
	if (!ok && __atomic_fetch_add(&tap.wrong, 1, __ATOMIC_RELAXED) < 5)
		tap_say("# %s:%d: false: %s\n", file, line, what);
	return ok;
}

/* The expression's value, so that a loop can end early. Any thread. */
#define EXPECT(e) tap_expect((e), #e, __FILE__, __LINE__)

TAP_UNUSED static void
tap_run(void (*test)(void), const char *name)
{
	tap.wrong = 0;
	test();
	tap.failed += tap.wrong != 0;
	tap_say("%sok %u - %s\n", tap.wrong ? "not " : "", ++tap.count, name);
}

#define RUN(test) tap_run(test, #test)

TAP_UNUSED static int
tap_done(void)
{
	tap_say("1..%u\n", tap.count);
	return tap.failed != 0;
}

/* Runs f(arg) in a child. Result: its status as of waitpid; what it wrote to
 * standard error is in said, ended by NUL. A child that is not done after 60 s
 * ends by SIGALRM. */
TAP_UNUSED static int
tap_child(void (*f)(void *), void *arg, char *said, size_t size)
{
	size_t len = 0;
	ssize_t n;
	int fds[2], status = -1;
	if (pipe(fds) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		alarm(60);
		f(arg);
		_exit(0);
	}
	close(fds[1]);
	while (len < size - 1 &&
	       (n = read(fds[0], said + len, size - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	return status;
}

#endif /* EBB_TEST_TAP_H */
