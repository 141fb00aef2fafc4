/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_REGIONS_H
#define _TOOLS_REGIONS_H

#include <stdint.h>
#include <stdio.h>

#include "vproc_mem.h"

/* All regions of a tracker in one state. All zero is a valid start. */
struct regions {
	struct vproc_region *array;
	uint32_t count;
	uint32_t room;
	__u64 seq;
};

/* The regions as /proc/PID/maps would print them; @text is to be freed. */
struct regions_text {
	char *text;
	size_t size;
	uint32_t count;
	__u64 seq;
};

/* "rwxp", the permission column; @text has room for 5 bytes. */
void region_perm(char *text, unsigned int perm);

/* One line, byte for byte as /proc/PID/maps has it. */
void region_print(FILE *out, const struct vproc_region *region,
		  const char *name);
void region_print_fields(FILE *out, __u64 start, __u64 end, const char *perm,
			 __u64 offset, const char *dev, __u64 inode,
			 const char *name);

/*
 * Reads all regions, and calls @each with every one and its name, as
 * /proc/PID/maps prints it. Return 0, or -1 with errno set.
 */
int regions_each(struct regions *regions, int fd,
		 void (*each)(const struct vproc_region *region,
			      const char *name, void *context),
		 void *context);

/* Return 0, or -1 with errno set. */
int regions_fetch(struct regions *regions, int fd);
int regions_fetch_head(struct regions *regions, int fd,
		       struct vproc_regions *head);
int regions_read_text(struct regions_text *text, int fd);

#endif /* _TOOLS_REGIONS_H */
