// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad input and bad luck: what the device refuses, with which error, and that
 * a refused call changes nothing.
 */
#define _GNU_SOURCE
#include "check.h"
#include "lib/unload.h"

/* A user id without privileges. */
#define NOBODY	65534

#define NOT_THERE	((void *)0x10)
#define KERNEL_POINTER	((void *)0xffff888000000000ul)
#define NON_CANONICAL	((void *)0x8000000000000000ul)

static pid_t start_exited_child(void)
{
	pid_t pid = fork();
	siginfo_t info;

	if (!pid)
		_exit(0);
	/* It stays a zombie until somebody waits for it without WNOWAIT. */
	if (pid > 0 && waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		return -1;
	return pid;
}

static int pidfd_open(pid_t pid)
{
	return syscall(SYS_pidfd_open, pid, 0);
}

/* Two pages, the second of which is not there; the end of the first. */
static void *end_of_memory(void)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + PAGE, PAGE))
		return NULL;
	return pages + PAGE;
}

/* A page that can be read only, with a struct at its start. */
static void *read_only(const void *data, size_t size)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	memcpy(page, data, size);
	if (mprotect(page, PAGE, PROT_READ))
		return NULL;
	return page;
}

FIXTURE(device)
{
	int fd;
};

FIXTURE_SETUP(device)
{
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(device)
{
	close(self->fd);
}

TEST_F(device, unknown_commands)
{
	char buf[256] = { 0 };

	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO(VPROC_IOC_MAGIC, 0x7f), buf));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO(VPROC_IOC_MAGIC, 0xff), buf));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO('v', 0x00), buf));
	/* A known number with another size or direction is another command. */
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IOR(VPROC_IOC_MAGIC, 0x00, char),
				   buf));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IOW(VPROC_IOC_MAGIC, 0x00,
						  struct vproc_info), buf));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IO(VPROC_IOC_MAGIC, 0x20), buf));
	EXPECT_ERRNO(ENOTTY, ioctl(self->fd, _IOWR(VPROC_IOC_MAGIC, 0x21,
						   struct vproc_attach), buf));
}

TEST_F(device, before_attach)
{
	struct vproc_open_child child = { 0 };
	struct vproc_regions regions = { 0 };
	struct vproc_region region;
	struct vproc_verify verify;
	struct vproc_stats stats;
	struct vproc_event event;
	struct vproc_file file;
	struct vproc_heap heap;
	char name[16];

	EXPECT_ERRNO(ENOTCONN, ioctl(self->fd, VPROC_DETACH));
	EXPECT_ERRNO(ENOTCONN, ioctl(self->fd, VPROC_OPEN_CHILD, &child));
	EXPECT_ERRNO(ENOTCONN, ioctl(self->fd, VPROC_REGIONS, &regions));
	EXPECT_ERRNO(ENOTCONN, vproc_query(self->fd, 0, VPROC_QUERY_NEXT,
					   &region, NULL, 0));
	EXPECT_ERRNO(ENOTCONN, vproc_file(self->fd, VPROC_NAME_HEAP, &file,
					  name, sizeof(name)));
	EXPECT_ERRNO(ENOTCONN, vproc_stats(self->fd, &stats));
	EXPECT_ERRNO(ENOTCONN, vproc_heap(self->fd, &heap));
	EXPECT_ERRNO(ENOTCONN, vproc_verify(self->fd, &verify));
	EXPECT_ERRNO(ENOTCONN, read(self->fd, &event, sizeof(event)));
}

TEST_F(device, info_before_attach)
{
	struct vproc_info info;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &info));
	EXPECT_EQ(VPROC_API_VERSION, info.api_version);
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_INFO, NULL));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_INFO, KERNEL_POINTER));
}

TEST_F(device, info_counts_trackers)
{
	struct vproc_info before, during, after;
	int fd;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &before));
	fd = vproc_open_attached(0, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &during));
	EXPECT_EQ(before.trackers + 1, during.trackers);
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &after));
	EXPECT_EQ(before.trackers, after.trackers);
}

/*
 * To remove hooks takes the kernel a while, for which nobody has to wait. They
 * can come again, any number of times, and then see what they are for.
 */
TEST_F(device, hooks_are_armed_on_demand)
{
	struct vproc_info info;

	for (int round = 0; round < 3; round++) {
		int fd = vproc_open_attached(0, 0);
		void *page;

		ASSERT_LE(0, fd);
		ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &info));
		EXPECT_NE(0, info.hooks);
		page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		ASSERT_NE(MAP_FAILED, page);
		EXPECT_SAME(fd, 0);
		munmap(page, PAGE);
		EXPECT_SAME(fd, 0);
		ASSERT_EQ(0, close(fd));
		if (!vproc_wait_for_disarm(self->fd, &info))
			SKIP(return, "something else is tracked");
		ASSERT_EQ(0, info.hooks);
	}
}

/* Without the function tracer a change would pass unseen. */
TEST_F(device, tracer_stays_enabled)
{
	int fd = vproc_open_attached(0, 0);
	int knob = open("/proc/sys/kernel/ftrace_enabled", O_WRONLY);

	ASSERT_LE(0, fd);
	if (knob < 0)
		SKIP(return, "no kernel.ftrace_enabled, or not root");
	EXPECT_EQ(-1, write(knob, "0", 1));
	/* Kernels that have given the knob up always refuse it. */
	EXPECT_TRUE(errno == EBUSY || errno == EOPNOTSUPP);
	close(knob);
	close(fd);
}

TEST_F(device, attach_flags_and_reserved)
{
	for (unsigned int bit = 5; bit < 32; bit++)
		EXPECT_ERRNO(EINVAL, vproc_attach(self->fd, 0, 1u << bit));
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct vproc_attach attach = { .reserved = 1u << bit };

		EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_ATTACH, &attach));
	}
	/* None of these was the one attach that a file has. */
	EXPECT_EQ(0, vproc_attach(self->fd, 0, 0));
}

TEST_F(device, attach_ring_sizes)
{
	struct vproc_info info;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &info));
	EXPECT_ERRNO(EINVAL, vproc_attach_ring(self->fd, 0, 0, 1));
	EXPECT_ERRNO(EINVAL, vproc_attach_ring(self->fd, 0, 0, 3));
	EXPECT_ERRNO(EINVAL, vproc_attach_ring(self->fd, 0, 0, 32));
	EXPECT_ERRNO(EINVAL, vproc_attach_ring(self->fd, 0, 0, 63));
	EXPECT_ERRNO(EINVAL, vproc_attach_ring(self->fd, 0, 0, 96));
	EXPECT_ERRNO(EINVAL, vproc_attach_ring(self->fd, 0, 0,
					       2 * info.max_ring));
	EXPECT_ERRNO(EINVAL, vproc_attach_ring(self->fd, 0, 0, 1u << 31));
	EXPECT_ERRNO(EINVAL, vproc_attach_ring(self->fd, 0, 0, UINT_MAX));
	EXPECT_EQ(0, vproc_attach_ring(self->fd, 0, 0, 64));
}

TEST_F(device, attach_largest_ring)
{
	struct vproc_info info;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &info));
	EXPECT_EQ(0, vproc_attach_ring(self->fd, 0, 0, info.max_ring));
	EXPECT_EQ(0, vproc_differences(self->fd));
}

TEST_F(device, attach_no_process)
{
	pid_t pid = start_exited_child();
	int pidfd = pidfd_open(pid);

	ASSERT_LT(0, pid);
	ASSERT_LE(0, pidfd);
	/* A zombie, by any name. */
	EXPECT_ERRNO(ESRCH, vproc_attach(self->fd, pid, 0));
	EXPECT_ERRNO(ESRCH, vproc_attach(self->fd, pidfd, VPROC_ATTACH_PIDFD));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_ERRNO(ESRCH, vproc_attach(self->fd, pid, 0));
	EXPECT_ERRNO(ESRCH, vproc_attach(self->fd, pidfd, VPROC_ATTACH_PIDFD));

	EXPECT_ERRNO(ESRCH, vproc_attach(self->fd, -1, 0));
	EXPECT_ERRNO(ESRCH, vproc_attach(self->fd, INT_MIN, 0));
	EXPECT_ERRNO(ESRCH, vproc_attach(self->fd, INT_MAX, 0));
	/* kthreadd */
	EXPECT_ERRNO(ESRCH, vproc_attach(self->fd, 2, 0));

	EXPECT_EQ(0, vproc_attach(self->fd, 0, 0));
	close(pidfd);
}

TEST_F(device, attach_no_pidfd)
{
	EXPECT_ERRNO(EBADF, vproc_attach(self->fd, self->fd,
					 VPROC_ATTACH_PIDFD));
	EXPECT_ERRNO(EBADF, vproc_attach(self->fd, -1, VPROC_ATTACH_PIDFD));
	EXPECT_ERRNO(EBADF, vproc_attach(self->fd, 9999, VPROC_ATTACH_PIDFD));
	EXPECT_EQ(0, vproc_attach(self->fd, 0, 0));
}

TEST_F(device, attach_once)
{
	ASSERT_EQ(0, vproc_attach(self->fd, 0, 0));
	EXPECT_ERRNO(EBUSY, vproc_attach(self->fd, 0, 0));
	EXPECT_ERRNO(EBUSY, vproc_attach(self->fd, getppid(), 0));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	EXPECT_ERRNO(EBUSY, vproc_attach(self->fd, 0, 0));
}

/* The answer cannot be written: as if it had not been asked. */
TEST_F(device, attach_fault)
{
	const struct vproc_attach attach = { 0 };
	struct vproc_info before, after;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &before));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_ATTACH, NULL));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_ATTACH,
				   end_of_memory() - sizeof(attach) / 2));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_ATTACH,
				   read_only(&attach, sizeof(attach))));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_INFO, &after));
	EXPECT_EQ(before.trackers, after.trackers);
	EXPECT_ERRNO(ENOTCONN, ioctl(self->fd, VPROC_DETACH));
	EXPECT_EQ(0, vproc_attach(self->fd, 0, 0));
	EXPECT_SAME(self->fd, 0);
}

/* A module in use stays. */
TEST_F(device, unload_while_open)
{
	struct stat stat_buf;

	if (stat("/sys/module/vproc", &stat_buf))
		SKIP(return, "not a module");
	ASSERT_EQ(0, vproc_attach(self->fd, 0, 0));
	EXPECT_EQ(0, unload_refused()) {
		TH_LOG("errno %d", errno);
	}
	EXPECT_SAME(self->fd, 0);
}

FIXTURE(attached)
{
	int fd;
	void *end;
};

FIXTURE_SETUP(attached)
{
	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vproc_attach(self->fd, 0, VPROC_ATTACH_FORK));
	self->end = end_of_memory();
	ASSERT_NE(NULL, self->end);
}

FIXTURE_TEARDOWN(attached)
{
	close(self->fd);
}

TEST_F(attached, wild_pointers)
{
	static const unsigned long commands[] = {
		VPROC_INFO, VPROC_OPEN_CHILD, VPROC_QUERY, VPROC_REGIONS,
		VPROC_FILE, VPROC_STATS, VPROC_HEAP, VPROC_STACKS, VPROC_VERIFY,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned long command = commands[i];
		void *pointers[] = {
			NULL, NOT_THERE, KERNEL_POINTER, NON_CANONICAL,
			(void *)-1ul, self->end, self->end - 8,
			self->end - _IOC_SIZE(command) + 1,
		};

		for (unsigned int j = 0; j < ARRAY_SIZE(pointers); j++) {
			int ret = ioctl(self->fd, command, pointers[j]);

			EXPECT_TRUE(ret == -1 && errno == EFAULT) {
				TH_LOG("command %lx at %p: %d, errno %d",
				       command, pointers[j], ret, errno);
			}
		}
	}
	EXPECT_SAME(self->fd, 0);
}

TEST_F(attached, answers_to_read_only_memory)
{
	const struct vproc_query query = { .flags = VPROC_QUERY_NEXT };
	const struct vproc_regions regions = { 0 };
	const struct vproc_verify verify = { 0 };
	char name[32];
	const struct vproc_file file = {
		.id = VPROC_NAME_STACK,
		.name_addr = (uintptr_t)name,
		.name_size = sizeof(name),
	};

	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_INFO, read_only("", 1)));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_STATS, read_only("", 1)));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_HEAP, read_only("", 1)));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_QUERY,
				   read_only(&query, sizeof(query))));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_REGIONS,
				   read_only(&regions, sizeof(regions))));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_FILE,
				   read_only(&file, sizeof(file))));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_VERIFY,
				   read_only(&verify, sizeof(verify))));
	EXPECT_SAME(self->fd, 0);
}

/* The pointers inside the structs. */
TEST_F(attached, wild_buffers)
{
	void *buffers[] = {
		NOT_THERE, KERNEL_POINTER, NON_CANONICAL, self->end - 4,
		self->end,
	};
	struct vproc_region region;
	struct vproc_file file;

	for (unsigned int i = 0; i < ARRAY_SIZE(buffers); i++) {
		struct vproc_regions regions = {
			.regions_addr = (uintptr_t)buffers[i],
			.count = 16,
		};

		EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_REGIONS, &regions));
		EXPECT_ERRNO(EFAULT, vproc_query(self->fd,
						 (uintptr_t)&vproc_open, 0,
						 &region, buffers[i], 4096));
		EXPECT_ERRNO(EFAULT, vproc_file(self->fd, VPROC_NAME_VSYSCALL,
						&file, buffers[i], 4096));
	}
	EXPECT_SAME(self->fd, 0);
}

TEST_F(attached, query_flags_and_reserved)
{
	char name[16];
	struct vproc_query query;

	for (unsigned int bit = 6; bit < 64; bit++) {
		query = (struct vproc_query){ .flags = 1ull << bit };
		EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_QUERY, &query));
	}
	query = (struct vproc_query){
		.flags = VPROC_QUERY_NEXT,
		.reserved = 1,
	};
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_QUERY, &query));
	query = (struct vproc_query){
		.flags = VPROC_QUERY_NEXT,
		.name_addr = (uintptr_t)name,
	};
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_QUERY, &query));
	query = (struct vproc_query){
		.flags = VPROC_QUERY_NEXT,
		.name_size = sizeof(name),
	};
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_QUERY, &query));
}

TEST_F(attached, regions_flags_and_reserved)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct vproc_regions regions = { .flags = 1ull << bit };

		/* It is not asked together with an address. */
		if (regions.flags == VPROC_REGIONS_SINCE)
			regions.addr = 4096;
		EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_REGIONS, &regions));
		regions = (struct vproc_regions){ .reserved = 1ull << bit };
		EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_REGIONS, &regions));
	}
}

TEST_F(attached, file_reserved_and_sizes)
{
	char name[16];
	struct vproc_file file = {
		.id = VPROC_NAME_STACK,
		.name_addr = (uintptr_t)name,
		.name_size = sizeof(name),
		.reserved = 1,
	};

	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_FILE, &file));
	EXPECT_ERRNO(EINVAL, vproc_file(self->fd, VPROC_NAME_STACK, &file,
					name, 0));
	EXPECT_ERRNO(ENAMETOOLONG, vproc_file(self->fd, VPROC_NAME_STACK,
					      &file, name,
					      strlen("[stack]")));
	EXPECT_EQ(0, vproc_file(self->fd, VPROC_NAME_STACK, &file, name,
				sizeof("[stack]")));
	EXPECT_STREQ("[stack]", name);
	EXPECT_EQ(VPROC_FILE_NAME, file.kind);
	EXPECT_ERRNO(ENOENT, vproc_file(self->fd, VPROC_NAME_NONE, &file, name,
					sizeof(name)));
	EXPECT_ERRNO(ENOENT, vproc_file(self->fd, VPROC_NAME_FIRST - 1, &file,
					name, sizeof(name)));
	EXPECT_ERRNO(ENOENT, vproc_file(self->fd, UINT_MAX, &file, name,
					sizeof(name)));
}

TEST_F(attached, verify_flags_and_reserved)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct vproc_verify verify = { .flags = 1u << bit };

		EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_VERIFY, &verify));
		verify = (struct vproc_verify){ .reserved = 1u << bit };
		EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_VERIFY, &verify));
	}
}

TEST_F(attached, open_child_refusals)
{
	struct vproc_open_child child = { .flags = O_APPEND };

	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_OPEN_CHILD, &child));
	child = (struct vproc_open_child){ 0 };
	EXPECT_ERRNO(ENOENT, ioctl(self->fd, VPROC_OPEN_CHILD, &child));
	child = (struct vproc_open_child){ .id = ~0ull };
	EXPECT_ERRNO(ENOENT, ioctl(self->fd, VPROC_OPEN_CHILD, &child));
}

/* A child whose file could not be handed over waits as before. */
TEST_F(attached, open_child_fault)
{
	struct vproc_open_child child = { 0 };
	struct target target;
	int free_before, free_after;

	ASSERT_EQ(0, target_start(&target));
	ASSERT_EQ(target.pid, target_syscall(&target, SYS_getpid));

	free_before = dup(0);
	close(free_before);
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_OPEN_CHILD,
				   read_only(&child, sizeof(child))));
	free_after = dup(0);
	close(free_after);
	EXPECT_EQ(free_before, free_after);

	ASSERT_EQ(0, ioctl(self->fd, VPROC_OPEN_CHILD, &child));
	EXPECT_SAME(child.fd, target.pid);
	close(child.fd);
	EXPECT_EQ(0, target_stop(&target));
}

TEST_F(attached, detach)
{
	static struct vproc_map map;
	struct vproc_region region;
	struct vproc_verify verify;
	struct vproc_stats stats;
	struct vproc_heap heap;
	struct vproc_file file;
	char name[PATH_MAX];

	EXPECT_SAME(self->fd, 0);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	EXPECT_ERRNO(ESRCH, ioctl(self->fd, VPROC_DETACH));
	EXPECT_ERRNO(ESRCH, vproc_verify(self->fd, &verify));

	/* Nothing has changed since, and the state is kept. */
	EXPECT_EQ(0, vproc_compare(self->fd, 0));
	ASSERT_EQ(0, vproc_read_map(self->fd, &map));
	ASSERT_EQ(0, vproc_query(self->fd, (uintptr_t)&vproc_open, 0, &region,
				 name, sizeof(name)));
	EXPECT_EQ(0, vproc_file(self->fd, region.name, &file, name,
				sizeof(name)));
	ASSERT_EQ(0, vproc_heap(self->fd, &heap));
	EXPECT_EQ(map.head.brk, heap.brk);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_ENDED, stats.state);
	EXPECT_EQ(VPROC_CAUSE_DETACH, stats.end_cause);
	EXPECT_EQ(map.head.count - stats.has_vsyscall, stats.regions);
}

/* What happens after a detach is not followed. */
TEST_F(attached, nothing_after_detach)
{
	static struct vproc_map before, after;

	ASSERT_EQ(0, vproc_read_map(self->fd, &before));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_DETACH));
	ASSERT_NE(MAP_FAILED, mmap(NULL, PAGE, PROT_NONE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	ASSERT_EQ(0, vproc_read_map(self->fd, &after));
	ASSERT_EQ(before.head.count, after.head.count);
	EXPECT_EQ(0, memcmp(before.regions, after.regions,
			    before.head.count * sizeof(before.regions[0])));
}

/*
 * The checks of who may look hold even where the node's mode lets everybody
 * open it. They run in a child that has given up its privileges.
 */
FIXTURE(unprivileged)
{
	mode_t mode;
	struct target other;
};

FIXTURE_SETUP(unprivileged)
{
	struct stat stat_buf;

	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, stat(VPROC_DEVICE, &stat_buf));
	self->mode = stat_buf.st_mode & 07777;
	ASSERT_EQ(0, target_start(&self->other));
	ASSERT_EQ(0, chmod(VPROC_DEVICE, 0666));
}

FIXTURE_TEARDOWN(unprivileged)
{
	if (!self->mode)
		return;
	chmod(VPROC_DEVICE, self->mode);
	target_stop(&self->other);
}

static long become_nobody(const unsigned long *args)
{
	(void)args;
	return setresgid(NOBODY, NOBODY, NOBODY) ||
	       setresuid(NOBODY, NOBODY, NOBODY);
}

/* Runs where the arguments say; the result is 0 or an errno. */
static long try_attach(const unsigned long *args)
{
	int fd = vproc_open_attached(args[0], args[1]);

	if (fd < 0)
		return errno;
	if (vproc_check(fd, args[0]))
		return -1;
	close(fd);
	return 0;
}

static long try_attach_pidfd(const unsigned long *args)
{
	int pidfd = pidfd_open(args[0]);
	int fd, err;

	if (pidfd < 0)
		return -errno;
	fd = vproc_open_attached(pidfd, VPROC_ATTACH_PIDFD);
	err = fd < 0 ? errno : 0;
	close(fd);
	close(pidfd);
	return err;
}

TEST_F(unprivileged, attach)
{
	struct target nobody, same_user;

	ASSERT_EQ(0, target_start(&nobody));
	ASSERT_EQ(0, target_start(&same_user));
	ASSERT_EQ(0, target_call(&nobody, become_nobody));
	ASSERT_EQ(0, target_call(&same_user, become_nobody));

	EXPECT_EQ(0, target_call(&nobody, try_attach, 0, 0));
	EXPECT_EQ(0, target_call(&nobody, try_attach, nobody.pid,
				 VPROC_ATTACH_EXEC | VPROC_ATTACH_FORK));
	EXPECT_EQ(EPERM, target_call(&nobody, try_attach, 1, 0));
	EXPECT_EQ(EPERM, target_call(&nobody, try_attach, self->other.pid, 0));
	EXPECT_EQ(EPERM, target_call(&nobody, try_attach, same_user.pid, 0));
	EXPECT_EQ(EPERM, target_call(&nobody, try_attach_pidfd,
				     self->other.pid));
	EXPECT_EQ(0, target_call(&nobody, try_attach_pidfd, nobody.pid));
	EXPECT_EQ(ESRCH, target_call(&nobody, try_attach, INT_MAX, 0));

	EXPECT_EQ(0, target_stop(&nobody));
	EXPECT_EQ(0, target_stop(&same_user));
}

/* An open file is no key: who attaches is checked, not who opened. */
static long try_attach_inherited(const unsigned long *args)
{
	return vproc_attach(args[0], args[1], 0) ? errno : 0;
}

TEST_F(unprivileged, attach_with_inherited_file)
{
	struct target nobody;
	int fd = vproc_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, target_start(&nobody));
	ASSERT_EQ(0, target_call(&nobody, become_nobody));
	EXPECT_EQ(EPERM, target_call(&nobody, try_attach_inherited, fd,
				     self->other.pid));
	EXPECT_EQ(0, target_call(&nobody, try_attach_inherited, fd,
				 nobody.pid));
	EXPECT_EQ(0, vproc_compare(fd, nobody.pid));
	EXPECT_EQ(0, target_stop(&nobody));
	close(fd);
}

TEST_HARNESS_MAIN
