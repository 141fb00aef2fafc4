/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_NAMES_H
#define _LIB_NAMES_H

#include "vproc.h"

struct vproc_names_entry;

/**
 * struct vproc_names - what was known of the name ids of a tracker, and when
 * @entries: one for each id, in the order of ids
 * @count: how many
 * @room: how many there is room for
 */
struct vproc_names {
	struct vproc_names_entry *entries;
	size_t count;
	size_t room;
};

/* Return 0, or -1 and errno: EINVAL: an id that stands for a place. */
int vproc_names_add(struct vproc_names *names, const struct vproc_name *name);
const struct vproc_name *vproc_names_find(const struct vproc_names *names,
					  __u64 id, __u64 seq);
void vproc_names_clear(struct vproc_names *names);

#endif /* _LIB_NAMES_H */
