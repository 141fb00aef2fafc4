// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage: memory
 *
 * What trackers take of the kernel's memory, as /proc/meminfo counts it.
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define TRACKERS	64
#define REGIONS		60000ul
#define RING		64	/* the least */

/* Bytes that the kernel has for itself. */
static double kernel_bytes(void)
{
	static const char *const kinds[] = {
		"Slab:", "VmallocUsed:", "Percpu:",
	};
	FILE *file = fopen("/proc/meminfo", "re");
	double sum = 0;
	char name[64];
	long kib;

	if (!file)
		err(1, "/proc/meminfo");
	while (fscanf(file, "%63s %ld%*[^\n]", name, &kib) == 2)
		for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
			if (!strcmp(name, kinds[i]))
				sum += kib * 1024.0;
	fclose(file);
	return sum;
}

/* What is freed later is to be gone, and is not to be taken for a gain. */
static double settled_bytes(void)
{
	usleep(500000);
	return kernel_bytes();
}

static void read_events(int fd, unsigned long count)
{
	static struct vproc_event events[256];

	for (unsigned long done = 0; done < count;)
		done += must(read(fd, events, sizeof(events)), "read") /
			sizeof(events[0]);
}

static void measure(struct target *small, struct target *large, int round)
{
	double before, idle, unread;
	struct vproc_stats stats;
	int fds[TRACKERS], fd;

	/* The first arms the hooks, and is none of those that count. */
	fd = device_attach(small->pid, 0, RING);
	device_settle(true);
	before = settled_bytes();
	for (int i = 0; i < TRACKERS; i++) {
		fds[i] = device_attach(small->pid, 0, RING);
		device_ask(fds[i], VPROC_STATS, &stats);
		read_events(fds[i], stats.unread);
	}
	idle = settled_bytes() - before;
	put_sample(round, idle / TRACKERS, "memory.tracker");
	for (int i = 0; i < TRACKERS; i++)
		close(fds[i]);

	before = settled_bytes();
	fds[0] = device_attach(large->pid, 0, RING);
	unread = settled_bytes() - before;
	device_ask(fds[0], VPROC_STATS, &stats);
	read_events(fds[0], stats.unread);
	put_sample(round, (settled_bytes() - before) / REGIONS, "memory.region");
	put_sample(round, unread / REGIONS, "memory.region-unread");
	close(fds[0]);
	close(fd);
}

int main(void)
{
	struct target small, large;

	target_start(&small);
	target_start(&large);
	target_call(&large, regions_make, REGIONS);
	for_each_round(round)
		measure(&small, &large, round);
	target_stop(&small);
	target_stop(&large);
	return 0;
}
