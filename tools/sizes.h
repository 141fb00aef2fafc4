/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_SIZES_H
#define _TOOLS_SIZES_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/* How sizes are shown: "1.5M", or with --bytes "1572864". */
struct sizes {
	bool bytes;
};

/* For a verb's argp, as a child: the option --bytes. Its input: struct sizes. */
extern const struct argp sizes_argp;

/* Room for a size as text. */
#define SIZE_TEXT	24

/* Returns @text, which has room for SIZE_TEXT bytes and now holds @size. */
const char *size_text(char *text, uint64_t size, const struct sizes *sizes);

#endif /* _TOOLS_SIZES_H */
