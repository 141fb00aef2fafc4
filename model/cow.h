/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_COW_H
#define _VPROC_MODEL_COW_H

#include <linux/refcount.h>
#include <linux/xarray.h>

/**
 * struct vproc_page - a page of private memory that exists
 * @refs: how many models have it; whoever writes to it with more than one takes
 *	a page of its own
 * @number: different for each page while the module is loaded
 *
 * The models that share a page are locked apart: it has no lock, and nothing
 * but its count changes.
 */
struct vproc_page {
	refcount_t refs;
	u64 number;
};

/**
 * struct vproc_pages - the private pages of a model that exist
 * @tree: the pages, by address >> PAGE_SHIFT
 * @nr: how many
 *
 * Protected by the space's lock.
 */
struct vproc_pages {
	struct xarray tree;
	unsigned long nr;
};

void vproc_pages_init(struct vproc_pages *pages);
void vproc_pages_destroy(struct vproc_pages *pages);

int vproc_pages_write(struct vproc_pages *pages, unsigned long addr);
void vproc_pages_drop(struct vproc_pages *pages, unsigned long start,
		      unsigned long end);
int vproc_pages_share(struct vproc_pages *pages, struct vproc_pages *from);
const struct vproc_page *vproc_pages_find(struct vproc_pages *pages,
					  unsigned long addr);

int vproc_pages_reserve(struct vproc_pages *pages, unsigned long from,
			unsigned long size, unsigned long to);
void vproc_pages_release(struct vproc_pages *pages, unsigned long to,
			 unsigned long size);
void vproc_pages_move(struct vproc_pages *pages, unsigned long from,
		      unsigned long size, unsigned long to);

#endif /* _VPROC_MODEL_COW_H */
