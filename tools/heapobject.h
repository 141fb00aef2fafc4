/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_HEAPOBJECT_H
#define _TOOLS_HEAPOBJECT_H

#include <sys/types.h>

#include "output.h"
#include "sizes.h"

/*
 * The heap of the tracker @fd, of process @pid, or of the model @fd and then 0,
 * as keys of @object. Returns 0, or -1 with errno set.
 */
int heap_to_object(struct json_object *object, int fd, pid_t pid);

/* Such an object as lines. */
void heap_object_print(FILE *out, const struct json_object *object,
		       const struct sizes *sizes);

#endif /* _TOOLS_HEAPOBJECT_H */
