// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text in XML and HTML, whatever there may be in the name of a file.
 */
#include <stdlib.h>
#include <string.h>

#include "markup.h"
#include "memory.h"
#include "utf8.h"

/* Not in XML: U+FFFE and U+FFFF. The controls from U+0080 on confuse only. */
static int is_printable(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	switch (length) {
	case 1:
		return byte[0] >= ' ' && byte[0] != 0x7f;
	case 2:
		return byte[0] != 0xc2 || byte[1] >= 0xa0;
	case 3:
		return byte[0] != 0xef || byte[1] != 0xbf || byte[2] < 0xbe;
	}
	return length;
}

char *markup_printable(const char *text)
{
	char *copy = memory_need(malloc(4 * strlen(text) + 1)), *to = copy;

	while (*text) {
		size_t length = utf8_length(text);

		if (is_printable(text, length)) {
			memcpy(to, text, length);
			to += length;
			text += length;
		} else {
			to += sprintf(to, "\\%03o", (unsigned char)*text++);
		}
	}
	*to = '\0';
	return copy;
}

char *markup_elide(const char *text, size_t characters)
{
	static const char ellipsis[] = "\u2026";
	const char *end = text, *last = text;
	char *copy;

	for (; *end && characters; characters--) {
		last = end;
		end += utf8_length(end);
	}
	copy = memory_need(malloc(end - text + sizeof(ellipsis)));
	if (!*end) {
		strcpy(copy, text);
		return copy;
	}
	memcpy(copy, text, last - text);
	strcpy(copy + (last - text), ellipsis);
	return copy;
}

void markup_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			putc(*text, out);
		}
	}
}

/* These are in strings only, where they can be written in another way. */
void markup_json(FILE *out, const char *json)
{
	for (; *json; json++) {
		if (*json == '<')
			fputs("\\u003c", out);
		else
			putc(*json, out);
	}
}
