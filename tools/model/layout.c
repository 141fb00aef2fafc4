// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of an address space, and the command that gives it another one.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "../array.h"
#include "commands.h"
#include "layout.h"

static const struct layout_key {
	const char *name;
	size_t offset;	/* of a __u64 in struct vproc_create */
	enum number_kind kind;
} layout_keys[] = {
#define KEY(name, kind) { #name, offsetof(struct vproc_create, name), kind }
	KEY(user_start, NUMBER_ADDRESS),
	KEY(user_end, NUMBER_ADDRESS),
	KEY(code_start, NUMBER_ADDRESS),
	KEY(data_start, NUMBER_ADDRESS),
	KEY(heap_start, NUMBER_ADDRESS),
	KEY(heap_limit, NUMBER_SIZE),
	KEY(stack_end, NUMBER_ADDRESS),
	KEY(stack_size, NUMBER_SIZE),
#undef KEY
};

static __u64 *layout_field(struct vproc_create *layout,
			   const struct layout_key *key)
{
	return (__u64 *)((char *)layout + key->offset);
}

void layout_to_object(struct json_object *object, struct vproc_create layout)
{
	const struct layout_key *key;

	for (key = layout_keys; key < layout_keys + ARRAY_SIZE(layout_keys);
	     key++) {
		if (key->kind == NUMBER_ADDRESS)
			output_address(object, key->name,
				       *layout_field(&layout, key));
		else
			output_number(object, key->name,
				      *layout_field(&layout, key));
	}
	output_number(object, "max_regions", layout.max_regions);
}

void layout_object_print(FILE *out, const struct json_object *object)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(layout_keys); i++)
		fprintf(out, "%-12s %s\n", layout_keys[i].name,
			output_get_string(object, layout_keys[i].name));
	fprintf(out, "%-12s %" PRIu64 "\n", "max_regions",
		output_get_number(object, "max_regions"));
}

static int take_key(struct call *call, struct vproc_create *layout)
{
	const struct layout_key *key;
	const char *name;
	__u64 value;

	if (take_word(call, "a name", &name))
		return -1;
	if (!strcmp(name, "max_regions")) {
		if (take_size(call, "the number of regions", &value))
			return -1;
		if (value <= UINT32_MAX) {
			layout->max_regions = value;
			return 0;
		}
		call_misused(call, "%llu regions are too many", value);
		return -1;
	}
	for (key = layout_keys; key < layout_keys + ARRAY_SIZE(layout_keys);
	     key++) {
		if (!strcmp(key->name, name))
			return take_number(call, "its value", key->kind,
					   layout_field(layout, key));
	}
	call_misused(call, "'%s' is no part of a layout: see 'help layout'",
		     name);
	return -1;
}

/* An empty space takes the place of the current one. */
static enum outcome run_layout(struct call *call)
{
	struct space *space = spaces_current(&call->session->spaces);
	struct vproc_create layout = space->layout;
	int fd;

	layout.flags = VPROC_CREATE_LAYOUT;
	do {
		if (take_key(call, &layout))
			return OUTCOME_MISUSED;
	} while (*call->words);
	fd = space_create(&layout);
	if (fd < 0) {
		call->error = errno;
		call->reported = !errno;
		return OUTCOME_FAILED;
	}
	close(space->fd);
	space->fd = fd;
	space->layout = layout;
	layout_to_object(call->object, layout);
	return OUTCOME_DONE;
}

static void print_layout(FILE *out, const struct json_object *object)
{
	fprintf(out, "%s is empty now, and laid out anew:\n",
		output_get_string(object, "space"));
	layout_object_print(out, object);
}

static const struct meaning layout_errors[] = {
	{ EINVAL,
	  "not aligned, not in the order of 'show layout', no room for a stack and its gap above the heap, or too many regions"
	},
	{ ENOMEM, "no memory, or its limit is reached" },
	{}
};

const struct command layout_commands[] = {
	{
		.name = "layout",
		.run = run_layout,
		.text = print_layout,
		.forms = "NAME VALUE...",
		.summary = "begin the space anew, with a layout of its own",
		.details =
			"Each NAME is one that 'show layout' prints; the others stay as they are. The space is empty afterwards.\n\n  layout stack_end 7ff000000000 stack_size 64K max_regions 8",
		.errors = layout_errors,
	},
	{}
};
