// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of events that user space maps: written by apply, read without a
 * system call. See struct vproc_ring for the protocol.
 *
 * The mapping is read-only, and nothing is read back from it.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "live/compat.h"
#include "live/ring.h"
#include "live/tracker.h"

/**
 * vproc_ring_free - free a ring
 * @ring: the ring, of which no mapping is left: each holds the file; or NULL
 *
 * Context: may sleep.
 */
void vproc_ring_free(struct vproc_ring_pages *ring)
{
	unsigned int i;

	if (!ring)
		return;
	vunmap(ring->head);
	for (i = 0; i < ring->nr; i++)
		put_page(ring->pages[i]);
	kvfree(ring);
}

static unsigned int vproc_ring_size(u32 slots)
{
	return 1 + PFN_UP(array_size(slots, sizeof(struct vproc_event)));
}

static struct vproc_ring_pages *vproc_ring_new(u32 slots, u64 seq)
{
	unsigned int nr = vproc_ring_size(slots);
	struct vproc_ring_pages *ring;
	struct page *page;

	ring = kvzalloc(struct_size(ring, pages, nr), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return NULL;
	while (ring->nr < nr) {
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO |
				  __GFP_NOWARN);
		if (!page)
			goto free;
		ring->pages[ring->nr++] = page;
	}
	ring->head = vmap(ring->pages, nr, VM_MAP, PAGE_KERNEL);
	if (!ring->head)
		goto free;
	ring->slots = (void *)ring->head + PAGE_SIZE;
	ring->mask = slots - 1;
	ring->head->version = VPROC_RING_VERSION;
	ring->head->offset = PAGE_SIZE;
	ring->head->slots = slots;
	ring->head->writing = seq;
	ring->head->head = seq;
	return ring;
free:
	vproc_ring_free(ring);
	return NULL;
}

/**
 * vproc_ring_put - write an event
 * @ring: the ring
 * @event: the event, with its number
 *
 * Context: the space's lock is held.
 */
void vproc_ring_put(struct vproc_ring_pages *ring,
		    const struct vproc_event *event)
{
	WRITE_ONCE(ring->head->writing, event->seq);
	/* Who copies a part of what follows shall find that out. */
	smp_wmb();
	memcpy(&ring->slots[event->seq & ring->mask], event, sizeof(*event));
	/* Pairs with the acquire of the reader, which struct vproc_ring wants. */
	smp_store_release(&ring->head->head, event->seq);
}

/**
 * vproc_ring_mmap - map the ring of a tracker
 * @tracker: the tracker, which the mapping's file keeps
 * @vma: where
 *
 * Context: the mmap_lock of the caller is held for writing; may sleep.
 * Return: 0; -EINVAL: private, or more than there is; -EACCES: writable;
 * -ERESTARTSYS: a signal; -ENOMEM.
 */
int vproc_ring_mmap(struct vproc_tracker *tracker, struct vm_area_struct *vma)
{
	struct vproc_ring_pages *ring;

	if (!(vma->vm_flags & VM_SHARED) && !(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EACCES;
	/* Before there is a ring, which would stay. */
	if (vma->vm_pgoff + vma_pages(vma) > vproc_ring_size(tracker->ring))
		return -EINVAL;

	if (mutex_lock_interruptible(&tracker->space.lock))
		return -ERESTARTSYS;
	ring = tracker->ring_pages;
	if (!ring) {
		ring = vproc_ring_new(tracker->ring, tracker->events.seq);
		/* The hooks look at it without the lock. */
		WRITE_ONCE(tracker->ring_pages, ring);
	}
	mutex_unlock(&tracker->space.lock);
	if (!ring)
		return -ENOMEM;

	vproc_vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	return vm_map_pages(vma, ring->pages, ring->nr);
}
