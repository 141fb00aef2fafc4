// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes into a recording: the events, the names behind ids, and what only
 * the device can tell.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "buildid.h"
#include "compare.h"
#include "recorder.h"
#include "regions.h"

/* A process that does not hold still for so many looks is left alone. */
#define TRIES	2

/* A name as it was last written, and the build id of its file. */
struct known_name {
	uint32_t id;
	char *text;
	struct build_id build_id;
};

/* A tracker's .data */
struct recorded {
	__u64 id;
	struct known_name *names;	/* in the order of ids */
	size_t count;
};

/* A signal is no reason to miss an event. */
static int uninterrupted_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret && errno == EINTR);
	return ret;
}

static struct recorded *add_process(struct recorder *recorder,
				    struct tracker *tracker)
{
	struct recorded *process = calloc(1, sizeof(*process));
	struct vproc_stats stats;

	if (!process)
		return NULL;
	if (uninterrupted_ioctl(tracker->fd, VPROC_STATS, &stats)) {
		free(process);
		return NULL;
	}
	process->id = stats.id;
	tracker->data = process;
	recorder->processes++;
	return process;
}

static struct known_name *find_name(const struct recorded *process, uint32_t id)
{
	size_t low = 0, high = process->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->names[middle].id >= id)
			high = middle;
		else
			low = middle + 1;
	}
	return &process->names[low];
}

/* The known name of an id, which is added without text if it is not there. */
static struct known_name *need_name(struct recorded *process, uint32_t id)
{
	struct known_name *names, *name = find_name(process, id);
	size_t at = name - process->names;

	if (at < process->count && name->id == id)
		return name;
	names = reallocarray(process->names, process->count + 1,
			     sizeof(*names));
	if (!names)
		return NULL;
	memmove(&names[at + 1], &names[at],
		(process->count - at) * sizeof(*names));
	names[at] = (struct known_name){ .id = id };
	process->names = names;
	process->count++;
	return &names[at];
}

static int write_name(struct recorder *recorder, struct recorded *process,
		      struct known_name *known, const struct vproc_file *file,
		      __u64 since)
{
	struct vproc_name name = {
		.id = file->id,
		.kind = file->kind,
		.dev_major = file->dev_major,
		.dev_minor = file->dev_minor,
		.inode = file->inode,
		.since = since,
		.text = (const char *)(uintptr_t)file->name_addr,
	};
	char *text;

	if (known->text && !strcmp(known->text, name.text))
		return 0;
	text = strdup(name.text);
	if (!text)
		return -1;
	/* Later it may have another name, or none, and will be the same file. */
	if (!known->text && file->kind == VPROC_FILE_PATH)
		build_id_read(&known->build_id, text, file->inode);
	name.build_id = known->build_id.bytes;
	name.build_id_size = known->build_id.size;
	free(known->text);
	known->text = text;
	return vproc_writer_name(recorder->writer, process->id, &name);
}

/* Looks an id up, and writes its name if that is new. */
static int look_up(struct recorder *recorder, struct tracker *tracker,
		   struct known_name *known, __u64 since)
{
	char text[PATH_MAX];
	struct vproc_file file = {
		.id = known->id,
		.name_addr = (uintptr_t)text,
		.name_size = sizeof(text),
	};

	if (!uninterrupted_ioctl(tracker->fd, VPROC_FILE, &file))
		return write_name(recorder, tracker->data, known, &file, since);
	if (errno != ENOENT)
		return -1;
	if (!known->text)
		recorder->unnamed++;
	return 0;
}

static int look_up_all(struct recorder *recorder, struct tracker *tracker,
		       __u64 since)
{
	struct recorded *process = tracker->data;
	size_t i;

	for (i = 0; process && i < process->count; i++) {
		if (look_up(recorder, tracker, &process->names[i], since))
			return -1;
	}
	return 0;
}

int recorder_names(struct recorder *recorder, struct tracker *tracker)
{
	struct vproc_stats stats;

	if (!tracker->data || tracker->ended)
		return 0;
	if (uninterrupted_ioctl(tracker->fd, VPROC_STATS, &stats))
		return -1;
	/* It had the old name in this state, for all that is known. */
	return look_up_all(recorder, tracker, stats.seq + 1);
}

/* Events do not tell of the vsyscall page, nor what was lost with a LOST. */
static int write_regions(struct recorder *recorder, struct tracker *tracker,
			 bool check)
{
	const struct recorded *process = tracker->data;
	struct vproc_regions head;
	struct regions regions = {};
	int ret;

	ret = regions_fetch_head(&regions, tracker->fd, &head);
	if (!ret)
		ret = vproc_writer_regions(recorder->writer, process->id, &head,
					   regions.array, check);
	free(regions.array);
	return ret;
}

static int write_set(struct recorder *recorder, struct tracker *tracker,
		     const struct vproc_event *event)
{
	struct known_name *known;

	if (event->file == VPROC_NAME_NONE)
		return 0;
	known = need_name(tracker->data, event->file);
	if (!known)
		return -1;
	return known->text ? 0 : look_up(recorder, tracker, known, event->seq);
}

static int write_details(struct recorder *recorder, struct tracker *tracker,
			 const struct vproc_event *event)
{
	switch (event->op) {
	case VPROC_EV_SET:
		return write_set(recorder, tracker, event);
	case VPROC_EV_EXEC:
		/* The last names that the old image had. */
		if (look_up_all(recorder, tracker, event->seq - 1))
			return -1;
		return write_regions(recorder, tracker, false);
	case VPROC_EV_LOST:
		recorder->lost += event->start;
		return write_regions(recorder, tracker, false);
	case VPROC_EV_ATTACH:
		return write_regions(recorder, tracker, false);
	case VPROC_EV_END:
		recorder->denied += event->cause == VPROC_CAUSE_DENIED;
		if (look_up_all(recorder, tracker, event->seq))
			return -1;
		if (recorder->check)
			return recorder_check(recorder, tracker);
		break;
	}
	return 0;
}

int recorder_event(struct tracker *tracker, const struct vproc_event *event,
		   void *context)
{
	struct recorder *recorder = context;
	struct recorded *process = tracker->data;

	if (!process)
		process = add_process(recorder, tracker);
	if (!process ||
	    vproc_writer_events(recorder->writer, process->id, event, 1))
		return -1;
	recorder->events++;
	return write_details(recorder, tracker, event);
}

int recorder_check(struct recorder *recorder, struct tracker *tracker)
{
	const struct recorded *process = tracker->data;
	struct comparison comparison = {};
	enum compare_result result;
	int ret;

	if (!process)
		return 0;
	if (write_regions(recorder, tracker, true))
		return -1;
	recorder->checks++;
	result = compare_with_kernel(&comparison, tracker->fd, TRIES);
	ret = result == COMPARE_ERROR && errno != EINTR ? -1 : 0;
	/* One that differs would be news, and shall differ in the file, too. */
	if (result == COMPARE_EQUAL || result == COMPARE_DIFFERENT) {
		ret = look_up_all(recorder, tracker, comparison.seq);
		if (!ret)
			ret = vproc_writer_text(recorder->writer, process->id,
						comparison.seq,
						comparison.kernel,
						comparison.kernel_size);
		recorder->checks++;
	}
	comparison_clear(&comparison);
	return ret;
}

__u64 recorder_regions(const struct tracker *tracker)
{
	struct vproc_stats stats;

	if (tracker->ended || ioctl(tracker->fd, VPROC_STATS, &stats))
		return 0;
	return stats.regions;
}

void recorder_closing(struct tracker *tracker, void *context)
{
	struct recorder *recorder = context;
	struct recorded *process = tracker->data;
	struct vproc_stats stats;
	size_t i;

	if (!uninterrupted_ioctl(tracker->fd, VPROC_STATS, &stats)) {
		recorder->unfollowed += stats.children_lost;
		recorder->missed += stats.missed;
	}
	if (!process)
		return;
	for (i = 0; i < process->count; i++)
		free(process->names[i].text);
	free(process->names);
	free(process);
	tracker->data = NULL;
}
