// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that move the break.
 */
#include <errno.h>
#include <inttypes.h>

#include "commands.h"

static enum outcome add_heap(struct call *call)
{
	struct vproc_heap heap;

	if (call_ask(call, VPROC_HEAP, &heap))
		return OUTCOME_FAILED;
	output_address(call->object, "start", heap.start);
	output_address(call->object, "brk", heap.brk);
	output_number(call->object, "size", heap.size);
	call->value = heap.brk;
	return OUTCOME_DONE;
}

static void print_heap(FILE *out, const struct json_object *object)
{
	fprintf(out, "the break is %" PRIx64 ", the heap has ",
		output_get_address(object, "brk"));
	print_count(out, output_get_number(object, "size"), "byte");
}

static void print_moved(FILE *out, const struct json_object *object)
{
	print_heap(out, object);
	print_change(out, object);
}

static void print_break(FILE *out, const struct json_object *object)
{
	print_heap(out, object);
	fputc('\n', out);
}

static enum outcome change_heap(struct call *call, unsigned long request,
				uint64_t value)
{
	struct vproc_brk brk = { .brk = value };
	enum outcome outcome = call_change(call, request, &brk);

	return outcome ? outcome : add_heap(call);
}

static enum outcome run_brk(struct call *call)
{
	__u64 brk;

	if (!*call->words) {
		call->text = print_break;
		return add_heap(call);
	}
	if (take_address(call, "the new break", &brk) || take_end(call))
		return OUTCOME_MISUSED;
	return change_heap(call, VPROC_BRK, brk);
}

static enum outcome run_grow(struct call *call)
{
	__u64 by;

	if (take_size(call, "by how much", &by) || take_end(call))
		return OUTCOME_MISUSED;
	return change_heap(call, VPROC_GROW_HEAP, by);
}

static const struct meaning heap_errors[] = {
	{ EINVAL, "the break would be below the start of the heap" },
	{ ENOMEM,
	  "above the limit of the heap, into a neighbour or the gap below one that grows down, there are the most regions already, or no heap is left to unmap"
	},
	{}
};

const struct command heap_commands[] = {
	{
		.name = "brk",
		.run = run_brk,
		.text = print_moved,
		.forms = "[ADDR]",
		.summary = "set the break, the end of the heap, as brk(2); or tell it",
		.details =
			"The break may lie within a page: the heap's region ends at the end of it. 'show heap' tells where it is.",
		.result = "the break",
		.errors = heap_errors,
	}, {
		.name = "grow",
		.run = run_grow,
		.text = print_moved,
		.forms = "SIZE",
		.summary = "raise the break, as sbrk(3) does",
		.details = "  $end = grow 3p",
		.result = "the break",
		.errors = heap_errors,
	},
	{}
};
