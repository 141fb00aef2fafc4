/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_NUMBERING_H
#define _TOOLS_NUMBERING_H

#include <stddef.h>
#include <stdint.h>

struct numbering_slot;

/*
 * Gives numbers to pairs: 0 to the first, 1 to the next that is new, so that
 * they can be places in an array. All zero is one that has given none.
 */
struct numbering {
	struct numbering_slot *slots;
	size_t nr_slots;
	size_t count;
};

/* The number of a pair. No memory ends the program with a message. */
size_t numbering_find(struct numbering *numbering, uint64_t a, uint64_t b);

void numbering_clear(struct numbering *numbering);

#endif /* _TOOLS_NUMBERING_H */
