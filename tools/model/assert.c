// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that say what must be so, for scripts.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../array.h"
#include "../names.h"
#include "../regions.h"
#include "../words.h"
#include "commands.h"
#include "meanings.h"
#include "run.h"
#include "stack.h"

/* The next argument must be @actual. */
static enum outcome compare_number(struct call *call, const char *what,
				   enum number_kind kind, __u64 actual)
{
	__u64 expected;

	if (take_number(call, what, kind, &expected))
		return OUTCOME_MISUSED;
	if (actual == expected)
		return OUTCOME_DONE;
	if (kind == NUMBER_SIZE)
		return call_different(call, "%s is %llu, not %llu", what,
				      actual, expected);
	return call_different(call, "%s is %llx, not %llx", what, actual,
			      expected);
}

static enum outcome compare_text(struct call *call, const char *what,
				 const char *actual)
{
	const char *expected;

	if (take_word(call, what, &expected))
		return OUTCOME_MISUSED;
	if (!strcmp(actual, expected))
		return OUTCOME_DONE;
	return call_different(call, "%s is %s, not %s", what,
			      *actual ? actual : "empty", expected);
}

static enum outcome assert_regions(struct call *call)
{
	struct vproc_stats stats;

	if (call_ask(call, VPROC_STATS, &stats))
		return OUTCOME_FAILED;
	return compare_number(call, "the number of regions", NUMBER_SIZE,
			      stats.regions);
}

static enum outcome assert_bytes(struct call *call)
{
	struct vproc_stats stats;

	if (call_ask(call, VPROC_STATS, &stats))
		return OUTCOME_FAILED;
	return compare_number(call, "the sum of all regions", NUMBER_SIZE,
			      stats.total_bytes);
}

static enum outcome compare_name(struct call *call,
				 const struct vproc_region *region)
{
	int fd = spaces_current(&call->session->spaces)->fd;
	struct names names = {};
	enum outcome outcome;
	const char *name;

	name = names_find(&names, fd, region->name);
	if (name) {
		outcome = compare_text(call, "the name", name);
	} else {
		call->error = errno;
		outcome = OUTCOME_FAILED;
	}
	names_clear(&names);
	return outcome;
}

static enum outcome compare_type(struct call *call,
				 const struct vproc_region *region)
{
	if (*call->words && find_type(*call->words) < 0)
		return call_misused(call, "'%s' is not a type of region",
				    *call->words);
	return compare_text(call, "the type", word_type(region->type));
}

/* A pair of words about a region. */
static enum outcome compare_region(struct call *call,
				   const struct vproc_region *region)
{
	char perm[5];

	region_perm(perm, region->perm);
	if (take_option(call, "perm"))
		return compare_text(call, "the permission", perm);
	if (take_option(call, "type"))
		return compare_type(call, region);
	if (take_option(call, "start"))
		return compare_number(call, "the start", NUMBER_ADDRESS,
				      region->start);
	if (take_option(call, "end"))
		return compare_number(call, "the end", NUMBER_ADDRESS,
				      region->end);
	if (take_option(call, "size"))
		return compare_number(call, "the size", NUMBER_SIZE,
				      region->end - region->start);
	if (take_option(call, "offset"))
		return compare_number(call, "the offset", NUMBER_SIZE,
				      region->offset);
	if (take_option(call, "name"))
		return compare_name(call, region);
	take_end(call);
	return OUTCOME_MISUSED;
}

static enum outcome assert_at(struct call *call)
{
	struct vproc_query query = {};
	enum outcome outcome = OUTCOME_DONE;

	if (take_address(call, "the address", &query.addr))
		return OUTCOME_MISUSED;
	if (call_ask(call, VPROC_QUERY, &query)) {
		if (call->error != ENOENT)
			return OUTCOME_FAILED;
		return call_different(call, "nothing is mapped at %llx",
				      query.addr);
	}
	while (!outcome && *call->words)
		outcome = compare_region(call, &query.region);
	return outcome;
}

static enum outcome assert_free(struct call *call)
{
	struct vproc_query query = { .flags = VPROC_QUERY_NEXT };
	__u64 size;

	if (take_range(call, &query.addr, &size))
		return OUTCOME_MISUSED;
	if (call_ask(call, VPROC_QUERY, &query))
		return call->error == ENOENT ? OUTCOME_DONE : OUTCOME_FAILED;
	if (query.region.start >= query.addr &&
	    query.region.start - query.addr >= size)
		return OUTCOME_DONE;
	return call_different(call, "%llx-%llx is mapped there",
			      query.region.start, query.region.end);
}

static enum outcome assert_brk(struct call *call)
{
	struct vproc_heap heap;

	if (call_ask(call, VPROC_HEAP, &heap))
		return OUTCOME_FAILED;
	return compare_number(call, "the break", NUMBER_ADDRESS, heap.brk);
}

static enum outcome assert_cow(struct call *call)
{
	struct vproc_cow_info info = {};

	if (take_address(call, "the address", &info.addr))
		return OUTCOME_MISUSED;
	if (call_ask(call, VPROC_COW_INFO, &info)) {
		if (call->error != EFAULT)
			return OUTCOME_FAILED;
		return call_different(call, "nothing is mapped at %llx",
				      info.addr);
	}
	return compare_number(call, "the count of the page", NUMBER_SIZE,
			      info.count);
}

/* A pair of words about a stack. */
static enum outcome compare_stack(struct call *call,
				  const struct vproc_stack_info *info)
{
	if (take_option(call, "bottom"))
		return compare_number(call, "the bottom", NUMBER_ADDRESS,
				      info->bottom);
	if (take_option(call, "top"))
		return compare_number(call, "the top", NUMBER_ADDRESS,
				      info->top);
	if (take_option(call, "sp"))
		return compare_number(call, "the stack pointer",
				      NUMBER_ADDRESS, info->sp);
	if (take_option(call, "usable"))
		return compare_number(call, "the usable size", NUMBER_SIZE,
				      info->usable_size);
	if (take_option(call, "limit"))
		return compare_number(call, "the limit", NUMBER_SIZE,
				      info->limit);
	take_end(call);
	return OUTCOME_MISUSED;
}

static enum outcome assert_stack(struct call *call)
{
	enum outcome outcome = OUTCOME_DONE;
	struct vproc_stack_info info;
	uint32_t id;

	if (take_id(call, &id))
		return OUTCOME_MISUSED;
	if (stack_ask(call, id, 0, &info)) {
		if (call->error != ENOENT)
			return OUTCOME_FAILED;
		return call_different(call, "there is no stack %u", id);
	}
	while (!outcome && *call->words)
		outcome = compare_stack(call, &info);
	return outcome;
}

static enum outcome assert_equal(struct call *call)
{
	__u64 one;

	if (take_number(call, "the first number", NUMBER_EITHER, &one))
		return OUTCOME_MISUSED;
	return compare_number(call, "the first number", NUMBER_EITHER, one);
}

static enum outcome run_assert(struct call *call)
{
	static const struct {
		const char *name;
		enum outcome (*run)(struct call *call);
	} subjects[] = {
		{ "regions", assert_regions }, { "bytes", assert_bytes },
		{ "at", assert_at }, { "free", assert_free },
		{ "brk", assert_brk }, { "cow", assert_cow },
		{ "stack", assert_stack }, { "equal", assert_equal },
	};
	enum outcome outcome;
	const char *word;
	size_t i;

	if (take_word(call, "what is to be asserted", &word))
		return OUTCOME_MISUSED;
	for (i = 0; i < ARRAY_SIZE(subjects); i++) {
		if (strcmp(subjects[i].name, word))
			continue;
		outcome = subjects[i].run(call);
		if (!outcome && take_end(call))
			return OUTCOME_MISUSED;
		return outcome;
	}
	return call_misused(call, "'assert %s' is not known: see 'help assert'",
			    word);
}

static void print_asserted(FILE *out, const struct json_object *object)
{
	(void)object;
	fputs("so it is\n", out);
}

/* What an expected failure leaves to be told. */
static enum outcome add_expected(struct call *call, const struct call *inner)
{
	output_string(call->object, "errno", error_name(inner->error));
	output_string(call->object, "meaning",
		      error_meaning(inner->command, inner->error));
	output_bool(call->object, "changed", inner->changed);
	return OUTCOME_DONE;
}

static enum outcome judge(struct call *call, struct call *inner, int error)
{
	if (inner->outcome == OUTCOME_DONE)
		return call_different(call, "it succeeded, %s was expected",
				      error_name(error));
	if (inner->outcome == OUTCOME_FAILED && inner->error == error)
		return add_expected(call, inner);
	if (inner->outcome == OUTCOME_FAILED)
		return call_different(call, "it failed with %s (%s), %s was expected",
				      error_name(inner->error),
				      error_meaning(inner->command,
						    inner->error),
				      error_name(error));
	call->message = inner->message;
	inner->message = NULL;
	return inner->outcome;
}

static enum outcome run_expect(struct call *call)
{
	const struct command *command;
	enum outcome outcome;
	struct call inner;
	const char *word;
	int error;

	if (take_word(call, "the error", &word))
		return OUTCOME_MISUSED;
	error = error_find(word);
	if (!error)
		return call_misused(call, "'%s' is not the name of an error, as EINVAL is",
				    word);
	if (take_word(call, "the command", &word))
		return OUTCOME_MISUSED;
	command = command_find(word);
	if (!command || !command->errors)
		return call_misused(call, "'%s' is not a command that a model can refuse",
				    word);
	call_begin(&inner, call->session, command, call->words);
	inner.outcome = command->run(&inner);
	outcome = judge(call, &inner, error);
	call_end(&inner);
	return outcome;
}

static void print_expected(FILE *out, const struct json_object *object)
{
	fprintf(out, "%s, as expected: %s%s\n",
		output_get_string(object, "errno"),
		output_get_string(object, "meaning"),
		output_get_bool(object, "changed") ?
		"; what came before that was done" : "");
}

const struct command assert_commands[] = {
	{
		.name = "assert",
		.run = run_assert,
		.text = print_asserted,
		.forms =
			"regions COUNT\nbytes SIZE\nat ADDR [perm rw-p] [type TYPE] [start ADDR] [end ADDR] [size SIZE] [offset OFFSET] [name NAME]\nfree RANGE\nbrk ADDR\ncow ADDR COUNT\nstack NUMBER [bottom ADDR] [top ADDR] [sp ADDR] [usable SIZE] [limit SIZE]\nequal NUMBER NUMBER",
		.summary = "what must be so; else a script ends with status 1",
		.details =
			"'at' is about the region at an address, 'free' says that nothing of a range is mapped, 'cow' by how many spaces a page is shared (0: there is none). Types are code, data, rodata, stack, heap, file, shared and device.",
	}, {
		.name = "expect",
		.run = run_expect,
		.text = print_expected,
		.forms = "ERROR COMMAND...",
		.summary = "COMMAND must fail with that error; else as for assert",
		.details = "  expect EEXIST map 4K rw noreplace 20000000",
	},
	{}
};
