// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of the regions that events are about.
 */
#include "eventname.h"

/* Names kept in a cache; then it starts afresh. */
#define MAX_NAMES	1024

const char *event_place_name(__u32 id)
{
	switch (id) {
	case VPROC_NAME_HEAP:
		return "[heap]";
	case VPROC_NAME_STACK:
		return "[stack]";
	}
	return "";
}

const char *event_name(const struct vproc_event *event,
		       const struct vproc_event *layout,
		       const struct vproc_session *session,
		       struct names *names, int fd)
{
	const char *name;

	if (event->op != VPROC_EV_SET)
		return "";
	if (event->file == VPROC_NAME_NONE)
		return event_place_name(vproc_session_place(session, layout,
							    event));
	if (names->count >= MAX_NAMES)
		names_clear(names);
	name = names_find(names, fd, event->file);
	return name ? name : "?";
}
