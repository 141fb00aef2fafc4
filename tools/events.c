// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc events: print the changes of an address space as they happen.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "args.h"
#include "device.h"
#include "names.h"
#include "regions.h"
#include "trackers.h"
#include "verbs.h"
#include "words.h"

/* What event() stops with once it has printed enough. */
#define ENOUGH		1

/* Names kept for each process; then the cache starts afresh. */
#define MAX_NAMES	1024

/* A signal that comes just before the wait is noticed after it. */
#define WAIT_MS		500

static const char doc[] =
	"Print each change of the memory map of process PID, one a line, until the process ends. The first ones describe the map as it is.\n"
	"\vColumns: seconds since the first event, process, thread, cause, what happened, address range, permissions, type, name. A range is set (it is now one region), or clear (nothing is there now).\n"
	"\n"
	"Example:\n"
	"  vproc events --follow-exec --follow-fork $$ | grep munmap";

static const struct argp_option options[] = {
	{ "count", 'n', "COUNT", 0, "Stop after COUNT events", 0 },
	{ "follow-exec", 'e', NULL, 0, "Go on when PID runs a new program", 0 },
	{ "follow-fork", 'f', NULL, 0, "Print the events of its children, too",
	  0 },
	{}
};

struct settings {
	pid_t pid;
	__u64 count;		/* 0: no limit */
	uint32_t flags;
};

/* What the lines of one process need from earlier events. */
struct process {
	struct names names;
	__u64 start_brk;
	__u64 brk;
	__u64 start_stack;
};

struct printer {
	__u64 start;
	__u64 printed;
	__u64 count;
};

static atomic_int interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case 'n':
		settings->count = args_number(state, arg, "number of events");
		return 0;
	case 'e':
		settings->flags |= VPROC_ATTACH_EXEC;
		return 0;
	case 'f':
		settings->flags |= VPROC_ATTACH_FORK;
		return 0;
	case ARGP_KEY_ARG:
		if (settings->pid)
			argp_error(state, "one PID only");
		settings->pid = args_number(state, arg, "process id");
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a PID is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The name that follows from the place, by the rules of /proc/PID/maps. */
static const char *place_name(const struct process *process,
			      const struct vproc_event *event)
{
	if (event->start <= process->brk && event->end >= process->start_brk)
		return "[heap]";
	if (event->start <= process->start_stack &&
	    event->end >= process->start_stack)
		return "[stack]";
	return "";
}

static const char *set_name(struct process *process, int fd,
			    const struct vproc_event *event)
{
	const char *name;

	if (event->file == VPROC_NAME_NONE)
		return place_name(process, event);
	if (process->names.count >= MAX_NAMES)
		names_clear(&process->names);
	name = names_find(&process->names, fd, event->file);
	return name ? name : "?";
}

static void print_range(const struct vproc_event *event)
{
	printf("%012llx-%012llx", event->start, event->end);
}

static void print_set(struct process *process, int fd,
		      const struct vproc_event *event)
{
	const char *name = set_name(process, fd, event);
	char perm[5];

	region_perm(perm, event->perm);
	print_range(event);
	printf(" %s %-6s %s", perm, word_type(event->type), name);
}

static void print_layout(const struct vproc_event *event)
{
	printf("heap %llx-%llx, stack %llx", event->start, event->end,
	       event->offset);
}

static void print_details(struct process *process, int fd,
			  const struct vproc_event *event)
{
	switch (event->op) {
	case VPROC_EV_SET:
		print_set(process, fd, event);
		break;
	case VPROC_EV_CLEAR:
		print_range(event);
		break;
	case VPROC_EV_LAYOUT:
		print_layout(event);
		break;
	case VPROC_EV_ATTACH:
		printf("process %llu", event->end);
		break;
	case VPROC_EV_FORK:
		printf("child %llu%s", event->end,
		       event->start ? "" : ", not followed");
		break;
	case VPROC_EV_LOST:
		printf("%llu events", event->start);
		break;
	}
}

static void print_event(const struct printer *printer, struct process *process,
			const struct tracker *tracker,
			const struct vproc_event *event)
{
	/* Another process' first event may be read later than it happened. */
	int64_t us = (int64_t)(event->time - printer->start) / 1000;
	int pid = event->op == VPROC_EV_ATTACH ? (int)event->end : tracker->pid;

	printf("%11.6f %6d %6u %-8s %-6s ", us / 1e6, pid, event->tid,
	       word_cause(event->cause), word_op(event->op));
	print_details(process, tracker->fd, event);
	putchar('\n');
}

static void note_layout(struct process *process,
			const struct vproc_event *event)
{
	process->start_brk = event->start;
	process->brk = event->end;
	process->start_stack = event->offset;
}

static int handle_event(struct tracker *tracker,
			const struct vproc_event *event, void *context)
{
	struct printer *printer = context;
	struct process *process = tracker->data;

	if (!process) {
		process = calloc(1, sizeof(*process));
		if (!process)
			return -1;
		tracker->data = process;
	}
	if (event->op == VPROC_EV_LAYOUT)
		note_layout(process, event);
	if (!printer->printed)
		printer->start = event->time;
	print_event(printer, process, tracker, event);
	if (ferror(stdout))
		return -1;
	return ++printer->printed == printer->count ? ENOUGH : 0;
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
static int print_events(struct trackers *trackers)
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

int events_main(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "PID",
		.doc = doc,
	};
	const struct sigaction action = { .sa_handler = interrupt };
	struct settings settings = {};
	struct printer printer = {};
	struct trackers trackers = {
		.event = handle_event,
		.closing = forget_process,
		.context = &printer,
	};
	int fd, status;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	printer.count = settings.count;
	fd = device_open_attached(O_NONBLOCK, settings.pid, settings.flags);
	if (fd < 0)
		return STATUS_ERROR;
	if (trackers_add(&trackers, fd)) {
		warn("cannot keep a tracker");
		close(fd);
		return STATUS_ERROR;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	status = print_events(&trackers);
	trackers_close(&trackers);
	return status;
}
