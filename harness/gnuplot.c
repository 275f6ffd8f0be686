#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Starts gnuplot with its stderr on err_fd. Returns 0 or an errno value. */
static int
gnuplot_spawn(pid_t *pid, const char *dir, const char *script, int err_fd)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	char *argv[] = {"gnuplot", (char *)script, NULL};
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	/* The runner blocks signals; whoever presses Ctrl-C means gnuplot. */
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_addchdir_np(&files, dir);
	posix_spawn_file_actions_addopen(
	    &files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, err_fd, STDERR_FILENO);
	posix_spawn_file_actions_adddup2(&files, err_fd, STDOUT_FILENO);
	int error =
	    posix_spawnp(pid, argv[0], &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return error;
}

/* Reads all of fd; keeps the beginning in text. */
static void
output_read(int fd, char *text, size_t size)
{
	char buffer[512];
	size_t used = 0;
	ssize_t n;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0 ||
	       (n < 0 && errno == EINTR)) {
		size_t take = n > 0 ? (size_t)n : 0;
		if (take > size - 1 - used)
			take = size - 1 - used;
		memcpy(text + used, buffer, take);
		used += take;
	}
	text[used] = '\0';
}

bool
gnuplot_run(const char *dir, const char *script, fault_t *fault)
{
	int ends[2];
	pid_t pid;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fault_set_errno(fault, "cannot make a pipe");
	int error = gnuplot_spawn(&pid, dir, script, ends[1]);
	close(ends[1]);
	char said[600] = "";
	if (error == 0)
		output_read(ends[0], said, sizeof(said));
	close(ends[0]);
	if (error == ENOENT)
		return fault_set(fault,
		    "gnuplot is not installed: install it (Debian: apt-get "
		    "install gnuplot-nox), then rebuild the report");
	if (error != 0)
		return fault_set(
		    fault, "cannot run gnuplot: %s", strerror(error));
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fault_set(fault, "gnuplot %s in '%s' failed: %s", script,
		    dir, said[0] != '\0' ? said : "(no message)");
	return false;
}
