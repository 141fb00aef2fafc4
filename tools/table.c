// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of processes that vproc top shows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "sizes.h"
#include "table.h"
#include "words.h"
#include "vproc_mem.h"

enum kind {
	PID,
	NAME,
	COUNT,		/* a figure of vproc stat */
	SIZE,		/* the same, in bytes */
	TYPE,		/* bytes of a type */
	RATE,
};

static const struct column {
	const char *name;
	const char *title;
	int width;		/* negative: to the left */
	enum kind kind;
	const char *key;
} columns[TABLE_COLUMNS] = {
	{ "pid",     "PID",	   7, PID,   "pid" },
	{ "name",    "NAME",	 -15, NAME,  "name" },
	{ "regions", "REGIONS",	   7, COUNT, "regions" },
	{ "total",   "TOTAL",	   6, SIZE,  "total_bytes" },
	{ "heap",    "HEAP",	   6, TYPE,  "heap" },
	{ "stack",   "STACK",	   6, TYPE,  "stack" },
	{ "rate",    "EVENTS/S",   9, RATE,  "rate" },
	{ "missed",  "MISSED",	   6, COUNT, "missed" },
	{ "lost",    "LOST",	   6, COUNT, "lost" },
};

int table_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(columns); i++)
		if (!strcmp(columns[i].name, name))
			return i;
	return -1;
}

const char *table_name(int column)
{
	return columns[column].name;
}

static uint64_t number(const struct json_object *process,
		       const struct column *column)
{
	const struct json_object *stat = output_get(process, "stat");

	if (column->kind == TYPE)
		stat = output_get(stat, "bytes");
	return output_get_number(stat, column->key);
}

/* What rows are sorted by, but for the name. */
static double rank(const struct json_object *process,
		   const struct column *column)
{
	switch (column->kind) {
	case PID:
		return -(double)output_get_signed(process, column->key);
	case RATE:
		return output_get_float(process, column->key);
	default:
		return number(process, column);
	}
}

static const struct column *sorted_by;

static int compare(const void *a, const void *b)
{
	const struct json_object *one = *(struct json_object *const *)a;
	const struct json_object *two = *(struct json_object *const *)b;
	double ranks[2];

	if (sorted_by->kind == NAME) {
		int order = strcmp(output_get_string(one, "name"),
				   output_get_string(two, "name"));

		if (order)
			return order;
	} else {
		ranks[0] = rank(one, sorted_by);
		ranks[1] = rank(two, sorted_by);
		if (ranks[0] != ranks[1])
			return ranks[0] > ranks[1] ? -1 : 1;
	}
	return output_get_signed(one, "pid") < output_get_signed(two, "pid") ?
	       -1 : 1;
}

void table_sort(struct json_object *processes, int column)
{
	sorted_by = &columns[column];
	json_object_array_sort(processes, compare);
}

/* A process that is not followed any more has no rate, but a state. */
static void rate_text(char *text, size_t room,
		      const struct json_object *process)
{
	const char *state = output_get_string(output_get(process, "stat"),
					      "state");

	if (!strcmp(state, word_state(VPROC_STATE_ENDED)))
		snprintf(text, room, "%s", state);
	else if (!output_get(process, "rate"))
		snprintf(text, room, "-");
	else
		snprintf(text, room, "%.1f", output_get_float(process, "rate"));
}

static void cell_text(char *text, size_t room,
		      const struct json_object *process,
		      const struct column *column)
{
	static const struct sizes sizes;
	char size[SIZE_TEXT];

	switch (column->kind) {
	case PID:
		snprintf(text, room, "%" PRId64,
			 output_get_signed(process, column->key));
		break;
	case NAME:
		snprintf(text, room, "%s",
			 output_get_string(process, column->key));
		break;
	case COUNT:
		snprintf(text, room, "%" PRIu64, number(process, column));
		break;
	case SIZE:
	case TYPE:
		snprintf(text, room, "%s",
			 size_text(size, number(process, column), &sizes));
		break;
	case RATE:
		rate_text(text, room, process);
		break;
	}
}

/* @process NULL: the heading. */
static const char *line_text(char *text, size_t width,
			     const struct json_object *process)
{
	size_t i, used = 0;
	char cell[64];

	if (width >= TABLE_TEXT)
		width = TABLE_TEXT - 1;
	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct column *column = &columns[i];
		const size_t wide = column->width < 0 ? -column->width :
				    column->width;

		if (used + !!i + wide > width)
			break;
		if (process)
			cell_text(cell, sizeof(cell), process, column);
		/* One that is too wide shows its beginning, and a '+'. */
		if (process && strlen(cell) > wide) {
			cell[wide] = '\0';
			cell[wide - 1] = '+';
		}
		used += sprintf(text + used, "%s%*s", i ? " " : "",
				column->width, process ? cell : column->title);
	}
	return text;
}

const char *table_head(char *text, size_t width)
{
	return line_text(text, width, NULL);
}

const char *table_row(char *text, size_t width,
		      const struct json_object *process)
{
	return line_text(text, width, process);
}
