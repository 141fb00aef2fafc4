// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bars made of characters.
 */
#include <string.h>

#include "bar.h"

/* How many of @width characters @part takes, rounded up. */
static size_t characters(uint64_t part, uint64_t whole, size_t width)
{
	double exact;
	size_t count;

	if (!whole || part >= whole)
		return part ? width : 0;
	exact = (double)part * width / whole;
	count = exact;
	return count + (count < exact);
}

const char *bar_text(char *text, size_t width, uint64_t used, uint64_t peak,
		     uint64_t whole)
{
	size_t full = characters(used, whole, width);
	size_t most = characters(peak, whole, width);

	memset(text, '.', width);
	memset(text, '+', most);
	memset(text, '#', full);
	text[width] = '\0';
	return text;
}

unsigned int percent(uint64_t part, uint64_t whole)
{
	if (part >= whole)
		return whole ? 100 : 0;
	return 100.0 * part / whole;
}
