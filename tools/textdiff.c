// SPDX-License-Identifier: GPL-2.0-only
/*
 * The difference of two texts as /proc/PID/maps has them.
 *
 * Both are sorted by address, so they are merged rather than searched for
 * their longest common part.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "textdiff.h"

/* What is left of a text; @line is its first line, without the newline. */
struct cursor {
	const char *line;
	size_t length;
	const char *end;
};

static void set_line(struct cursor *cursor, const char *line)
{
	const char *newline;

	cursor->line = line;
	newline = memchr(line, '\n', cursor->end - line);
	cursor->length = (newline ? newline : cursor->end) - line;
}

static struct cursor start(const char *text, size_t size)
{
	struct cursor cursor = { .end = text + size };

	set_line(&cursor, text);
	return cursor;
}

static bool at_end(const struct cursor *cursor)
{
	return cursor->line == cursor->end;
}

static void step(struct cursor *cursor)
{
	const char *next = cursor->line + cursor->length;

	set_line(cursor, next < cursor->end ? next + 1 : next);
}

static uint64_t address(const struct cursor *cursor)
{
	return at_end(cursor) ? UINT64_MAX : strtoull(cursor->line, NULL, 16);
}

static bool same_line(const struct cursor *a, const struct cursor *b)
{
	return a->length == b->length && !memcmp(a->line, b->line, a->length);
}

static void print_line(FILE *out, char sign, const struct cursor *cursor)
{
	fprintf(out, "%c%.*s\n", sign, (int)cursor->length, cursor->line);
}

unsigned int textdiff_print(FILE *out, const struct textdiff *diff)
{
	struct cursor old = start(diff->old_text, diff->old_size);
	struct cursor new = start(diff->new_text, diff->new_size);
	struct cursor before = {};
	unsigned int lines = 0;
	bool in_difference = false;

	fprintf(out, "--- %s\n+++ %s\n", diff->old_name, diff->new_name);
	while (!at_end(&old) || !at_end(&new)) {
		if (same_line(&old, &new)) {
			before = old;
			if (in_difference) {
				print_line(out, ' ', &old);
				before.line = NULL;
			}
			in_difference = false;
			step(&old);
			step(&new);
			continue;
		}
		if (!in_difference && before.line)
			print_line(out, ' ', &before);
		in_difference = true;
		lines++;
		if (address(&old) <= address(&new)) {
			print_line(out, '-', &old);
			step(&old);
		} else {
			print_line(out, '+', &new);
			step(&new);
		}
	}
	return lines;
}
