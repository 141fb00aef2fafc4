/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_DEVICE_H
#define _TOOLS_DEVICE_H

#include <stdint.h>
#include <sys/types.h>

/*
 * These return -1 after they have said on stderr what was wrong and what can be
 * done about it.
 */

/* Opens the device, with @flags as for open(2) besides O_RDWR | O_CLOEXEC. */
int device_open(int flags);

/* Attaches @fd to @pid, 0 for the caller; @flags are VPROC_ATTACH_*. */
int device_attach(int fd, pid_t pid, uint32_t flags);

/* device_open() and device_attach() in one; returns the descriptor. */
int device_open_attached(int open_flags, pid_t pid, uint32_t flags);

/*
 * The same for a process that may have gone, or be another's: silent, with
 * errno set. The version of the device is taken to have been looked at.
 */
int device_try_attached(int open_flags, pid_t pid, uint32_t flags);

#endif /* _TOOLS_DEVICE_H */
