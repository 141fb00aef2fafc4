// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes that a process does not make itself, or not as it seems: io_uring's
 * workers, other processes, a tracer, 32-bit calls of a 64-bit program.
 */
#define _GNU_SOURCE
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <linux/vhost.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "check.h"
#include "lib/held.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd		438
#endif

#ifndef SYS_process_madvise
#define SYS_process_madvise	440
#endif

#define RW	(PROT_READ | PROT_WRITE)
#define PRIVATE	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED	(MAP_SHARED | MAP_ANONYMOUS)

static struct replay replay;

#define EXPECT_NOTHING_REBUILT(fd) do {					\
	struct vproc_stats _stats;					\
									\
	ASSERT_EQ(0, vproc_stats(fd, &_stats));				\
	EXPECT_EQ(0, _stats.missed);					\
	EXPECT_EQ(0, _stats.resyncs);					\
} while (0)

/* A ring of io_uring, with one request in flight at a time. */
struct ring {
	int fd;
	unsigned int *sq_tail;
	unsigned int *sq_mask;
	unsigned int *sq_array;
	unsigned int *cq_head;
	unsigned int *cq_tail;
	unsigned int *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

/* Like a sensible program it reads completions without a system call. */
static int ring_open(struct ring *ring)
{
	struct io_uring_params params = { 0 };
	char *sq, *cq;

	ring->fd = syscall(SYS_io_uring_setup, 8, &params);
	if (ring->fd < 0)
		return -1;
	sq = mmap(NULL, params.sq_off.array + params.sq_entries * 4, RW,
		  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes +
		  params.cq_entries * sizeof(struct io_uring_cqe), RW,
		  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_CQ_RING);
	ring->sqes = mmap(NULL, params.sq_entries * sizeof(*ring->sqes), RW,
			  MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || ring->sqes == MAP_FAILED)
		return -1;
	ring->sq_tail = (void *)(sq + params.sq_off.tail);
	ring->sq_mask = (void *)(sq + params.sq_off.ring_mask);
	ring->sq_array = (void *)(sq + params.sq_off.array);
	ring->cq_head = (void *)(cq + params.cq_off.head);
	ring->cq_tail = (void *)(cq + params.cq_off.tail);
	ring->cq_mask = (void *)(cq + params.cq_off.ring_mask);
	ring->cqes = (void *)(cq + params.cq_off.cqes);
	return 0;
}

static int ring_submit(struct ring *ring, void *addr, size_t size, int advice,
		       unsigned int flags)
{
	unsigned int tail = *ring->sq_tail;
	struct io_uring_sqe *sqe = &ring->sqes[tail & *ring->sq_mask];

	*sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_MADVISE,
		.flags = flags,
		.fd = -1,
		.addr = (unsigned long)addr,
		.len = size,
		.fadvise_advice = advice,
	};
	ring->sq_array[tail & *ring->sq_mask] = tail & *ring->sq_mask;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) == 1 ?
		0 : -1;
}

static int ring_wait(struct ring *ring)
{
	unsigned int head = *ring->cq_head;
	int ret;

	while (__atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == head)
		;
	ret = ring->cqes[head & *ring->cq_mask].res;
	__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
	return ret;
}

static int ring_madvise(struct ring *ring, void *addr, size_t size, int advice,
			unsigned int flags)
{
	if (ring_submit(ring, addr, size, advice, flags))
		return -1;
	return ring_wait(ring);
}

FIXTURE(io_uring)
{
	struct ring ring;
	char *area;
	int fd;
};

FIXTURE_VARIANT(io_uring)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(io_uring, inline)
{
	.flags = 0,
};

FIXTURE_VARIANT_ADD(io_uring, async)
{
	.flags = IOSQE_ASYNC,
};

FIXTURE_SETUP(io_uring)
{
	if (ring_open(&self->ring))
		SKIP(return, "io_uring: errno %d", errno);
	self->area = mmap(NULL, 16 * PAGE, PROT_NONE, PRIVATE, -1, 0);
	ASSERT_NE(MAP_FAILED, self->area);
	/* Apart from all others. */
	ASSERT_EQ(0, mprotect(self->area + PAGE, 14 * PAGE, RW));
	self->fd = vproc_open_attached(0, VPROC_ATTACH_CHECK_END);
	ASSERT_LE(0, self->fd);
	replay_init(&replay);
}

FIXTURE_TEARDOWN(io_uring)
{
	close(self->fd);
	close(self->ring.fd);
}

/*
 * A completion that has been seen is as good as a system call that has
 * returned: who asks then is told of the change.
 */
TEST_F(io_uring, madvise_shows_with_its_completion)
{
	const __u64 page = (unsigned long)self->area + 5 * PAGE;
	struct vproc_region region;

	for (int i = 0; i < 300; i++) {
		ASSERT_EQ(0, ring_madvise(&self->ring, (void *)page, PAGE,
					  MADV_DONTFORK, variant->flags));
		ASSERT_EQ(0, vproc_query(self->fd, page, 0, &region, NULL, 0));
		ASSERT_EQ(page, region.start);
		ASSERT_EQ(page + PAGE, region.end);
		ASSERT_EQ(0, ring_madvise(&self->ring, (void *)page, PAGE,
					  MADV_DOFORK, variant->flags));
		ASSERT_EQ(0, vproc_query(self->fd, page, 0, &region, NULL, 0));
		ASSERT_EQ(page - 4 * PAGE, region.start);
		ASSERT_EQ(page + 10 * PAGE, region.end);
	}
	EXPECT_NOTHING_REBUILT(self->fd);
	EXPECT_SAME_REPLAYED(self->fd, 0, &replay);
	EXPECT_NOTHING_REBUILT(self->fd);
}

/* The same for those that neither wait nor ask for one region. */
TEST_F(io_uring, madvise_is_not_missed)
{
	struct vproc_heap heap;

	for (int i = 0; i < 300; i++) {
		char *page = self->area + (1 + i * 5 % 14) * PAGE;

		ASSERT_EQ(0, ring_madvise(&self->ring, page, PAGE,
					  i % 2 ? MADV_DONTFORK : MADV_DOFORK,
					  variant->flags));
		ASSERT_EQ(0, vproc_heap(self->fd, &heap));
		if (i % 10 == 0)
			ASSERT_EQ(0, vproc_differences(self->fd));
	}
	EXPECT_SAME_REPLAYED(self->fd, 0, &replay);
	EXPECT_NOTHING_REBUILT(self->fd);
}

/* A worker can be at it before there is a tracker. */
TEST_F(io_uring, attach_amid_madvise)
{
	for (int i = 0; i < 100; i++) {
		int fd;

		ASSERT_EQ(0, ring_submit(&self->ring, self->area + 3 * PAGE,
					 8 * PAGE, i % 2 ? MADV_DOFORK :
					 MADV_DONTFORK, variant->flags));
		fd = vproc_open_attached(0, 0);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, ring_wait(&self->ring));
		EXPECT_NOTHING_REBUILT(fd);
		ASSERT_EQ(0, vproc_differences(fd));
		close(fd);
	}
}

/*
 * The same, with a worker that is on its way to the lock all along, and then only
 * moves a boundary: no counter tells.
 */
TEST_F(io_uring, attach_before_madvise_has_the_lock)
{
	const __u64 page = (unsigned long)self->area + 10 * PAGE;
	struct vproc_region region;
	unsigned int met = 0;
	cpu_set_t cpus;
	struct hog hog;

	if (!variant->flags)
		SKIP(return, "no worker");
	if (hog_start(&hog, 1))
		SKIP(return, "no second CPU");
	CPU_ZERO(&cpus);
	CPU_SET(1, &cpus);
	ASSERT_EQ(0, syscall(SYS_io_uring_register, self->ring.fd,
			     IORING_REGISTER_IOWQ_AFF, &cpus, sizeof(cpus)));
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpus), &cpus));
	ASSERT_EQ(0, held_start((unsigned long [1]) { 0 }));
	ASSERT_EQ(0, ring_madvise(&self->ring, (void *)(page - 5 * PAGE),
				  5 * PAGE, MADV_DONTFORK, variant->flags));
	/* On a slow machine to attach can take longer than the worker is kept. */
	for (int i = 0; i < 10 || (!met && i < 40); i++) {
		bool grows = i % 2 == 0;
		unsigned int done;
		int fd;

		held_go_on(NULL);
		usleep(20000);
		ASSERT_EQ(0, ring_submit(&self->ring, (void *)page, PAGE,
					 grows ? MADV_DONTFORK : MADV_DOFORK,
					 variant->flags));
		usleep(2000);
		hog_spin(&hog);
		held_rest(NULL);
		fd = vproc_open_attached(0, 0);
		ASSERT_LE(0, fd);
		done = __atomic_load_n(self->ring.cq_tail, __ATOMIC_ACQUIRE) -
		       *self->ring.cq_head;
		met += !done && hog_spins(&hog);
		hog_rest(&hog);
		ASSERT_EQ(0, ring_wait(&self->ring));
		ASSERT_EQ(0, vproc_query(fd, page, 0, &region, NULL, 0));
		EXPECT_EQ(grows ? page - 5 * PAGE : page, region.start);
		EXPECT_EQ(0, vproc_differences(fd));
		EXPECT_NOTHING_REBUILT(fd);
		close(fd);
	}
	hog_end(&hog);
	if (!met)
		SKIP(return, "no worker was kept from the lock for an attach");
}

/* What one process may advise another leaves its regions as they are. */
TEST(process_madvise_of_another)
{
	static const int advices[] = { MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED };
	struct target target;
	struct iovec iov;
	int fd, pidfd;
	long base;

	ASSERT_EQ(0, target_start(&target));
	base = target_syscall(&target, SYS_mmap, 0, 16 * PAGE, RW,
			      PRIVATE | MAP_POPULATE, -1, 0);
	ASSERT_LT(0, base);
	fd = vproc_open_attached(target.pid, 0);
	ASSERT_LE(0, fd);
	replay_init(&replay);
	pidfd = syscall(SYS_pidfd_open, target.pid, 0);
	ASSERT_LE(0, pidfd);
	iov = (struct iovec){ (void *)(base + 3 * PAGE), 5 * PAGE };
	for (unsigned int i = 0; i < ARRAY_SIZE(advices); i++) {
		errno = 0;
		EXPECT_LE(0, syscall(SYS_process_madvise, pidfd, &iov, 1,
				     advices[i], 0)) {
			TH_LOG("advice %d: errno %d", advices[i], errno);
		}
		EXPECT_SAME_REPLAYED(fd, target.pid, &replay);
	}
	/* What would change them is refused. */
	EXPECT_ERRNO(EINVAL, syscall(SYS_process_madvise, pidfd, &iov, 1,
				     MADV_DONTFORK, 0));
	EXPECT_SAME_REPLAYED(fd, target.pid, &replay);
	EXPECT_NOTHING_REBUILT(fd);
	close(pidfd);
	close(fd);
	EXPECT_EQ(0, target_stop(&target));
}

/* Hand a userfaultfd to a ring of io_uring, and close both. */
static long close_in_the_kernel(const unsigned long *args)
{
	struct io_uring_params params = { 0 };
	__s32 uffd = args[0];
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0 || syscall(SYS_io_uring_register, ring,
				IORING_REGISTER_FILES, &uffd, 1))
		return -1;
	close(uffd);
	return close(ring);
}

/* Then it is a kernel thread that closes it, which never returns to user space. */
static long own_vhost(const unsigned long *args)
{
	int fd = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);

	(void)args;
	return fd < 0 || ioctl(fd, VHOST_SET_OWNER) ? -1 : fd;
}

/* A thread of the kernel's own, which never comes back to the process. */
TEST(thread_of_vhost)
{
	struct vproc_stats stats;
	struct target target;
	int fd;

	if (system("modprobe -q vhost_net"))
		SKIP(return, "no vhost_net");
	ASSERT_EQ(0, target_start(&target));
	if (target_call(&target, own_vhost) < 0)
		SKIP(return, "/dev/vhost-net: not here");
	fd = vproc_open_attached(target.pid, 0);
	ASSERT_LE(0, fd);
	EXPECT_SAME(fd, target.pid);
	EXPECT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(0, stats.pending);
	close(fd);
	EXPECT_EQ(0, target_stop(&target));
}

TEST(userfaultfd_closed_by_a_kernel_thread)
{
	struct vproc_region region;
	struct vproc_verify verify;
	struct vproc_stats stats;
	struct target target;
	long base, uffd;
	int fd, tries;

	ASSERT_EQ(0, target_start(&target));
	base = target_syscall(&target, SYS_mmap, 0, 16 * PAGE, RW, PRIVATE, -1,
			      0);
	ASSERT_LT(0, base);
	uffd = target_call(&target, target_fn_userfaultfd);
	ASSERT_LE(0, uffd);
	ASSERT_EQ(0, target_call(&target, target_fn_register, uffd,
				 base + 4 * PAGE, 4 * PAGE));
	fd = vproc_open_attached(target.pid, 0);
	ASSERT_LE(0, fd);
	if (target_call(&target, close_in_the_kernel, uffd))
		SKIP(return, "io_uring: errno %d", errno);
	for (tries = 0; tries < 500; tries++) {
		ASSERT_EQ(0, vproc_query(fd, base + 4 * PAGE, 0, &region, NULL,
					 0));
		if (region.start <= (__u64)base)
			break;
		usleep(20000);
	}
	EXPECT_GT(500, tries);
	ASSERT_EQ(0, vproc_verify(fd, &verify));
	EXPECT_EQ(0, verify.differences);
	EXPECT_EQ(0, verify.settled);
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(0, stats.pending);
	close(fd);
	EXPECT_EQ(0, target_stop(&target));
}

/* A target with a userfaultfd of its own, of which we have a copy. */
FIXTURE(uffd)
{
	struct target target;
	long base;
	int uffd;
};

FIXTURE_SETUP(uffd)
{
	int pidfd, fd;

	ASSERT_EQ(0, target_start(&self->target));
	fd = target_call(&self->target, target_fn_userfaultfd);
	if (fd < 0)
		SKIP(return, "userfaultfd: errno %d", errno);
	pidfd = syscall(SYS_pidfd_open, self->target.pid, 0);
	ASSERT_LE(0, pidfd);
	self->uffd = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	ASSERT_LE(0, self->uffd);
	close(pidfd);
	self->base = target_syscall(&self->target, SYS_mmap, 0, 16 * PAGE, RW,
				    PRIVATE, -1, 0);
	ASSERT_LT(0, self->base);
	ASSERT_EQ(0, target_call(&self->target, target_fn_register, fd,
				 self->base + 4 * PAGE, 4 * PAGE));
}

FIXTURE_TEARDOWN(uffd)
{
	close(self->uffd);
	EXPECT_EQ(0, target_stop(&self->target));
}

/* The region of a page in the middle of what is registered. */
#define EXPECT_REGISTERED(fd, self, pages) do {				\
	struct vproc_region _region;					\
									\
	ASSERT_EQ(0, vproc_query(fd, (self)->base + 4 * PAGE, 0,	\
				 &_region, NULL, 0));			\
	EXPECT_EQ((self)->base + 4 * PAGE, _region.start);		\
	EXPECT_EQ((self)->base + (4 + (pages)) * PAGE, _region.end);	\
} while (0)

struct registration {
	int uffd;
	void *range;
};

static void *register_in_thread(void *args)
{
	const struct registration *registration = args;

	return (void *)(long)ioctl(registration->uffd, UFFDIO_REGISTER,
				   registration->range);
}

/*
 * Another process is in the call as an attach begins: it waits for a page of its
 * own, in which the range is. That only moves a boundary.
 */
TEST_F(uffd, attach_amid_a_register)
{
	struct uffdio_register range = {
		.range = { self->base + 8 * PAGE, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	char *pages = mmap(NULL, 2 * PAGE, RW, PRIVATE, -1, 0);
	struct registration registration = { self->uffd, pages };
	struct uffdio_copy copy = { .len = PAGE };
	int own = target_fn_userfaultfd(NULL);
	struct uffd_msg message;
	struct pollfd pollfd = { .fd = own, .events = POLLIN };
	pthread_t thread;
	void *ret;
	int fd;

	ASSERT_NE(MAP_FAILED, pages);
	ASSERT_LE(0, own);
	memcpy(pages + PAGE, &range, sizeof(range));
	ASSERT_EQ(0, target_fn_register((unsigned long []) {
		own, (unsigned long)pages, PAGE }));
	ASSERT_EQ(0, pthread_create(&thread, NULL, register_in_thread,
				    &registration));
	ASSERT_EQ(1, poll(&pollfd, 1, -1));
	ASSERT_EQ(sizeof(message), read(own, &message, sizeof(message)));
	ASSERT_EQ(UFFD_EVENT_PAGEFAULT, message.event);

	fd = vproc_open_attached(self->target.pid, 0);
	ASSERT_LE(0, fd);
	EXPECT_REGISTERED(fd, self, 4);
	copy.dst = (unsigned long)pages;
	copy.src = (unsigned long)pages + PAGE;
	ASSERT_EQ(0, ioctl(own, UFFDIO_COPY, &copy));
	ASSERT_EQ(0, pthread_join(thread, &ret));
	ASSERT_EQ(NULL, ret);
	EXPECT_REGISTERED(fd, self, 5);
	EXPECT_SAME(fd, self->target.pid);
	EXPECT_NOTHING_REBUILT(fd);
	close(fd);
	close(own);
	munmap(pages, 2 * PAGE);
}

/* Who asks next is told, even if there was no time to look at the end of a call. */
TEST_F(uffd, used_while_the_lock_is_contended)
{
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_range last = { self->base + 8 * PAGE, 4 * PAGE };
	int fd = vproc_open_attached(self->target.pid, 0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, target_call(&self->target, held_start, 0));
	for (int i = 0; i < 50; i++) {
		range.range.start = self->base + (8 + i % 5) * PAGE;
		range.range.len = PAGE;
		if (i % 5 == 4) {
			ASSERT_EQ(0, ioctl(self->uffd, UFFDIO_UNREGISTER,
					   &last));
			EXPECT_REGISTERED(fd, self, 4);
			continue;
		}
		ASSERT_EQ(0, ioctl(self->uffd, UFFDIO_REGISTER, &range));
		EXPECT_REGISTERED(fd, self, 5 + i % 5);
	}
	target_call(&self->target, held_rest);
	EXPECT_SAME(fd, self->target.pid);
	EXPECT_NOTHING_REBUILT(fd);
	close(fd);
}

/* The same for who only reads events, a moment later. */
TEST_F(uffd, told_of_after_the_lock_was_contended)
{
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = vproc_open_attached(self->target.pid, 0);
	struct vproc_event event;

	ASSERT_LE(0, fd);
	replay_init(&replay);
	ASSERT_EQ(0, target_call(&self->target, held_start, 0));
	for (int i = 0; i < 8; i++) {
		range.range.start = self->base + (8 + i) * PAGE;
		range.range.len = PAGE;
		target_call(&self->target, held_go_on);
		usleep(20000);
		ASSERT_EQ(0, ioctl(self->uffd, UFFDIO_REGISTER, &range));
		target_call(&self->target, held_rest);
		do {
			ASSERT_EQ(1, replay_next(&replay, fd, &event, true));
		} while (event.op != VPROC_EV_SET ||
			 event.start != (__u64)self->base + 4 * PAGE ||
			 event.end != range.range.start + PAGE);
	}
	EXPECT_NOTHING_REBUILT(fd);
	close(fd);
}

/* Takes the target's lock: a byte of its memory. */
static void *read_of_target(void *target)
{
	const struct target *of = target;
	long ret = -1;
	char name[32], byte;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/mem", of->pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ret = pread(fd, &byte, 1, (unsigned long)of->mail);
		close(fd);
	}
	return (void *)ret;
}

/* What a tracked process does with its lock is nothing to others. */
TEST_F(uffd, elsewhere_while_the_lock_is_held)
{
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = vproc_open_attached(self->target.pid, 0);
	int own = target_fn_userfaultfd(NULL);
	unsigned int held = 0;
	cpu_set_t cpus;
	struct hog hog;

	ASSERT_LE(0, fd);
	ASSERT_LE(0, own);
	if (hog_start(&hog, 1))
		SKIP(return, "no second CPU");
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpus), &cpus));
	range.range.start = (unsigned long)mmap(NULL, PAGE, RW, PRIVATE, -1, 0);
	range.range.len = PAGE;
	ASSERT_EQ(0, target_call(&self->target, held_start, 1));
	for (int i = 0; i < 5 || (!held && i < 40); i++) {
		pthread_t thread;
		void *ret;
		bool is_held, waited;

		usleep(100000);
		hog_spin(&hog);
		ASSERT_EQ(0, pthread_create(&thread, NULL, read_of_target,
					    &self->target));
		usleep(50000);
		is_held = pthread_tryjoin_np(thread, &ret);
		ASSERT_EQ(0, ioctl(own, UFFDIO_REGISTER, &range));
		ASSERT_EQ(0, ioctl(own, UFFDIO_UNREGISTER, &range.range));
		waited = !hog_spins(&hog);
		hog_rest(&hog);
		if (is_held) {
			ASSERT_EQ(0, pthread_join(thread, &ret));
			EXPECT_FALSE(waited);
			held++;
		}
		EXPECT_EQ((void *)1, ret);
	}
	hog_end(&hog);
	target_call(&self->target, held_rest);
	EXPECT_SAME(fd, self->target.pid);
	EXPECT_NOTHING_REBUILT(fd);
	close(own);
	close(fd);
	if (!held)
		SKIP(return, "the lock was never held");
}

/* Where who attaches is in its own code is not told, unless the map is its own. */
TEST(attach)
{
	struct vproc_event event;
	struct target target;
	int fd;

	ASSERT_EQ(0, target_start(&target));
	fd = vproc_open_attached(target.pid, 0);
	ASSERT_LE(0, fd);
	replay_init(&replay);
	do {
		ASSERT_EQ(1, replay_next(&replay, fd, &event, true));
		EXPECT_EQ(gettid(), event.tid);
		EXPECT_EQ(0, event.ip);
	} while (event.op != VPROC_EV_SET);
	close(fd);
	EXPECT_EQ(0, target_stop(&target));

	fd = vproc_open_attached(0, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(sizeof(event), read(fd, &event, sizeof(event)));
	EXPECT_NE(0, event.ip);
	close(fd);
}

/* A thread that is reading another process's memory until its page comes. */
struct slow_reader {
	int mem;
	char *to;
	pid_t tid;
	ssize_t ret;
};

static void *read_slowly(void *data)
{
	struct slow_reader *reader = data;

	reader->tid = gettid();
	reader->ret = pread(reader->mem, reader->to, PAGE,
			    (unsigned long)&replay);
	return NULL;
}

/* An address space lives until the last who looks at it lets go. */
TEST(end_by_another)
{
	struct slow_reader reader;
	struct uffdio_zeropage zero = { .range.len = PAGE };
	struct vproc_event event;
	struct uffd_msg message;
	struct target target;
	pthread_t thread;
	char path[32];
	int fd, uffd;

	ASSERT_EQ(0, target_start(&target));
	fd = vproc_open_attached(target.pid, 0);
	ASSERT_LE(0, fd);
	replay_init(&replay);
	snprintf(path, sizeof(path), "/proc/%d/mem", target.pid);
	reader.mem = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, reader.mem);
	reader.to = mmap(NULL, PAGE, RW, PRIVATE, -1, 0);
	ASSERT_NE(MAP_FAILED, reader.to);
	zero.range.start = (unsigned long)reader.to;
	uffd = target_fn_userfaultfd(NULL);
	if (uffd < 0)
		SKIP(return, "userfaultfd: errno %d", errno);
	ASSERT_EQ(0, fcntl(uffd, F_SETFL, 0));
	ASSERT_EQ(0, target_fn_register((unsigned long [TARGET_ARGS]) {
		uffd, zero.range.start, PAGE }));
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_slowly, &reader));
	ASSERT_EQ(sizeof(message), read(uffd, &message, sizeof(message)));
	ASSERT_EQ(SIGKILL, target_kill(&target, SIGKILL));
	ASSERT_EQ(0, ioctl(uffd, UFFDIO_ZEROPAGE, &zero));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(PAGE, reader.ret);

	ASSERT_EQ(1, replay_await(&replay, fd, VPROC_EV_END, &event));
	EXPECT_EQ(VPROC_CAUSE_EXIT, event.cause);
	EXPECT_EQ(reader.tid, event.tid);
	EXPECT_EQ(0, event.ip);
	close(reader.mem);
	close(uffd);
	close(fd);
}

#ifdef __x86_64__

/* What a tracee runs for its tracer: it is at the same place in both. */
void foreign_syscall(void);
asm(".text\n"
    ".globl foreign_syscall\n"
    "foreign_syscall:\n"
    "	syscall\n"
    "	int3\n"
    ".globl foreign_ia32\n"
    "foreign_ia32:\n"
    "	int $0x80\n"
    "	int3\n");
void foreign_ia32(void);

FIXTURE(tracee)
{
	struct target target;
	struct user_regs_struct regs;
	long area;
	int fd;
};

static int wait_for_stop(pid_t pid, int signal)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return -1;
	return (WSTOPSIG(status) & 0x7f) == signal ? 0 : -1;
}

FIXTURE_SETUP(tracee)
{
	pid_t pid;

	ASSERT_EQ(0, target_start(&self->target));
	pid = self->target.pid;
	self->area = target_syscall(&self->target, SYS_mmap, 0, 32 * PAGE, RW,
				    PRIVATE, -1, 0);
	ASSERT_LT(0, self->area);
	self->fd = vproc_open_attached(pid, VPROC_ATTACH_CHECK_END);
	ASSERT_LE(0, self->fd);
	replay_init(&replay);
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, pid, 0, 0));
	ASSERT_EQ(0, wait_for_stop(pid, SIGTRAP));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, 0, &self->regs));
}

/* Whatever the test has made of it, it ends as it was. */
FIXTURE_TEARDOWN(tracee)
{
	struct vproc_stats stats;

	kill(self->target.pid, SIGKILL);
	EXPECT_EQ(SIGKILL, target_kill(&self->target, SIGKILL));
	while (!replay.end.op) {
		struct vproc_event event;

		if (replay_next(&replay, self->fd, &event, true) <= 0)
			break;
	}
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_LT(0, stats.end_checked);
	EXPECT_EQ(0, stats.end_differences);
	EXPECT_EQ(0, stats.missed);
	EXPECT_EQ(0, stats.resyncs);
	EXPECT_EQ(0, replay_check(&replay, self->fd));
	close(self->fd);
}

static void set_call(struct user_regs_struct *regs, const unsigned long *args)
{
	regs->rax = args[0];
	regs->orig_rax = -1;
	regs->rdi = args[1];
	regs->rsi = args[2];
	regs->rdx = args[3];
	regs->r10 = args[4];
	regs->r8 = args[5];
	regs->r9 = args[6];
	regs->rip = (unsigned long)foreign_syscall;
}

/* Have the tracee make a call; it is stopped before and after. */
static long inject_call(FIXTURE_DATA(tracee) *self, const unsigned long *args)
{
	struct user_regs_struct regs = self->regs;
	pid_t pid = self->target.pid;

	set_call(&regs, args);
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) ||
	    ptrace(PTRACE_CONT, pid, 0, 0) || wait_for_stop(pid, SIGTRAP) ||
	    ptrace(PTRACE_GETREGS, pid, 0, &regs))
		return -ECANCELED;
	return regs.rax;
}

#define inject(self, ...) \
	inject_call(self, (unsigned long [7]) { __VA_ARGS__ })

#define EXPECT_TRACEE_SAME(self) \
	EXPECT_SAME_REPLAYED((self)->fd, (self)->target.pid, &replay)

TEST_F(tracee, injected_calls)
{
	long addr, to = self->area + 20 * PAGE;

	addr = inject(self, SYS_mmap, 0, 4 * PAGE, RW, SHARED, -1, 0);
	EXPECT_LT(0, addr);
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject(self, SYS_mprotect, addr + PAGE, PAGE, PROT_READ));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(to, inject(self, SYS_mremap, addr + 2 * PAGE, 2 * PAGE,
			     2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject(self, SYS_munmap, addr, PAGE));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject(self, SYS_madvise, self->area + PAGE, PAGE,
			    MADV_DONTFORK));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject(self, SYS_mlock2, self->area + 4 * PAGE, PAGE,
			    MLOCK_ONFAULT));
	EXPECT_TRACEE_SAME(self);
	addr = inject(self, SYS_brk, 0);
	EXPECT_EQ(addr + 3 * PAGE, inject(self, SYS_brk, addr + 3 * PAGE));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(addr, inject(self, SYS_brk, addr));
	EXPECT_TRACEE_SAME(self);
}

/* The tracee goes on as if nothing had happened. */
TEST_F(tracee, injected_calls_and_its_own)
{
	pid_t pid = self->target.pid;
	long addr;

	addr = inject(self, SYS_mmap, 0, 4 * PAGE, RW, SHARED, -1, 0);
	EXPECT_LT(0, addr);
	ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, 0, &self->regs));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, 0, 0));
	EXPECT_EQ(0, target_syscall(&self->target, SYS_munmap, addr + PAGE,
				    PAGE));
	EXPECT_TRACEE_SAME(self);
}

/* Go to the entry of the call that set_call() has prepared, or from it on. */
static int go_to_stop(FIXTURE_DATA(tracee) *self)
{
	pid_t pid = self->target.pid;

	return ptrace(PTRACE_SYSCALL, pid, 0, 0) || wait_for_stop(pid, SIGTRAP);
}

/* At its entry one call is made another; at its exit its result a lie. */
TEST_F(tracee, calls_that_become_others)
{
	const unsigned long getpid_args[7] = { SYS_getpid };
	struct user_regs_struct regs = self->regs;
	pid_t pid = self->target.pid;

	set_call(&regs, getpid_args);
	ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, 0, &regs));
	ASSERT_EQ(0, go_to_stop(self));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, 0, &regs));
	ASSERT_EQ(SYS_getpid, regs.orig_rax);
	regs.orig_rax = SYS_munmap;
	regs.rdi = self->area + 7 * PAGE;
	regs.rsi = 2 * PAGE;
	ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, 0, &regs));
	ASSERT_EQ(0, go_to_stop(self));
	EXPECT_TRACEE_SAME(self);
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, 0, &regs));
	EXPECT_EQ(0, regs.rax);
	regs.rax = -ENOSYS;
	regs.orig_rax = SYS_getpid;
	regs.rdi = 0;
	ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, 0, &regs));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, 0, 0));
	ASSERT_EQ(0, wait_for_stop(pid, SIGTRAP));
	EXPECT_TRACEE_SAME(self);
}

/* Nothing of a process that was just attached to is waited for. */
static void expect_none_pending(struct __test_metadata *_metadata, pid_t pid)
{
	struct vproc_verify verify;
	struct vproc_stats stats;
	int fd = vproc_open_attached(pid, 0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vproc_stats(fd, &stats));
	EXPECT_EQ(0, stats.pending);
	ASSERT_EQ(0, vproc_verify(fd, &verify));
	EXPECT_EQ(0, verify.differences);
	EXPECT_EQ(0, verify.settled);
	close(fd);
}

/* For as long as a task is in a call that changes no map, that is nobody's business. */
TEST_F(tracee, stopped_in_calls_as_it_and_others_are_attached_to)
{
	const unsigned long calls[][7] = {
		{ SYS_close, -1 },
		{ SYS_ioctl, -1, UFFDIO_API },
		{ SYS_execve, 0, 0, 0 },
	};
	struct target other;

	ASSERT_EQ(0, target_start(&other));
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		struct user_regs_struct regs = self->regs;
		pid_t pid = self->target.pid;

		set_call(&regs, calls[i]);
		ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, 0, &regs));
		ASSERT_EQ(0, go_to_stop(self));
		expect_none_pending(_metadata, other.pid);
		expect_none_pending(_metadata, pid);
		ASSERT_EQ(0, go_to_stop(self));
		ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, 0, 0));
		ASSERT_EQ(0, wait_for_stop(pid, SIGTRAP));
	}
	EXPECT_EQ(0, target_stop(&other));
}

/* Where an mremap has moved to, only its result says; the tracer changes it. */
static void lie_about_mremap(struct __test_metadata *_metadata,
			     FIXTURE_DATA(tracee) *self, unsigned long rax)
{
	/* In the middle of its own kind there is no room to grow. */
	const unsigned long args[7] = {
		SYS_mremap, self->area + 8 * PAGE, 4 * PAGE, 12 * PAGE,
		MREMAP_MAYMOVE,
	};
	struct user_regs_struct regs = self->regs;
	pid_t pid = self->target.pid;

	set_call(&regs, args);
	ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, 0, &regs));
	ASSERT_EQ(0, go_to_stop(self));
	ASSERT_EQ(0, go_to_stop(self));
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, 0, &regs));
	EXPECT_LT(0, (long)regs.rax);
	EXPECT_NE(args[1], regs.rax);
	regs.rax = rax;
	/* Nor do its arguments say any more what it has done. */
	regs.rdi = 0;
	regs.rdx = PAGE;
	ASSERT_EQ(0, ptrace(PTRACE_SETREGS, pid, 0, &regs));
}

TEST_F(tracee, result_becomes_another)
{
	lie_about_mremap(_metadata, self, self->area);
	ASSERT_EQ(0, ptrace(PTRACE_CONT, self->target.pid, 0, 0));
	ASSERT_EQ(0, wait_for_stop(self->target.pid, SIGTRAP));
	EXPECT_NOTHING_REBUILT(self->fd);
	EXPECT_TRACEE_SAME(self);
	EXPECT_NOTHING_REBUILT(self->fd);
}

TEST_F(tracee, result_becomes_an_error)
{
	lie_about_mremap(_metadata, self, -ENOMEM);
	/* Not yet on its way to user space. */
	EXPECT_EQ(0, vproc_differences(self->fd));
	ASSERT_EQ(0, ptrace(PTRACE_CONT, self->target.pid, 0, 0));
	ASSERT_EQ(0, wait_for_stop(self->target.pid, SIGTRAP));
	EXPECT_NOTHING_REBUILT(self->fd);
	EXPECT_TRACEE_SAME(self);
	EXPECT_NOTHING_REBUILT(self->fd);
}

/* By the time that its task looks, nothing tells of the tracer. */
TEST_F(tracee, result_becomes_another_at_detach)
{
	lie_about_mremap(_metadata, self, self->area);
	/* So that it does not come to the int3. */
	ASSERT_EQ(0, ptrace(PTRACE_POKEUSER, self->target.pid,
			    offsetof(struct user_regs_struct, rip),
			    (unsigned long)pause));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, self->target.pid, 0, 0));
	for (int i = 0; i < 100; i++) {
		struct vproc_stats stats;

		ASSERT_EQ(0, vproc_stats(self->fd, &stats));
		if (!stats.pending)
			break;
		usleep(10 * 1000);
	}
	EXPECT_NOTHING_REBUILT(self->fd);
	EXPECT_TRACEE_SAME(self);
	EXPECT_NOTHING_REBUILT(self->fd);
}

/* Its end is compared in FIXTURE_TEARDOWN. */
TEST_F(tracee, killed_at_the_exit_of_a_call)
{
	lie_about_mremap(_metadata, self, -ENOMEM);
}

/* Touching below a stack makes it grow, whoever does it. */
TEST_F(tracee, stack_grown_by_the_tracer)
{
	long addr = inject(self, SYS_mmap, self->area + 20 * PAGE, 2 * PAGE, RW,
			   PRIVATE | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	struct vproc_region region;
	struct vproc_event event;

	ASSERT_EQ(self->area + 20 * PAGE, addr);
	ASSERT_EQ(0, inject(self, SYS_munmap, self->area, 20 * PAGE));
	EXPECT_TRACEE_SAME(self);
	ASSERT_EQ(0, ptrace(PTRACE_POKEDATA, self->target.pid, addr - 8, 1));
	ASSERT_EQ(0, vproc_query(self->fd, addr, 0, &region, NULL, 0));
	EXPECT_EQ(addr - PAGE, region.start);

	/* Who has done it is told. Where that one is in its own code is not. */
	do {
		ASSERT_EQ(1, replay_next(&replay, self->fd, &event, false));
	} while (event.op != VPROC_EV_SET ||
		 event.start != (__u64)addr - PAGE);
	EXPECT_EQ(gettid(), event.tid);
	EXPECT_EQ(0, event.ip);
	EXPECT_TRACEE_SAME(self);
}

/* 32-bit calls, which have numbers and entries of their own. */
static long inject_ia32_call(FIXTURE_DATA(tracee) *self,
			     const unsigned long *args)
{
	struct user_regs_struct regs = self->regs;
	pid_t pid = self->target.pid;

	regs.rax = args[0];
	regs.orig_rax = -1;
	regs.rbx = args[1];
	regs.rcx = args[2];
	regs.rdx = args[3];
	regs.rsi = args[4];
	regs.rdi = args[5];
	regs.rbp = args[6];
	regs.rip = (unsigned long)foreign_ia32;
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) ||
	    ptrace(PTRACE_CONT, pid, 0, 0) || wait_for_stop(pid, SIGTRAP) ||
	    ptrace(PTRACE_GETREGS, pid, 0, &regs))
		return -ECANCELED;
	return (int)regs.rax < 0 && (int)regs.rax > -4096 ? (int)regs.rax :
		(long)(unsigned int)regs.rax;
}

#define inject_ia32(self, ...) \
	inject_ia32_call(self, (unsigned long [7]) { __VA_ARGS__ })

#define IA32_BRK	45
#define IA32_MUNMAP	91
#define IA32_MPROTECT	125
#define IA32_MREMAP	163
#define IA32_MMAP2	192
#define IA32_MADVISE	219
#define IA32_MBIND	274
#define IA32_MLOCK2	376
#define IA32_SHMAT	397
#define IA32_SHMDT	398

TEST_F(tracee, ia32_calls)
{
	const long low = 0x10000000;
	long segment = shmget(IPC_PRIVATE, 3 * PAGE, IPC_CREAT | 0600);

	if (inject_ia32(self, IA32_MMAP2, low, 32 * PAGE, RW,
			PRIVATE | MAP_FIXED, -1, 0) != low)
		SKIP(return, "no 32-bit calls here");
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject_ia32(self, IA32_MPROTECT, low + PAGE, PAGE,
				 PROT_READ));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject_ia32(self, IA32_MUNMAP, low + 30 * PAGE, PAGE));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(low + 20 * PAGE,
		  inject_ia32(self, IA32_MREMAP, low + 2 * PAGE, 2 * PAGE,
			      2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			      low + 20 * PAGE));
	EXPECT_TRACEE_SAME(self);
	EXPECT_LT(0, inject_ia32(self, IA32_MREMAP, low + 6 * PAGE, 2 * PAGE,
				 8 * PAGE, MREMAP_MAYMOVE));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject_ia32(self, IA32_MADVISE, low + 9 * PAGE, PAGE,
				 MADV_DONTFORK));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject_ia32(self, IA32_MLOCK2, low + 11 * PAGE, PAGE,
				 MLOCK_ONFAULT));
	EXPECT_TRACEE_SAME(self);
	inject_ia32(self, IA32_MBIND, low + 13 * PAGE, PAGE, 0, 0, 0, 0);
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(low + 15 * PAGE,
		  inject_ia32(self, IA32_SHMAT, segment, low + 15 * PAGE,
			      SHM_REMAP));
	EXPECT_TRACEE_SAME(self);
	EXPECT_EQ(0, inject_ia32(self, IA32_SHMDT, low + 15 * PAGE));
	EXPECT_TRACEE_SAME(self);
	EXPECT_NOTHING_REBUILT(self->fd);
	shmctl(segment, IPC_RMID, NULL);
}

#endif /* __x86_64__ */

TEST_HARNESS_MAIN
