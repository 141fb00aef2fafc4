// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attempts to unload the module while somebody uses it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdnoreturn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unload.h"
#include "vproc.h"

#define PAUSE_US	(20 * 1000)
/* It has taken a while, too, if all processes are frozen in between. */
#define PATIENCE	30

/* @failed: an attempt was not refused, but ended with @err. */
struct unloader_tally {
	long refused;
	bool failed;
	int err;
};

int unload_refused(void)
{
	if (!syscall(SYS_delete_module, "vproc", O_NONBLOCK)) {
		errno = 0;
		return -1;
	}
	return errno == EWOULDBLOCK || errno == EBUSY ? 0 : -1;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static noreturn void keep_trying(struct unloader_tally *tally)
{
	while (!tally->failed) {
		time_t begun = seconds();

		tally->failed = unload_refused();
		tally->err = errno;
		if (!tally->failed && seconds() - begun > PATIENCE) {
			tally->failed = true;
			tally->err = ETIMEDOUT;
		}
		__atomic_fetch_add(&tally->refused, 1, __ATOMIC_RELAXED);
		usleep(PAUSE_US);
	}
	_exit(0);
}

int unloader_start(struct unloader *unloader)
{
	unloader->anchor = vproc_open();
	unloader->tally = mmap(NULL, sizeof(*unloader->tally),
			       PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (unloader->anchor < 0 || unloader->tally == MAP_FAILED)
		return -1;
	unloader->pid = fork();
	if (!unloader->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		keep_trying(unloader->tally);
	}
	return unloader->pid < 0 ? -1 : 0;
}

long unloader_stop(struct unloader *unloader)
{
	struct unloader_tally *tally = unloader->tally;
	long refused;

	/* A short test is to meet it as well. */
	while (!__atomic_load_n(&tally->refused, __ATOMIC_RELAXED))
		usleep(1000);
	kill(unloader->pid, SIGKILL);
	waitpid(unloader->pid, NULL, 0);
	close(unloader->anchor);
	refused = tally->failed ? -1 : tally->refused;
	errno = tally->err;
	munmap(tally, sizeof(*tally));
	return refused;
}
