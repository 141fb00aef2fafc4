// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc log: print the changes of address spaces, as they happen or as they
 * were recorded, one a line.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "device.h"
#include "eventname.h"
#include "eventobject.h"
#include "names.h"
#include "past.h"
#include "trackers.h"
#include "verbs.h"
#include "words.h"

/* What event() stops with once it has printed enough. */
#define ENOUGH		1

/* A signal that comes just before the wait is noticed after it. */
#define WAIT_MS		500

static const char doc[] =
	"Print each change of the memory map of process PID, one a line, until the process ends; or those of all processes of the recording FILE. The first ones describe the map as it is.\n"
	"\vColumns: seconds since the first event, process, thread, cause, what happened, address range, permissions, type, name. A range is set (it is now one region), or clear (nothing is there now).\n"
	"\n"
	"Causes: attach, mmap, munmap, brk, mprotect, mremap, stack, madvise, mlock, mbind, prctl, shm, uffd, mseal, exec, fork, exit, detach, denied, resync, missed, kernel, nomem, unknown.\n"
	"Types: code, data, rodata, stack, heap, file, shared, device.\n"
	"\n"
	"Examples:\n"
	"  vproc log --follow-exec --follow-fork $$\n"
	"  vproc log vproc.rec --cause munmap,brk --sites\n"
	"  vproc log vproc.rec --range 7f0000000000-7fffffffffff";

static const struct argp_option options[] = {
	{ "count", 'n', "COUNT", 0, "Stop after COUNT lines", 0 },
	{ "cause", 'c', "CAUSE,...", 0, "Only events with one of these causes",
	  0 },
	{ "type", 't', "TYPE,...", 0,
	  "Only regions that are set to one of these types", 0 },
	{ "range", 'r', "ADDR[-END]", 0,
	  "Only what overlaps these addresses (hexadecimal)", 0 },
	{ "tid", 'T', "TID", 0, "Only what this thread did", 0 },
	{ "sites", 's', NULL, 0,
	  "Of a recording: show where each change was called", 0 },
	{ "follow-exec", 'e', NULL, 0, "Of a process: go on when it runs a new program",
	  0 },
	{ "follow-fork", 'f', NULL, 0,
	  "Of a process: print the events of its children, too", 0 },
	{}
};

/* Which events are wanted. */
struct filter {
	__u64 causes;		/* bits; 0: all */
	__u64 types;		/* bits; 0: all */
	__u64 start;
	__u64 end;		/* 0: everywhere */
	__u32 tid;		/* 0: whoever did it */
};

struct settings {
	struct past past;
	struct output output;
	struct filter filter;
	__u64 count;		/* 0: no limit */
	bool sites;
	uint32_t flags;
};

/* What the lines of one live process need from earlier events. */
struct process {
	struct names names;
	struct vproc_event layout;
	__u64 id;
};

struct printer {
	const struct settings *settings;
	struct vproc_session *session;	/* for the names of places */
	struct sites *sites;		/* NULL: they are not asked for */
	__u64 start;
	__u64 printed;
	bool started;
};

static atomic_int interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* The bits of the words in a list, each of which @find knows. */
static __u64 parse_words(struct argp_state *state, char *list,
			 int (*find)(const char *text), const char *what)
{
	__u64 bits = 0;
	char *word;
	int bit;

	while ((word = strsep(&list, ","))) {
		bit = find(word);
		if (bit < 0)
			argp_error(state, "'%s' is not a %s", word, what);
		bits |= 1ull << bit;
	}
	return bits;
}

static void parse_range(struct argp_state *state, const char *text,
			struct filter *filter)
{
	char *end;

	errno = 0;
	filter->start = strtoull(text, &end, 16);
	filter->end = filter->start + 1;
	if (*end == '-' && isxdigit(end[1]))
		filter->end = strtoull(end + 1, &end, 16);
	if (!isxdigit(*text) || *end || errno || filter->end <= filter->start)
		argp_error(state, "'%s' is no range of addresses", text);
}

static void check(struct argp_state *state, const struct settings *settings)
{
	if (settings->past.live && settings->sites)
		argp_error(state, "call sites are found in a recording, and %d is a process: record it first",
			   settings->past.live);
	if (settings->past.path && settings->flags)
		argp_error(state, "what is followed was decided when '%s' was recorded",
			   settings->past.path);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;
	struct filter *filter = &settings->filter;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &settings->past;
		state->child_inputs[1] = &settings->output;
		return 0;
	case 'n':
		settings->count = args_number(state, arg, "number of lines");
		return 0;
	case 'c':
		filter->causes = parse_words(state, arg, find_cause, "cause");
		return 0;
	case 't':
		filter->types = parse_words(state, arg, find_type, "type");
		return 0;
	case 'r':
		parse_range(state, arg, filter);
		return 0;
	case 'T':
		filter->tid = args_number(state, arg, "thread id");
		return 0;
	case 's':
		settings->sites = true;
		return 0;
	case 'e':
		settings->flags |= VPROC_ATTACH_EXEC;
		return 0;
	case 'f':
		settings->flags |= VPROC_ATTACH_FORK;
		return 0;
	case ARGP_KEY_SUCCESS:
		check(state, settings);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool is_wanted(const struct filter *filter,
		      const struct vproc_event *event)
{
	const bool has_range = event->op == VPROC_EV_SET ||
			       event->op == VPROC_EV_CLEAR;

	if (filter->causes && !(filter->causes & 1ull << event->cause))
		return false;
	if (filter->types && (event->op != VPROC_EV_SET ||
			      !(filter->types & 1ull << event->type)))
		return false;
	if (filter->end && (!has_range || event->start >= filter->end ||
			    event->end <= filter->start))
		return false;
	return !filter->tid || event->tid == filter->tid;
}

/* Prints a line. Returns ENOUGH, 0, or -1 if the output has failed. */
static int print_event(struct printer *printer,
		       const struct vproc_event *event, int pid, __u64 id,
		       const char *name, size_t site)
{
	struct json_object *object = output_object();
	/* Another process' first event may be read later than it happened. */
	const __s64 us = (__s64)(event->time - printer->start) / 1000;

	event_to_object(object, event, us / 1e6, pid, id, name);
	if (site != SITE_NONE)
		event_object_add_site(object, printer->sites, site);
	output_put(&printer->settings->output, object, event_object_print,
		   NULL);
	if (ferror(stdout))
		return -1;
	return ++printer->printed == printer->settings->count ? ENOUGH : 0;
}

static struct process *add_process(struct tracker *tracker,
				   const struct vproc_event *event)
{
	struct process *process = calloc(1, sizeof(*process));

	if (process && event->op == VPROC_EV_ATTACH)
		process->id = event->start;
	tracker->data = process;
	return process;
}

static int handle_event(struct tracker *tracker,
			const struct vproc_event *event, void *context)
{
	struct printer *printer = context;
	struct process *process = tracker->data;
	int pid = event->op == VPROC_EV_ATTACH ? (int)event->end : tracker->pid;
	struct vproc_event shown;
	__u32 place;

	if (!process)
		process = add_process(tracker, event);
	if (!process)
		return -1;
	if (event->op == VPROC_EV_LAYOUT)
		process->layout = *event;
	if (!printer->started) {
		printer->started = true;
		printer->start = event->time;
	}
	place = event_place(event, &process->layout, printer->session);
	shown = event_in_place(event, place);
	if (!is_wanted(&printer->settings->filter, &shown))
		return 0;
	return print_event(printer, &shown, pid, process->id,
			   event_name(event, place, &process->names,
				      tracker->fd),
			   SITE_NONE);
}

static void forget_process(struct tracker *tracker, void *context)
{
	struct process *process = tracker->data;

	(void)context;
	if (process)
		names_clear(&process->names);
	free(process);
}

/* Prints until the end; returns an exit status. */
static int follow(struct trackers *trackers)
{
	int ret = 0;

	while (trackers->count && !ret && !interrupted) {
		ret = trackers_run(trackers, WAIT_MS);
		/* A pipe gets what there is before the next wait. */
		if (!ret && fflush(stdout))
			ret = -1;
	}
	/* An output that failed is main()'s to report. */
	if (ret < 0 && errno != EINTR && !ferror(stdout)) {
		warn("cannot go on with the events");
		return STATUS_ERROR;
	}
	return STATUS_OK;
}

static int print_live(struct printer *printer)
{
	const struct settings *settings = printer->settings;
	const struct sigaction action = { .sa_handler = interrupt };
	struct trackers trackers = {
		.event = handle_event,
		.closing = forget_process,
		.context = printer,
	};
	int fd, status;

	fd = device_open_attached(O_NONBLOCK, settings->past.live,
				  settings->flags);
	if (fd < 0)
		return STATUS_ERROR;
	printer->session = vproc_session_new(NULL);
	if (!printer->session || trackers_add(&trackers, fd)) {
		warn("cannot keep a tracker");
		vproc_session_free(printer->session);
		close(fd);
		return STATUS_ERROR;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	status = follow(&trackers);
	trackers_close(&trackers);
	vproc_session_free(printer->session);
	return status;
}

/* An event of a recording, on its way to its place in time. */
struct item {
	__u64 time;
	size_t history;
	size_t index;
	__u32 place;
};

struct items {
	struct item *array;
	size_t count;
	size_t room;
};

static int add_item(struct items *items, const struct item *item)
{
	size_t room = 2 * items->room + 1024;
	struct item *array;

	if (items->count == items->room) {
		array = reallocarray(items->array, room, sizeof(*array));
		if (!array)
			return -1;
		items->array = array;
		items->room = room;
	}
	items->array[items->count++] = *item;
	return 0;
}

/*
 * Takes the events of a history that are wanted. Within it their order is that
 * of their numbers, so no time is earlier than the one before.
 */
static int collect(const struct settings *settings,
		   const struct vproc_history *history, size_t number,
		   struct items *items)
{
	const struct vproc_session *session = settings->past.recording->session;
	struct vproc_event layout = {}, shown;
	const struct vproc_event *event;
	struct item item = { .history = number };

	while ((event = vproc_history_event(history, item.index))) {
		if (event->op == VPROC_EV_LAYOUT)
			layout = *event;
		item.place = event_place(event, &layout, session);
		shown = event_in_place(event, item.place);
		/* The time of a LOST is when that was noticed. */
		if (event->time > item.time && event->op != VPROC_EV_LOST)
			item.time = event->time;
		if (is_wanted(&settings->filter, &shown) &&
		    add_item(items, &item))
			return -1;
		item.index++;
	}
	return 0;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *one = a, *two = b;

	if (one->time != two->time)
		return one->time < two->time ? -1 : 1;
	if (one->history != two->history)
		return one->history < two->history ? -1 : 1;
	return (one->index > two->index) - (one->index < two->index);
}

static int collect_all(const struct settings *settings, struct items *items)
{
	const struct vproc_history *history;
	size_t at = 0;

	while ((history = past_next(&settings->past, &at))) {
		if (collect(settings, history, at - 1, items))
			return -1;
	}
	qsort(items->array, items->count, sizeof(items->array[0]),
	      compare_items);
	return 0;
}

static const char *recorded_name(const struct vproc_history *history,
				 const struct vproc_event *event, __u32 place)
{
	if (event->op != VPROC_EV_SET)
		return "";
	if (event->file != VPROC_NAME_NONE)
		return past_name(history, event->file, event->seq);
	return event_place_name(place);
}

/* What an attach or an exec tells was not called. */
static size_t find_site(const struct printer *printer,
			const struct vproc_history *history,
			const struct vproc_event *event)
{
	if (!printer->sites || event->cause == VPROC_CAUSE_ATTACH ||
	    event->cause == VPROC_CAUSE_EXEC)
		return SITE_NONE;
	return sites_look_up(printer->sites, history, event);
}

static int print_items(struct printer *printer, const struct items *items)
{
	const struct vproc_session *session =
		printer->settings->past.recording->session;
	struct vproc_history_info info;
	size_t i;
	int ret = 0;

	for (i = 0; i < items->count && !ret; i++) {
		const struct item *item = &items->array[i];
		struct vproc_history *history =
			vproc_session_at(session, item->history);
		const struct vproc_event *event =
			vproc_history_event(history, item->index);
		const struct vproc_event shown =
			event_in_place(event, item->place);

		vproc_history_info(history, &info);
		ret = print_event(printer, &shown, info.pid, info.id,
				  recorded_name(history, event, item->place),
				  find_site(printer, history, event));
	}
	return STATUS_OK;
}

static int print_recorded(struct printer *printer, struct settings *settings)
{
	struct items items = {};
	int status = STATUS_ERROR;

	if (past_load(&settings->past))
		return STATUS_ERROR;
	if (past_check_choice(&settings->past)) {
		past_close(&settings->past);
		return STATUS_ERROR;
	}
	printer->start = settings->past.start;
	if (settings->sites)
		printer->sites = sites_new(settings->past.recording);
	if (collect_all(settings, &items))
		warn("cannot sort the events of %s", settings->past.path);
	else
		status = print_items(printer, &items);
	free(items.array);
	sites_free(printer->sites);
	past_close(&settings->past);
	return status;
}

int log_main(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ .argp = &past_argp },
		{ .argp = &output_argp },
		{}
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "PID\nFILE",
		.doc = doc,
		.children = children,
	};
	struct settings settings = {};
	struct printer printer = { .settings = &settings };

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (settings.past.live)
		return print_live(&printer);
	return print_recorded(&printer, &settings);
}
