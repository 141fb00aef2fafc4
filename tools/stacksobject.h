/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_STACKSOBJECT_H
#define _TOOLS_STACKSOBJECT_H

#include <sys/types.h>

#include "output.h"
#include "sizes.h"

/*
 * The stacks of the threads of the tracker @fd, of process @pid, as keys of
 * @object. Returns 0, or -1 with errno set.
 */
int stacks_to_object(struct json_object *object, int fd, pid_t pid);

/* Such an object as lines; with bars, if @out is a terminal. */
void stacks_object_print(FILE *out, const struct json_object *object,
			 const struct sizes *sizes);

#endif /* _TOOLS_STACKSOBJECT_H */
