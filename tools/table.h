/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_TABLE_H
#define _TOOLS_TABLE_H

#include "output.h"

/* The table of processes that vproc top shows: one a row. */

/* Room for a row as text. */
#define TABLE_TEXT	256

/* Number of columns, and the one that rows are sorted by if nobody says. */
#define TABLE_COLUMNS	9
#define TABLE_DEFAULT	3

/* The column of this name; -1 if there is none. */
int table_find(const char *name);
const char *table_name(int column);

/*
 * Puts the processes in order: by pid and name upwards, by all others
 * downwards.
 */
void table_sort(struct json_object *processes, int column);

/*
 * The heading, or a row, in @text, which has room for TABLE_TEXT bytes: as many
 * columns as fit in @width. Returns @text.
 */
const char *table_head(char *text, size_t width);
const char *table_row(char *text, size_t width,
		      const struct json_object *process);

#endif /* _TOOLS_TABLE_H */
