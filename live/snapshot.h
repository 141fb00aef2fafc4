/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_SNAPSHOT_H
#define _VPROC_LIVE_SNAPSHOT_H

#include <linux/types.h>

#include "vproc_mem.h"

struct vproc_tracker;

/**
 * struct vproc_snapshot - all regions as user space sees them, in order
 * @regions: the regions, the vsyscall page not included; NULL: there is none yet
 * @nr: how many
 * @room: how many fit
 * @seq: number of the state that they are of
 * @forked: vproc_tracker.forked as of then
 * @missed: look-ups that it would have served since, had it been current
 *
 * Protected by the space's lock.
 */
struct vproc_snapshot {
	struct vproc_region *regions;
	unsigned long nr;
	unsigned long room;
	u64 seq;
	u64 forked;
	unsigned long missed;
};

bool vproc_snapshot_is_current(const struct vproc_tracker *tracker);
bool vproc_snapshot_serves(struct vproc_tracker *tracker, u32 nr);
bool vproc_snapshot_update(struct vproc_tracker *tracker);
unsigned long vproc_snapshot_find(const struct vproc_snapshot *snapshot,
				  u64 addr);
void vproc_snapshot_free(struct vproc_snapshot *snapshot);

#endif /* _VPROC_LIVE_SNAPSHOT_H */
