// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stacks of a process as an object to be printed.
 */
#include <inttypes.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bar.h"
#include "stacksobject.h"
#include "threads.h"

/* The widest bar, and the narrowest terminal that is taken for one. */
#define MAX_BAR		200
#define MIN_COLUMNS	40

static void add_thread(struct json_object *object,
		       const struct vproc_thread *thread, pid_t pid)
{
	char name[THREAD_NAME];

	output_number(object, "tid", thread->tid);
	output_string(object, "name", thread_name(name, pid, thread->tid));
	output_bool(object, "main", thread->flags & VPROC_THREAD_MAIN);
	output_bool(object, "grows", thread->flags & VPROC_THREAD_GROWS);
	output_address(object, "sp", thread->sp);
	output_address(object, "bottom", thread->bottom);
	output_address(object, "top", thread->top);
	output_address(object, "guard_start", thread->guard_start);
	output_address(object, "guard_end", thread->guard_end);
	output_number(object, "used", thread->used);
	output_number(object, "headroom", thread->headroom);
	output_number(object, "deepest", thread->deepest);
	output_number(object, "limit", thread->limit);
}

int stacks_to_object(struct json_object *object, int fd, pid_t pid)
{
	struct threads threads = {};
	struct json_object *array;
	uint32_t i;
	int ret;

	ret = threads_fetch(&threads, fd);
	if (!ret) {
		output_signed(object, "pid", pid);
		output_number(object, "seq", threads.seq);
		array = output_array(object, "threads");
		for (i = 0; i < threads.count; i++)
			add_thread(output_element(array), &threads.array[i],
				   pid);
	}
	threads_clear(&threads);
	return ret;
}

/* Columns of the terminal that @out is; 0 if it is none. */
static unsigned int columns(FILE *out)
{
	struct winsize size;

	if (!isatty(fileno(out)))
		return 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col < MIN_COLUMNS ? MIN_COLUMNS : size.ws_col;
}

static void print_size(FILE *out, int width, uint64_t size,
		       const struct sizes *sizes)
{
	char text[SIZE_TEXT];

	fprintf(out, " %*s", width, size_text(text, size, sizes));
}

static void print_bar(FILE *out, const struct json_object *thread,
		      unsigned int width)
{
	uint64_t used = output_get_number(thread, "used");
	uint64_t whole = used + output_get_number(thread, "headroom");
	char text[MAX_BAR + 1];

	/* "       [" and "] 100%" are around it. */
	width -= 15;
	if (width > MAX_BAR)
		width = MAX_BAR;
	fprintf(out, "       [%s] %u%%\n",
		bar_text(text, width, used,
			 output_get_number(thread, "deepest"), whole),
		percent(used, whole));
}

static void print_thread(FILE *out, const struct json_object *thread,
			 const struct sizes *sizes, unsigned int width)
{
	uint64_t guard = output_get_address(thread, "guard_end") -
			 output_get_address(thread, "guard_start");

	fprintf(out, "%7" PRIu64, output_get_number(thread, "tid"));
	if (!output_get_address(thread, "bottom")) {
		fprintf(out, " %14s  on no stack  %s\n",
			output_get_string(thread, "sp"),
			output_get_string(thread, "name"));
		return;
	}
	print_size(out, 7, output_get_number(thread, "used"), sizes);
	print_size(out, 7, output_get_number(thread, "deepest"), sizes);
	print_size(out, 8, output_get_number(thread, "headroom"), sizes);
	print_size(out, 7, output_get_number(thread, "limit"), sizes);
	print_size(out, 7, guard, sizes);
	fprintf(out, " %14s %012" PRIx64 "-%012" PRIx64 " %s\n",
		output_get_string(thread, "sp"),
		output_get_address(thread, "bottom"),
		output_get_address(thread, "top"),
		output_get_string(thread, "name"));
	if (width)
		print_bar(out, thread, width);
}

void stacks_object_print(FILE *out, const struct json_object *object,
			 const struct sizes *sizes)
{
	const struct json_object *threads = output_get(object, "threads");
	unsigned int width = columns(out);
	size_t i, count = json_object_array_length(threads);

	fprintf(out, "process %" PRId64 ": %zu %s\n",
		output_get_signed(object, "pid"), count,
		count == 1 ? "thread" : "threads");
	if (count)
		fprintf(out, "%7s %7s %7s %8s %7s %7s %14s %-25s %s\n", "TID",
			"USED", "DEEPEST", "HEADROOM", "LIMIT", "GUARD", "SP",
			"REGION", "NAME");
	for (i = 0; i < count; i++)
		print_thread(out, json_object_array_get_idx(threads, i), sizes,
			     width);
}
