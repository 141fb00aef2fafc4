// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc check: is what the events of a recording give what there really was?
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "past.h"
#include "regions.h"
#include "textdiff.h"
#include "verbs.h"

static const char doc[] =
	"Compare the recording FILE with the states that 'vproc record --check' kept in it: all regions as the device told them, and the text of /proc/PID/maps.\n"
	"\vThe exit status is 0 if there is no difference, 1 if there is one, 2 if they could not be compared.\n"
	"\n"
	"Example:\n"
	"  vproc record --check --follow -- make && vproc check vproc.rec";

struct settings {
	struct past past;
	struct output output;
};

struct counts {
	__u64 states;
	__u64 texts;
	__u64 regions;
	__u64 unknown;		/* moments in a gap */
	__u64 differences;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &settings->past;
	state->child_inputs[1] = &settings->output;
	return 0;
}

static void show(const struct vproc_check *check, const char *side,
		 const struct vproc_region *region)
{
	if (!region)
		return;
	fprintf(stderr, "%s", side);
	region_print(stderr, region,
		     past_name(check->history, region->name, check->seq));
}

static int show_difference(const struct vproc_region *told,
			   const struct vproc_region *replayed, void *context)
{
	const struct vproc_check *check = context;

	show(check, "- device: ", told);
	show(check, "+ events: ", replayed);
	return 0;
}

struct counter {
	const struct vproc_check *check;
	__u64 count;
};

static int count_difference(const struct vproc_region *told,
			    const struct vproc_region *replayed, void *context)
{
	struct counter *counter = context;

	counter->count++;
	return show_difference(told, replayed, (void *)counter->check);
}

static void check_regions(const struct vproc_check *check,
			  const struct vproc_snapshot *snapshot,
			  struct counts *counts)
{
	const struct vproc_snapshot told = {
		.count = check->count,
		.regions = check->regions,
	};
	struct counter counter = { .check = check };

	vproc_snapshot_diff(&told, snapshot, count_difference, &counter);
	counts->states++;
	counts->regions += check->count;
	counts->differences += counter.count;
}

static int check_text(const struct vproc_check *check,
		      const struct vproc_snapshot *snapshot,
		      struct counts *counts)
{
	struct textdiff diff = {
		.old_name = "/proc/PID/maps",
		.old_text = check->text,
		.old_size = check->size,
		.new_name = "events",
	};
	char *text;
	FILE *out;
	size_t i;

	out = open_memstream(&text, &diff.new_size);
	if (!out)
		return -1;
	for (i = 0; i < snapshot->count; i++) {
		const struct vproc_region *region = &snapshot->regions[i];

		region_print(out, region, past_name(check->history,
						    region->name, check->seq));
	}
	if (fclose(out))
		return -1;
	diff.new_text = text;
	if (diff.new_size != diff.old_size ||
	    memcmp(text, check->text, check->size))
		counts->differences += textdiff_print(stderr, &diff);
	counts->texts++;
	counts->regions += snapshot->count;
	free(text);
	return 0;
}

static int check_one(const struct vproc_check *check,
		     struct vproc_snapshot *snapshot, struct counts *counts)
{
	__u64 before = counts->differences;
	struct vproc_history_info info;
	int ret = 0;

	if (vproc_history_snapshot(check->history, check->seq, snapshot)) {
		/* What the recorder had no time to write after that. */
		if (errno == ENODATA || errno == ERANGE) {
			counts->unknown++;
			return 0;
		}
		return -1;
	}
	if (check->text)
		ret = check_text(check, snapshot, counts);
	else
		check_regions(check, snapshot, counts);
	if (counts->differences != before) {
		vproc_history_info(check->history, &info);
		warnx("process %d (--id %llu) differs at @%llu", info.pid,
		      info.id, check->seq);
	}
	return ret;
}

static void print_counts(FILE *out, const struct json_object *object,
			 const void *context)
{
	(void)context;
	fprintf(out, "compared %llu regions of %llu states and %llu texts, %llu not known: %llu differences\n",
		(unsigned long long)output_get_number(object, "regions"),
		(unsigned long long)output_get_number(object, "states"),
		(unsigned long long)output_get_number(object, "texts"),
		(unsigned long long)output_get_number(object, "unknown"),
		(unsigned long long)output_get_number(object, "differences"));
}

static void print_result(const struct output *output,
			 const struct counts *counts)
{
	struct json_object *object = output_object();

	output_number(object, "regions", counts->regions);
	output_number(object, "states", counts->states);
	output_number(object, "texts", counts->texts);
	output_number(object, "unknown", counts->unknown);
	output_number(object, "differences", counts->differences);
	output_put(output, object, print_counts, NULL);
}

static int check_all(const struct past *past, const struct output *output)
{
	const struct vproc_recording *recording = past->recording;
	struct vproc_snapshot snapshot = {};
	struct counts counts = {};
	size_t i;
	int ret = 0;

	for (i = 0; i < recording->nr_checks && !ret; i++)
		ret = check_one(&recording->checks[i], &snapshot, &counts);
	vproc_snapshot_clear(&snapshot);
	if (ret) {
		warn("cannot compare");
		return STATUS_ERROR;
	}
	if (!recording->nr_checks) {
		warnx("%s has nothing to compare with: it was made without --check",
		      past->path);
		return STATUS_ERROR;
	}
	print_result(output, &counts);
	return counts.differences ? STATUS_DIFFERENT : STATUS_OK;
}

int check_main(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ .argp = &past_argp },
		{ .argp = &output_argp },
		{}
	};
	const struct argp argp = {
		.parser = parse,
		.args_doc = "FILE",
		.doc = doc,
		.children = children,
	};
	struct settings settings = { .past.only_files = true };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (past_load(&settings.past))
		return STATUS_ERROR;
	status = check_all(&settings.past, &settings.output);
	past_close(&settings.past);
	return status;
}
