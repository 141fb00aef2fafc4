/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_TEXTDIFF_H
#define _TOOLS_TEXTDIFF_H

#include <stdio.h>

#include "compare.h"

/*
 * Prints what differs between the two sides, "-" before the model's lines and
 * "+" before the kernel's, each with its neighbours. Returns the number of
 * lines that only one side has.
 */
unsigned int textdiff_print(FILE *out, const struct comparison *comparison);

#endif /* _TOOLS_TEXTDIFF_H */
