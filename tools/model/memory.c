// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that is there.
 */
#define _GNU_SOURCE	/* vasprintf() */
#include <argp.h>
#include <err.h>
#include <stdio.h>

#include "memory.h"

void *need_memory(void *memory)
{
	if (!memory)
		err(argp_err_exit_status, "no memory to go on");
	return memory;
}

char *need_text(const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	return need_memory(text);
}
