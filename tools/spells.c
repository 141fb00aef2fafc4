// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the events of a history to its spells: each region with its times.
 */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "spells.h"

/**
 * struct walk - a history in the course of its events
 * @spells: what has ended so far
 * @room: spells that there is room for
 * @live: the spells that have not ended, in the order of addresses
 * @count: how many
 * @live_room: how many there is room for
 * @spare: for what @live becomes in a step
 * @spare_room: how many there is room for
 * @last: the event before
 * @time: the moment: what happens now happens at this time,
 * @seq: and has this number
 * @known: are the regions known?
 */
struct walk {
	struct spells *spells;
	size_t room;
	struct spell *live;
	size_t count;
	size_t live_room;
	struct spell *spare;
	size_t spare_room;
	const struct vproc_event *last;
	__u64 time;
	__u64 seq;
	bool known;
};

/* Ends a spell, unless it was never a moment long. */
static void finish(struct walk *walk, struct spell *spell,
		   const struct vproc_event *end)
{
	struct spells *spells = walk->spells;

	if (spell->from_seq == walk->seq)
		return;
	spell->to = walk->time;
	spell->to_seq = walk->seq;
	spell->end = end;
	spells->list = memory_grow(spells->list, spells->count, &walk->room,
				   sizeof(*spells->list));
	spells->list[spells->count++] = *spell;
}

static void finish_all(struct walk *walk, const struct vproc_event *end)
{
	size_t i;

	for (i = 0; i < walk->count; i++)
		finish(walk, &walk->live[i], end);
	walk->count = 0;
}

/* The place of the first region that ends above an address. */
static size_t find(const struct walk *walk, __u64 addr)
{
	size_t low = 0, high = walk->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (walk->live[middle].region.end > addr)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* What a spell has from one that it continues. */
static void inherit(const struct walk *walk, struct spell *spell,
		    const struct spell *old)
{
	if (old->region.file != spell->region.file ||
	    old->region.start >= spell->region.end ||
	    old->region.end <= spell->region.start)
		return;
	if (!old->mapped || !spell->mapped)
		spell->mapped = NULL;
	else if (old->mapped->seq < spell->mapped->seq)
		spell->mapped = old->mapped;

	/* A LAYOUT says more about what the event before it has made. */
	if (spell->set && spell->set->op == VPROC_EV_LAYOUT &&
	    old->from == walk->time) {
		spell->set = old->set;
		spell->from_seq = old->from_seq;
	}
}

static struct spell begin(const struct walk *walk,
			  const struct vproc_region *region,
			  const struct vproc_event *event,
			  const struct spell *old, size_t nr_old)
{
	struct spell spell = {
		.region = *region,
		.from = walk->time,
		.from_seq = walk->seq,
		.set = event,
		.mapped = event,
		.image = walk->spells->nr_images - 1,
	};
	size_t i;

	for (i = 0; i < nr_old; i++)
		inherit(walk, &spell, &old[i]);
	return spell;
}

/* Did a spell end with a LAYOUT that has only said more about it? */
static bool is_superseded(const struct walk *walk, const struct spell *old,
			  const struct vproc_event *event)
{
	return event->op == VPROC_EV_LAYOUT && old->from == walk->time;
}

/* Puts the spells of @spare in the place of those from @first to before @last. */
static void replace(struct walk *walk, size_t first, size_t last, size_t count)
{
	size_t rest = walk->count - last;

	walk->live = memory_grow(walk->live, first + count + rest,
				 &walk->live_room, sizeof(*walk->live));
	memmove(&walk->live[first + count], &walk->live[last],
		rest * sizeof(*walk->live));
	memcpy(&walk->live[first], walk->spare, count * sizeof(*walk->live));
	walk->count = first + count + rest;
}

/* Of the regions that an event touched, those stay that are as they were. */
static void change(struct walk *walk, const struct vproc_step *step,
		   const struct vproc_event *event)
{
	size_t first = 0, last, old, i;

	if (step->nr_before)
		first = find(walk, step->before[0].start);
	else if (step->nr_after)
		first = find(walk, step->after[0].start);
	last = first + step->nr_before;
	walk->spare = memory_grow(walk->spare, step->nr_after,
				  &walk->spare_room, sizeof(*walk->spare));
	for (old = first, i = 0; i < step->nr_after; i++) {
		const struct vproc_region *region = &step->after[i];

		while (old < last &&
		       walk->live[old].region.start < region->start)
			old++;
		if (old < last &&
		    vproc_region_same(&walk->live[old].region, region)) {
			walk->spare[i] = walk->live[old];
			/* Not to be finished. */
			walk->live[old].from_seq = walk->seq;
		} else {
			walk->spare[i] = begin(walk, region, event,
					       &walk->live[first],
					       step->nr_before);
		}
	}
	for (old = first; old < last; old++) {
		if (!is_superseded(walk, &walk->live[old], event))
			finish(walk, &walk->live[old], event);
	}
	replace(walk, first, last, step->nr_after);
}

static void begin_image(struct walk *walk)
{
	struct spells *spells = walk->spells;

	spells->images = memory_need(reallocarray(spells->images,
						  spells->nr_images + 1,
						  sizeof(*spells->images)));
	spells->images[spells->nr_images++] = (struct spells_image){
		.from = walk->time,
		.from_seq = walk->seq,
	};
}

static struct spells_image *last_image(const struct walk *walk)
{
	return &walk->spells->images[walk->spells->nr_images - 1];
}

static void end_image(struct walk *walk)
{
	if (!walk->spells->nr_images)
		return;
	last_image(walk)->to = walk->time;
	last_image(walk)->to_seq = walk->seq;
}

static void begin_gap(struct walk *walk, __u64 from, bool lost)
{
	struct spells *spells = walk->spells;

	spells->gaps = memory_need(reallocarray(spells->gaps,
						spells->nr_gaps + 1,
						sizeof(*spells->gaps)));
	spells->gaps[spells->nr_gaps++] = (struct spells_gap){
		.from = from,
		.to = walk->time,
		.lost = lost,
	};
}

/* What has been lost ends at the present moment. */
static void end_gap(struct walk *walk)
{
	struct spells *spells = walk->spells;

	if (!walk->known && spells->nr_gaps)
		spells->gaps[spells->nr_gaps - 1].to = walk->time;
	walk->known = true;
}

static void lose(struct walk *walk, const struct vproc_event *event)
{
	/* Its own number is that of the last one lost. */
	walk->seq = event->seq - event->start + 1;
	finish_all(walk, event);
	walk->seq = event->seq;
	if (walk->known)
		begin_gap(walk, walk->time, true);
	walk->known = false;
}

/* Does an event go on with what the one before it tells, of the same moment? */
static bool is_detail(const struct vproc_event *last,
		      const struct vproc_event *event)
{
	if (!last || event->cause != last->cause ||
	    (event->op != VPROC_EV_SET && event->op != VPROC_EV_CLEAR &&
	     event->op != VPROC_EV_LAYOUT))
		return false;
	return event->cause == VPROC_CAUSE_ATTACH ||
	       event->cause == VPROC_CAUSE_EXEC ||
	       event->cause == VPROC_CAUSE_RESYNC ||
	       event->cause == VPROC_CAUSE_MISSED;
}

static void move_on(struct walk *walk, const struct vproc_event *event)
{
	walk->seq = event->seq;
	/* The time of a LOST is when that was noticed. */
	if (event->time > walk->time &&
	    (event->op != VPROC_EV_LOST || !walk->last))
		walk->time = event->time;
}

/* What an event is besides a change of regions. */
static void note(struct walk *walk, const struct vproc_event *event,
		 __u64 before)
{
	switch (event->op) {
	case VPROC_EV_ATTACH:
	case VPROC_EV_EXEC:
		end_image(walk);
		begin_image(walk);
		break;
	case VPROC_EV_RESYNC:
		if (walk->known)
			begin_gap(walk, before, false);
		break;
	case VPROC_EV_LOST:
		lose(walk, event);
		break;
	}
}

static void find_program(const struct walk *walk,
			 const struct vproc_step *step)
{
	struct vproc_region region;

	if (!vproc_map_program(step->map, &region))
		last_image(walk)->program = region.file;
}

static int take_step(const struct vproc_step *step, void *context)
{
	const struct vproc_event *event = step->event;
	struct walk *walk = context;
	const __u64 before = walk->time;
	const bool detail = is_detail(walk->last, event);

	if (!detail)
		move_on(walk, event);
	if (!walk->spells->nr_images && event->op != VPROC_EV_ATTACH)
		begin_image(walk);
	note(walk, event, before);
	if (step->known) {
		/* Nobody has seen what is known again begin. */
		change(walk, step, walk->known || event->op == VPROC_EV_EXEC ||
		       event->op == VPROC_EV_ATTACH ? event : NULL);
		end_gap(walk);
		if (detail || !last_image(walk)->program)
			find_program(walk, step);
	}
	if (event->op == VPROC_EV_END)
		finish_all(walk, event);
	walk->last = event;
	return 0;
}

/* Whatever is there at the last event. */
static void end(struct walk *walk)
{
	if (!walk->last)
		return;
	if (walk->last->op != VPROC_EV_END)
		walk->seq = walk->last->seq + 1;
	end_image(walk);
	end_gap(walk);
	finish_all(walk, NULL);
}

static int compare(const void *a, const void *b)
{
	const struct spell *one = a, *two = b;

	if (one->from_seq != two->from_seq)
		return one->from_seq < two->from_seq ? -1 : 1;
	return one->region.start < two->region.start ? -1 :
	       one->region.start > two->region.start;
}

void spells_read(struct spells *spells, const struct vproc_history *history)
{
	struct walk walk = { .spells = spells };

	*spells = (struct spells){};
	if (vproc_history_replay(history, take_step, &walk))
		memory_need(NULL);
	end(&walk);
	free(walk.live);
	free(walk.spare);
	if (spells->count)
		qsort(spells->list, spells->count, sizeof(spells->list[0]),
		      compare);
}

void spells_clear(struct spells *spells)
{
	free(spells->list);
	free(spells->images);
	free(spells->gaps);
	*spells = (struct spells){};
}
