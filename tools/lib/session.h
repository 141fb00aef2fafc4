/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_SESSION_H
#define _LIB_SESSION_H

#include "vproc.h"

/* A FORK event told of it. */
struct vproc_birth {
	__u64 child;
	__u64 parent;
};

/**
 * struct vproc_session - histories that belong together
 * @list: the histories, in the order in which they were added
 * @count: how many
 * @births: who made whom
 * @nr_births: how many are known
 * @touching: a region that ends where the heap begins is called [heap], too
 * @gate: the vsyscall page of this kernel
 * @has_gate: @gate is known
 */
struct vproc_session {
	struct vproc_history **list;
	size_t count;
	struct vproc_birth *births;
	size_t nr_births;
	bool touching;
	struct vproc_region gate;
	bool has_gate;
};

int vproc_session_note_birth(struct vproc_session *session, __u64 child,
			     __u64 parent);
__u64 vproc_session_parent(const struct vproc_session *session, __u64 child);

#endif /* _LIB_SESSION_H */
