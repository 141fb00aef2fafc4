/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MONITOR_FIGURES_H
#define _MONITOR_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "vproc_mem.h"

/* What the monitor counts, over all processes of a command. */
struct figures {
	__u64 processes;
	__u64 execs;
	__u64 events;	/* read */
	__u64 points;	/* comparisons made */
	__u64 regions;	/* regions compared there */
	__u64 differences;	/* found there */

	/* What must not happen either. */
	__u64 missed;	/* changes that no hook saw */
	__u64 resyncs;	/* models that had to be rebuilt */
	__u64 lost;		/* events overwritten before they were read */
	__u64 gaps;		/* sequence numbers that skipped some */
	__u64 unfollowed;	/* children without a tracker */
	__u64 cut_short;	/* trackers that ended before their process */
	__u64 failures;	/* calls that failed without a good reason */
};

/* Adds what the kernel counted in a tracker that has come to its end. */
void figures_add_end(struct figures *figures, const struct vproc_stats *stats);

/* Says on stderr all that was wrong; false if anything was. */
bool figures_check(const struct figures *figures, const char *name);

void figures_print_header(void);
void figures_print_row(const struct figures *figures, const char *name);

/* Appends "regions points differences missed"; 0, or -1 with errno set. */
int figures_append_totals(const struct figures *figures, const char *path);

#endif /* _MONITOR_FIGURES_H */
