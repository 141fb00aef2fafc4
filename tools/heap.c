// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc heap: the heap of a process, as brk(2) moves it.
 */
#include "heapobject.h"
#include "sample.h"
#include "verbs.h"

static const char doc[] =
	"Print where the heap of process PID is, how large it is and was, and how often the break was moved.\n"
	"\v'peak' and all that is counted begins when this command does: with --interval it attaches once and prints again and again.\n"
	"\n"
	"Example:\n"
	"  vproc heap --interval 2 $$";

static int look(struct json_object *object, int fd, const struct sample *sample)
{
	return heap_to_object(object, fd, sample->pid);
}

static void print(FILE *out, const struct json_object *object,
		  const void *context)
{
	const struct sample *sample = context;

	heap_object_print(out, object, &sample->sizes);
}

int heap_main(int argc, char **argv)
{
	struct sample sample = { .look = look, .text = print };

	return sample_main(&sample, argc, argv, doc);
}
