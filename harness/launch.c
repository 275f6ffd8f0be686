#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX (16u << 20)

static struct {
	sigset_t before; /* the mask that release restores */
	int interrupted; /* the signal that asked us to stop */
} state;

/* What a measured process may see of our environment. */
static const char *const whitelist[] = {
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"};

static void
waited_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void
launch_signals_hold(void)
{
	sigset_t set;
	waited_signals(&set);
	/* Under an inherited SIG_IGN the kernel would reap children itself. */
	signal(SIGCHLD, SIG_DFL);
	pthread_sigmask(SIG_BLOCK, &set, &state.before);
}

void
launch_signals_release(void)
{
	pthread_sigmask(SIG_SETMASK, &state.before, NULL);
}

/* Takes one pending signal, waiting at most ns. */
static void
signal_take(uint64_t ns)
{
	sigset_t set;
	waited_signals(&set);
	struct timespec most = {
	    .tv_sec = (time_t)(ns / 1000000000u),
	    .tv_nsec = (long)(ns % 1000000000u),
	};
	int taken = sigtimedwait(&set, NULL, &most);
	if (taken > 0 && taken != SIGCHLD)
		state.interrupted = taken;
}

int
launch_interrupted(void)
{
	sigset_t pending;
	sigpending(&pending);
	while (sigismember(&pending, SIGINT) ||
	       sigismember(&pending, SIGTERM) ||
	       sigismember(&pending, SIGHUP)) {
		signal_take(0);
		sigpending(&pending);
	}
	return state.interrupted;
}

void
launch_environment(words_t *environment)
{
	for (size_t i = 0; i < sizeof(whitelist) / sizeof(*whitelist); i++) {
		const char *value = getenv(whitelist[i]);
		if (value != NULL)
			words_add(environment, "%s=%s", whitelist[i], value);
	}
}

static uint64_t
clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
attributes_init(posix_spawnattr_t *attributes)
{
	sigset_t set;
	posix_spawnattr_init(attributes);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(attributes, &set);
	waited_signals(&set);
	sigaddset(&set, SIGPIPE);
	posix_spawnattr_setsigdefault(attributes, &set);
	posix_spawnattr_setpgroup(attributes, 0);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
						 POSIX_SPAWN_SETSIGDEF |
						 POSIX_SPAWN_SETPGROUP);
}

static void
descriptor_show(posix_spawn_file_actions_t *actions, int fd, int as)
{
	if (fd > 0)
		posix_spawn_file_actions_adddup2(actions, fd, as);
	else if (as <= 2)
		posix_spawn_file_actions_addopen(
		    actions, as, "/dev/null", O_RDWR, 0);
}

/* Starts it. Returns an error's number, or 0. */
static int
program_start(process_t *process, const launch_t *launch)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *nothing[] = {NULL};
	char **environment =
	    launch->environment.n ? launch->environment.v : nothing;
	attributes_init(&attributes);
	posix_spawn_file_actions_init(&actions);
	descriptor_show(&actions, 0, 0);
	descriptor_show(&actions, launch->out_fd, 1);
	descriptor_show(&actions, launch->err_fd, 2);
	for (int i = 0; i < LAUNCH_FDS; i++)
		descriptor_show(&actions, launch->fds[i], LAUNCH_FD_BASE + i);
	process->t_begin_ns = clock_now();
	int error = posix_spawnp(&process->pid, launch->argv.v[0], &actions,
	    &attributes, launch->argv.v, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return error;
}

bool
launch_start(process_t *process, const launch_t *launch, fault_t *fault)
{
	binding_before_t before;
	if (launch->binding != NULL &&
	    binding_take_on(launch->binding, &before, fault))
		return true;
	int error = program_start(process, launch);
	if (launch->binding != NULL)
		binding_lay_off(launch->binding, &before);
	errno = error;
	return error != 0 &&
	       fault_set_errno(fault, "cannot run '%s'", launch->argv.v[0]);
}

/* True when the process has ended; it stays to be reaped. */
static bool
process_ended(const process_t *process, int flags)
{
	siginfo_t info = {0};
	return waitid(P_PID, (id_t)process->pid, &info,
		   WEXITED | WNOWAIT | flags) == 0 &&
	       info.si_pid == process->pid;
}

launch_end_t
launch_wait(const process_t *process, unsigned timeout_ms)
{
	uint64_t deadline =
	    clock_now() + (uint64_t)timeout_ms * UINT64_C(1000000);
	launch_end_t end = LAUNCH_ENDED;
	while (!process_ended(process, WNOHANG)) {
		uint64_t now = clock_now();
		if (launch_interrupted())
			end = LAUNCH_INTERRUPTED;
		else if (now >= deadline)
			end = LAUNCH_TIMED_OUT;
		if (end != LAUNCH_ENDED) {
			kill(-process->pid, SIGKILL);
			process_ended(process, 0);
			break;
		}
		signal_take(deadline - now);
	}
	return end;
}

bool
launch_ended(const process_t *process)
{
	return process_ended(process, WNOHANG);
}

bool
launch_pause(unsigned ms)
{
	uint64_t until = clock_now() + (uint64_t)ms * UINT64_C(1000000);
	for (uint64_t now; (now = clock_now()) < until && !state.interrupted;)
		signal_take(until - now);
	return launch_interrupted() != 0;
}

void
launch_reap(const process_t *process, ending_t *ending)
{
	int status = 0;
	*ending = (ending_t){0};
	/* What it left running in its group goes too, while the number of the
	 * group is still its own. */
	kill(-process->pid, SIGKILL);
	while (wait4(process->pid, &status, 0, &ending->usage) < 0 &&
	       errno == EINTR)
		continue;
	ending->code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	ending->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

char *
launch_output(words_t *argv, unsigned timeout_ms, fault_t *fault)
{
	launch_t launch = {.argv = *argv};
	launch_environment(&launch.environment);
	launch.out_fd = launch_memory_file("output");
	launch.err_fd = launch_memory_file("errors");
	process_t process;
	ending_t ending = {0};
	launch_end_t end = LAUNCH_ENDED;
	char *output = NULL;
	bool failed = launch_start(&process, &launch, fault);
	if (!failed) {
		end = launch_wait(&process, timeout_ms);
		launch_reap(&process, &ending);
	}
	if (!failed && end == LAUNCH_TIMED_OUT)
		failed = fault_set(fault, "'%s' did not end within %u s",
		    argv->v[0], timeout_ms / 1000);
	else if (!failed && end == LAUNCH_INTERRUPTED)
		failed = fault_set(fault, "interrupted");
	else if (!failed && (ending.code != 0 || ending.signal != 0)) {
		char *errors = launch_memory_read(launch.err_fd, NULL);
		for (size_t n = strlen(errors); n > 0 && errors[n - 1] == '\n';)
			errors[--n] = '\0';
		failed = fault_set(fault, "'%s' failed (%s %d): %.500s",
		    argv->v[0], ending.signal ? "signal" : "exit code",
		    ending.signal ? ending.signal : ending.code, errors);
		free(errors);
	}
	if (!failed)
		output = launch_memory_read(launch.out_fd, NULL);
	close(launch.out_fd);
	close(launch.err_fd);
	words_release(&launch.environment);
	words_release(argv);
	return output;
}

int
launch_memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0)
		abort();
	return fd;
}

char *
launch_output_read(int fd)
{
	size_t size;
	char *text = launch_memory_read(fd, &size);
	for (size_t i = 0; i < size; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return text;
}

char *
launch_memory_read(int fd, size_t *size)
{
	struct stat status;
	size_t most = 0, used = 0;
	if (fstat(fd, &status) == 0)
		most = (size_t)status.st_size;
	if (most > OUTPUT_MAX)
		most = OUTPUT_MAX;
	char *text = text_memory(1, most + 1);
	off_t skipped = most > 0 ? status.st_size - (off_t)most : 0;
	while (used < most) {
		ssize_t n =
		    pread(fd, text + used, most - used, skipped + (off_t)used);
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
	if (size != NULL)
		*size = used;
	return text;
}
