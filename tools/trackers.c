// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the events of a family of trackers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "trackers.h"

/* So many events of one tracker are read before it is the others' turn. */
#define BATCH		256

/* How soon to try again where children could not be opened. */
#define RETRY_MS	20

static int make_room(struct trackers *trackers)
{
	size_t room = 2 * trackers->room + 16;
	struct tracker **list;
	struct pollfd *polls;

	if (trackers->count < trackers->room)
		return 0;
	list = reallocarray(trackers->list, room, sizeof(*list));
	if (!list)
		return -1;
	trackers->list = list;
	polls = reallocarray(trackers->polls, room, sizeof(*polls));
	if (!polls)
		return -1;
	trackers->polls = polls;
	trackers->room = room;
	return 0;
}

int trackers_add(struct trackers *trackers, int fd)
{
	struct tracker *tracker;

	if (make_room(trackers))
		return -1;
	tracker = calloc(1, sizeof(*tracker));
	if (!tracker)
		return -1;
	tracker->fd = fd;
	trackers->list[trackers->count++] = tracker;
	return 0;
}

static void close_tracker(struct trackers *trackers, struct tracker *tracker)
{
	if (trackers->closing)
		trackers->closing(tracker, trackers->context);
	close(tracker->fd);
	free(tracker);
}

/* Opens all children that wait; keeps the others for the next time. */
static int open_children(struct trackers *trackers, struct tracker *parent)
{
	struct vproc_open_child child = { .flags = O_CLOEXEC | O_NONBLOCK };

	while (!ioctl(parent->fd, VPROC_OPEN_CHILD, &child)) {
		if (trackers_add(trackers, child.fd)) {
			close(child.fd);
			return -1;
		}
		child.id = 0;
	}
	if (errno == EMFILE || errno == ENFILE)
		return 0;
	if (errno != ENOENT)
		return -1;
	parent->has_children = false;
	return 0;
}

static void note_event(struct tracker *tracker, const struct vproc_event *event)
{
	tracker->seq = event->seq;
	switch (event->op) {
	case VPROC_EV_ATTACH:
		tracker->pid = event->end;
		break;
	case VPROC_EV_FORK:
	case VPROC_EV_LOST:
	case VPROC_EV_END:
		tracker->has_children = true;
		break;
	}
}

static int read_events(struct trackers *trackers, struct tracker *tracker)
{
	struct vproc_event events[BATCH];
	ssize_t i, got;
	int ret = 0;

	got = read(tracker->fd, events, sizeof(events));
	if (got < 0)
		return errno == EAGAIN ? 0 : -1;
	tracker->ended = !got;
	for (i = 0; i < got / (ssize_t)sizeof(events[0]) && !ret; i++) {
		ret = trackers->event(tracker, &events[i], trackers->context);
		note_event(tracker, &events[i]);
	}
	return ret;
}

/* Fills in what to poll for; returns for how long. */
static int prepare_poll(struct trackers *trackers, int timeout_ms)
{
	size_t i;

	for (i = 0; i < trackers->count; i++) {
		struct tracker *tracker = trackers->list[i];

		/* One that has ended would be ready for ever. */
		trackers->polls[i] = (struct pollfd) {
			.fd = tracker->ended ? -1 : tracker->fd,
			.events = POLLIN,
		};
		if (tracker->has_children &&
		    (timeout_ms < 0 || timeout_ms > RETRY_MS))
			timeout_ms = RETRY_MS;
	}
	return timeout_ms;
}

static void close_ended(struct trackers *trackers)
{
	size_t i, kept = 0;

	for (i = 0; i < trackers->count; i++) {
		struct tracker *tracker = trackers->list[i];

		if (tracker->ended && !tracker->has_children)
			close_tracker(trackers, tracker);
		else
			trackers->list[kept++] = tracker;
	}
	trackers->count = kept;
}

int trackers_run(struct trackers *trackers, int timeout_ms)
{
	size_t i, count = trackers->count;
	int ret = 0;

	timeout_ms = prepare_poll(trackers, timeout_ms);
	if (poll(trackers->polls, count, timeout_ms) < 0)
		return -1;

	/* Children come after these; their turn is the next time. */
	for (i = 0; i < count && !ret; i++) {
		struct tracker *tracker = trackers->list[i];

		if (trackers->polls[i].revents)
			ret = read_events(trackers, tracker);
		if (!ret && tracker->has_children)
			ret = open_children(trackers, tracker);
	}
	close_ended(trackers);
	return ret;
}

void trackers_raise_limit(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void trackers_close(struct trackers *trackers)
{
	size_t i;

	for (i = 0; i < trackers->count; i++)
		close_tracker(trackers, trackers->list[i]);
	free(trackers->list);
	free(trackers->polls);
	trackers->list = NULL;
	trackers->polls = NULL;
	trackers->count = 0;
	trackers->room = 0;
}
