// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/maps, parsed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "maps.h"

static __u16 parse_perm(const char *perm)
{
	return (perm[0] == 'r' ? VPROC_PERM_READ : 0) |
	       (perm[1] == 'w' ? VPROC_PERM_WRITE : 0) |
	       (perm[2] == 'x' ? VPROC_PERM_EXEC : 0) |
	       (perm[3] == 's' ? VPROC_PERM_SHARED : 0);
}

int maps_parse_line(char *text, struct maps_line *line)
{
	unsigned long long start, end, offset, inode;
	char perm[5];
	int length = 0;

	if (sscanf(text, "%llx-%llx %4s %llx %x:%x %llu%n", &start, &end, perm,
		   &offset, &line->dev_major, &line->dev_minor, &inode,
		   &length) != 7)
		return -1;
	line->start = start;
	line->end = end;
	line->offset = offset;
	line->inode = inode;
	line->perm = parse_perm(perm);
	line->name = text + length + strspn(text + length, " ");
	return 0;
}

int maps_read(struct maps *maps, pid_t pid)
{
	char *line, *rest = maps->text;

	maps->count = 0;
	if (vproc_read_proc(pid, "maps", maps->text, sizeof(maps->text)) < 0)
		return -1;
	while ((line = strsep(&rest, "\n")) && *line) {
		if (maps->count == VPROC_MAP_REGIONS) {
			errno = E2BIG;
			return -1;
		}
		if (maps_parse_line(line, &maps->lines[maps->count++])) {
			errno = EPROTO;
			return -1;
		}
	}
	return 0;
}

const struct maps_line *maps_find_name(const struct maps *maps,
				       const char *name)
{
	for (unsigned int i = 0; i < maps->count; i++) {
		if (!strcmp(maps->lines[i].name, name))
			return &maps->lines[i];
	}
	return NULL;
}

const struct maps_line *maps_find(const struct maps *maps, __u64 addr)
{
	for (unsigned int i = 0; i < maps->count; i++) {
		const struct maps_line *line = &maps->lines[i];

		if (addr >= line->start && addr < line->end)
			return line;
	}
	return NULL;
}

bool maps_has_file(const struct maps_line *line)
{
	return line->inode || line->dev_major || line->dev_minor;
}

bool maps_line_equals(const struct maps_line *line,
		      const struct vproc_region *region)
{
	return line->start == region->start && line->end == region->end &&
	       line->perm == region->perm && line->offset == region->offset &&
	       line->inode == region->inode &&
	       line->dev_major == region->dev_major &&
	       line->dev_minor == region->dev_minor;
}
