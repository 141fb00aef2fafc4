// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory, for verbs that can only give up without.
 */
#include <argp.h>
#include <err.h>
#include <stdlib.h>

#include "memory.h"

void *memory_need(void *memory)
{
	if (!memory)
		err(argp_err_exit_status, "there is not enough memory");
	return memory;
}

void *memory_grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = 2 * count + 16;
	return memory_need(reallocarray(array, *room, size));
}
