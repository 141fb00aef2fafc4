/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_MEMORY_H
#define _MODEL_MEMORY_H

#include <stdarg.h>

/* Without memory these end the program with a message. */

/* What was allocated. */
void *need_memory(void *memory);

/* As vasprintf(); to be freed. */
char *need_text(const char *format, va_list arguments);

#endif /* _MODEL_MEMORY_H */
