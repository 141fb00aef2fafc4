// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start a command that is tracked from its first instruction on. To look at
 * oneself takes no privilege, so the child attaches itself.
 */
#define _GNU_SOURCE	/* pipe2() */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "spawn.h"

/* What a shell returns for a command that cannot be run. */
#define STATUS_CANNOT_RUN	127

static void run_child(char **argv, int fd, uint32_t flags, int ready)
{
	signal(SIGPIPE, SIG_DFL);
	if (device_attach(fd, 0, flags))
		_exit(STATUS_CANNOT_RUN);
	if (write(ready, "", 1) == 1)
		execvp(argv[0], argv);
	warn("cannot run %s", argv[0]);
	_exit(STATUS_CANNOT_RUN);
}

/* Waits until the child is attached, or has gone. */
static bool is_ready(int fd)
{
	ssize_t got;
	char byte;

	/* A signal is no answer: the child would be waited for, untracked. */
	do {
		got = read(fd, &byte, 1);
	} while (got < 0 && errno == EINTR);
	return got == 1;
}

pid_t spawn_tracked(char **argv, int fd, uint32_t flags)
{
	int ready[2];
	bool tracked;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC)) {
		warn("cannot make a pipe");
		return -1;
	}
	pid = fork();
	if (pid < 0)
		warn("cannot fork");
	if (!pid)
		run_child(argv, fd, flags, ready[1]);

	close(ready[1]);
	tracked = pid > 0 && is_ready(ready[0]);
	close(ready[0]);
	if (tracked)
		return pid;
	if (pid > 0)
		spawn_wait(pid);
	return -1;
}

int spawn_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return STATUS_CANNOT_RUN;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}
