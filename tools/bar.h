/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_BAR_H
#define _TOOLS_BAR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Fills @text with @width characters and a terminating zero: '#' for the part
 * of @whole that is in use, '+' for what was in use at most (@peak), '.' for
 * the rest. A part that is not 0 has a character at least, if there is room.
 * Returns @text.
 */
const char *bar_text(char *text, size_t width, uint64_t used, uint64_t peak,
		     uint64_t whole);

/* What part of @whole @part is, in whole percent, 100 at most; 0 of nothing. */
unsigned int percent(uint64_t part, uint64_t whole);

#endif /* _TOOLS_BAR_H */
