/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PROCESSES_H
#define _TOOLS_PROCESSES_H

#include <stddef.h>
#include <sys/types.h>

/*
 * The processes that have most memory mapped, but not the caller, into @pids,
 * which has room for @room; the largest first. Returns how many, or -1 with
 * errno set. Kernel threads have none mapped, nor has who has ended.
 */
ssize_t processes_largest(pid_t *pids, size_t room);

#endif /* _TOOLS_PROCESSES_H */
