// SPDX-License-Identifier: GPL-2.0-only
/*
 * The spells of recordings against snapshots: at each moment those that have
 * begun and not ended are what the library says was mapped.
 * Usage: spells [RECORDING...]; default: those that the sample has made.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>

#include "tap.h"
#include "tools/array.h"
#include "tools/spells.h"

/* At most so many moments of a history are looked at. */
#define MOMENTS	1000

struct active {
	const struct spell **list;
	size_t count;
	size_t next;		/* in the list of all spells */
};

static int compare(const void *a, const void *b)
{
	const struct spell *one = *(const struct spell *const *)a;
	const struct spell *two = *(const struct spell *const *)b;

	return one->region.start < two->region.start ? -1 :
	       one->region.start > two->region.start;
}

static void go_to(struct active *active, const struct spells *spells, __u64 seq)
{
	size_t i, kept = 0;

	while (active->next < spells->count &&
	       spells->list[active->next].from_seq <= seq)
		active->list[active->count++] = &spells->list[active->next++];
	for (i = 0; i < active->count; i++) {
		if (active->list[i]->to_seq > seq)
			active->list[kept++] = active->list[i];
	}
	active->count = kept;
	qsort(active->list, kept, sizeof(active->list[0]), compare);
}

static bool is_like(const struct active *active,
		    const struct vproc_snapshot *snapshot)
{
	size_t i, count = snapshot->count;

	if (count && snapshot->regions[count - 1].name == VPROC_NAME_VSYSCALL)
		count--;
	if (count != active->count)
		return false;
	for (i = 0; i < count; i++) {
		if (!vproc_region_same(&snapshot->regions[i],
				       &active->list[i]->region))
			return false;
	}
	return true;
}

/* Is more told of the same moment by the next event? */
static bool is_unfinished(const struct vproc_history *history, __u64 seq)
{
	size_t next = vproc_history_index(history, seq);
	const struct vproc_event *event = vproc_history_event(history, next);

	if (!event)
		return false;
	switch (event->op) {
	case VPROC_EV_LAYOUT:
		return true;
	case VPROC_EV_SET:
	case VPROC_EV_CLEAR:
		return event->cause == VPROC_CAUSE_ATTACH ||
		       event->cause == VPROC_CAUSE_EXEC ||
		       event->cause == VPROC_CAUSE_RESYNC ||
		       event->cause == VPROC_CAUSE_MISSED;
	}
	return false;
}

/* Nothing is mapped after the end, and nothing is known after a loss. */
static void take(const struct vproc_history *history,
		 const struct vproc_history_info *info, __u64 seq,
		 struct vproc_snapshot *snapshot)
{
	if (info->ended && seq == info->last) {
		snapshot->count = 0;
	} else if (vproc_history_snapshot(history, seq, snapshot)) {
		NEED(errno == ENODATA);
		snapshot->count = 0;
	}
}

static void test_history(const char *path, const struct vproc_history *history)
{
	struct vproc_history_info info;
	struct vproc_snapshot snapshot = {};
	struct active active = {};
	struct spells spells;
	size_t compared = 0;
	__u64 seq, step;

	vproc_history_info(history, &info);
	spells_read(&spells, history);
	active.list = calloc(spells.count + 1, sizeof(active.list[0]));
	NEED(active.list);
	step = 1 + info.last / MOMENTS;
	for (seq = info.first; seq <= info.last; seq += step) {
		if (is_unfinished(history, seq))
			continue;
		take(history, &info, seq, &snapshot);
		go_to(&active, &spells, seq);
		if (!is_like(&active, &snapshot))
			break;
		compared++;
	}
	tap(seq > info.last, "%s: process %d, %zu spells: the same at %zu moments, up to @%llu",
	    path, info.pid, spells.count, compared, seq);
	free(active.list);
	vproc_snapshot_clear(&snapshot);
	spells_clear(&spells);
}

static void test_recording(const char *path)
{
	struct vproc_recording *recording;
	char *complaint;
	size_t i;

	recording = vproc_recording_load(path, 0, &complaint);
	NEED(recording);
	for (i = 0; i < vproc_session_count(recording->session); i++)
		test_history(path, vproc_session_at(recording->session, i));
	vproc_recording_free(recording);
}

int main(int argc, char **argv)
{
	static const char *const samples[] = {
		"basic.rec", "lost.rec", "killed.rec", "large.rec",
	};
	const char *directory = dirname(argv[0]);
	char path[PATH_MAX];
	size_t i;
	int arg;

	for (arg = 1; arg < argc; arg++)
		test_recording(argv[arg]);
	for (i = 0; argc == 1 && i < ARRAY_SIZE(samples); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, samples[i]);
		test_recording(path);
	}
	return tap_end();
}
