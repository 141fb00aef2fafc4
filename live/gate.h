/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_GATE_H
#define _VPROC_LIVE_GATE_H

#include <linux/types.h>

struct mm_struct;
struct vproc_region;

void vproc_gate_init(void);
bool vproc_gate_of(struct mm_struct *mm);
void vproc_gate_export(struct vproc_region *region);

#endif /* _VPROC_LIVE_GATE_H */
