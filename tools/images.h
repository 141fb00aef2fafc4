/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_IMAGES_H
#define _TOOLS_IMAGES_H

#include "figures.h"
#include "sites.h"

/* How large something was. */
struct extent {
	__u64 peak;
	__u64 last;
};

/**
 * struct image - what a process was from its attach, or an exec, to the next
 * @history: the process
 * @number: of the image, from 1
 * @program: the file that it ran, by its number in struct sites; 0 if that is
 *	not known
 * @start: time of its first event
 * @end: time of its last event
 * @end_cause: EXEC, or what the END event says; UNKNOWN if there was none
 * @lost: events that are missing, and are in no figure
 * @known: what is mapped at the end is known
 * @types: bytes by type of region
 * @all: bytes in all
 * @regions: regions
 * @heap: bytes from the start of the heap to the break
 * @stack: bytes of the main stack
 * @figures: what happened
 */
struct image {
	const struct vproc_history *history;
	unsigned int number;
	size_t program;
	__u64 start;
	__u64 end;
	unsigned int end_cause;
	__u64 lost;
	bool known;
	struct extent types[VPROC_NR_TYPES];
	struct extent all;
	struct extent regions;
	struct extent heap;
	struct extent stack;
	struct figures figures;
};

/* All zero is none. */
struct images {
	struct image *list;
	size_t count;
	size_t room;
};

/* Adds those of a process. No memory ends the program with a message. */
void images_add(struct images *images, const struct vproc_history *history,
		struct sites *sites);
void images_clear(struct images *images);

#endif /* _TOOLS_IMAGES_H */
