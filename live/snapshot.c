// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tracker's regions once more, as an array in the form that user space sees
 * them. To copy that takes a tenth of what a walk through the tree does. It is
 * made when a reader wants all regions, or has looked up as many as there are. What
 * has changed since tells which part of it to replace, to bring it up to date: that
 * is done again when a reader wants all, or for a few look-ups.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "live/query.h"
#include "live/since.h"
#include "live/snapshot.h"
#include "live/tracker.h"

/*
 * A new one is cheaper if more than one in this many has changed, or if more than
 * this many times all of it would be moved.
 */
#define VPROC_SNAPSHOT_CHANGED	8

/*
 * To take up an event costs what so many look-ups gain by it, and to move the rest of
 * the array for it at most what one for so many regions do.
 */
#define VPROC_SNAPSHOT_EVENT	6
#define VPROC_SNAPSHOT_MOVED	64

/**
 * vproc_snapshot_is_current - does it show the present state?
 * @tracker: the tracker
 *
 * Context: the space's lock is held, and the log has been applied.
 * Return: true if it does.
 */
bool vproc_snapshot_is_current(const struct vproc_tracker *tracker)
{
	const struct vproc_snapshot *snapshot = &tracker->snapshot;

	return snapshot->regions && snapshot->seq == tracker->events.seq &&
	       snapshot->forked == READ_ONCE(tracker->forked);
}

/**
 * vproc_snapshot_find - the first region that ends above an address
 * @snapshot: the snapshot
 * @addr: the address
 *
 * Context: the space's lock is held.
 * Return: its index; the number of regions if there is none.
 */
unsigned long vproc_snapshot_find(const struct vproc_snapshot *snapshot,
				  u64 addr)
{
	const struct vproc_region *at = snapshot->regions, *mid;
	unsigned long half, nr = snapshot->nr;

	if (!nr)
		return 0;
	/*
	 * What the first step leaves is one less than a power of two, and so is
	 * what each other one does. There is no branch on what is found, which
	 * none could foretell.
	 */
	half = rounddown_pow_of_two(nr);
	if (at[half - 1].end <= addr)
		at += nr - half + 1;
	for (half *= sizeof(*at) / 2; half > sizeof(*at) / 2; half /= 2) {
		mid = (void *)at + half;
		at = mid[-1].end > addr ? at : mid;
	}
	return at - snapshot->regions;
}

/**
 * vproc_snapshot_free - let go of it
 * @snapshot: the snapshot
 *
 * Context: the space's lock is held, or nobody else can reach it; may sleep.
 */
void vproc_snapshot_free(struct vproc_snapshot *snapshot)
{
	kvfree(snapshot->regions);
	snapshot->regions = NULL;
	snapshot->room = 0;
}

/* An array of at least @nr, with some room to grow; nobody is killed for it. */
static struct vproc_region *vproc_snapshot_alloc(unsigned long nr,
						 unsigned long *room)
{
	*room = nr + nr / 8 + 16;
	return kvmalloc_array(*room, sizeof(struct vproc_region),
			      GFP_KERNEL_ACCOUNT | __GFP_NORETRY |
			      __GFP_NOWARN);
}

/* It shows the present state, with what @forked tells of copies on write. */
static void vproc_snapshot_is_of(struct vproc_tracker *tracker, u64 forked)
{
	struct vproc_snapshot *snapshot = &tracker->snapshot;

	snapshot->seq = tracker->events.seq;
	snapshot->forked = forked;
	snapshot->missed = 0;
}

static bool vproc_snapshot_make(struct vproc_tracker *tracker)
{
	struct vproc_snapshot *snapshot = &tracker->snapshot;
	struct vproc_space *space = &tracker->space;
	u64 forked = READ_ONCE(tracker->forked);
	struct vproc_walk walk;
	struct vproc_span span;

	if (space->nr > snapshot->room || space->nr < snapshot->room / 4) {
		vproc_snapshot_free(snapshot);
		snapshot->regions = vproc_snapshot_alloc(space->nr,
							 &snapshot->room);
		if (!snapshot->regions)
			return false;
	}
	snapshot->nr = 0;
	vproc_walk_begin(&walk, space, 0);
	while (vproc_walk_next(&walk, &span))
		vproc_export(tracker, &span, &snapshot->regions[snapshot->nr++]);
	vproc_snapshot_is_of(tracker, forked);
	return true;
}

/**
 * struct vproc_patch - a part of a snapshot, and what is to be there
 * @start: first address
 * @end: first address after it
 * @low: index of the first region of the snapshot that lies in it
 * @high: index of the first one above
 * @nr: how many regions there are now
 */
struct vproc_patch {
	unsigned long start;
	unsigned long end;
	unsigned long low;
	unsigned long high;
	unsigned long nr;
};

/* The index of the first region from @low on that starts at or above @addr. */
static unsigned long vproc_snapshot_above(const struct vproc_snapshot *snapshot,
					  unsigned long low, unsigned long addr)
{
	while (low < snapshot->nr && snapshot->regions[low].start < addr)
		low++;
	return low;
}

/*
 * Widen a range that has changed to whole regions, of the snapshot and of now,
 * and count those of now.
 */
static void vproc_patch_widen(struct vproc_tracker *tracker,
			      struct vproc_patch *patch)
{
	const struct vproc_snapshot *snapshot = &tracker->snapshot;
	struct vproc_walk walk;
	struct vproc_span span;
	bool wider;

	patch->low = vproc_snapshot_find(snapshot, patch->start);
	if (patch->low < snapshot->nr)
		patch->start = min_t(u64, patch->start,
				     snapshot->regions[patch->low].start);
	do {
		patch->high = vproc_snapshot_above(snapshot, patch->low,
						   patch->end);
		if (patch->high > patch->low)
			patch->end = max_t(u64, patch->end,
					   snapshot->regions[patch->high - 1].end);
		wider = false;
		patch->nr = 0;
		vproc_walk_begin(&walk, &tracker->space, patch->start);
		while (vproc_walk_next(&walk, &span) && span.start < patch->end) {
			patch->nr++;
			wider |= span.end > patch->end;
			patch->end = max(patch->end, span.end);
		}
	} while (wider);
}

static bool vproc_patch_apply(struct vproc_tracker *tracker,
			      const struct vproc_patch *patch)
{
	struct vproc_snapshot *snapshot = &tracker->snapshot;
	unsigned long nr = snapshot->nr - (patch->high - patch->low) + patch->nr;
	struct vproc_region *at = snapshot->regions + patch->low;
	struct vproc_walk walk;
	struct vproc_span span;

	if (nr > snapshot->room)
		return false;
	if (nr != snapshot->nr)
		memmove(at + patch->nr, snapshot->regions + patch->high,
			(snapshot->nr - patch->high) * sizeof(*at));
	snapshot->nr = nr;
	vproc_walk_begin(&walk, &tracker->space, patch->start);
	while (vproc_walk_next(&walk, &span) && span.start < patch->end)
		vproc_export(tracker, &span, at++);
	return true;
}

/* Replace what has changed. False: a new one is to be made. */
static bool vproc_snapshot_patch(struct vproc_tracker *tracker)
{
	struct vproc_snapshot *snapshot = &tracker->snapshot;
	u64 forked = READ_ONCE(tracker->forked);
	unsigned long moved = 0;
	struct vproc_ranges ranges;
	bool done = true;
	u32 i;

	if (!snapshot->regions || snapshot->forked != forked ||
	    (tracker->events.seq - snapshot->seq) * VPROC_SNAPSHOT_CHANGED >
	    snapshot->nr || vproc_since(tracker, snapshot->seq, &ranges))
		return false;
	for (i = 0; i < ranges.nr && done; i++) {
		struct vproc_patch patch = {
			.start = ranges.array[i].start,
			.end = ranges.array[i].end,
		};

		vproc_patch_widen(tracker, &patch);
		moved += patch.nr;
		if (patch.nr != patch.high - patch.low)
			moved += snapshot->nr - patch.high;
		/* Many holes far apart move the rest of it over and over. */
		done = moved <= snapshot->nr * VPROC_SNAPSHOT_CHANGED &&
		       vproc_patch_apply(tracker, &patch);
	}
	kvfree(ranges.array);
	if (done)
		vproc_snapshot_is_of(tracker, forked);
	return done;
}

/**
 * vproc_snapshot_update - make it show the present state
 * @tracker: the tracker
 *
 * Context: the space's lock is held, and the log has been applied; may sleep.
 * Return: false if there is no memory for it.
 */
bool vproc_snapshot_update(struct vproc_tracker *tracker)
{
	return vproc_snapshot_is_current(tracker) ||
	       vproc_snapshot_patch(tracker) || vproc_snapshot_make(tracker);
}

/* As many look-ups as gain by its being brought up to date what that costs. */
static u64 vproc_snapshot_lag(const struct vproc_tracker *tracker)
{
	const struct vproc_snapshot *snapshot = &tracker->snapshot;
	u64 lag = (tracker->events.seq - snapshot->seq) * VPROC_SNAPSHOT_EVENT;

	if (snapshot->nr != tracker->space.nr)
		lag = max_t(u64, lag, snapshot->nr / VPROC_SNAPSHOT_MOVED);
	return lag;
}

/**
 * vproc_snapshot_serves - are regions to be looked up in it, not in the tree?
 * @tracker: the tracker
 * @nr: how many
 *
 * Context: the space's lock is held, and the log has been applied; may sleep.
 * Return: true if it is current, or now worth to be.
 */
bool vproc_snapshot_serves(struct vproc_tracker *tracker, u32 nr)
{
	struct vproc_snapshot *snapshot = &tracker->snapshot;

	if (vproc_snapshot_is_current(tracker))
		return true;
	snapshot->missed += nr;
	if (snapshot->missed >= tracker->space.nr) {
		snapshot->missed = 0;
		return vproc_snapshot_update(tracker);
	}
	if (!snapshot->regions || snapshot->missed < vproc_snapshot_lag(tracker))
		return false;
	if (vproc_snapshot_patch(tracker))
		return true;
	/* There may be a part of it of now: to be made anew, when that is worth it. */
	vproc_snapshot_free(snapshot);
	return false;
}
