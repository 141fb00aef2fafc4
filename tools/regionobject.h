/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_REGIONOBJECT_H
#define _TOOLS_REGIONOBJECT_H

#include "output.h"
#include "vproc_mem.h"

/* A region, and its name as /proc/PID/maps prints it, as keys of @object. */
void region_to_object(struct json_object *object,
		      const struct vproc_region *region, const char *name);

/* Such an object as a line of /proc/PID/maps. */
void region_object_print(FILE *out, const struct json_object *object);

#endif /* _TOOLS_REGIONOBJECT_H */
