// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc addr: what was at an address, who put it there, and until when.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "eventobject.h"
#include "past.h"
#include "regionobject.h"
#include "verbs.h"

static const char doc[] =
	"Print what was mapped at the address ADDR (hexadecimal) in a process of the recording FILE: at one moment, or all that has ever been there, with who mapped it and until when it was there.\n"
	"\v" PAST_MOMENTS "\n"
	"\n"
	"The exit status is 1 if nothing was mapped there.\n"
	"\n"
	"Example:\n"
	"  vproc addr vproc.rec 7f1234567890 --at 1.25";

static const struct argp_option options[] = {
	{ "at", 't', "MOMENT", 0, "Only what was there at this moment", 0 },
	{}
};

struct settings {
	const char *moment;
	__u64 addr;
	bool has_addr;
	struct past past;
	struct output output;
	struct sites *sites;
};

static bool parse_address(const char *text, __u64 *addr)
{
	char *end;

	errno = 0;
	*addr = strtoull(text, &end, 16);
	return isxdigit(*text) && !*end && !errno;
}

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
	case ARGP_KEY_ARG:
		/* The FILE comes first. */
		if (!settings->past.path || settings->has_addr)
			return ARGP_ERR_UNKNOWN;
		settings->has_addr = parse_address(arg, &settings->addr);
		if (!settings->has_addr)
			argp_error(state, "'%s' is no hexadecimal address", arg);
		return 0;
	case ARGP_KEY_SUCCESS:
		if (!settings->has_addr)
			argp_error(state, "an ADDR is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Was the same still, or already, there at a moment? */
static bool is_there(const struct settings *settings, __u64 seq,
		     const struct vproc_region *region)
{
	struct vproc_region other;

	return !vproc_history_region(settings->past.history, seq,
				     settings->addr, &other) &&
	       other.file == region->file && other.name == region->name;
}

/* The event from which on it was there without interruption. */
static const struct vproc_event *find_begin(const struct settings *settings,
					    __u64 seq,
					    const struct vproc_region *region)
{
	const struct vproc_event *event, *begin = NULL;

	do {
		event = vproc_history_last_change(settings->past.history,
						  settings->addr, seq);
		if (!event)
			break;
		begin = event;
		seq = event->seq - 1;
	} while (event->op == VPROC_EV_SET && seq &&
		 is_there(settings, seq, region));
	return begin;
}

/* The event that ended it; NULL if none did. */
static const struct vproc_event *find_end(const struct settings *settings,
					  __u64 seq,
					  const struct vproc_region *region)
{
	const struct vproc_event *event;

	do {
		event = vproc_history_next_change(settings->past.history,
						  settings->addr, seq);
		if (!event)
			return NULL;
		seq = event->seq;
	} while (event->op == VPROC_EV_SET && is_there(settings, seq, region));
	return event;
}

static void add_event(struct json_object *object, const char *key,
		      const struct settings *settings,
		      const struct vproc_event *event)
{
	const struct past *past = &settings->past;
	struct json_object *member;
	const char *name = "";

	if (!event) {
		output_null(object, key);
		return;
	}
	if (event->op == VPROC_EV_SET)
		name = past_name(past->history, event->file, event->seq);
	member = output_member(object, key);
	event_to_object(member, event, past_seconds(past, event->time),
			past->info.pid, past->info.id, name);
	if (event->cause != VPROC_CAUSE_ATTACH &&
	    event->cause != VPROC_CAUSE_EXEC)
		event_object_add_site(member, settings->sites,
				      sites_look_up(settings->sites,
						    past->history, event));
}

static void print_by(FILE *out, const char *what,
		     const struct json_object *event)
{
	fprintf(out, "  %-8s %.6f s, @%" PRIu64 ", by thread %" PRIu64 ", %s",
		what, output_get_float(event, "time"),
		output_get_number(event, "seq"),
		output_get_number(event, "tid"),
		output_get_string(event, "cause"));
	if (output_get(event, "site")) {
		fputs(", called at ", out);
		site_object_print(out, output_get(event, "site"));
	}
	putc('\n', out);
}

static void print_place(FILE *out, const struct json_object *object,
			const void *context)
{
	struct json_object *region = output_get(object, "region");

	(void)context;
	region_object_print(out, region);
	fprintf(out, "  type     %s\n", output_get_string(region, "type"));
	if (output_get_number(region, "inode"))
		fprintf(out, "  file     offset %" PRIx64 "\n",
			output_get_address(object, "file_offset"));
	if (output_get(object, "mapped"))
		print_by(out, "mapped", output_get(object, "mapped"));
	if (output_get(object, "changed"))
		print_by(out, "changed", output_get(object, "changed"));
	if (output_get(object, "gone"))
		print_by(out, "gone", output_get(object, "gone"));
	else
		fputs("  gone     not while it was recorded\n", out);
}

/* Prints what was there at @seq, and returns the event that ended it. */
static const struct vproc_event *
put_place(const struct settings *settings, __u64 seq,
	  const struct vproc_region *region)
{
	const struct past *past = &settings->past;
	const struct vproc_event *begin = find_begin(settings, seq, region);
	const struct vproc_event *end = find_end(settings, seq, region);
	const struct vproc_event *last =
		vproc_history_last_change(past->history, settings->addr, seq);
	struct json_object *object = output_object();

	output_signed(object, "pid", past->info.pid);
	output_address(object, "addr", settings->addr);
	output_number(object, "seq", seq);
	region_to_object(output_member(object, "region"), region,
			 past_name(past->history, region->name, seq));
	output_address(object, "file_offset",
		       region->offset + (settings->addr - region->start));
	add_event(object, "mapped", settings, begin);
	add_event(object, "changed", settings, last == begin ? NULL : last);
	add_event(object, "gone", settings, end);
	output_put(&settings->output, object, print_place, NULL);
	return end;
}

static int print_moment(const struct settings *settings)
{
	const struct past *past = &settings->past;
	struct vproc_region region;
	__u64 seq;

	if (past_moment(past, settings->moment, &seq))
		return STATUS_ERROR;
	if (!vproc_history_region(past->history, seq, settings->addr,
				  &region)) {
		put_place(settings, seq, &region);
		return STATUS_OK;
	}
	if (errno == ENOENT) {
		warnx("nothing was mapped at %llx then", settings->addr);
		return STATUS_DIFFERENT;
	}
	past_explain(past, settings->moment);
	return STATUS_ERROR;
}

/* All that has ever been there, one after the other. */
static int print_all(const struct settings *settings)
{
	const struct past *past = &settings->past;
	const struct vproc_event *event;
	struct vproc_region region;
	int status = STATUS_DIFFERENT;

	event = vproc_history_next_change(past->history, settings->addr, 0);
	while (event && event->op != VPROC_EV_END) {
		if (event->op == VPROC_EV_SET &&
		    !vproc_history_region(past->history, event->seq,
					  settings->addr, &region)) {
			event = put_place(settings, event->seq, &region);
			status = STATUS_OK;
		} else {
			event = vproc_history_next_change(past->history,
							  settings->addr,
							  event->seq);
		}
	}
	if (status != STATUS_OK)
		warnx("nothing was ever mapped at %llx in process %d",
		      settings->addr, past->info.pid);
	return status;
}

int addr_main(int argc, char **argv)
{
	const struct argp_child children[] = {
		{ .argp = &past_argp },
		{ .argp = &output_argp },
		{}
	};
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE ADDR",
		.doc = doc,
		.children = children,
	};
	struct settings settings = { .past.only_files = true };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (past_open(&settings.past))
		return STATUS_ERROR;
	settings.sites = sites_new(settings.past.recording);
	status = settings.moment ? print_moment(&settings) :
				   print_all(&settings);
	sites_free(settings.sites);
	past_close(&settings.past);
	return status;
}
