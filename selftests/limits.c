// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device cannot be used to hold memory without limit. What is kept is charged
 * to the cgroup of who asked for it, and at its limit a call fails with ENOMEM, or
 * he is killed, and nobody else. What is not charged has a limit of its own.
 *
 * Limits that belong to one thing are tested with it: the size of rings in device.c,
 * waiting children in follow.c, descriptors of a model in model.c.
 */
#define _GNU_SOURCE
#include <sys/resource.h>

#include "check.h"
#include "lib/cgroup.h"

#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED		(MAP_SHARED | MAP_ANONYMOUS)

#define MIB		1048576l
/* Memory is charged in advance, as much for each CPU. */
#define SLACK		(MIB / 2)

static int open_model(unsigned int max_regions)
{
	struct vproc_create create = { .max_regions = max_regions };
	int fd = vproc_open();

	return fd >= 0 && ioctl(fd, VPROC_CREATE, &create) ? -1 : fd;
}

/* One region, and then holes in it. */
static long make_regions(int fd, unsigned long regions)
{
	struct vproc_mmap map = {
		.addr = VPROC_HEAP_START + VPROC_HEAP_LIMIT,
		.size = 2 * regions * PAGE,
		.prot = PROT_READ,
		.flags = PRIVATE | MAP_FIXED,
	};
	struct vproc_range hole = { .addr = map.addr + PAGE, .size = PAGE };

	if (ioctl(fd, VPROC_MAP, &map))
		return -errno;
	for (unsigned long i = 1; i < regions; i++, hole.addr += 2 * PAGE) {
		if (ioctl(fd, VPROC_UNMAP, &hole))
			return -errno;
	}
	return 0;
}

static long hold_regions(const unsigned long *args)
{
	return make_regions(open_model(0), args[0]);
}

static long hold_forks(const unsigned long *args)
{
	int fd = open_model(0);
	long ret = make_regions(fd, 2000);
	struct vproc_fork fork = { 0 };

	for (unsigned long i = 0; i < args[0] && !ret; i++)
		ret = ioctl(fd, VPROC_FORK, &fork) ? -errno : 0;
	return ret;
}

static long hold_pages(const unsigned long *args)
{
	struct vproc_allocate allocate = {
		.size = args[0] * PAGE,
		.prot = PROT_READ | PROT_WRITE,
	};
	struct vproc_touch touch = { 0 };
	int fd = open_model(0);

	if (ioctl(fd, VPROC_ALLOCATE, &allocate))
		return -errno;
	for (unsigned long i = 0; i < args[0]; i++) {
		touch.addr = allocate.addr + i * PAGE;
		if (ioctl(fd, VPROC_WRITE, &touch))
			return -errno;
	}
	return 0;
}

static long hold_trackers(const unsigned long *args)
{
	for (unsigned long i = 0; i < args[0]; i++) {
		if (vproc_open_attached(0, 0) < 0)
			return -errno;
	}
	return 0;
}

static long hold_rings(const unsigned long *args)
{
	const unsigned int slots = 16384;

	for (unsigned long i = 0; i < args[0]; i++) {
		int fd = vproc_open();

		if (fd < 0 || vproc_attach_ring(fd, 0, 0, slots) ||
		    mmap(NULL, PAGE + slots * sizeof(struct vproc_event),
			 PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
			return -errno;
	}
	return 0;
}

/* Make this many events, or a few more. */
static long make_events(const unsigned long *args)
{
	for (unsigned long i = 0; i < args[0]; i += 2) {
		void *at = mmap(NULL, PAGE, PROT_NONE, PRIVATE, -1, 0);

		if (at == MAP_FAILED || munmap(at, PAGE))
			return -errno;
	}
	return 0;
}

static long hold_events(const unsigned long *args)
{
	int fd = vproc_open();

	if (fd < 0 || vproc_attach_ring(fd, 0, 0, 1 << 20))
		return -errno;
	return make_events(args);
}

/* Something that can be held, and how much it takes at the least. */
struct thing {
	const char *name;
	target_fn hold;
	unsigned long count;
	unsigned long bytes;
};

/* What changes its map comes before there are many who take note of it. */
static const struct thing things[] = {
	{ "regions", hold_regions, 16000, 48 },
	{ "forks", hold_forks, 10, 2000 * 48 },
	{ "pages", hold_pages, 24000, 32 },
	{ "events", hold_events, 12000, sizeof(struct vproc_event) },
	{ "trackers", hold_trackers, 20, 48 << 10 },
	{ "rings", hold_rings, 3, 16384 * sizeof(struct vproc_event) },
};

FIXTURE(memory)
{
	struct cgroup cgroup;
	struct target target;
};

FIXTURE_SETUP(memory)
{
	if (geteuid() || cgroup_make(&self->cgroup, "vproc-limits"))
		SKIP(return, "no memory cgroups: errno %d", errno);
	ASSERT_EQ(0, target_start(&self->target));
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "cgroup.procs",
				  self->target.pid));
}

FIXTURE_TEARDOWN(memory)
{
	if (self->target.pid)
		target_kill(&self->target, SIGKILL);
	cgroup_remove(&self->cgroup);
}

/* Memory that is free, or could be made so. */
static long available(void)
{
	static char text[8192];
	char *at = NULL;

	if (vproc_read_proc(0, "../meminfo", text, sizeof(text)) > 0)
		at = strstr(text, "MemAvailable:");
	return at ? strtol(at + strlen("MemAvailable:"), NULL, 10) << 10 : -1;
}

TEST_F(memory, is_charged)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(things); i++) {
		const struct thing *thing = &things[i];
		long least = thing->count * thing->bytes, before, after;

		before = cgroup_read(&self->cgroup, "memory.current");
		ASSERT_LE(0, before);
		EXPECT_EQ(0, target_call(&self->target, thing->hold,
					 thing->count));
		after = cgroup_read(&self->cgroup, "memory.current");
		EXPECT_LT(least - SLACK, after - before) {
			TH_LOG("%s: %ld bytes are charged, there are %ld",
			       thing->name, after - before, least);
		}
	}
}

static long attach_largest(const unsigned long *args)
{
	int fd = vproc_open();

	return fd < 0 || vproc_attach_ring(fd, args[0], 0, 1 << 20) ? -1 : fd;
}

/* Of a tracker, all that have happened being made. */
static long count_events(const unsigned long *args)
{
	struct vproc_stats stats;

	return vproc_stats(args[0], &stats) ? -1 : (long)stats.events;
}

/* Whoever makes it needed: a tracker's memory is its holder's. */
TEST_F(memory, of_events_is_charged_to_the_reader)
{
	const long nr = 32000, least = nr * sizeof(struct vproc_event);
	struct target other;
	long before, after;
	int fd;

	ASSERT_EQ(0, target_start(&other));
	before = cgroup_read(&self->cgroup, "memory.current");
	fd = attach_largest((unsigned long []) { self->target.pid });
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, target_call(&self->target, make_events, nr));
	EXPECT_LE(nr, count_events((unsigned long []) { fd }));
	after = cgroup_read(&self->cgroup, "memory.current");
	/* Its own pages, and the slack. */
	EXPECT_GT(least / 2, after - before) {
		TH_LOG("the tracked process is charged %ld", after - before);
	}
	close(fd);

	/* And the other way round: the reader is in the cgroup. */
	before = cgroup_read(&self->cgroup, "memory.current");
	fd = target_call(&self->target, attach_largest, other.pid);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, target_call(&other, make_events, nr));
	EXPECT_LE(nr, target_call(&self->target, count_events, fd));
	after = cgroup_read(&self->cgroup, "memory.current");
	EXPECT_LT(least - SLACK, after - before) {
		TH_LOG("the reader is charged %ld of %ld", after - before,
		       least);
	}
	EXPECT_EQ(0, target_stop(&other));
}

/*
 * With so much of it that it does not fit: the call fails, or the cgroup's only
 * process is killed. Nobody else notices, and all is given back.
 */
TEST_F(memory, has_an_end)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(things); i++) {
		const struct thing *thing = &things[i];
		long before = available(), most, ret;

		ASSERT_LT(0, before);
		most = cgroup_read(&self->cgroup, "memory.current") + MIB;
		ASSERT_EQ(0, cgroup_write(&self->cgroup, "memory.max", most));
		ret = target_call(&self->target, thing->hold,
				  3 * MIB / thing->bytes);
		/* -1: its end of the channel is closed, as it is dead. */
		EXPECT_TRUE(ret == -ENOMEM || ret == -1) {
			TH_LOG("%s: %ld, errno %d", thing->name, ret, errno);
		}
		EXPECT_GE(most, cgroup_read(&self->cgroup, "memory.current"));
		EXPECT_GT(8 * MIB, before - available()) {
			TH_LOG("%s: %ld bytes are gone", thing->name,
			       before - available());
		}
		EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
		ASSERT_EQ(0, cgroup_remove(&self->cgroup)) {
			TH_LOG("%s: errno %d", thing->name, errno);
		}

		ASSERT_EQ(0, cgroup_make(&self->cgroup, "vproc-limits"));
		ASSERT_EQ(0, target_start(&self->target));
		ASSERT_EQ(0, cgroup_write(&self->cgroup, "cgroup.procs",
					  self->target.pid));
	}
}

/* What a model tells of itself. */
struct state {
	struct vproc_regions head;
	struct vproc_region regions[512];
	struct vproc_stats stats;
};

static int read_state(int fd, struct state *state)
{
	memset(state, 0, sizeof(*state));
	state->head.regions_addr = (uintptr_t)state->regions;
	state->head.count = ARRAY_SIZE(state->regions);
	if (ioctl(fd, VPROC_REGIONS, &state->head) ||
	    vproc_stats(fd, &state->stats))
		return -1;
	state->head.regions_addr = 0;
	return 0;
}

#define EXPECT_REFUSED(error, fd, cmd, arg) do {			\
	static struct state before, after;				\
									\
	ASSERT_EQ(0, read_state(fd, &before));				\
	EXPECT_ERRNO(error, ioctl(fd, cmd, arg));			\
	ASSERT_EQ(0, read_state(fd, &after));				\
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));		\
} while (0)

TEST(regions_of_a_model)
{
	struct vproc_create create = { 0 };
	struct vproc_mmap map = {
		.size = PAGE,
		.prot = PROT_READ,
		.flags = SHARED,
	};
	struct vproc_stack_new stack = { .size = 2 * PAGE };
	struct vproc_range hole = { .size = PAGE };
	struct vproc_mprotect protect = { .size = PAGE };
	struct vproc_info info;
	int fd = open_model(100), other = vproc_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(other, VPROC_INFO, &info));
	create.max_regions = info.max_regions + 1;
	EXPECT_ERRNO(EINVAL, ioctl(other, VPROC_CREATE, &create));
	close(other);

	for (int i = 0; i < 99; i++)
		ASSERT_EQ(0, ioctl(fd, VPROC_MAP, &map));
	map.size = 3 * PAGE;
	ASSERT_EQ(0, ioctl(fd, VPROC_MAP, &map));
	/* As in Linux, one more can be mapped. */
	ASSERT_EQ(0, ioctl(fd, VPROC_STACK_NEW, &stack));
	EXPECT_REFUSED(ENOMEM, fd, VPROC_MAP, &map);
	EXPECT_REFUSED(ENOMEM, fd, VPROC_STACK_NEW, &stack);
	hole.addr = map.addr + PAGE;
	EXPECT_REFUSED(ENOMEM, fd, VPROC_UNMAP, &hole);
	protect.addr = hole.addr;
	EXPECT_REFUSED(ENOMEM, fd, VPROC_PROTECT, &protect);
	hole.addr = map.addr;
	hole.size = 3 * PAGE;
	EXPECT_EQ(0, ioctl(fd, VPROC_UNMAP, &hole));
	close(fd);
}

TEST(stacks_of_a_model)
{
	struct vproc_stack_new stack = { 0 };
	int fd = open_model(0);

	ASSERT_LE(0, fd);
	for (unsigned int i = 0; i < VPROC_MODEL_STACKS; i++) {
		stack = (struct vproc_stack_new) { .size = 2 * PAGE };
		ASSERT_EQ(0, ioctl(fd, VPROC_STACK_NEW, &stack));
	}
	stack = (struct vproc_stack_new) { .size = 2 * PAGE };
	EXPECT_REFUSED(ENOMEM, fd, VPROC_STACK_NEW, &stack);
	close(fd);
}

/* No descriptor is free: the child waits on. */
TEST(descriptors)
{
	struct vproc_open_child child = { 0 };
	struct vproc_stats stats;
	struct rlimit limit, none;
	int fd = vproc_open_attached(0, VPROC_ATTACH_FORK);
	pid_t pid = fork();
	int next;

	if (!pid)
		_exit(0);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	next = dup(0);
	close(next);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = next;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_ERRNO(EMFILE, vproc_open());
	EXPECT_ERRNO(EMFILE, ioctl(fd, VPROC_OPEN_CHILD, &child));
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(1, stats.children);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(0, ioctl(fd, VPROC_OPEN_CHILD, &child));
	EXPECT_EQ(next, child.fd);
	close(child.fd);
	close(fd);
}

TEST_HARNESS_MAIN
