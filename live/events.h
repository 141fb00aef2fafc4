/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _VPROC_LIVE_EVENTS_H
#define _VPROC_LIVE_EVENTS_H

#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "vproc_mem.h"

/**
 * struct vproc_events - from apply to the reader of the device
 * @chunks: pages of events, the oldest first; freed as they are read
 * @seq: number of the last event
 * @first: number of the oldest event that is kept
 * @next: number of the event that the reader gets next; below @first if events
 *	were lost in between
 * @lost: events lost that the reader has been told of
 * @limit: events kept at the most
 *
 * Protected by the space's lock.
 */
struct vproc_events {
	struct list_head chunks;
	u64 seq;
	u64 first;
	u64 next;
	u64 lost;
	u64 limit;
};

/**
 * struct vproc_batch - what a peek returned
 * @next: number of the first event that it did not return
 * @lost: events that its LOST event spoke of
 */
struct vproc_batch {
	u64 next;
	u64 lost;
};

void vproc_events_init(struct vproc_events *events, u64 limit);
void vproc_events_destroy(struct vproc_events *events);

void vproc_events_push(struct vproc_events *events, struct vproc_event *event);
unsigned int vproc_events_peek(struct vproc_events *events,
			       struct vproc_event *buf, unsigned int room,
			       struct vproc_batch *batch);
bool vproc_events_visit(struct vproc_events *events, u64 after,
			void (*visit)(const struct vproc_event *event,
				      void *data), void *data);
void vproc_events_consume(struct vproc_events *events,
			  const struct vproc_batch *batch);

/* Events that wait to be read; without the space's lock, about. */
static inline u64 vproc_events_unread(const struct vproc_events *events)
{
	return READ_ONCE(events->seq) + 1 -
	       max(READ_ONCE(events->first), READ_ONCE(events->next));
}

/* Events lost, whether or not the reader has been told yet. */
static inline u64 vproc_events_lost(const struct vproc_events *events)
{
	u64 gap = 0;

	if (events->first > events->next)
		gap = events->first - events->next;
	return events->lost + gap;
}

/* Is there anything to tell the reader? */
static inline bool vproc_events_ready(const struct vproc_events *events)
{
	return events->next <= events->seq;
}

#endif /* _VPROC_LIVE_EVENTS_H */
