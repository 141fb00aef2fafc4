// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors by name, and what they mean.
 */
#define _GNU_SOURCE	/* strerrorname_np() */
#include <string.h>

#include "meanings.h"

/* Above all errors of Linux. */
#define MAX_ERROR	4096

const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "an unknown error";
}

int error_find(const char *name)
{
	const char *known;
	int error;

	for (error = 1; error < MAX_ERROR; error++) {
		known = strerrorname_np(error);
		if (known && !strcmp(known, name))
			return error;
	}
	return 0;
}

const char *error_meaning(const struct command *command, int error)
{
	const struct meaning *meaning = command->errors;

	for (; meaning && meaning->error; meaning++)
		if (meaning->error == error)
			return meaning->text;
	return strerror(error);
}
