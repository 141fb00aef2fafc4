/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_TEXTDIFF_H
#define _TOOLS_TEXTDIFF_H

#include <stdio.h>

/* Two texts as /proc/PID/maps has them, and where they are from. */
struct textdiff {
	const char *old_name;
	const char *old_text;
	size_t old_size;
	const char *new_name;
	const char *new_text;
	size_t new_size;
};

/*
 * Prints what differs, "-" before the lines of the old text and "+" before those
 * of the new one, each with its neighbours. Returns the number of lines that
 * only one has.
 */
unsigned int textdiff_print(FILE *out, const struct textdiff *diff);

#endif /* _TOOLS_TEXTDIFF_H */
