// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arrays that grow.
 */
#include <argp.h>
#include <err.h>
#include <stdlib.h>

#include "grow.h"

void *grow(void *array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = 2 * *room + 16;
	array = reallocarray(array, *room, size);
	if (!array)
		err(argp_err_exit_status, "cannot keep what is to be printed");
	return array;
}
