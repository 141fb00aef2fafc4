// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mirrors: the map of a process as it is now, kept by the ring of events that
 * the device lets user space map. See struct vproc_ring for its protocol.
 *
 * Regions are kept as they are shown, so that a look-up only has to find one,
 * but for what follows from where heap and stack are: the break moves. Few
 * regions are near these.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "place.h"
#include "snapshot.h"
#include "spans.h"
#include "vproc.h"

/* Names are remembered at their id modulo this many. */
#define NAMES	256

/* What an id stands for, as far as regions tell it. */
struct fact {
	__u64 inode;
	__u32 id;
	__u32 dev_major;
	__u32 dev_minor;
	bool is_file;
	bool is_anonymous;
};

/**
 * struct vproc_mirror - a map that follows a tracker
 * @ring: the ring of events
 * @seq: number of the last event that is in @spans; 0: nothing is known, be it
 *	that it is new or that an update failed
 * @place: heap and stack
 * @spans: the regions, each a struct vproc_region, type and name by place excepted
 * @doubtful_start: start of a range of regions that were loaded as stacks, at the
 *	start of the main stack: they may be such by themselves or by place
 * @doubtful_end: its end; 0 without one
 * @shown: the last region that was shown and is not in @spans as it is
 * @slots: the events of @ring
 * @mask: number of slots, less one
 * @size: bytes of the mapping
 * @fd: the tracker
 * @owns_fd: closes @fd
 * @touching: see vproc_place_touching()
 * @facts: of the last ids
 * @loads: times all regions were asked for
 * @info: what is told of it; .seq is @seq
 * @name: the last name that was asked for
 * @text: its text
 */
struct vproc_mirror {
	const struct vproc_ring *ring;
	__u64 seq;
	struct vproc_place place;
	struct vproc_spans spans;
	__u64 doubtful_start;
	__u64 doubtful_end;
	struct vproc_region shown;

	const struct vproc_event *slots;
	__u64 mask;
	size_t size;
	int fd;
	bool owns_fd;
	bool touching;
	struct fact facts[NAMES];
	__u64 loads;
	struct vproc_mirror_info info;
	struct vproc_name name;
	char text[PATH_MAX];
};

static int fail(int error)
{
	errno = error;
	return -1;
}

/* The tracker's lock is waited for, and a signal is no reason not to. */
static int ask(const struct vproc_mirror *mirror, unsigned long command,
	       void *argument)
{
	int ret;

	do
		ret = ioctl(mirror->fd, command, argument);
	while (ret && errno == EINTR);
	return ret;
}

static __u64 ring_head(const struct vproc_mirror *mirror)
{
	return __atomic_load_n(&mirror->ring->head, __ATOMIC_ACQUIRE);
}

/* Copies an event that the head is not below; false if it is there no more. */
static bool ring_event(const struct vproc_mirror *mirror, __u64 seq,
		       struct vproc_event *event)
{
	*event = mirror->slots[seq & mirror->mask];
	/* What was copied, before whether it was being overwritten meanwhile. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&mirror->ring->writing, __ATOMIC_RELAXED) <=
	       seq + mirror->mask && event->seq == seq;
}

static int ask_name(struct vproc_mirror *mirror, __u32 id)
{
	struct vproc_file file = {
		.id = id,
		.name_addr = (uintptr_t)mirror->text,
		.name_size = sizeof(mirror->text),
	};

	if (ask(mirror, VPROC_FILE, &file))
		return -1;
	mirror->name = (struct vproc_name){
		.id = id,
		.kind = file.kind,
		.dev_major = file.dev_major,
		.dev_minor = file.dev_minor,
		.inode = file.inode,
		.since = mirror->seq,
		.text = mirror->text,
	};
	return 0;
}

/* What an id stands for; NULL and errno. */
static const struct fact *find_fact(struct vproc_mirror *mirror, __u32 id)
{
	static const struct fact none = { .is_anonymous = true };
	struct fact *fact = &mirror->facts[id % NAMES];
	const struct vproc_name *name = &mirror->name;

	if (id == VPROC_NAME_NONE)
		return &none;
	if (fact->id == id)
		return fact;
	*fact = (struct fact){};
	if (ask_name(mirror, id)) {
		/* What it stood for is gone again, and the id with it. */
		return errno == ENOENT ? fact : NULL;
	}
	*fact = (struct fact){
		.id = id,
		.inode = name->inode,
		.dev_major = name->dev_major,
		.dev_minor = name->dev_minor,
		.is_file = name->kind == VPROC_FILE_PATH || name->inode,
		.is_anonymous = vproc_is_anonymous(id, name),
	};
	return fact;
}

/* Returns 1, 0, or -1 and errno. */
static int is_anonymous(struct vproc_mirror *mirror,
			const struct vproc_region *region)
{
	const struct fact *fact;

	if (region->inode)
		return 0;
	fact = find_fact(mirror, region->file);
	return fact ? fact->is_anonymous : -1;
}

/* The rest of a region that was cut begins where the event ends. */
static int settle_rest(struct vproc_mirror *mirror, __u64 start)
{
	struct vproc_region *rest = vproc_spans_first(&mirror->spans, start);
	const struct fact *fact;

	if (!rest || rest->start != start || rest->inode)
		return 0;
	/* A file may have the inode number 0. All else has no offset. */
	fact = find_fact(mirror, rest->file);
	if (!fact)
		return -1;
	if (!fact->is_file)
		rest->offset = 0;
	return 0;
}

static int apply_set(struct vproc_mirror *mirror,
		     const struct vproc_event *event)
{
	const struct fact *fact = find_fact(mirror, event->file);
	struct vproc_region region = {
		.start = event->start,
		.end = event->end,
		.offset = event->offset,
		.name = event->file,
		.file = event->file,
		.perm = event->perm,
		.type = event->type,
	};

	if (!fact)
		return -1;
	region.inode = fact->inode;
	region.dev_major = fact->dev_major;
	region.dev_minor = fact->dev_minor;
	if (!fact->is_file)
		region.offset = 0;
	return vproc_spans_set(&mirror->spans, &region) ||
	       settle_rest(mirror, event->end) ? -1 : 0;
}

static int apply_clear(struct vproc_mirror *mirror,
		       const struct vproc_event *event)
{
	return vproc_spans_clear(&mirror->spans, event->start, event->end) ||
	       settle_rest(mirror, event->end) ? -1 : 0;
}

/* Is all that was in doubt told anew, or gone? */
static void settle_doubts(struct vproc_mirror *mirror,
			  const struct vproc_event *event)
{
	if (event->start <= mirror->doubtful_start &&
	    event->end >= mirror->doubtful_end)
		mirror->doubtful_end = 0;
}

static int apply(struct vproc_mirror *mirror, const struct vproc_event *event)
{
	vproc_place_apply(&mirror->place, event);
	switch (event->op) {
	case VPROC_EV_SET:
		settle_doubts(mirror, event);
		return apply_set(mirror, event);
	case VPROC_EV_CLEAR:
		settle_doubts(mirror, event);
		return apply_clear(mirror, event);
	case VPROC_EV_END:
		mirror->info.ended = true;
		mirror->info.end_cause = event->cause;
		return 0;
	}
	return 0;
}

/* Asks for all regions, which are to be freed, until there is room for them. */
static struct vproc_region *ask_regions(const struct vproc_mirror *mirror,
					struct vproc_regions *head)
{
	struct vproc_region *regions = NULL, *larger;
	size_t room = mirror->spans.count + 64;

	for (;;) {
		larger = reallocarray(regions, room, sizeof(*regions));
		if (!larger)
			break;
		regions = larger;
		*head = (struct vproc_regions){
			.regions_addr = (uintptr_t)regions,
			.count = room,
		};
		if (ask(mirror, VPROC_REGIONS, head))
			break;
		if (head->total <= room)
			return regions;
		room = head->total + head->total / 8;
	}
	free(regions);
	return NULL;
}

/*
 * What remains of a stack that is cut, or where the stack is no more, or the heap
 * is, too, is a stack only if it is one by itself.
 */
static bool makes_doubts_matter(const struct vproc_mirror *mirror,
				const struct vproc_event *event)
{
	const __u64 start = mirror->doubtful_start, end = mirror->doubtful_end;

	switch (event->op) {
	case VPROC_EV_SET:
	case VPROC_EV_CLEAR:
		return (event->start > start && event->start < end) ||
		       (event->end > start && event->end < end);
	case VPROC_EV_LAYOUT:
		return end && (event->offset != mirror->place.start_stack ||
			       (start < event->end && end > event->start));
	}
	return false;
}

static void doubt(struct vproc_mirror *mirror,
		  const struct vproc_region *region)
{
	if (!mirror->doubtful_end)
		mirror->doubtful_start = region->start;
	mirror->doubtful_end = region->end;
}

/* As VPROC_REGIONS shows it, but for what depends on the place. */
static void take_region(struct vproc_mirror *mirror,
			struct vproc_region *region)
{
	const __u64 start_stack = mirror->place.start_stack;

	if (region->type == VPROC_TYPE_STACK && region->start <= start_stack &&
	    region->end >= start_stack)
		doubt(mirror, region);
	region->type = vproc_own_type(region);
	if (region->name == VPROC_NAME_HEAP || region->name == VPROC_NAME_STACK)
		region->name = region->file;
	/* What events do not tell would be right until the first of them. */
	region->page_size = 0;
	region->flags = 0;
}

static int take_regions(struct vproc_mirror *mirror,
			const struct vproc_regions *head,
			struct vproc_region *regions)
{
	size_t i;

	mirror->place.start_brk = head->start_brk;
	mirror->place.brk = head->brk;
	mirror->place.start_stack = head->start_stack;
	mirror->doubtful_start = 0;
	mirror->doubtful_end = 0;
	for (i = 0; i < head->count; i++)
		take_region(mirror, &regions[i]);
	if (vproc_spans_load(&mirror->spans, regions, head->count))
		return -1;
	mirror->seq = head->seq;
	mirror->loads++;
	return 0;
}

/*
 * What is known of the life of the process, and of the image that the regions are
 * of: the one that began with event number @exec, if that is not 0.
 */
static void take_stats(struct vproc_mirror *mirror,
		       const struct vproc_stats *stats, __u64 exec)
{
	struct vproc_mirror_info *info = &mirror->info;

	if (!stats->execs)
		mirror->place.image = 1;
	else if (exec && stats->execs == info->execs + 1)
		mirror->place.image = exec;
	else if (stats->execs != info->execs)
		mirror->place.image = 0;
	/* If it has ended since, there will be an event. */
	info->ended = stats->state == VPROC_STATE_ENDED &&
		      stats->seq == mirror->seq;
	info->end_cause = info->ended ? stats->end_cause : 0;
	info->id = stats->id;
	info->pid = stats->pid;
	info->execs = stats->execs;
}

/*
 * Has all regions told anew. The ring goes on from there. No exec came between
 * the regions and the figures.
 */
static int load(struct vproc_mirror *mirror, __u64 exec)
{
	struct vproc_stats before, after;
	struct vproc_region *regions = NULL;
	struct vproc_regions head;
	int ret;

	do {
		free(regions);
		if (ask(mirror, VPROC_STATS, &before))
			return -1;
		regions = ask_regions(mirror, &head);
		if (!regions)
			return -1;
		ret = ask(mirror, VPROC_STATS, &after);
	} while (!ret && before.execs != after.execs);
	if (!ret)
		ret = take_regions(mirror, &head, regions);
	if (!ret)
		take_stats(mirror, &after, exec);
	free(regions);
	return ret;
}

/* Takes up the events that there are; what comes meanwhile is not waited for. */
static int take_events(struct vproc_mirror *mirror)
{
	const __u64 head = ring_head(mirror);
	struct vproc_event event;

	while (mirror->seq < head) {
		if (!mirror->seq ||
		    !ring_event(mirror, mirror->seq + 1, &event))
			return load(mirror, 0);
		/* A new image is told at once, the vsyscall page included. */
		if (event.op == VPROC_EV_EXEC)
			return load(mirror, event.seq);
		if (makes_doubts_matter(mirror, &event))
			return load(mirror, 0);
		if (apply(mirror, &event))
			return -1;
		mirror->seq++;
	}
	return 0;
}

static int catch_up(struct vproc_mirror *mirror)
{
	int ret = take_events(mirror);

	if (ret)
		mirror->seq = 0;
	return ret;
}

/* For within, as what is exported is not put in line. */
static int update(struct vproc_mirror *mirror)
{
	return mirror->seq == ring_head(mirror) ? 0 : catch_up(mirror);
}

int vproc_mirror_update(struct vproc_mirror *mirror)
{
	return update(mirror);
}

/* Shows a region whose type and name may follow from the place. */
__attribute__((noinline))
static const struct vproc_region *show_near(struct vproc_mirror *mirror,
					    const struct vproc_region *region)
{
	int anonymous = is_anonymous(mirror, region);

	if (anonymous <= 0)
		return anonymous ? NULL : region;
	mirror->shown = *region;
	vproc_place_region(&mirror->place, mirror->touching, &mirror->shown);
	return &mirror->shown;
}

static const struct vproc_region *show(struct vproc_mirror *mirror,
				       const struct vproc_region *region)
{
	if (vproc_place_is_near(&mirror->place, region->start, region->end))
		return show_near(mirror, region);
	return region;
}

__attribute__((noinline))
static const struct vproc_region *show_none(void)
{
	errno = ENOENT;
	return NULL;
}

static const struct vproc_region *find(struct vproc_mirror *mirror, __u64 addr)
{
	const struct vproc_region *region;

	region = vproc_spans_first(&mirror->spans, addr);
	return region && region->start <= addr ? show(mirror, region) :
						 show_none();
}

__attribute__((noinline))
static const struct vproc_region *
catch_up_and_find(struct vproc_mirror *mirror, __u64 addr)
{
	return catch_up(mirror) ? NULL : find(mirror, addr);
}

/* What is rare comes last in it, so that no register has to be saved. */
const struct vproc_region *vproc_mirror_find(struct vproc_mirror *mirror,
					     __u64 addr)
{
	if (mirror->seq != ring_head(mirror))
		return catch_up_and_find(mirror, addr);
	return find(mirror, addr);
}

const struct vproc_region *vproc_mirror_next(struct vproc_mirror *mirror,
					     __u64 addr)
{
	const struct vproc_region *region;

	if (update(mirror))
		return NULL;
	region = vproc_spans_first(&mirror->spans, addr);
	return region ? show(mirror, region) : show_none();
}

int vproc_mirror_snapshot(struct vproc_mirror *mirror,
			  struct vproc_snapshot *snapshot)
{
	const struct vproc_region *region;
	struct vproc_spans_place at;
	struct vproc_event event;

	if (update(mirror) ||
	    vproc_snapshot_need(snapshot, mirror->spans.count))
		return -1;
	snapshot->count = 0;
	for (vproc_spans_find(&mirror->spans, 0, &at); at.region;
	     vproc_spans_next(&mirror->spans, &at)) {
		region = show(mirror, at.region);
		if (!region)
			return -1;
		snapshot->regions[snapshot->count++] = *region;
	}
	snapshot->seq = mirror->seq;
	snapshot->time = ring_event(mirror, mirror->seq, &event) ?
			 event.time : 0;
	snapshot->image = mirror->place.image;
	snapshot->start_brk = mirror->place.start_brk;
	snapshot->brk = mirror->place.brk;
	snapshot->start_stack = mirror->place.start_stack;
	return 0;
}

const struct vproc_name *vproc_mirror_name(struct vproc_mirror *mirror,
					   __u32 id)
{
	return ask_name(mirror, id) ? NULL : &mirror->name;
}

void vproc_mirror_info(const struct vproc_mirror *mirror,
		       struct vproc_mirror_info *info)
{
	*info = mirror->info;
	info->seq = mirror->seq;
	info->loads = mirror->loads;
}

int vproc_mirror_fd(const struct vproc_mirror *mirror)
{
	return mirror->fd;
}

static int map_ring(struct vproc_mirror *mirror)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	const struct vproc_ring *ring;
	struct vproc_ring head;

	/* Its first page tells how large it is. */
	ring = mmap(NULL, page, PROT_READ, MAP_SHARED, mirror->fd, 0);
	if (ring == MAP_FAILED)
		return -1;
	head = *ring;
	munmap((void *)ring, page);
	if (head.version != VPROC_RING_VERSION)
		return fail(EPROTO);
	mirror->size = head.offset + head.slots * sizeof(struct vproc_event);
	ring = mmap(NULL, mirror->size, PROT_READ, MAP_SHARED, mirror->fd, 0);
	if (ring == MAP_FAILED)
		return -1;
	mirror->ring = ring;
	mirror->slots = (const void *)((const char *)ring + head.offset);
	mirror->mask = head.slots - 1;
	return 0;
}

struct vproc_mirror *vproc_mirror_open(int fd)
{
	struct vproc_mirror *mirror = calloc(1, sizeof(*mirror));
	int error;

	if (!mirror)
		return NULL;
	mirror->fd = fd;
	mirror->touching = vproc_place_touching(NULL);
	mirror->spans.size = sizeof(struct vproc_region);
	if (!map_ring(mirror) && !update(mirror))
		return mirror;
	error = errno;
	vproc_mirror_close(mirror);
	errno = error;
	return NULL;
}

struct vproc_mirror *vproc_mirror_attach(pid_t pid, __u32 flags)
{
	struct vproc_attach attach = { .pid = pid, .flags = flags };
	struct vproc_mirror *mirror;
	int fd, error;

	fd = open(VPROC_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	mirror = ioctl(fd, VPROC_ATTACH, &attach) ? NULL :
		 vproc_mirror_open(fd);
	if (mirror) {
		mirror->owns_fd = true;
		return mirror;
	}
	error = errno;
	close(fd);
	errno = error;
	return NULL;
}

void vproc_mirror_close(struct vproc_mirror *mirror)
{
	if (!mirror)
		return;
	if (mirror->ring)
		munmap((void *)mirror->ring, mirror->size);
	if (mirror->owns_fd)
		close(mirror->fd);
	vproc_spans_empty(&mirror->spans);
	free(mirror);
}
