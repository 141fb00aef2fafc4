/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_NAMES_H
#define _TOOLS_NAMES_H

#include <stddef.h>
#include <stdint.h>

/*
 * The names behind the ids of one tracker, as /proc/PID/maps would print them.
 * A file's path changes when it is renamed or deleted: clear the names to have
 * them looked up anew. All zero is an empty cache.
 */
struct names {
	void *tree;
	size_t count;
};

/*
 * The name behind @id, "" if @id is VPROC_NAME_NONE; NULL with errno set if it
 * cannot be had. Valid until the next names_clear().
 */
const char *names_find(struct names *names, int fd, uint32_t id);

void names_clear(struct names *names);

/*
 * A path as /proc/PID/maps prints it, which escapes a newline and nothing else.
 * @to has room for four times as many bytes.
 */
void names_escape(char *to, const char *from);

#endif /* _TOOLS_NAMES_H */
