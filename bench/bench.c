// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define FILES	16

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

void put_sample(int round, double value, const char *name, ...)
{
	va_list args;

	if (round < 0)
		return;
	va_start(args, name);
	printf("sample ");
	vprintf(name, args);
	printf(" %.10g\n", value);
	fflush(stdout);
	va_end(args);
}

long must(long value, const char *what)
{
	if (value < 0)
		err(1, "%s", what);
	return value;
}

unsigned long pick(unsigned long limit)
{
	static unsigned long state = 88172645463325252ul;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % limit;
}

int device_open(void)
{
	return must(open(VPROC_DEVICE, O_RDWR | O_CLOEXEC), VPROC_DEVICE);
}

int device_attach(pid_t pid, __u32 flags, __u32 ring)
{
	struct vproc_attach attach = {
		.pid = pid,
		.flags = flags,
		.ring = ring,
	};
	int fd = device_open();

	device_ask(fd, VPROC_ATTACH, &attach);
	return fd;
}

void device_ask(int fd, unsigned long command, void *arg)
{
	must(ioctl(fd, command, arg), "ioctl");
}

void device_settle(bool armed)
{
	int fd = device_open();
	struct vproc_info info;

	do {
		/* The kernel makes a jump of a kprobe a moment later. */
		usleep(300000);
		device_ask(fd, VPROC_INFO, &info);
	} while (!info.hooks == armed);
	close(fd);
}

struct request {
	target_fn fn;
	unsigned long arg;
};

static void serve(int fd)
{
	struct request request;
	double result;

	/* A huge page now and then would make a difference of its own. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, &request, sizeof(request)) == sizeof(request)) {
		result = request.fn(request.arg);
		must(write(fd, &result, sizeof(result)), "target");
	}
	_exit(0);
}

void target_start(struct target *target)
{
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
	     "socketpair");
	target->pid = must(fork(), "fork");
	if (!target->pid) {
		close(fds[0]);
		serve(fds[1]);
	}
	close(fds[1]);
	target->fd = fds[0];
}

void target_tell(struct target *target, target_fn fn, unsigned long arg)
{
	struct request request = { .fn = fn, .arg = arg };

	must(write(target->fd, &request, sizeof(request)), "target");
}

double target_call(struct target *target, target_fn fn, unsigned long arg)
{
	double result;

	target_tell(target, fn, arg);
	if (read(target->fd, &result, sizeof(result)) != sizeof(result))
		errx(1, "the target has died");
	return result;
}

void target_stop(struct target *target)
{
	kill(target->pid, SIGKILL);
	waitpid(target->pid, NULL, 0);
	close(target->fd);
}

unsigned long regions_at;

static double get_base(unsigned long arg)
{
	return regions_at + arg;
}

/* Exact: addresses have 47 bits, a double has 53. */
unsigned long regions_base(struct target *target)
{
	return target_call(target, get_base, 0);
}

/* Neighbours differ in what they are, so that no two become one. */
double regions_make(unsigned long count)
{
	int files[FILES];
	glob_t found;
	char *base;

	if (glob("/usr/lib/x86_64-linux-gnu/lib*.so.*", 0, NULL, &found) ||
	    found.gl_pathc < FILES)
		errx(1, "there are no %d libraries", FILES);
	for (int i = 0; i < FILES; i++)
		files[i] = must(open(found.gl_pathv[i], O_RDONLY | O_CLOEXEC),
				found.gl_pathv[i]);
	globfree(&found);

	base = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		err(1, "mmap");
	regions_at = (unsigned long)base;
	for (unsigned long i = 0; i < count; i++) {
		char *at = base + i * PAGE;

		if (i % 4 == 0 &&
		    mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED,
			 files[i / 4 % FILES], 0) == MAP_FAILED)
			err(1, "mmap of region %lu", i);
		if (i % 2)
			must(mprotect(at, PAGE, PROT_READ), "mprotect");
	}
	for (int i = 0; i < FILES; i++)
		close(files[i]);
	return 0;
}
