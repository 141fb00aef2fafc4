// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the verbs have in common that attach to a process, look, and print.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "args.h"
#include "device.h"
#include "sample.h"
#include "verbs.h"

static const struct argp_option options[] = {
	{ "interval", 'i', "SECONDS", 0,
	  "Look again every SECONDS, until the process ends", 0 },
	{ "count", 'n', "COUNT", 0, "Stop after looking COUNT times", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sample *sample = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &sample->pid;
		state->child_inputs[1] = &sample->sizes;
		state->child_inputs[2] = &sample->output;
		return 0;
	case 'i':
		sample->interval = args_seconds(state, arg);
		return 0;
	case 'n':
		sample->count = args_number(state, arg, "number of looks");
		return 0;
	case ARGP_KEY_END:
		if (sample->count > 1 && !sample->interval)
			sample->interval = 1;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Waits for the next look, or until the process has ended. */
static void wait_for(int fd, double seconds)
{
	struct pollfd hangup = { .fd = fd };

	poll(&hangup, 1, seconds * 1000);
}

/* Is there something that another look could see? Negative: errno says why. */
static int is_live(int fd)
{
	struct vproc_stats stats;

	if (ioctl(fd, VPROC_STATS, &stats))
		return -1;
	return stats.state != VPROC_STATE_ENDED;
}

static int run(struct sample *sample, int fd)
{
	struct json_object *object;
	int looks = 0, live;

	for (;;) {
		live = is_live(fd);
		if (live < 0 || tally_read(&sample->tally, fd, NULL, NULL))
			return -1;
		object = output_object();
		if (sample->look(object, fd, sample)) {
			json_object_put(object);
			return -1;
		}
		output_put(&sample->output, object, sample->text, sample);
		if (!live || !sample->interval || ++looks == sample->count)
			return 0;
		/* A reader gets it now; one that has gone ends it. */
		if (fflush(stdout))
			return 0;
		wait_for(fd, sample->interval);
	}
}

int sample_main(struct sample *sample, int argc, char **argv, const char *doc)
{
	static const struct argp_child children[] = {
		{ &args_pid_argp, 0, NULL, 0 },
		{ &sizes_argp, 0, NULL, 0 },
		{ &output_argp, 0, NULL, 0 },
		{}
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = doc,
		.children = children,
	};
	int status = STATUS_OK;
	int fd;

	argp_parse(&argp, argc, argv, 0, NULL, sample);
	fd = device_open_attached(O_NONBLOCK, sample->pid, VPROC_ATTACH_EXEC);
	if (fd < 0)
		return STATUS_ERROR;
	if (run(sample, fd)) {
		if (errno == ENOTTY)
			warnx("vproc.ko is older than this command: install both from one release");
		else
			warn("cannot look at process %d", sample->pid);
		status = STATUS_ERROR;
	}
	close(fd);
	return status;
}
