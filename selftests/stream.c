// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event stream: read, poll, what the events say, and that they give the
 * whole map when they are replayed.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>

#include "check.h"

#ifndef __NR_mseal
#define __NR_mseal	462
#endif

#ifndef PR_SET_VMA
#define PR_SET_VMA		0x53564d41
#define PR_SET_VMA_ANON_NAME	0
#endif

#define NONE	PROT_NONE
#define RW	(PROT_READ | PROT_WRITE)
#define PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED	(MAP_SHARED | MAP_ANONYMOUS)

static struct replay replay;

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Once a process that does one thing only sleeps, it sleeps in that. */
static void wait_until_asleep(pid_t pid)
{
	char state;

	do {
		sched_yield();
		state = target_state(pid);
	} while (state && state != 'S' && state != 'Z');
}

static long map_in_target(struct target *target, unsigned long pages,
			  unsigned long prot, unsigned long flags)
{
	return target_syscall(target, SYS_mmap, 0, pages * PAGE, prot, flags,
			      -1, 0);
}

FIXTURE(stream)
{
	struct target target;
	int fd;
};

FIXTURE_VARIANT(stream)
{
	unsigned int ring;
};

FIXTURE_VARIANT_ADD(stream, small_ring)
{
	.ring = 64,
};

FIXTURE_VARIANT_ADD(stream, default_ring)
{
	.ring = 0,
};

FIXTURE_SETUP(stream)
{
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vproc_attach_ring(self->fd, self->target.pid, 0,
				       variant->ring));
	replay_init(&replay);
}

FIXTURE_TEARDOWN(stream)
{
	close(self->fd);
	target_stop(&self->target);
}

TEST_F(stream, begins_with_the_state)
{
	static struct vproc_map map;
	struct vproc_event event;
	struct vproc_stats stats;

	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	ASSERT_EQ(0, vproc_read_map(self->fd, &map));

	ASSERT_EQ(1, replay_next(&replay, self->fd, &event, false));
	EXPECT_EQ(VPROC_EV_ATTACH, event.op);
	EXPECT_EQ(stats.id, event.start);
	EXPECT_EQ(self->target.pid, event.end);
	ASSERT_EQ(1, replay_next(&replay, self->fd, &event, false));
	EXPECT_EQ(VPROC_EV_LAYOUT, event.op);
	for (unsigned int i = 0; i < stats.regions; i++) {
		ASSERT_EQ(1, replay_next(&replay, self->fd, &event, false));
		EXPECT_EQ(VPROC_EV_SET, event.op);
		EXPECT_EQ(VPROC_CAUSE_ATTACH, event.cause);
		EXPECT_EQ(map.regions[i].start, event.start);
		EXPECT_EQ(map.regions[i].end, event.end);
	}
	EXPECT_EQ(0, replay_next(&replay, self->fd, &event, false));
	EXPECT_EQ(stats.seq, replay.seq);
	EXPECT_EQ(0, replay_compare(&replay, &map));
}

TEST_F(stream, read_sizes)
{
	struct vproc_event events[3];
	const size_t size = sizeof(events[0]);

	EXPECT_ERRNO(EINVAL, read(self->fd, events, 0));
	EXPECT_ERRNO(EINVAL, read(self->fd, events, 1));
	EXPECT_ERRNO(EINVAL, read(self->fd, events, size - 1));
	EXPECT_EQ(size, read(self->fd, events, size));
	EXPECT_EQ(1, events[0].seq);
	EXPECT_EQ(size, read(self->fd, events, 2 * size - 1));
	EXPECT_EQ(2, events[0].seq);
	EXPECT_EQ(3 * size, read(self->fd, events, 3 * size));
	EXPECT_EQ(3, events[0].seq);
	EXPECT_EQ(5, events[2].seq);
}

TEST_F(stream, read_fault)
{
	struct vproc_event event;
	void *nowhere = mmap(NULL, PAGE, NONE, PRIVATE, -1, 0);

	ASSERT_NE(MAP_FAILED, nowhere);
	EXPECT_ERRNO(EFAULT, read(self->fd, nowhere, sizeof(event)));
	EXPECT_ERRNO(EFAULT, read(self->fd, nowhere, PAGE));
	/* Nothing was consumed. */
	ASSERT_EQ(1, replay_next(&replay, self->fd, &event, false));
	EXPECT_EQ(1, event.seq);
}

TEST_F(stream, read_without_waiting)
{
	struct vproc_event event;
	int flags = fcntl(self->fd, F_GETFL);

	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, flags | O_NONBLOCK));
	EXPECT_ERRNO(EAGAIN, read(self->fd, &event, sizeof(event)));
	ASSERT_LT(0, map_in_target(&self->target, 1, NONE, SHARED));
	EXPECT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
}

/* Run @fn with @fd in a child; what it returns is the exit status. */
static pid_t start_reader(int (*fn)(int fd), int fd)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(fn(fd));
	}
	return pid;
}

static int read_one_event(int fd)
{
	struct vproc_event event;

	if (read(fd, &event, sizeof(event)) != sizeof(event))
		return 1;
	return event.op != VPROC_EV_SET || event.cause != VPROC_CAUSE_MMAP;
}

static int poll_for_event(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, -1) != 1 || pollfd.revents != POLLIN;
}

static void ignore_signal(int signal)
{
	(void)signal;
}

static int read_until_signal(int fd)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	struct vproc_event event;

	sigaction(SIGUSR1, &action, NULL);
	return read(fd, &event, sizeof(event)) != -1 || errno != EINTR;
}

TEST_F(stream, read_and_poll_wait)
{
	int (* const waiters[])(int fd) = { poll_for_event, read_one_event };
	int status;

	for (unsigned int i = 0; i < ARRAY_SIZE(waiters); i++) {
		pid_t pid;

		ASSERT_EQ(0, replay_drain(&replay, self->fd));
		pid = start_reader(waiters[i], self->fd);
		wait_until_asleep(pid);
		ASSERT_LT(0, map_in_target(&self->target, 1, NONE, SHARED));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, status);
	}
}

TEST_F(stream, read_is_interrupted)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	pid = start_reader(read_until_signal, self->fd);
	wait_until_asleep(pid);
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(stream, poll_tells_the_end)
{
	struct pollfd pollfd = { .fd = self->fd, .events = POLLIN };
	struct vproc_event event;

	EXPECT_EQ(1, poll(&pollfd, 1, 0));
	EXPECT_EQ(POLLIN, pollfd.revents);
	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	EXPECT_EQ(0, poll(&pollfd, 1, 0));

	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	EXPECT_EQ(1, poll(&pollfd, 1, 0));
	EXPECT_EQ(POLLIN | POLLHUP, pollfd.revents);
	ASSERT_EQ(1, replay_next(&replay, self->fd, &event, true));
	EXPECT_EQ(VPROC_EV_END, event.op);
	EXPECT_EQ(VPROC_CAUSE_DETACH, event.cause);
	EXPECT_EQ(1, poll(&pollfd, 1, 0));
	EXPECT_NE(0, pollfd.revents & POLLHUP);
	EXPECT_EQ(0, read(self->fd, &event, sizeof(event)));
	EXPECT_EQ(0, read(self->fd, &event, sizeof(event)));
}

TEST_F(stream, counts)
{
	struct vproc_stats stats;
	struct vproc_event event;

	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(stats.seq, stats.unread);
	EXPECT_EQ(0, stats.lost);
	ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(stats.seq - 1, stats.unread);
	while (event.seq < stats.seq)
		ASSERT_EQ(sizeof(event), read(self->fd, &event, sizeof(event)));
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(0, stats.unread);
}

/* More changes than any ring here holds: pairs of a mmap() and a munmap(). */
static long change_often(const unsigned long *args)
{
	for (unsigned long i = 0; i < args[0]; i++) {
		void *page = mmap(NULL, PAGE, NONE, SHARED, -1, 0);

		if (page == MAP_FAILED || munmap(page, PAGE))
			return -1;
	}
	return 0;
}

TEST_F(stream, announces_what_was_lost)
{
	const unsigned long changes = variant->ring ? 300 : 9000;
	const __u64 ring = variant->ring ?: 16384;
	struct vproc_stats stats;
	struct vproc_event event;
	__u64 at_attach, lost;

	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	at_attach = replay.seq;
	ASSERT_EQ(0, target_call(&self->target, change_often, changes));
	ASSERT_LT(0, map_in_target(&self->target, 3, NONE, SHARED));

	/* It is known before the reader is told. */
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	lost = stats.lost;
	EXPECT_LT(0, lost);

	/* The number of each event says whether LOST told the truth. */
	ASSERT_EQ(1, replay_next(&replay, self->fd, &event, false));
	EXPECT_EQ(VPROC_EV_LOST, event.op);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	/* The state at attach comes on top of what was asked for. */
	EXPECT_LE(ring, stats.seq - event.seq);
	EXPECT_LE(stats.seq - event.seq, ring + at_attach);
	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	EXPECT_EQ(stats.seq, replay.seq);
	EXPECT_EQ(lost, stats.lost);
	EXPECT_EQ(lost, replay.lost);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(1, replay.ops[VPROC_EV_LOST]);

	/* Only the reader has missed something, not the model. */
	EXPECT_SAME(self->fd, self->target.pid);
	ASSERT_LT(0, map_in_target(&self->target, 1, NONE, SHARED));
	EXPECT_EQ(0, replay_drain(&replay, self->fd));
	EXPECT_SAME(self->fd, self->target.pid);
}

/* The next SET or CLEAR, past what else there is. */
static int next_change(int fd, struct vproc_event *event)
{
	int ret;

	do {
		ret = replay_next(&replay, fd, event, false);
	} while (ret > 0 && event->op != VPROC_EV_SET &&
		 event->op != VPROC_EV_CLEAR);
	return ret;
}

TEST_F(stream, says_what_when_who_and_where)
{
	static struct vproc_map map;
	const struct vproc_region *code;
	struct vproc_event event;
	__u64 before, after;
	long addr;

	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	before = now();
	addr = map_in_target(&self->target, 3, PROT_READ, SHARED);
	after = now();
	ASSERT_LT(0, addr);
	ASSERT_EQ(1, next_change(self->fd, &event));
	EXPECT_EQ(VPROC_EV_SET, event.op);
	EXPECT_EQ(addr, event.start);
	EXPECT_EQ(addr + 3 * PAGE, event.end);
	EXPECT_EQ(0, event.offset);
	EXPECT_EQ(VPROC_PERM_READ | VPROC_PERM_SHARED, event.perm);
	EXPECT_EQ(VPROC_TYPE_SHARED, event.type);
	EXPECT_EQ(VPROC_CAUSE_MMAP, event.cause);
	EXPECT_EQ(SYS_mmap, event.syscall);
	EXPECT_EQ(self->target.pid, event.tid);
	EXPECT_LE(before, event.time);
	EXPECT_LE(event.time, after);
	EXPECT_LE(VPROC_NAME_FIRST, event.file);

	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	code = vproc_find(&map, event.ip);
	ASSERT_NE(NULL, code);
	EXPECT_NE(0, code->perm & VPROC_PERM_EXEC);
	EXPECT_EQ(0, next_change(self->fd, &event));
}

/* More is asked for than there is; the event tells what is true. */
TEST_F(stream, unmapping_more_than_is_there)
{
	struct vproc_event event;
	__u64 cleared = 0;
	long addr = map_in_target(&self->target, 16, NONE, SHARED);

	ASSERT_LT(0, addr);
	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, addr,
				    6 * PAGE));
	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap,
				    addr + 8 * PAGE, 8 * PAGE));
	ASSERT_EQ(0, replay_drain(&replay, self->fd));

	ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap, addr,
				    16 * PAGE));
	while (next_change(self->fd, &event) > 0) {
		EXPECT_EQ(VPROC_EV_CLEAR, event.op);
		EXPECT_EQ(VPROC_CAUSE_MUNMAP, event.cause);
		EXPECT_EQ(SYS_munmap, event.syscall);
		EXPECT_LE(addr, event.start);
		EXPECT_LE(event.end, addr + 16 * PAGE);
		cleared += event.end - event.start;
	}
	EXPECT_LE(2 * PAGE, cleared);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
}

/* Calls that fail, and those that change nothing, leave no trace. */
TEST_F(stream, no_change_no_event)
{
	long addr = map_in_target(&self->target, 4, RW, SHARED);
	__u64 seq;

	ASSERT_LT(0, addr);
	ASSERT_EQ(0, replay_check(&replay, self->fd));
	seq = replay.seq;

	EXPECT_EQ(-1, target_syscall(&self->target, SYS_munmap, addr + 1,
				     PAGE));
	EXPECT_EQ(-1, map_in_target(&self->target, 0, RW, SHARED));
	EXPECT_EQ(-1, target_syscall(&self->target, SYS_mprotect, 0, PAGE, RW));
	EXPECT_EQ(0, target_syscall(&self->target, SYS_madvise, addr, 4 * PAGE,
				    MADV_DONTNEED));
	EXPECT_EQ(self->target.pid, target_syscall(&self->target, SYS_getpid));
	ASSERT_EQ(0, replay_check(&replay, self->fd));
	EXPECT_EQ(seq, replay.seq);
}

/* What a call in the target is to bring about. */
struct call {
	const char *name;
	enum vproc_cause cause;
	/* The number and the arguments; those in pages are made addresses. */
	unsigned long args[TARGET_ARGS];
	/* Bits of arguments that are an offset from the test's mapping. */
	unsigned int relative;
	/* Not every kernel has it. */
	bool optional;
};

#define ARG(n)	(1u << (n))

/* On a mapping of 64 pages, so that each call finds a fresh place in it. */
static const struct call calls[] = {
	{ "mprotect", VPROC_CAUSE_MPROTECT,
	  { SYS_mprotect, PAGE, PAGE, PROT_READ }, ARG(1), false },
	{ "pkey_mprotect", VPROC_CAUSE_MPROTECT,
	  { SYS_pkey_mprotect, 3 * PAGE, PAGE, PROT_READ, -1 }, ARG(1), false },
	{ "mmap over", VPROC_CAUSE_MMAP,
	  { SYS_mmap, 5 * PAGE, PAGE, PROT_READ, PRIVATE | MAP_FIXED, -1, 0 },
	  ARG(1), false },
	{ "madvise", VPROC_CAUSE_MADVISE,
	  { SYS_madvise, 7 * PAGE, PAGE, MADV_DONTFORK }, ARG(1), false },
	{ "mlock", VPROC_CAUSE_MLOCK,
	  { SYS_mlock, 9 * PAGE, PAGE }, ARG(1), false },
	{ "mlock2", VPROC_CAUSE_MLOCK,
	  { SYS_mlock2, 11 * PAGE, PAGE, MLOCK_ONFAULT }, ARG(1), false },
	{ "munlock", VPROC_CAUSE_MLOCK,
	  { SYS_munlock, 11 * PAGE, PAGE }, ARG(1), false },
	{ "mbind", VPROC_CAUSE_MBIND,
	  { SYS_mbind, 13 * PAGE, PAGE, MPOL_LOCAL, 0, 0, 0 }, ARG(1), true },
	{ "mremap to shrink", VPROC_CAUSE_MREMAP,
	  { SYS_mremap, 60 * PAGE, 4 * PAGE, 3 * PAGE, 0 }, ARG(1), false },
	{ "mremap to grow", VPROC_CAUSE_MREMAP,
	  { SYS_mremap, 60 * PAGE, 3 * PAGE, 4 * PAGE, 0 }, ARG(1), false },
	{ "mremap to move", VPROC_CAUSE_MREMAP,
	  { SYS_mremap, 15 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
	    17 * PAGE }, ARG(1) | ARG(5), false },
	{ "mremap to leave it mapped", VPROC_CAUSE_MREMAP,
	  { SYS_mremap, 19 * PAGE, PAGE, PAGE,
	    MREMAP_MAYMOVE | MREMAP_DONTUNMAP | MREMAP_FIXED, 21 * PAGE },
	  ARG(1) | ARG(5), false },
	{ "prctl", VPROC_CAUSE_PRCTL,
	  { SYS_prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, 23 * PAGE, PAGE,
	    (unsigned long)"vproc" }, ARG(3), true },
	{ "mseal", VPROC_CAUSE_MSEAL,
	  { __NR_mseal, 25 * PAGE, PAGE, 0 }, ARG(1), true },
	{ "munmap", VPROC_CAUSE_MUNMAP,
	  { SYS_munmap, 27 * PAGE, 2 * PAGE }, ARG(1), false },
};

static long make_call(struct target *target, const struct call *call,
		      unsigned long base)
{
	unsigned long args[TARGET_ARGS];

	for (unsigned int i = 0; i < TARGET_ARGS; i++)
		args[i] = call->args[i] + (call->relative & ARG(i) ? base : 0);
	return target_run(target, target_fn_syscall, args);
}

TEST_F(stream, says_why)
{
	long base = map_in_target(&self->target, 64, RW, PRIVATE);
	struct vproc_event event;

	ASSERT_LT(0, base);
	ASSERT_EQ(0, replay_check(&replay, self->fd));
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct call *call = &calls[i];
		unsigned int changes = 0;

		if (make_call(&self->target, call, base) < 0) {
			TH_LOG("no %s: errno %d", call->name, errno);
			EXPECT_TRUE(call->optional);
			continue;
		}
		while (next_change(self->fd, &event) > 0) {
			changes++;
			EXPECT_EQ(call->cause, event.cause) {
				TH_LOG("after %s", call->name);
				vproc_show_event(&event);
			}
			EXPECT_EQ(call->args[0], (unsigned long)event.syscall);
			EXPECT_EQ(self->target.pid, event.tid);
		}
		/* Each has split, merged, moved or removed something. */
		EXPECT_LT(0, changes) {
			TH_LOG("after %s", call->name);
		}
		EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	}
}

static long move_brk(const unsigned long *args)
{
	unsigned long brk = syscall(SYS_brk, 0);

	return (unsigned long)syscall(SYS_brk, brk + args[0]) == brk + args[0];
}

/* The stack of the caller reaches down by this many bytes. */
static long grow_stack(const unsigned long *args)
{
	char *bottom = alloca(args[0]);

	__atomic_store_n(bottom, 1, __ATOMIC_RELAXED);
	return __atomic_load_n(bottom, __ATOMIC_RELAXED);
}

static long use_shm(const unsigned long *args)
{
	int id = shmget(IPC_PRIVATE, 3 * PAGE, IPC_CREAT | 0600);
	void *addr = shmat(id, NULL, 0);

	(void)args;
	shmctl(id, IPC_RMID, NULL);
	return (long)addr;
}

TEST_F(stream, says_why_of_brk_stack_and_shm)
{
	static const struct {
		target_fn fn;
		unsigned long arg;
		enum vproc_cause cause;
		int syscall;
	} cases[] = {
		{ move_brk, 5 * PAGE, VPROC_CAUSE_BRK, SYS_brk },
		{ move_brk, -2 * PAGE, VPROC_CAUSE_BRK, SYS_brk },
		{ grow_stack, 512 * 1024, VPROC_CAUSE_STACK, -1 },
		{ use_shm, 0, VPROC_CAUSE_SHM, SYS_shmat },
	};
	struct vproc_event event;
	long ret = 0;

	ASSERT_EQ(0, replay_check(&replay, self->fd));
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int changes = 0;

		ret = target_call(&self->target, cases[i].fn, cases[i].arg);
		ASSERT_LT(0, ret);
		while (next_change(self->fd, &event) > 0) {
			changes++;
			EXPECT_EQ(cases[i].cause, event.cause);
			EXPECT_EQ(cases[i].syscall, event.syscall);
		}
		EXPECT_LT(0, changes);
		EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	}
	ASSERT_EQ(0, target_syscall(&self->target, SYS_shmdt, ret));
	ASSERT_EQ(1, next_change(self->fd, &event));
	EXPECT_EQ(VPROC_EV_CLEAR, event.op);
	EXPECT_EQ(VPROC_CAUSE_SHM, event.cause);
	EXPECT_EQ(SYS_shmdt, event.syscall);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
}

TEST_F(stream, says_why_of_userfaultfd)
{
	int uffd = target_call(&self->target, target_fn_userfaultfd);
	struct vproc_event event;
	unsigned int changes = 0;
	long base;

	if (uffd < 0)
		SKIP(return, "userfaultfd: errno %d", errno);
	base = map_in_target(&self->target, 8, RW, PRIVATE);
	ASSERT_LT(0, base);
	ASSERT_EQ(0, replay_check(&replay, self->fd));
	ASSERT_EQ(0, target_call(&self->target, target_fn_register, uffd,
				 base + 2 * PAGE, PAGE));
	while (next_change(self->fd, &event) > 0) {
		changes++;
		EXPECT_EQ(VPROC_CAUSE_UFFD, event.cause);
		EXPECT_EQ(SYS_ioctl, event.syscall);
	}
	EXPECT_LT(0, changes);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);

	changes = 0;
	ASSERT_EQ(0, target_syscall(&self->target, SYS_close, uffd));
	while (next_change(self->fd, &event) > 0) {
		changes++;
		EXPECT_EQ(VPROC_CAUSE_UFFD, event.cause);
		EXPECT_EQ(SYS_close, event.syscall);
	}
	EXPECT_LT(0, changes);
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
}

/* A heap and a mapping cut to pieces, one change after another. */
TEST_F(stream, replays_to_every_state)
{
	long base = map_in_target(&self->target, 40, RW, PRIVATE);

	ASSERT_LT(0, base);
	for (unsigned long i = 0; i < 12; i++) {
		unsigned long at = base + 3 * i * PAGE;

		ASSERT_EQ(0, target_syscall(&self->target, SYS_mprotect, at,
					    PAGE, i % 2 ? PROT_READ : NONE));
		EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
		ASSERT_EQ(0, target_syscall(&self->target, SYS_munmap,
					    at + PAGE, PAGE));
		EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
		ASSERT_EQ(1, target_call(&self->target, move_brk,
					 i % 3 ? 5001 : -3001));
		EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
	}
	/* All of it heals. */
	ASSERT_EQ(base, target_syscall(&self->target, SYS_mmap, base,
				       40 * PAGE, RW, PRIVATE | MAP_FIXED,
				       -1, 0));
	EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
}

TEST_HARNESS_MAIN
