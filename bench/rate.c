// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: rate
 *
 * How many events in a second read() delivers of a process that does nothing but
 * cause them, none of which is lost.
 */
#define _GNU_SOURCE
#include <err.h>
#include <poll.h>
#include <unistd.h>

#include "bench.h"
#include "ops.h"

#define CALLS	4000ul

static double storm(unsigned long count)
{
	op_protect(count);
	_exit(0);
}

static void measure(int round)
{
	static struct vproc_event events[256];
	struct vproc_stats stats;
	struct target target;
	unsigned long count = 0;
	double start;
	ssize_t size;
	int fd;

	target_start(&target);
	fd = device_attach(target.pid, VPROC_ATTACH_WAIT, 0);
	device_settle(true);
	start = now();
	target_tell(&target, storm, CALLS);
	while ((size = must(read(fd, events, sizeof(events)), "read")) > 0)
		count += size / sizeof(events[0]);
	put_sample(round, count / (now() - start) * 1e9, "rate.read");
	device_ask(fd, VPROC_STATS, &stats);
	if (stats.lost || count < 2 * CALLS)
		errx(1, "%lu events, %llu lost", count, stats.lost);
	close(fd);
	target_stop(&target);
}

int main(void)
{
	for_each_round(round)
		measure(round);
	return 0;
}
