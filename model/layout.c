// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of a model: where user space, code, data, heap and stack are.
 */
#include <linux/mm.h>
#include <linux/overflow.h>

#include "model/export.h"
#include "model/layout.h"
#include "vproc_mem.h"

/* What five levels of page tables reach. */
#define VPROC_USER_END_MAX	BIT(56)

/**
 * vproc_layout_default - the layout of the reference
 * @layout: where to put it
 */
void vproc_layout_default(struct vproc_layout *layout)
{
	*layout = (struct vproc_layout) {
		.user_start = VPROC_USER_START,
		.user_end = VPROC_USER_END,
		.code_start = VPROC_CODE_START,
		.data_start = VPROC_DATA_START,
		.heap_start = VPROC_HEAP_START,
		.heap_limit = VPROC_HEAP_LIMIT,
		.stack_end = VPROC_STACK_END,
		.stack_size = VPROC_STACK_SIZE,
	};
}
EXPORT_SYMBOL_VPROC(vproc_layout_default);

/**
 * vproc_layout_map_end - where the search for free addresses starts downwards
 * @layout: the layout
 *
 * It leaves room for a stack of the usual size and its guard gap, as
 * mmap_base() does.
 *
 * Return: the first address above the range that is searched.
 */
unsigned long vproc_layout_map_end(const struct vproc_layout *layout)
{
	return layout->stack_end - layout->stack_size - VPROC_STACK_GUARD_GAP;
}
EXPORT_SYMBOL_VPROC(vproc_layout_map_end);

static bool vproc_layout_aligned(const struct vproc_layout *layout)
{
	return PAGE_ALIGNED(layout->user_start | layout->user_end |
			    layout->code_start | layout->data_start |
			    layout->heap_start | layout->heap_limit |
			    layout->stack_end | layout->stack_size);
}

/**
 * vproc_layout_check - can a model be laid out like this?
 * @layout: the layout
 *
 * Return: 0; -EINVAL: not aligned, not in order, or not inside user space; see
 * struct vproc_create.
 */
int vproc_layout_check(const struct vproc_layout *layout)
{
	unsigned long heap_end, stack_room;

	if (!vproc_layout_aligned(layout) || !layout->user_start ||
	    layout->user_end > VPROC_USER_END_MAX ||
	    layout->stack_end > layout->user_end ||
	    layout->stack_size < 2 * PAGE_SIZE || !layout->heap_limit)
		return -EINVAL;
	if (layout->user_start > layout->code_start ||
	    layout->code_start >= layout->data_start ||
	    layout->data_start >= layout->heap_start)
		return -EINVAL;
	if (check_add_overflow(layout->heap_start, layout->heap_limit,
			       &heap_end) ||
	    check_add_overflow(layout->stack_size,
			       (unsigned long)VPROC_STACK_GUARD_GAP,
			       &stack_room))
		return -EINVAL;
	if (stack_room > layout->stack_end ||
	    heap_end > vproc_layout_map_end(layout))
		return -EINVAL;
	return 0;
}
EXPORT_SYMBOL_VPROC(vproc_layout_check);
