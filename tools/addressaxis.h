/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_ADDRESSAXIS_H
#define _TOOLS_ADDRESSAXIS_H

#include <stddef.h>

#include "spells.h"

/* Where an address is drawn: 0 at the bottom, 1 at the top. */
struct axis_knot {
	__u64 addr;
	double y;
};

/**
 * struct axis_group - addresses without a hole among them
 * @start: first address
 * @end: first address after it
 * @low: where @start is drawn
 * @high: where @end is drawn
 * @label: what is there: "libraries"
 */
struct axis_group {
	__u64 start;
	__u64 end;
	double low;
	double high;
	char label[48];
};

/**
 * struct axis - the addresses of one image, squeezed so that all can be seen
 * @knots: where addresses are drawn; between two of them it is in proportion
 * @nr_knots: how many
 * @groups: what lies between the holes, in the order of addresses
 * @nr_groups: how many
 *
 * There is a knot wherever a region ever began or ended. What lies between two
 * of them is drawn as high as the logarithm of its pages, so that one page and
 * a gigabyte can be seen side by side. What belongs to one file, or to none, is
 * then made as high as the square root of what its parts would have, so that
 * memory with thousands of small parts leaves room for everything else. A hole
 * is as high as any other hole.
 */
struct axis {
	struct axis_knot *knots;
	size_t nr_knots;
	struct axis_group *groups;
	size_t nr_groups;
};

/*
 * The axis of @count spells of the same image, which runs @program. No memory
 * ends the program with a message.
 */
void axis_make(struct axis *axis, const struct vproc_history *history,
	       const struct spell *spells, size_t count, __u32 program);

double axis_y(const struct axis *axis, __u64 addr);

void axis_clear(struct axis *axis);

#endif /* _TOOLS_ADDRESSAXIS_H */
