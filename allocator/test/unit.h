/*
 * What unit tests share: cmocka with the headers it wants, and a way to see a
 * function stop the program.
 */
#ifndef EBB_TEST_UNIT_H
#define EBB_TEST_UNIT_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Runs f(arg) in a child. Returns whether it ended by SIGABRT after writing
 * text that contains the words to standard error.
 */
static inline bool
dies_saying(void (*f)(void *), void *arg, const char *words)
{
	char said[2048];
	size_t len = 0;
	ssize_t n;
	int fds[2], status;

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		f(arg);
		_exit(0);
	}
	close(fds[1]);
	while (len < sizeof(said) - 1 &&
	       (n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	    strstr(said, words) != NULL)
		return true;
	print_message("# status %#x, said: %.300s\n", status, said);
	return false;
}

#endif /* EBB_TEST_UNIT_H */
