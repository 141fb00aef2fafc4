// SPDX-License-Identifier: GPL-2.0-only
/*
 * The naive reader of the event stream.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay.h"

/* What the counts leave out, most of it, means nothing. */
void replay_init(struct replay *replay)
{
	memset(replay, 0, offsetof(struct replay, regions));
	replay->next = 0;
	replay->filled = 0;
}

static int complain(const struct vproc_event *event, const char *what)
{
	dprintf(STDERR_FILENO, "# the stream is wrong: %s\n", what);
	vproc_show_event(event);
	return -1;
}

static void remove_at(struct replay *replay, unsigned int at)
{
	replay->count--;
	memmove(&replay->regions[at], &replay->regions[at + 1],
		(replay->count - at) * sizeof(replay->regions[0]));
}

static int insert_at(struct replay *replay, unsigned int at,
		     const struct replay_region *region)
{
	if (replay->count == VPROC_MAP_REGIONS)
		return -1;
	memmove(&replay->regions[at + 1], &replay->regions[at],
		(replay->count - at) * sizeof(replay->regions[0]));
	replay->regions[at] = *region;
	replay->count++;
	return 0;
}

/* Leave nothing in [start, end); return where a region there would be. */
static int carve(struct replay *replay, __u64 start, __u64 end)
{
	unsigned int i = 0;

	while (i < replay->count && replay->regions[i].end <= start)
		i++;
	while (i < replay->count && replay->regions[i].start < end) {
		struct replay_region *region = &replay->regions[i];
		struct replay_region tail = *region;

		tail.start = end;
		tail.offset += end - region->start;
		if (region->start >= start)
			remove_at(replay, i);
		else
			replay->regions[i++].end = start;
		if (tail.end > end) {
			if (insert_at(replay, i, &tail))
				return -1;
			break;
		}
	}
	return i;
}

static int apply_set(struct replay *replay, const struct vproc_event *event)
{
	const struct replay_region region = {
		.start = event->start,
		.end = event->end,
		.offset = event->offset,
		.file = event->file,
		.type = event->type,
		.perm = event->perm,
	};
	int at;

	if (event->start >= event->end)
		return complain(event, "an empty range");
	if (event->type == VPROC_TYPE_NONE || event->type >= VPROC_NR_TYPES)
		return complain(event, "no such type");
	at = carve(replay, event->start, event->end);
	if (at < 0 || insert_at(replay, at, &region))
		return complain(event, "more regions than the test has room for");
	return 0;
}

static int apply_clear(struct replay *replay, const struct vproc_event *event)
{
	if (event->start >= event->end)
		return complain(event, "an empty range");
	if (carve(replay, event->start, event->end) < 0)
		return complain(event, "more regions than the test has room for");
	return 0;
}

static int check_number(struct replay *replay, const struct vproc_event *event)
{
	const bool is_attach = event->op == VPROC_EV_ATTACH;
	const bool is_first = event->seq == 1;
	__u64 expected = replay->seq + 1;

	if (event->op == VPROC_EV_LOST) {
		if (!event->start)
			return complain(event, "nothing was lost");
		expected = replay->seq + event->start;
		replay->lost += event->start;
	}
	if (event->seq != expected)
		return complain(event, "a number is out of sequence");
	if (event->cause >= VPROC_NR_CAUSES)
		return complain(event, "no such cause");
	/* It may be the one that has been lost. */
	if (event->op != VPROC_EV_LOST && is_attach != is_first)
		return complain(event, "a stream begins with ATTACH, once");
	return 0;
}

static int apply(struct replay *replay, const struct vproc_event *event)
{
	if (replay->end.op)
		return complain(event, "an event after END");
	if (check_number(replay, event))
		return -1;
	replay->seq = event->seq;
	replay->last[event->seq % REPLAY_LAST] = *event;
	if (event->op && event->op <= VPROC_EV_END)
		replay->ops[event->op]++;

	switch (event->op) {
	case VPROC_EV_SET:
		return apply_set(replay, event);
	case VPROC_EV_CLEAR:
		return apply_clear(replay, event);
	case VPROC_EV_LAYOUT:
		replay->start_brk = event->start;
		replay->brk = event->end;
		replay->start_stack = event->offset;
		return 0;
	case VPROC_EV_EXEC:
		replay->count = 0;
		return 0;
	case VPROC_EV_END:
		replay->end = *event;
		return 0;
	case VPROC_EV_ATTACH:
	case VPROC_EV_FORK:
	case VPROC_EV_RESYNC:
	case VPROC_EV_LOST:
		return 0;
	}
	return complain(event, "no such event");
}

static int fill(struct replay *replay, int fd, bool wait)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	ssize_t got;

	if (!wait && (poll(&pollfd, 1, 0) <= 0 || !(pollfd.revents & POLLIN)))
		return 0;
	got = read(fd, replay->unread, sizeof(replay->unread));
	if (got < 0 || got % sizeof(replay->unread[0])) {
		dprintf(STDERR_FILENO, "# read: %zd, errno %d\n", got, errno);
		return -1;
	}
	replay->next = 0;
	replay->filled = got / sizeof(replay->unread[0]);
	return replay->filled != 0;
}

int replay_next(struct replay *replay, int fd, struct vproc_event *event,
		bool wait)
{
	if (replay->next == replay->filled) {
		int ret = fill(replay, fd, wait);

		if (ret <= 0)
			return ret;
	}
	*event = replay->unread[replay->next++];
	return apply(replay, event) ? -1 : 1;
}

int replay_await(struct replay *replay, int fd, enum vproc_event_op op,
		 struct vproc_event *event)
{
	int ret;

	do {
		ret = replay_next(replay, fd, event, true);
	} while (ret > 0 && event->op != op);
	return ret;
}

int replay_drain(struct replay *replay, int fd)
{
	struct vproc_event event;
	int ret;

	do {
		ret = replay_next(replay, fd, &event, false);
	} while (ret > 0);
	return ret;
}

int replay_until(struct replay *replay, int fd, __u64 seq)
{
	struct vproc_event event;

	while (replay->seq < seq) {
		int ret = replay_next(replay, fd, &event, false);

		if (ret > 0)
			continue;
		if (!ret)
			dprintf(STDERR_FILENO,
				"# the state is at %llu, but the stream stops at %llu\n",
				(unsigned long long)seq,
				(unsigned long long)replay->seq);
		return -1;
	}
	return 0;
}

static bool region_differs(const struct replay_region *replayed,
			   const struct vproc_region *region)
{
	const bool has_file = region->inode || region->dev_major ||
			      region->dev_minor;
	const bool type_by_place = region->type == VPROC_TYPE_STACK ||
				   region->type == VPROC_TYPE_HEAP;

	return replayed->start != region->start ||
	       replayed->end != region->end ||
	       replayed->perm != region->perm ||
	       replayed->file != region->file ||
	       (has_file && replayed->offset != region->offset) ||
	       (!type_by_place && replayed->type != region->type);
}

static void show_pair(const struct replay_region *replayed,
		      const struct vproc_region *region)
{
	if (replayed)
		dprintf(STDERR_FILENO,
			"# replay %llx-%llx offset %llx file %u perm %x type %u\n",
			(unsigned long long)replayed->start,
			(unsigned long long)replayed->end,
			(unsigned long long)replayed->offset, replayed->file,
			replayed->perm, replayed->type);
	if (region)
		dprintf(STDERR_FILENO,
			"# vproc  %llx-%llx offset %llx file %u perm %x type %u\n",
			(unsigned long long)region->start,
			(unsigned long long)region->end,
			(unsigned long long)region->offset, region->file,
			region->perm, region->type);
}

static int compare_layout(const struct replay *replay,
			  const struct vproc_regions *head)
{
	if (replay->start_brk == head->start_brk && replay->brk == head->brk &&
	    replay->start_stack == head->start_stack)
		return 0;
	dprintf(STDERR_FILENO,
		"# replay: heap %llx-%llx stack %llx; vproc: heap %llx-%llx stack %llx\n",
		(unsigned long long)replay->start_brk,
		(unsigned long long)replay->brk,
		(unsigned long long)replay->start_stack,
		(unsigned long long)head->start_brk,
		(unsigned long long)head->brk,
		(unsigned long long)head->start_stack);
	return 1;
}

int replay_compare(const struct replay *replay, const struct vproc_map *map)
{
	unsigned int i = 0, j = 0;
	int differences = compare_layout(replay, &map->head);

	while (i < replay->count || j < map->head.count) {
		const struct replay_region *replayed = NULL;
		const struct vproc_region *region = NULL;

		if (i < replay->count)
			replayed = &replay->regions[i];
		if (j < map->head.count)
			region = &map->regions[j];
		/* The vsyscall page is no region of the address space. */
		if (region && region->name == VPROC_NAME_VSYSCALL) {
			j++;
			continue;
		}
		if (replayed && region && replayed->start < region->start)
			region = NULL;
		else if (replayed && region && region->start < replayed->start)
			replayed = NULL;
		if (!replayed || !region || region_differs(replayed, region)) {
			show_pair(replayed, region);
			differences++;
		}
		i += !!replayed;
		j += !!region;
	}
	return differences;
}

int replay_check(struct replay *replay, int fd)
{
	static struct vproc_map map;
	int differences;

	if (vproc_read_map(fd, &map) || replay_until(replay, fd, map.head.seq))
		return -1;
	differences = replay_compare(replay, &map);
	if (differences)
		replay_show_last(replay);
	return differences;
}

int replay_check_all(struct replay *replay, int fd, pid_t pid)
{
	int differences = replay_check(replay, fd);

	return differences ? differences : vproc_check(fd, pid);
}

void replay_show_last(const struct replay *replay)
{
	__u64 seq = replay->seq > REPLAY_LAST ? replay->seq - REPLAY_LAST : 0;

	while (++seq <= replay->seq) {
		const struct vproc_event *event;

		event = &replay->last[seq % REPLAY_LAST];
		if (event->seq == seq)
			vproc_show_event(event);
	}
}
