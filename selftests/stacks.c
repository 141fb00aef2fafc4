// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPROC_STACKS: what it says of each thread's stack, against what the process
 * itself knows, /proc, and what the kernel lets it do.
 */
#define _GNU_SOURCE
#include <alloca.h>
#include <pthread.h>
#include <sys/resource.h>

#include "check.h"

#include "lib/maps.h"

#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)
#define GUARD_GAP	VPROC_STACK_GUARD_GAP
#define THREADS		5
#define ROOM		32

static struct maps maps;

/* All threads; -1 and errno on error. */
static int read_stacks(int fd, struct vproc_thread *threads, unsigned int room)
{
	struct vproc_stacks stacks = {
		.threads_addr = (uintptr_t)threads,
		.count = room,
	};

	if (ioctl(fd, VPROC_STACKS, &stacks))
		return -1;
	return stacks.count;
}

static const struct vproc_thread *find_thread(const struct vproc_thread *threads,
					      int count, pid_t tid)
{
	for (int i = 0; i < count; i++) {
		if (threads[i].tid == (__u32)tid)
			return &threads[i];
	}
	return NULL;
}

/* The stack pointer of a thread that sleeps in a system call, as /proc has it. */
static __u64 proc_stack_pointer(pid_t pid)
{
	char text[512], *at = text;

	if (vproc_read_proc(pid, "syscall", text, sizeof(text)) <= 0)
		return 0;
	/* The number, six arguments, the stack pointer, the program counter. */
	for (int i = 0; i < 7 && at; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at ? strtoull(at, NULL, 16) : 0;
}

FIXTURE(stacks)
{
	struct target target;
	int fd;
};

FIXTURE_SETUP(stacks)
{
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open_attached(self->target.pid, 0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(stacks)
{
	close(self->fd);
	target_stop(&self->target);
}

static void read_main(struct __test_metadata *_metadata, int fd,
		      struct vproc_thread *thread)
{
	ASSERT_EQ(1, read_stacks(fd, thread, 1));
}

TEST_F(stacks, main_thread)
{
	const struct maps_line *line;
	struct vproc_thread thread;
	struct rlimit limit;

	/* It answers and goes to sleep: wait until it has. */
	do {
		read_main(_metadata, self->fd, &thread);
	} while (thread.sp != proc_stack_pointer(self->target.pid));

	ASSERT_EQ(0, maps_read(&maps, self->target.pid));
	line = maps_find_name(&maps, "[stack]");
	ASSERT_NE(NULL, line);
	ASSERT_EQ(0, getrlimit(RLIMIT_STACK, &limit));
	EXPECT_EQ(self->target.pid, (pid_t)thread.tid);
	EXPECT_EQ(VPROC_THREAD_MAIN | VPROC_THREAD_GROWS, thread.flags);
	EXPECT_EQ(line->start, thread.bottom);
	EXPECT_EQ(line->end, thread.top);
	EXPECT_EQ(thread.top - thread.sp, thread.used);
	EXPECT_LE(thread.used, thread.deepest);
	EXPECT_EQ(limit.rlim_cur, thread.limit);
	EXPECT_EQ(thread.limit, thread.used + thread.headroom);
	EXPECT_EQ(thread.top - thread.limit, thread.guard_end);
	EXPECT_EQ(GUARD_GAP, thread.guard_end - thread.guard_start);
	EXPECT_EQ(0, thread.reserved);
}

static long store(const unsigned long *args)
{
	*(volatile char *)args[0] = 1;
	return 0;
}

/* Does a child of the target die if it writes here? */
static long dies_storing(const unsigned long *args)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		store(args);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

/* The kernel lets the stack grow as far as it is said to, and no further. */
#define EXPECT_FLOOR(self, floor) do {					\
	EXPECT_EQ(1, target_call(&(self)->target, dies_storing, (floor) - 1)); \
	EXPECT_EQ(0, target_call(&(self)->target, dies_storing, (floor))); \
} while (0)

TEST_F(stacks, grows_to_the_limit)
{
	struct vproc_thread thread;

	read_main(_metadata, self->fd, &thread);
	EXPECT_FLOOR(self, thread.guard_end);
}

TEST_F(stacks, grows_to_a_lower_limit)
{
	struct rlimit limit = { 3 << 20, 3 << 20 };
	struct vproc_thread thread;

	ASSERT_EQ(0, prlimit(self->target.pid, RLIMIT_STACK, &limit, NULL));
	read_main(_metadata, self->fd, &thread);
	EXPECT_EQ(3 << 20, thread.limit);
	EXPECT_FLOOR(self, thread.guard_end);
}

TEST_F(stacks, grows_to_a_neighbour)
{
	struct vproc_thread thread;
	unsigned long neighbour;

	read_main(_metadata, self->fd, &thread);
	neighbour = thread.bottom - (4 << 20);
	ASSERT_EQ(neighbour, target_syscall(&self->target, SYS_mmap, neighbour,
					    PAGE, RW, PRIVATE | MAP_FIXED, -1,
					    0));
	read_main(_metadata, self->fd, &thread);
	EXPECT_EQ(neighbour + PAGE, thread.guard_start);
	EXPECT_EQ(neighbour + PAGE + GUARD_GAP, thread.guard_end);
	EXPECT_EQ(thread.top - thread.guard_end, thread.limit);
	EXPECT_EQ(thread.sp - thread.guard_end, thread.headroom);
	EXPECT_FLOOR(self, thread.guard_end);

	/* What cannot be accessed keeps no distance. */
	ASSERT_EQ(0, target_syscall(&self->target, SYS_mprotect, neighbour, PAGE,
				    PROT_NONE));
	read_main(_metadata, self->fd, &thread);
	EXPECT_EQ(neighbour + PAGE, thread.guard_end);
	EXPECT_FLOOR(self, thread.guard_end);
}

/* Make a change of the map so many bytes further down the stack. */
static __attribute__((noinline)) long map_deep(const unsigned long *args)
{
	volatile char *room = alloca(args[0]);
	void *map;

	room[0] = 1;
	map = mmap(NULL, PAGE, RW, PRIVATE, -1, 0);
	return map == MAP_FAILED ? -1 : munmap(map, PAGE);
}

TEST_F(stacks, deepest_is_of_events_too)
{
	struct vproc_thread before, after;

	read_main(_metadata, self->fd, &before);
	ASSERT_EQ(0, target_call(&self->target, map_deep, 300000));
	read_main(_metadata, self->fd, &after);
	EXPECT_LE(300000, after.deepest);
	EXPECT_GE(300000 + before.deepest + PAGE, after.deepest);
	EXPECT_GT(300000, after.used);
	ASSERT_EQ(0, target_call(&self->target, map_deep, 1000));
	read_main(_metadata, self->fd, &before);
	EXPECT_EQ(after.deepest, before.deepest);
}

TEST_F(stacks, of_a_process_that_is_gone)
{
	struct vproc_stacks stacks = { .count = 0 };
	struct vproc_thread thread;

	EXPECT_EQ(0, target_stop(&self->target));
	EXPECT_EQ(0, read_stacks(self->fd, &thread, 1));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_STACKS, &stacks));
	EXPECT_EQ(0, stacks.total);
}

TEST_F(stacks, flags_and_reserved)
{
	struct vproc_stacks stacks = { .flags = 1 };

	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_STACKS, &stacks));
	stacks = (struct vproc_stacks){ .reserved = { 1 } };
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_STACKS, &stacks));
	stacks = (struct vproc_stacks){ .reserved = { 0, 1ull << 63 } };
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_STACKS, &stacks));
	stacks = (struct vproc_stacks){ .count = 1, .threads_addr = 1 };
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_STACKS, &stacks));
	stacks = (struct vproc_stacks){ .count = 0, .threads_addr = 1 };
	EXPECT_EQ(0, ioctl(self->fd, VPROC_STACKS, &stacks));
	EXPECT_EQ(1, stacks.total);
}

/* A thread that tells where it is and sleeps. */
struct sleeper {
	pthread_t thread;
	pid_t tid;
	int ready[2];
	int leave[2];
};

static void *sleep_until_told(void *data)
{
	struct sleeper *sleeper = data;
	char byte = 0;

	sleeper->tid = syscall(SYS_gettid);
	if (write(sleeper->ready[1], &byte, 1) != 1 ||
	    read(sleeper->leave[0], &byte, 1) != 1)
		abort();
	return NULL;
}

static int start_sleeper(struct sleeper *sleeper, size_t stack, size_t guard)
{
	pthread_attr_t attr;
	char byte;

	if (pipe(sleeper->ready) || pipe(sleeper->leave))
		return -1;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, stack);
	pthread_attr_setguardsize(&attr, guard);
	if (pthread_create(&sleeper->thread, &attr, sleep_until_told, sleeper))
		return -1;
	pthread_attr_destroy(&attr);
	return read(sleeper->ready[0], &byte, 1) == 1 ? 0 : -1;
}

static void end_sleeper(struct sleeper *sleeper)
{
	char byte = 0;

	if (write(sleeper->leave[1], &byte, 1) != 1)
		abort();
	pthread_join(sleeper->thread, NULL);
	for (int i = 0; i < 2; i++) {
		close(sleeper->ready[i]);
		close(sleeper->leave[i]);
	}
}

/* glibc tells the stack without its guard, or with it: from 2.34 on, without. */
static void check_sleeper(struct __test_metadata *_metadata,
			  const struct sleeper *sleeper,
			  const struct vproc_thread *thread)
{
	pthread_attr_t attr;
	size_t size, guard;
	void *addr;

	ASSERT_NE(NULL, thread);
	ASSERT_EQ(0, pthread_getattr_np(sleeper->thread, &attr));
	pthread_attr_getstack(&attr, &addr, &size);
	pthread_attr_getguardsize(&attr, &guard);
	pthread_attr_destroy(&attr);
	EXPECT_EQ((uintptr_t)addr, thread->bottom);
	EXPECT_EQ((uintptr_t)addr + size, thread->top);
	EXPECT_EQ((uintptr_t)addr, thread->guard_end);
	EXPECT_EQ(guard, thread->guard_end - thread->guard_start);
	EXPECT_EQ(0, thread->flags);
	EXPECT_LT(thread->bottom, thread->sp);
	EXPECT_EQ(thread->top - thread->sp, thread->used);
	EXPECT_EQ(thread->sp - thread->bottom, thread->headroom);
	EXPECT_EQ(size, thread->limit);
}

TEST(threads)
{
	struct sleeper sleepers[THREADS];
	struct vproc_thread threads[ROOM];
	struct vproc_stacks stacks = { .count = 0 };
	int fd, count;

	/* Threads of a size and a guard that no other one has. */
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, start_sleeper(&sleepers[i], (20 + i) << 14,
					   (1 + i) * PAGE));
	fd = vproc_open_attached(0, 0);
	ASSERT_LE(0, fd);
	count = read_stacks(fd, threads, ROOM);
	EXPECT_EQ(THREADS + 1, count);
	for (int i = 0; i < THREADS; i++)
		check_sleeper(_metadata, &sleepers[i],
			      find_thread(threads, count, sleepers[i].tid));
	EXPECT_EQ(VPROC_THREAD_MAIN | VPROC_THREAD_GROWS,
		  find_thread(threads, count, getpid())->flags);

	/* In the order in which they were made, as many as fit. */
	ASSERT_EQ(3, read_stacks(fd, threads, 3));
	EXPECT_EQ(getpid(), (pid_t)threads[0].tid);
	EXPECT_EQ(sleepers[0].tid, (pid_t)threads[1].tid);
	EXPECT_EQ(sleepers[1].tid, (pid_t)threads[2].tid);
	ASSERT_EQ(0, ioctl(fd, VPROC_STACKS, &stacks));
	EXPECT_EQ(THREADS + 1, stacks.total);

	for (int i = 0; i < THREADS; i++)
		end_sleeper(&sleepers[i]);
	EXPECT_EQ(1, read_stacks(fd, threads, ROOM));
	close(fd);
}

/* Sleep for ever, with the stack pointer anywhere. */
static void __attribute__((noreturn)) sleep_at(unsigned long sp)
{
	asm volatile("mov %0, %%rsp\n"
		     "1: mov %1, %%eax\n"
		     "syscall\n"
		     "jmp 1b\n" : : "r" (sp), "i" (SYS_pause) : "memory");
	__builtin_unreachable();
}

/* What is said of a process whose stack pointer is there. */
static void read_at(struct __test_metadata *_metadata, unsigned long sp,
		    struct vproc_thread *thread)
{
	pid_t pid = fork();
	int fd;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sleep_at(sp);
	}
	ASSERT_LT(0, pid);
	while (proc_stack_pointer(pid) != sp)
		usleep(10 * 1000);
	fd = vproc_open_attached(pid, 0);
	ASSERT_LE(0, fd);
	read_main(_metadata, fd, thread);
	EXPECT_EQ(sp, thread->sp);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST(pointer_anywhere)
{
	struct vproc_thread thread;
	unsigned long area;
	char *map;

	/* Nothing, access to nothing, a region, nothing, one that grows. */
	map = mmap(NULL, 610 * PAGE, PROT_NONE, PRIVATE, -1, 0);
	ASSERT_NE(MAP_FAILED, map);
	area = (uintptr_t)map;
	ASSERT_EQ(0, mprotect(map + 4 * PAGE, 4 * PAGE, RW));
	ASSERT_EQ(0, munmap(map + 8 * PAGE, 592 * PAGE));
	ASSERT_EQ(map + 600 * PAGE,
		  mmap(map + 600 * PAGE, 2 * PAGE, RW,
		       PRIVATE | MAP_FIXED | MAP_GROWSDOWN, -1, 0));
	ASSERT_EQ(map + 20 * PAGE, mmap(map + 20 * PAGE, PAGE, RW,
					PRIVATE | MAP_FIXED, -1, 0));

	/* An empty stack. */
	read_at(_metadata, area + 8 * PAGE, &thread);
	EXPECT_EQ(0, thread.flags);
	EXPECT_EQ(area + 4 * PAGE, thread.bottom);
	EXPECT_EQ(area + 8 * PAGE, thread.top);
	EXPECT_EQ(0, thread.used);
	EXPECT_EQ(4 * PAGE, thread.headroom);
	EXPECT_EQ(4 * PAGE, thread.limit);
	EXPECT_EQ(area, thread.guard_start);
	EXPECT_EQ(area + 4 * PAGE, thread.guard_end);

	/* A region without a guard. */
	read_at(_metadata, area + 20 * PAGE + 512, &thread);
	EXPECT_EQ(0, thread.flags);
	EXPECT_EQ(area + 20 * PAGE, thread.bottom);
	EXPECT_EQ(area + 21 * PAGE, thread.top);
	EXPECT_EQ(PAGE - 512, thread.used);
	EXPECT_EQ(0, thread.guard_end);

	/* Where one would grow to, far enough from the next below. */
	read_at(_metadata, area + 599 * PAGE, &thread);
	EXPECT_EQ(VPROC_THREAD_GROWS, thread.flags);
	EXPECT_EQ(area + 600 * PAGE, thread.bottom);
	EXPECT_EQ(area + 602 * PAGE, thread.top);
	EXPECT_EQ(3 * PAGE, thread.used);

	/* Nowhere: below one that does not grow, and above all. */
	read_at(_metadata, area + 19 * PAGE, &thread);
	EXPECT_EQ(0, thread.top);
	EXPECT_EQ(0, thread.limit);
	read_at(_metadata, 0x7fffffffe000, &thread);
	EXPECT_EQ(0, thread.top);
	EXPECT_EQ(0, thread.limit);
	munmap(map, 610 * PAGE);
}

TEST(of_a_model)
{
	struct vproc_create create = { 0 };
	struct vproc_stack_new first = { .size = 4 * PAGE };
	struct vproc_stack_new second = { .size = 8 * PAGE, .limit = 16 * PAGE };
	struct vproc_stack_op sp = { 0 };
	struct vproc_thread threads[2];
	int fd = vproc_open();

	ASSERT_LE(0, fd);
	EXPECT_ERRNO(ENOTCONN, read_stacks(fd, threads, 2));
	ASSERT_EQ(0, ioctl(fd, VPROC_CREATE, &create));
	EXPECT_EQ(0, read_stacks(fd, threads, 2));
	ASSERT_EQ(0, ioctl(fd, VPROC_STACK_NEW, &first));
	ASSERT_EQ(0, ioctl(fd, VPROC_STACK_NEW, &second));
	sp = (struct vproc_stack_op){ second.id, 0, second.top - 5 * PAGE };
	ASSERT_EQ(0, ioctl(fd, VPROC_STACK_SP, &sp));
	sp.value = second.top - PAGE;
	ASSERT_EQ(0, ioctl(fd, VPROC_STACK_SP, &sp));

	ASSERT_EQ(2, read_stacks(fd, threads, 2));
	EXPECT_EQ(first.id, threads[0].tid);
	EXPECT_EQ(VPROC_THREAD_MAIN | VPROC_THREAD_GROWS, threads[0].flags);
	EXPECT_EQ(first.top, threads[0].sp);
	EXPECT_EQ(first.top - 3 * PAGE, threads[0].bottom);
	EXPECT_EQ(first.top - 4 * PAGE, threads[0].guard_start);
	EXPECT_EQ(VPROC_STACK_SIZE, threads[0].headroom);
	EXPECT_EQ(0, threads[0].deepest);
	EXPECT_EQ(second.id, threads[1].tid);
	EXPECT_EQ(VPROC_THREAD_GROWS, threads[1].flags);
	EXPECT_EQ(PAGE, threads[1].used);
	EXPECT_EQ(15 * PAGE, threads[1].headroom);
	EXPECT_EQ(5 * PAGE, threads[1].deepest);
	EXPECT_EQ(16 * PAGE, threads[1].limit);
	close(fd);
}

TEST_HARNESS_MAIN
