// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc stacks: the stack of each thread, and how near it is to its end.
 */
#include "sample.h"
#include "stacksobject.h"
#include "verbs.h"

static const char doc[] =
	"Print the stack of each thread of process PID: the stack pointer, how much is used and was seen to be used at most, and how much is left (headroom) before the thread meets its guard or its limit. On a terminal a bar shows the three.\n"
	"\vA stack pointer is the one with which the thread last entered the kernel. 'deepest' is the most that was seen since this command began: with --interval it attaches once and prints again and again.\n"
	"\n"
	"Example:\n"
	"  vproc stacks --interval 1 $$";

static int look(struct json_object *object, int fd, const struct sample *sample)
{
	return stacks_to_object(object, fd, sample->pid);
}

static void print(FILE *out, const struct json_object *object,
		  const void *context)
{
	const struct sample *sample = context;

	stacks_object_print(out, object, &sample->sizes);
}

int stacks_main(int argc, char **argv)
{
	struct sample sample = { .look = look, .text = print };

	return sample_main(&sample, argc, argv, doc);
}
