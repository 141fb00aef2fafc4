/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_HOOKS_H
#define _VPROC_LIVE_HOOKS_H

#include <linux/types.h>

struct mmu_interval_notifier_ops;
struct vproc_bind;
struct vproc_follow;

extern const struct mmu_interval_notifier_ops vproc_notifier_ops;

int vproc_hooks_get(void);
void vproc_hooks_put(void);
void vproc_hooks_exit(void);
u32 vproc_hooks_armed(void);
u32 vproc_hooks_missing(void);
unsigned long vproc_hooks_nmissed(void);

void vproc_hooks_publish_bind(struct vproc_bind *bind);
void vproc_hooks_hide_bind(struct vproc_bind *bind);
void vproc_hooks_publish_follow(struct vproc_follow *follow);
bool vproc_hooks_hide_follow(struct vproc_follow *follow);

#endif /* _VPROC_LIVE_HOOKS_H */
