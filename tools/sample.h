/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_SAMPLE_H
#define _TOOLS_SAMPLE_H

#include <sys/types.h>

#include "output.h"
#include "sizes.h"
#include "tally.h"

/* A verb that attaches to a process and prints what it sees, now and again. */
struct sample {
	/*
	 * Looks at the tracker @fd; what is to be printed becomes keys of
	 * @object. Returns 0, or -1 with errno set.
	 */
	int (*look)(struct json_object *object, int fd,
		    const struct sample *sample);
	/* Its text; @context is the struct sample. */
	output_text text;

	/* From here on the verb's main() leaves zero. */
	pid_t pid;
	double interval;	/* seconds; 0: once */
	int count;		/* 0: until the process ends */
	struct tally tally;	/* of all events so far */
	struct output output;
	struct sizes sizes;
};

/* The main() of such a verb; @doc is its --help text. */
int sample_main(struct sample *sample, int argc, char **argv, const char *doc);

#endif /* _TOOLS_SAMPLE_H */
