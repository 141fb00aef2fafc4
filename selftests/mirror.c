// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mirrors, as libvproc keeps them, of live processes: the map in user memory is
 * that of /proc/PID/maps, and at each number that of the event stream.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "lib/ops.h"
#include "lib/program.h"
#include "tools/lib/vproc.h"

#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define SMALL_RING	64

static struct vproc_snapshot snapshot;
static struct vproc_map map, mirrored;
static struct replay replay;
static char text[VPROC_TEXT_SIZE];

/* All of a mirror, in the form that the other tests compare. */
static int read_mirror(struct vproc_mirror *mirror, struct vproc_map *map)
{
	if (vproc_mirror_snapshot(mirror, &snapshot))
		return -1;
	if (snapshot.count > VPROC_MAP_REGIONS) {
		errno = E2BIG;
		return -1;
	}
	map->head = (struct vproc_regions){
		.count = snapshot.count,
		.total = snapshot.count,
		.seq = snapshot.seq,
		.start_brk = snapshot.start_brk,
		.brk = snapshot.brk,
		.start_stack = snapshot.start_stack,
	};
	memcpy(map->regions, snapshot.regions,
	       snapshot.count * sizeof(map->regions[0]));
	return 0;
}

/* Is it what VPROC_REGIONS says? The process is at rest. */
static int differs_from_device(struct vproc_mirror *mirror)
{
	unsigned int differences = 0;

	/* What a query sees at the latest is in the ring then, too. */
	if (vproc_read_map(vproc_mirror_fd(mirror), &map) ||
	    read_mirror(mirror, &mirrored))
		return -1;
	if (map.head.seq != mirrored.head.seq ||
	    map.head.count != mirrored.head.count ||
	    map.head.brk != mirrored.head.brk)
		return 1;
	for (unsigned int i = 0; i < map.head.count; i++)
		differences += !vproc_region_same(&map.regions[i],
						  &mirrored.regions[i]);
	return differences;
}

/* What /proc/PID/maps says, and then the device. Without it being asked first. */
static int differs(struct vproc_mirror *mirror, pid_t pid)
{
	int differences;

	if (read_mirror(mirror, &mirrored) ||
	    vproc_read_proc(pid, "maps", text, sizeof(text)) < 0)
		return -1;
	differences = vproc_compare_map(vproc_mirror_fd(mirror), &mirrored,
					text);
	return differences ? differences : differs_from_device(mirror);
}

static __u64 loads_of(const struct vproc_mirror *mirror)
{
	struct vproc_mirror_info info;

	vproc_mirror_info(mirror, &info);
	return info.loads;
}

/* For the child: an operation like those of the storm. */
static struct ops ops;

static long start_ops(const unsigned long *args)
{
	return ops_init_process() || ops_init(&ops, args[0], 0) ? -1 : 0;
}

static long step_ops(const unsigned long *args)
{
	for (unsigned long i = 0; i < args[0]; i++)
		ops_step(&ops);
	return 0;
}

/* A target, and a channel for a child of its own. */
FIXTURE(mirror)
{
	struct target target;
	struct target child;
	int fd;
	struct vproc_mirror *mirror;
};

FIXTURE_SETUP(mirror)
{
	ASSERT_EQ(0, target_open(&self->child));
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(mirror)
{
	vproc_mirror_close(self->mirror);
	close(self->fd);
	target_stop(&self->target);
}

TEST_F(mirror, random_operations)
{
	ASSERT_EQ(0, vproc_attach(self->fd, self->target.pid, 0));
	self->mirror = vproc_mirror_open(self->fd);
	ASSERT_NE(NULL, self->mirror);
	ASSERT_EQ(0, differs(self->mirror, self->target.pid));
	ASSERT_EQ(0, target_call(&self->target, start_ops, 1));
	for (unsigned int i = 0; i < 600; i++) {
		ASSERT_EQ(0, target_call(&self->target, step_ops,
					 i % 4 ? 1 : 5));
		ASSERT_EQ(0, differs(self->mirror, self->target.pid));
	}
	EXPECT_EQ(0, vproc_differences(self->fd));
}

/* More happens than the ring holds. */
TEST_F(mirror, random_operations_with_losses)
{
	ASSERT_EQ(0, vproc_attach_ring(self->fd, self->target.pid, 0,
				       SMALL_RING));
	self->mirror = vproc_mirror_open(self->fd);
	ASSERT_NE(NULL, self->mirror);
	ASSERT_EQ(0, target_call(&self->target, start_ops, 2));
	for (unsigned int i = 0; i < 40; i++) {
		ASSERT_EQ(0, target_call(&self->target, step_ops,
					 i % 4 ? 100 : 10));
		ASSERT_EQ(0, differs(self->mirror, self->target.pid));
	}
	EXPECT_LT(10, loads_of(self->mirror));
}

static long run_ops(const unsigned long *args)
{
	if (start_ops(args))
		return -1;
	/* Until it is killed. */
	for (;;)
		ops_step(&ops);
}

/*
 * Against a process that never rests: at each number what the stream says, of
 * which nothing is lost, as the process waits for its reader.
 */
TEST_F(mirror, process_that_never_rests)
{
	unsigned int comparisons = 0;
	pid_t pid;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		const unsigned long args[] = { 3 };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);
		_exit(run_ops(args));
	}
	ASSERT_EQ(pid, waitpid(pid, NULL, WUNTRACED));
	ASSERT_EQ(0, vproc_attach_ring(self->fd, pid, VPROC_ATTACH_WAIT, 4096));
	self->mirror = vproc_mirror_open(self->fd);
	ASSERT_NE(NULL, self->mirror);
	replay_init(&replay);
	ASSERT_EQ(0, kill(pid, SIGCONT));
	mirrored.head.seq = 0;
	while (mirrored.head.seq < 5000) {
		ASSERT_EQ(0, read_mirror(self->mirror, &mirrored));
		ASSERT_EQ(0, replay_until(&replay, self->fd,
					  mirrored.head.seq));
		ASSERT_EQ(0, replay_compare(&replay, &mirrored));
		ASSERT_EQ(0, replay.end.op);
		comparisons++;
	}
	TH_LOG("%llu events, %u comparisons, %llu loads", mirrored.head.seq,
	       comparisons, loads_of(self->mirror));
	EXPECT_EQ(0, replay.lost);
	EXPECT_LT(100, comparisons);
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
}

/* Its last state, names included. */
TEST_F(mirror, outlives_the_process)
{
	struct vproc_mirror_info info;

	self->mirror = vproc_mirror_attach(self->target.pid, 0);
	ASSERT_NE(NULL, self->mirror);
	ASSERT_EQ(0, differs(self->mirror, self->target.pid));
	EXPECT_LT(0, vproc_read_proc(self->target.pid, "maps", text,
				     sizeof(text)));
	EXPECT_EQ(0, target_stop(&self->target));
	do {
		ASSERT_EQ(0, vproc_mirror_update(self->mirror));
		vproc_mirror_info(self->mirror, &info);
	} while (!info.ended);
	EXPECT_EQ(VPROC_CAUSE_EXIT, info.end_cause);
	ASSERT_EQ(0, read_mirror(self->mirror, &mirrored));
	EXPECT_EQ(0, vproc_compare_map(vproc_mirror_fd(self->mirror),
				       &mirrored, text));
	EXPECT_EQ(0, differs_from_device(self->mirror));
	EXPECT_NE(NULL, vproc_mirror_find(self->mirror, (uintptr_t)differs));
}

TEST_F(mirror, of_a_child)
{
	struct vproc_open_child open_child = { .flags = O_CLOEXEC };
	struct vproc_mirror *mirror;
	unsigned long at;
	pid_t pid;

	ASSERT_EQ(0, vproc_attach(self->fd, self->target.pid,
				  VPROC_ATTACH_FORK));
	self->mirror = vproc_mirror_open(self->fd);
	ASSERT_NE(NULL, self->mirror);
	pid = target_call(&self->target, target_fn_fork, self->child.remote);
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, target_syscall(&self->child, SYS_getpid));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_OPEN_CHILD, &open_child));
	mirror = vproc_mirror_open(open_child.fd);
	ASSERT_NE(NULL, mirror);
	EXPECT_EQ(0, differs(mirror, pid));
	at = target_syscall(&self->child, SYS_mmap, 0, PAGE, PROT_EXEC, PRIVATE,
			    -1, 0);
	EXPECT_NE(NULL, vproc_mirror_find(mirror, at));
	EXPECT_EQ(NULL, vproc_mirror_find(self->mirror, at));
	EXPECT_EQ(0, differs(mirror, pid));
	EXPECT_EQ(0, differs(self->mirror, self->target.pid));
	vproc_mirror_close(mirror);
	close(open_child.fd);
	target_stop(&self->child);
}

TEST_F(mirror, over_execs)
{
	const struct preparation preparation = {
		.fd = self->fd,
		.flags = VPROC_ATTACH_EXEC,
	};
	char * const argv[] = {
		"/bin/sh", "-c", "read -r line; exec /bin/cat", NULL
	};
	struct vproc_mirror_info info;
	struct program program;

	ASSERT_EQ(0, program_start(&program, &preparation, argv));
	/* Attached, but perhaps still the one that is to become it. */
	do {
		self->mirror = vproc_mirror_open(self->fd);
	} while (!self->mirror && errno == ENOTCONN);
	ASSERT_NE(NULL, self->mirror);
	ASSERT_EQ(5, write(program.in, "line\n", 5));
	ASSERT_EQ(0, program_set_up(&program));
	EXPECT_EQ(0, differs(self->mirror, program.pid));
	vproc_mirror_info(self->mirror, &info);
	EXPECT_EQ(2, info.execs);
	EXPECT_EQ(program.pid, info.pid);
	EXPECT_FALSE(info.ended);
	EXPECT_EQ(0, program_end(&program));
	EXPECT_EQ(0, differs_from_device(self->mirror));
}

TEST_F(mirror, refused)
{
	struct vproc_create create = { 0 };
	pid_t pid;

	EXPECT_EQ(NULL, vproc_mirror_open(self->fd));
	EXPECT_EQ(ENOTCONN, errno);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_CREATE, &create));
	EXPECT_EQ(NULL, vproc_mirror_open(self->fd));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(NULL, vproc_mirror_open(-1));
	EXPECT_EQ(EBADF, errno);
	pid = self->target.pid;
	EXPECT_EQ(0, target_stop(&self->target));
	EXPECT_EQ(NULL, vproc_mirror_attach(pid, 0));
	EXPECT_EQ(ESRCH, errno);
}

static volatile bool stop_changes;

static void *keep_changing(void *data)
{
	(void)data;
	while (!stop_changes) {
		char *at = mmap(NULL, 4 * PAGE, RW, PRIVATE, -1, 0);

		if (at == MAP_FAILED || mprotect(at + PAGE, PAGE, PROT_READ) ||
		    munmap(at, 4 * PAGE))
			abort();
	}
	return NULL;
}

static bool has_perm(struct vproc_mirror *mirror, const char *at, __u16 perm)
{
	const struct vproc_region *region =
		vproc_mirror_find(mirror, (uintptr_t)at);

	return region && region->perm == perm;
}

/*
 * A mirror of oneself, while other threads change the same map: what a call has
 * changed is there once it has returned.
 */
static void own_changes(struct __test_metadata *_metadata, unsigned int ring)
{
	unsigned int rounds = 3000;
	struct vproc_mirror *mirror;
	pthread_t threads[2];
	char *at;
	int fd;

	fd = vproc_open();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vproc_attach_ring(fd, 0, 0, ring));
	mirror = vproc_mirror_open(fd);
	ASSERT_NE(NULL, mirror);
	stop_changes = false;
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, keep_changing,
					    NULL));
	while (rounds--) {
		at = mmap(NULL, 3 * PAGE, PROT_NONE, PRIVATE, -1, 0);
		ASSERT_NE(MAP_FAILED, at);
		ASSERT_TRUE(has_perm(mirror, at, 0));
		ASSERT_EQ(0, mprotect(at + PAGE, PAGE, PROT_READ | PROT_EXEC));
		ASSERT_TRUE(has_perm(mirror, at + PAGE,
				     VPROC_PERM_READ | VPROC_PERM_EXEC));
		ASSERT_TRUE(has_perm(mirror, at + 2 * PAGE, 0));
		ASSERT_EQ(0, munmap(at + PAGE, PAGE));
		ASSERT_TRUE(has_perm(mirror, at, 0));
		ASSERT_TRUE(has_perm(mirror, at + 2 * PAGE, 0));
		/* Who else maps something there has it readable. */
		ASSERT_FALSE(has_perm(mirror, at + PAGE,
				      VPROC_PERM_READ | VPROC_PERM_EXEC));
		ASSERT_EQ(0, munmap(at, 3 * PAGE));
	}
	stop_changes = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	/* What a snapshot needs is there from the second time on. */
	ASSERT_EQ(0, read_mirror(mirror, &mirrored));
	ASSERT_EQ(0, read_mirror(mirror, &mirrored));
	EXPECT_EQ(0, differs(mirror, 0));
	TH_LOG("%llu loads", loads_of(mirror));
	vproc_mirror_close(mirror);
	close(fd);
}

TEST(of_oneself)
{
	own_changes(_metadata, 0);
}

TEST(of_oneself_with_losses)
{
	own_changes(_metadata, SMALL_RING);
}

TEST_HARNESS_MAIN
