/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_RECORDER_H
#define _TOOLS_RECORDER_H

#include "lib/vproc.h"
#include "trackers.h"

/* What goes into a recording, taken from a family of trackers. */
struct recorder {
	struct vproc_writer *writer;
	bool check;		/* take states to compare with, too */

	/* Counted: */
	__u64 processes;
	__u64 events;
	__u64 lost;
	__u64 unfollowed;	/* children that could not be followed */
	__u64 missed;		/* vproc_stats.missed, of those that have ended */
	__u64 denied;		/* ended because the opener may not look on */
	__u64 checks;
	__u64 unnamed;		/* ids whose name could not be had any more */
};

/*
 * For struct trackers: .event and .closing, with the recorder as .context. An
 * event that cannot be written stops, with errno set.
 */
int recorder_event(struct tracker *tracker, const struct vproc_event *event,
		   void *context);
void recorder_closing(struct tracker *tracker, void *context);

/* These return 0, or -1 with errno set. */

/* Looks up the names of all files that are mapped, since they may change. */
int recorder_names(struct recorder *recorder, struct tracker *tracker);

/* Takes a state of the process to compare with. */
int recorder_check(struct recorder *recorder, struct tracker *tracker);

/* Regions of a tracker now; 0 if it has ended. */
__u64 recorder_regions(const struct tracker *tracker);

#endif /* _TOOLS_RECORDER_H */
