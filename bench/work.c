// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: work NAME OP COUNT
 *
 * Does it so often in each round, and says what one took: for those that watch it
 * from outside, strace and the like.
 */
#include <err.h>
#include <stdlib.h>

#include "bench.h"
#include "ops.h"

int main(int argc, char **argv)
{
	const struct op *op = argc == 4 ? op_find(argv[2]) : NULL;
	unsigned long count = op ? strtoul(argv[3], NULL, 0) : 0;

	if (!count)
		errx(2, "usage: work NAME OP COUNT");
	for_each_round(round)
		put_sample(round, op->run(count), "%s", argv[1]);
	return 0;
}
