// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a reader that wants to stay current is given: the ring of events that it
 * maps, what has changed since a state, and many look-ups in one call.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

#include "check.h"

#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define SLOTS		256
#define ROOM		4096

static struct replay replay;
static struct vproc_map map;
static struct vproc_region delta[ROOM];

/* A map that is kept by what VPROC_REGIONS says has changed. */
struct kept {
	__u64 seq;
	unsigned int count;
	struct vproc_region regions[ROOM];
};

static struct kept kept, other;

static void kept_add(struct kept *kept, const struct vproc_region *region)
{
	if (kept->count < ROOM)
		kept->regions[kept->count++] = *region;
}

/* Put one region, or nothing, in place of what is in its range. */
static void kept_carve(struct kept *kept, const struct vproc_region *with)
{
	bool done = with->type == VPROC_TYPE_NONE;

	other.count = 0;
	for (unsigned int i = 0; i < kept->count; i++) {
		struct vproc_region region = kept->regions[i], part = region;

		if (region.start < with->start) {
			if (part.end > with->start)
				part.end = with->start;
			kept_add(&other, &part);
		}
		if (!done && region.end > with->start) {
			kept_add(&other, with);
			done = true;
		}
		if (region.end > with->end) {
			part = region;
			if (part.start < with->end) {
				if (part.inode)
					part.offset += with->end - part.start;
				part.start = with->end;
			}
			kept_add(&other, &part);
		}
	}
	if (!done)
		kept_add(&other, with);
	kept->count = other.count;
	memcpy(kept->regions, other.regions,
	       other.count * sizeof(other.regions[0]));
}

/* Bring it up to date. Returns how many regions came, or -1 and errno. */
static int kept_update(struct kept *kept, int fd, __u64 *flags)
{
	struct vproc_regions regions = {
		.flags = VPROC_REGIONS_SINCE,
		.regions_addr = (uintptr_t)delta,
		.count = ROOM,
		.seq = kept->seq,
	};

	if (ioctl(fd, VPROC_REGIONS, &regions))
		return -1;
	*flags = regions.flags;
	if (!regions.flags)
		kept->count = 0;
	for (unsigned int i = 0; i < regions.count; i++)
		kept_carve(kept, &delta[i]);
	kept->seq = regions.seq;
	return regions.count;
}

static int kept_differs(const struct kept *kept, int fd)
{
	if (vproc_read_map(fd, &map))
		return -1;
	if (map.head.seq != kept->seq || map.head.count != kept->count)
		return 1;
	return memcmp(map.regions, kept->regions,
		      kept->count * sizeof(kept->regions[0])) != 0;
}

FIXTURE(current)
{
	struct target target;
	int fd;
};

FIXTURE_SETUP(current)
{
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vproc_attach_ring(self->fd, self->target.pid,
				       VPROC_ATTACH_EXEC, SLOTS));
	kept.seq = 0;
}

FIXTURE_TEARDOWN(current)
{
	close(self->fd);
	target_stop(&self->target);
}

static long move_brk(const unsigned long *args)
{
	return syscall(SYS_brk, syscall(SYS_brk, 0) + (long)args[0]);
}

TEST_F(current, what_has_changed)
{
	struct target *target = &self->target;
	unsigned long at, size = 32 * PAGE;
	__u64 flags;

	/* All of it, then nothing. */
	ASSERT_LT(5, kept_update(&kept, self->fd, &flags));
	EXPECT_EQ(0, flags);
	EXPECT_EQ(0, kept_differs(&kept, self->fd));
	EXPECT_EQ(0, kept_update(&kept, self->fd, &flags));
	EXPECT_EQ(VPROC_REGIONS_SINCE, flags);

	at = target_syscall(target, SYS_mmap, 0, size, RW, PRIVATE, -1, 0);
	ASSERT_LT(0, (long)at);
	EXPECT_GE(3, kept_update(&kept, self->fd, &flags));
	EXPECT_EQ(VPROC_REGIONS_SINCE, flags);
	EXPECT_EQ(0, kept_differs(&kept, self->fd));
	for (unsigned int i = 0; i < 30; i++) {
		unsigned long page = at + (i * 7 % 32) * PAGE;

		switch (i % 5) {
		case 0:
			target_syscall(target, SYS_munmap, page, PAGE);
			break;
		case 1:
			target_syscall(target, SYS_mmap, page, PAGE, PROT_READ,
				       PRIVATE | MAP_FIXED, -1, 0);
			break;
		case 2:
			target_call(target, move_brk, i * 1000 - 8000);
			break;
		default:
			target_syscall(target, SYS_mprotect, page, PAGE,
				       i % 2 ? RW : PROT_NONE);
		}
		/* One change at a time, or several together. */
		if (i > 15 && i % 4)
			continue;
		EXPECT_LE(0, kept_update(&kept, self->fd, &flags));
		EXPECT_EQ(VPROC_REGIONS_SINCE, flags);
		EXPECT_EQ(0, kept_differs(&kept, self->fd));
	}
}

/* As far back as there are events; else, all of it. */
TEST_F(current, what_has_changed_long_ago)
{
	struct target *target = &self->target;
	char buf[64 * sizeof(struct vproc_event)];
	__u64 flags, before;

	ASSERT_LT(0, kept_update(&kept, self->fd, &flags));
	before = kept.seq;
	ASSERT_EQ(sizeof(buf), read(self->fd, buf, sizeof(buf)) > 0 ?
		  sizeof(buf) : 0);
	while (poll(&(struct pollfd){ self->fd, POLLIN, 0 }, 1, 0) > 0)
		ASSERT_LT(0, read(self->fd, buf, sizeof(buf)));
	/* Nothing has happened since: that is known without them. */
	EXPECT_EQ(0, kept_update(&kept, self->fd, &flags));
	EXPECT_EQ(VPROC_REGIONS_SINCE, flags);
	kept.seq = before - 1;
	EXPECT_LT(5, kept_update(&kept, self->fd, &flags));
	EXPECT_EQ(0, flags);
	for (unsigned int i = 0; i < SLOTS; i++)
		ASSERT_LT(0, target_syscall(target, SYS_mmap, 0, PAGE,
					    i % 2 ? RW : PROT_READ, PRIVATE, -1,
					    0));
	EXPECT_LT(5, kept_update(&kept, self->fd, &flags));
	EXPECT_EQ(0, kept_differs(&kept, self->fd));
}

TEST_F(current, regions_since_bad_input)
{
	struct vproc_regions regions = { .flags = VPROC_REGIONS_SINCE };

	regions.addr = PAGE;
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_REGIONS, &regions));
	regions.addr = 0;
	regions.seq = 1ull << 40;
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_REGIONS, &regions));
	regions.seq = 0;
	regions.flags = 3;
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_REGIONS, &regions));
	regions.flags = VPROC_REGIONS_SINCE;
	EXPECT_EQ(0, ioctl(self->fd, VPROC_REGIONS, &regions));
	EXPECT_LT(5, regions.total);
	EXPECT_EQ(0, regions.count);
}

TEST_F(current, lookup)
{
	static struct vproc_region regions[VPROC_LOOKUP_MAX + 1];
	static __u64 addrs[VPROC_LOOKUP_MAX + 1];
	struct vproc_lookup lookup = {
		.addrs_addr = (uintptr_t)addrs,
		.regions_addr = (uintptr_t)regions,
	};
	unsigned int nr = 0, inside = 0;

	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	for (unsigned int i = 0; i < map.head.count; i++) {
		addrs[nr++] = map.regions[i].start;
		addrs[nr++] = map.regions[i].end - 1;
		addrs[nr++] = map.regions[i].end;
		addrs[nr++] = map.regions[i].start - 1;
	}
	addrs[nr++] = 0;
	addrs[nr++] = ~0ull;
	lookup.count = nr;
	ASSERT_EQ(0, ioctl(self->fd, VPROC_LOOKUP, &lookup));
	EXPECT_EQ(map.head.seq, lookup.seq);
	for (unsigned int i = 0; i < nr; i++) {
		const struct vproc_region *region = vproc_find(&map, addrs[i]);
		const struct vproc_region none = { 0 };

		/* As VPROC_QUERY, without the vsyscall page. */
		if (region && region->name == VPROC_NAME_VSYSCALL)
			region = NULL;
		inside += !!region;
		EXPECT_EQ(0, memcmp(region ? region : &none, &regions[i],
				    sizeof(none)));
	}
	EXPECT_EQ(inside, lookup.count);

	lookup.count = VPROC_LOOKUP_MAX;
	EXPECT_EQ(0, ioctl(self->fd, VPROC_LOOKUP, &lookup));
	lookup.count = 0;
	EXPECT_EQ(0, ioctl(self->fd, VPROC_LOOKUP, &lookup));
	lookup.count = VPROC_LOOKUP_MAX + 1;
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_LOOKUP, &lookup));
	lookup = (struct vproc_lookup){ .count = 1, .flags = 1 };
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_LOOKUP, &lookup));
	lookup = (struct vproc_lookup){ .count = 1, .reserved = 1 };
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_LOOKUP, &lookup));
	lookup = (struct vproc_lookup){ .count = 1,
					.regions_addr = (uintptr_t)regions };
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_LOOKUP, &lookup));
	lookup = (struct vproc_lookup){ .count = 1,
					.addrs_addr = (uintptr_t)addrs };
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_LOOKUP, &lookup));
}

/* A reader of the ring. */
struct ring {
	const struct vproc_ring *head;
	const struct vproc_event *slots;
	size_t size;
	__u64 next;
};

static int ring_map(struct ring *ring, int fd)
{
	void *at;

	ring->size = PAGE + SLOTS * sizeof(struct vproc_event);
	at = mmap(NULL, ring->size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -1;
	ring->head = at;
	ring->slots = at + ring->head->offset;
	return 0;
}

/* Returns 1, 0 if there is none now, or -1 if it was lost. */
static int ring_next(struct ring *ring, struct vproc_event *event)
{
	__u64 head = __atomic_load_n(&ring->head->head, __ATOMIC_ACQUIRE);

	if (ring->next > head)
		return 0;
	*event = ring->slots[ring->next & (ring->head->slots - 1)];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&ring->head->writing, __ATOMIC_RELAXED) >=
	    ring->next + ring->head->slots)
		return -1;
	ring->next++;
	return 1;
}

/* What read() says is in the ring, at once when a system call has returned. */
TEST_F(current, ring)
{
	struct vproc_event event, same;
	struct ring ring;
	long at = 0;

	ASSERT_EQ(0, ring_map(&ring, self->fd));
	EXPECT_EQ(VPROC_RING_VERSION, ring.head->version);
	EXPECT_EQ(SLOTS, ring.head->slots);
	EXPECT_EQ(PAGE, ring.head->offset);
	replay_init(&replay);
	ASSERT_EQ(0, replay_check(&replay, self->fd));
	EXPECT_EQ(replay.seq, ring.head->head);
	ring.next = replay.seq + 1;
	EXPECT_EQ(0, ring_next(&ring, &event));
	for (unsigned int i = 0; i < 3 * SLOTS; i++) {
		at = i % 2 ? target_syscall(&self->target, SYS_munmap, at,
					    PAGE) :
			     target_syscall(&self->target, SYS_mmap, 0, PAGE,
					    PROT_EXEC, PRIVATE, -1, 0);
		/* No call has told vproc to look. */
		ASSERT_EQ(1, ring_next(&ring, &event));
		EXPECT_EQ(i % 2 ? VPROC_EV_CLEAR : VPROC_EV_SET, event.op);
		while (ring_next(&ring, &event) > 0)
			;
	}

	/* Whole, and the same that read() gives. */
	ring.next = ring.head->head - SLOTS + 1;
	do {
		ASSERT_EQ(1, replay_next(&replay, self->fd, &same, false));
	} while (same.seq < ring.next);
	do {
		ASSERT_EQ(1, ring_next(&ring, &event));
		EXPECT_EQ(0, memcmp(&event, &same, sizeof(event)));
	} while (replay_next(&replay, self->fd, &same, false) > 0);
	ring.next = ring.head->head - SLOTS;
	EXPECT_EQ(-1, ring_next(&ring, &event));
	EXPECT_EQ(0, munmap((void *)ring.head, ring.size));
}

#define MANY	4000

/* One call that changes more regions than the log has room for. */
TEST_F(current, ring_after_an_overrun)
{
	struct target *target = &self->target;
	struct ring ring;
	__u64 head;
	long at;

	at = target_syscall(target, SYS_mmap, 0, MANY * PAGE, PROT_READ,
			    PRIVATE, -1, 0);
	ASSERT_LT(0, at);
	for (long i = 0; i < MANY; i += 2)
		ASSERT_EQ(0, target_syscall(target, SYS_madvise, at + i * PAGE,
					    PAGE, MADV_DONTFORK));
	ASSERT_EQ(0, ring_map(&ring, self->fd));
	for (int i = 0; i < 5; i++) {
		ASSERT_EQ(0, target_syscall(target, SYS_mprotect, at,
					    MANY * PAGE,
					    i % 2 ? PROT_READ : RW));
		head = __atomic_load_n(&ring.head->head, __ATOMIC_ACQUIRE);
		ASSERT_EQ(0, vproc_read_map(self->fd, &map));
		EXPECT_EQ(map.head.seq, head);
	}
	EXPECT_EQ(0, munmap((void *)ring.head, ring.size));
}

/* The ring outlives the process, and the descriptor. */
TEST_F(current, ring_after_the_end)
{
	struct vproc_event event = { 0 };
	struct ring ring;

	ASSERT_EQ(0, ring_map(&ring, self->fd));
	ring.next = ring.head->head + 1;
	EXPECT_EQ(0, target_stop(&self->target));
	close(self->fd);
	self->fd = -1;
	while (ring_next(&ring, &event) > 0)
		;
	EXPECT_EQ(VPROC_EV_END, event.op);
	EXPECT_EQ(0, munmap((void *)ring.head, ring.size));
}

TEST_F(current, ring_bad_mappings)
{
	const size_t size = PAGE + SLOTS * sizeof(struct vproc_event);
	int fd = vproc_open();
	char *at;

	EXPECT_ERRNO(ENOTCONN, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
	close(fd);
	fd = self->fd;
	EXPECT_ERRNO(EACCES, mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0));
	EXPECT_ERRNO(EACCES, mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED,
				  fd, 0));
	EXPECT_ERRNO(EINVAL, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
	EXPECT_ERRNO(EINVAL, mmap(NULL, size + PAGE, PROT_READ, MAP_SHARED, fd,
				  0));
	EXPECT_ERRNO(EINVAL, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
				  (size + PAGE - 1) & -PAGE));
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_ERRNO(EACCES, mprotect(at, PAGE, RW));
	EXPECT_ERRNO(EACCES, mprotect(at, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(0, munmap(at, PAGE));
}

/* What is refused has made no ring. */
TEST_F(current, ring_too_large)
{
	struct vproc_event event;
	struct ring ring;
	__u64 seq;

	EXPECT_ERRNO(EINVAL, mmap(NULL, SLOTS * PAGE, PROT_READ, MAP_SHARED,
				  self->fd, 0));
	ASSERT_LT(0, target_syscall(&self->target, SYS_mmap, 0, PAGE,
				    PROT_EXEC, PRIVATE, -1, 0));
	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	seq = map.head.seq;
	ASSERT_EQ(0, ring_map(&ring, self->fd));
	ring.next = seq;
	ASSERT_EQ(1, ring_next(&ring, &event));
	EXPECT_EQ(0, event.seq);
	EXPECT_EQ(0, munmap((void *)ring.head, ring.size));
}

/* The ring is of memory that belongs to the map of who maps it. */
TEST(ring_of_oneself)
{
	struct vproc_event event;
	struct ring ring;
	int fd = vproc_open();
	void *at;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vproc_attach_ring(fd, 0, 0, SLOTS));
	ASSERT_EQ(0, ring_map(&ring, fd));
	EXPECT_SAME(fd, 0);
	while (ring.next = ring.head->head + 1, ring_next(&ring, &event) > 0)
		;
	at = mmap(NULL, PAGE, PROT_EXEC, PRIVATE, -1, 0);
	ASSERT_EQ(1, ring_next(&ring, &event));
	EXPECT_EQ((uintptr_t)at, event.start);
	EXPECT_EQ(0, munmap(at, PAGE));
	ASSERT_EQ(1, ring_next(&ring, &event));
	EXPECT_EQ((uintptr_t)at, event.start);
	EXPECT_EQ(VPROC_EV_CLEAR, event.op);
	EXPECT_EQ(0, munmap((void *)ring.head, ring.size));
	EXPECT_SAME(fd, 0);
	close(fd);
}

static volatile bool stop_changes;

static void *keep_changing(void *data)
{
	(void)data;
	while (!stop_changes) {
		char *at = mmap(NULL, 2 * PAGE, RW, PRIVATE, -1, 0);

		if (at == MAP_FAILED || mprotect(at, PAGE, PROT_READ) ||
		    munmap(at, 2 * PAGE))
			abort();
	}
	return NULL;
}

/* Against writers that never rest: numbers without gaps, or a loss that shows. */
TEST(ring_under_writers)
{
	struct vproc_event event = { 0 };
	unsigned int read = 0, lost = 0;
	pthread_t threads[2];
	struct ring ring;
	int fd, ret;

	fd = vproc_open();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vproc_attach_ring(fd, 0, 0, SLOTS));
	ASSERT_EQ(0, ring_map(&ring, fd));
	ring.next = ring.head->head + 1;
	stop_changes = false;
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, keep_changing,
					    NULL));
	while (read < 20000) {
		ret = ring_next(&ring, &event);
		if (ret > 0) {
			ASSERT_EQ(ring.next - 1, event.seq);
			ASSERT_LE(VPROC_EV_SET, event.op);
			ASSERT_GE(VPROC_EV_LAYOUT, event.op);
			ASSERT_NE(0, event.time);
			read++;
		} else if (ret < 0) {
			ring.next = ring.head->head + 1;
			lost++;
		}
	}
	stop_changes = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	TH_LOG("%u read, %u times behind", read, lost);
	EXPECT_EQ(0, vproc_differences(fd));
	munmap((void *)ring.head, ring.size);
	close(fd);
}

TEST_HARNESS_MAIN
