// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queries: answers from the model, made current first.
 *
 * With the space's lock held user memory is not touched where that could fault: a
 * fault could wait for the tracked task, which may be waiting for that lock.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pid_namespace.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "live/apply.h"
#include "live/gate.h"
#include "live/query.h"
#include "live/since.h"
#include "live/snapshot.h"
#include "live/stacks.h"
#include "live/words.h"
#include "model/stack.h"

#define VPROC_QUERY_PERMS	(VPROC_QUERY_READ | VPROC_QUERY_WRITE | \
				 VPROC_QUERY_EXEC | VPROC_QUERY_SHARED)
#define VPROC_QUERY_FLAGS	(VPROC_QUERY_PERMS | VPROC_QUERY_NEXT | \
				 VPROC_QUERY_FILE)

static_assert(VPROC_QUERY_READ == VPROC_PERM_READ);
static_assert(VPROC_QUERY_WRITE == VPROC_PERM_WRITE);
static_assert(VPROC_QUERY_EXEC == VPROC_PERM_EXEC);
static_assert(VPROC_QUERY_SHARED == VPROC_PERM_SHARED);

/* Lock the view, with all that has happened applied. */
static int vproc_view_lock(const struct vproc_view *view)
{
	if (view->tracker)
		return vproc_tracker_lock(view->tracker);
	return mutex_lock_interruptible(&view->space->lock) ? -ERESTARTSYS : 0;
}

static void vproc_view_unlock(const struct vproc_view *view)
{
	mutex_unlock(&view->space->lock);
}

static bool vproc_view_has_gate(const struct vproc_view *view)
{
	return view->tracker && vproc_tracker_has_gate(view->tracker);
}

/* May pages of a region still be those of a relative? */
static bool vproc_is_cow(const struct vproc_tracker *tracker,
			 const struct vproc_span *span)
{
	const struct vproc_traits *traits = &span->attr->traits;

	return traits->perm & VPROC_PERM_WRITE &&
	       !(traits->perm & VPROC_PERM_SHARED) &&
	       span->attr->since <= READ_ONCE(tracker->forked);
}

/**
 * vproc_export - a tracker's region in the form that user space sees
 * @tracker: the tracker
 * @span: the region
 * @region: where to put it
 *
 * Context: the space's lock is held.
 */
void vproc_export(const struct vproc_tracker *tracker,
		  const struct vproc_span *span, struct vproc_region *region)
{
	vproc_space_export(&tracker->space, span, region);
	if (vproc_is_cow(tracker, span))
		region->flags |= VPROC_REGION_COW;
}

static void vproc_view_export(const struct vproc_view *view,
			      const struct vproc_span *span,
			      struct vproc_region *region)
{
	if (view->tracker)
		vproc_export(view->tracker, span, region);
	else
		vproc_space_export(view->space, span, region);
}

static bool vproc_query_matches(u64 flags, const struct vproc_span *span)
{
	const struct vproc_traits *traits = &span->attr->traits;
	u64 perms = flags & VPROC_QUERY_PERMS;

	if ((traits->perm & perms) != perms)
		return false;
	return !(flags & VPROC_QUERY_FILE) || traits->kind == VPROC_KIND_FILE;
}

static bool vproc_query_find(const struct vproc_view *view,
			     const struct vproc_query *query,
			     struct vproc_span *span)
{
	vproc_space_for_each(view->space, span, query->addr) {
		bool covers = vproc_span_contains(span, query->addr);

		if (!covers && !(query->flags & VPROC_QUERY_NEXT))
			return false;
		if (vproc_query_matches(query->flags, span))
			return true;
		if (!(query->flags & VPROC_QUERY_NEXT))
			return false;
	}
	return false;
}

/* The region of an address or, with @next, the one above it. */
static const struct vproc_region *
vproc_snapshot_region(const struct vproc_view *view, u64 addr, bool next)
{
	const struct vproc_snapshot *snapshot = &view->tracker->snapshot;
	unsigned long index = vproc_snapshot_find(snapshot, addr);
	const struct vproc_region *region = &snapshot->regions[index];

	if (index == snapshot->nr || (region->start > addr && !next))
		return NULL;
	return region;
}

static bool vproc_view_served(const struct vproc_view *view, u32 nr)
{
	return view->tracker && vproc_snapshot_serves(view->tracker, nr);
}

/* Fill in the region that is asked for. False: there is none. */
static bool vproc_query_answer(const struct vproc_view *view,
			       struct vproc_query *query)
{
	bool filtered = query->flags & ~(u64)VPROC_QUERY_NEXT;
	const struct vproc_region *region;
	struct vproc_span span;

	if (!filtered && vproc_view_served(view, 1)) {
		region = vproc_snapshot_region(view, query->addr,
					       query->flags & VPROC_QUERY_NEXT);
		if (region)
			query->region = *region;
		return region;
	}
	if (!vproc_query_find(view, query, &span))
		return false;
	vproc_view_export(view, &span, &query->region);
	return true;
}

static const char *vproc_place_name(u32 id)
{
	switch (id) {
	case VPROC_NAME_HEAP:
		return "[heap]";
	case VPROC_NAME_STACK:
		return "[stack]";
	case VPROC_NAME_VSYSCALL:
		return "[vsyscall]";
	default:
		return NULL;
	}
}

/* What a name id stands for, in @buf. The space's lock is held. */
static char *vproc_id_text(const struct vproc_view *view, u32 id,
			   struct vproc_file_about *about, char *buf, u32 size)
{
	const char *place = vproc_place_name(id);

	size = min_t(u32, size, PATH_MAX);
	if (!place)
		return vproc_files_name(view->files, id, about, buf, size);
	*about = (struct vproc_file_about) { .given = true };
	return strscpy(buf, place, size) < 0 ? ERR_PTR(-ENAMETOOLONG) : buf;
}

/* Room for what a caller with room for @size bytes may get; to be freed by kfree(). */
static char *vproc_text_room(u32 size)
{
	return kmalloc(min_t(u32, size, PATH_MAX), GFP_KERNEL_ACCOUNT);
}

/*
 * Write a text to user space. @size is the room there; on success it is what was
 * written, the terminating zero included.
 */
static int vproc_text_put(const char *text, u64 addr, u32 *size)
{
	*size = strlen(text) + 1;
	return copy_to_user(u64_to_user_ptr(addr), text, *size) ? -EFAULT : 0;
}

/* The answer; its name, if it has one, in @room if there is any. */
static int vproc_query_look(const struct vproc_view *view,
			    struct vproc_query *query, char *room, char **name)
{
	struct vproc_file_about about;
	int ret;

	ret = vproc_view_lock(view);
	if (ret)
		return ret;
	if (!vproc_query_answer(view, query)) {
		ret = -ENOENT;
	} else if (room && query->region.name) {
		*name = vproc_id_text(view, query->region.name, &about, room,
				      query->name_size);
		ret = PTR_ERR_OR_ZERO(*name);
	}
	query->seq = *view->seq;
	vproc_view_unlock(view);
	return ret;
}

static int vproc_query_named(const struct vproc_view *view,
			     struct vproc_query *query)
{
	char *room, *name = NULL;
	int ret;

	room = vproc_text_room(query->name_size);
	if (!room)
		return -ENOMEM;
	ret = vproc_query_look(view, query, room, &name);
	if (!name)
		query->name_size = 0;
	else if (!ret)
		ret = vproc_text_put(name, query->name_addr, &query->name_size);
	kfree(room);
	return ret;
}

/**
 * vproc_query - VPROC_QUERY
 * @view: the address space
 * @query: in and out
 *
 * Context: may sleep.
 * Return: see struct vproc_query.
 */
int vproc_query(const struct vproc_view *view, struct vproc_query *query)
{
	if (query->flags & ~(u64)VPROC_QUERY_FLAGS || query->reserved ||
	    !query->name_size != !query->name_addr)
		return -EINVAL;
	return query->name_size ? vproc_query_named(view, query) :
				  vproc_query_look(view, query, NULL, NULL);
}

/**
 * struct vproc_sink - regions on their way to user space
 * @to: where the next one goes
 * @room: how many fit
 * @nr: how many there are so far, those that do not fit included
 * @held: how many of them are in @array still
 * @array: the last ones
 * @failed: a page of user memory was not there
 *
 * User memory is written with the space's lock held, so without a fault.
 */
struct vproc_sink {
	struct vproc_region __user *to;
	u32 room;
	u32 nr;
	u32 held;
	bool failed;
	struct vproc_region array[8];
};

/* Write regions, all that were written before being there. */
static void vproc_sink_put(struct vproc_sink *sink,
			   const struct vproc_region *regions, u32 nr)
{
	pagefault_disable();
	if (!vproc_put_words(sink->to, regions, sizeof(*regions), nr))
		sink->failed = true;
	pagefault_enable();
	sink->to += nr;
}

static void vproc_sink_flush(struct vproc_sink *sink)
{
	if (sink->held && !sink->failed)
		vproc_sink_put(sink, sink->array, sink->held);
	sink->held = 0;
}

/* Room for the next region; NULL if it does not fit. It counts all the same. */
static struct vproc_region *vproc_sink_next(struct vproc_sink *sink)
{
	if (sink->nr++ >= sink->room)
		return NULL;
	if (sink->held == ARRAY_SIZE(sink->array))
		vproc_sink_flush(sink);
	return &sink->array[sink->held++];
}

static void vproc_sink_region(const struct vproc_view *view,
			      struct vproc_sink *sink,
			      const struct vproc_span *span)
{
	struct vproc_region *region = vproc_sink_next(sink);

	if (region)
		vproc_view_export(view, span, region);
}

static void vproc_sink_gap(struct vproc_sink *sink, unsigned long start,
			   unsigned long end)
{
	struct vproc_region *region;

	if (start >= end)
		return;
	region = vproc_sink_next(sink);
	if (region)
		*region = (struct vproc_region) {
			.start = start,
			.end = end,
		};
}

/* Regions of a snapshot, from an index on, as many as fit. */
static void vproc_sink_snapshot(struct vproc_sink *sink,
				const struct vproc_snapshot *snapshot,
				unsigned long index)
{
	u32 nr = min_t(unsigned long, snapshot->nr - index, sink->room);

	sink->nr += nr;
	while (nr && !sink->failed) {
		u32 some = min_t(u32, nr, PAGE_SIZE / sizeof(*sink->to));

		vproc_sink_put(sink, &snapshot->regions[index], some);
		index += some;
		nr -= some;
	}
}

/* A part of few regions is not worth a snapshot, but is of one if there is any. */
static bool vproc_view_snapshot(const struct vproc_view *view, u32 room)
{
	struct vproc_tracker *tracker = view->tracker;

	if (!tracker)
		return false;
	if (room < tracker->space.nr / 2)
		return vproc_snapshot_is_current(tracker);
	return vproc_snapshot_update(tracker);
}

/* All regions from an address on. Returns how many there are. */
static u32 vproc_regions_walk(const struct vproc_view *view, u64 addr,
			      struct vproc_sink *sink)
{
	struct vproc_walk walk;
	struct vproc_span span;
	u32 total = 0;

	vproc_walk_begin(&walk, view->space, addr);
	while (vproc_walk_next(&walk, &span)) {
		total++;
		if (sink->nr < sink->room)
			vproc_sink_region(view, sink, &span);
		else if (!addr)
			return view->space->nr;
	}
	return total;
}

static void vproc_regions_all(const struct vproc_view *view,
			      struct vproc_regions *regions,
			      struct vproc_sink *sink)
{
	const struct vproc_snapshot *snapshot;
	struct vproc_region gate, *region;
	unsigned long index;

	regions->flags = 0;
	regions->total = 0;
	if (regions->addr > ULONG_MAX)
		return;
	if (vproc_view_snapshot(view, sink->room)) {
		snapshot = &view->tracker->snapshot;
		index = vproc_snapshot_find(snapshot, regions->addr);
		regions->total = snapshot->nr - index;
		vproc_sink_snapshot(sink, snapshot, index);
	} else {
		regions->total = vproc_regions_walk(view, regions->addr, sink);
	}
	if (!vproc_view_has_gate(view))
		return;
	vproc_gate_export(&gate);
	if (regions->addr >= gate.end)
		return;
	regions->total++;
	region = sink->nr < sink->room ? vproc_sink_next(sink) : NULL;
	if (region)
		*region = gate;
}

/* What is now where something has changed. */
static void vproc_regions_changed(const struct vproc_view *view,
				  const struct vproc_ranges *ranges,
				  struct vproc_sink *sink)
{
	unsigned long done = 0, at, end;
	struct vproc_span span;
	u32 i;

	for (i = 0; i < ranges->nr; i++) {
		/* A region that reaches into two ranges comes once. */
		at = max(ranges->array[i].start, done);
		end = ranges->array[i].end;
		vproc_space_for_each(view->space, &span, at) {
			if (span.start >= end)
				break;
			vproc_sink_gap(sink, at, span.start);
			vproc_sink_region(view, sink, &span);
			at = span.end;
		}
		vproc_sink_gap(sink, at, end);
		done = max(at, end);
	}
}

/* -ENODATA: what has changed is not known. */
static int vproc_regions_since(const struct vproc_view *view,
			       struct vproc_regions *regions,
			       struct vproc_sink *sink)
{
	struct vproc_ranges ranges = {};
	int ret = -ENODATA;

	if (regions->seq > *view->seq)
		return -EINVAL;
	if (view->tracker)
		ret = vproc_since(view->tracker, regions->seq, &ranges);
	else if (regions->seq == *view->seq)
		ret = 0;
	if (ret)
		return ret;

	vproc_regions_changed(view, &ranges, sink);
	regions->total = sink->nr;
	kvfree(ranges.array);
	return 0;
}

/* One try. -EAGAIN: a page of user memory was not there. */
static int vproc_regions_write(const struct vproc_view *view,
			       struct vproc_regions *regions)
{
	struct vproc_sink sink = {
		.to = u64_to_user_ptr(regions->regions_addr),
		.room = regions->count,
	};
	int ret;

	ret = vproc_view_lock(view);
	if (ret)
		return ret;
	ret = -ENODATA;
	if (regions->flags)
		ret = vproc_regions_since(view, regions, &sink);
	if (ret == -ENODATA) {
		vproc_regions_all(view, regions, &sink);
		ret = 0;
	}
	vproc_sink_flush(&sink);
	regions->count = min(sink.nr, sink.room);
	regions->seq = *view->seq;
	regions->start_brk = view->space->heap.start;
	regions->brk = view->space->heap.brk;
	regions->start_stack = view->space->start_stack;
	vproc_view_unlock(view);
	return !ret && sink.failed ? -EAGAIN : ret;
}

/*
 * User memory was not there. Returns 0: try again, as it was now, though it may be
 * taken away again meanwhile; -EFAULT: it is bad; -ERESTARTSYS.
 */
static int vproc_fault_in(const void __user *from, size_t from_size,
			  void __user *to, size_t to_size)
{
	if (fault_in_readable(from, from_size) || fault_in_writeable(to, to_size))
		return -EFAULT;
	if (signal_pending(current))
		return -ERESTARTSYS;
	cond_resched();
	return 0;
}

/**
 * vproc_query_regions - VPROC_REGIONS
 * @view: the address space
 * @regions: in and out; the regions themselves go to user memory
 *
 * Context: may sleep.
 * Return: see struct vproc_regions.
 */
int vproc_query_regions(const struct vproc_view *view,
			struct vproc_regions *regions)
{
	void __user *to = u64_to_user_ptr(regions->regions_addr);
	struct vproc_regions tried;
	int ret;

	if (regions->flags & ~(u64)VPROC_REGIONS_SINCE || regions->reserved ||
	    (regions->flags && regions->addr))
		return -EINVAL;

	do {
		tried = *regions;
		ret = vproc_regions_write(view, &tried);
		if (!ret)
			*regions = tried;
		if (ret != -EAGAIN)
			return ret;
		ret = vproc_fault_in(NULL, 0, to,
				     array_size(tried.count,
						sizeof(struct vproc_region)));
	} while (!ret);
	return ret;
}

/**
 * vproc_query_file - VPROC_FILE
 * @view: the address space
 * @file: in and out
 *
 * Context: may sleep.
 * Return: see struct vproc_file.
 */
int vproc_query_file(const struct vproc_view *view, struct vproc_file *file)
{
	struct vproc_file_about about;
	char *room, *name;
	int ret;

	if (file->reserved || !file->name_size)
		return -EINVAL;
	room = vproc_text_room(file->name_size);
	if (!room)
		return -ENOMEM;

	/* The model need not be current: ids only come from what is known. */
	ret = -ERESTARTSYS;
	if (mutex_lock_interruptible(&view->space->lock))
		goto free;
	name = vproc_id_text(view, file->id, &about, room, file->name_size);
	mutex_unlock(&view->space->lock);
	ret = PTR_ERR_OR_ZERO(name);
	if (ret)
		goto free;

	file->kind = about.given ? VPROC_FILE_NAME : VPROC_FILE_PATH;
	file->inode = about.inode;
	file->dev_major = about.dev_major;
	file->dev_minor = about.dev_minor;
	ret = vproc_text_put(name, file->name_addr, &file->name_size);
free:
	kfree(room);
	return ret;
}

/* The figures that only a tracker has. */
static void vproc_stats_live(struct vproc_tracker *tracker,
			     struct vproc_stats *stats)
{
	stats->id = tracker->id;
	stats->pid = pid_nr_ns(tracker->tgid, task_active_pid_ns(current));
	stats->state = tracker->state;
	stats->end_cause = tracker->end_cause;
	stats->has_vsyscall = vproc_tracker_has_gate(tracker);
	stats->events = tracker->events.seq;
	stats->lost = vproc_events_lost(&tracker->events);
	stats->unread = vproc_events_unread(&tracker->events);
	stats->resyncs = tracker->resyncs;
	stats->missed = tracker->missed;
	stats->verified = tracker->verified;
	stats->end_checked = tracker->end_checked;
	stats->end_differences = tracker->end_differences;
	stats->pending = vproc_ops_pending(&tracker->ops);
	stats->children = tracker->nr_children;
	stats->children_lost = atomic_read(&tracker->children_lost);
	stats->execs = tracker->execs;
}

/**
 * vproc_query_stats - VPROC_STATS
 * @view: the address space
 * @stats: zeroed; filled in
 *
 * Context: may sleep.
 * Return: see struct vproc_stats.
 */
int vproc_query_stats(const struct vproc_view *view, struct vproc_stats *stats)
{
	struct vproc_space *space = view->space;
	int ret;

	ret = vproc_view_lock(view);
	if (ret)
		return ret;
	stats->state = VPROC_STATE_MODEL;
	if (view->tracker)
		vproc_stats_live(view->tracker, stats);
	stats->seq = *view->seq;
	stats->regions = space->nr;
	stats->regions_peak = space->nr_peak;
	vproc_space_bytes(space, stats->bytes);
	stats->total_bytes = space->total;
	stats->peak_bytes = space->total_peak;
	vproc_view_unlock(view);
	return 0;
}

/**
 * vproc_query_heap - VPROC_HEAP
 * @view: the address space
 * @heap: zeroed; filled in
 *
 * Context: may sleep.
 * Return: see struct vproc_heap.
 */
int vproc_query_heap(const struct vproc_view *view, struct vproc_heap *heap)
{
	const struct vproc_heap_state *state = &view->space->heap;
	int ret;

	ret = vproc_view_lock(view);
	if (ret)
		return ret;
	heap->start = state->start;
	heap->brk = state->brk;
	heap->size = state->brk - state->start;
	heap->peak = state->peak;
	heap->grows = state->grows;
	heap->shrinks = state->shrinks;
	heap->seq = *view->seq;
	vproc_view_unlock(view);
	return 0;
}

/* The stacks of a model. */
static int vproc_model_stacks(const struct vproc_view *view,
			      struct vproc_stacks *stacks,
			      struct vproc_thread **array)
{
	struct vproc_stack_state *stack;
	u32 room, nr = 0;
	int ret;

	ret = vproc_view_lock(view);
	if (ret)
		return ret;
	stacks->total = view->model->nr_stacks;
	stacks->seq = *view->seq;
	room = min(stacks->count, stacks->total);
	stacks->count = room;
	if (room) {
		*array = kvcalloc(room, sizeof(**array), GFP_KERNEL_ACCOUNT);
		if (!*array)
			ret = -ENOMEM;
	}
	list_for_each_entry(stack, &view->model->stacks, node) {
		if (!*array || nr == room)
			break;
		vproc_stack_export(view->model, stack, &(*array)[nr++]);
	}
	vproc_view_unlock(view);
	return ret;
}

/**
 * vproc_query_stacks - VPROC_STACKS
 * @view: the address space
 * @stacks: in and out
 * @array: out: the threads, to be given to kvfree(); NULL if there are none
 *
 * Context: may sleep.
 * Return: see struct vproc_stacks.
 */
int vproc_query_stacks(const struct vproc_view *view,
		       struct vproc_stacks *stacks, struct vproc_thread **array)
{
	*array = NULL;
	if (stacks->flags || stacks->reserved[0] || stacks->reserved[1])
		return -EINVAL;
	if (view->tracker)
		return vproc_stacks_query(view->tracker, stacks, array);
	return vproc_model_stacks(view, stacks, array);
}

/* The region that covers an address, as the snapshot has it. */
static bool vproc_lookup_snapshot(const struct vproc_view *view, u64 addr,
				  struct vproc_sink *sink)
{
	static const struct vproc_region none;
	const struct vproc_region *region;

	region = vproc_snapshot_region(view, addr, false);
	vproc_sink_put(sink, region ?: &none, 1);
	sink->nr++;
	return region;
}

/* The same, as the tree has it. */
static bool vproc_lookup_tree(const struct vproc_view *view, u64 addr,
			      struct vproc_sink *sink)
{
	struct vproc_region *region = vproc_sink_next(sink);
	struct vproc_span span;

	if (vproc_space_find(view->space, addr, &span) && span.start <= addr) {
		vproc_view_export(view, &span, region);
		return true;
	}
	*region = (struct vproc_region) {};
	return false;
}

/* One try. -EAGAIN: a page of user memory was not there. */
static int vproc_lookup_write(const struct vproc_view *view,
			      struct vproc_lookup *lookup)
{
	const u64 __user *from = u64_to_user_ptr(lookup->addrs_addr);
	struct vproc_sink sink = {
		.to = u64_to_user_ptr(lookup->regions_addr),
		.room = lookup->count,
	};
	u32 some, i, found = 0;
	u64 addrs[16];
	bool served;
	int ret;

	ret = vproc_view_lock(view);
	if (ret)
		return ret;
	served = vproc_view_served(view, lookup->count);
	while (sink.nr < sink.room && !sink.failed) {
		some = min_t(u32, sink.room - sink.nr, ARRAY_SIZE(addrs));
		if (copy_from_user_nofault(addrs, from + sink.nr,
					   some * sizeof(*addrs))) {
			sink.failed = true;
			break;
		}
		for (i = 0; i < some; i++)
			found += served ?
				vproc_lookup_snapshot(view, addrs[i], &sink) :
				vproc_lookup_tree(view, addrs[i], &sink);
	}
	vproc_sink_flush(&sink);
	lookup->count = found;
	lookup->seq = *view->seq;
	vproc_view_unlock(view);
	return sink.failed ? -EAGAIN : 0;
}

/**
 * vproc_query_lookup - VPROC_LOOKUP
 * @view: the address space
 * @lookup: in and out; addresses and regions are in user memory
 *
 * Context: may sleep.
 * Return: see struct vproc_lookup.
 */
int vproc_query_lookup(const struct vproc_view *view,
		       struct vproc_lookup *lookup)
{
	size_t from = lookup->count * sizeof(u64);
	size_t to = lookup->count * sizeof(struct vproc_region);
	struct vproc_lookup tried;
	int ret;

	if (lookup->flags || lookup->reserved ||
	    lookup->count > VPROC_LOOKUP_MAX)
		return -EINVAL;
	do {
		tried = *lookup;
		ret = vproc_lookup_write(view, &tried);
		if (!ret)
			*lookup = tried;
		if (ret != -EAGAIN)
			return ret;
		ret = vproc_fault_in(u64_to_user_ptr(lookup->addrs_addr), from,
				     u64_to_user_ptr(lookup->regions_addr), to);
	} while (!ret);
	return ret;
}
