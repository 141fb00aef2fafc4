// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has changed since a state: the ranges that the events after it speak of.
 */
#include <linux/mm.h>
#include <linux/sort.h>

#include "live/since.h"
#include "live/tracker.h"

static void vproc_ranges_add(struct vproc_ranges *ranges, unsigned long start,
			     unsigned long end)
{
	if (ranges->nr == ranges->room)
		return;
	ranges->array[ranges->nr].start = start;
	ranges->array[ranges->nr].end = end;
	ranges->nr++;
}

static void vproc_since_event(const struct vproc_event *event, void *data)
{
	struct vproc_ranges *ranges = data;

	if (event->op == VPROC_EV_SET || event->op == VPROC_EV_CLEAR)
		vproc_ranges_add(ranges, event->start, event->end);
	ranges->heap |= event->op == VPROC_EV_LAYOUT;
}

static int vproc_range_cmp(const void *a, const void *b)
{
	const struct vproc_range_changed *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return 0;
}

/* Put them in order, and those together that touch. */
static void vproc_ranges_merge(struct vproc_ranges *ranges)
{
	struct vproc_range_changed *array = ranges->array;
	u32 i, last = 0;

	if (!ranges->nr)
		return;
	sort(array, ranges->nr, sizeof(*array), vproc_range_cmp, NULL);
	for (i = 1; i < ranges->nr; i++) {
		if (array[i].start <= array[last].end)
			array[last].end = max(array[last].end, array[i].end);
		else
			array[++last] = array[i];
	}
	ranges->nr = last + 1;
}

/**
 * vproc_since - what has changed since a state
 * @tracker: the tracker
 * @seq: number of the state, not above that of the present one
 * @ranges: out
 *
 * Context: the space's lock is held, and the log has been applied; may sleep.
 * Return: 0; -ENODATA: it is not known any more; -ENOMEM.
 */
int vproc_since(struct vproc_tracker *tracker, u64 seq,
		struct vproc_ranges *ranges)
{
	const struct vproc_heap_state *heap = &tracker->space.heap;

	lockdep_assert_held(&tracker->space.lock);
	*ranges = (struct vproc_ranges) {};
	if (seq < tracker->moved || seq + 1 < tracker->events.first)
		return -ENODATA;
	if (seq == tracker->events.seq)
		return 0;

	/* One for the heap. */
	ranges->room = min_t(u64, tracker->events.seq - seq, U32_MAX - 1) + 1;
	ranges->array = kvmalloc_array(ranges->room, sizeof(*ranges->array),
				       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!ranges->array)
		return -ENOMEM;
	if (!vproc_events_visit(&tracker->events, seq, vproc_since_event,
				ranges)) {
		kvfree(ranges->array);
		return -ENODATA;
	}
	/* The break, where it is and may have been, gives regions a name. */
	if (ranges->heap && heap->peak >= heap->start)
		vproc_ranges_add(ranges, heap->start - PAGE_SIZE,
				 PAGE_ALIGN(heap->peak) + PAGE_SIZE);
	vproc_ranges_merge(ranges);
	return 0;
}
