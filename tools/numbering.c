// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers for pairs: a hash table with open addressing.
 */
#include <stdlib.h>

#include "memory.h"
#include "numbering.h"

/* A pair, and its number plus one; 0: the slot is free. */
struct numbering_slot {
	uint64_t a;
	uint64_t b;
	size_t number;
};

static size_t hash(uint64_t a, uint64_t b)
{
	uint64_t x = (a * 0x9e3779b97f4a7c15u ^ b) * 0xbf58476d1ce4e5b9u;

	return x ^ x >> 32;
}

/* The slot that has a pair, or could have. */
static struct numbering_slot *find_slot(const struct numbering *numbering,
					uint64_t a, uint64_t b)
{
	const size_t mask = numbering->nr_slots - 1;
	size_t at = hash(a, b) & mask;

	while (numbering->slots[at].number &&
	       (numbering->slots[at].a != a || numbering->slots[at].b != b))
		at = (at + 1) & mask;
	return &numbering->slots[at];
}

/* Twice as many slots, so that half of them are free. */
static void add_slots(struct numbering *numbering)
{
	struct numbering old = *numbering;
	size_t i;

	numbering->nr_slots = old.nr_slots ? 2 * old.nr_slots : 64;
	numbering->slots = memory_need(calloc(numbering->nr_slots,
					      sizeof(numbering->slots[0])));
	for (i = 0; i < old.nr_slots; i++) {
		const struct numbering_slot *slot = &old.slots[i];

		if (slot->number)
			*find_slot(numbering, slot->a, slot->b) = *slot;
	}
	free(old.slots);
}

size_t numbering_find(struct numbering *numbering, uint64_t a, uint64_t b)
{
	struct numbering_slot *slot;

	if (2 * numbering->count >= numbering->nr_slots)
		add_slots(numbering);
	slot = find_slot(numbering, a, b);
	if (!slot->number)
		*slot = (struct numbering_slot){ a, b, ++numbering->count };
	return slot->number - 1;
}

void numbering_clear(struct numbering *numbering)
{
	free(numbering->slots);
	*numbering = (struct numbering){};
}
