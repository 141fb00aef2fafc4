// SPDX-License-Identifier: GPL-2.0-only
/*
 * Questions about a moment: answered from the checkpoint before it, and the
 * events in between.
 */
#include <errno.h>
#include <stdlib.h>

#include "history.h"
#include "session.h"
#include "snapshot.h"

static int fail(int error)
{
	errno = error;
	return -1;
}

static bool is_detail(const struct vproc_event *event)
{
	return event->op == VPROC_EV_SET || event->op == VPROC_EV_CLEAR ||
	       event->op == VPROC_EV_LAYOUT;
}

/* These tell what was there all at once. */
static bool tells_at_once(const struct vproc_event *event)
{
	switch (event->cause) {
	case VPROC_CAUSE_ATTACH:
	case VPROC_CAUSE_EXEC:
	case VPROC_CAUSE_RESYNC:
	case VPROC_CAUSE_MISSED:
		return event->op != VPROC_EV_END && event->op != VPROC_EV_FORK;
	}
	return false;
}

/* The first event that is later than @time, or its like. */
static size_t find_time(const struct vproc_history *history, __u64 time)
{
	size_t low = 0, high = history->nr_checkpoints, index = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (history->checkpoints[middle].latest > time)
			high = middle;
		else
			low = middle + 1;
	}
	if (low)
		index = history->checkpoints[low - 1].index;
	for (; index < history->count; index++) {
		const struct vproc_event *event =
			vproc_history_at(history, index);

		/* The time of a LOST is when that was noticed. */
		if (event->time > time && event->op != VPROC_EV_LOST)
			break;
	}
	return index;
}

int vproc_history_seq_at(const struct vproc_history *history, __u64 time,
			 __u64 *seq)
{
	size_t index = find_time(history, time);
	const struct vproc_event *last, *next;

	if (!index)
		return fail(ERANGE);
	/* At the time of the event before a loss, nothing has been lost yet. */
	if (index > 1 && vproc_history_at(history, index - 1)->op == VPROC_EV_LOST &&
	    vproc_history_at(history, index - 2)->time >= time)
		index--;
	last = vproc_history_at(history, index - 1);
	if (last->op == VPROC_EV_END && time > last->time)
		return fail(ESRCH);
	while ((next = vproc_history_event(history, index)) &&
	       tells_at_once(last) && is_detail(next) &&
	       next->cause == last->cause) {
		last = next;
		index++;
	}
	if (next && next->op == VPROC_EV_RESYNC && time > last->time)
		return fail(ENODATA);
	*seq = last->seq;
	return 0;
}

/* How many events lead to a moment; -1 and errno. */
static ssize_t find_moment(const struct vproc_history *history, __u64 seq)
{
	size_t index = vproc_history_index(history, seq);
	const struct vproc_event *next = vproc_history_event(history, index);

	/* Below the number of a LOST is what has been lost. */
	if (next && next->op == VPROC_EV_LOST && seq > next->seq - next->start)
		return fail(ENODATA);
	if (!index || (!next && vproc_history_at(history, index - 1)->seq < seq))
		return fail(ERANGE);
	return index;
}

__u32 vproc_session_place(const struct vproc_session *session,
			  const struct vproc_event *layout,
			  const struct vproc_event *set)
{
	struct vproc_place place = {};

	vproc_place_apply(&place, layout);
	return vproc_place_name(&place, session->touching, set->start,
				set->end);
}

void vproc_history_export(const struct vproc_history *history, __u64 seq,
			  const struct vproc_place *place,
			  const struct vproc_span *span,
			  struct vproc_region *region)
{
	const struct vproc_name *name =
		vproc_history_name(history, span->file, seq);

	*region = (struct vproc_region){
		.start = span->start,
		.end = span->end,
		.name = span->file,
		.file = span->file,
		.perm = span->perm,
		.type = span->type,
	};
	if (vproc_is_anonymous(span->file, name)) {
		vproc_place_region(place, history->session->touching, region);
		return;
	}
	if (name) {
		region->inode = name->inode;
		region->dev_major = name->dev_major;
		region->dev_minor = name->dev_minor;
	}
	/* What the kernel maps has a name and no file. */
	if (!name || name->kind == VPROC_FILE_PATH || name->inode)
		region->offset = span->offset;
}

/* Number of the ATTACH or EXEC that the image of @seq began with. */
static __u64 image_of(const struct vproc_history *history, __u64 seq)
{
	size_t index = vproc_history_index(history, seq);
	const struct vproc_checkpoint *checkpoint =
		vproc_history_checkpoint(history, index);
	struct vproc_place place = {};
	size_t i = 0;

	if (checkpoint) {
		place = checkpoint->place;
		i = checkpoint->index;
	}
	for (; i < index; i++)
		vproc_place_apply(&place, vproc_history_at(history, i));
	return place.image;
}

/*
 * What was asked about this very image tells. Without that, as for one that
 * was gone too soon, it is that a 64-bit process has the page and a 32-bit one,
 * whose stack is below 4 GiB, has not.
 */
bool vproc_history_gate(const struct vproc_history *history,
			const struct vproc_place *place,
			struct vproc_region *region)
{
	const struct vproc_session *session = history->session;
	bool there = session->has_gate && place->start_stack >> 32;
	size_t i = 0;

	while (i < history->nr_gates && history->gates[i].seq < place->image)
		i++;
	if (i < history->nr_gates &&
	    image_of(history, history->gates[i].seq) == place->image)
		there = history->gates[i].there && session->has_gate;
	if (there)
		*region = session->gate;
	return there;
}

/* The view after @index events. */
static int replay(const struct vproc_history *history, size_t index,
		  struct vproc_view *view)
{
	const struct vproc_checkpoint *checkpoint =
		vproc_history_checkpoint(history, index);
	size_t i = 0;

	if (checkpoint) {
		i = checkpoint->index;
		view->place = checkpoint->place;
		if (vproc_spans_load(&view->spans, checkpoint->spans,
				     checkpoint->count))
			return -1;
	}
	for (; i < index; i++) {
		if (vproc_view_apply(view, vproc_history_at(history, i)))
			return -1;
	}
	return view->place.known ? 0 : fail(ENODATA);
}

static int fill(const struct vproc_history *history,
		const struct vproc_view *view, struct vproc_snapshot *snapshot)
{
	struct vproc_spans_place at;

	/* One more, for the vsyscall page. */
	if (vproc_snapshot_need(snapshot, view->spans.count + 1))
		return -1;
	snapshot->image = view->place.image;
	snapshot->start_brk = view->place.start_brk;
	snapshot->brk = view->place.brk;
	snapshot->start_stack = view->place.start_stack;
	snapshot->count = 0;
	for (vproc_spans_find(&view->spans, 0, &at); at.span;
	     vproc_spans_next(&view->spans, &at))
		vproc_history_export(history, snapshot->seq, &view->place,
				     at.span,
				     &snapshot->regions[snapshot->count++]);
	if (vproc_history_gate(history, &view->place,
			       &snapshot->regions[snapshot->count]))
		snapshot->count++;
	return 0;
}

int vproc_history_snapshot(const struct vproc_history *history, __u64 seq,
			   struct vproc_snapshot *snapshot)
{
	ssize_t index = find_moment(history, seq);
	struct vproc_view view = {};
	int ret;

	if (index < 0)
		return -1;
	ret = replay(history, index, &view);
	if (!ret) {
		snapshot->seq = seq;
		snapshot->time = vproc_history_at(history, index - 1)->time;
		ret = fill(history, &view, snapshot);
	}
	vproc_spans_empty(&view.spans);
	return ret;
}

/* The one region that is followed; .start is .end if there is none. */
static void follow(struct vproc_span *span, const struct vproc_event *event,
		   __u64 addr)
{
	switch (event->op) {
	case VPROC_EV_SET:
	case VPROC_EV_CLEAR:
		break;
	case VPROC_EV_EXEC:
	case VPROC_EV_LOST:
		*span = (struct vproc_span){};
		return;
	default:
		return;
	}
	if (event->start > addr) {
		if (span->end > event->start)
			vproc_span_cut_tail(span, event->start);
	} else if (event->end <= addr) {
		if (span->start < event->end && span->end)
			vproc_span_cut_head(span, event->end);
	} else {
		*span = (struct vproc_span){};
		if (event->op == VPROC_EV_SET)
			*span = (struct vproc_span){
				.start = event->start,
				.end = event->end,
				.offset = event->offset,
				.file = event->file,
				.type = event->type,
				.perm = event->perm,
			};
	}
}

/* The span of a checkpoint that covers an address, else an empty one. */
static struct vproc_span
find_span(const struct vproc_checkpoint *checkpoint, __u64 addr)
{
	size_t low = 0, high = checkpoint->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (checkpoint->spans[middle].end > addr)
			high = middle;
		else
			low = middle + 1;
	}
	if (low < checkpoint->count && checkpoint->spans[low].start <= addr)
		return checkpoint->spans[low];
	return (struct vproc_span){};
}

int vproc_history_region(const struct vproc_history *history, __u64 seq,
			 __u64 addr, struct vproc_region *region)
{
	ssize_t index = find_moment(history, seq);
	const struct vproc_checkpoint *checkpoint;
	struct vproc_place place = {};
	struct vproc_span span = {};
	ssize_t i = 0;

	if (index < 0)
		return -1;
	checkpoint = vproc_history_checkpoint(history, index);
	if (checkpoint) {
		i = checkpoint->index;
		place = checkpoint->place;
		span = find_span(checkpoint, addr);
	}
	for (; i < index; i++) {
		vproc_place_apply(&place, vproc_history_at(history, i));
		follow(&span, vproc_history_at(history, i), addr);
	}
	if (!place.known)
		return fail(ENODATA);
	if (span.end) {
		vproc_history_export(history, seq, &place, &span, region);
		return 0;
	}
	if (vproc_history_gate(history, &place, region) &&
	    addr >= region->start && addr < region->end)
		return 0;
	return fail(ENOENT);
}

static bool changes(const struct vproc_event *event, __u64 addr)
{
	switch (event->op) {
	case VPROC_EV_SET:
	case VPROC_EV_CLEAR:
		return addr >= event->start && addr < event->end;
	case VPROC_EV_ATTACH:
	case VPROC_EV_EXEC:
		return true;
	}
	return false;
}

const struct vproc_event *
vproc_history_last_change(const struct vproc_history *history, __u64 addr,
			  __u64 seq)
{
	size_t index = vproc_history_index(history, seq);

	while (index--) {
		const struct vproc_event *event =
			vproc_history_at(history, index);

		if (changes(event, addr))
			return event;
	}
	return NULL;
}

const struct vproc_event *
vproc_history_next_change(const struct vproc_history *history, __u64 addr,
			  __u64 seq)
{
	size_t index = vproc_history_index(history, seq);

	for (; index < history->count; index++) {
		const struct vproc_event *event =
			vproc_history_at(history, index);

		if (changes(event, addr) || event->op == VPROC_EV_END)
			return event;
	}
	return NULL;
}
