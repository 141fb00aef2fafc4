/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A naive reader of the event stream: a sorted array that SET and CLEAR carve.
 * It knows nothing of how vproc keeps its regions, so it can say whether the
 * stream alone gives the map that the queries give.
 */
#ifndef _SELFTESTS_REPLAY_H
#define _SELFTESTS_REPLAY_H

#include <stdbool.h>

#include "vproc.h"

struct replay_region {
	__u64 start;
	__u64 end;
	__u64 offset;
	__u32 file;
	__u8 type;
	__u8 perm;
};

#define REPLAY_LAST	32

/**
 * struct replay - the state after the events read so far
 * @seq: number of the last event
 * @start_brk: from the last LAYOUT
 * @brk: from the last LAYOUT
 * @start_stack: from the last LAYOUT
 * @lost: events that were lost; with one lost the regions mean nothing
 * @ops: events, by enum vproc_event_op
 * @last: the last events, at their number modulo REPLAY_LAST
 * @end: the END event, once it has come
 * @count: regions
 * @regions: the regions
 * @unread: events that have been read and not applied yet
 * @next: the first of them
 * @filled: how many @unread has held
 */
struct replay {
	__u64 seq;
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
	__u64 lost;
	__u64 ops[VPROC_EV_END + 1];
	struct vproc_event last[REPLAY_LAST];
	struct vproc_event end;
	unsigned int count;
	struct replay_region regions[VPROC_MAP_REGIONS];
	struct vproc_event unread[64];
	unsigned int next;
	unsigned int filled;
};

void replay_init(struct replay *replay);

/**
 * replay_next() - read and apply one event
 * @event: the event, for callers that look at each
 * @wait: sleep until there is one
 *
 * Return: 1; 0 if there is none now, or none any more; -1 if the stream breaks
 * a rule, which is shown on standard error.
 */
int replay_next(struct replay *replay, int fd, struct vproc_event *event,
		bool wait);

/**
 * replay_await() - read and apply events up to one of a kind
 * @event: that one
 *
 * Return: 1; 0 if the stream ends before; -1 as replay_next().
 */
int replay_await(struct replay *replay, int fd, enum vproc_event_op op,
		 struct vproc_event *event);

/**
 * replay_drain() - read and apply all events that there are
 *
 * Return: 0, or -1 as replay_next().
 */
int replay_drain(struct replay *replay, int fd);

/**
 * replay_until() - read and apply events up to a number
 *
 * Return: 0, or -1 as replay_next(), or if the stream does not get there.
 */
int replay_until(struct replay *replay, int fd, __u64 seq);

/**
 * replay_compare() - does the stream give the map that VPROC_REGIONS gave?
 *
 * Return: the number of differences, which are shown on standard error.
 */
int replay_compare(const struct replay *replay, const struct vproc_map *map);

/**
 * replay_check() - all of it: regions, the events up to their state, comparison
 *
 * Return: 0, or the number of differences, or -1 as replay_next().
 */
int replay_check(struct replay *replay, int fd);

/* replay_check() and vproc_check() in one. */
int replay_check_all(struct replay *replay, int fd, pid_t pid);

/* Show the last events on standard error. */
void replay_show_last(const struct replay *replay);

#endif /* _SELFTESTS_REPLAY_H */
