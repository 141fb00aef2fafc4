/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _LIB_HISTORY_H
#define _LIB_HISTORY_H

#include "names.h"
#include "place.h"
#include "spans.h"
#include "vproc.h"

/*
 * Events are kept in arrays of so many, which never move. Most processes have few
 * events, and there may be very many processes.
 */
#define VPROC_CHUNK_EVENTS	32

/* At least so many events lie between two checkpoints. */
#define VPROC_CHECKPOINT_EVENTS	1024

/* An address space in the course of events. All zero is one without any. */
struct vproc_view {
	struct vproc_place place;
	struct vproc_spans spans;
};

/**
 * struct vproc_checkpoint - a view, put down
 * @index: it is what follows from so many events
 * @latest: the latest time of these
 * @place: see there
 * @spans: the regions; NULL without any
 * @count: how many
 */
struct vproc_checkpoint {
	size_t index;
	__u64 latest;
	struct vproc_place place;
	struct vproc_span *spans;
	size_t count;
};

/**
 * struct vproc_gate - whether there is a vsyscall page
 * @seq: a moment
 * @there: there is one in the image of that moment
 */
struct vproc_gate {
	__u64 seq;
	bool there;
};

/**
 * struct vproc_anchor - a state that waits for its event
 * @seq: number of that event
 * @place: see there
 * @spans: the regions
 * @count: how many
 */
struct vproc_anchor {
	__u64 seq;
	struct vproc_place place;
	struct vproc_span *spans;
	size_t count;
};

struct vproc_history {
	struct vproc_session *session;
	__u64 id;

	struct vproc_event **chunks;
	size_t nr_chunks;
	size_t room;
	size_t count;

	struct vproc_checkpoint *checkpoints;
	size_t nr_checkpoints;
	size_t checkpoint_room;

	/* After the last event: */
	struct vproc_view view;
	__u64 latest;		/* the latest time of all events */
	int broken;		/* an errno: nothing can be appended any more */
	const char *complaint;

	struct vproc_names names;
	struct vproc_gate *gates;
	size_t nr_gates;
	struct vproc_anchor anchor;

	pid_t pid;
	__u64 lost;
	__u64 resyncs;
	__u64 execs;
};

struct vproc_history *vproc_history_new(struct vproc_session *session,
					__u64 id);
void vproc_history_free(struct vproc_history *history);

static inline const struct vproc_event *
vproc_history_at(const struct vproc_history *history, size_t index)
{
	return &history->chunks[index / VPROC_CHUNK_EVENTS]
			       [index % VPROC_CHUNK_EVENTS];
}

/* Return 0, or -1 and ENOMEM; the view is then of no use. */
int vproc_view_apply(struct vproc_view *view, const struct vproc_event *event);

/* The last checkpoint of no more than @index events; NULL before the first. */
const struct vproc_checkpoint *
vproc_history_checkpoint(const struct vproc_history *history, size_t index);

/* A region as the device would show it. */
void vproc_history_export(const struct vproc_history *history, __u64 seq,
			  const struct vproc_place *place,
			  const struct vproc_span *span,
			  struct vproc_region *region);

/* The vsyscall page, if the process had one at a moment of @place. */
bool vproc_history_gate(const struct vproc_history *history,
			const struct vproc_place *place,
			struct vproc_region *region);

#endif /* _LIB_HISTORY_H */
