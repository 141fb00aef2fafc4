/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_SPELLS_H
#define _TOOLS_SPELLS_H

#include <stddef.h>

#include "lib/vproc.h"

/**
 * struct spell - a region for as long as nothing about it changed
 * @region: its bounds and attributes
 * @from: time since when it was so
 * @to: time when it was so no more, or of the last event
 * @from_seq: number of the first moment at which it was so
 * @to_seq: number of the first moment at which it was not, or one more than the
 *	last
 * @set: the event that made it so; NULL: found so after events were lost
 * @mapped: the event since which the same file, or memory, has been there, if
 *	less of it or with other attributes; NULL if events are missing
 * @end: the event that changed or ended it; NULL if there was none
 * @image: in which one of the images
 */
struct spell {
	struct vproc_region region;
	__u64 from;
	__u64 to;
	__u64 from_seq;
	__u64 to_seq;
	const struct vproc_event *set;
	const struct vproc_event *mapped;
	const struct vproc_event *end;
	size_t image;
};

/**
 * struct spells_image - a program, from its exec (or the attach) on
 * @from: since when
 * @to: until when
 * @from_seq: number of its ATTACH or EXEC event
 * @to_seq: number of the event that ended it, or one more than the last
 * @program: id of the file that it runs; 0 if that is not known
 */
struct spells_image {
	__u64 from;
	__u64 to;
	__u64 from_seq;
	__u64 to_seq;
	__u32 program;
};

/**
 * struct spells_gap - a time about which something is not known
 * @from: since when
 * @to: until when
 * @lost: nothing is known, events having been lost; otherwise: something changed
 *	in it that was noticed only at its end
 */
struct spells_gap {
	__u64 from;
	__u64 to;
	bool lost;
};

/*
 * All of a history's spells, in the order of .from_seq; those that began at
 * once in the order of addresses. The vsyscall page, which no event tells of,
 * is not among them.
 */
struct spells {
	struct spell *list;
	size_t count;
	struct spells_image *images;
	size_t nr_images;
	struct spells_gap *gaps;
	size_t nr_gaps;
};

/*
 * Replays a history, once. What an attach, an exec or a resync tells was there at
 * once, when that began; so is the type that a region has by the place of the
 * heap, which is told just after it. No memory ends the program with a message.
 */
void spells_read(struct spells *spells, const struct vproc_history *history);

void spells_clear(struct spells *spells);

#endif /* _TOOLS_SPELLS_H */
