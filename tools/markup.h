/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_MARKUP_H
#define _TOOLS_MARKUP_H

#include <stddef.h>
#include <stdio.h>

/*
 * A copy, to be freed, that is UTF-8 and has no control characters: bytes that
 * are neither are written as /proc/PID/maps writes a newline, \012. XML has no
 * other way to hold them.
 */
char *markup_printable(const char *text);

/*
 * A copy, to be freed, of no more than so many characters: if need be "..." stands
 * for the last.
 */
char *markup_elide(const char *text, size_t characters);

/*
 * Writes what markup_printable() has made so that it is itself in XML and HTML,
 * in an element and in a quoted attribute.
 */
void markup_text(FILE *out, const char *text);

/* Writes JSON so that it stays what it is in a <script> of HTML. */
void markup_json(FILE *out, const char *json);

#endif /* _TOOLS_MARKUP_H */
