/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_TRACE_H
#define _TOOLS_TRACE_H

#include <stdbool.h>
#include <stdio.h>

#include "vproc_mem.h"

/*
 * A file in the Trace Event Format, which chrome://tracing and the Perfetto UI
 * open: JSON, an object for each event, written as they come, one a line. Only
 * one is under way at a time.
 *
 * All of the text is ASCII. Perfetto takes neither half of a surrogate pair, nor,
 * in some versions, bytes of UTF-8; so a character is written as \uXXXX if that is
 * all of it, and what has no such form, or is no UTF-8, as the text \ooo of each
 * byte: in octal, as /proc/PID/maps writes a newline.
 *
 * What cannot be written shows in ferror(out).
 */
struct trace {
	FILE *out;
	unsigned long long count;	/* of events */
	bool has_args;			/* of the event under way */
};

/* What the format calls phases. */
enum trace_phase {
	TRACE_COMPLETE		= 'X',
	TRACE_ASYNC_BEGIN	= 'b',
	TRACE_ASYNC_END		= 'e',
	TRACE_INSTANT		= 'i',
	TRACE_COUNTER		= 'C',
	TRACE_METADATA		= 'M',
	TRACE_FLOW_BEGIN	= 's',
	TRACE_FLOW_END		= 'f',
};

void trace_begin(struct trace *trace, FILE *out);

/* The end of the events: what trace_key() adds then is about the whole. */
void trace_end_events(struct trace *trace);
void trace_end(struct trace *trace);

/* Begins an event; @ns is its time; @category may be NULL. */
void trace_event(struct trace *trace, enum trace_phase phase, const char *name,
		 const char *category, __u64 ns, __u32 pid, __u32 tid);

/* Adds to it: a key of the format's own, or one of its arguments. */
void trace_key(struct trace *trace, const char *key, const char *value);
void trace_key_time(struct trace *trace, const char *key, __u64 ns);
void trace_key_id(struct trace *trace, const char *key, __u64 id);
void trace_arg(struct trace *trace, const char *key, const char *value);
void trace_arg_number(struct trace *trace, const char *key, __s64 value);
void trace_arg_address(struct trace *trace, const char *key, __u64 value);
void trace_arg_range(struct trace *trace, const char *key, __u64 start,
		     __u64 end);
void trace_arg_time(struct trace *trace, const char *key, __u64 ns);

void trace_end_event(struct trace *trace);

#endif /* _TOOLS_TRACE_H */
