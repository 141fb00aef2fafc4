/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_MODEL_HEAP_H
#define _VPROC_MODEL_HEAP_H

#include <linux/types.h>

struct vproc_model;

/**
 * struct vproc_heap_state - the heap of an address space
 * @start: where it starts
 * @brk: the break, not rounded to a page
 * @peak: the highest break so far
 * @grows: times the break rose
 * @shrinks: times it fell
 * @touching: whether regions that only touch the heap bear its name, too
 */
struct vproc_heap_state {
	unsigned long start;
	unsigned long brk;
	unsigned long peak;
	u64 grows;
	u64 shrinks;
	bool touching;
};

/**
 * vproc_heap_names - does /proc/PID/maps call a region [heap]?
 * @heap: the heap
 * @start: first address of an anonymous region
 * @end: first address after it
 *
 * Linux asked for a common boundary only until 6.5, and asks for a common byte
 * since; see vma_is_initial_heap().
 *
 * Return: true if it does.
 */
static inline bool vproc_heap_names(const struct vproc_heap_state *heap,
				    unsigned long start, unsigned long end)
{
	if (heap->touching)
		return start <= heap->brk && end >= heap->start;
	return start < heap->brk && end > heap->start;
}

void vproc_heap_init(struct vproc_heap_state *heap, unsigned long start,
		     unsigned long brk, bool touching);
bool vproc_heap_moved(struct vproc_heap_state *heap, unsigned long start,
		      unsigned long brk);
int vproc_model_brk(struct vproc_model *model, unsigned long brk);
int vproc_model_grow_heap(struct vproc_model *model, unsigned long increment);

#endif /* _VPROC_MODEL_HEAP_H */
