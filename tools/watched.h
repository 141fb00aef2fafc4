/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_WATCHED_H
#define _TOOLS_WATCHED_H

#include <sys/types.h>

#include "lib/vproc.h"
#include "names.h"
#include "output.h"
#include "tally.h"
#include "threads.h"

/* So many of the last events are kept. */
#define WATCHED_RECENT	16

/* A process that is looked at again and again, and what was seen of it. */
struct watched {
	pid_t pid;
	int fd;			/* the tracker */
	char name[THREAD_NAME];	/* the last that it had */
	bool ended;
	uint32_t end_cause;
	struct names names;
	struct vproc_event layout;	/* the last LAYOUT event */

	struct tally tally;	/* of all events so far */
	struct tally before;	/* of those before the last interval */
	struct tally during;	/* of those in it */
	double since;		/* when the interval that runs began */
	double seconds;		/* how long the last one was; 0: none yet */

	/* The last events, each with the layout that it met; a ring. */
	struct recent {
		struct vproc_event event;
		struct vproc_event layout;
	} recent[WATCHED_RECENT];
	size_t nr_recent;	/* ever */
};

/*
 * Begins to watch the process @pid, to which the tracker @fd is attached: that
 * is closed in the end. Returns NULL with errno set, and then @fd is not closed.
 */
struct watched *watched_new(pid_t pid, int fd);
void watched_free(struct watched *watched);

/* These return 0, or -1 with errno set. */

/* Reads the events that there are. */
int watched_read(struct watched *watched);

/* Ends an interval, and begins the next. */
int watched_tick(struct watched *watched);

/*
 * What there is to be seen now, as keys of @object; of events the rates in the
 * last interval. Times count from @start, in seconds of CLOCK_MONOTONIC.
 */
int watched_to_object(struct json_object *object, struct watched *watched,
		      const struct vproc_session *session, double start);

/* Seconds of CLOCK_MONOTONIC. */
double watched_now(void);

#endif /* _TOOLS_WATCHED_H */
