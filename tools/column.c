// SPDX-License-Identifier: GPL-2.0-only
/*
 * Columns of numbers, in little room.
 */
#include <stdlib.h>

#include "column.h"
#include "memory.h"
#include "output.h"

static void add_byte(struct column *column, unsigned char byte)
{
	column->bytes = memory_grow(column->bytes, column->count,
				    &column->room, 1);
	column->bytes[column->count++] = byte;
}

void column_add(struct column *column, uint64_t value)
{
	for (; value >= 128; value >>= 7)
		add_byte(column, 128 | (value & 127));
	add_byte(column, value);
}

void column_add_step(struct column *column, uint64_t value)
{
	column_add(column, value - column->last);
	column->last = value;
}

/* 0, -1, 1, -2, ... become 0, 1, 2, 3, ... */
void column_add_signed_step(struct column *column, uint64_t value)
{
	uint64_t step = value - column->last;

	column_add(column, step >> 63 ? ~(step << 1) : step << 1);
	column->last = value;
}

static char *to_base64(const unsigned char *bytes, size_t count)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = memory_need(malloc((count + 2) / 3 * 4 + 1)), *to = text;
	size_t i, j;

	for (i = 0; i < count; i += 3) {
		uint32_t bits = 0;

		for (j = 0; j < 3; j++)
			bits = bits << 8 | (i + j < count ? bytes[i + j] : 0);
		for (j = 0; j < 4; j++, bits <<= 6)
			*to++ = i + j > count ? '=' : digits[bits >> 18 & 63];
	}
	*to = '\0';
	return text;
}

void column_put(struct json_object *object, const char *key,
		struct column *column)
{
	char *text = to_base64(column->bytes, column->count);

	output_string(object, key, text);
	free(text);
	free(column->bytes);
	*column = (struct column){};
}
