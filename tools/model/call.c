// SPDX-License-Identifier: GPL-2.0-only
/*
 * What commands are made of: arguments, calls of the device, and what they
 * print alike.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "call.h"
#include "memory.h"

enum outcome call_misused(struct call *call, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	call->message = need_text(format, arguments);
	va_end(arguments);
	return OUTCOME_MISUSED;
}

enum outcome call_different(struct call *call, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	call->message = need_text(format, arguments);
	va_end(arguments);
	return OUTCOME_DIFFERENT;
}

int take_word(struct call *call, const char *what, const char **word)
{
	if (!*call->words) {
		call_misused(call, "%s is missing: see 'help %s'", what,
			     call->command->name);
		return -1;
	}
	*word = *call->words++;
	return 0;
}

static int parse(struct call *call, const char *text, size_t length,
		 enum number_kind kind, __u64 *value)
{
	const struct number_context context = {
		.variables = &call->session->variables,
		.page_size = call->session->page_size,
	};

	return number_parse(text, length, kind, &context, value,
			    &call->message);
}

int take_number(struct call *call, const char *what, enum number_kind kind,
		__u64 *value)
{
	const char *word;

	if (take_word(call, what, &word))
		return -1;
	return parse(call, word, strlen(word), kind, value);
}

int take_address(struct call *call, const char *what, __u64 *value)
{
	return take_number(call, what, NUMBER_ADDRESS, value);
}

int take_size(struct call *call, const char *what, __u64 *value)
{
	return take_number(call, what, NUMBER_SIZE, value);
}

int take_id(struct call *call, uint32_t *id)
{
	__u64 value;

	if (take_number(call, "the stack's number", NUMBER_SIZE, &value))
		return -1;
	if (value > UINT32_MAX) {
		call_misused(call, "%llu is not the number of a stack: see 'show stacks'",
			     value);
		return -1;
	}
	*id = value;
	return 0;
}

/* "rw", "r-x", "---"; each letter once. */
int take_prot(struct call *call, uint32_t *prot)
{
	static const char letters[] = "rwx";
	static const uint32_t bits[] = { PROT_READ, PROT_WRITE, PROT_EXEC };
	const char *word, *at, *letter;

	if (take_word(call, "the protection", &word))
		return -1;
	*prot = PROT_NONE;
	if (!strcmp(word, "none"))
		return 0;
	for (at = word; *at; at++) {
		letter = strchr(letters, *at);
		if (letter && !(*prot & bits[letter - letters])) {
			*prot |= bits[letter - letters];
			continue;
		}
		if (*at == '-')
			continue;
		call_misused(call, "'%s' is not a protection: write letters of rwx, or none",
			     word);
		return -1;
	}
	return 0;
}

int take_range(struct call *call, __u64 *addr, __u64 *size)
{
	const char *word, *dash;
	__u64 end;

	if (take_word(call, "the range", &word))
		return -1;
	dash = number_range(word);
	if (!dash) {
		if (parse(call, word, strlen(word), NUMBER_ADDRESS, addr))
			return -1;
		return take_size(call, "the size", size);
	}
	if (parse(call, word, dash - word, NUMBER_ADDRESS, addr) ||
	    parse(call, dash + 1, strlen(dash + 1), NUMBER_ADDRESS, &end))
		return -1;
	if (end < *addr) {
		call_misused(call, "the range '%s' ends before it begins", word);
		return -1;
	}
	*size = end - *addr;
	return 0;
}

bool take_option(struct call *call, const char *option)
{
	if (!*call->words || strcmp(*call->words, option))
		return false;
	call->words++;
	return true;
}

int take_end(struct call *call)
{
	if (!*call->words)
		return 0;
	call_misused(call, "'%s' is too much, or in the wrong place: see 'help %s'",
		     *call->words, call->command->name);
	return -1;
}

static uint64_t whole_pages(const struct call *call, uint64_t size)
{
	const uint64_t page_size = call->session->page_size;

	return size % page_size ? size - size % page_size + page_size : size;
}

enum outcome call_ask(struct call *call, unsigned long request, void *argument)
{
	const int fd = spaces_current(&call->session->spaces)->fd;

	while (ioctl(fd, request, argument)) {
		if (errno == EINTR)
			continue;
		call->error = errno;
		return OUTCOME_FAILED;
	}
	return OUTCOME_DONE;
}

enum outcome call_change(struct call *call, unsigned long request,
			 void *argument)
{
	struct vproc_stats before, after;
	enum outcome outcome;
	int error;

	if (call_ask(call, VPROC_STATS, &before))
		return OUTCOME_FAILED;
	outcome = call_ask(call, request, argument);
	error = call->error;
	if (call_ask(call, VPROC_STATS, &after))
		return OUTCOME_FAILED;
	call->error = error;
	call->changed = before.seq != after.seq;
	output_number(call->object, "regions_before", before.regions);
	output_number(call->object, "regions", after.regions);
	output_number(call->object, "bytes_before", before.total_bytes);
	output_number(call->object, "bytes", after.total_bytes);
	return outcome;
}

void print_change(FILE *out, const struct json_object *object)
{
	fprintf(out, "; regions %" PRIu64 " -> %" PRIu64 "\n",
		output_get_number(object, "regions_before"),
		output_get_number(object, "regions"));
}

void range_to_object(struct call *call, uint64_t addr, uint64_t size)
{
	size = whole_pages(call, size);
	output_address(call->object, "start", addr);
	output_address(call->object, "end", addr + size);
	output_number(call->object, "size", size);
	output_number(call->object, "pages", size / call->session->page_size);
}

void print_range(FILE *out, const struct json_object *object)
{
	fprintf(out, "%08" PRIx64 "-%08" PRIx64,
		output_get_address(object, "start"),
		output_get_address(object, "end"));
}

void print_count(FILE *out, uint64_t count, const char *what)
{
	fprintf(out, "%" PRIu64 " %s%s", count, what, count == 1 ? "" : "s");
}

void print_extent(FILE *out, const struct json_object *object)
{
	print_count(out, output_get_number(object, "size"), "byte");
	fputs(", ", out);
	print_count(out, output_get_number(object, "pages"), "page");
}
