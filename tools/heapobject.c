// SPDX-License-Identifier: GPL-2.0-only
/*
 * A heap as an object to be printed.
 */
#include <inttypes.h>
#include <sys/ioctl.h>

#include "heapobject.h"
#include "vproc_mem.h"

int heap_to_object(struct json_object *object, int fd, pid_t pid)
{
	struct vproc_heap heap;

	if (ioctl(fd, VPROC_HEAP, &heap))
		return -1;
	output_signed(object, "pid", pid);
	output_number(object, "seq", heap.seq);
	output_address(object, "start", heap.start);
	output_address(object, "brk", heap.brk);
	output_number(object, "size", heap.size);
	output_address(object, "peak", heap.peak);
	output_number(object, "peak_size", heap.peak - heap.start);
	output_number(object, "grows", heap.grows);
	output_number(object, "shrinks", heap.shrinks);
	return 0;
}

void heap_object_print(FILE *out, const struct json_object *object,
		       const struct sizes *sizes)
{
	char size[SIZE_TEXT], peak[SIZE_TEXT];

	if (output_get_signed(object, "pid"))
		fprintf(out, "process %" PRId64 ": ",
			output_get_signed(object, "pid"));
	fprintf(out, "heap %s to %s\n", output_get_string(object, "start"),
		output_get_string(object, "brk"));
	fprintf(out, "size %s, peak %s, grew %" PRIu64 " times, shrank %" PRIu64 " times\n",
		size_text(size, output_get_number(object, "size"), sizes),
		size_text(peak, output_get_number(object, "peak_size"), sizes),
		output_get_number(object, "grows"),
		output_get_number(object, "shrinks"));
}
