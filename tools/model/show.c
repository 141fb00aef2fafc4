// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that show the address space.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../array.h"
#include "../heapobject.h"
#include "../names.h"
#include "../regionobject.h"
#include "../regions.h"
#include "../statobject.h"
#include "../threads.h"
#include "commands.h"
#include "layout.h"
#include "stack.h"

/* Exact numbers: nobody teaches with "1.5M". */
static const struct sizes exact = { .bytes = true };

static int current_fd(const struct call *call)
{
	return spaces_current(&call->session->spaces)->fd;
}

static void add_region(const struct vproc_region *region, const char *name,
		       void *context)
{
	region_to_object(output_element(context), region, name);
}

static enum outcome show_maps(struct call *call)
{
	struct json_object *array = output_array(call->object, "regions");
	struct regions regions = {};
	int ret;

	ret = regions_each(&regions, current_fd(call), add_region, array);
	call->error = errno;
	free(regions.array);
	return ret ? OUTCOME_FAILED : OUTCOME_DONE;
}

static void print_maps(FILE *out, const struct json_object *object)
{
	struct json_object *array = output_get(object, "regions");
	size_t i, count = json_object_array_length(array);

	for (i = 0; i < count; i++)
		region_object_print(out, json_object_array_get_idx(array, i));
	if (!count)
		fputs("no regions\n", out);
}

static enum outcome show_heap(struct call *call)
{
	if (!heap_to_object(call->object, current_fd(call), 0))
		return OUTCOME_DONE;
	call->error = errno;
	return OUTCOME_FAILED;
}

static void print_heap(FILE *out, const struct json_object *object)
{
	heap_object_print(out, object, &exact);
}

static enum outcome show_stacks(struct call *call)
{
	struct json_object *array = output_array(call->object, "stacks");
	enum outcome outcome = OUTCOME_DONE;
	struct threads threads = {};
	struct vproc_stack_info info;
	uint32_t i;

	if (threads_fetch(&threads, current_fd(call))) {
		call->error = errno;
		outcome = OUTCOME_FAILED;
	}
	for (i = 0; !outcome && i < threads.count; i++) {
		outcome = stack_ask(call, threads.array[i].tid, 0, &info);
		if (!outcome)
			stack_to_object(output_element(array), &info);
	}
	threads_clear(&threads);
	return outcome;
}

static void print_stacks(FILE *out, const struct json_object *object)
{
	struct json_object *array = output_get(object, "stacks");
	size_t i, count = json_object_array_length(array);

	for (i = 0; i < count; i++) {
		stack_object_print(out, json_object_array_get_idx(array, i));
		fputc('\n', out);
	}
	if (!count)
		fputs("no stacks\n", out);
}

static enum outcome show_layout(struct call *call)
{
	layout_to_object(call->object,
			 spaces_current(&call->session->spaces)->layout);
	return OUTCOME_DONE;
}

static enum outcome show_stats(struct call *call)
{
	struct vproc_stats stats;

	if (call_ask(call, VPROC_STATS, &stats))
		return OUTCOME_FAILED;
	space_to_object(call->object, &stats);
	return OUTCOME_DONE;
}

static void print_stats(FILE *out, const struct json_object *object)
{
	space_object_print(out, object, &exact);
}

static enum outcome run_show(struct call *call)
{
	static const struct {
		const char *name;
		enum outcome (*run)(struct call *call);
		void (*text)(FILE *out, const struct json_object *object);
	} views[] = {
		{ "maps", show_maps, print_maps },
		{ "heap", show_heap, print_heap },
		{ "stacks", show_stacks, print_stacks },
		{ "layout", show_layout, layout_object_print },
		{ "stats", show_stats, print_stats },
	};
	const char *word = "maps";
	size_t i;

	if (*call->words && (take_word(call, "", &word) || take_end(call)))
		return OUTCOME_MISUSED;
	for (i = 0; i < ARRAY_SIZE(views); i++) {
		if (strcmp(views[i].name, word))
			continue;
		call->text = views[i].text;
		return views[i].run(call);
	}
	return call_misused(call, "'show %s' is not known: see 'help show'",
			    word);
}

static enum outcome add_found(struct call *call, const char *key,
			      const struct vproc_region *region)
{
	struct names names = {};
	const char *name;

	name = names_find(&names, current_fd(call), region->name);
	call->error = errno;
	if (name)
		region_to_object(output_member(call->object, key), region,
				 name);
	names_clear(&names);
	return name ? OUTCOME_DONE : OUTCOME_FAILED;
}

/* The region at an address, or the next one above; NULL where there is none. */
static enum outcome run_at(struct call *call)
{
	struct vproc_query query = { .flags = VPROC_QUERY_NEXT };
	const char *key;

	if (take_address(call, "the address", &query.addr) || take_end(call))
		return OUTCOME_MISUSED;
	output_address(call->object, "addr", query.addr);
	if (call_ask(call, VPROC_QUERY, &query)) {
		if (call->error != ENOENT)
			return OUTCOME_FAILED;
		output_null(call->object, "region");
		output_null(call->object, "next");
		return OUTCOME_DONE;
	}
	call->value = query.region.start;
	key = query.region.start <= query.addr ? "region" : "next";
	output_null(call->object, *key == 'r' ? "next" : "region");
	return add_found(call, key, &query.region);
}

static void print_at(FILE *out, const struct json_object *object)
{
	struct json_object *region = output_get(object, "region");
	struct json_object *next = output_get(object, "next");

	if (!region)
		fprintf(out, "nothing is mapped at %" PRIx64 "; %s\n",
			output_get_address(object, "addr"),
			next ? "the next region is" :
			"there is no region above it");
	if (region || next)
		region_object_print(out, region ? region : next);
	if (region)
		fprintf(out, "type %s\n", output_get_string(region, "type"));
}

const struct command show_commands[] = {
	{
		.name = "show",
		.run = run_show,
		.forms = "[maps|heap|stacks|layout|stats]",
		.summary = "show the regions as /proc/PID/maps does, or other things",
	}, {
		.name = "at",
		.run = run_at,
		.text = print_at,
		.forms = "ADDR",
		.summary = "the region at an address, or else the next one",
		.result = "where that region begins; 0 if there is none",
	},
	{}
};
