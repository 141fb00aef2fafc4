// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc maps: the regions of a process, as /proc/PID/maps prints them: now, or
 * at a moment of a recording.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "device.h"
#include "past.h"
#include "regionobject.h"
#include "regions.h"
#include "verbs.h"

static const char doc[] =
	"Print the regions of process PID, or of one in the recording FILE, byte for byte as /proc/PID/maps does, in one coherent state and without its mmap_lock.\n"
	"\v" PAST_MOMENTS "\n"
	"\n"
	"Examples:\n"
	"  vproc maps $$ | grep stack\n"
	"  vproc maps vproc.rec --at 1.5";

static const struct argp_option options[] = {
	{ "at", 't', "MOMENT", 0,
	  "Of a recording: at this moment (default: exit)", 0 },
	{}
};

struct settings {
	const char *moment;
	struct past past;
	struct output output;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &settings->past;
		state->child_inputs[1] = &settings->output;
		return 0;
	case 't':
		settings->moment = arg;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (settings->past.live && settings->moment)
			argp_error(state, "a moment is one of a recording, and %d is a process: to look back, record it first",
				   settings->past.live);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void add_region(const struct vproc_region *region, const char *name,
		       void *context)
{
	region_to_object(output_element(context), region, name);
}

static void print_regions(FILE *out, const struct json_object *object,
			  const void *context)
{
	struct json_object *regions = output_get(object, "regions");
	size_t i;

	(void)context;
	for (i = 0; i < json_object_array_length(regions); i++)
		region_object_print(out, json_object_array_get_idx(regions, i));
}

static int print_live(const struct settings *settings)
{
	const pid_t pid = settings->past.live;
	struct json_object *object = output_object();
	struct regions regions = {};
	int fd, ret;

	fd = device_open_attached(0, pid, 0);
	if (fd < 0)
		return STATUS_ERROR;
	output_signed(object, "pid", pid);
	ret = regions_each(&regions, fd, add_region,
			   output_array(object, "regions"));
	if (ret) {
		warn("cannot read the regions of process %d", pid);
	} else {
		output_number(object, "seq", regions.seq);
		output_put(&settings->output, object, print_regions, NULL);
	}
	free(regions.array);
	close(fd);
	return ret ? STATUS_ERROR : STATUS_OK;
}

static int print_moment(const struct settings *settings)
{
	const struct past *past = &settings->past;
	struct json_object *object, *regions;
	struct vproc_snapshot snapshot = {};
	__u64 seq;
	size_t i;

	if (past_moment(past, settings->moment ? settings->moment : "exit",
			&seq) || past_snapshot(past, seq, &snapshot))
		return STATUS_ERROR;
	object = output_object();
	output_signed(object, "pid", past->info.pid);
	regions = output_array(object, "regions");
	for (i = 0; i < snapshot.count; i++) {
		const struct vproc_region *region = &snapshot.regions[i];

		add_region(region, past_name(past->history, region->name, seq),
			   regions);
	}
	output_number(object, "seq", seq);
	output_put(&settings->output, object, print_regions, NULL);
	vproc_snapshot_clear(&snapshot);
	return STATUS_OK;
}

int maps_main(int argc, char **argv)
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
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (settings.past.live)
		return print_live(&settings);
	if (past_open(&settings.past))
		return STATUS_ERROR;
	status = print_moment(&settings);
	past_close(&settings.past);
	return status;
}
