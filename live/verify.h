/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_VERIFY_H
#define _VPROC_LIVE_VERIFY_H

#include "live/tracker.h"

void vproc_verify_compare(struct vproc_tracker *tracker, struct mm_struct *mm,
			  struct vproc_verify *result);
int vproc_verify(struct vproc_tracker *tracker, struct vproc_verify *result);

#endif /* _VPROC_LIVE_VERIFY_H */
