// SPDX-License-Identifier: GPL-2.0-only
/*
 * vproc stat: the figures of an address space.
 */
#include "sample.h"
#include "statobject.h"
#include "verbs.h"

static const char doc[] =
	"Print how many regions process PID has and how large they are by type, what happened to them since vproc attached, and whether anything was lost.\n"
	"\v'peak' and all that is counted begins when this command does: with --interval it attaches once and prints again and again.\n"
	"\n"
	"Example:\n"
	"  vproc stat --interval 2 $$";

static int look(struct json_object *object, int fd, const struct sample *sample)
{
	return stat_to_object(object, fd, &sample->tally);
}

static void print(FILE *out, const struct json_object *object,
		  const void *context)
{
	const struct sample *sample = context;

	stat_object_print(out, object, &sample->sizes);
}

int stat_main(int argc, char **argv)
{
	struct sample sample = { .look = look, .text = print };

	return sample_main(&sample, argc, argv, doc);
}
