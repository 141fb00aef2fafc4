// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap: its start and its break, how the break has moved, and moving it by
 * the rules of brk(2).
 */
#include <linux/mm.h>
#include <linux/mman.h>

#include "model/export.h"
#include "model/heap.h"
#include "model/map.h"
#include "model/place.h"

/**
 * vproc_heap_init - begin with a heap
 * @heap: the heap
 * @start: where it starts
 * @brk: the break
 * @touching: see struct vproc_heap_state
 */
void vproc_heap_init(struct vproc_heap_state *heap, unsigned long start,
		     unsigned long brk, bool touching)
{
	*heap = (struct vproc_heap_state) {
		.start = start,
		.brk = brk,
		.peak = brk,
		.touching = touching,
	};
}
EXPORT_SYMBOL_VPROC(vproc_heap_init);

/**
 * vproc_heap_moved - take note of where the heap is now
 * @heap: the heap
 * @start: where it starts; prctl(PR_SET_MM_START_BRK) can move it
 * @brk: the break
 *
 * Return: true if anything differs from what was known.
 */
bool vproc_heap_moved(struct vproc_heap_state *heap, unsigned long start,
		      unsigned long brk)
{
	if (heap->start == start && heap->brk == brk)
		return false;

	if (brk > heap->brk)
		heap->grows++;
	else if (brk < heap->brk)
		heap->shrinks++;
	heap->start = start;
	heap->brk = brk;
	heap->peak = max(heap->peak, brk);
	return true;
}
EXPORT_SYMBOL_VPROC(vproc_heap_moved);

/* The break goes down. Linux does so only if there is something to unmap. */
static int vproc_heap_shrink(struct vproc_model *model, unsigned long start,
			     unsigned long end)
{
	if (vproc_place_free(model, start, end))
		return -ENOMEM;
	return vproc_map_clear(model, start, end);
}

/*
 * The break goes up. One page is left free below the next region, or below its
 * guard gap. The new part is one with the heap, unless that was changed or cut
 * off, and never with what lies below the heap.
 */
static int vproc_heap_expand(struct vproc_model *model, unsigned long start,
			     unsigned long end)
{
	struct vproc_space *space = &model->space;
	struct vproc_traits traits;
	struct vproc_span span;
	struct vproc_attr *attr;
	int ret;

	if (end > model->layout.user_end)
		return -ENOMEM;
	if (vproc_space_find(space, start, &span) &&
	    end + PAGE_SIZE > vproc_place_start(&span))
		return -ENOMEM;
	if (space->nr > model->max_regions)
		return -ENOMEM;

	vproc_map_anonymous(&traits, PROT_READ | PROT_WRITE, 0);
	if (start > space->heap.start)
		return vproc_map_set(model, start, end, &traits);
	attr = vproc_attr_new(&traits);
	if (!attr)
		return -ENOMEM;
	ret = vproc_space_set(space, start, end, attr);
	vproc_attr_put(attr);
	if (!ret)
		model->seq++;
	return ret;
}

/**
 * vproc_model_brk - brk(2)
 * @model: the model
 * @brk: the new break, of any alignment
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0, or an error of struct vproc_brk.
 */
int vproc_model_brk(struct vproc_model *model, unsigned long brk)
{
	struct vproc_heap_state *heap = &model->space.heap;
	unsigned long old = PAGE_ALIGN(heap->brk), new;
	int ret = 0;

	if (brk < heap->start)
		return -EINVAL;
	if (brk - heap->start > model->layout.heap_limit)
		return -ENOMEM;

	new = PAGE_ALIGN(brk);
	if (new < old)
		ret = vproc_heap_shrink(model, new, old);
	else if (new > old)
		ret = vproc_heap_expand(model, old, new);
	if (!ret && vproc_heap_moved(heap, heap->start, brk))
		model->seq++;
	return ret;
}
EXPORT_SYMBOL_VPROC(vproc_model_brk);

/**
 * vproc_model_grow_heap - raise the break
 * @model: the model
 * @increment: by how many bytes
 *
 * Context: the space's lock is held; may sleep.
 * Return: 0, or -ENOMEM as vproc_model_brk().
 */
int vproc_model_grow_heap(struct vproc_model *model, unsigned long increment)
{
	unsigned long brk;

	if (check_add_overflow(model->space.heap.brk, increment, &brk))
		return -ENOMEM;
	return vproc_model_brk(model, brk);
}
EXPORT_SYMBOL_VPROC(vproc_model_grow_heap);
