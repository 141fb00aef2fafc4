/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_INTERN_H
#define _TOOLS_INTERN_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct intern - keys, each of them once, that are numbered as they come
 * @keys: the keys by their numbers
 * @count: how many
 * @room: how many there is room for
 * @slots: a hash table of numbers plus one; 0 is free
 * @nr_slots: its size, a power of two
 *
 * All zero is an empty one. No memory ends the program with a message.
 */
struct intern {
	uint64_t *keys;
	size_t count;
	size_t room;
	uint32_t *slots;
	size_t nr_slots;
};

/* The number of a key, from 0. */
size_t intern_number(struct intern *intern, uint64_t key);

void intern_clear(struct intern *intern);

#endif /* _TOOLS_INTERN_H */
