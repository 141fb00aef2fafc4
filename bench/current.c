// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <err.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "current.h"

#define ROOM	65536u

static __u64 ring_head(const struct current *current)
{
	return __atomic_load_n(&current->ring->head, __ATOMIC_ACQUIRE);
}

void current_open(struct current *current, pid_t pid)
{
	struct vproc_stats stats;
	void *at;

	current->fd = device_attach(pid, 0, 0);
	/* Its first page says all that is asked for here. */
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, current->fd, 0);
	current->regions = calloc(ROOM, sizeof(*current->regions));
	current->session = vproc_session_new(NULL);
	if (at == MAP_FAILED || !current->regions || !current->session)
		err(1, "the ring");
	current->ring = at;
	device_ask(current->fd, VPROC_STATS, &stats);
	current->history = vproc_session_add(current->session, stats.id);
	if (!current->history)
		err(1, "libvproc");
}

static void update_regions(struct current *current)
{
	current->head = (struct vproc_regions) {
		.regions_addr = (uintptr_t)current->regions,
		.count = ROOM,
	};
	device_ask(current->fd, VPROC_REGIONS, &current->head);
	current->seq = current->head.seq;
}

static void update_history(struct current *current)
{
	static struct vproc_event events[256];
	struct pollfd poll_fd = { .fd = current->fd, .events = POLLIN };

	while (poll(&poll_fd, 1, 0) > 0) {
		ssize_t size = must(read(current->fd, events, sizeof(events)),
				    "read");

		must(vproc_history_append(current->history, events,
					  size / sizeof(events[0])),
		     "vproc_history_append");
	}
}

void current_update(struct current *current)
{
	update_regions(current);
	update_history(current);
	if (ring_head(current) != current->seq)
		errx(1, "the ring is at %llu, the map at %llu",
		     ring_head(current), current->seq);
}

static void current_check(struct current *current)
{
	if (ring_head(current) != current->seq)
		current_update(current);
}

const struct vproc_region *current_find(struct current *current, __u64 addr)
{
	size_t low = 0, high;

	current_check(current);
	high = current->head.count;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (current->regions[middle].end > addr)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == current->head.count || current->regions[low].start > addr)
		return NULL;
	return &current->regions[low];
}

int current_history(struct current *current, __u64 addr,
		    struct vproc_region *region)
{
	current_check(current);
	return vproc_history_region(current->history, current->seq, addr,
				    region);
}
