/*
 * ebb-census: puts a seccomp filter over itself that announces every memory
 * system call to a listener, sends the listener to ebb, and becomes the
 * program that is measured. Without arguments: tries the filter and ends.
 *
 * A program of its own, as what ebb launches with must not be under the
 * filter itself, and posix_spawn cannot install one in between.
 */
#include "census_stub.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const int numbers[] = {SCMP_SYS(madvise), SCMP_SYS(process_madvise),
    SCMP_SYS(munmap), SCMP_SYS(mmap), SCMP_SYS(mremap), SCMP_SYS(brk)};

static int
refuse(const char *what, int error)
{
	fprintf(stderr, "ebb-census: %s: %s\n", what, strerror(error));
	return EXIT_FAILURE;
}

/* Returns 0, or the error's number. From then on our own calls wait too. */
static int
filter_install(int *listener)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (filter == NULL)
		return ENOMEM;
	int error = 0;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (error == 0)
			error = seccomp_rule_add(
			    filter, SCMP_ACT_NOTIFY, numbers[i], 0);
	if (error == 0)
		error = seccomp_load(filter);
	if (error == 0)
		*listener = seccomp_notify_fd(filter);
	return -error;
}

static int
listener_send(int socket, int listener)
{
	char byte = 0;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec data = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control),
	};
	control.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
	    .cmsg_type = SCM_RIGHTS,
	    .cmsg_len = CMSG_LEN(sizeof(int))};
	memcpy(CMSG_DATA(&control.head), &listener, sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

/* What has the prefix loses it. */
static void
environment_uncover(void)
{
	size_t n = strlen(CENSUS_STUB_PREFIX);
	for (char **entry = environ; *entry != NULL; entry++)
		if (strncmp(*entry, CENSUS_STUB_PREFIX, n) == 0)
			*entry += n;
}

int
main(int argc, char **argv)
{
	int listener = -1;
	/* Nobody answers before the listener is sent: no call of free() may
	 * give memory back until then. */
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	int error = filter_install(&listener);
	if (error != 0)
		return refuse("no seccomp notification here", error);
	if (argc < 3)
		_exit(EXIT_SUCCESS);
	int socket = atoi(argv[1]);
	error = listener_send(socket, listener);
	if (error != 0)
		_exit(refuse("cannot send the listener", error));
	close(listener);
	close(socket);
	environment_uncover();
	execvp(argv[2], argv + 2);
	_exit(refuse(argv[2], errno));
}
