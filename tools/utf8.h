/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_UTF8_H
#define _TOOLS_UTF8_H

#include <stddef.h>

/*
 * The length of the UTF-8 sequence that @text begins with; 0 if it is none.
 * Overlong forms, surrogates and what is beyond Unicode are none.
 */
size_t utf8_length(const char *text);

#endif /* _TOOLS_UTF8_H */
