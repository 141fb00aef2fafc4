/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_SESSION_H
#define _LIB_SESSION_H

#include "vproc.h"

/**
 * struct vproc_relative - what is known by the id of a tracker
 * @id: the id
 * @parent: the id of that whose FORK event told of it; 0 without one
 * @history: its history; NULL if there is none
 * @used: this is one, and no empty place in the table
 */
struct vproc_relative {
	__u64 id;
	__u64 parent;
	struct vproc_history *history;
	bool used;
};

/**
 * struct vproc_session - histories that belong together
 * @list: the histories, in the order in which they were added
 * @count: how many
 * @relatives: a hash table by id, as there may be very many processes
 * @nr_relatives: how many are in it
 * @room: how many there is room for, a power of two, or 0
 * @touching: a region that ends where the heap begins is called [heap], too
 * @gate: the vsyscall page of this kernel
 * @has_gate: @gate is known
 */
struct vproc_session {
	struct vproc_history **list;
	size_t count;
	struct vproc_relative *relatives;
	size_t nr_relatives;
	size_t room;
	bool touching;
	struct vproc_region gate;
	bool has_gate;
};

int vproc_session_note_birth(struct vproc_session *session, __u64 child,
			     __u64 parent);
__u64 vproc_session_parent(const struct vproc_session *session, __u64 child);

#endif /* _LIB_SESSION_H */
