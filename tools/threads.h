/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_THREADS_H
#define _TOOLS_THREADS_H

#include <stdint.h>
#include <sys/types.h>

#include "vproc_mem.h"

/* The stacks of a process's threads, in one state. All zero is a valid start. */
struct threads {
	struct vproc_thread *array;
	uint32_t count;
	uint32_t room;
	__u64 seq;
};

/* Room for the name of a thread. */
#define THREAD_NAME	64

/* Returns 0, or -1 with errno set. */
int threads_fetch(struct threads *threads, int fd);

void threads_clear(struct threads *threads);

/*
 * The name of the thread @tid of process @pid, into @name, which has room for
 * THREAD_NAME bytes: what a terminal cannot show is '?'. "" if there is no such
 * thread. Returns @name.
 */
const char *thread_name(char *name, pid_t pid, pid_t tid);

#endif /* _TOOLS_THREADS_H */
