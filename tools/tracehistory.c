// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process as events of a trace.
 *
 * Each region is an asynchronous slice, since regions neither nest nor take
 * turns; the viewers put those of one name, which is one file, on one track.
 * Programs are slices on the track of the first thread: there they enclose what
 * that thread did, and carry the arrows from parents to children.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "regions.h"
#include "spells.h"
#include "tracehistory.h"
#include "words.h"

/* What is counted. */
struct sizes {
	__u64 bytes[VPROC_NR_TYPES];	/* mapped, by type */
	__u64 regions;
	__u64 heap;			/* bytes from its start to the break */
};

/**
 * struct walk - a history in the course of its events
 * @exporter: where it goes
 * @history: the history
 * @info: about it
 * @spells: its regions, in the order of their beginning
 * @ends: the same, in the order of their end
 * @next_begin: the first spell that has not begun
 * @next_end: the first of @ends that has not ended
 * @first_id: id of the slice of the first spell
 * @pid: the process, as the trace knows it
 * @shift: what is added to ids for that
 * @time: the present moment
 * @known: no event is missing before it
 * @now: the sizes
 * @written: as they were last written, if @is_written
 * @is_written: they were written
 */
struct walk {
	struct exporter *exporter;
	const struct vproc_history *history;
	struct vproc_history_info info;
	struct spells spells;
	const struct spell **ends;
	size_t next_begin;
	size_t next_end;
	__u64 first_id;
	__u32 pid;
	__u32 shift;
	__u64 time;
	bool known;
	struct sizes now;
	struct sizes written;
	bool is_written;
};

/* A time as one of the trace, which begins at 0. */
static __u64 trace_time(const struct exporter *exporter, __u64 time)
{
	const __u64 start = exporter->past->start;

	return time > start ? time - start : 0;
}

static bool is_in_window(const struct exporter *exporter, __u64 time)
{
	return time >= exporter->from && time <= exporter->to;
}

/* Is some of it in the window? */
static bool is_wanted(const struct exporter *exporter, __u64 from, __u64 to)
{
	return from <= exporter->to && to >= exporter->from;
}

static __u64 clip(const struct exporter *exporter, __u64 time)
{
	if (time < exporter->from)
		time = exporter->from;
	if (time > exporter->to)
		time = exporter->to;
	return trace_time(exporter, time);
}

/* A thread; the first one for what has none, or not one of this process. */
static __u32 trace_tid(const struct walk *walk, const struct vproc_event *event)
{
	return event->tid ? event->tid + walk->shift : walk->pid;
}

static const char *spell_name(const struct walk *walk,
			      const struct spell *spell)
{
	const char *name = past_name(walk->history, spell->region.name,
				     spell->from_seq);

	return *name ? name : "anonymous";
}

static void add_cause(struct trace *trace, const struct walk *walk,
		      const struct spell *spell)
{
	const struct vproc_event *set = spell->set;

	if (set) {
		trace_arg(trace, "cause", word_cause(set->cause));
		trace_arg_number(trace, "by", trace_tid(walk, set));
		if (set->ip)
			trace_arg_address(trace, "ip", set->ip);
	}
	if (spell->mapped)
		trace_arg_time(trace, "mapped",
			       trace_time(walk->exporter, spell->mapped->time));
}

static void begin_slice(struct walk *walk, const struct spell *spell)
{
	const struct vproc_region *region = &spell->region;
	struct trace *trace = &walk->exporter->trace;
	char perm[5];

	trace_event(trace, TRACE_ASYNC_BEGIN, spell_name(walk, spell),
		    word_type(region->type),
		    clip(walk->exporter, spell->from), walk->pid, walk->pid);
	trace_key_id(trace, "id",
		     walk->first_id + (spell - walk->spells.list));
	region_perm(perm, region->perm);
	trace_arg_range(trace, "range", region->start, region->end);
	trace_arg_number(trace, "bytes", region->end - region->start);
	trace_arg(trace, "perm", perm);
	if (region->inode || region->offset)
		trace_arg_address(trace, "offset", region->offset);
	add_cause(trace, walk, spell);
	trace_end_event(trace);
}

/* Under other names than above, as a viewer shows both for the one slice. */
static void add_end(struct trace *trace, const struct walk *walk,
		    const struct vproc_event *end)
{
	/* It was there at least until then. */
	if (end->op == VPROC_EV_LOST) {
		trace_arg(trace, "end_cause", word_op(end->op));
		return;
	}
	trace_arg(trace, "end_cause", word_cause(end->cause));
	trace_arg_number(trace, "end_by", trace_tid(walk, end));
}

static void end_slice(struct walk *walk, const struct spell *spell)
{
	const struct exporter *exporter = walk->exporter;
	struct trace *trace = &walk->exporter->trace;
	const struct vproc_event *end = spell->end;

	trace_event(trace, TRACE_ASYNC_END, spell_name(walk, spell),
		    word_type(spell->region.type), clip(exporter, spell->to),
		    walk->pid, walk->pid);
	trace_key_id(trace, "id",
		     walk->first_id + (spell - walk->spells.list));
	if (end && spell->to <= exporter->to)
		add_end(trace, walk, end);
	trace_end_event(trace);
}

/* Counts a spell that begins (@sign 1) or ends (-1). */
static void count(struct walk *walk, const struct spell *spell, int sign)
{
	const struct vproc_region *region = &spell->region;

	walk->now.bytes[region->type] += sign * (region->end - region->start);
	walk->now.regions += sign;
	walk->known = true;
}

static bool has_slice(const struct walk *walk, const struct spell *spell)
{
	return walk->exporter->parts & TRACE_SLICES &&
	       is_wanted(walk->exporter, spell->from, spell->to);
}

/* What has ended, and what has begun, at the event with number @seq. */
static void take_spells(struct walk *walk, __u64 seq)
{
	const struct spells *spells = &walk->spells;

	while (walk->next_end < spells->count &&
	       walk->ends[walk->next_end]->to_seq <= seq) {
		const struct spell *spell = walk->ends[walk->next_end++];

		if (has_slice(walk, spell))
			end_slice(walk, spell);
		count(walk, spell, -1);
	}
	while (walk->next_begin < spells->count &&
	       spells->list[walk->next_begin].from_seq <= seq) {
		const struct spell *spell = &spells->list[walk->next_begin++];

		if (has_slice(walk, spell))
			begin_slice(walk, spell);
		count(walk, spell, 1);
	}
}

static void put_memory(struct walk *walk, __u64 time)
{
	struct trace *trace = &walk->exporter->trace;
	unsigned int type;

	trace_event(trace, TRACE_COUNTER, "memory", NULL, time, walk->pid,
		    walk->pid);
	for (type = VPROC_TYPE_NONE + 1; type < VPROC_NR_TYPES; type++)
		trace_arg_number(trace, word_type(type), walk->now.bytes[type]);
	trace_end_event(trace);
}

static void put_counter(struct walk *walk, __u64 time, const char *name,
			const char *what, __u64 value)
{
	struct trace *trace = &walk->exporter->trace;

	trace_event(trace, TRACE_COUNTER, name, NULL, time, walk->pid,
		    walk->pid);
	trace_arg_number(trace, what, value);
	trace_end_event(trace);
}

/*
 * Writes sizes once the moment is over, since several events can be of one. Where
 * events are missing the last known sizes stay. Before the window nothing is
 * written but what is so at its beginning.
 */
static void flush_counters(struct walk *walk, __u64 next_time)
{
	const struct exporter *exporter = walk->exporter;
	const struct sizes *now = &walk->now, *written = &walk->written;
	const __u64 time = clip(exporter, walk->time);

	if (!(exporter->parts & TRACE_COUNTERS) || !walk->known ||
	    next_time <= exporter->from || walk->time > exporter->to)
		return;
	if (!walk->is_written || memcmp(now->bytes, written->bytes,
					sizeof(now->bytes)))
		put_memory(walk, time);
	if (!walk->is_written || now->regions != written->regions)
		put_counter(walk, time, "regions", "count", now->regions);
	if (!walk->is_written || now->heap != written->heap)
		put_counter(walk, time, "heap", "bytes", now->heap);
	walk->written = *now;
	walk->is_written = true;
}

static void add_range(struct walk *walk, const struct vproc_event *event)
{
	struct trace *trace = &walk->exporter->trace;
	char perm[5];

	trace_arg_range(trace, "range", event->start, event->end);
	if (event->op != VPROC_EV_SET)
		return;
	region_perm(perm, event->perm);
	trace_arg(trace, "perm", perm);
	trace_arg(trace, "type", word_type(event->type));
	if (event->file)
		trace_arg(trace, "name", past_name(walk->history, event->file,
						   event->seq));
}

static void add_details(struct walk *walk, const struct vproc_event *event)
{
	struct trace *trace = &walk->exporter->trace;

	trace_arg(trace, "op", word_op(event->op));
	trace_arg_number(trace, "seq", event->seq);
	switch (event->op) {
	case VPROC_EV_SET:
	case VPROC_EV_CLEAR:
		add_range(walk, event);
		break;
	case VPROC_EV_LAYOUT:
		trace_arg_range(trace, "heap", event->start, event->end);
		break;
	case VPROC_EV_FORK:
		trace_arg_number(trace, "child", event->end);
		break;
	case VPROC_EV_LOST:
		trace_arg_number(trace, "events", event->start);
		break;
	}
	if (event->syscall >= 0)
		trace_arg_number(trace, "syscall", event->syscall);
	if (event->ip)
		trace_arg_address(trace, "ip", event->ip);
}

/* What concerns all threads is not on the track of one. */
static bool is_of_process(const struct vproc_event *event)
{
	switch (event->op) {
	case VPROC_EV_ATTACH:
	case VPROC_EV_EXEC:
	case VPROC_EV_LOST:
	case VPROC_EV_RESYNC:
	case VPROC_EV_END:
		return true;
	}
	return false;
}

static void put_instant(struct walk *walk, const struct vproc_event *event)
{
	const bool whole = is_of_process(event);
	struct trace *trace = &walk->exporter->trace;

	trace_event(trace, TRACE_INSTANT,
		    whole ? word_op(event->op) : word_cause(event->cause),
		    "event", trace_time(walk->exporter, walk->time), walk->pid,
		    trace_tid(walk, event));
	trace_key(trace, "s", whole ? "p" : "t");
	if (whole)
		trace_arg(trace, "cause", word_cause(event->cause));
	add_details(walk, event);
	trace_end_event(trace);
}

static void note_end(const struct walk *walk, struct trace_ends *ends,
		     __u64 child)
{
	ends->list = memory_grow(ends->list, ends->count, &ends->room,
				 sizeof(*ends->list));
	ends->list[ends->count++] = (struct trace_end){
		.child = child,
		.time = walk->time,
		.pid = walk->pid,
	};
}

/* Both ends of an arrow are on the track that has the programs. */
static void note_relatives(struct walk *walk, const struct vproc_event *event)
{
	struct exporter *exporter = walk->exporter;

	if (event->op == VPROC_EV_FORK && event->start)
		note_end(walk, &exporter->forks, event->start);
	if (event->op == VPROC_EV_ATTACH)
		note_end(walk, &exporter->arrivals, walk->info.id);
}

/*
 * Is it one of the many events that tell what was there all at once? Those are no
 * changes, and the slices tell the same.
 */
static bool is_detail(const struct vproc_event *event)
{
	if (event->op != VPROC_EV_SET && event->op != VPROC_EV_CLEAR &&
	    event->op != VPROC_EV_LAYOUT)
		return false;
	return event->cause == VPROC_CAUSE_ATTACH ||
	       event->cause == VPROC_CAUSE_EXEC ||
	       event->cause == VPROC_CAUSE_RESYNC ||
	       event->cause == VPROC_CAUSE_MISSED;
}

/* What an event does to what is counted, besides beginnings and ends. */
static void note_event(struct walk *walk, const struct vproc_event *event)
{
	switch (event->op) {
	case VPROC_EV_LAYOUT:
		walk->now.heap = event->end - event->start;
		break;
	case VPROC_EV_LOST:
		walk->known = false;
		break;
	case VPROC_EV_END:
		walk->now.heap = 0;
		break;
	}
}

static void take_event(struct walk *walk, const struct vproc_event *event)
{
	const struct exporter *exporter = walk->exporter;

	/* The time of a LOST is when that was noticed. */
	if (event->time > walk->time && !is_detail(event) &&
	    (event->op != VPROC_EV_LOST || !walk->time)) {
		flush_counters(walk, event->time);
		walk->time = event->time;
	}
	take_spells(walk, event->seq);
	note_event(walk, event);
	if (!(exporter->parts & TRACE_EVENTS) || is_detail(event) ||
	    !is_in_window(exporter, walk->time))
		return;
	put_instant(walk, event);
	note_relatives(walk, event);
}

static const char *program_path(const struct walk *walk,
				const struct spells_image *image)
{
	return image->program ? past_name(walk->history, image->program,
					  image->from_seq) : "?";
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void put_name(struct walk *walk, const char *what, const char *name)
{
	struct trace *trace = &walk->exporter->trace;

	trace_event(trace, TRACE_METADATA, what, NULL, 0, walk->pid, walk->pid);
	trace_arg(trace, "name", name);
	trace_end_event(trace);
}

/* Named for what it ran last; the first thread's track has all programs. */
static void put_process(struct walk *walk)
{
	const struct spells *spells = &walk->spells;
	const char *program = "?";
	char name[256];

	if (spells->nr_images)
		program = program_path(walk,
				       &spells->images[spells->nr_images - 1]);
	program = base_name(program);
	put_name(walk, "thread_name", program);
	if (walk->shift) {
		snprintf(name, sizeof(name), "%s (a later process %d)", program,
			 walk->info.pid);
		program = name;
	}
	put_name(walk, "process_name", program);
}

static void put_programs(struct walk *walk)
{
	const struct exporter *exporter = walk->exporter;
	struct trace *trace = &walk->exporter->trace;
	size_t i;

	for (i = 0; i < walk->spells.nr_images; i++) {
		const struct spells_image *image = &walk->spells.images[i];
		const char *path = program_path(walk, image);
		__u64 from = clip(exporter, image->from);

		if (!is_wanted(exporter, image->from, image->to))
			continue;
		trace_event(trace, TRACE_COMPLETE, base_name(path), "program",
			    from, walk->pid, walk->pid);
		trace_key_time(trace, "dur", clip(exporter, image->to) - from);
		trace_arg(trace, "path", path);
		trace_end_event(trace);
	}
}

static int compare_ends(const void *a, const void *b)
{
	const struct spell *one = *(const struct spell *const *)a;
	const struct spell *two = *(const struct spell *const *)b;

	if (one->to_seq != two->to_seq)
		return one->to_seq < two->to_seq ? -1 : 1;
	return (one > two) - (one < two);
}

static void read_spells(struct walk *walk)
{
	struct spells *spells = &walk->spells;
	size_t i;

	spells_read(spells, walk->history);
	walk->ends = memory_need(calloc(spells->count + 1, sizeof(*walk->ends)));
	for (i = 0; i < spells->count; i++)
		walk->ends[i] = &spells->list[i];
	qsort(walk->ends, spells->count, sizeof(*walk->ends), compare_ends);
	walk->first_id = walk->exporter->slices + 1;
	walk->exporter->slices += spells->count;
}

void trace_history(struct exporter *exporter,
		   const struct vproc_history *history, __u32 shift)
{
	struct walk walk = {
		.exporter = exporter,
		.history = history,
		.shift = shift,
	};
	const struct vproc_event *event;
	size_t i;

	vproc_history_info(history, &walk.info);
	if (!is_wanted(exporter, walk.info.start, walk.info.end))
		return;
	walk.pid = walk.info.pid + shift;
	read_spells(&walk);
	put_process(&walk);
	if (exporter->parts & TRACE_SLICES)
		put_programs(&walk);
	for (i = 0; (event = vproc_history_event(history, i)) &&
	     !ferror(exporter->trace.out); i++)
		take_event(&walk, event);
	flush_counters(&walk, ~0ull);
	/* What is there still. */
	take_spells(&walk, ~0ull);
	free(walk.ends);
	spells_clear(&walk.spells);
}

static int compare_children(const void *a, const void *b)
{
	const struct trace_end *one = a, *two = b;

	return (one->child > two->child) - (one->child < two->child);
}

static void put_flow_end(struct exporter *exporter, enum trace_phase phase,
			 const struct trace_end *end, __u64 time)
{
	struct trace *trace = &exporter->trace;

	trace_event(trace, phase, "fork", "fork", trace_time(exporter, time),
		    end->pid, end->pid);
	trace_key_id(trace, "id", end->child);
	if (phase == TRACE_FLOW_END)
		trace_key(trace, "bp", "e");
	trace_end_event(trace);
}

void trace_forks(struct exporter *exporter)
{
	const struct trace_ends *forks = &exporter->forks;
	struct trace_ends *arrivals = &exporter->arrivals;
	const struct trace_end *fork, *arrival;
	__u64 time;
	size_t i;

	if (arrivals->count)
		qsort(arrivals->list, arrivals->count, sizeof(*arrivals->list),
		      compare_children);
	for (i = 0; i < forks->count && arrivals->count; i++) {
		fork = &forks->list[i];
		arrival = bsearch(fork, arrivals->list, arrivals->count,
				  sizeof(*arrivals->list), compare_children);
		if (!arrival)
			continue;
		/* A fork is told once the child is there, which may be late. */
		time = fork->time < arrival->time ? fork->time : arrival->time;
		put_flow_end(exporter, TRACE_FLOW_BEGIN, fork, time);
		put_flow_end(exporter, TRACE_FLOW_END, arrival, arrival->time);
	}
	free(exporter->forks.list);
	free(exporter->arrivals.list);
}
