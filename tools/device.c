// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open the device and attach it, with errors that a user can act on.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "array.h"
#include "device.h"
#include "vproc_mem.h"

static const char *const hook_names[] = {
	"perf_event_mmap", "mmu_notifier", "system calls", "userfaultfd",
	"sched_process_fork", "sched_process_exec", "sched_process_exit",
	"do_madvise", "__split_vma",
};

static void explain_open(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		warnx("%s does not exist: load the module (modprobe vproc)",
		      VPROC_DEVICE);
		break;
	case EACCES:
	case EPERM:
		warnx("no permission to open %s: run this as root, or see vproc_mem(4) for who may",
		      VPROC_DEVICE);
		break;
	default:
		warnx("cannot open %s: %s", VPROC_DEVICE, strerror(error));
	}
}

/* A module of another version may lay out its structs differently. */
static int check_version(int fd)
{
	struct vproc_info info;

	if (ioctl(fd, VPROC_INFO, &info)) {
		warnx("%s is not the device of vproc.ko: %s", VPROC_DEVICE,
		      strerror(errno));
		return -1;
	}
	if (info.api_version != VPROC_API_VERSION) {
		warnx("vproc.ko has API version %u, not %u: install both from one release",
		      info.api_version, VPROC_API_VERSION);
		return -1;
	}
	return 0;
}

int device_open(int flags)
{
	int fd = open(VPROC_DEVICE, O_RDWR | O_CLOEXEC | flags);

	if (fd < 0) {
		explain_open(errno);
		return -1;
	}
	if (check_version(fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void explain_missing_hooks(int fd)
{
	struct vproc_info info = {};
	char names[256] = "";
	size_t i, used = 0;

	ioctl(fd, VPROC_INFO, &info);
	for (i = 0; i < ARRAY_SIZE(hook_names); i++) {
		if (info.hooks_missing & (1u << i))
			used += snprintf(names + used, sizeof(names) - used,
					 "%s%s", used ? ", " : "",
					 hook_names[i]);
	}
	warnx("this kernel lacks what exactness needs (%s): use another kernel",
	      names);
}

static void explain_attach(int fd, pid_t pid, int error)
{
	switch (error) {
	case ESRCH:
		warnx("process %d does not exist, is exiting, or is a kernel thread",
		      pid);
		break;
	case EPERM:
	case EACCES:
		warnx("no permission to look at process %d: run this as root",
		      pid);
		break;
	case EBADF:
		warnx("this is no process file descriptor: open one with pidfd_open");
		break;
	case EBUSY:
		warnx("this file is attached already: open %s anew",
		      VPROC_DEVICE);
		break;
	case ENOMEM:
		warnx("no memory to attach to process %d: free some, or raise its limit",
		      pid);
		break;
	case EOPNOTSUPP:
		explain_missing_hooks(fd);
		break;
	default:
		warnx("cannot attach to process %d: %s", pid, strerror(error));
	}
}

static int attach(int fd, pid_t pid, uint32_t flags)
{
	struct vproc_attach attach = {
		.flags = flags,
		.pid = pid,
	};

	return ioctl(fd, VPROC_ATTACH, &attach);
}

int device_attach(int fd, pid_t pid, uint32_t flags)
{
	if (!attach(fd, pid, flags))
		return 0;
	explain_attach(fd, pid ? pid : getpid(), errno);
	return -1;
}

int device_open_attached(int open_flags, pid_t pid, uint32_t flags)
{
	int fd = device_open(open_flags);

	if (fd < 0)
		return -1;
	if (device_attach(fd, pid, flags)) {
		close(fd);
		return -1;
	}
	return fd;
}

int device_try_attached(int open_flags, pid_t pid, uint32_t flags)
{
	int error, fd = open(VPROC_DEVICE, O_RDWR | O_CLOEXEC | open_flags);

	if (fd < 0)
		return -1;
	if (!attach(fd, pid, flags))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}
