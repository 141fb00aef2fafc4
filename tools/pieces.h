/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_PIECES_H
#define _TOOLS_PIECES_H

#include "lib/vproc.h"

/**
 * struct piece - addresses to which an event has done one thing
 * @start: first address
 * @end: first address after it
 * @before: the region that they were in; NULL if nothing was mapped
 * @after: the region that they are in now; NULL if nothing is mapped
 * @remapped: something else is there now: what was mapped has gone, and what is
 *	mapped is new. Else only its protection may be different
 */
struct piece {
	__u64 start;
	__u64 end;
	const struct vproc_region *before;
	const struct vproc_region *after;
	bool remapped;
};

/*
 * Calls @each for each piece of the range of a SET or a CLEAR, in the order of
 * addresses; for no other event.
 */
void pieces_each(const struct vproc_history *history,
		 const struct vproc_step *step,
		 void (*each)(const struct piece *piece, void *context),
		 void *context);

/* Is a region backed by a file, and not by memory alone? */
bool region_has_file(const struct vproc_history *history,
		     const struct vproc_region *region, __u64 seq);

#endif /* _TOOLS_PIECES_H */
