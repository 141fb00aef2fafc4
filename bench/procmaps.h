/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel itself offers a reader: /proc/PID/maps, and PROCMAP_QUERY where
 * it has that.
 */
#ifndef _BENCH_PROCMAPS_H
#define _BENCH_PROCMAPS_H

#include <stdbool.h>
#include <sys/types.h>

struct procmaps {
	int fd;
	bool can_query;
};

void procmaps_open(struct procmaps *procmaps, pid_t pid);

/* Read all of the text, without a look at it. Returns the lines. */
unsigned int procmaps_read(struct procmaps *procmaps);

/* Read and parse up to the region of an address, which must be there. */
void procmaps_find(struct procmaps *procmaps, unsigned long addr);

/* PROCMAP_QUERY from region to region, with names if so wanted. */
unsigned int procmaps_walk(struct procmaps *procmaps, bool names);

/* PROCMAP_QUERY of an address, whose region must be there. */
void procmaps_query(struct procmaps *procmaps, unsigned long addr);

#endif /* _BENCH_PROCMAPS_H */
