// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happened in each image of a process, from a replay of its history.
 */
#include <argp.h>
#include <err.h>
#include <stdlib.h>

#include "memory.h"
#include "images.h"
#include "origins.h"

/**
 * struct replay - where the replay is
 * @images: where the images go
 * @image: the current one; NULL before the first
 * @sites: call sites and files
 * @history: what is replayed
 * @number: of the current image
 * @has_program: it was found, or cannot be
 * @origins: where all that is mapped comes from
 * @index: place of the event
 * @step: what it did
 * @use: the same in figures
 * @maps: the file that it has mapped
 * @unmaps: the file of the last piece that it has unmapped
 */
struct replay {
	struct images *images;
	struct image *image;
	struct sites *sites;
	const struct vproc_history *history;
	unsigned int number;
	bool has_program;
	struct origins origins;
	size_t index;
	const struct vproc_step *step;
	struct site_use use;
	size_t maps;
	size_t unmaps;
};

/* These tell what is there, and not that it changes. */
static bool is_statement(const struct vproc_event *event)
{
	return event->cause == VPROC_CAUSE_ATTACH ||
	       event->cause == VPROC_CAUSE_EXEC;
}

/* These are found long after whatever brought them about. */
static bool is_found(const struct vproc_event *event)
{
	return event->cause == VPROC_CAUSE_RESYNC ||
	       event->cause == VPROC_CAUSE_MISSED;
}

static void raise_peak(struct extent *extent)
{
	if (extent->peak < extent->last)
		extent->peak = extent->last;
}

/* Pieces are of what was there at the start, until an event maps more. */
static void forget_origins(struct replay *replay)
{
	origins_clear(&replay->origins);
	origins_begin(&replay->origins, &(struct origin){ .start = true });
}

static void begin_image(struct replay *replay, const struct vproc_event *event)
{
	struct images *images = replay->images;

	images->list = memory_grow(images->list, images->count, &images->room,
				   sizeof(images->list[0]));
	replay->image = &images->list[images->count++];
	*replay->image = (struct image){
		.history = replay->history,
		.number = ++replay->number,
		.start = event->time,
		.end = event->time,
	};
	replay->has_program = false;
	forget_origins(replay);
}

/* What leaks is memory that can be used: no file, no heap and no stack. */
static bool can_leak(const struct replay *replay,
		     const struct vproc_region *region)
{
	const __u16 any = VPROC_PERM_READ | VPROC_PERM_WRITE | VPROC_PERM_EXEC;

	if (!(region->perm & any))
		return false;
	switch (region->type) {
	case VPROC_TYPE_HEAP:
	case VPROC_TYPE_STACK:
	case VPROC_TYPE_DEVICE:
	case VPROC_TYPE_MAPPED_FILE:
		return false;
	case VPROC_TYPE_SHARED:
		return true;
	}
	return !region_has_file(replay->history, region,
				replay->step->event->seq);
}

static void add_leak(struct replay *replay, const struct vproc_span *span,
		     __u64 bytes)
{
	struct origin *origin = &replay->origins.list[span->file];
	const struct leak leak = {
		.site = origin->site,
		.mappings = !origin->counted,
		.bytes = bytes,
		.first = origin->time,
		.last = origin->time,
	};

	if (origin->start)
		return;
	origin->counted = true;
	figures_add_leak(&replay->image->figures, &leak);
}

static void add_leaks(struct replay *replay, const struct vproc_region *region)
{
	struct vproc_spans_place place;

	if (!can_leak(replay, region))
		return;
	for (vproc_spans_find(&replay->origins.spans, region->start, &place);
	     place.span && place.span->start < region->end;
	     vproc_spans_next(&replay->origins.spans, &place)) {
		__u64 start = place.span->start, end = place.span->end;

		if (start < region->start)
			start = region->start;
		if (end > region->end)
			end = region->end;
		add_leak(replay, place.span, end - start);
	}
}

/* An EXEC event tells what it took away. */
static void end_at_exec(struct replay *replay)
{
	const struct vproc_step *step = replay->step;
	size_t i;

	for (i = 0; i < step->nr_before; i++)
		add_leaks(replay, &step->before[i]);
	replay->image->end = step->event->time;
	replay->image->end_cause = VPROC_CAUSE_EXEC;
}

static void end_at_last(struct replay *replay)
{
	const struct vproc_event *event = replay->step->event;
	struct vproc_region region = {};

	while (!vproc_map_next(replay->step->map, region.end, &region))
		add_leaks(replay, &region);
	if (event->op == VPROC_EV_END)
		replay->image->end_cause = event->cause;
}

/* Which program it is can be seen once all regions have been told. */
static void find_program(struct replay *replay)
{
	const struct vproc_step *step = replay->step;
	const struct vproc_event *next =
		vproc_history_event(replay->history, replay->index + 1);
	struct vproc_region region;

	if (replay->has_program || !step->known ||
	    (next && is_statement(next) && next->op != VPROC_EV_EXEC))
		return;
	replay->has_program = true;
	if (vproc_map_program(step->map, &region))
		return;
	replay->image->program = sites_file(replay->sites, replay->history,
					    &region, step->event->seq);
}

/* The site was there before the event, which may have unmapped it. */
static size_t find_site(const struct replay *replay)
{
	const struct vproc_step *step = replay->step;
	const struct vproc_event *event = step->event;
	const struct vproc_region *found = NULL;
	struct vproc_region region;
	size_t i;

	if (is_found(event) || is_statement(event))
		return SITE_NONE;
	for (i = 0; i < step->nr_before && !found; i++) {
		if (event->ip >= step->before[i].start &&
		    event->ip < step->before[i].end)
			found = &step->before[i];
	}
	if (!found && !vproc_map_region(step->map, event->ip, &region))
		found = &region;
	return sites_find(replay->sites, replay->history, event, found);
}

/* A file that is mapped, or unmapped, in several pieces is so once. */
static void count_file(struct replay *replay, const struct vproc_region *region,
		       __u64 bytes, bool is_mapped)
{
	size_t *last = is_mapped ? &replay->maps : &replay->unmaps;
	struct file_use use = {};

	if (!region ||
	    !region_has_file(replay->history, region, replay->step->event->seq))
		return;
	use.file = sites_file(replay->sites, replay->history, region,
			      replay->step->event->seq);
	if (is_mapped) {
		use.maps = use.file != *last;
		use.mapped = bytes;
	} else {
		use.unmaps = use.file != *last;
		use.unmapped = bytes;
	}
	*last = use.file;
	figures_add_file(&replay->image->figures, &use);
}

static void count_piece(struct replay *replay, const struct piece *piece)
{
	struct amount *amount = &replay->use.amount;
	__u64 bytes = piece->end - piece->start;

	if (!piece->remapped) {
		if (piece->before->perm != piece->after->perm)
			amount->protected += bytes;
		return;
	}
	if (piece->before)
		amount->unmapped += bytes;
	if (piece->after)
		amount->mapped += bytes;
	count_file(replay, piece->before, bytes, false);
	count_file(replay, piece->after, bytes, true);
}

static void note_executable(__u64 start, __u64 end, void *context)
{
	struct replay *replay = context;
	const struct executed executed = {
		.history = replay->history,
		.event = replay->step->event,
		.start = start,
		.end = end,
		.site = replay->use.site,
	};

	figures_add_executed(&replay->image->figures, &executed);
}

static void take_piece(const struct piece *piece, void *context)
{
	struct replay *replay = context;

	if (!is_statement(replay->step->event))
		count_piece(replay, piece);
	origins_piece(&replay->origins, piece, note_executable, replay);
}

static void update_sizes(struct replay *replay)
{
	const struct vproc_step *step = replay->step;
	struct image *image = replay->image;
	size_t i;

	for (i = 0; i < step->nr_before; i++) {
		const struct vproc_region *region = &step->before[i];

		image->types[region->type].last -= region->end - region->start;
		image->all.last -= region->end - region->start;
	}
	for (i = 0; i < step->nr_after; i++) {
		const struct vproc_region *region = &step->after[i];

		image->types[region->type].last += region->end - region->start;
		image->all.last += region->end - region->start;
		if (region->name == VPROC_NAME_STACK)
			image->stack.last = region->end - region->start;
	}
	image->regions.last = vproc_map_count(step->map);
	image->heap.last = step->brk - step->start_brk;
}

/* Is it the first of two events that tell one change of the heap? */
static bool is_half(const struct replay *replay)
{
	const struct vproc_event *event = replay->step->event;
	const struct vproc_event *next =
		vproc_history_event(replay->history, replay->index + 1);

	return next && next->op == VPROC_EV_LAYOUT &&
	       next->cause == event->cause && next->time == event->time;
}

static void update_peaks(struct replay *replay)
{
	struct image *image = replay->image;
	size_t i;

	if (is_half(replay))
		return;
	for (i = 0; i < VPROC_NR_TYPES; i++)
		raise_peak(&image->types[i]);
	raise_peak(&image->all);
	raise_peak(&image->regions);
	raise_peak(&image->heap);
	raise_peak(&image->stack);
}

static bool is_change(const struct vproc_step *step)
{
	size_t i;

	if (step->nr_before != step->nr_after)
		return true;
	for (i = 0; i < step->nr_before; i++) {
		if (!vproc_region_same(&step->before[i], &step->after[i]))
			return true;
	}
	return false;
}

/* What an event did to the map; a SET or a CLEAR alone does something. */
static void count_change(struct replay *replay)
{
	const struct vproc_step *step = replay->step;
	const struct vproc_event *event = step->event;

	if (!step->known ||
	    (event->op != VPROC_EV_SET && event->op != VPROC_EV_CLEAR))
		return;
	replay->use = (struct site_use){
		.site = find_site(replay),
		.cause = event->cause,
	};
	replay->maps = 0;
	replay->unmaps = 0;
	if (!is_statement(event))
		origins_begin(&replay->origins, &(struct origin){
			      .site = replay->use.site, .time = event->time });
	pieces_each(replay->history, step, take_piece, replay);
	if (is_statement(event))
		return;
	if (!is_change(step)) {
		replay->image->figures.repeated++;
		return;
	}
	replay->use.amount.changes = 1;
	figures_add_use(&replay->image->figures, &replay->use);
}

/* After events that are missing: what is there now is from who knows where. */
static void begin_again(struct replay *replay)
{
	const struct vproc_step *step = replay->step;
	size_t i;

	forget_origins(replay);
	for (i = 0; i < step->nr_after; i++) {
		const struct piece piece = {
			.start = step->after[i].start,
			.end = step->after[i].end,
			.after = &step->after[i],
			.remapped = true,
		};

		origins_piece(&replay->origins, &piece, NULL, NULL);
	}
}

static void count_event(struct replay *replay)
{
	const struct vproc_event *event = replay->step->event;
	struct image *image = replay->image;

	/* The time of a LOST is when that was noticed. */
	if (event->op == VPROC_EV_LOST) {
		image->lost += event->start;
		return;
	}
	image->figures.events++;
	if (image->end < event->time)
		image->end = event->time;
}

static void take_event(struct replay *replay)
{
	const struct vproc_step *step = replay->step;

	count_event(replay);
	/* Of an EXEC, what was there before was the last image's. */
	if (step->event->op != VPROC_EV_EXEC)
		update_sizes(replay);
	update_peaks(replay);
	if (step->known && !replay->image->known)
		begin_again(replay);
	else
		count_change(replay);
	replay->image->known = step->known;
	find_program(replay);
}

static int take_step(const struct vproc_step *step, void *context)
{
	struct replay *replay = context;
	const __u8 op = step->event->op;

	replay->step = step;
	if (op == VPROC_EV_EXEC && replay->image)
		end_at_exec(replay);
	if (op == VPROC_EV_EXEC || !replay->image)
		begin_image(replay, step->event);
	take_event(replay);
	if (!vproc_history_event(replay->history, ++replay->index))
		end_at_last(replay);
	return 0;
}

void images_add(struct images *images, const struct vproc_history *history,
		struct sites *sites)
{
	struct replay replay = {
		.images = images,
		.sites = sites,
		.history = history,
	};

	if (vproc_history_replay(history, take_step, &replay))
		err(argp_err_exit_status, "cannot replay what happened");
	origins_clear(&replay.origins);
}

void images_clear(struct images *images)
{
	size_t i;

	for (i = 0; i < images->count; i++)
		figures_clear(&images->list[i].figures);
	free(images->list);
	*images = (struct images){};
}
