// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as objects to be printed.
 */
#include <inttypes.h>
#include <string.h>

#include "eventobject.h"
#include "regions.h"
#include "words.h"

static void add_set(struct json_object *object, const struct vproc_event *event,
		    const char *name)
{
	char perm[5];

	region_perm(perm, event->perm);
	output_string(object, "perm", perm);
	output_string(object, "type", word_type(event->type));
	output_address(object, "offset", event->offset);
	output_string(object, "name", name);
}

static void add_no_set(struct json_object *object)
{
	output_null(object, "perm");
	output_null(object, "type");
	output_null(object, "offset");
	output_null(object, "name");
}

static void add_range(struct json_object *object,
		      const struct vproc_event *event)
{
	if (event->op == VPROC_EV_SET || event->op == VPROC_EV_CLEAR) {
		output_address(object, "start", event->start);
		output_address(object, "end", event->end);
	} else {
		output_null(object, "start");
		output_null(object, "end");
	}
}

static void add_layout(struct json_object *object,
		       const struct vproc_event *event)
{
	if (event->op == VPROC_EV_LAYOUT) {
		output_address(object, "start_brk", event->start);
		output_address(object, "brk", event->end);
		output_address(object, "start_stack", event->offset);
	} else {
		output_null(object, "start_brk");
		output_null(object, "brk");
		output_null(object, "start_stack");
	}
}

static void add_relatives(struct json_object *object,
			  const struct vproc_event *event)
{
	if (event->op == VPROC_EV_FORK) {
		output_signed(object, "child", event->end);
		output_number(object, "child_id", event->start);
	} else {
		output_null(object, "child");
		output_null(object, "child_id");
	}
	if (event->op == VPROC_EV_LOST)
		output_number(object, "lost", event->start);
	else
		output_null(object, "lost");
}

void event_to_object(struct json_object *object,
		     const struct vproc_event *event, double seconds, int pid,
		     __u64 id, const char *name)
{
	output_float(object, "time", seconds);
	output_number(object, "seq", event->seq);
	output_signed(object, "pid", pid);
	output_number(object, "id", id);
	output_number(object, "tid", event->tid);
	output_string(object, "cause", word_cause(event->cause));
	output_string(object, "op", word_op(event->op));
	add_range(object, event);
	if (event->op == VPROC_EV_SET)
		add_set(object, event, name);
	else
		add_no_set(object);
	add_layout(object, event);
	add_relatives(object, event);
	output_signed(object, "syscall", event->syscall);
	output_address(object, "ip", event->ip);
	output_null(object, "site");
}

void event_object_add_site(struct json_object *object, struct sites *sites,
			   size_t site)
{
	sites_put(sites, object, "site", site);
}

static void print_range(FILE *out, const struct json_object *object)
{
	fprintf(out, "%012" PRIx64 "-%012" PRIx64,
		output_get_address(object, "start"),
		output_get_address(object, "end"));
}

static void print_details(FILE *out, const struct json_object *object)
{
	const char *op = output_get_string(object, "op");

	if (output_get(object, "start"))
		print_range(out, object);
	if (output_get(object, "perm"))
		fprintf(out, " %s %-6s %s", output_get_string(object, "perm"),
			output_get_string(object, "type"),
			output_get_string(object, "name"));
	if (output_get(object, "brk"))
		fprintf(out, "heap %" PRIx64 "-%" PRIx64 ", stack %" PRIx64,
			output_get_address(object, "start_brk"),
			output_get_address(object, "brk"),
			output_get_address(object, "start_stack"));
	if (!strcmp(op, word_op(VPROC_EV_ATTACH)))
		fprintf(out, "process %" PRId64,
			output_get_signed(object, "pid"));
	if (output_get(object, "child"))
		fprintf(out, "child %" PRId64 "%s",
			output_get_signed(object, "child"),
			output_get_number(object, "child_id") ?
			"" : ", not followed");
	if (output_get(object, "lost"))
		fprintf(out, "%" PRIu64 " events",
			output_get_number(object, "lost"));
}

void event_object_print(FILE *out, const struct json_object *object,
			const void *context)
{
	(void)context;
	fprintf(out, "%11.6f %6" PRId64 " %6" PRIu64 " %-8s %-6s ",
		output_get_float(object, "time"),
		output_get_signed(object, "pid"),
		output_get_number(object, "tid"),
		output_get_string(object, "cause"),
		output_get_string(object, "op"));
	print_details(out, object);
	if (output_get(object, "site")) {
		fputs("  <- ", out);
		site_object_print(out, output_get(object, "site"));
	}
	putc('\n', out);
}
