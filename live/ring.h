/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_RING_H
#define _VPROC_LIVE_RING_H

#include "vproc_mem.h"

struct page;
struct vm_area_struct;
struct vproc_tracker;

/**
 * struct vproc_ring_pages - the memory of a ring
 * @head: the first page
 * @slots: the events
 * @mask: slots - 1
 * @nr: pages
 * @pages: the pages
 */
struct vproc_ring_pages {
	struct vproc_ring *head;
	struct vproc_event *slots;
	u32 mask;
	unsigned int nr;
	struct page *pages[];
};

void vproc_ring_free(struct vproc_ring_pages *ring);
void vproc_ring_put(struct vproc_ring_pages *ring,
		    const struct vproc_event *event);
int vproc_ring_mmap(struct vproc_tracker *tracker, struct vm_area_struct *vma);

#endif /* _VPROC_LIVE_RING_H */
