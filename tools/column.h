/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TOOLS_COLUMN_H
#define _TOOLS_COLUMN_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Many numbers as one string of JSON: seven bits a byte, the lowest first, all
 * but the last byte with 128, in base64. Where they are in some order it is their
 * differences that take little room. All zero is an empty one; no memory ends the
 * program with a message.
 */
struct column {
	unsigned char *bytes;
	size_t count;
	size_t room;
	uint64_t last;
};

void column_add(struct column *column, uint64_t value);

/* The difference to the last value, that is not below; or that may be. */
void column_add_step(struct column *column, uint64_t value);
void column_add_signed_step(struct column *column, uint64_t value);

/* @key of @object becomes the column, which is empty then. */
void column_put(struct json_object *object, const char *key,
		struct column *column);

#endif /* _TOOLS_COLUMN_H */
