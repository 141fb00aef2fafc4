// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc diff: compare the model of a process with /proc/PID/maps; or two
 * moments of a recording.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare.h"
#include "device.h"
#include "past.h"
#include "regionobject.h"
#include "verbs.h"

#define TRIES	200

static const char doc[] =
	"Compare the regions of process PID with /proc/PID/maps. While the process changes its memory map between the two looks, look again. Or compare two moments of a process in the recording FILE.\n"
	"\v" PAST_MOMENTS "\n"
	"\n"
	"The exit status is 0 if there is no difference, 1 if there is one, 2 if they could not be compared.\n"
	"\n"
	"Examples:\n"
	"  vproc diff $$\n"
	"  vproc diff vproc.rec --from 0.5 --to exit";

static const struct argp_option options[] = {
	{ "from", 'f', "MOMENT", 0,
	  "Of a recording: the first moment (default: start)", 0 },
	{ "to", 't', "MOMENT", 0,
	  "Of a recording: the second moment (default: exit)", 0 },
	{}
};

struct settings {
	const char *from;
	const char *to;
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
	case 'f':
		settings->from = arg;
		return 0;
	case 't':
		settings->to = arg;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (settings->past.live && (settings->from || settings->to))
			argp_error(state, "a moment is one of a recording, and %d is a process: to look back, record it first",
				   settings->past.live);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_comparison(FILE *out, const struct json_object *object,
			     const void *context)
{
	unsigned int lines = output_get_number(object, "lines");

	fputs(output_get_string(object, "text"), out);
	(void)context;
	fprintf(out, "compared %u regions: ",
		(unsigned int)output_get_number(object, "regions"));
	if (lines)
		fprintf(out, "%u lines differ\n", lines);
	else
		fputs("no difference\n", out);
}

/* Prints both sides of a comparison that could be made. */
static int put_comparison(const struct comparison *comparison,
			  const struct settings *settings)
{
	struct json_object *object = output_object();
	unsigned int lines = 0;
	char *text = NULL;
	size_t size;
	FILE *out;

	out = open_memstream(&text, &size);
	if (out && (comparison->model_size != comparison->kernel_size ||
		    memcmp(comparison->model, comparison->kernel,
			   comparison->model_size)))
		lines = comparison_print(out, comparison);
	if (!out || fclose(out))
		err(STATUS_ERROR, "cannot keep what is to be printed");
	output_signed(object, "pid", comparison->pid);
	output_number(object, "seq", comparison->seq);
	output_number(object, "regions", comparison->regions);
	output_number(object, "lines", lines);
	output_string(object, "text", text);
	output_put(&settings->output, object, print_comparison, NULL);
	free(text);
	return lines ? STATUS_DIFFERENT : STATUS_OK;
}

static int report(const struct comparison *comparison,
		  const struct settings *settings, enum compare_result result)
{
	const pid_t pid = settings->past.live;

	switch (result) {
	case COMPARE_EQUAL:
	case COMPARE_DIFFERENT:
		return put_comparison(comparison, settings);
	case COMPARE_BUSY:
		warnx("process %d changed its map each of %d times: try again, or stop it",
		      pid, TRIES);
		return STATUS_ERROR;
	case COMPARE_GONE:
		warnx("process %d has no address space any more", pid);
		return STATUS_ERROR;
	default:
		warn("cannot compare process %d", pid);
		return STATUS_ERROR;
	}
}

static int compare_live(const struct settings *settings)
{
	struct comparison comparison = {};
	enum compare_result result;
	int fd, status;

	fd = device_open_attached(0, settings->past.live, 0);
	if (fd < 0)
		return STATUS_ERROR;
	result = compare_with_kernel(&comparison, fd, TRIES);
	status = report(&comparison, settings, result);
	comparison_clear(&comparison);
	close(fd);
	return status;
}

/* What differs between two moments, being put together. */
struct changes {
	const struct past *past;
	__u64 from;
	__u64 to;
	struct json_object *array;
};

static void add_side(struct json_object *change, const char *key,
		     const struct vproc_region *region,
		     const struct changes *changes, __u64 seq)
{
	if (region)
		region_to_object(output_member(change, key), region,
				 past_name(changes->past->history,
					   region->name, seq));
	else
		output_null(change, key);
}

static int add_change(const struct vproc_region *before,
		      const struct vproc_region *after, void *context)
{
	const struct changes *changes = context;
	struct json_object *change = output_element(changes->array);

	add_side(change, "before", before, changes, changes->from);
	add_side(change, "after", after, changes, changes->to);
	return 0;
}

static void print_changes(FILE *out, const struct json_object *object,
			  const void *context)
{
	struct json_object *array = output_get(object, "changes");
	size_t i;

	(void)context;
	for (i = 0; i < json_object_array_length(array); i++) {
		struct json_object *change = json_object_array_get_idx(array, i);

		if (output_get(change, "before")) {
			putc('-', out);
			region_object_print(out, output_get(change, "before"));
		}
		if (output_get(change, "after")) {
			putc('+', out);
			region_object_print(out, output_get(change, "after"));
		}
	}
}

static int compare_moments(const struct settings *settings)
{
	const struct past *past = &settings->past;
	struct vproc_snapshot before = {}, after = {};
	struct changes changes = { .past = past };
	struct json_object *object;
	int status = STATUS_ERROR;

	if (past_moment(past, settings->from ? settings->from : "start",
			&changes.from) ||
	    past_moment(past, settings->to ? settings->to : "exit",
			&changes.to) ||
	    past_snapshot(past, changes.from, &before) ||
	    past_snapshot(past, changes.to, &after))
		goto clear;
	object = output_object();
	output_signed(object, "pid", past->info.pid);
	output_number(object, "from_seq", changes.from);
	output_number(object, "to_seq", changes.to);
	changes.array = output_array(object, "changes");
	vproc_snapshot_diff(&before, &after, add_change, &changes);
	status = json_object_array_length(changes.array) ? STATUS_DIFFERENT :
							   STATUS_OK;
	output_put(&settings->output, object, print_changes, NULL);
clear:
	vproc_snapshot_clear(&before);
	vproc_snapshot_clear(&after);
	return status;
}

int diff_main(int argc, char **argv)
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
		return compare_live(&settings);
	if (past_open(&settings.past))
		return STATUS_ERROR;
	status = compare_moments(&settings);
	past_close(&settings.past);
	return status;
}
