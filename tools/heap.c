// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc heap: the heap of a process, as brk(2) moves it.
 */
#include <inttypes.h>
#include <sys/ioctl.h>

#include "sample.h"
#include "verbs.h"
#include "vproc_mem.h"

static const char doc[] =
	"Print where the heap of process PID is, how large it is and was, and how often the break was moved.\n"
	"\v'peak' and all that is counted begins when this command does: with --interval it attaches once and prints again and again.\n"
	"\n"
	"Example:\n"
	"  vproc heap --interval 2 $$";

static struct json_object *look(int fd, const struct sample *sample)
{
	struct json_object *object;
	struct vproc_heap heap;

	if (ioctl(fd, VPROC_HEAP, &heap))
		return NULL;
	object = output_object();
	output_signed(object, "pid", sample->pid);
	output_number(object, "seq", heap.seq);
	output_address(object, "start", heap.start);
	output_address(object, "brk", heap.brk);
	output_number(object, "size", heap.size);
	output_address(object, "peak", heap.peak);
	output_number(object, "peak_size", heap.peak - heap.start);
	output_number(object, "grows", heap.grows);
	output_number(object, "shrinks", heap.shrinks);
	return object;
}

static void print(FILE *out, const struct json_object *object,
		  const void *context)
{
	const struct sample *sample = context;
	char size[SIZE_TEXT], peak[SIZE_TEXT];

	fprintf(out, "process %" PRId64 ": heap %s to %s\n",
		output_get_signed(object, "pid"),
		output_get_string(object, "start"),
		output_get_string(object, "brk"));
	fprintf(out, "size %s, peak %s, grew %" PRIu64 " times, shrank %" PRIu64 " times\n",
		size_text(size, output_get_number(object, "size"),
			  &sample->sizes),
		size_text(peak, output_get_number(object, "peak_size"),
			  &sample->sizes),
		output_get_number(object, "grows"),
		output_get_number(object, "shrinks"));
}

int heap_main(int argc, char **argv)
{
	struct sample sample = { .look = look, .text = print };

	return sample_main(&sample, argc, argv, doc);
}
