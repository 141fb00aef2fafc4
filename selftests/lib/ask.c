// SPDX-License-Identifier: GPL-2.0-only
/*
 * Questions to a tracker of which nothing is known but that it is one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ask.h"
#include "life.h"
#include "vproc.h"

#define REGIONS		512
#define EVENTS		64

unsigned long ask_verified;

bool ask_failed(const char *what, long ret, int may, int may_too)
{
	if (ret >= 0)
		return false;
	if (errno != may && errno != may_too)
		life_complain("%s: unexpected errno %d (%s)", what, errno,
			      strerror(errno));
	return true;
}

void ask_stats(int fd)
{
	struct vproc_stats stats;
	bool ended;

	if (ask_failed("STATS", vproc_stats(fd, &stats), 0, 0))
		return;
	if (stats.missed)
		life_complain("STATS: missed %llu changes of %d",
			      (unsigned long long)stats.missed, stats.pid);
	if (stats.end_differences)
		life_complain("STATS: %llu differences at the end of %d",
			      (unsigned long long)stats.end_differences,
			      stats.pid);
	ended = stats.state == VPROC_STATE_ENDED;
	if (stats.state < VPROC_STATE_LIVE || stats.state > VPROC_STATE_ENDED ||
	    ended != !!stats.end_cause)
		life_complain("STATS: state %u, cause %u", stats.state,
			      stats.end_cause);
}

static void check_verify(int fd)
{
	struct vproc_verify verify;

	if (ask_failed("VERIFY", vproc_verify(fd, &verify), ESRCH, 0))
		return;
	__atomic_fetch_add(&ask_verified, 1, __ATOMIC_RELAXED);
	if (verify.differences) {
		vproc_show_verify(&verify);
		life_complain("VERIFY: %llu differences",
			      (unsigned long long)verify.differences);
	}
	if (verify.missed)
		life_complain("VERIFY: missed %llu",
			      (unsigned long long)verify.missed);
}

static void check_query(int fd, __u64 addr)
{
	struct vproc_region region;
	char name[256];

	if (ask_failed("QUERY",
		       vproc_query(fd, addr, VPROC_QUERY_NEXT, &region, name,
				   sizeof(name)), ENOENT, ENAMETOOLONG))
		return;
	if (region.start >= region.end || region.end <= addr)
		life_complain("QUERY: %llx is not in or before %llx-%llx",
			      (unsigned long long)addr,
			      (unsigned long long)region.start,
			      (unsigned long long)region.end);
}

void ask_regions(int fd, __u64 *random)
{
	struct vproc_region regions[REGIONS];
	struct vproc_regions ask = {
		.regions_addr = (uintptr_t)regions,
		.count = REGIONS,
	};
	const struct vproc_region *region;
	struct vproc_file file;
	char name[4096];

	if (ask_failed("REGIONS", ioctl(fd, VPROC_REGIONS, &ask), 0, 0))
		return;
	if (ask.count > ask.total || (ask.total > ask.count &&
				      ask.count != REGIONS))
		life_complain("REGIONS: %u of %u", ask.count, ask.total);
	for (unsigned int i = 0; i < ask.count; i++) {
		if (regions[i].start >= regions[i].end ||
		    (i && regions[i].start < regions[i - 1].end))
			life_complain("REGIONS: no order at %llx-%llx",
				      (unsigned long long)regions[i].start,
				      (unsigned long long)regions[i].end);
	}
	if (!ask.count)
		return;
	region = &regions[life_random(random, ask.count)];
	if (region->name != VPROC_NAME_NONE)
		ask_failed("FILE",
			   vproc_file(fd, region->name, &file, name,
				      sizeof(name)), 0, 0);
}

static void check_heap(int fd)
{
	struct vproc_heap heap;

	if (ask_failed("HEAP", vproc_heap(fd, &heap), 0, 0))
		return;
	if (heap.brk < heap.start || heap.size != heap.brk - heap.start)
		life_complain("HEAP: %llx-%llx",
			      (unsigned long long)heap.start,
			      (unsigned long long)heap.brk);
}

static void check_stacks(int fd)
{
	struct vproc_thread threads[16];
	struct vproc_stacks stacks = {
		.threads_addr = (uintptr_t)threads,
		.count = 16,
	};

	if (ask_failed("STACKS", ioctl(fd, VPROC_STACKS, &stacks), 0, 0))
		return;
	for (unsigned int i = 0; i < stacks.count; i++) {
		if (threads[i].tid && threads[i].bottom <= threads[i].top &&
		    threads[i].used <= threads[i].top)
			continue;
		life_complain("STACKS: thread %u, %llx-%llx, used %llx",
			      threads[i].tid,
			      (unsigned long long)threads[i].bottom,
			      (unsigned long long)threads[i].top,
			      (unsigned long long)threads[i].used);
	}
}

static void check_poll(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	if (poll(&pollfd, 1, 0) < 0 || pollfd.revents & (POLLERR | POLLNVAL))
		life_complain("poll: events %x, errno %d", pollfd.revents,
			      errno);
}

/* As one of several readers: what comes is a part of the stream. */
static void check_read(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	struct vproc_event events[EVENTS];
	ssize_t got;

	/* Another may be quicker, and then this one would have to wait. */
	if (fcntl(fd, F_SETFL, O_NONBLOCK) || poll(&pollfd, 1, 0) < 0)
		life_complain("fcntl, poll: errno %d", errno);
	got = read(fd, events, sizeof(events));
	if (ask_failed("read", got, EAGAIN, 0))
		return;
	if (got % sizeof(events[0]))
		life_complain("read: %zd bytes", got);
	for (unsigned int i = 1; i < got / sizeof(events[0]); i++) {
		if (events[i].seq != events[i - 1].seq + 1 ||
		    events[i - 1].op == VPROC_EV_END)
			life_complain("read: event %llu after %llu",
				      (unsigned long long)events[i].seq,
				      (unsigned long long)events[i - 1].seq);
	}
}

static void check_second_attach(int fd)
{
	if (!vproc_attach(fd, 0, 0))
		life_complain("ATTACH: twice on one file");
	else if (errno != EBUSY)
		life_complain("second ATTACH: errno %d", errno);
}

void ask(int fd, __u64 *random, bool may_read)
{
	switch (life_random(random, 13)) {
	case 0:
		check_query(fd, (__u64)life_random(random, 1u << 31) << 16);
		break;
	case 1:
	case 2:
		ask_regions(fd, random);
		break;
	case 3:
		ask_stats(fd);
		break;
	case 4:
		check_heap(fd);
		break;
	case 5:
	case 6:
	case 7:
		check_verify(fd);
		break;
	case 8:
		check_poll(fd);
		break;
	case 9:
		check_second_attach(fd);
		break;
	case 10:
		check_stacks(fd);
		break;
	default:
		if (may_read)
			check_read(fd);
		break;
	}
}
