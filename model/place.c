// SPDX-License-Identifier: GPL-2.0-only
/*
 * Choosing an address, as get_unmapped_area() does on x86-64.
 */
#include <linux/mm.h>

#include "model/export.h"
#include "model/place.h"

/**
 * vproc_place_start - where a region starts for those who look for room
 * @span: the region
 *
 * A region that grows down keeps a gap below it, as vm_start_gap() has it.
 *
 * Return: the lowest address that nothing is to be placed at.
 */
unsigned long vproc_place_start(const struct vproc_span *span)
{
	if (!(span->attr->traits.flags & VPROC_TRAIT_GROWS_DOWN))
		return span->start;
	return span->start - min_t(unsigned long, span->start,
				   VPROC_STACK_GUARD_GAP);
}
EXPORT_SYMBOL_VPROC(vproc_place_start);

/**
 * vproc_place_free - is there no region in a range?
 * @model: the model
 * @start: first address
 * @end: first address after it
 *
 * Return: true if there is none.
 */
bool vproc_place_free(struct vproc_model *model, unsigned long start,
		      unsigned long end)
{
	struct vproc_span span;

	return !vproc_space_find(&model->space, start, &span) ||
	       span.start >= end;
}
EXPORT_SYMBOL_VPROC(vproc_place_free);

/* May a hint be followed? Only the gap of what lies above counts. */
static bool vproc_hint_good(struct vproc_model *model, unsigned long addr,
			    unsigned long size)
{
	struct vproc_span span;

	if (model->layout.user_end - size < addr)
		return false;
	return !vproc_space_find(&model->space, addr, &span) ||
	       addr + size <= vproc_place_start(&span);
}

/* The highest place that is free and not in a gap; unmapped_area_topdown(). */
static int vproc_place_down(struct vproc_model *model, unsigned long size,
			    unsigned long *addr)
{
	unsigned long high = vproc_layout_map_end(&model->layout);
	struct vproc_span next;
	unsigned long end;

	for (;;) {
		if (vproc_space_gap(&model->space, model->layout.user_start,
				    high, size, true, addr, &end))
			return -ENOMEM;
		if (!vproc_space_find(&model->space, end, &next) ||
		    vproc_place_start(&next) >= end)
			return 0;
		high = vproc_place_start(&next);
	}
}

/*
 * The lowest place above a third of user space: where Linux looks once it has
 * found nothing below the stack.
 */
static int vproc_place_up(struct vproc_model *model, unsigned long size,
			  unsigned long *addr)
{
	unsigned long low = PAGE_ALIGN(model->layout.user_end / 3);
	struct vproc_span next;
	unsigned long end;

	for (;;) {
		if (vproc_space_gap(&model->space, low, model->layout.user_end,
				    size, false, addr, &end))
			return -ENOMEM;
		if (!vproc_space_find(&model->space, end, &next) ||
		    vproc_place_start(&next) >= end)
			return 0;
		low = next.end;
	}
}

static int vproc_place_choose(struct vproc_model *model, unsigned long *addr,
			      unsigned long size)
{
	unsigned long hint = *addr & PAGE_MASK;

	if (hint) {
		hint = max(hint, model->layout.user_start);
		if (vproc_hint_good(model, hint, size)) {
			*addr = hint;
			return 0;
		}
	}
	if (!vproc_place_down(model, size, addr))
		return 0;
	return vproc_place_up(model, size, addr);
}

/**
 * vproc_place - find or check a place for a new region
 * @model: the model
 * @addr: in: the address, or a hint, 0 if there is none; out: the address
 * @size: bytes, of whole pages
 * @fixed: @addr is the address
 *
 * Return: 0; -ENOMEM: beyond user space, or no room; -EINVAL: @addr is fixed and
 * not aligned; -EPERM: it is fixed and below user space.
 */
int vproc_place(struct vproc_model *model, unsigned long *addr,
		unsigned long size, bool fixed)
{
	const struct vproc_layout *layout = &model->layout;
	int ret;

	if (size > layout->user_end)
		return -ENOMEM;
	if (!fixed) {
		ret = vproc_place_choose(model, addr, size);
		if (ret)
			return ret;
	}
	if (*addr > layout->user_end - size)
		return -ENOMEM;
	if (!PAGE_ALIGNED(*addr))
		return -EINVAL;
	return *addr < layout->user_start ? -EPERM : 0;
}
EXPORT_SYMBOL_VPROC(vproc_place);
