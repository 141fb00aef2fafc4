/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_WATCH_H
#define _TOOLS_WATCH_H

#include "watched.h"

/* So many are watched if it is left to this program which. */
#define WATCH_LARGEST	20

/*
 * The processes that are watched: those that were given, to their end; or those
 * that are the largest at the time. All zero but for @largest is a valid start.
 */
struct watch {
	bool largest;		/* nobody was given */
	struct watched **list;
	size_t count;
	struct vproc_session *session;	/* tells what is called [heap] */
	double start;		/* when it began, in s of CLOCK_MONOTONIC */
	bool denied;		/* some may not be looked at */
};

/*
 * Begins, with the processes @pids, or with the largest if there are none.
 * Returns 0; -1 after a message that says what was wrong.
 */
int watch_begin(struct watch *watch, const pid_t *pids, size_t count);
void watch_end(struct watch *watch);

/* These return 0; -1 with errno set. */

/* Reads all events; to be called often enough that the rings do not overrun. */
int watch_read(struct watch *watch);

/* Ends an interval: takes the rates, sees who has come and gone. */
int watch_tick(struct watch *watch);

/* How often to call watch_read(), in seconds. */
#define WATCH_READ	0.1

/* What there is to be seen now; NULL with errno set. */
struct json_object *watch_look(const struct watch *watch);

/* Have all that were given ended? */
bool watch_is_over(const struct watch *watch);

#endif /* _TOOLS_WATCH_H */
