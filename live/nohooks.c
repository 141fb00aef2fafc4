// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands in for the hooks on a kernel that was configured without what they
 * need: no process can be tracked, and all else is as ever.
 */
#include <linux/errno.h>
#include <linux/kconfig.h>

#include "live/compat.h"
#include "live/hooks.h"
#include "vproc_mem.h"

const struct mmu_interval_notifier_ops vproc_notifier_ops;

int vproc_hooks_get(void)
{
	return -EOPNOTSUPP;
}

void vproc_hooks_put(void)
{
}

void vproc_hooks_exit(void)
{
}

u32 vproc_hooks_armed(void)
{
	return 0;
}

/* Those that the kernel could have had are of no use without the others. */
u32 vproc_hooks_missing(void)
{
	u32 missing = 0;

	if (!IS_ENABLED(CONFIG_PERF_EVENTS) ||
	    !IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_ARGS))
		missing |= VPROC_HOOK_MMAP;
	if (!IS_ENABLED(CONFIG_KPROBES))
		missing |= VPROC_HOOK_SYSCALL | VPROC_HOOK_UFFD |
			   VPROC_HOOK_MADVISE;
	if (!IS_ENABLED(CONFIG_KRETPROBES))
		missing |= VPROC_HOOK_SPLIT;
	if (!IS_ENABLED(CONFIG_MMU_NOTIFIER))
		missing |= VPROC_HOOK_NOTIFIER;
	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		missing |= VPROC_HOOK_FORK | VPROC_HOOK_EXEC | VPROC_HOOK_EXIT;
	return missing;
}

unsigned long vproc_hooks_nmissed(void)
{
	return 0;
}

/* There is never a tracker that could be found by one. */

void vproc_hooks_publish_bind(struct vproc_bind *bind)
{
}

void vproc_hooks_hide_bind(struct vproc_bind *bind)
{
}

void vproc_hooks_publish_follow(struct vproc_follow *follow)
{
}

bool vproc_hooks_hide_follow(struct vproc_follow *follow)
{
	return false;
}
