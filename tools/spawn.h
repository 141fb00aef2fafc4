/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_SPAWN_H
#define _TOOLS_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Starts the command @argv in a child that attaches itself, with @flags, to
 * the device that @fd has open, before it executes the command. Returns its
 * process id; -1, after a message, if it could not be attached.
 */
pid_t spawn_tracked(char **argv, int fd, uint32_t flags);

/* Waits for its end; returns its status as a shell does: 128 + n for signal n. */
int spawn_wait(pid_t pid);

#endif /* _TOOLS_SPAWN_H */
