// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histories: the events of a tracker, and checkpoints among them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "session.h"

struct vproc_history *vproc_history_new(struct vproc_session *session, __u64 id)
{
	struct vproc_history *history = calloc(1, sizeof(*history));

	if (history) {
		history->session = session;
		history->id = id;
	}
	return history;
}

void vproc_history_free(struct vproc_history *history)
{
	size_t i;

	for (i = 0; i < history->nr_chunks; i++)
		free(history->chunks[i]);
	for (i = 0; i < history->nr_checkpoints; i++)
		free(history->checkpoints[i].spans);
	vproc_spans_empty(&history->view.spans);
	vproc_names_clear(&history->names);
	free(history->chunks);
	free(history->checkpoints);
	free(history->gates);
	free(history->anchor.spans);
	free(history);
}

int vproc_view_apply(struct vproc_view *view, const struct vproc_event *event)
{
	const struct vproc_span span = {
		.start = event->start,
		.end = event->end,
		.offset = event->offset,
		.file = event->file,
		.type = event->type,
		.perm = event->perm,
	};

	vproc_place_apply(&view->place, event);
	switch (event->op) {
	case VPROC_EV_SET:
		return vproc_spans_set(&view->spans, &span);
	case VPROC_EV_CLEAR:
		return vproc_spans_clear(&view->spans, event->start,
					 event->end);
	case VPROC_EV_EXEC:
	case VPROC_EV_LOST:
		vproc_spans_empty(&view->spans);
		return 0;
	}
	return 0;
}

static const struct vproc_event *last_event(const struct vproc_history *history)
{
	return history->count ? vproc_history_at(history, history->count - 1) :
				NULL;
}

/* What is wrong with an event for itself; NULL if nothing is. */
static const char *check_event(const struct vproc_event *event)
{
	const bool attaches = event->op == VPROC_EV_ATTACH;
	const bool first = event->seq == 1;

	if (event->op < VPROC_EV_SET || event->op > VPROC_EV_END)
		return "there is no such event";
	if (event->cause >= VPROC_NR_CAUSES)
		return "there is no such cause";
	if (event->op != VPROC_EV_LOST && attaches != first)
		return "a stream begins with ATTACH, and has it once";
	if (event->op == VPROC_EV_LOST && !event->start)
		return "nothing was lost";
	if (event->op != VPROC_EV_SET && event->op != VPROC_EV_CLEAR)
		return NULL;
	if (event->start >= event->end)
		return "its range is empty";
	if (event->op == VPROC_EV_SET && (event->type == VPROC_TYPE_NONE ||
					  event->type >= VPROC_NR_TYPES))
		return "there is no such type";
	return NULL;
}

/* What is wrong with it as the next one; NULL if nothing is. */
static const char *check_next(const struct vproc_history *history,
			      const struct vproc_event *event)
{
	const struct vproc_event *last = last_event(history);
	__u64 before = last ? last->seq : 0;
	__u64 steps = event->op == VPROC_EV_LOST ? event->start : 1;

	if (last && last->op == VPROC_EV_END)
		return "it comes after the END";
	if (event->seq <= before || event->seq - before != steps)
		return "its number is out of sequence";
	return NULL;
}

static int store_event(struct vproc_history *history,
		       const struct vproc_event *event)
{
	size_t at = history->count / VPROC_CHUNK_EVENTS;
	size_t room = 2 * history->room + 4;
	struct vproc_event **chunks;

	if (at == history->room) {
		chunks = reallocarray(history->chunks, room, sizeof(*chunks));
		if (!chunks)
			return -1;
		history->chunks = chunks;
		history->room = room;
	}
	if (at == history->nr_chunks) {
		history->chunks[at] = calloc(VPROC_CHUNK_EVENTS,
					     sizeof(*event));
		if (!history->chunks[at])
			return -1;
		history->nr_chunks++;
	}
	history->chunks[at][history->count % VPROC_CHUNK_EVENTS] = *event;
	history->count++;
	return 0;
}

static struct vproc_checkpoint *new_checkpoint(struct vproc_history *history)
{
	struct vproc_checkpoint *list = history->checkpoints;
	size_t room = 2 * history->checkpoint_room + 4;

	if (history->nr_checkpoints == history->checkpoint_room) {
		list = reallocarray(list, room, sizeof(*list));
		if (!list)
			return NULL;
		history->checkpoints = list;
		history->checkpoint_room = room;
	}
	list += history->nr_checkpoints;
	*list = (struct vproc_checkpoint){
		.index = history->count,
		.latest = history->latest,
	};
	return list;
}

/* Puts the view down. */
static int make_checkpoint(struct vproc_history *history)
{
	struct vproc_checkpoint *checkpoint = new_checkpoint(history);
	const struct vproc_spans *spans = &history->view.spans;

	if (!checkpoint)
		return -1;
	checkpoint->place = history->view.place;
	checkpoint->count = spans->count;
	if (spans->count) {
		checkpoint->spans = calloc(spans->count,
					   sizeof(*checkpoint->spans));
		if (!checkpoint->spans)
			return -1;
		vproc_spans_save(spans, checkpoint->spans);
	}
	history->nr_checkpoints++;
	return 0;
}

static bool is_checkpoint_due(const struct vproc_history *history)
{
	size_t since = history->count;

	if (history->nr_checkpoints)
		since -= history->checkpoints[history->nr_checkpoints - 1].index;
	return since >= VPROC_CHECKPOINT_EVENTS &&
	       since >= history->view.spans.count;
}

/* The anchor says what the view is, and nothing before it has to be known. */
static int adopt_anchor(struct vproc_history *history)
{
	struct vproc_anchor *anchor = &history->anchor;
	struct vproc_view *view = &history->view;
	__u64 image = view->place.image;
	int ret = 0;

	if (!view->place.known) {
		view->place = anchor->place;
		view->place.image = image;
		ret = vproc_spans_load(&view->spans, anchor->spans,
				       anchor->count);
		if (!ret)
			ret = make_checkpoint(history);
	}
	free(anchor->spans);
	*anchor = (struct vproc_anchor){};
	return ret;
}

static int count_event(struct vproc_history *history,
		       const struct vproc_event *event)
{
	/* The time of a LOST is when that was noticed. */
	if (event->op != VPROC_EV_LOST && event->time > history->latest)
		history->latest = event->time;
	switch (event->op) {
	case VPROC_EV_ATTACH:
		history->pid = event->end;
		break;
	case VPROC_EV_EXEC:
		history->execs++;
		break;
	case VPROC_EV_RESYNC:
		history->resyncs++;
		break;
	case VPROC_EV_LOST:
		history->lost += event->start;
		break;
	case VPROC_EV_FORK:
		if (event->start)
			return vproc_session_note_birth(history->session,
							event->start,
							history->id);
		break;
	}
	return 0;
}

static int append_event(struct vproc_history *history,
			const struct vproc_event *event)
{
	if (store_event(history, event) || count_event(history, event) ||
	    vproc_view_apply(&history->view, event))
		return -1;
	if (history->anchor.seq == event->seq)
		return adopt_anchor(history);
	return is_checkpoint_due(history) ? make_checkpoint(history) : 0;
}

int vproc_history_append(struct vproc_history *history,
			 const struct vproc_event *events, size_t count)
{
	size_t i;

	for (i = 0; i < count && !history->broken; i++) {
		history->complaint = check_event(&events[i]);
		if (!history->complaint)
			history->complaint = check_next(history, &events[i]);
		if (history->complaint)
			history->broken = EPROTO;
		else if (append_event(history, &events[i]))
			history->broken = errno;
	}
	errno = history->broken;
	return history->broken ? -1 : 0;
}

const char *vproc_history_complaint(const struct vproc_history *history)
{
	return history->complaint;
}

int vproc_history_set_name(struct vproc_history *history,
			   const struct vproc_name *name)
{
	return vproc_names_add(&history->names, name);
}

const struct vproc_name *
vproc_history_name(const struct vproc_history *history, __u64 id, __u64 seq)
{
	return vproc_names_find(&history->names, id, seq);
}

static int note_gate(struct vproc_history *history, __u64 seq, bool there)
{
	struct vproc_gate *gates;

	gates = reallocarray(history->gates, history->nr_gates + 1,
			     sizeof(*gates));
	if (!gates)
		return -1;
	gates[history->nr_gates++] = (struct vproc_gate){ seq, there };
	history->gates = gates;
	return 0;
}

static int set_anchor(struct vproc_history *history,
		      const struct vproc_regions *head,
		      const struct vproc_region *regions, size_t count)
{
	struct vproc_anchor anchor = {
		.seq = head->seq,
		.count = count,
		.place = {
			.start_brk = head->start_brk,
			.brk = head->brk,
			.start_stack = head->start_stack,
			.known = true,
		},
	};
	size_t i;

	if (count) {
		anchor.spans = calloc(count, sizeof(*anchor.spans));
		if (!anchor.spans)
			return -1;
	}
	for (i = 0; i < count; i++)
		anchor.spans[i] = (struct vproc_span){
			.start = regions[i].start,
			.end = regions[i].end,
			.offset = regions[i].offset,
			.file = regions[i].file,
			.type = vproc_own_type(&regions[i]),
			.perm = regions[i].perm,
		};
	free(history->anchor.spans);
	history->anchor = anchor;
	return 0;
}

int vproc_history_anchor(struct vproc_history *history,
			 const struct vproc_regions *head,
			 const struct vproc_region *regions)
{
	const struct vproc_event *last = last_event(history);
	size_t count = head->count;
	bool has_gate;

	has_gate = count && regions[count - 1].name == VPROC_NAME_VSYSCALL;
	if (has_gate) {
		history->session->gate = regions[--count];
		history->session->has_gate = true;
	}
	if (note_gate(history, head->seq, has_gate))
		return -1;

	/* It can only be of use if nothing newer is known. */
	if (last && head->seq < last->seq)
		return 0;
	if (set_anchor(history, head, regions, count))
		return -1;
	return last && head->seq == last->seq ? adopt_anchor(history) : 0;
}

void vproc_history_info(const struct vproc_history *history,
			struct vproc_history_info *info)
{
	const struct vproc_event *last = last_event(history);

	*info = (struct vproc_history_info){
		.id = history->id,
		.parent = vproc_session_parent(history->session, history->id),
		.pid = history->pid,
		.end = history->latest,
		.events = history->count,
		.lost = history->lost,
		.resyncs = history->resyncs,
		.execs = history->execs,
	};
	if (!last)
		return;
	info->start = vproc_history_at(history, 0)->time;
	info->first = vproc_history_at(history, 0)->seq;
	info->last = last->seq;
	info->ended = last->op == VPROC_EV_END;
	if (info->ended)
		info->end_cause = last->cause;
}

const struct vproc_event *
vproc_history_event(const struct vproc_history *history, size_t index)
{
	return index < history->count ? vproc_history_at(history, index) : NULL;
}

size_t vproc_history_index(const struct vproc_history *history, __u64 seq)
{
	size_t low = 0, high = history->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (vproc_history_at(history, middle)->seq > seq)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

const struct vproc_checkpoint *
vproc_history_checkpoint(const struct vproc_history *history, size_t index)
{
	size_t low = 0, high = history->nr_checkpoints;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (history->checkpoints[middle].index > index)
			high = middle;
		else
			low = middle + 1;
	}
	return low ? &history->checkpoints[low - 1] : NULL;
}
