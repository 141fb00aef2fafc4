/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_EVENTOBJECT_H
#define _TOOLS_EVENTOBJECT_H

#include "output.h"
#include "sites.h"
#include "vproc_mem.h"

/*
 * An event as keys of @object: @seconds is when it happened, @pid and @id are of
 * the process, and @name is that of the region, if the event is a SET.
 */
void event_to_object(struct json_object *object,
		     const struct vproc_event *event, double seconds, int pid,
		     __u64 id, const char *name);

/* Where it was called: the same object with "site", which is null at first. */
void event_object_add_site(struct json_object *object, struct sites *sites,
			   size_t site);

/* Such an object as a line. */
void event_object_print(FILE *out, const struct json_object *object,
			const void *context);

#endif /* _TOOLS_EVENTOBJECT_H */
