// SPDX-License-Identifier: GPL-2.0-only
/*
 * Letting go of deleted files.
 *
 * What a deleted file has is freed with its last path, which takes its time, and may wait
 * for whoever serves its file system: not while the space's lock is held, and not in the
 * name of a reader. A worker does it, unless a task of the process comes first, which
 * lets go of all, or waits for who is at it: so what its system call has freed
 * is free when that returns.
 */
#include <linux/path.h>
#include <linux/slab.h>

#include "live/letgo.h"
#include "live/tracker.h"

/**
 * struct vproc_letgo_path - one of them
 * @node: in vproc_letgo.paths
 * @path: the path, with a reference
 */
struct vproc_letgo_path {
	struct llist_node node;
	struct path path;
};

static void vproc_letgo_work(struct work_struct *work)
{
	struct vproc_letgo *letgo = container_of(work, struct vproc_letgo, work);

	vproc_letgo_all(letgo);
	vproc_letgo_put(letgo);
}

/**
 * vproc_letgo_new - nothing to let go of
 *
 * Context: may sleep.
 * Return: it, with a reference for vproc_letgo_put(); NULL without memory.
 */
struct vproc_letgo *vproc_letgo_new(void)
{
	struct vproc_letgo *letgo;

	letgo = kzalloc(sizeof(*letgo), GFP_KERNEL_ACCOUNT);
	if (!letgo)
		return NULL;
	refcount_set(&letgo->refs, 1);
	mutex_init(&letgo->lock);
	init_llist_head(&letgo->paths);
	INIT_WORK(&letgo->work, vproc_letgo_work);
	return letgo;
}

/**
 * vproc_letgo_put - none is added any more
 * @letgo: the paths, of which those that are left are let go of by the worker
 *
 * Context: any.
 */
void vproc_letgo_put(struct vproc_letgo *letgo)
{
	if (refcount_dec_and_test(&letgo->refs))
		kfree(letgo);
}

/**
 * vproc_letgo_add - let go of a path before long
 * @letgo: the paths
 * @path: the path, whose reference is given; without memory it is given back at once
 *
 * Context: the space's lock is held; may sleep.
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
	refcount_inc(&letgo->refs);
	if (!queue_work(vproc_free_wq, &letgo->work))
		refcount_dec(&letgo->refs);
}

/**
 * vproc_letgo_all - the part of vproc_letgo_now() that is seldom needed
 * @letgo: the paths
 *
 * Context: as vproc_letgo_now(). If it is killed it does not wait for who is at it.
 */
void vproc_letgo_all(struct vproc_letgo *letgo)
{
	struct vproc_letgo_path *one, *next;

	if (mutex_lock_killable(&letgo->lock))
		return;
	llist_for_each_entry_safe(one, next, llist_del_all(&letgo->paths), node) {
		path_put(&one->path);
		kfree(one);
		/* Pairs with the acquire in vproc_letgo_now(). */
		atomic_dec_return_release(&letgo->nr);
	}
	mutex_unlock(&letgo->lock);
}
