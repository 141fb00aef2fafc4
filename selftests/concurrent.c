// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trackers of processes that do not stand still.
 */
#define _GNU_SOURCE
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/time.h>

#include "check.h"
#include "lib/busy.h"

#define RW	(PROT_READ | PROT_WRITE)
#define PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED	(MAP_SHARED | MAP_ANONYMOUS)

#define THREADS	4

static struct vproc_map map;
static struct replay replay;

FIXTURE(busy)
{
	struct target target;
	int fd;
};

FIXTURE_SETUP(busy)
{
	ASSERT_EQ(0, busy_init());
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open_attached(self->target.pid,
				       VPROC_ATTACH_CHECK_END);
	ASSERT_LE(0, self->fd);
	replay_init(&replay);
	ASSERT_EQ(0, target_call(&self->target, busy_start, THREADS));
}

FIXTURE_TEARDOWN(busy)
{
	busy_stop();
	close(self->fd);
	target_stop(&self->target);
}

TEST_F(busy, verify)
{
	for (int i = 0; i < 100; i++)
		ASSERT_EQ(0, vproc_differences(self->fd));
	busy_stop();
	ASSERT_EQ(0, target_call(&self->target, busy_join));
	EXPECT_SAME(self->fd, self->target.pid);
	EXPECT_NOTHING_MISSED(self->fd);
}

/* In order, apart, and not empty: what any address space is. */
static bool is_coherent(void)
{
	__u64 end = 0;

	for (unsigned int i = 0; i < map.head.count; i++) {
		const struct vproc_region *region = &map.regions[i];

		if (region->start < end || region->end <= region->start)
			return false;
		end = region->end;
	}
	return true;
}

/* Every state that a query shows is the state the stream has at its number. */
TEST_F(busy, every_state_is_in_the_stream)
{
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(0, vproc_read_map(self->fd, &map));
		ASSERT_TRUE(is_coherent());
		ASSERT_EQ(0, replay_until(&replay, self->fd, map.head.seq));
		/* With an event lost the stream is not complete any more. */
		if (replay.lost)
			break;
		ASSERT_EQ(0, replay_compare(&replay, &map)) {
			replay_show_last(&replay);
		}
	}
	EXPECT_NOTHING_MISSED(self->fd);
}

/* Two calls that return the same number return the same regions. */
TEST_F(busy, same_number_same_state)
{
	static struct vproc_map other;

	for (int i = 0; i < 200; i++) {
		ASSERT_EQ(0, vproc_read_map(self->fd, &map));
		ASSERT_EQ(0, vproc_read_map(self->fd, &other));
		ASSERT_LE(map.head.seq, other.head.seq);
		if (map.head.seq != other.head.seq)
			continue;
		ASSERT_EQ(map.head.count, other.head.count);
		ASSERT_EQ(0, memcmp(map.regions, other.regions,
				    map.head.count * sizeof(map.regions[0])));
	}
}

TEST_F(busy, attach_and_detach)
{
	for (int i = 0; i < 40; i++) {
		int fd = vproc_open_attached(self->target.pid, 0);

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, vproc_differences(fd));
		if (i % 2) {
			ASSERT_EQ(0, ioctl(fd, VPROC_DETACH));
			ASSERT_EQ(0, vproc_read_map(fd, &map));
			ASSERT_TRUE(is_coherent());
		}
		ASSERT_EQ(0, close(fd));
	}
	EXPECT_EQ(0, vproc_differences(self->fd));
	EXPECT_NOTHING_MISSED(self->fd);
}

/* The first tracker goes while its target is busy with the second. */
static atomic_bool asked_enough;

static void *ask_for_all(void *fd)
{
	while (!atomic_load(&asked_enough) &&
	       !vproc_read_map(*(const int *)fd, &map))
		;
	return NULL;
}

static void take_note(int signal)
{
	(void)signal;
}

/* Where a call waits for another one, a signal that says so has it begin anew. */
TEST_F(busy, calls_are_restarted)
{
	const struct sigaction action = {
		.sa_handler = take_note,
		.sa_flags = SA_RESTART,
	};
	const struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { 0 };
	struct vproc_stats stats;
	pthread_t other;
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	ASSERT_EQ(0, pthread_sigmask(SIG_BLOCK, &alarm, NULL));
	ASSERT_EQ(0, pthread_create(&other, NULL, ask_for_all, &self->fd));
	ASSERT_EQ(0, pthread_sigmask(SIG_UNBLOCK, &alarm, NULL));
	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	for (int i = 0; i < 20000; i++)
		ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
	atomic_store(&asked_enough, true);
	ASSERT_EQ(0, pthread_join(other, NULL));
}

TEST_F(busy, close)
{
	int fd = vproc_open_attached(self->target.pid, 0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	for (int i = 0; i < 20; i++)
		ASSERT_EQ(0, vproc_differences(fd));
	ASSERT_EQ(0, close(fd));
	busy_stop();
	EXPECT_EQ(0, target_call(&self->target, busy_join));
}

TEST_F(busy, killed)
{
	struct vproc_stats stats;
	struct vproc_event event;
	int ret;

	for (int i = 0; i < 5; i++)
		ASSERT_EQ(0, vproc_differences(self->fd));
	ASSERT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	do {
		ret = replay_next(&replay, self->fd, &event, true);
		ASSERT_EQ(1, ret);
	} while (event.op != VPROC_EV_END);
	EXPECT_EQ(VPROC_CAUSE_EXIT, event.cause);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(stats.regions, stats.end_checked);
	EXPECT_EQ(0, stats.end_differences);
	EXPECT_EQ(0, stats.missed);
	ASSERT_EQ(0, target_start(&self->target));
}

/* A tracker each for two readers: one reads, the other does not. */
TEST(two_trackers_of_one_task)
{
	static struct replay replays[2];
	struct target target;
	int fds[2];

	ASSERT_EQ(0, target_start(&target));
	for (int i = 0; i < 2; i++) {
		fds[i] = vproc_open_attached(target.pid, 0);
		ASSERT_LE(0, fds[i]);
		replay_init(&replays[i]);
	}
	for (int i = 0; i < 20; i++) {
		ASSERT_LT(0, target_syscall(&target, SYS_mmap, 0,
					    (i + 1) * PAGE, RW, SHARED, -1, 0));
		EXPECT_SAME_REPLAYED(fds[0], target.pid, &replays[0]);
		EXPECT_SAME(fds[1], target.pid);
	}
	EXPECT_SAME_REPLAYED(fds[1], target.pid, &replays[1]);
	close(fds[0]);
	ASSERT_LT(0, target_syscall(&target, SYS_mmap, 0, PAGE, RW, SHARED, -1,
				    0));
	EXPECT_SAME_REPLAYED(fds[1], target.pid, &replays[1]);
	close(fds[1]);
	EXPECT_EQ(0, target_stop(&target));
}

/* More calls at a time than a tracker has operations at hand. */
#define MANY		80
#define AREA_PAGES	4

static struct {
	/* Not there before it is served: who reads it waits. */
	unsigned long *nodes;
	pthread_t threads[MANY];
} many;

/* The page becomes one region with its neighbours. */
static void *merge_once_served(void *page)
{
	syscall(SYS_mbind, page, PAGE, MPOL_DEFAULT, many.nodes, 64, 0);
	return NULL;
}

static long start_merges(const unsigned long *args)
{
	const size_t size = MANY * AREA_PAGES * PAGE;
	char *areas = mmap(NULL, size, RW, PRIVATE, -1, 0);
	long uffd = target_fn_userfaultfd(args);
	unsigned long range[3] = { uffd, 0, PAGE };
	unsigned long first = 1;

	many.nodes = mmap(NULL, PAGE, RW, PRIVATE, -1, 0);
	range[1] = (unsigned long)many.nodes;
	if (uffd < 0 || target_fn_register(range))
		return -1;
	for (unsigned int i = 0; i < MANY; i++) {
		char *area = areas + i * AREA_PAGES * PAGE;

		if (mprotect(area, PAGE, PROT_NONE) ||
		    syscall(SYS_mbind, area + 2 * PAGE, PAGE, MPOL_BIND, &first,
			    64, 0) ||
		    pthread_create(&many.threads[i], NULL, merge_once_served,
				   area + 2 * PAGE))
			return -1;
	}
	/* All of them wait. */
	usleep(500 * 1000);
	return uffd;
}

static long serve_merges(const unsigned long *args)
{
	struct uffdio_zeropage zero = {
		.range = { (unsigned long)many.nodes, PAGE },
	};

	if (ioctl(args[0], UFFDIO_ZEROPAGE, &zero))
		return -1;
	for (unsigned int i = 0; i < MANY; i++)
		pthread_join(many.threads[i], NULL);
	return 0;
}

TEST(many_calls_at_once)
{
	struct vproc_stats stats;
	struct target target;
	long uffd;
	int fd;

	replay_init(&replay);
	ASSERT_EQ(0, target_start(&target));
	fd = vproc_open_attached(target.pid, 0);
	ASSERT_LE(0, fd);
	uffd = target_call(&target, start_merges);
	if (uffd < 0)
		SKIP(return, "userfaultfd, mbind: not here");
	/* What has been done is seen while the calls are in flight. */
	EXPECT_SAME_REPLAYED(fd, target.pid, &replay);
	EXPECT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_LT(0, stats.pending);
	EXPECT_EQ(0, target_call(&target, serve_merges, uffd));
	EXPECT_SAME_REPLAYED(fd, target.pid, &replay);
	EXPECT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(0, stats.pending);
	EXPECT_EQ(0, stats.missed);
	close(fd);
	EXPECT_EQ(0, target_stop(&target));
}

TEST(fifty_processes)
{
	struct target targets[50];
	int fds[ARRAY_SIZE(targets)];
	struct vproc_info info;

	for (unsigned int i = 0; i < ARRAY_SIZE(targets); i++) {
		ASSERT_EQ(0, target_start(&targets[i]));
		fds[i] = vproc_open_attached(targets[i].pid, 0);
		ASSERT_LE(0, fds[i]);
	}
	ASSERT_EQ(0, ioctl(fds[0], VPROC_INFO, &info));
	EXPECT_LE(ARRAY_SIZE(targets), info.trackers);
	for (unsigned int i = 0; i < ARRAY_SIZE(targets); i++) {
		ASSERT_LT(0, target_syscall(&targets[i], SYS_mmap, 0,
					    (i + 1) * PAGE, RW, SHARED, -1, 0));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(targets); i++)
		EXPECT_SAME(fds[i], targets[i].pid);
	for (unsigned int i = 0; i < ARRAY_SIZE(targets); i++) {
		EXPECT_NOTHING_MISSED(fds[i]);
		EXPECT_EQ(0, target_stop(&targets[i]));
		EXPECT_EQ(0, close(fds[i]));
	}
}

/* Both in one program: its threads change its map, and it asks about itself. */
TEST(self_with_threads)
{
	int fd;

	ASSERT_EQ(0, busy_init());
	fd = vproc_open_attached(0, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, busy_start((unsigned long [TARGET_ARGS]) { THREADS }));
	for (int i = 0; i < 100; i++)
		ASSERT_EQ(0, vproc_differences(fd));
	busy_stop();
	busy_join(NULL);
	EXPECT_SAME(fd, 0);
	EXPECT_NOTHING_MISSED(fd);
	close(fd);
}

TEST_HARNESS_MAIN
