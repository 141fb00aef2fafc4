// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sizes as people read them.
 */
#include <inttypes.h>
#include <stdio.h>

#include "sizes.h"

static const struct argp_option options[] = {
	{ "bytes", 'b', NULL, 0, "Show sizes in bytes, not as 4.0K or 1.5M", 0 },
	{}
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sizes *sizes = state->input;

	(void)arg;
	if (key != 'b')
		return ARGP_ERR_UNKNOWN;
	sizes->bytes = true;
	return 0;
}

const struct argp sizes_argp = {
	.options = options,
	.parser = parse,
};

const char *size_text(char *text, uint64_t size, const struct sizes *sizes)
{
	const char *unit = "KMGTPE";
	uint64_t rest, tenths;

	if (sizes->bytes || size < 1024) {
		snprintf(text, SIZE_TEXT, "%" PRIu64, size);
		return text;
	}
	/* What would round to 1024 of a unit is 1.0 of the next. */
	for (; size >= 1024 * 1024 - 512; size >>= 10)
		unit++;
	rest = size & 1023;
	tenths = (size >> 10) * 10 + (rest * 10 + 512) / 1024;
	if (tenths < 100)
		snprintf(text, SIZE_TEXT, "%" PRIu64 ".%" PRIu64 "%c",
			 tenths / 10, tenths % 10, *unit);
	else
		snprintf(text, SIZE_TEXT, "%" PRIu64 "%c", (size + 512) >> 10,
			 *unit);
	return text;
}
