// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers for keys.
 */
#include <stdlib.h>

#include "intern.h"
#include "memory.h"

/* The slot of a key, or the free one where it belongs. */
static uint32_t *find_slot(const struct intern *intern, uint64_t key)
{
	size_t at = (key * 0x9e3779b97f4a7c15ull) >> 32;

	for (;; at++) {
		uint32_t *slot = &intern->slots[at & (intern->nr_slots - 1)];

		if (!*slot || intern->keys[*slot - 1] == key)
			return slot;
	}
}

static void make_slots(struct intern *intern)
{
	size_t i;

	free(intern->slots);
	intern->nr_slots = intern->nr_slots ? 2 * intern->nr_slots : 64;
	intern->slots = memory_need(calloc(intern->nr_slots,
					   sizeof(*intern->slots)));
	for (i = 0; i < intern->count; i++)
		*find_slot(intern, intern->keys[i]) = i + 1;
}

size_t intern_number(struct intern *intern, uint64_t key)
{
	uint32_t *slot;

	if (2 * intern->count >= intern->nr_slots)
		make_slots(intern);
	slot = find_slot(intern, key);
	if (!*slot) {
		intern->keys = memory_grow(intern->keys, intern->count,
					   &intern->room,
					   sizeof(*intern->keys));
		intern->keys[intern->count++] = key;
		*slot = intern->count;
	}
	return *slot - 1;
}

void intern_clear(struct intern *intern)
{
	free(intern->keys);
	free(intern->slots);
	*intern = (struct intern){};
}
