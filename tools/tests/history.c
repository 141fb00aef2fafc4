// SPDX-License-Identifier: GPL-2.0-only
/*
 * Histories of random events against a naive reader: an array of pages that is
 * copied after each event, so that it knows every moment.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "tap.h"
#include "tools/array.h"
#include "tools/lib/vproc.h"

#define PAGES	96
#define EVENTS	6000

#include "naive.h"

static struct vproc_event events[EVENTS];
static struct moment moments[EVENTS];
static void make_event(struct vproc_event *event, __u64 seq, __u64 time)
{
	unsigned int first = any(PAGES - 1);
	unsigned int count = 1 + any(any(8) ? 6 : PAGES - first - 1);

	if (count > PAGES - first)
		count = PAGES - first;
	*event = (struct vproc_event){
		.seq = seq,
		.time = time,
		.start = BASE + first * PAGE,
		.end = BASE + (first + count) * PAGE,
		.op = any(5) < 3 ? VPROC_EV_SET : VPROC_EV_CLEAR,
		.cause = VPROC_CAUSE_MMAP,
		.syscall = -1,
	};
	if (event->op == VPROC_EV_SET) {
		event->perm = any(16);
		event->type = VPROC_TYPE_CODE + any(3);
		event->file = any(3) ? VPROC_NAME_FIRST + any(6) : 0;
		if (event->file)
			event->offset = any(1000) * PAGE;
	}
	if (!any(40)) {
		*event = (struct vproc_event){
			.seq = seq, .time = time, .op = VPROC_EV_LAYOUT,
			.start = BASE + any(PAGES) * PAGE,
			.offset = BASE + any(PAGES) * PAGE,
		};
		event->end = event->start + any(10) * PAGE;
	}
	if (!any(1500))
		*event = (struct vproc_event){
			.seq = seq, .time = time, .op = VPROC_EV_EXEC,
			.cause = VPROC_CAUSE_EXEC,
		};
}

static void make_stream(unsigned int seed, bool with_loss)
{
	struct moment now = {};
	__u64 seq = 0, time = 1000;
	size_t i;

	random_state = seed;
	for (i = 0; i < EVENTS; i++) {
		struct vproc_event *event = &events[i];

		time += any(4) ? 1 + any(20) : 0;
		make_event(event, ++seq, time);
		if (!i)
			*event = (struct vproc_event){
				.seq = 1, .time = time, .op = VPROC_EV_ATTACH,
				.start = 7, .end = 4711,
				.cause = VPROC_CAUSE_ATTACH,
			};
		if (i && with_loss && !any(1500)) {
			unsigned int lost = 1 + any(50);

			seq += lost - 1;
			*event = (struct vproc_event){
				.seq = seq, .time = time + any(1000),
				.op = VPROC_EV_LOST, .start = lost,
			};
		}
		if (i == EVENTS - 1)
			*event = (struct vproc_event){
				.seq = seq, .time = time, .op = VPROC_EV_END,
				.cause = VPROC_CAUSE_EXIT,
			};
		naive_apply(&now, event);
		moments[i] = now;
	}
}

static bool check_moment(const struct vproc_history *history, size_t i,
			 struct vproc_snapshot *snapshot)
{
	struct vproc_region regions[PAGES], one;
	size_t count, j;
	int ret;

	ret = vproc_history_snapshot(history, events[i].seq, snapshot);
	if (!moments[i].known)
		return ret == -1 && errno == ENODATA &&
		       vproc_history_region(history, events[i].seq, BASE,
					    &one) == -1 && errno == ENODATA;
	count = naive_regions(&moments[i], PAGES, regions);
	if (ret || snapshot->count != count ||
	    snapshot->brk != moments[i].brk)
		return false;
	for (j = 0; j < count; j++) {
		if (!regions[j].file)
			naive_place(&moments[i], &regions[j]);
		if (!vproc_region_same(&regions[j], &snapshot->regions[j]))
			return false;
	}
	return true;
}

/* Each page alone must be what the whole says. */
static bool check_addresses(const struct vproc_history *history,
			    const struct vproc_snapshot *snapshot)
{
	size_t page, next = 0;

	for (page = 0; page < PAGES; page++) {
		__u64 addr = BASE + page * PAGE + any(PAGE);
		struct vproc_region region;
		bool there;
		int ret;

		while (next < snapshot->count &&
		       snapshot->regions[next].end <= addr)
			next++;
		there = next < snapshot->count &&
			snapshot->regions[next].start <= addr;
		ret = vproc_history_region(history, snapshot->seq, addr,
					   &region);
		if (there != !ret || (ret && errno != ENOENT))
			return false;
		if (there && !vproc_region_same(&region,
						&snapshot->regions[next]))
			return false;
	}
	return true;
}

/* The event that changed an address before, and the one after, a moment. */
static bool check_changes(const struct vproc_history *history, size_t at)
{
	__u64 addr = BASE + any(PAGES) * PAGE;
	size_t last = at + 1, next = at + 1;

#define CHANGES(e) \
	((e)->op == VPROC_EV_ATTACH || (e)->op == VPROC_EV_EXEC || \
	 (((e)->op == VPROC_EV_SET || (e)->op == VPROC_EV_CLEAR) && \
	  (e)->start <= addr && (e)->end > addr))

	while (!CHANGES(&events[last - 1]))
		last--;
	while (next < EVENTS && !CHANGES(&events[next]) &&
	       events[next].op != VPROC_EV_END)
		next++;
	return vproc_history_last_change(history, addr, events[at].seq)->seq ==
	       events[last - 1].seq &&
	       (next == EVENTS ?
		!vproc_history_next_change(history, addr, events[at].seq) :
		vproc_history_next_change(history, addr, events[at].seq)->seq ==
		events[next].seq);
}

/* A time is the last event that is not later. */
static bool check_time(const struct vproc_history *history, __u64 time)
{
	__u64 seq = 0, expected = 0;
	size_t i;
	int ret = vproc_history_seq_at(history, time, &seq);

	if (time < events[0].time)
		return ret == -1 && errno == ERANGE;
	if (time > events[EVENTS - 1].time)
		return ret == -1 && errno == ESRCH;
	for (i = 0; i < EVENTS; i++) {
		if (events[i].op != VPROC_EV_LOST && events[i].time > time)
			break;
		expected = events[i].seq;
	}
	return !ret && seq == expected;
}

/* What the steps of a replay say, put together. */
struct replayed {
	const struct vproc_history *history;
	struct vproc_snapshot snapshot;
	struct vproc_region regions[PAGES];
	size_t count;
	size_t at;
	bool same;
};

/* Takes away what was there before the event; false if it was not. */
static bool take_away(struct replayed *replayed, const struct vproc_step *step)
{
	size_t i, first = 0;

	if (!step->nr_before)
		return true;
	while (first < replayed->count &&
	       replayed->regions[first].start < step->before[0].start)
		first++;
	if (first + step->nr_before > replayed->count)
		return false;
	for (i = 0; i < step->nr_before; i++) {
		if (!vproc_region_same(&replayed->regions[first + i],
				       &step->before[i]))
			return false;
	}
	replayed->count -= step->nr_before;
	memmove(&replayed->regions[first],
		&replayed->regions[first + step->nr_before],
		(replayed->count - first) * sizeof(step->before[0]));
	return true;
}

static void put_in(struct replayed *replayed, const struct vproc_step *step)
{
	size_t first = 0;

	if (!step->nr_after)
		return;
	while (first < replayed->count &&
	       replayed->regions[first].start < step->after[0].start)
		first++;
	memmove(&replayed->regions[first + step->nr_after],
		&replayed->regions[first],
		(replayed->count - first) * sizeof(step->after[0]));
	memcpy(&replayed->regions[first], step->after,
	       step->nr_after * sizeof(step->after[0]));
	replayed->count += step->nr_after;
}

/* Each page, and all regions, of the map that the step has at hand. */
static bool check_map(const struct replayed *replayed,
		      const struct vproc_map *map)
{
	const struct vproc_snapshot *snapshot = &replayed->snapshot;
	struct vproc_region region = {};
	__u64 addr = BASE + any(PAGES) * PAGE;
	size_t i;

	if (vproc_map_count(map) != snapshot->count)
		return false;
	for (i = 0; i < snapshot->count; i++) {
		if (vproc_map_next(map, region.end, &region) ||
		    !vproc_region_same(&region, &snapshot->regions[i]))
			return false;
	}
	if (!vproc_map_next(map, region.end, &region) || errno != ENOENT)
		return false;
	for (i = 0; i < snapshot->count; i++)
		if (addr >= snapshot->regions[i].start &&
		    addr < snapshot->regions[i].end)
			return !vproc_map_region(map, addr, &region) &&
			       vproc_region_same(&region,
						 &snapshot->regions[i]);
	return vproc_map_region(map, addr, &region) && errno == ENOENT;
}

static int check_step(const struct vproc_step *step, void *context)
{
	struct replayed *replayed = context;
	struct vproc_snapshot *snapshot = &replayed->snapshot;
	const struct moment *moment = &moments[replayed->at];
	struct vproc_region region;
	size_t i;

	replayed->same = step->event->seq == events[replayed->at++].seq &&
			 step->known == moment->known &&
			 take_away(replayed, step);
	put_in(replayed, step);
	if (!replayed->same)
		return 1;
	if (!step->known) {
		replayed->same = !replayed->count && !step->nr_after &&
				 vproc_map_next(step->map, 0, &region) &&
				 errno == ENODATA;
		return !replayed->same;
	}
	NEED(!vproc_history_snapshot(replayed->history, step->event->seq,
				     snapshot));
	replayed->same = snapshot->count == replayed->count &&
			 step->image == snapshot->image &&
			 step->brk == moment->brk &&
			 check_map(replayed, step->map);
	for (i = 0; replayed->same && i < replayed->count; i++)
		replayed->same = vproc_region_same(&replayed->regions[i],
						   &snapshot->regions[i]);
	return !replayed->same;
}

static int stop_at_hundred(const struct vproc_step *step, void *context)
{
	(void)context;
	return step->event->seq < 100 ? 0 : 42;
}

static void test_replay(const struct vproc_history *history, unsigned int seed)
{
	struct replayed replayed = { .history = history };
	int ret = vproc_history_replay(history, check_step, &replayed);

	tap(!ret && replayed.same && replayed.at == EVENTS,
	    "seed %u: a replay changes what is different, up to event %zu",
	    seed, replayed.at);
	tap(vproc_history_replay(history, stop_at_hundred, NULL) == 42,
	    "seed %u: a replay stops when it is told to", seed);
	vproc_snapshot_clear(&replayed.snapshot);
}

static struct vproc_session *load(void)
{
	/* A kernel whose [heap] needs a common byte. */
	struct vproc_session *session = vproc_session_new("6.12.0");
	struct vproc_history *history;
	struct vproc_name name = { .kind = VPROC_FILE_PATH, .text = "/file" };

	NEED(session);
	history = vproc_session_add(session, 7);
	NEED(history && vproc_session_add(session, 7) == history);
	NEED(!vproc_history_append(history, events, EVENTS));
	for (name.id = VPROC_NAME_FIRST; name.id < VPROC_NAME_FIRST + 6;
	     name.id++)
		NEED(!vproc_history_set_name(history, &name));
	return session;
}

static void test_stream(unsigned int seed, bool with_loss)
{
	struct vproc_snapshot snapshot = {};
	struct vproc_session *session;
	struct vproc_history *history;
	bool same = true, pages = true, changes = true, times = true;
	size_t i, known = 0;

	make_stream(seed, with_loss);
	session = load();
	history = vproc_session_find(session, 7);
	for (i = 0; i < EVENTS; i++) {
		same &= check_moment(history, i, &snapshot);
		known += moments[i].known;
		if (moments[i].known && !any(20))
			pages &= check_addresses(history, &snapshot);
		if (!any(20))
			changes &= check_changes(history, i);
	}
	for (i = 0; i < 300; i++)
		times &= check_time(history, events[any(EVENTS)].time +
				    any(20) - 10);
	tap(same && known > EVENTS / 10, "seed %u%s: all regions at %zu moments",
	    seed, with_loss ? ", with loss" : "", known);
	tap(pages, "seed %u: each page of many", seed);
	tap(changes, "seed %u: the changes of an address", seed);
	tap(times, "seed %u: times", seed);
	test_replay(history, seed);
	vproc_snapshot_clear(&snapshot);
	vproc_session_free(session);
}

static int count_known(const struct vproc_step *step, void *context)
{
	size_t *known = context;

	known[0] += step->known;
	known[1] += step->nr_after;
	known[2] += step->nr_before;
	return 0;
}

static void test_gap(void)
{
	const struct vproc_event stream[] = {
		{ .seq = 1, .time = 10, .op = VPROC_EV_ATTACH,
		  .cause = VPROC_CAUSE_ATTACH },
		{ .seq = 2, .time = 20, .op = VPROC_EV_SET, .start = 0x1000,
		  .end = 0x2000, .type = VPROC_TYPE_DATA },
		{ .seq = 12, .time = 90, .op = VPROC_EV_LOST, .start = 10 },
		{ .seq = 13, .time = 40, .op = VPROC_EV_SET, .start = 0x4000,
		  .end = 0x5000, .type = VPROC_TYPE_DATA },
		{ .seq = 14, .time = 50, .op = VPROC_EV_CLEAR, .start = 0x4000,
		  .end = 0x5000 },
	};
	const struct vproc_regions head = { .count = 1, .seq = 13 };
	const struct vproc_region regions[] = {
		{ .start = 0x4000, .end = 0x5000, .type = VPROC_TYPE_DATA },
	};
	struct vproc_session *session = vproc_session_new(NULL);
	struct vproc_history *history = vproc_session_add(session, 1);
	struct vproc_snapshot snapshot = {};
	size_t known[3] = {};
	__u64 seq = 0;

	NEED(!vproc_history_append(history, stream, 4));
	tap(vproc_history_snapshot(history, 2, &snapshot) == 0 &&
	    snapshot.count == 1, "before a gap");
	tap(vproc_history_snapshot(history, 7, &snapshot) == -1 &&
	    errno == ENODATA, "in a gap");
	tap(vproc_history_snapshot(history, 13, &snapshot) == -1 &&
	    errno == ENODATA, "after a gap nothing is known");
	tap(vproc_history_snapshot(history, 14, &snapshot) == -1 &&
	    errno == ERANGE, "later than the last event");
	tap(vproc_history_seq_at(history, 30, &seq) == 0 && seq == 12,
	    "a time in a gap is in the gap");
	tap(vproc_history_seq_at(history, 20, &seq) == 0 && seq == 2,
	    "the time of the last event before it is not");
	NEED(!vproc_history_anchor(history, &head, regions));
	NEED(!vproc_history_append(history, &stream[4], 1));
	tap(vproc_history_snapshot(history, 13, &snapshot) == 0 &&
	    snapshot.count == 1 && snapshot.regions[0].start == 0x4000,
	    "an anchor ends a gap");
	tap(vproc_history_snapshot(history, 14, &snapshot) == 0 &&
	    !snapshot.count, "and what follows is known");
	tap(vproc_history_snapshot(history, 12, &snapshot) == -1 &&
	    errno == ENODATA, "and what was before is not");
	/* ATTACH, SET, and after the gap the anchor's and the CLEAR. */
	NEED(!vproc_history_replay(history, count_known, known));
	tap(known[0] == 4 && known[1] == 2 && known[2] == 2,
	    "a replay knows the same");
	vproc_snapshot_clear(&snapshot);
	vproc_session_free(session);
}

/* What happens between an overrun and its discovery has no time. */
static void test_resync(void)
{
	const struct vproc_event stream[] = {
		{ .seq = 1, .time = 10, .op = VPROC_EV_ATTACH,
		  .cause = VPROC_CAUSE_ATTACH },
		{ .seq = 2, .time = 11, .op = VPROC_EV_SET, .start = 0x1000,
		  .end = 0x2000, .type = 2, .cause = VPROC_CAUSE_ATTACH },
		{ .seq = 3, .time = 50, .op = VPROC_EV_RESYNC,
		  .cause = VPROC_CAUSE_RESYNC },
		{ .seq = 4, .time = 51, .op = VPROC_EV_SET, .start = 0x3000,
		  .end = 0x4000, .type = 2, .cause = VPROC_CAUSE_RESYNC },
		{ .seq = 5, .time = 60, .op = VPROC_EV_SET, .start = 0x5000,
		  .end = 0x6000, .type = 2, .cause = VPROC_CAUSE_MMAP },
	};
	struct vproc_session *session = vproc_session_new(NULL);
	struct vproc_history *history = vproc_session_add(session, 1);
	__u64 seq = 0;

	NEED(!vproc_history_append(history, stream, 5));
	tap(!vproc_history_seq_at(history, 10, &seq) && seq == 2,
	    "an attach tells all at once");
	tap(vproc_history_seq_at(history, 30, &seq) == -1 && errno == ENODATA,
	    "before a RESYNC the time of a change is not known");
	tap(!vproc_history_seq_at(history, 50, &seq) && seq == 4,
	    "a RESYNC tells all at once");
	tap(!vproc_history_seq_at(history, 1000, &seq) && seq == 5,
	    "without an END the last moment lasts");
	vproc_session_free(session);
}

static void test_names(void)
{
	const struct vproc_event stream[] = {
		{ .seq = 1, .time = 10, .op = VPROC_EV_ATTACH },
		{ .seq = 2, .time = 11, .op = VPROC_EV_SET, .start = 0x1000,
		  .end = 0x2000, .type = 2, .file = 20 },
		{ .seq = 3, .time = 12, .op = VPROC_EV_FORK, .start = 9,
		  .end = 5 },
	};
	struct vproc_session *session = vproc_session_new(NULL);
	struct vproc_history *history = vproc_session_add(session, 1);
	struct vproc_name name = { .id = 20, .kind = 1, .since = 2,
				   .inode = 5, .text = "/a" };
	struct vproc_history_info info;
	struct vproc_region region;

	NEED(!vproc_history_append(history, stream, 3));
	tap(!vproc_history_name(history, 20, 2), "a name that was never told");
	NEED(!vproc_history_set_name(history, &name));
	name.text = "/a (deleted)";
	name.since = 3;
	NEED(!vproc_history_set_name(history, &name));
	NEED(!vproc_history_set_name(history, &name));
	tap(!strcmp(vproc_history_name(history, 20, 1)->text, "/a") &&
	    !strcmp(vproc_history_name(history, 20, 2)->text, "/a") &&
	    !strcmp(vproc_history_name(history, 20, 3)->text, "/a (deleted)"),
	    "a name that changes");
	tap(!strcmp(vproc_history_name(history, VPROC_NAME_HEAP, 1)->text,
		    "[heap]"), "a name by place");
	tap(!vproc_history_region(history, 2, 0x1fff, &region) &&
	    region.inode == 5 && region.name == 20, "its region has the inode");
	name.id = VPROC_NAME_HEAP;
	tap(vproc_history_set_name(history, &name) == -1 && errno == EINVAL,
	    "the name of a place cannot be set");
	vproc_history_info(vproc_session_add(session, 9), &info);
	tap(info.parent == 1 && vproc_session_count(session) == 2,
	    "a FORK tells the parent");
	vproc_session_free(session);
}

struct program {
	__u64 seq;
	__u64 start;
};

static int note_program(const struct vproc_step *step, void *context)
{
	struct program *program = context;
	struct vproc_region region = {};

	vproc_map_program(step->map, &region);
	if (step->event->seq == program->seq)
		program->start = region.start;
	return 0;
}

/* Code of three files and of none; the heap is moved from behind to before. */
static void test_program(void)
{
	const struct vproc_event stream[] = {
		{ .seq = 1, .op = VPROC_EV_ATTACH },
		{ .seq = 2, .op = VPROC_EV_SET, .start = 0x1000, .end = 0x2000,
		  .type = 1, .perm = 5, .file = 19 },
		{ .seq = 3, .op = VPROC_EV_SET, .start = 0x3000, .end = 0x4000,
		  .type = 1, .perm = 5, .file = 20 },
		{ .seq = 4, .op = VPROC_EV_SET, .start = 0x5000, .end = 0x6000,
		  .type = 1, .perm = 5 },
		{ .seq = 5, .op = VPROC_EV_SET, .start = 0x9000, .end = 0xa000,
		  .type = 1, .perm = 5, .file = 21 },
		{ .seq = 6, .op = VPROC_EV_LAYOUT, .start = 0x7000,
		  .end = 0x8000 },
		{ .seq = 7, .op = VPROC_EV_LAYOUT, .start = 0x800,
		  .end = 0x900 },
	};
	struct vproc_session *session = vproc_session_new(NULL);
	struct vproc_history *history = vproc_session_add(session, 1);
	struct vproc_name name = { .kind = VPROC_FILE_PATH, .text = "/a" };
	struct program program = { .seq = 6 };

	NEED(!vproc_history_append(history, stream, 7));
	for (name.id = 19; name.id <= 21; name.id++)
		NEED(!vproc_history_set_name(history, &name));
	NEED(!vproc_history_replay(history, note_program, &program));
	tap(program.start == 0x3000, "the program is the last before the heap");
	program.seq = 7;
	NEED(!vproc_history_replay(history, note_program, &program));
	tap(program.start == 0x1000, "or the first of all");
	program.seq = 1;
	NEED(!vproc_history_replay(history, note_program, &program));
	tap(!program.start, "or there is none");
	vproc_session_free(session);
}

/* Each stream is right but for its last event. */
static void test_wrong_streams(void)
{
	static const struct {
		const char *what;
		struct vproc_event last;
	} wrong[] = {
		{ "a number that is missing",
		  { .seq = 4, .op = VPROC_EV_FORK } },
		{ "a number that comes again",
		  { .seq = 2, .op = VPROC_EV_FORK } },
		{ "an unknown event", { .seq = 3, .op = 10 } },
		{ "an unknown cause",
		  { .seq = 3, .op = VPROC_EV_FORK, .cause = 250 } },
		{ "an empty range",
		  { .seq = 3, .op = VPROC_EV_CLEAR, .start = 5, .end = 5 } },
		{ "no type", { .seq = 3, .op = VPROC_EV_SET, .end = 5 } },
		{ "a second ATTACH", { .seq = 3, .op = VPROC_EV_ATTACH } },
		{ "nothing lost", { .seq = 2, .op = VPROC_EV_LOST } },
		{ "so much lost that numbers begin anew",
		  { .seq = 1, .op = VPROC_EV_LOST, .start = ~0ull } },
	};
	const struct vproc_event first[] = {
		{ .seq = 1, .op = VPROC_EV_ATTACH },
		{ .seq = 2, .op = VPROC_EV_RESYNC },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct vproc_session *session = vproc_session_new(NULL);
		struct vproc_history *history = vproc_session_add(session, 1);
		struct vproc_history_info info;

		NEED(!vproc_history_append(history, first, 2));
		tap(vproc_history_append(history, &wrong[i].last, 1) == -1 &&
		    errno == EPROTO && vproc_history_complaint(history),
		    "refused: %s", wrong[i].what);
		vproc_history_info(history, &info);
		NEED(info.last == 2);
		vproc_session_free(session);
	}
}

/*
 * A question about five million events must not take the time of reading them:
 * a thousand of them in a second is less than a hundredth of that.
 */
static void test_speed(void)
{
	const size_t total = 5000000, questions = 1000;
	struct vproc_session *session = vproc_session_new("6.12.0");
	struct vproc_history *history = vproc_session_add(session, 1);
	struct vproc_event event = { .op = VPROC_EV_ATTACH };
	struct vproc_region region;
	size_t known[3] = {};
	double seconds;
	clock_t start;
	size_t i;

	random_state = 5;
	for (i = 1; i <= total; i++) {
		if (i > 1)
			make_event(&event, i, i);
		event.seq = i;
		NEED(!vproc_history_append(history, &event, 1));
	}
	start = clock();
	for (i = 0; i < questions; i++) {
		__u64 seq = 1 + any(total), at;

		NEED(!vproc_history_seq_at(history, seq, &at) && at >= seq);
		NEED(!vproc_history_region(history, seq, BASE + any(PAGES) * PAGE,
					   &region) || errno == ENOENT);
	}
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	tap(seconds < 10, "%zu questions about %zu events in %.2f s", questions,
	    total, seconds);
	start = clock();
	NEED(!vproc_history_replay(history, count_known, known));
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	tap(known[0] == total && seconds < 60,
	    "a replay of %zu events in %.2f s", total, seconds);
	vproc_session_free(session);
}

/* A build has very many processes; each is made by the one before it. */
static void test_many(void)
{
	const __u64 many = 100000;
	struct vproc_session *session = vproc_session_new(NULL);
	struct vproc_history_info info;
	bool right = true;
	__u64 id;

	for (id = 1; id <= many; id++) {
		const struct vproc_event events[] = {
			{ .seq = 1, .op = VPROC_EV_ATTACH, .start = id },
			{ .seq = 2, .op = VPROC_EV_FORK, .start = id + 1 },
		};
		struct vproc_history *history = vproc_session_add(session, id);

		NEED(history && !vproc_history_append(history, events, 2));
	}
	for (id = 1; id <= many; id++) {
		struct vproc_history *history = vproc_session_find(session, id);

		vproc_history_info(history, &info);
		right &= info.id == id && info.parent == id - 1 &&
			 vproc_session_at(session, id - 1) == history;
	}
	tap(right && vproc_session_count(session) == many &&
	    !vproc_session_find(session, 0) &&
	    !vproc_session_find(session, many + 1),
	    "%llu processes are told apart", many);
	vproc_session_free(session);
}

int main(int argc, char **argv)
{
	unsigned int seed;

	for (seed = 1; seed <= 4; seed++)
		test_stream(seed, seed % 2);
	test_gap();
	test_resync();
	test_names();
	test_program();
	test_wrong_streams();
	test_many();
	/* 320 MB of events: not under an emulator's sanitizer. */
	if (argc < 2 || strcmp(argv[1], "--short"))
		test_speed();
	return tap_end();
}
