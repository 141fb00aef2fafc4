// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process to be watched.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target.h"
#include "vproc.h"

struct request {
	target_fn fn;
	unsigned long args[TARGET_ARGS];
};

struct reply {
	long ret;
	int err;
};

int target_open(struct target *target)
{
	int ends[2];

	target->pid = 0;
	target->mail = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (target->mail == MAP_FAILED)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		munmap(target->mail, PATH_MAX);
		return -1;
	}
	target->fd = ends[0];
	target->remote = ends[1];
	return 0;
}

void target_serve(int remote)
{
	struct request request;

	/* A test that fails must not leave its children behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(remote, &request, sizeof(request)) == sizeof(request)) {
		struct reply reply = { 0 };

		if (!request.fn)
			break;
		errno = 0;
		reply.ret = request.fn(request.args);
		reply.err = errno;
		if (write(remote, &reply, sizeof(reply)) != sizeof(reply))
			break;
	}
	_exit(0);
}

int target_start(struct target *target)
{
	if (target_open(target))
		return -1;
	target->pid = fork();
	if (!target->pid)
		target_serve(target->remote);
	/* The child's alone, so that its end is seen. */
	close(target->remote);
	target->remote = -1;
	return target->pid < 0 ? -1 : 0;
}

int target_begin(struct target *target, target_fn fn, const unsigned long *args)
{
	struct request request = { .fn = fn };

	memcpy(request.args, args, sizeof(request.args));
	if (write(target->fd, &request, sizeof(request)) == sizeof(request))
		return 0;
	errno = EPIPE;
	return -1;
}

long target_finish(struct target *target)
{
	struct reply reply;

	if (read(target->fd, &reply, sizeof(reply)) != sizeof(reply)) {
		errno = EPIPE;
		return -1;
	}
	errno = reply.err;
	return reply.ret;
}

long target_run(struct target *target, target_fn fn, const unsigned long *args)
{
	return target_begin(target, fn, args) ? -1 : target_finish(target);
}

long target_fn_syscall(const unsigned long *args)
{
	return syscall(args[0], args[1], args[2], args[3], args[4], args[5],
		       args[6]);
}

unsigned long target_string(struct target *target, const char *string)
{
	snprintf(target->mail, PATH_MAX, "%s", string);
	return (unsigned long)target->mail;
}

int target_open_file(struct target *target, const char *path, int flags)
{
	return target_syscall(target, SYS_openat, AT_FDCWD,
			      target_string(target, path), flags, 0600);
}

long target_fn_fork(const unsigned long *args)
{
	pid_t pid = fork();

	if (!pid)
		target_serve(args[0]);
	return pid;
}

long target_fn_userfaultfd(const unsigned long *args)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	(void)args;
	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api))
		return -1;
	return fd;
}

long target_fn_register(const unsigned long *args)
{
	struct uffdio_register range = {
		.range = { args[1], args[2] },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return ioctl(args[0], UFFDIO_REGISTER, &range);
}

/* Changes the map and fills it. */
long target_fn_exhaust_memory(const unsigned long *args)
{
	const size_t size = 1 << 20, page = 4096;
	char *at;

	(void)args;
	do {
		at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	} while (at != MAP_FAILED && !mprotect(at, page, PROT_READ) &&
		 !munmap(at + size / 2, page));
	return -1;
}

char target_state(pid_t pid)
{
	char text[1024];
	const char *state;

	if (vproc_read_proc(pid, "stat", text, sizeof(text)) < 0)
		return 0;
	state = strrchr(text, ')');
	return state ? state[2] : 0;
}

static int reap(struct target *target)
{
	int status = 0;

	if (target->pid && waitpid(target->pid, &status, 0) < 0)
		status = -1;
	close(target->fd);
	if (target->remote >= 0)
		close(target->remote);
	munmap(target->mail, PATH_MAX);
	target->pid = 0;
	return status;
}

int target_stop(struct target *target)
{
	const struct request request = { 0 };

	if (write(target->fd, &request, sizeof(request)) != sizeof(request))
		return -1;
	return reap(target);
}

int target_kill(struct target *target, int signal)
{
	kill(target->pid, signal);
	return reap(target);
}
