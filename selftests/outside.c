// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes from outside: CPUs that go and come back, memory that runs out, who is
 * frozen, a reader that does not read, rings and logs that are too small, clocks
 * that jump. Trackers go through all of it and are exact; what is lost is said to
 * be, and what was missed is nothing.
 *
 * SIGKILL is in killed.c. All along the module is to be unloaded, which must be
 * refused.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <time.h>

#include "check.h"
#include "lib/busy.h"
#include "lib/calls.h"
#include "lib/cgroup.h"
#include "lib/file.h"
#include "lib/unload.h"

#define RW	(PROT_READ | PROT_WRITE)
#define PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED	(MAP_SHARED | MAP_ANONYMOUS)

#define THREADS	3
#define ROUNDS	3
#define SLOTS	64
#define MIB	1048576ul

/* What takes longer hangs. */
#define PATIENCE_MS	(60 * 1000)

static struct replay replay;

static void pause_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

#define CPU	"/sys/devices/system/cpu/cpu1/online"

/* A process, the test's own tracker of it, and somebody else who may track it. */
FIXTURE(outside)
{
	struct unloader unloader;
	struct target target;
	struct target reader;
	struct cgroup cgroup;
	bool busy;
	int fd;
};

FIXTURE_SETUP(outside)
{
	ASSERT_EQ(0, unloader_start(&self->unloader));
	ASSERT_EQ(0, busy_init());
	ASSERT_EQ(0, target_start(&self->target));
	ASSERT_EQ(0, target_start(&self->reader));
	self->fd = vproc_open_attached(self->target.pid, VPROC_ATTACH_CHECK_END);
	ASSERT_LE(0, self->fd);
	replay_init(&replay);
}

FIXTURE_TEARDOWN(outside)
{
	/* Whatever the test has come to. */
	file_write(CPU, "1");
	if (self->cgroup.path[0])
		cgroup_freeze(&self->cgroup, false);
	busy_stop();
	if (self->target.pid)
		EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	if (self->reader.pid)
		EXPECT_EQ(SIGKILL, target_kill(&self->reader, SIGKILL));
	if (self->cgroup.path[0])
		EXPECT_EQ(0, cgroup_remove(&self->cgroup));
	if (self->fd >= 0)
		EXPECT_NOTHING_MISSED(self->fd);
	close(self->fd);
	EXPECT_EQ(0, vproc_trackers(self->unloader.anchor));
	EXPECT_LT(0, unloader_stop(&self->unloader)) {
		TH_LOG("rmmod: errno %d", errno);
	}
}

#define SELF	FIXTURE_DATA(outside)

static void make_busy(struct __test_metadata *_metadata, SELF *self)
{
	ASSERT_EQ(0, target_call(&self->target, busy_start, THREADS));
	self->busy = true;
}

/* While it goes on, and once it stands still. */
static void check_busy(struct __test_metadata *_metadata, SELF *self)
{
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, vproc_differences(self->fd));
	EXPECT_EQ(0, replay_drain(&replay, self->fd));
}

static void check_at_rest(struct __test_metadata *_metadata, SELF *self)
{
	if (self->busy) {
		busy_stop();
		ASSERT_EQ(0, target_call(&self->target, busy_join));
		self->busy = false;
	}
	EXPECT_SAME(self->fd, self->target.pid);
	EXPECT_NOTHING_MISSED(self->fd);
	EXPECT_EQ(0, replay_drain(&replay, self->fd));
	if (!replay.lost)
		EXPECT_EQ(0, replay_check(&replay, self->fd));
}

/* The last state of one that is no more. */
static void check_end(struct __test_metadata *_metadata, int fd)
{
	struct pollfd pollfd = { .fd = fd };
	struct vproc_stats stats;

	ASSERT_EQ(1, poll(&pollfd, 1, PATIENCE_MS));
	EXPECT_EQ(0, replay_drain(&replay, fd));
	EXPECT_EQ(VPROC_CAUSE_EXIT, replay.end.cause);
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(stats.regions, stats.end_checked);
	EXPECT_NOTHING_MISSED(fd);
	if (!replay.lost)
		EXPECT_EQ(0, replay_check(&replay, fd));
}

static int join_cgroup(SELF *self, const char *name)
{
	/* Only once it is there does the end of the test remove it. */
	struct cgroup cgroup;

	if (cgroup_make(&cgroup, name))
		return -1;
	self->cgroup = cgroup;
	return 0;
}

/* For processes that are told what to do. */

static long attach_to(const unsigned long *args)
{
	int fd = vproc_open();

	return fd < 0 || vproc_attach_ring(fd, args[0], args[1], args[2]) ?
	       -1 : fd;
}

static long change_often(const unsigned long *args)
{
	for (unsigned long i = 0; i < args[0]; i++) {
		char *at = mmap(NULL, 2 * PAGE, RW, PRIVATE, -1, 0);

		if (at == MAP_FAILED || mprotect(at, PAGE, PROT_READ) ||
		    munmap(at, 2 * PAGE))
			return -1;
	}
	return 0;
}

/* Read until the end. Returns how many events there were, if none is lost. */
static long read_all(const unsigned long *args)
{
	struct vproc_event event;
	long count = 0;

	replay_init(&replay);
	while (!replay.end.op) {
		if (replay_next(&replay, args[0], &event, true) <= 0)
			return -1;
		count++;
	}
	return replay.lost || replay_check(&replay, args[0]) ? -1 : count;
}

static long check_tracker(const unsigned long *args)
{
	return vproc_differences(args[0]);
}

static long count_lost(const unsigned long *args)
{
	struct vproc_stats stats;

	if (vproc_stats(args[0], &stats))
		return -1;
	return stats.lost;
}

static long state_of(const unsigned long *args)
{
	struct vproc_stats stats;

	return vproc_stats(args[0], &stats) ? -1 : (long)stats.state;
}

static long do_nothing(const unsigned long *args)
{
	pause_ms(args[0]);
	return 0;
}

static __u64 last_number(int fd)
{
	struct vproc_stats stats;

	return vproc_stats(fd, &stats) ? 0 : stats.seq;
}

/* Something has come since, and nothing comes any more: it waits for its reader. */
static bool comes_to_wait(int fd, __u64 since)
{
	__u64 last = since, seq;
	int same = 0;

	for (unsigned int ms = 0; same < 10; ms += 20) {
		if (ms > PATIENCE_MS)
			return false;
		pause_ms(20);
		seq = last_number(fd);
		same = seq == last && seq != since ? same + 1 : 0;
		last = seq;
	}
	return true;
}

/*
 * CPUs
 */

TEST_F(outside, cpu_goes_and_comes)
{
	if (access(CPU, W_OK))
		SKIP(return, "no second CPU that can be taken away");
	make_busy(_metadata, self);
	for (int i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, file_write(CPU, "0"));
		check_busy(_metadata, self);
		EXPECT_EQ(0, file_write(CPU, "1"));
		check_busy(_metadata, self);
	}
	check_at_rest(_metadata, self);
}

static long run_on_second_cpu(const unsigned long *args)
{
	unsigned long mask = 2;

	(void)args;
	return syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask) < 0;
}

/* What is armed without it is there for it, too; and gone, once it is disarmed. */
TEST_F(outside, cpu_comes_to_armed_hooks)
{
	struct vproc_info info;

	if (access(CPU, W_OK))
		SKIP(return, "no second CPU that can be taken away");
	for (int i = 0; i < 2; i++) {
		close(self->fd);
		ASSERT_TRUE(vproc_wait_for_disarm(self->unloader.anchor, &info));
		ASSERT_EQ(0, info.hooks);
		ASSERT_EQ(0, file_write(CPU, i ? "1" : "0"));
		self->fd = vproc_open_attached(self->target.pid, 0);
		EXPECT_LE(0, self->fd);
		EXPECT_EQ(0, target_call(&self->target, change_often, 10));
		EXPECT_SAME(self->fd, self->target.pid);
		EXPECT_EQ(0, file_write(CPU, i ? "0" : "1"));
		if (!i)
			EXPECT_EQ(0, target_call(&self->target,
						 run_on_second_cpu));
		replay_init(&replay);
		EXPECT_EQ(0, target_call(&self->target, change_often, 10));
		EXPECT_LT(0, target_syscall(&self->target, SYS_mmap, 0, PAGE,
					    RW, PRIVATE, -1, 0));
		check_at_rest(_metadata, self);
	}
	EXPECT_EQ(0, file_write(CPU, "1"));
	check_at_rest(_metadata, self);
}

/*
 * Memory
 */

/* Map and fill, in a cgroup of its own, until the OOM killer comes. */
static void exhaust(struct __test_metadata *_metadata, SELF *self,
		    struct target *target)
{
	long kills = cgroup_read_key(&self->cgroup, "memory.events", "oom_kill");

	ASSERT_EQ(0, cgroup_write(&self->cgroup, "cgroup.procs", target->pid));
	/* Its channel breaks with it. */
	EXPECT_EQ(-1, target_call(target, target_fn_exhaust_memory));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(SIGKILL, target_kill(target, SIGKILL));
	EXPECT_EQ(kills + 1, cgroup_read_key(&self->cgroup, "memory.events",
					     "oom_kill"));
}

/* Of the one that is tracked, and then of the one that tracks it, and another. */
TEST_F(outside, memory_runs_out)
{
	struct target other;
	long fd, second;
	int own;

	ASSERT_EQ(0, target_start(&other));
	own = vproc_open_attached(other.pid, 0);
	ASSERT_LE(0, own);
	if (join_cgroup(self, "vproc-outside"))
		SKIP(return, "no memory cgroups: errno %d", errno);
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "memory.max", 16 * MIB));
	fd = target_call(&self->reader, attach_to, self->target.pid);
	second = target_call(&self->reader, attach_to, other.pid);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, target_call(&other, busy_start, THREADS));

	exhaust(_metadata, self, &self->target);
	check_end(_metadata, self->fd);
	EXPECT_EQ(VPROC_STATE_ENDED, target_call(&self->reader, state_of, fd));
	EXPECT_EQ(0, target_call(&self->reader, check_tracker, second));

	exhaust(_metadata, self, &self->reader);
	/* That of the dead is not one any more, those of the reader are gone. */
	EXPECT_EQ(1, vproc_trackers(own));
	EXPECT_EQ(0, vproc_differences(own));
	busy_stop();
	EXPECT_EQ(0, target_call(&other, busy_join));
	EXPECT_SAME(own, other.pid);
	EXPECT_NOTHING_MISSED(own);
	EXPECT_EQ(0, target_stop(&other));
	close(own);
}

/*
 * Events that nobody reads are the reader's memory, who does nothing at all. It is
 * not who makes them that is killed.
 */
TEST_F(outside, memory_runs_out_by_events)
{
	long most;

	if (join_cgroup(self, "vproc-outside"))
		SKIP(return, "no memory cgroups: errno %d", errno);
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "cgroup.procs",
				  self->reader.pid));
	ASSERT_LE(0, target_call(&self->reader, attach_to, self->target.pid, 0,
				 1 << 20));
	/* What has been charged in advance is given back, by too low a limit. */
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "memory.high", 0));
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "memory.high", 1ul << 40));
	most = cgroup_read(&self->cgroup, "memory.current") + 16 * PAGE;
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "memory.max", most));
	make_busy(_metadata, self);
	EXPECT_EQ(-1, target_call(&self->reader, do_nothing, PATIENCE_MS));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(SIGKILL, target_kill(&self->reader, SIGKILL));
	EXPECT_EQ(1, vproc_trackers(self->fd));
	check_busy(_metadata, self);
	check_at_rest(_metadata, self);
}

/*
 * The freezer
 */

/* Whoever is frozen can be asked about, and attached to; also the end is seen. */
TEST_F(outside, target_is_frozen)
{
	if (join_cgroup(self, "vproc-outside"))
		SKIP(return, "no cgroups: errno %d", errno);
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "cgroup.procs",
				  self->target.pid));
	make_busy(_metadata, self);
	for (int i = 0; i < ROUNDS; i++) {
		int fd = vproc_open_attached(self->target.pid, 0);
		__u64 seq;

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, cgroup_freeze(&self->cgroup, true));
		ASSERT_TRUE(cgroup_wait_frozen(&self->cgroup, true,
					       PATIENCE_MS));
		EXPECT_SAME(self->fd, self->target.pid);
		seq = last_number(self->fd);
		for (const struct call *call = calls_of_trackers; call->name;
		     call++) {
			EXPECT_EQ(0, call->act(fd)) {
				TH_LOG("%s: errno %d", call->name, errno);
			}
		}
		close(fd);
		fd = vproc_open_attached(self->target.pid, 0);
		ASSERT_LE(0, fd);
		EXPECT_SAME(fd, self->target.pid);
		EXPECT_EQ(seq, last_number(self->fd));
		ASSERT_EQ(0, cgroup_freeze(&self->cgroup, false));
		ASSERT_TRUE(cgroup_wait_frozen(&self->cgroup, false,
					       PATIENCE_MS));
		EXPECT_EQ(0, vproc_differences(fd));
		close(fd);
	}
	EXPECT_LT(0, last_number(self->fd));
	ASSERT_EQ(0, cgroup_freeze(&self->cgroup, true));
	ASSERT_TRUE(cgroup_wait_frozen(&self->cgroup, true, PATIENCE_MS));
	EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	check_end(_metadata, self->fd);
}

/* Who is tracked does not notice that its reader is frozen, amid its reading. */
TEST_F(outside, reader_is_frozen)
{
	long fd;

	if (join_cgroup(self, "vproc-outside"))
		SKIP(return, "no cgroups: errno %d", errno);
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "cgroup.procs",
				  self->reader.pid));
	fd = target_call(&self->reader, attach_to, self->target.pid, 0, SLOTS);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, target_begin(&self->reader, read_all,
				  (unsigned long [TARGET_ARGS]) { fd }));
	ASSERT_EQ(0, target_call(&self->target, change_often, 10));
	ASSERT_EQ(0, cgroup_freeze(&self->cgroup, true));
	ASSERT_TRUE(cgroup_wait_frozen(&self->cgroup, true, PATIENCE_MS));
	EXPECT_EQ(0, target_call(&self->target, change_often, 500));
	check_at_rest(_metadata, self);
	ASSERT_EQ(0, cgroup_freeze(&self->cgroup, false));
	EXPECT_EQ(0, target_call(&self->target, change_often, 10));
	EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	/* That it was told of what it has lost makes it say so. */
	EXPECT_EQ(-1, target_finish(&self->reader));
	EXPECT_LT(500, target_call(&self->reader, count_lost, fd));
	check_end(_metadata, self->fd);
}

/* Unless it waits for it: then it goes on where it was, and nothing is lost. */
TEST_F(outside, reader_is_frozen_that_is_waited_for)
{
	__u64 seq;
	long fd;

	if (join_cgroup(self, "vproc-outside"))
		SKIP(return, "no cgroups: errno %d", errno);
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "cgroup.procs",
				  self->reader.pid));
	fd = target_call(&self->reader, attach_to, self->target.pid,
			 VPROC_ATTACH_WAIT, SLOTS);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, target_begin(&self->reader, read_all,
				  (unsigned long [TARGET_ARGS]) { fd }));
	seq = last_number(self->fd);
	ASSERT_EQ(0, target_begin(&self->target, change_often,
				  (unsigned long [TARGET_ARGS]) { 300 }));
	ASSERT_EQ(0, cgroup_freeze(&self->cgroup, true));
	ASSERT_TRUE(cgroup_wait_frozen(&self->cgroup, true, PATIENCE_MS));
	EXPECT_TRUE(comes_to_wait(self->fd, seq));
	EXPECT_EQ(0, vproc_differences(self->fd));
	ASSERT_EQ(0, cgroup_freeze(&self->cgroup, false));
	EXPECT_EQ(0, target_finish(&self->target));
	check_at_rest(_metadata, self);
	EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	EXPECT_LT(900, target_finish(&self->reader));
	check_end(_metadata, self->fd);
}

/* As vproc_mem.h says: the freezer has to wait until its reader has read. */
TEST_F(outside, target_that_waits_is_frozen)
{
	__u64 seq;
	long fd;

	if (join_cgroup(self, "vproc-outside"))
		SKIP(return, "no cgroups: errno %d", errno);
	ASSERT_EQ(0, cgroup_write(&self->cgroup, "cgroup.procs",
				  self->target.pid));
	fd = target_call(&self->reader, attach_to, self->target.pid,
			 VPROC_ATTACH_WAIT, SLOTS);
	ASSERT_LE(0, fd);
	seq = last_number(self->fd);
	ASSERT_EQ(0, target_begin(&self->target, change_often,
				  (unsigned long [TARGET_ARGS]) { 300 }));
	EXPECT_TRUE(comes_to_wait(self->fd, seq));
	ASSERT_EQ(0, cgroup_freeze(&self->cgroup, true));
	EXPECT_FALSE(cgroup_wait_frozen(&self->cgroup, true, 300));
	EXPECT_SAME(self->fd, self->target.pid);
	ASSERT_EQ(0, target_begin(&self->reader, read_all,
				  (unsigned long [TARGET_ARGS]) { fd }));
	EXPECT_TRUE(cgroup_wait_frozen(&self->cgroup, true, PATIENCE_MS));
	EXPECT_SAME(self->fd, self->target.pid);
	ASSERT_EQ(0, cgroup_freeze(&self->cgroup, false));
	EXPECT_EQ(0, target_finish(&self->target));
	check_at_rest(_metadata, self);
	EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	EXPECT_LT(900, target_finish(&self->reader));
}

#define PM_TEST		"/sys/power/pm_test"
#define PM_STATE	"/sys/power/state"
#define PM_DELAY	"/sys/module/suspend/parameters/pm_test_delay"

/* All processes, as for a suspend. Somebody may be busy: it is tried again. */
static int freeze_all(void)
{
	int ret;

	if (file_write(PM_TEST, "freezer") || file_write(PM_DELAY, "1"))
		return -1;
	for (int i = 0; i < 5; i++) {
		ret = file_write(PM_STATE, "freeze");
		if (!ret || errno != EBUSY)
			break;
	}
	file_write(PM_TEST, "none");
	return ret;
}

/* One that is busy, one that waits for its reader, a reader that waits for it. */
TEST_F(outside, all_are_frozen)
{
	struct target waiting;
	__u64 seq;
	long fd;
	int own;

	if (access(PM_TEST, W_OK) || access(PM_DELAY, W_OK))
		SKIP(return, "this kernel cannot freeze all without a suspend");
	ASSERT_EQ(0, target_start(&waiting));
	own = vproc_open();
	ASSERT_EQ(0, vproc_attach_ring(own, waiting.pid, VPROC_ATTACH_WAIT,
				       SLOTS));
	seq = last_number(own);
	ASSERT_EQ(0, target_begin(&waiting, change_often,
				  (unsigned long [TARGET_ARGS]) { 100 }));
	EXPECT_TRUE(comes_to_wait(own, seq));
	fd = target_call(&self->reader, attach_to, self->target.pid, 0,
			 1 << 20);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, target_begin(&self->reader, read_all,
				  (unsigned long [TARGET_ARGS]) { fd }));
	make_busy(_metadata, self);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(0, freeze_all()) {
			TH_LOG("errno %d", errno);
		}
		check_busy(_metadata, self);
		EXPECT_EQ(0, vproc_differences(own));
	}
	check_at_rest(_metadata, self);
	EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	EXPECT_LT(100, target_finish(&self->reader));
	EXPECT_SAME(own, waiting.pid);
	EXPECT_NOTHING_MISSED(own);
	close(own);
	EXPECT_EQ(0, target_finish(&waiting));
	EXPECT_EQ(0, target_stop(&waiting));
}

/*
 * Who does not read
 */

/* Who is tracked goes on, and what is kept has a limit. */
TEST_F(outside, reader_never_reads)
{
	struct vproc_stats stats;
	struct vproc_event event;
	__u64 at_attach;
	int fd = vproc_open();

	ASSERT_EQ(0, vproc_attach_ring(fd, self->target.pid, 0, SLOTS));
	at_attach = last_number(fd);
	for (int i = 0; i < ROUNDS; i++) {
		EXPECT_EQ(0, target_call(&self->target, change_often, 200));
		ASSERT_EQ(0, vproc_stats(fd, &stats));
		EXPECT_LT(600 * i, stats.events);
		EXPECT_LE(SLOTS, stats.unread);
		EXPECT_GE(SLOTS + at_attach, stats.unread);
	}
	EXPECT_SAME(fd, self->target.pid);

	/* Had it: it is told once what it has lost, by its number. */
	ASSERT_EQ(1, replay_next(&replay, fd, &event, false));
	EXPECT_EQ(VPROC_EV_LOST, event.op);
	EXPECT_EQ(stats.seq - stats.unread, event.start);
	EXPECT_EQ(0, replay_drain(&replay, fd));
	EXPECT_EQ(1, replay.ops[VPROC_EV_LOST]);
	EXPECT_EQ(stats.seq, replay.seq);
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(stats.lost, replay.lost);
	EXPECT_NOTHING_MISSED(fd);
	close(fd);
	replay_init(&replay);
	check_at_rest(_metadata, self);
}

/* Who waits for it is free once it is dead, whatever it was about to do. */
TEST_F(outside, reader_never_reads_and_is_waited_for)
{
	__u64 seq;

	ASSERT_LE(0, target_call(&self->reader, attach_to, self->target.pid,
				 VPROC_ATTACH_WAIT, SLOTS));
	seq = last_number(self->fd);
	ASSERT_EQ(0, target_begin(&self->target, change_often,
				  (unsigned long [TARGET_ARGS]) { 300 }));
	EXPECT_TRUE(comes_to_wait(self->fd, seq));
	EXPECT_EQ(0, vproc_differences(self->fd));
	EXPECT_EQ('S', target_state(self->reader.pid));
	EXPECT_EQ(SIGKILL, target_kill(&self->reader, SIGKILL));
	EXPECT_EQ(0, target_finish(&self->target));
	EXPECT_EQ(1, vproc_trackers(self->fd));
	check_at_rest(_metadata, self);
}

/*
 * Overruns
 */

#define MANY	1200

static long make_many(const unsigned long *args)
{
	char *at = mmap(NULL, args[0] * PAGE, PROT_READ, PRIVATE, -1, 0);

	for (unsigned long i = 0; at != MAP_FAILED && i < args[0]; i += 2) {
		if (madvise(at + i * PAGE, PAGE, MADV_DONTFORK))
			return -1;
	}
	return (long)at;
}

/* Nobody else runs on that CPU. */
static int run_alone(unsigned int cpu)
{
	const struct sched_param param = { .sched_priority = 1 };
	unsigned long mask = 1ul << cpu;

	return syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask) < 0 ||
	       sched_setscheduler(0, SCHED_FIFO, &param);
}

/*
 * Changes more regions in one call than the log has room for, at once: whoever
 * applies the log would make room. Leaves the CPU to others thereafter.
 */
static long change_many(const unsigned long *args)
{
	const struct sched_param param = { 0 };
	long ret = run_alone(0);

	if (!ret)
		ret = mprotect((void *)args[0], MANY * PAGE, args[1]);
	sched_setscheduler(0, SCHED_OTHER, &param);
	return ret;
}

/* The same while nobody runs anywhere else. */
static long overrun(SELF *self, unsigned long at, int round)
{
	const unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t pids[64];
	long ret;

	for (unsigned int i = 1; i < cpus && i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (!pids[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			while (!run_alone(i))
				;
			_exit(1);
		}
	}
	ret = target_call(&self->target, change_many, at,
			  round % 2 ? RW : PROT_READ);
	for (unsigned int i = 1; i < cpus && i < ARRAY_SIZE(pids); i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return ret;
}

/* Of the log: the model heals at once, and the stream says that it has. */
TEST_F(outside, log_overruns)
{
	struct vproc_stats stats;
	long at = target_call(&self->target, make_many, MANY);

	ASSERT_LT(0, at);
	ASSERT_EQ(0, replay_check(&replay, self->fd));
	EXPECT_EQ(0, replay.ops[VPROC_EV_RESYNC]);
	for (int i = 1; i <= ROUNDS; i++) {
		EXPECT_EQ(0, overrun(self, at, i));
		EXPECT_SAME_REPLAYED(self->fd, self->target.pid, &replay);
		ASSERT_EQ(0, vproc_stats(self->fd, &stats));
		EXPECT_EQ(i, stats.resyncs);
		EXPECT_EQ(i, replay.ops[VPROC_EV_RESYNC]);
	}
	EXPECT_EQ(0, replay.lost);
	check_at_rest(_metadata, self);
}

/* Of log and queue: the differences alone are more than the reader has room for. */
TEST_F(outside, log_and_ring_overrun)
{
	struct vproc_stats stats;
	int fd = vproc_open();
	long at;

	ASSERT_EQ(0, vproc_attach_ring(fd, self->target.pid, 0, SLOTS));
	at = target_call(&self->target, make_many, MANY);
	ASSERT_LT(0, at);
	ASSERT_EQ(0, replay_drain(&replay, fd));
	for (int i = 1; i <= ROUNDS; i++) {
		__u64 lost = replay.lost, announced = replay.ops[VPROC_EV_LOST];

		EXPECT_EQ(0, overrun(self, at, i));
		EXPECT_SAME(fd, self->target.pid);
		EXPECT_EQ(0, replay_drain(&replay, fd));
		EXPECT_EQ(announced + 1, replay.ops[VPROC_EV_LOST]);
		EXPECT_LT(lost, replay.lost);
		ASSERT_EQ(0, vproc_stats(fd, &stats));
		EXPECT_EQ(stats.lost, replay.lost);
		EXPECT_EQ(i, stats.resyncs);
	}
	EXPECT_NOTHING_MISSED(fd);
	close(fd);
	replay_init(&replay);
	check_at_rest(_metadata, self);
}

static __u64 monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/*
 * Neighbours
 */

/* More than a workqueue of 6.1 has workers. */
#define TRACKERS	300
#define CROWDED		2000

/* As often as that, or as there is time for. Returns how often. */
static long track_itself(const unsigned long *args)
{
	const __u64 end = monotonic() + 30 * 1000000000ull;
	unsigned long count = 0;

	while (count < args[0] && monotonic() < end) {
		int fd = vproc_open();

		if (fd < 0 || vproc_attach_ring(fd, 0, 0, SLOTS))
			return -errno;
		count++;
	}
	return count;
}

/* With the mmap_lock held all along. It says when it begins. */
static long protect_crowd(const unsigned long *args)
{
	*(volatile bool *)args[1] = true;
	return mprotect((void *)args[0], CROWDED * PAGE, RW);
}

/* Comes back once the mmap_lock of process args[0] could be had. */
static long wait_for_lock(const unsigned long *args)
{
	char text[2048];

	return vproc_read_proc(args[0], "smaps_rollup", text, sizeof(text));
}

/* Once whoever is to be told of it is asleep. */
static long change_soon(const unsigned long *args)
{
	void *at;

	(void)args;
	pause_ms(20);
	at = mmap(NULL, PAGE, RW, PRIVATE, -1, 0);
	return at == MAP_FAILED || munmap(at, PAGE);
}

/*
 * One holds its mmap_lock in a long call that overruns the logs of its many
 * trackers. Who reads the events of another does not wait for that.
 */
TEST_F(outside, neighbour_has_many_trackers)
{
	volatile bool *begun = mmap(NULL, PAGE, RW, SHARED, -1, 0);
	static __u64 arrivals[10000];
	struct pollfd event = { .fd = self->fd, .events = POLLIN };
	struct pollfd done = { .events = POLLIN };
	unsigned int count = 0, late = 0;
	struct target neighbour, witness;
	long at, trackers;
	__u64 half;

	ASSERT_NE(MAP_FAILED, (void *)begun);
	ASSERT_EQ(0, target_start(&neighbour));
	ASSERT_EQ(0, target_start(&witness));
	at = target_call(&neighbour, make_many, CROWDED);
	ASSERT_LT(0, at);
	trackers = target_call(&neighbour, track_itself, TRACKERS);
	ASSERT_LT(0, trackers);
	if (trackers < TRACKERS)
		TH_LOG("slow: there are %ld trackers, not %d", trackers,
		       TRACKERS);
	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	ASSERT_EQ(0, target_begin(&neighbour, protect_crowd,
				  (unsigned long [TARGET_ARGS]) {
				  at, (uintptr_t)begun }));
	while (!*begun)
		pause_ms(1);
	pause_ms(100);
	half = monotonic();
	ASSERT_EQ(0, target_begin(&witness, wait_for_lock,
				  (unsigned long [TARGET_ARGS]) {
				  neighbour.pid }));
	done.fd = witness.fd;
	while (count < ARRAY_SIZE(arrivals)) {
		ASSERT_EQ(0, target_begin(&self->target, change_soon,
					  (unsigned long [TARGET_ARGS]) { 0 }));
		EXPECT_EQ(1, poll(&event, 1, PATIENCE_MS));
		EXPECT_EQ(0, target_finish(&self->target));
		ASSERT_EQ(0, replay_drain(&replay, self->fd));
		if (poll(&done, 1, 0))
			break;
		arrivals[count++] = monotonic();
	}
	half += (monotonic() - half) / 2;
	for (unsigned int i = 0; i < count; i++)
		late += arrivals[i] > half;
	EXPECT_LT(0, late) {
		TH_LOG("of %u none came late", count);
	}
	EXPECT_LT(0, target_finish(&witness));
	EXPECT_EQ(0, target_finish(&neighbour));
	EXPECT_EQ(0, target_stop(&witness));
	EXPECT_EQ(0, target_stop(&neighbour));
	munmap((void *)begun, PAGE);
	check_at_rest(_metadata, self);
}

/*
 * Clocks
 */

static int set_clock(time_t seconds)
{
	const struct timespec ts = { .tv_sec = seconds };

	return clock_settime(CLOCK_REALTIME, &ts);
}

/* Events are of CLOCK_MONOTONIC, which does not follow. */
TEST_F(outside, clock_jumps)
{
	static const long jumps[] = {
		3600, -3600, 365 * 86400, -2 * 365 * 86400, 1, -1,
	};
	time_t begun = time(NULL);
	__u64 from = monotonic(), last = 0;
	struct vproc_event event;

	if (set_clock(begun))
		SKIP(return, "the clock cannot be set: errno %d", errno);
	ASSERT_EQ(0, replay_drain(&replay, self->fd));
	for (unsigned int i = 0; i < ARRAY_SIZE(jumps); i++) {
		__u64 before = monotonic(), after;
		unsigned int count = 0;

		EXPECT_EQ(0, set_clock(time(NULL) + jumps[i]));
		EXPECT_EQ(0, target_call(&self->target, change_often, 5));
		EXPECT_EQ(0, vproc_differences(self->fd));
		after = monotonic();
		while (replay_next(&replay, self->fd, &event, false) > 0) {
			EXPECT_LE(before, event.time);
			EXPECT_GE(after, event.time);
			EXPECT_LE(last, event.time);
			last = event.time;
			count++;
		}
		EXPECT_LE(15, count);
	}
	EXPECT_EQ(0, set_clock(begun + (monotonic() - from) / 1000000000));
	check_at_rest(_metadata, self);
}

TEST_HARNESS_MAIN
