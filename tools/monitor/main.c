// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc-monitor - run a command and compare the models of all its processes
 * with the kernel, all along
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../args.h"
#include "../device.h"
#include "../spawn.h"
#include "../trackers.h"
#include "check.h"
#include "figures.h"

enum {
	STATUS_OK	= 0,
	STATUS_WRONG	= 1,
	STATUS_ERROR	= 2,
};

static const char doc[] =
	"Run COMMAND and follow it and all its descendants, until the last has ended. All along, compare their models with the kernel's VMAs and with /proc/PID/maps, and count.\n"
	"\vThe exit status is 0 if COMMAND succeeded and nothing was wrong, 1 if not, 2 if COMMAND could not be followed.\n"
	"\n"
	"Example:\n"
	"  vproc-monitor --header -- python3 -c 'import json'";

enum {
	KEY_HEADER = 256,
	KEY_INTERVAL,
	KEY_NAME,
	KEY_TOTALS,
};

static const struct argp_option options[] = {
	{ "header", KEY_HEADER, NULL, 0, "Print the names of the columns first",
	  0 },
	{ "interval-ms", KEY_INTERVAL, "MS", 0,
	  "Rest for MS milliseconds after comparing each process once (default 50)",
	  0 },
	{ "name", KEY_NAME, "NAME", 0, "Call COMMAND this in the output", 0 },
	{ "quiet", 'q', NULL, 0, "Print nothing unless something is wrong", 0 },
	{ "totals", KEY_TOTALS, "FILE", 0,
	  "Append 'regions points differences missed', as numbers, to FILE", 0 },
	{}
};

struct settings {
	char **command;
	const char *name;
	const char *totals;
	int interval_ms;
	bool header;
	bool quiet;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case KEY_HEADER:
		settings->header = true;
		return 0;
	case KEY_INTERVAL:
		settings->interval_ms = args_number(state, arg,
						    "number of milliseconds");
		return 0;
	case KEY_NAME:
		settings->name = arg;
		return 0;
	case 'q':
		settings->quiet = true;
		return 0;
	case KEY_TOTALS:
		settings->totals = arg;
		return 0;
	case ARGP_KEY_ARGS:
		settings->command = state->argv + state->next;
		if (!settings->name)
			settings->name = settings->command[0];
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a COMMAND is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int handle_event(struct tracker *tracker,
			const struct vproc_event *event, void *context)
{
	struct figures *figures = context;

	figures->events++;
	if (event->seq != tracker->seq + 1 && event->op != VPROC_EV_LOST)
		figures->gaps++;
	/* What lives shorter than the interval is compared all the same. */
	switch (event->op) {
	case VPROC_EV_ATTACH:
	case VPROC_EV_EXEC:
	case VPROC_EV_FORK:
		check_vmas(figures, tracker);
		break;
	}
	return 0;
}

static void add_end(struct tracker *tracker, void *context)
{
	struct figures *figures = context;
	struct vproc_stats stats;

	figures->processes++;
	if (ioctl(tracker->fd, VPROC_STATS, &stats)) {
		warn("process %d: cannot read its figures", tracker->pid);
		figures->failures++;
		return;
	}
	if (stats.end_differences)
		warnx("process %d: %llu of %llu regions differed at its end",
		      tracker->pid, stats.end_differences, stats.end_checked);
	figures_add_end(figures, &stats);
}

static int64_t now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000ll + time.tv_nsec / 1000000;
}

/*
 * Each round compares every process once. Events are read between any two of
 * them, so that a round over many does not keep the events waiting. The next
 * round is an interval after the end of this one, however long it takes: what is
 * watched must get on.
 */
static int follow(struct trackers *trackers, struct figures *figures,
		  int interval_ms)
{
	int64_t next_round = now_ms() + interval_ms;
	size_t next = SIZE_MAX;

	while (trackers->count) {
		int64_t wait = next_round - now_ms();

		if (wait < 0 || next < trackers->count)
			wait = 0;
		if (trackers_run(trackers, wait))
			return -1;
		if (now_ms() >= next_round && next >= trackers->count)
			next = 0;
		if (next < trackers->count) {
			check_vmas(figures, trackers->list[next]);
			check_text(figures, trackers->list[next]);
			next++;
			next_round = now_ms() + interval_ms;
		}
	}
	return 0;
}

/* Runs the command to its end; returns its exit status, -1 after an error. */
static int run(const struct settings *settings, struct figures *figures)
{
	struct trackers trackers = {
		.event = handle_event,
		.closing = add_end,
		.context = figures,
	};
	int fd, ret = 0;
	pid_t pid;

	fd = device_open(O_NONBLOCK);
	if (fd < 0)
		return -1;
	pid = spawn_tracked(settings->command, fd,
			    VPROC_ATTACH_EXEC | VPROC_ATTACH_FORK |
			    VPROC_ATTACH_CHECK_END | VPROC_ATTACH_WAIT);
	if (pid < 0) {
		close(fd);
		return -1;
	}
	trackers_raise_limit();
	if (trackers_add(&trackers, fd) ||
	    follow(&trackers, figures, settings->interval_ms)) {
		warn("cannot follow %s any further", settings->name);
		ret = -1;
	}
	trackers_close(&trackers);
	return ret ? ret : spawn_wait(pid);
}

int main(int argc, char **argv)
{
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "COMMAND [ARG...]",
		.doc = doc,
	};
	struct settings settings = { .interval_ms = 50 };
	struct figures figures = {};
	int command_status, status = STATUS_OK;

	argp_err_exit_status = STATUS_ERROR;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &settings);

	command_status = run(&settings, &figures);
	if (command_status < 0)
		return STATUS_ERROR;
	if (settings.header)
		figures_print_header();
	if (!settings.quiet)
		figures_print_row(&figures, settings.name);
	if (!figures_check(&figures, settings.name))
		status = STATUS_WRONG;
	if (command_status) {
		warnx("%s failed with status %d", settings.name,
		      command_status);
		status = STATUS_WRONG;
	}
	if (settings.totals &&
	    figures_append_totals(&figures, settings.totals)) {
		warn("cannot write %s", settings.totals);
		return STATUS_ERROR;
	}
	return status;
}
