/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_STATOBJECT_H
#define _TOOLS_STATOBJECT_H

#include "output.h"
#include "sizes.h"
#include "tally.h"
#include "vproc_mem.h"

/*
 * The figures of the tracker @fd, whose events so far are in @tally, as keys of
 * @object. Returns 0, or -1 with errno set.
 */
int stat_to_object(struct json_object *object, int fd,
		   const struct tally *tally);

/* The part of them that is about regions, which a model has, too. */
void space_to_object(struct json_object *object,
		     const struct vproc_stats *stats);

/* Such objects as lines. */
void stat_object_print(FILE *out, const struct json_object *object,
		       const struct sizes *sizes);
void space_object_print(FILE *out, const struct json_object *object,
			const struct sizes *sizes);

#endif /* _TOOLS_STATOBJECT_H */
