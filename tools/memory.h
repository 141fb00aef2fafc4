/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_MEMORY_H
#define _TOOLS_MEMORY_H

#include <stddef.h>

/* Returns @memory; NULL, as there is none, ends the program with a message. */
void *memory_need(void *memory);

/*
 * Returns @array with room for one more than @count elements of @size bytes,
 * which is noted in @room; no memory ends the program with a message.
 */
void *memory_grow(void *array, size_t count, size_t *room, size_t size);

#endif /* _TOOLS_MEMORY_H */
