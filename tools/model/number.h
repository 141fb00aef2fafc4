/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MODEL_NUMBER_H
#define _MODEL_NUMBER_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "variables.h"

/*
 * Numbers are sums of "$name", "0x1f", and "16K": K, M, G, T are powers of
 * 1024, p is pages. What has neither 0x nor a unit depends on where it stands.
 */
enum number_kind {
	NUMBER_ADDRESS,	/* hexadecimal, as /proc/PID/maps writes it */
	NUMBER_SIZE,	/* decimal */
	/*
	 * Refused, unless both are the same: where either may be meant, as in a
	 * variable, or in what is added to an address.
	 */
	NUMBER_EITHER,
};

struct number_context {
	const struct variables *variables;
	uint64_t page_size;
};

/*
 * Reads the @length bytes at @text, all of them. Returns 0, or -1 and what is
 * wrong with them in *@error, to be freed.
 */
int number_parse(const char *text, size_t length, enum number_kind kind,
		 const struct number_context *context, __u64 *value,
		 char **error);

/*
 * Where @text is "ADDRESS-END", not "ADDRESS-16K": the '-' in between. What has
 * a unit after it is subtracted, all else is an end. NULL if it is no range.
 */
const char *number_range(const char *text);

#endif /* _MODEL_NUMBER_H */
