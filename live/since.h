/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_SINCE_H
#define _VPROC_LIVE_SINCE_H

#include <linux/types.h>

struct vproc_tracker;

/**
 * struct vproc_ranges - what has changed since some state
 * @array: ranges in the order of addresses, with something between them; to be
 *	given to kvfree()
 * @nr: how many
 * @room: how many fit
 * @heap: heap or stack have moved, which gives regions other names
 */
struct vproc_ranges {
	struct vproc_range_changed {
		unsigned long start;
		unsigned long end;
	} *array;
	u32 nr;
	u32 room;
	bool heap;
};

int vproc_since(struct vproc_tracker *tracker, u64 seq,
		struct vproc_ranges *ranges);

#endif /* _VPROC_LIVE_SINCE_H */
