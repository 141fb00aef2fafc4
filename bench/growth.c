// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: growth
 *
 * What an event and a query cost with few regions and with many: to the process
 * and the device, and to a mirror in user memory.
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "ops.h"
#include "tools/lib/vproc.h"

#define CALLS		1000ul
#define QUERIES		2000ul
/* Without a system call one is so short that what begins a round shows. */
#define FINDS		50000ul

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

/* For the target: regions anywhere become one, and become several again. */
static double change_anywhere(unsigned long count)
{
	for (unsigned long i = 0; i < CALLS; i++) {
		unsigned long page = 2 * pick(count / 2) + 1;
		void *at = (void *)(regions_at + page * PAGE);

		must(mprotect(at, PAGE, PROT_READ | PROT_WRITE), "mprotect");
		must(mprotect(at, PAGE, PROT_READ), "mprotect");
	}
	return 0;
}

static double mirror_event(struct target *target, struct vproc_mirror *mirror,
			   unsigned long count)
{
	struct vproc_mirror_info before, after;
	double time;

	must(vproc_mirror_update(mirror), "vproc_mirror_update");
	vproc_mirror_info(mirror, &before);
	target_call(target, change_anywhere, count);
	time = now();
	must(vproc_mirror_update(mirror), "vproc_mirror_update");
	time = now() - time;
	vproc_mirror_info(mirror, &after);
	if (after.loads != before.loads || after.seq < before.seq + CALLS)
		errx(1, "the mirror has not followed the events");
	return time / (after.seq - before.seq);
}

static double mirror_find(struct vproc_mirror *mirror, unsigned long base,
			  unsigned long count)
{
	double start = now();

	for (unsigned long i = 0; i < FINDS; i++)
		if (!vproc_mirror_find(mirror, base + pick(count * PAGE)))
			err(1, "vproc_mirror_find");
	return (now() - start) / FINDS;
}

static void measure_mirror(struct target *target, unsigned long base, int fd,
			   unsigned long count, int round)
{
	struct vproc_mirror *mirror = vproc_mirror_open(fd);

	if (!mirror)
		err(1, "vproc_mirror_open");
	put_sample(round, mirror_event(target, mirror, count),
		   "growth.mirror-event.%lu", count);
	put_sample(round, mirror_find(mirror, base, count),
		   "growth.mirror-find.%lu", count);
	vproc_mirror_close(mirror);
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
	measure_mirror(target, base, fd, count, round);
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
