/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_TRACKERS_H
#define _TOOLS_TRACKERS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vproc_mem.h"

/*
 * A tracker and, if it was attached with VPROC_ATTACH_FORK, those of all its
 * descendants: opened as they appear, closed when their stream has ended. Not
 * more are open at a time than the limit of open files allows; the others wait
 * in the kernel.
 */

struct tracker {
	int fd;
	int pid;
	__u64 seq;		/* of the last event read */
	bool ended;		/* no more events will come */
	bool has_children;	/* some may wait to be opened */
	void *data;		/* the user's own */
};

struct trackers {
	struct tracker **list;
	struct pollfd *polls;
	size_t count;
	size_t room;

	/* Called with each event; a return value other than 0 stops. */
	int (*event)(struct tracker *tracker, const struct vproc_event *event,
		     void *context);
	/* Called before a tracker is closed; may be NULL. */
	void (*closing)(struct tracker *tracker, void *context);
	void *context;
};

/* Takes over @fd, which is O_NONBLOCK; 0, or -1 with errno set. */
int trackers_add(struct trackers *trackers, int fd);

/*
 * Waits for events, @timeout_ms at most (-1: no limit), and handles those that
 * there are. Returns 0, what event() stopped with, or -1 with errno set.
 */
int trackers_run(struct trackers *trackers, int timeout_ms);

/* Each tracker is an open file: have as many as this process may. */
void trackers_raise_limit(void);

void trackers_close(struct trackers *trackers);

#endif /* _TOOLS_TRACKERS_H */
