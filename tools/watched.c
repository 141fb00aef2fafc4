// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that is looked at again and again.
 */
#define _GNU_SOURCE	/* CLOCK_MONOTONIC, with argp */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "eventname.h"
#include "eventobject.h"
#include "heapobject.h"
#include "regions.h"
#include "stacksobject.h"
#include "statobject.h"
#include "watched.h"
#include "words.h"

double watched_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void note_event(const struct vproc_event *event, void *context)
{
	struct watched *watched = context;

	if (event->op == VPROC_EV_LAYOUT)
		watched->layout = *event;
	if (event->op == VPROC_EV_END) {
		watched->ended = true;
		watched->end_cause = event->cause;
	}
	/* What the attach found is no news. */
	if (event->cause == VPROC_CAUSE_ATTACH)
		return;
	watched->recent[watched->nr_recent++ % WATCHED_RECENT] =
		(struct recent){ *event, watched->layout };
}

int watched_read(struct watched *watched)
{
	return tally_read(&watched->tally, watched->fd, note_event, watched);
}

/* Keeps the name that it had if it has none any more. */
static void read_name(struct watched *watched)
{
	char name[THREAD_NAME];

	if (*thread_name(name, watched->pid, watched->pid))
		strcpy(watched->name, name);
}

struct watched *watched_new(pid_t pid, int fd)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	if (!watched)
		return NULL;
	watched->pid = pid;
	watched->fd = fd;
	read_name(watched);
	if (watched_read(watched)) {
		free(watched);
		return NULL;
	}
	watched->before = watched->tally;
	watched->since = watched_now();
	return watched;
}

void watched_free(struct watched *watched)
{
	names_clear(&watched->names);
	close(watched->fd);
	free(watched);
}

int watched_tick(struct watched *watched)
{
	struct tally *during = &watched->during;
	const struct tally *before = &watched->before;
	unsigned int cause;
	double now;

	if (watched_read(watched))
		return -1;
	now = watched_now();
	*during = watched->tally;
	during->events -= before->events;
	during->lost -= before->lost;
	for (cause = 0; cause < VPROC_NR_CAUSES; cause++)
		during->causes[cause] -= before->causes[cause];
	watched->before = watched->tally;
	watched->seconds = now - watched->since;
	watched->since = now;
	read_name(watched);
	return 0;
}

static void add_rates(struct json_object *object, const struct watched *watched)
{
	const struct tally *during = &watched->during;
	struct json_object *rates;
	unsigned int cause;

	if (!watched->seconds) {
		output_null(object, "rate");
		output_null(object, "rates");
		return;
	}
	output_float(object, "rate", during->events / watched->seconds);
	rates = output_member(object, "rates");
	for (cause = 0; cause < VPROC_NR_CAUSES; cause++)
		if (during->causes[cause])
			output_float(rates, word_cause(cause),
				     during->causes[cause] / watched->seconds);
}

static int add_types(struct json_object *object, int fd)
{
	struct { uint64_t regions, bytes; } sums[VPROC_NR_TYPES] = {};
	struct json_object *types = output_member(object, "types");
	struct regions regions = {};
	unsigned int type;
	uint32_t i;
	int ret;

	ret = regions_fetch(&regions, fd);
	for (i = 0; !ret && i < regions.count; i++) {
		const struct vproc_region *region = &regions.array[i];

		/* Which is not counted as a region by vproc stat either. */
		if (region->name == VPROC_NAME_VSYSCALL ||
		    region->type >= VPROC_NR_TYPES)
			continue;
		sums[region->type].regions++;
		sums[region->type].bytes += region->end - region->start;
	}
	free(regions.array);
	for (type = VPROC_TYPE_CODE; type < VPROC_NR_TYPES; type++) {
		struct json_object *sum = output_member(types, word_type(type));

		output_number(sum, "regions", sums[type].regions);
		output_number(sum, "bytes", sums[type].bytes);
	}
	return ret;
}

static void add_recent(struct json_object *object, struct watched *watched,
		       const struct vproc_session *session, __u64 id,
		       double start)
{
	struct json_object *array = output_array(object, "recent");
	size_t i = 0;

	if (watched->nr_recent > WATCHED_RECENT)
		i = watched->nr_recent - WATCHED_RECENT;
	/* Names change without an event. */
	names_clear(&watched->names);
	for (; i < watched->nr_recent; i++) {
		const struct recent *recent =
			&watched->recent[i % WATCHED_RECENT];
		const __u32 place = event_place(&recent->event,
						&recent->layout, session);
		const struct vproc_event event =
			event_in_place(&recent->event, place);

		event_to_object(output_element(array), &event,
				event.time / 1e9 - start, watched->pid, id,
				event_name(&event, place, &watched->names,
					   watched->fd));
	}
}

int watched_to_object(struct json_object *object, struct watched *watched,
		      const struct vproc_session *session, double start)
{
	const int fd = watched->fd;
	const pid_t pid = watched->pid;
	struct json_object *stat;

	output_signed(object, "pid", pid);
	output_string(object, "name", watched->name);
	add_rates(object, watched);
	stat = output_member(object, "stat");
	if (stat_to_object(stat, fd, &watched->tally) ||
	    add_types(object, fd) ||
	    heap_to_object(output_member(object, "heap"), fd, pid) ||
	    stacks_to_object(output_member(object, "stacks"), fd, pid))
		return -1;
	add_recent(object, watched, session, output_get_number(stat, "id"),
		   start);
	return 0;
}
