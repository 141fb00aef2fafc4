// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replaying a history: event by event, with what each of them changed.
 */
#include <errno.h>
#include <stdlib.h>

#include "history.h"

/**
 * struct vproc_map - a view, and the moment that it is of
 * @history: whose it is
 * @view: the regions
 * @seq: number of the last event
 */
struct vproc_map {
	const struct vproc_history *history;
	struct vproc_view view;
	__u64 seq;
};

/* Regions as they are shown. */
struct list {
	struct vproc_region *regions;
	size_t count;
	size_t room;
};

/* The addresses that an event may change. */
struct window {
	__u64 start;
	__u64 end;
};

struct replay {
	struct vproc_map map;
	struct list before;
	struct list after;
};

static int fail(int error)
{
	errno = error;
	return -1;
}

size_t vproc_map_count(const struct vproc_map *map)
{
	return map->view.spans.count;
}

int vproc_map_next(const struct vproc_map *map, __u64 addr,
		   struct vproc_region *region)
{
	struct vproc_spans_place at;

	if (!map->view.place.known)
		return fail(ENODATA);
	vproc_spans_find(&map->view.spans, addr, &at);
	if (!at.span)
		return fail(ENOENT);
	vproc_history_export(map->history, map->seq, &map->view.place, at.span,
			     region);
	return 0;
}

int vproc_map_region(const struct vproc_map *map, __u64 addr,
		     struct vproc_region *region)
{
	if (vproc_map_next(map, addr, region))
		return -1;
	return region->start <= addr ? 0 : fail(ENOENT);
}

static bool is_code_of_file(const struct vproc_map *map,
			    const struct vproc_region *region)
{
	const struct vproc_name *name;

	if (!(region->perm & VPROC_PERM_EXEC) ||
	    region->file < VPROC_NAME_FIRST)
		return false;
	name = vproc_history_name(map->history, region->file, map->seq);
	return name && name->kind == VPROC_FILE_PATH;
}

int vproc_map_program(const struct vproc_map *map, struct vproc_region *region)
{
	struct vproc_region next = {};
	bool found = false;
	int ret;

	while (!(ret = vproc_map_next(map, next.end, &next))) {
		if (found && next.start >= map->view.place.start_brk)
			return 0;
		if (is_code_of_file(map, &next)) {
			*region = next;
			found = true;
		}
	}
	return found ? 0 : ret;
}

static int add_region(const struct vproc_map *map, struct list *list,
		      const struct vproc_span *span)
{
	size_t room = 2 * list->room + 8;
	struct vproc_region *regions;

	if (list->count == list->room) {
		regions = reallocarray(list->regions, room, sizeof(*regions));
		if (!regions)
			return -1;
		list->regions = regions;
		list->room = room;
	}
	vproc_history_export(map->history, map->seq, &map->view.place, span,
			     &list->regions[list->count++]);
	return 0;
}

/* Makes a list of the regions in a window, which may grow by their ends. */
static int gather(const struct vproc_map *map, struct window *window,
		  struct list *list)
{
	const __u64 start = window->start, end = window->end;
	struct vproc_spans_place at;

	if (!map->view.place.known || start >= end)
		return 0;
	for (vproc_spans_find(&map->view.spans, start, &at);
	     at.span && at.span->start < end;
	     vproc_spans_next(&map->view.spans, &at)) {
		if (add_region(map, list, at.span))
			return -1;
		if (at.span->start < window->start)
			window->start = at.span->start;
		if (at.span->end > window->end)
			window->end = at.span->end;
	}
	return 0;
}

static __u64 least(__u64 a, __u64 b)
{
	return a < b ? a : b;
}

static __u64 most(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

/*
 * Heap and stack are called so by where they are. A region that only touches the
 * heap may be called [heap], too.
 */
static struct window layout_window(const struct vproc_place *now,
				   const struct vproc_event *event)
{
	if (event->offset != now->start_stack)
		return (struct window){ 0, ~0ull };
	if (event->start == now->start_brk && event->end == now->brk)
		return (struct window){};
	return (struct window){
		.start = most(least(event->start, now->start_brk), 1) - 1,
		.end = most(event->end, now->brk) + 1,
	};
}

static struct window window_of(const struct vproc_place *now,
			       const struct vproc_event *event)
{
	switch (event->op) {
	case VPROC_EV_SET:
	case VPROC_EV_CLEAR:
		return (struct window){ event->start, event->end };
	case VPROC_EV_LAYOUT:
		return layout_window(now, event);
	case VPROC_EV_EXEC:
	case VPROC_EV_LOST:
		return (struct window){ 0, ~0ull };
	}
	return (struct window){};
}

/*
 * After @index events: where they are known again, since the recorder has asked
 * for a state, that is kept as a checkpoint.
 */
static int adopt(struct replay *replay, size_t index, struct window *window)
{
	const struct vproc_history *history = replay->map.history;
	const struct vproc_checkpoint *checkpoint;
	struct vproc_view *view = &replay->map.view;

	if (view->place.known)
		return 0;
	checkpoint = vproc_history_checkpoint(history, index);
	if (!checkpoint || checkpoint->index != index ||
	    !checkpoint->place.known)
		return 0;
	view->place = checkpoint->place;
	*window = (struct window){ 0, ~0ull };
	return vproc_spans_load(&view->spans, checkpoint->spans,
				checkpoint->count);
}

/* Brings the map to where it is after event number @index. */
static int advance(struct replay *replay, size_t index)
{
	struct vproc_map *map = &replay->map;
	const struct vproc_event *event = vproc_history_at(map->history, index);
	struct window window = window_of(&map->view.place, event);

	replay->before.count = 0;
	replay->after.count = 0;
	if (gather(map, &window, &replay->before) ||
	    vproc_view_apply(&map->view, event))
		return -1;
	map->seq = event->seq;
	if (adopt(replay, index + 1, &window))
		return -1;
	return gather(map, &window, &replay->after);
}

static void describe(const struct replay *replay, size_t index,
		     struct vproc_step *step)
{
	const struct vproc_map *map = &replay->map;
	const struct vproc_place *place = &map->view.place;

	*step = (struct vproc_step){
		.event = vproc_history_at(map->history, index),
		.map = map,
		.image = place->image,
		.start_brk = place->start_brk,
		.brk = place->brk,
		.start_stack = place->start_stack,
		.known = place->known,
		.nr_before = replay->before.count,
		.nr_after = replay->after.count,
		.before = replay->before.regions,
		.after = replay->after.regions,
	};
}

int vproc_history_replay(const struct vproc_history *history,
			 int (*step)(const struct vproc_step *step,
				     void *context),
			 void *context)
{
	struct replay replay = { .map.history = history };
	struct vproc_step current;
	size_t i;
	int ret = 0;

	for (i = 0; i < history->count && !ret; i++) {
		ret = advance(&replay, i);
		if (ret)
			break;
		describe(&replay, i, &current);
		ret = step(&current, context);
	}
	vproc_spans_empty(&replay.map.view.spans);
	free(replay.before.regions);
	free(replay.after.regions);
	return ret;
}
