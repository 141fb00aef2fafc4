/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_TRACEHISTORY_H
#define _TOOLS_TRACEHISTORY_H

#include "past.h"
#include "trace.h"

/* What goes into a trace: bits. */
#define TRACE_SLICES	0x01	/* regions and programs, for as long as they last */
#define TRACE_EVENTS	0x02	/* what changed them, and who forked whom */
#define TRACE_COUNTERS	0x04	/* sizes */
#define TRACE_ALL	0x07

/**
 * struct trace_end - one end of an arrow from a parent to a child
 * @child: id of the child's tracker
 * @time: when it forked, or was there
 * @pid: which process it is that did, or was, as the trace knows it
 */
struct trace_end {
	__u64 child;
	__u64 time;
	__u32 pid;
};

/* Some of them. */
struct trace_ends {
	struct trace_end *list;
	size_t count;
	size_t room;
};

/**
 * struct exporter - a recording on its way into a trace
 * @past: the recording
 * @trace: where it goes
 * @parts: TRACE_*
 * @from: first moment that is wanted, in ns
 * @to: last moment
 * @forks: the processes so far that have forked
 * @arrivals: and that were forked
 * @slices: how many slices of regions there were: the ids of the next ones
 */
struct exporter {
	const struct past *past;
	struct trace trace;
	unsigned int parts;
	__u64 from;
	__u64 to;
	struct trace_ends forks;
	struct trace_ends arrivals;
	__u64 slices;
};

/*
 * Writes a process. The trace knows it by @pid: its process id, plus a number if
 * another process had that before; the same number is added to its threads' ids.
 */
void trace_history(struct exporter *exporter,
		   const struct vproc_history *history, __u32 shift);

/* Writes the arrows, when all processes have been written. */
void trace_forks(struct exporter *exporter);

#endif /* _TOOLS_TRACEHISTORY_H */
