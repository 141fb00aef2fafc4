/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_GROW_H
#define _TOOLS_GROW_H

#include <stddef.h>

/*
 * For an array of @count elements of @size bytes that has room for *@room: the
 * array, with room for one more. No memory ends the program with a message.
 */
void *grow(void *array, size_t count, size_t *room, size_t size);

#endif /* _TOOLS_GROW_H */
