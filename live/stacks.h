/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_STACKS_H
#define _VPROC_LIVE_STACKS_H

#include <linux/types.h>
#include <linux/xarray.h>

struct vproc_stack_seen;
struct vproc_stacks;
struct vproc_thread;
struct vproc_tracker;

/* Stacks of a tracker whose depth is kept; a process with more starts anew. */
#define VPROC_STACKS_SEEN	4096U

/**
 * struct vproc_stacks_seen - how deep the stacks of a process were seen
 * @by_top: struct vproc_stack_seen, by the page that the stack ends at
 * @nr: how many
 * @last: the one that was seen last, or NULL
 *
 * Protected by the space's lock.
 */
struct vproc_stacks_seen {
	struct xarray by_top;
	unsigned int nr;
	struct vproc_stack_seen *last;
};

void vproc_stacks_init(struct vproc_stacks_seen *stacks);
void vproc_stacks_forget(struct vproc_stacks_seen *stacks);
void vproc_stacks_note(struct vproc_tracker *tracker, u32 tid, u64 sp);

int vproc_stacks_query(struct vproc_tracker *tracker,
		       struct vproc_stacks *stacks,
		       struct vproc_thread **array);

#endif /* _VPROC_LIVE_STACKS_H */
