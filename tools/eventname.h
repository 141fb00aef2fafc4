/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_EVENTNAME_H
#define _TOOLS_EVENTNAME_H

#include "lib/vproc.h"
#include "names.h"

/*
 * The name of the region that an event of the tracker @fd sets, as
 * /proc/PID/maps prints it: "" if it has none or none is set, "?" if it is not
 * known any more. @layout is the last LAYOUT event before it. Valid until the
 * next call.
 */
const char *event_name(const struct vproc_event *event,
		       const struct vproc_event *layout,
		       const struct vproc_session *session,
		       struct names *names, int fd);

/* The name that follows from a place, VPROC_NAME_HEAP or _STACK; else "". */
const char *event_place_name(__u32 id);

#endif /* _TOOLS_EVENTNAME_H */
