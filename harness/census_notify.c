#include "census_notify.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "census_stub.h"
#include "live.h"

#define CHECK_TIMEOUT_MS 5000

bool
census_notify_check(const place_t *place, fault_t *fault)
{
	words_t argv = {0};
	words_add(&argv, "%s", place->census);
	char *output = launch_output(&argv, CHECK_TIMEOUT_MS, fault);
	free(output);
	return output == NULL;
}

/* ------------------------------------------------------------- launching -- */

bool
census_notify_open(census_notify_t *notify, const place_t *place,
    launch_t *launch, fault_t *fault)
{
	int pair[2];
	*notify = (census_notify_t){.socket = -1, .other = -1, .listener = -1};
	if (seccomp_notify_alloc(&notify->request, &notify->response) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return fault_set_errno(
		    fault, "cannot prepare for seccomp's notifications");
	notify->socket = pair[0];
	notify->other = pair[1];
	launch->fds[LAUNCH_FD_CENSUS] = notify->other;
	words_t argv = {0};
	words_add(&argv, "%s", place->census);
	words_add(&argv, "%d", LAUNCH_FD_BASE + LAUNCH_FD_CENSUS);
	words_append(&argv, &launch->argv);
	words_release(&launch->argv);
	launch->argv = argv;
	for (size_t i = 0; i < launch->environment.n; i++) {
		char **entry = &launch->environment.v[i];
		if (strncmp(*entry, "LD_", 3) == 0)
			text_assign(entry, "%s%s", CENSUS_STUB_PREFIX, *entry);
	}
	return false;
}

void
census_notify_close(census_notify_t *notify)
{
	const int fds[] = {notify->socket, notify->other, notify->listener};
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	seccomp_notify_free(notify->request, notify->response);
	*notify = (census_notify_t){.socket = -1, .other = -1, .listener = -1};
}

/* --------------------------------------------------------------- serving -- */

/* Waits for fd. Returns true when other_fd can be read instead. */
static bool
wait_for(int fd, int other_fd, short *events)
{
	struct pollfd fds[2] = {
	    {.fd = fd, .events = POLLIN},
	    {.fd = other_fd, .events = POLLIN},
	};
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		continue;
	*events = fds[0].revents;
	return fds[0].revents == 0;
}

/* Takes the listener that ebb-census sends. True when none comes. */
static bool
listener_take(census_notify_t *notify, int stop_fd)
{
	char byte;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = {&byte, 1};
	struct msghdr message = {
	    .msg_iov = &data,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control),
	};
	short events;
	if (wait_for(notify->socket, stop_fd, &events) ||
	    recvmsg(notify->socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return true;
	const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	if (head == NULL || head->cmsg_type != SCM_RIGHTS)
		return true;
	memcpy(&notify->listener, CMSG_DATA(head), sizeof(int));
	return false;
}

/* The process that a thread belongs to; 0: it is gone. */
static pid_t
process_of(census_notify_t *notify, pid_t thread)
{
	char path[64], line[128];
	if (thread == notify->thread)
		return notify->process;
	notify->thread = thread;
	notify->process = 0;
	snprintf(path, sizeof(path), "/proc/%ld/status", (long)thread);
	FILE *stream = fopen(path, "re");
	while (stream != NULL && fgets(line, sizeof(line), stream) != NULL)
		if (strncmp(line, "Tgid:", 5) == 0)
			notify->process = (pid_t)strtol(line + 5, NULL, 10);
	if (stream != NULL)
		fclose(stream);
	return notify->process;
}

/* Bytes of the ranges that a process_madvise names; it waits meanwhile. */
static uint64_t
ranges_read(const census_notify_t *notify, pid_t thread, const uint64_t *args)
{
	struct iovec ranges[UIO_MAXIOV];
	uint64_t n = args[2], bytes = 0;
	struct iovec local = {ranges, n * sizeof(*ranges)};
	struct iovec remote = {(void *)(uintptr_t)args[1], local.iov_len};
	if (n > UIO_MAXIOV ||
	    process_vm_readv(thread, &local, 1, &remote, 1, 0) !=
		(ssize_t)local.iov_len ||
	    seccomp_notify_id_valid(notify->listener, notify->request->id) != 0)
		return CENSUS_UNKNOWN;
	for (uint64_t i = 0; i < n; i++)
		bytes += ranges[i].iov_len;
	return bytes;
}

static void
notification_serve(census_notify_t *notify, census_tally_t *tally)
{
	struct seccomp_notif *request = notify->request;
	/* The kernel insists on zeroes. */
	memset(request, 0, sizeof(*request));
	if (seccomp_notify_receive(notify->listener, request) != 0)
		return; /* its thread was killed */
	pid_t thread = (pid_t)request->pid;
	census_event_t event = {
	    .t_ns = ebb_live_clock(),
	    .number = request->data.nr,
	};
	for (int i = 0; i < 6; i++)
		event.args[i] = request->data.args[i];
	if (event.number == SYS_brk)
		event.pid = process_of(notify, thread);
	if (event.number == SYS_process_madvise)
		event.ranges_bytes = ranges_read(notify, thread, event.args);
	*notify->response = (struct seccomp_notif_resp){
	    .id = request->id,
	    .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};
	seccomp_notify_respond(notify->listener, notify->response);
	census_tally_add(tally, &event);
}

bool
census_notify_serve(census_notify_t *notify, int stop_fd, census_tally_t *tally)
{
	short events;
	/* So that we see the end when ebb-census ends without sending. */
	close(notify->other);
	notify->other = -1;
	if (listener_take(notify, stop_fd))
		return true;
	while (
	    !wait_for(notify->listener, stop_fd, &events) && (events & POLLIN))
		notification_serve(notify, tally);
	return false;
}
