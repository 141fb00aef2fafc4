// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers on the command line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "number.h"

unsigned long number_of_option(const char *option, const char *arg,
			       unsigned long least)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 0);
	if (errno || *end || end == arg || value < least) {
		fprintf(stderr, "%s: --%s %s: not a number%s\n",
			program_invocation_short_name, option, arg,
			least ? " above 0" : "");
		exit(2);
	}
	return value;
}
