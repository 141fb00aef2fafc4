// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue that read() empties: events in order, in pages that come and go
 * with them, so that a tracker nobody reads costs what its limit allows and one
 * that is read costs next to nothing.
 *
 * Events are numbered without gaps, so what was lost needs no bookkeeping: it
 * is the distance between what the reader expects and what is still there.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "live/events.h"

#define VPROC_CHUNK_EVENTS	63

/**
 * struct vproc_chunk - a page of events
 * @node: in vproc_events.chunks
 * @first: number of the first event that was put in
 * @used: events put in
 * @events: the events
 */
struct vproc_chunk {
	struct list_head node;
	u64 first;
	u32 used;
	struct vproc_event events[VPROC_CHUNK_EVENTS];
};

static_assert(sizeof(struct vproc_chunk) <= PAGE_SIZE);

/**
 * vproc_events_init - an empty queue
 * @events: the queue
 * @limit: events to keep at the most; older ones make room
 */
void vproc_events_init(struct vproc_events *events, u64 limit)
{
	*events = (struct vproc_events) {
		.first = 1,
		.next = 1,
		.limit = limit,
	};
	INIT_LIST_HEAD(&events->chunks);
}

static void vproc_chunk_drop(struct vproc_chunk *chunk)
{
	list_del(&chunk->node);
	kfree(chunk);
}

/**
 * vproc_events_destroy - free the queue
 * @events: the queue
 */
void vproc_events_destroy(struct vproc_events *events)
{
	struct vproc_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &events->chunks, node)
		vproc_chunk_drop(chunk);
}

/* Forget all events below @first. */
static void vproc_events_forget(struct vproc_events *events, u64 first)
{
	struct vproc_chunk *chunk, *next;

	if (first <= events->first)
		return;

	WRITE_ONCE(events->first, first);
	list_for_each_entry_safe(chunk, next, &events->chunks, node) {
		if (chunk->first + chunk->used > first)
			break;
		/* The last one may have room for what comes. */
		if (list_is_last(&chunk->node, &events->chunks) &&
		    chunk->used < VPROC_CHUNK_EVENTS)
			break;
		vproc_chunk_drop(chunk);
	}
}

static struct vproc_chunk *vproc_chunk_get(struct vproc_events *events)
{
	struct vproc_chunk *chunk;

	if (!list_empty(&events->chunks)) {
		chunk = list_last_entry(&events->chunks, struct vproc_chunk, node);
		if (chunk->used < VPROC_CHUNK_EVENTS)
			return chunk;
	}

	chunk = kmalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!chunk)
		return NULL;
	chunk->first = events->seq;
	chunk->used = 0;
	list_add_tail(&chunk->node, &events->chunks);
	return chunk;
}

/**
 * vproc_events_push - append an event
 * @events: the queue
 * @event: the event; its number is filled in
 *
 * Cannot fail: without memory all that waits is lost, which the reader will be
 * told, and the numbering goes on.
 *
 * Context: the space's lock is held; may sleep.
 */
void vproc_events_push(struct vproc_events *events, struct vproc_event *event)
{
	struct vproc_chunk *chunk;

	WRITE_ONCE(events->seq, events->seq + 1);
	event->seq = events->seq;
	chunk = vproc_chunk_get(events);
	if (!chunk) {
		vproc_events_forget(events, events->seq + 1);
		return;
	}
	chunk->events[chunk->used++] = *event;
	if (events->seq - events->first >= events->limit)
		vproc_events_forget(events, events->seq - events->limit + 1);
}

/**
 * vproc_events_peek - copy the oldest events out, and leave them in
 * @events: the queue
 * @buf: where to put them
 * @room: how many fit, at least one
 * @batch: out: what to give to vproc_events_consume() once they have arrived
 *
 * If events were lost, the first one that is copied says so.
 *
 * Context: the space's lock is held.
 * Return: how many were copied.
 */
unsigned int vproc_events_peek(struct vproc_events *events,
			       struct vproc_event *buf, unsigned int room,
			       struct vproc_batch *batch)
{
	struct vproc_chunk *chunk;
	unsigned int copied = 0;
	u64 next = events->next;

	batch->lost = 0;
	if (next < events->first) {
		batch->lost = events->first - next;
		next = events->first;
		buf[copied++] = (struct vproc_event) {
			.seq = next - 1,
			.time = ktime_get_ns(),
			.start = batch->lost,
			.op = VPROC_EV_LOST,
			.syscall = -1,
		};
	}

	list_for_each_entry(chunk, &events->chunks, node) {
		while (copied < room && next >= chunk->first &&
		       next < chunk->first + chunk->used)
			buf[copied++] = chunk->events[next++ - chunk->first];
	}
	batch->next = next;
	return copied;
}

/**
 * vproc_events_consume - what was peeked at has arrived
 * @events: the queue
 * @batch: as vproc_events_peek() gave it
 *
 * What was overwritten since the peek is not lost: it has arrived.
 *
 * Context: the space's lock is held, and readers are serialised since the peek.
 */
void vproc_events_consume(struct vproc_events *events,
			  const struct vproc_batch *batch)
{
	events->lost += batch->lost;
	WRITE_ONCE(events->next, batch->next);
	vproc_events_forget(events, batch->next);
}

/**
 * vproc_events_visit - look at all events after one
 * @events: the queue
 * @after: the number of that one
 * @visit: called with each, in order
 * @data: handed to it
 *
 * Context: the space's lock is held.
 * Return: false if not all of them are there any more; nothing is then visited.
 */
bool vproc_events_visit(struct vproc_events *events, u64 after,
			void (*visit)(const struct vproc_event *event,
				      void *data), void *data)
{
	struct vproc_chunk *chunk;
	u32 i;

	if (after + 1 < events->first)
		return false;
	if (after >= events->seq)
		return true;

	/* From the end: what is asked for is most often new. */
	list_for_each_entry_reverse(chunk, &events->chunks, node) {
		if (chunk->first <= after + 1)
			break;
	}
	list_for_each_entry_from(chunk, &events->chunks, node) {
		for (i = 0; i < chunk->used; i++)
			if (chunk->events[i].seq > after)
				visit(&chunk->events[i], data);
	}
	return true;
}
