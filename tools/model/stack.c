// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command that makes stacks and changes them.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../array.h"
#include "commands.h"
#include "stack.h"

void stack_to_object(struct json_object *object,
		     const struct vproc_stack_info *info)
{
	output_number(object, "id", info->id);
	output_address(object, "start", info->bottom);
	output_address(object, "end", info->top);
	output_address(object, "guard_end", info->bottom + info->guard_size);
	output_address(object, "sp", info->sp);
	output_number(object, "usable", info->usable_size);
	output_number(object, "limit", info->limit);
}

void stack_object_print(FILE *out, const struct json_object *object)
{
	fprintf(out, "stack %" PRIu64 ": ", output_get_number(object, "id"));
	print_range(out, object);
	fprintf(out, ", guard page up to %" PRIx64 ", sp %" PRIx64,
		output_get_address(object, "guard_end"),
		output_get_address(object, "sp"));
	fprintf(out, ", %" PRIu64 " bytes usable, at most %" PRIu64,
		output_get_number(object, "usable"),
		output_get_number(object, "limit"));
}

enum outcome stack_ask(struct call *call, uint32_t id, uint64_t addr,
		       struct vproc_stack_info *info)
{
	*info = (struct vproc_stack_info){ .id = id, .addr = addr };
	return call_ask(call, VPROC_STACK_INFO, info);
}

static void print_changed(FILE *out, const struct json_object *object)
{
	stack_object_print(out, object);
	print_change(out, object);
}

static void print_freed(FILE *out, const struct json_object *object)
{
	fprintf(out, "stack %" PRIu64 " is no more, nothing is mapped at ",
		output_get_number(object, "id"));
	print_range(out, object);
	fputs(" now", out);
	print_change(out, object);
}

/* After a change: all of the stack as it is now. */
static enum outcome add_stack(struct call *call, uint32_t id,
			      struct vproc_stack_info *info)
{
	if (stack_ask(call, id, 0, info))
		return OUTCOME_FAILED;
	stack_to_object(call->object, info);
	call->text = print_changed;
	return OUTCOME_DONE;
}

static int take_new(struct call *call, struct vproc_stack_new *new)
{
	if (take_size(call, "the size", &new->size))
		return -1;
	for (;;) {
		if (take_option(call, "limit")) {
			if (take_size(call, "the limit", &new->limit))
				return -1;
		} else if (take_option(call, "top")) {
			if (take_address(call, "the top", &new->top))
				return -1;
		} else {
			return take_end(call);
		}
	}
}

static enum outcome run_new(struct call *call)
{
	struct vproc_stack_new new = {};
	struct vproc_stack_info info;
	enum outcome outcome;

	if (take_new(call, &new))
		return OUTCOME_MISUSED;
	outcome = call_change(call, VPROC_STACK_NEW, &new);
	if (outcome)
		return outcome;
	call->value = new.id;
	return add_stack(call, new.id, &info);
}

static enum outcome run_grow(struct call *call)
{
	struct vproc_stack_info info;
	struct vproc_stack_op op = {};
	enum outcome outcome;

	if (take_id(call, &op.id) ||
	    take_size(call, "by how much", &op.value) || take_end(call))
		return OUTCOME_MISUSED;
	outcome = call_change(call, VPROC_GROW_STACK, &op);
	if (!outcome)
		outcome = add_stack(call, op.id, &info);
	if (!outcome)
		call->value = info.bottom;
	return outcome;
}

static enum outcome run_sp(struct call *call)
{
	struct vproc_stack_info info;
	struct vproc_stack_op op = {};
	enum outcome outcome;

	if (take_id(call, &op.id) ||
	    take_address(call, "the stack pointer", &op.value) ||
	    take_end(call))
		return OUTCOME_MISUSED;
	outcome = call_change(call, VPROC_STACK_SP, &op);
	if (!outcome)
		outcome = add_stack(call, op.id, &info);
	if (!outcome)
		call->value = info.sp;
	return outcome;
}

static enum outcome run_free(struct call *call)
{
	struct vproc_stack_info info;
	struct vproc_stack_op op = {};
	enum outcome outcome;

	if (take_id(call, &op.id) || take_end(call))
		return OUTCOME_MISUSED;
	if (stack_ask(call, op.id, 0, &info))
		return OUTCOME_FAILED;
	outcome = call_change(call, VPROC_STACK_FREE, &op);
	if (outcome)
		return outcome;
	stack_to_object(call->object, &info);
	call->text = print_freed;
	call->value = info.top;
	return OUTCOME_DONE;
}

/* "top 3" and "bottom 3" are there for their result. */
static enum outcome run_end(struct call *call,
			    uint64_t (*end)(const struct vproc_stack_info *))
{
	struct vproc_stack_info info;
	uint32_t id;

	if (take_id(call, &id) || take_end(call))
		return OUTCOME_MISUSED;
	if (stack_ask(call, id, 0, &info))
		return OUTCOME_FAILED;
	call->value = end(&info);
	output_number(call->object, "id", id);
	output_address(call->object, "addr", call->value);
	return OUTCOME_DONE;
}

static uint64_t top_of(const struct vproc_stack_info *info)
{
	return info->top;
}

static uint64_t bottom_of(const struct vproc_stack_info *info)
{
	return info->bottom;
}

static void print_top(FILE *out, const struct json_object *object)
{
	fprintf(out, "stack %" PRIu64 " ends at %" PRIx64 "\n",
		output_get_number(object, "id"),
		output_get_address(object, "addr"));
}

static void print_bottom(FILE *out, const struct json_object *object)
{
	fprintf(out, "stack %" PRIu64 " begins at %" PRIx64 ", with its guard page\n",
		output_get_number(object, "id"),
		output_get_address(object, "addr"));
}

static enum outcome run_top(struct call *call)
{
	call->text = print_top;
	return run_end(call, top_of);
}

static enum outcome run_bottom(struct call *call)
{
	call->text = print_bottom;
	return run_end(call, bottom_of);
}

static void print_info(FILE *out, const struct json_object *object)
{
	const char *where;

	stack_object_print(out, object);
	fputc('\n', out);
	if (!output_get(object, "addr"))
		return;
	where = output_get_bool(object, "in_guard") ? "in its guard page" :
		output_get_bool(object, "contains") ? "within it" :
		"outside of it";
	fprintf(out, "%" PRIx64 " is %s\n", output_get_address(object, "addr"),
		where);
}

static enum outcome run_info(struct call *call)
{
	struct vproc_stack_info info;
	bool has_addr = false;
	__u64 addr = 0;
	uint32_t id;

	if (take_id(call, &id))
		return OUTCOME_MISUSED;
	if (*call->words) {
		has_addr = true;
		if (take_address(call, "the address", &addr))
			return OUTCOME_MISUSED;
	}
	if (take_end(call))
		return OUTCOME_MISUSED;
	if (stack_ask(call, id, addr, &info))
		return OUTCOME_FAILED;
	call->value = info.sp;
	call->text = print_info;
	stack_to_object(call->object, &info);
	if (has_addr) {
		output_address(call->object, "addr", addr);
		output_bool(call->object, "contains", info.contains);
		output_bool(call->object, "in_guard", info.in_guard);
	} else {
		output_null(call->object, "addr");
		output_null(call->object, "contains");
		output_null(call->object, "in_guard");
	}
	return OUTCOME_DONE;
}

static enum outcome run_stack(struct call *call)
{
	static const struct {
		const char *name;
		enum outcome (*run)(struct call *call);
	} verbs[] = {
		{ "new", run_new }, { "grow", run_grow }, { "sp", run_sp },
		{ "top", run_top }, { "bottom", run_bottom },
		{ "free", run_free }, { "info", run_info },
	};
	const char *word;
	size_t i;

	if (take_word(call, "new, grow, sp, top, bottom, free or info", &word))
		return OUTCOME_MISUSED;
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verbs[i].name, word))
			return verbs[i].run(call);
	}
	return call_misused(call, "'stack %s' is not known: see 'help stack'",
			    word);
}

static const struct meaning stack_errors[] = {
	{ ENOENT, "there is no stack of that number" },
	{ EINVAL,
	  "a new stack below two pages or above its limit, a top that is not aligned, a stack pointer outside of the stack, or a growth of 0"
	},
	{ EEXIST, "something is mapped below that top" },
	{ EFAULT, "what is to grow is not mapped any more" },
	{ ENOMEM,
	  "there is no room, it would grow beyond its limit or into the gap above accessible memory, or there are the most regions already"
	},
	{ EPERM, "below user space" },
	{}
};

const struct command stack_commands[] = {
	{
		.name = "stack",
		.run = run_stack,
		.forms =
			"new SIZE [limit SIZE] [top ADDR]\ngrow NUMBER SIZE\nsp NUMBER ADDR\ninfo NUMBER [ADDR]\ntop NUMBER\nbottom NUMBER\nfree NUMBER",
		.summary = "make, grow, look at and free stacks",
		.details =
			"A stack is a region that grows down. Its lowest page is a guard page, which is not mapped and moves down with it. An access below the region makes it grow ('touch', 'write'), 'stack grow' does so without one. 'stack info' with an address tells whether that is within it.\n\n  $s = stack new 64K\n  $top = stack top $s\n  touch $top-100p w",
		.result =
			"new: the stack's number; grow, bottom: its lowest address; top, free: its end; sp, info: the stack pointer",
		.errors = stack_errors,
	},
	{}
};
