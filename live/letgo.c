// SPDX-License-Identifier: GPL-2.0-only
/*
 * Letting go of deleted files.
 *
 * What a deleted file has is freed with its last path, which takes its time: not while
 * the space's lock is held. It is done by who has applied the record that ended its last
 * region; a task that comes to apply it later, and finds it applied, waits for
 * that one, so that what its system call has freed is free when it returns.
 */
#include <linux/path.h>
#include <linux/slab.h>

#include "live/letgo.h"

/**
 * struct vproc_letgo_path - one of them
 * @node: in vproc_letgo.paths
 * @path: the path, with a reference
 */
struct vproc_letgo_path {
	struct llist_node node;
	struct path path;
};

/**
 * vproc_letgo_init - nothing to let go of
 * @letgo: the paths
 */
void vproc_letgo_init(struct vproc_letgo *letgo)
{
	mutex_init(&letgo->lock);
	init_llist_head(&letgo->paths);
	atomic_set(&letgo->nr, 0);
}

/**
 * vproc_letgo_add - let go of a path before long
 * @letgo: the paths
 * @path: the path, whose reference is given; without memory it is given back at once
 *
 * Context: the space's lock is held. Who holds it calls vproc_letgo_now() once
 * all locks are released.
 */
void vproc_letgo_add(struct vproc_letgo *letgo, const struct path *path)
{
	struct vproc_letgo_path *one = kmalloc(sizeof(*one), GFP_KERNEL);

	if (!one) {
		path_put(path);
		return;
	}
	one->path = *path;
	atomic_inc(&letgo->nr);
	llist_add(&one->node, &letgo->paths);
}

/**
 * vproc_letgo_all - the part of vproc_letgo_now() that is seldom needed
 * @letgo: the paths
 *
 * Context: as vproc_letgo_now().
 */
void vproc_letgo_all(struct vproc_letgo *letgo)
{
	struct vproc_letgo_path *one, *next;

	mutex_lock(&letgo->lock);
	llist_for_each_entry_safe(one, next, llist_del_all(&letgo->paths), node) {
		path_put(&one->path);
		kfree(one);
		/* Pairs with the acquire in vproc_letgo_now(). */
		atomic_dec_return_release(&letgo->nr);
	}
	mutex_unlock(&letgo->lock);
}
