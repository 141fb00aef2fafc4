/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_APPLY_H
#define _VPROC_LIVE_APPLY_H

#include "live/tracker.h"

void vproc_emit(struct vproc_tracker *tracker,
		const struct vproc_cause_info *by, struct vproc_event *event);
int vproc_apply(struct vproc_tracker *tracker);
int vproc_apply_sync(struct vproc_tracker *tracker, struct mm_struct *mm,
		     const struct vproc_cause_info *by, unsigned long start,
		     unsigned long end);
void vproc_apply_layout(struct vproc_tracker *tracker, struct mm_struct *mm,
			const struct vproc_cause_info *by, bool locked);
int vproc_resync(struct vproc_tracker *tracker, struct mm_struct *mm,
		 u8 cause);
bool vproc_is_stale(const struct vproc_tracker *tracker);
int vproc_heal(struct vproc_tracker *tracker);
int vproc_try_heal(struct vproc_tracker *tracker);
bool vproc_settle_skipped(struct vproc_tracker *tracker);

int vproc_tracker_lock(struct vproc_tracker *tracker);
void vproc_tracker_unlock(struct vproc_tracker *tracker);
struct mm_struct *vproc_tracker_mm(struct vproc_tracker *tracker);
bool vproc_counts_match(struct vproc_tracker *tracker, struct mm_struct *mm);

#endif /* _VPROC_LIVE_APPLY_H */
