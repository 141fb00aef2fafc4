// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands for accesses and for pages.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "../array.h"
#include "../regions.h"
#include "../words.h"
#include "commands.h"

/* The one letter of a protection, as a word; NULL if it is none. */
static const char *access_word(uint32_t access)
{
	switch (access) {
	case PROT_READ:
		return "read";
	case PROT_WRITE:
		return "write";
	case PROT_EXEC:
		return "execute";
	default:
		return NULL;
	}
}

static enum outcome run_touch(struct call *call)
{
	struct vproc_touch touch = { .access = PROT_READ };
	enum outcome outcome;

	if (take_address(call, "the address", &touch.addr))
		return OUTCOME_MISUSED;
	if (*call->words && (take_prot(call, &touch.access) || take_end(call)))
		return OUTCOME_MISUSED;
	if (!access_word(touch.access))
		return call_misused(call, "an access is one of r, w and x");
	outcome = call_change(call, VPROC_TOUCH, &touch);
	if (outcome)
		return outcome;
	output_address(call->object, "addr", touch.addr);
	output_string(call->object, "access", access_word(touch.access));
	return OUTCOME_DONE;
}

/* Only a stack that has grown makes a difference. */
static void print_growth(FILE *out, const struct json_object *object)
{
	uint64_t grown = output_get_number(object, "bytes") -
			 output_get_number(object, "bytes_before");

	if (grown)
		fprintf(out, "; the region has grown down by %" PRIu64 " bytes",
			grown);
	fputc('\n', out);
}

static void print_touched(FILE *out, const struct json_object *object)
{
	fprintf(out, "%" PRIx64 ": %s is allowed",
		output_get_address(object, "addr"),
		output_get_string(object, "access"));
	print_growth(out, object);
}

/* The page at an address, as this session numbers it; 0 if there is none. */
static enum outcome ask_page(struct call *call, struct vproc_cow_info *info)
{
	if (call_ask(call, VPROC_COW_INFO, info))
		return OUTCOME_FAILED;
	info->page = pages_number(&call->session->pages, info->page);
	return OUTCOME_DONE;
}

static enum outcome run_write(struct call *call)
{
	struct vproc_cow_info before = {}, after = {};
	struct vproc_touch touch = {};
	enum outcome outcome;

	if (take_address(call, "the address", &touch.addr) || take_end(call))
		return OUTCOME_MISUSED;
	before.addr = touch.addr;
	after.addr = touch.addr;
	/* An error is no news here: the write is to tell. */
	if (ask_page(call, &before))
		before = (struct vproc_cow_info){};
	outcome = call_change(call, VPROC_WRITE, &touch);
	if (!outcome)
		outcome = ask_page(call, &after);
	if (outcome)
		return outcome;
	output_address(call->object, "addr", touch.addr);
	output_number(call->object, "page_before", before.page);
	output_number(call->object, "count_before", before.count);
	output_number(call->object, "page", after.page);
	output_number(call->object, "count", after.count);
	return OUTCOME_DONE;
}

static void print_written(FILE *out, const struct json_object *object)
{
	uint64_t page = output_get_number(object, "page");
	uint64_t before = output_get_number(object, "page_before");

	fprintf(out, "%" PRIx64 " is written: ",
		output_get_address(object, "addr"));
	if (!page)
		fputs("shared memory, nothing is copied", out);
	else if (before == page)
		fprintf(out, "page %" PRIu64 " is this space's own already",
			page);
	else
		fprintf(out, "page %" PRIu64 " comes to be", page);
	if (before && before != page)
		fprintf(out, ", a copy of page %" PRIu64 ", which %" PRIu64 " spaces shared",
			before, output_get_number(object, "count_before"));
	print_growth(out, object);
}

static enum outcome run_cow(struct call *call)
{
	struct vproc_cow_info info = {};

	if (take_address(call, "the address", &info.addr) || take_end(call))
		return OUTCOME_MISUSED;
	if (ask_page(call, &info))
		return OUTCOME_FAILED;
	call->value = info.page;
	output_address(call->object, "addr", info.addr);
	output_number(call->object, "page", info.page);
	output_number(call->object, "count", info.count);
	return OUTCOME_DONE;
}

static void print_cow(FILE *out, const struct json_object *object)
{
	uint64_t page = output_get_number(object, "page");
	uint64_t count = output_get_number(object, "count");

	fprintf(out, "%" PRIx64 ": ", output_get_address(object, "addr"));
	if (!page)
		fputs("no page, nothing private was written there\n", out);
	else if (count == 1)
		fprintf(out, "page %" PRIu64 ", this space's own\n", page);
	else
		fprintf(out, "page %" PRIu64 ", shared by %" PRIu64 " spaces\n",
			page, count);
}

static const struct {
	uint64_t flag;
	const char *name;
} page_flags[] = {
	{ VPROC_PAGE_PRESENT, "present" },
	{ VPROC_PAGE_WRITABLE, "writable" },
	{ VPROC_PAGE_USER, "user" },
	{ VPROC_PAGE_NO_EXECUTE, "no_execute" },
};

static enum outcome run_page(struct call *call)
{
	struct vproc_page_info info = {};
	struct json_object *flags;
	char perm[5];
	size_t i;

	if (take_address(call, "the address", &info.addr) || take_end(call))
		return OUTCOME_MISUSED;
	if (call_ask(call, VPROC_PAGE_INFO, &info))
		return OUTCOME_FAILED;
	call->value = info.phys;
	region_perm(perm, info.perm);
	output_address(call->object, "addr", info.addr);
	output_string(call->object, "perm", perm);
	output_string(call->object, "type", word_type(info.type));
	output_address(call->object, "phys", info.phys);
	flags = output_member(call->object, "flags");
	for (i = 0; i < ARRAY_SIZE(page_flags); i++)
		output_bool(flags, page_flags[i].name,
			    info.page_flags & page_flags[i].flag);
	return OUTCOME_DONE;
}

static void print_page(FILE *out, const struct json_object *object)
{
	struct json_object *flags = output_get(object, "flags");
	size_t i;

	fprintf(out, "%" PRIx64 ": %s %s, page flags",
		output_get_address(object, "addr"),
		output_get_string(object, "perm"),
		output_get_string(object, "type"));
	for (i = 0; i < ARRAY_SIZE(page_flags); i++)
		if (output_get_bool(flags, page_flags[i].name))
			fprintf(out, " %s", page_flags[i].name);
	if (output_get_address(object, "phys"))
		fprintf(out, ", physical address %" PRIx64,
			output_get_address(object, "phys"));
	fputc('\n', out);
}

static const struct meaning access_errors[] = {
	{ EFAULT, "nothing is mapped there: a process would get SIGSEGV" },
	{ EACCES, "mapped, but not for that: a process would get SIGSEGV" },
	{ ENOMEM,
	  "the stack above cannot grow as far as that: a process would get SIGSEGV; or too many pages were written"
	},
	{ EPERM, "the stack would grow to below user space" },
	{}
};

static const struct meaning page_errors[] = {
	{ EFAULT, "nothing is mapped there" },
	{}
};

const struct command page_commands[] = {
	{
		.name = "touch",
		.run = run_touch,
		.text = print_touched,
		.forms = "ADDR [r|w|x]",
		.summary = "would that access be allowed? (default: r)",
		.details =
			"Below a region that grows down the access makes it grow, as a page fault does.",
		.errors = access_errors,
	}, {
		.name = "write",
		.run = run_write,
		.text = print_written,
		.forms = "ADDR",
		.summary = "write to a page: it comes to be, or is copied",
		.details =
			"A page of private memory exists once it was written to. After 'fork' both spaces have it, until one writes to it and gets a copy of its own.",
		.errors = access_errors,
	}, {
		.name = "cow",
		.run = run_cow,
		.text = print_cow,
		.forms = "ADDR",
		.summary = "which page is there, and how many spaces share it",
		.details = "Pages are numbered in the order in which this session sees them.",
		.result = "the number of the page",
		.errors = page_errors,
	}, {
		.name = "page",
		.run = run_page,
		.text = print_page,
		.forms = "ADDR",
		.summary = "the page flags at an address",
		.result = "the physical address, of physical memory",
		.errors = page_errors,
	},
	{}
};
