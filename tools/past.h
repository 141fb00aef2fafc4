/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PAST_H
#define _TOOLS_PAST_H

#include <argp.h>
#include <stdbool.h>

#include "lib/vproc.h"

/*
 * A live process or one of a recording, as verbs are given it. The arguments
 * fill in the first part, past_open() the second.
 */
struct past {
	bool only_files;	/* the verb's own: it takes no live process */
	pid_t live;		/* the PID; 0: it is a recording, */
	const char *path;	/* of this name */
	pid_t pid;		/* 0: the first process */
	__u64 id;		/* its tracker's id; 0: not given */
	bool damaged;		/* read a damaged file up to the damage */

	struct vproc_recording *recording;
	const struct vproc_history *history;
	struct vproc_history_info info;
	__u64 start;		/* what times count from */
};

/*
 * For a verb's argp, as a child: the argument PID or FILE, the first if there
 * are more, and --pid, --id, --damaged. Its input: the past.
 */
extern const struct argp past_argp;

/*
 * Reads the recording and finds the process. past_load() does the first alone.
 * Both return 0; -1 after a message that says what was wrong.
 */
int past_open(struct past *past);
int past_load(struct past *past);
void past_close(struct past *past);

/*
 * For a verb that is about several processes, after past_load(): the first from
 * place *@at on that --pid and --id do not leave out, with *@at made the place
 * behind it; NULL if there is none.
 */
const struct vproc_history *past_next(const struct past *past, size_t *at);

/* Is there any? 0, or -1 after a message. */
int past_check_choice(const struct past *past);

/* What --help says of the notation that past_moment() reads. */
#define PAST_MOMENTS \
	"A moment is a number of seconds since the recording began (1.25), the number of an event (@500), 'start' or 'exit', which is the end of the process."

/* The moment that @text tells; 0, or -1 after a message. */
int past_moment(const struct past *past, const char *text, __u64 *seq);

/*
 * The time that @text tells: of the process, or of all if none was looked for,
 * which have no numbers of events in common. Seconds are told by the microsecond,
 * and are the last ns of it. 0, or -1 after a message.
 */
int past_time(const struct past *past, const char *text, __u64 *time);

/* All regions at a moment; 0, or -1 after a message. */
int past_snapshot(const struct past *past, __u64 seq,
		  struct vproc_snapshot *snapshot);

/* Says why the library refused a moment, by errno. */
void past_explain(const struct past *past, const char *moment);

/* Seconds from the start to a time. */
double past_seconds(const struct past *past, __u64 time);

/* A name as /proc/PID/maps prints it; valid until the next call. */
const char *past_escape(const struct vproc_name *name);

/* The same, of the name behind an id at a moment; "?" if it is not known. */
const char *past_name(const struct vproc_history *history, __u64 id, __u64 seq);

#endif /* _TOOLS_PAST_H */
