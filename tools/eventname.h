/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_EVENTNAME_H
#define _TOOLS_EVENTNAME_H

#include "lib/vproc.h"
#include "names.h"

/*
 * The name that follows from where the region lies that an event sets, which has
 * no file: VPROC_NAME_HEAP, _STACK or _NONE. @layout is the last LAYOUT event
 * before it.
 */
__u32 event_place(const struct vproc_event *event,
		  const struct vproc_event *layout,
		  const struct vproc_session *session);

/* The event as it is shown: its type is that of the place, too. */
struct vproc_event event_in_place(const struct vproc_event *event, __u32 place);

/* "[heap]", "[stack]" or "" */
const char *event_place_name(__u32 place);

/*
 * The name of the region that an event of the tracker @fd sets, as
 * /proc/PID/maps prints it: "" if it has none or none is set, "?" if it is not
 * known any more. Valid until the next call.
 */
const char *event_name(const struct vproc_event *event, __u32 place,
		       struct names *names, int fd);

#endif /* _TOOLS_EVENTNAME_H */
