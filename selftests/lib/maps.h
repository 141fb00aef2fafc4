/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/PID/maps, parsed: what the queries are checked against.
 */
#ifndef _SELFTESTS_MAPS_H
#define _SELFTESTS_MAPS_H

#include <stdbool.h>

#include "vproc.h"

/**
 * struct maps_line - one line of /proc/PID/maps
 * @name: the name column, escaped as it is there; "" if it is empty
 */
struct maps_line {
	__u64 start;
	__u64 end;
	__u64 offset;
	__u64 inode;
	__u32 dev_major;
	__u32 dev_minor;
	__u16 perm;
	const char *name;
};

struct maps {
	unsigned int count;
	struct maps_line lines[VPROC_MAP_REGIONS];
	char text[VPROC_TEXT_SIZE];
};

/**
 * maps_read() - read and parse /proc/PID/maps
 * @pid: a process at rest; 0: the caller
 *
 * Return: 0, or -1 and errno.
 */
int maps_read(struct maps *maps, pid_t pid);

/* One line, without its newline. 0, or -1: it is none. */
int maps_parse_line(char *text, struct maps_line *line);

/* The line whose name column is @name, or that covers @addr; NULL if none. */
const struct maps_line *maps_find_name(const struct maps *maps,
				       const char *name);
const struct maps_line *maps_find(const struct maps *maps, __u64 addr);

bool maps_has_file(const struct maps_line *line);

/* A region and a line tell the same, names aside. */
bool maps_line_equals(const struct maps_line *line,
		      const struct vproc_region *region);

#endif /* _SELFTESTS_MAPS_H */
