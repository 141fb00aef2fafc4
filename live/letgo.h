/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_LETGO_H
#define _VPROC_LIVE_LETGO_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>

struct path;

/**
 * struct vproc_letgo - paths of deleted files that are to be let go of
 * @refs: the table of files, and @work if it is queued
 * @lock: who lets go of them
 * @paths: those that nobody does yet
 * @nr: those, and the one that somebody does
 * @work: lets go of them, if nobody else does
 */
struct vproc_letgo {
	refcount_t refs;
	struct mutex lock;	/* who lets go */
	struct llist_head paths;
	atomic_t nr;
	struct work_struct work;
};

struct vproc_letgo *vproc_letgo_new(void);
void vproc_letgo_put(struct vproc_letgo *letgo);
void vproc_letgo_add(struct vproc_letgo *letgo, const struct path *path);
void vproc_letgo_all(struct vproc_letgo *letgo);

/**
 * vproc_letgo_now - let go of all that was added, and wait for who does so already
 * @letgo: the paths
 *
 * For the process that has deleted the files, and would itself free what they had if
 * nobody looked on. All others must not wait for a file system of its choice.
 *
 * Context: may sleep, as long as it takes the file system. No lock is held.
 */
static inline void vproc_letgo_now(struct vproc_letgo *letgo)
{
	/* Pairs with the release in vproc_letgo_all(): what is gone is free. */
	if (atomic_read_acquire(&letgo->nr))
		vproc_letgo_all(letgo);
}

#endif /* _VPROC_LIVE_LETGO_H */
