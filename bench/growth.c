// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: growth
 *
 * What an event and a query cost with few regions and with many.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <unistd.h>

#include "bench.h"
#include "ops.h"

#define CALLS		1000ul
#define QUERIES		2000ul

static const unsigned long sizes[] = { 100, 1000, 10000, 60000 };

static double query(int fd, unsigned long base, unsigned long count)
{
	double start = now();

	for (unsigned long i = 0; i < QUERIES; i++) {
		struct vproc_query query = { .addr = base + pick(count * PAGE) };

		device_ask(fd, VPROC_QUERY, &query);
	}
	return (now() - start) / QUERIES;
}

static void measure(struct target *target, unsigned long count, int round)
{
	unsigned long base = regions_base(target);
	double free, tracked;
	int fd;

	free = target_call(target, op_protect, CALLS);
	fd = device_attach(target->pid, 0, 0);
	device_settle(true);
	tracked = target_call(target, op_protect, CALLS);
	put_sample(round, free, "growth.untracked.%lu", count);
	put_sample(round, tracked, "growth.tracked.%lu", count);
	/* There and back: two. */
	put_sample(round, (tracked - free) / 2, "growth.event.%lu", count);
	put_sample(round, query(fd, base, count), "growth.query.%lu", count);
	close(fd);
	device_settle(false);
}

int main(void)
{
	struct target targets[ARRAY_SIZE(sizes)];

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		target_start(&targets[i]);
		target_call(&targets[i], regions_make, sizes[i]);
	}
	for_each_round(round)
		for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
			measure(&targets[i], sizes[i], round);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		target_stop(&targets[i]);
	return 0;
}
