/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_LETGO_H
#define _VPROC_LIVE_LETGO_H

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/mutex.h>

struct path;

/**
 * struct vproc_letgo - paths of deleted files that are to be let go of
 * @lock: who lets go of them; nothing else is locked by who takes it
 * @paths: those that nobody does yet
 * @nr: those, and the one that somebody does
 */
struct vproc_letgo {
	struct mutex lock;	/* who lets go */
	struct llist_head paths;
	atomic_t nr;
};

void vproc_letgo_init(struct vproc_letgo *letgo);
void vproc_letgo_add(struct vproc_letgo *letgo, const struct path *path);
void vproc_letgo_all(struct vproc_letgo *letgo);

/**
 * vproc_letgo_now - let go of all that was added, and wait for who does so already
 * @letgo: the paths
 *
 * Context: may sleep, as long as it takes a file system to free what the files had.
 * No lock of an mm or of a space is held.
 */
static inline void vproc_letgo_now(struct vproc_letgo *letgo)
{
	/* Pairs with the release in vproc_letgo_all(): what is gone is free. */
	if (atomic_read_acquire(&letgo->nr))
		vproc_letgo_all(letgo);
}

#endif /* _VPROC_LIVE_LETGO_H */
