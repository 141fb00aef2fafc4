// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of the regions that events are about.
 */
#include "eventname.h"

/* Names kept in a cache; then it starts afresh. */
#define MAX_NAMES	1024

__u32 event_place(const struct vproc_event *event,
		  const struct vproc_event *layout,
		  const struct vproc_session *session)
{
	if (event->op != VPROC_EV_SET || event->file != VPROC_NAME_NONE)
		return VPROC_NAME_NONE;
	/* The LAYOUT of a brk() follows what it sets. */
	if (event->cause == VPROC_CAUSE_BRK)
		return VPROC_NAME_HEAP;
	return vproc_session_place(session, layout, event);
}

struct vproc_event event_in_place(const struct vproc_event *event, __u32 place)
{
	struct vproc_event shown = *event;

	if (place == VPROC_NAME_HEAP)
		shown.type = VPROC_TYPE_HEAP;
	else if (place == VPROC_NAME_STACK)
		shown.type = VPROC_TYPE_STACK;
	return shown;
}

const char *event_place_name(__u32 place)
{
	switch (place) {
	case VPROC_NAME_HEAP:
		return "[heap]";
	case VPROC_NAME_STACK:
		return "[stack]";
	}
	return "";
}

const char *event_name(const struct vproc_event *event, __u32 place,
		       struct names *names, int fd)
{
	const char *name;

	if (event->op != VPROC_EV_SET)
		return "";
	if (event->file == VPROC_NAME_NONE)
		return event_place_name(place);
	if (names->count >= MAX_NAMES)
		names_clear(names);
	name = names_find(names, fd, event->file);
	return name ? name : "?";
}
