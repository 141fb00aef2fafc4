// SPDX-License-Identifier: GPL-2.0-only
/*
 * Models: each call through the device, and each of its errors. The rules
 * themselves are checked by the KUnit suites and by "make twin".
 */
#define _GNU_SOURCE
#include <linux/io_uring.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "check.h"
#include "lib/file.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define AT		0x20000000ul

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static struct vproc_map map;

FIXTURE(model)
{
	int fd;
	int memfd;
	int read_only;
};

FIXTURE_SETUP(model)
{
	struct vproc_create create = {};
	char path[32];

	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_CREATE, &create));
	self->memfd = memfd_create("model", MFD_CLOEXEC);
	ASSERT_LE(0, self->memfd);
	ASSERT_EQ(0, ftruncate(self->memfd, 64 * PAGE));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->memfd);
	self->read_only = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->read_only);
}

FIXTURE_TEARDOWN(model)
{
	close(self->fd);
	close(self->memfd);
	close(self->read_only);
}

/* The address, or -1 and errno. */
static long call_map(int fd, __u64 addr, __u64 size, int prot, int flags,
		     int file, __u64 offset)
{
	struct vproc_mmap args = {
		.addr = addr, .size = size, .prot = prot, .flags = flags,
		.fd = file, .offset = offset,
	};

	return ioctl(fd, VPROC_MAP, &args) ? -1 : (long)args.addr;
}

static long call_anon(int fd, __u64 addr, __u64 size, int prot)
{
	return call_map(fd, addr, size, prot, ANON | MAP_FIXED, -1, 0);
}

static int call_unmap(int fd, __u64 addr, __u64 size)
{
	struct vproc_range range = { .addr = addr, .size = size };

	return ioctl(fd, VPROC_UNMAP, &range);
}

static int call_free(int fd, __u64 addr, __u64 size)
{
	struct vproc_range range = { .addr = addr, .size = size };

	return ioctl(fd, VPROC_FREE, &range);
}

static int call_protect(int fd, __u64 addr, __u64 size, int prot)
{
	struct vproc_mprotect protect = {
		.addr = addr, .size = size, .prot = prot,
	};

	return ioctl(fd, VPROC_PROTECT, &protect);
}

static long call_remap(int fd, __u64 addr, __u64 old_size, __u64 new_size,
		       int flags, __u64 new_addr)
{
	struct vproc_mremap remap = {
		.addr = addr, .old_size = old_size, .new_size = new_size,
		.flags = flags, .new_addr = new_addr,
	};

	return ioctl(fd, VPROC_MREMAP, &remap) ? -1 : (long)remap.addr;
}

static int call_physical(int fd, __u64 phys, __u64 addr, __u64 size, int prot)
{
	struct vproc_map_physical physical = {
		.phys = phys, .addr = addr, .size = size, .prot = prot,
	};

	return ioctl(fd, VPROC_MAP_PHYSICAL, &physical);
}

static int call_touch(int fd, __u64 addr, int access)
{
	struct vproc_touch touch = { .addr = addr, .access = access };

	return ioctl(fd, VPROC_TOUCH, &touch);
}

static int call_write(int fd, __u64 addr)
{
	struct vproc_touch touch = { .addr = addr };

	return ioctl(fd, VPROC_WRITE, &touch);
}

static int call_fork(int fd)
{
	struct vproc_fork fork = { .flags = O_CLOEXEC };

	return ioctl(fd, VPROC_FORK, &fork) ? -1 : (int)fork.fd;
}

static long call_count(int fd, __u64 addr)
{
	struct vproc_cow_info info = { .addr = addr };

	return ioctl(fd, VPROC_COW_INFO, &info) ? -1 : (long)info.count;
}

static int stack_op(int fd, unsigned long cmd, __u32 id, __u64 value)
{
	struct vproc_stack_op op = { .id = id, .value = value };

	return ioctl(fd, cmd, &op);
}

static __u64 regions(int fd)
{
	return vproc_read_map(fd, &map) ? -1ull : map.head.count;
}

/* All that has an argument. */
static const struct {
	unsigned long cmd;
	const char *name;
} calls[] = {
#define CALL(cmd) { cmd, #cmd }
	CALL(VPROC_MAP), CALL(VPROC_ALLOCATE), CALL(VPROC_FREE),
	CALL(VPROC_UNMAP), CALL(VPROC_MAP_PHYSICAL), CALL(VPROC_PROTECT),
	CALL(VPROC_MREMAP), CALL(VPROC_BRK), CALL(VPROC_GROW_HEAP),
	CALL(VPROC_STACK_NEW), CALL(VPROC_STACK_INFO), CALL(VPROC_STACK_SP),
	CALL(VPROC_GROW_STACK), CALL(VPROC_STACK_FREE), CALL(VPROC_TOUCH),
	CALL(VPROC_WRITE), CALL(VPROC_FORK), CALL(VPROC_COW_INFO),
	CALL(VPROC_PAGE_INFO),
};

TEST_F(model, wrong_kind_of_file)
{
	struct vproc_verify verify = {};
	struct vproc_attach attach = {};
	struct vproc_create create = {};
	struct vproc_event event;
	char argument[128] = {};
	int empty = vproc_open(), live = vproc_open_attached(0, 0);

	if (live < 0 && errno == EOPNOTSUPP)
		SKIP(return, "nothing can be tracked on this kernel");
	ASSERT_LE(0, empty);
	ASSERT_LE(0, live);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		TH_LOG("%s", calls[i].name);
		EXPECT_ERRNO(ENOTCONN, ioctl(empty, calls[i].cmd, argument));
		EXPECT_ERRNO(EBUSY, ioctl(live, calls[i].cmd, argument));
		EXPECT_ERRNO(EFAULT, ioctl(self->fd, calls[i].cmd, 8));
	}
	EXPECT_ERRNO(EBUSY, ioctl(live, VPROC_CREATE, &create));
	EXPECT_ERRNO(EBUSY, ioctl(self->fd, VPROC_CREATE, &create));
	EXPECT_ERRNO(EBUSY, ioctl(self->fd, VPROC_ATTACH, &attach));
	EXPECT_ERRNO(ENOTCONN, ioctl(self->fd, VPROC_DETACH));
	EXPECT_ERRNO(ENOTCONN, ioctl(self->fd, VPROC_VERIFY, &verify));
	EXPECT_ERRNO(ENOTCONN, read(self->fd, &event, sizeof(event)));
	close(empty);
	close(live);
}

/* A result that cannot be written is found out about before anything is done. */
TEST_F(model, result_cannot_be_written)
{
	struct vproc_mmap *args;

	args = mmap(NULL, PAGE, RW, ANON, -1, 0);
	ASSERT_NE(MAP_FAILED, args);
	*args = (struct vproc_mmap){
		.size = PAGE, .prot = RW, .flags = ANON, .fd = -1,
	};
	ASSERT_EQ(0, mprotect(args, PAGE, PROT_READ));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_MAP, args));
	EXPECT_EQ(0, regions(self->fd));
	munmap(args, PAGE);
}

TEST(create)
{
	struct vproc_create create = {};
	struct vproc_create bad[] = {
		{ .flags = 2 },
		{ .reserved = { 1 } },
		{ .reserved = { 0, 1 } },
		{ .max_regions = -1u },
		{ .user_start = PAGE },
		{ .flags = VPROC_CREATE_LAYOUT },
	};
	int fd = vproc_open();

	ASSERT_LE(0, fd);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERRNO(EINVAL, ioctl(fd, VPROC_CREATE, &bad[i]));
	EXPECT_ERRNO(EFAULT, ioctl(fd, VPROC_CREATE, 8));
	EXPECT_EQ(0, ioctl(fd, VPROC_CREATE, &create));
	EXPECT_EQ(VPROC_MODEL_REGIONS, create.max_regions);
	EXPECT_EQ(0x10000, create.user_start);
	EXPECT_EQ(0x7fffffff0000, create.user_end);
	EXPECT_EQ(0x400000, create.code_start);
	EXPECT_EQ(0x800000, create.data_start);
	EXPECT_EQ(0x10000000, create.heap_start);
	EXPECT_EQ(8ull << 30, create.heap_limit);
	EXPECT_EQ(0x7fff00000000, create.stack_end);
	EXPECT_EQ(8ull << 20, create.stack_size);
	close(fd);

	/* What was told can be given. */
	fd = vproc_open();
	create.flags = VPROC_CREATE_LAYOUT;
	create.heap_start += PAGE;
	create.max_regions = 1;
	EXPECT_EQ(0, ioctl(fd, VPROC_CREATE, &create));
	EXPECT_EQ(AT, call_anon(fd, AT, PAGE, RW));
	EXPECT_EQ(AT + 2 * PAGE, call_anon(fd, AT + 2 * PAGE, PAGE, RW));
	EXPECT_ERRNO(ENOMEM, call_anon(fd, AT + 4 * PAGE, PAGE, RW));
	close(fd);
}

TEST_F(model, map)
{
	const __u64 map_end = VPROC_STACK_END - VPROC_STACK_SIZE -
		VPROC_STACK_GUARD_GAP;

	EXPECT_EQ(map_end - PAGE, call_map(self->fd, 0, 1, RW, ANON, -1, 0));
	EXPECT_EQ(map_end - 2 * PAGE, call_map(self->fd, 0, PAGE, RW, ANON, -1,
					       0));
	EXPECT_EQ(1, regions(self->fd));
	EXPECT_EQ(AT, call_map(self->fd, AT, PAGE, RW, ANON, -1, 0));
	EXPECT_ERRNO(EEXIST, call_map(self->fd, AT, PAGE, RW,
				      ANON | MAP_FIXED_NOREPLACE, -1, 0));
	EXPECT_EQ(2, regions(self->fd));
	EXPECT_EQ(VPROC_TYPE_DATA, map.regions[0].type);
}

TEST_F(model, map_errors)
{
	struct vproc_mmap reserved = {
		.size = PAGE, .flags = ANON, .reserved = 1,
	};

	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_MAP, &reserved));
	EXPECT_ERRNO(EINVAL, call_map(self->fd, 0, PAGE, 8, ANON, -1, 0));
	EXPECT_ERRNO(EINVAL, call_map(self->fd, 0, PAGE, RW, ANON | MAP_LOCKED,
				      -1, 0));
	EXPECT_ERRNO(EINVAL, call_map(self->fd, 0, PAGE, RW, ANON, -1, 1));
	EXPECT_ERRNO(EBADF, call_map(self->fd, 0, PAGE, RW, MAP_PRIVATE, -1,
				     0));
	EXPECT_ERRNO(EINVAL, call_map(self->fd, 0, 0, RW, ANON, -1, 0));
	EXPECT_ERRNO(ENOMEM, call_map(self->fd, 0, -1ull, RW, ANON, -1, 0));
	EXPECT_ERRNO(ENOMEM, call_map(self->fd, 0, 1ull << 60, RW, ANON, -1,
				      0));
	EXPECT_ERRNO(ENOMEM, call_map(self->fd, 0, 1ull << 60, RW,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	EXPECT_ERRNO(ENOMEM, call_anon(self->fd, VPROC_USER_END, PAGE, RW));
	EXPECT_ERRNO(EINVAL, call_anon(self->fd, AT + 1, PAGE, RW));
	EXPECT_ERRNO(EPERM, call_anon(self->fd, 0, PAGE, RW));
	EXPECT_ERRNO(EOVERFLOW, call_map(self->fd, 0, PAGE, PROT_READ,
					 MAP_PRIVATE, self->memfd, -PAGE));
	EXPECT_ERRNO(EACCES, call_map(self->fd, 0, PAGE, RW, MAP_SHARED,
				      self->read_only, 0));
	EXPECT_ERRNO(EINVAL, call_map(self->fd, 0, PAGE, RW, 0,
				      self->memfd, 0));
	EXPECT_ERRNO(EINVAL, call_map(self->fd, 0, PAGE, RW, MAP_ANONYMOUS, -1,
				      0));
	EXPECT_ERRNO(EINVAL, call_map(self->fd, 0, PAGE, RW,
				      MAP_SHARED | MAP_ANONYMOUS |
				       MAP_GROWSDOWN, -1, 0));
	EXPECT_ERRNO(EOPNOTSUPP, call_map(self->fd, AT, PAGE, RW,
					  MAP_SHARED_VALIDATE |
					   MAP_FIXED_NOREPLACE, self->memfd,
					   0));
	EXPECT_EQ(0, regions(self->fd));
}

TEST_F(model, files_that_cannot_be_mapped)
{
	int write_only = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int proc = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
	int pipes[2];

	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	EXPECT_ERRNO(EACCES, call_map(self->fd, 0, PAGE, PROT_READ,
				      MAP_PRIVATE, write_only, 0));
	EXPECT_ERRNO(ENODEV, call_map(self->fd, 0, PAGE, PROT_READ,
				      MAP_PRIVATE, pipes[0], 0));
	EXPECT_ERRNO(EPERM, call_map(self->fd, 0, PAGE, PROT_EXEC,
				     MAP_PRIVATE, proc, 0));
	/* Its own. */
	EXPECT_ERRNO(ENODEV, call_map(self->fd, 0, PAGE, PROT_READ, MAP_SHARED,
				      self->fd, 0));
	close(write_only);
	close(proc);
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(model, files_have_names)
{
	struct vproc_file file;
	char name[PATH_MAX];

	EXPECT_EQ(AT, call_map(self->fd, AT, 2 * PAGE, PROT_READ,
			       MAP_SHARED | MAP_FIXED, self->memfd, PAGE));
	EXPECT_EQ(AT + 8 * PAGE, call_map(self->fd, AT + 8 * PAGE, PAGE, RW,
					  MAP_SHARED | MAP_ANONYMOUS |
					   MAP_FIXED, -1, 0));
	EXPECT_EQ(0, call_unmap(self->fd, AT, PAGE));
	ASSERT_EQ(2, regions(self->fd));
	EXPECT_EQ(AT + PAGE, map.regions[0].start);
	EXPECT_EQ(2 * PAGE, map.regions[0].offset);
	EXPECT_EQ(VPROC_PERM_READ | VPROC_PERM_SHARED, map.regions[0].perm);
	EXPECT_EQ(VPROC_TYPE_SHARED, map.regions[0].type);
	ASSERT_EQ(0, vproc_file(self->fd, map.regions[0].name, &file, name,
				sizeof(name)));
	EXPECT_STREQ("/memfd:model (deleted)", name);
	ASSERT_EQ(0, vproc_file(self->fd, map.regions[1].name, &file, name,
				sizeof(name)));
	EXPECT_STREQ("/dev/zero (deleted)", name);
}

/* What a process can have hold @fd, and map: a ring of io_uring. */
static int hold_in_ring(int fd)
{
	struct io_uring_params params = { 0 };
	__s32 file = fd;
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring >= 0 && syscall(SYS_io_uring_register, ring,
				 IORING_REGISTER_FILES, &file, 1))
		return -1;
	return ring;
}

/* A socket, that @fd was sent to and that nobody reads from. */
static int hold_in_socket(int fd)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ||
	    file_send(ends[0], fd))
		return -1;
	close(ends[0]);
	return ends[1];
}

/* A ring, that holds a socket, that holds it. */
static int hold_in_socket_in_ring(int fd)
{
	int end = hold_in_socket(fd);
	int ring = hold_in_ring(end);

	close(end);
	return ring;
}

/* Each open file of the device uses the module. */
static long module_users(void)
{
	char text[32] = "";
	int fd = open("/sys/module/vproc/refcnt", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, text, sizeof(text) - 1);

	close(fd);
	return size > 0 ? atol(text) : -1;
}

/* A ring lets go of its files a while after it is closed. */
static bool module_users_become(long users)
{
	for (int tries = 0; tries < 1000; tries++) {
		if (module_users() == users)
			return true;
		usleep(10000);
	}
	return false;
}

FIXTURE(own)
{
	int fd;
};

FIXTURE_VARIANT(own)
{
	int (*hold)(int fd);
};

FIXTURE_VARIANT_ADD(own, ring)
{
	.hold = hold_in_ring,
};

FIXTURE_VARIANT_ADD(own, socket)
{
	.hold = hold_in_socket,
};

FIXTURE_VARIANT_ADD(own, socket_in_ring)
{
	.hold = hold_in_socket_in_ring,
};

FIXTURE_SETUP(own)
{
	struct vproc_create create = {};

	self->fd = vproc_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ioctl(self->fd, VPROC_CREATE, &create));
}

FIXTURE_TEARDOWN(own)
{
}

/* A model goes when nobody can reach it but by its own regions. */
TEST_F(own, file_held_by_what_is_mapped)
{
	const long users = module_users();
	int holder = variant->hold(self->fd);

	if (holder < 0 && variant->hold != hold_in_socket)
		SKIP(return, "io_uring: errno %d", errno);
	ASSERT_LE(0, holder);
	ASSERT_LT(0, users);
	EXPECT_LT(0, call_map(self->fd, 0, PAGE, PROT_READ, MAP_SHARED, holder,
			      0));
	close(holder);
	close(self->fd);
	EXPECT_TRUE(module_users_become(users - 1));
}

/* A region of it knows what it was; it does not keep it open. */
TEST_F(model, sockets_are_not_held)
{
	struct vproc_file file;
	char name[PATH_MAX];
	int ends[2], copy;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	ASSERT_EQ(AT, call_map(self->fd, AT, PAGE, PROT_READ,
			       MAP_SHARED | MAP_FIXED, ends[1], 0));
	copy = call_fork(self->fd);
	EXPECT_LE(0, copy);
	close(ends[1]);
	EXPECT_ERRNO(EPIPE, send(ends[0], "", 1, MSG_NOSIGNAL));
	ASSERT_EQ(1, regions(self->fd));
	ASSERT_EQ(0, vproc_file(self->fd, map.regions[0].name, &file, name,
				sizeof(name)));
	EXPECT_EQ(0, strncmp(name, "socket:[", 8));
	close(copy);
	close(ends[0]);
}

/* Of one file of memory, two mappings that continue each other are one. */
TEST_F(model, mappings_of_a_file_become_one)
{
	int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	const int files[] = { self->memfd, zero };

	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
		const long at = AT + i * 8 * PAGE;

		EXPECT_EQ(at, call_map(self->fd, at, PAGE, RW,
				       MAP_PRIVATE | MAP_FIXED, files[i], 0));
		EXPECT_EQ(at + PAGE, call_map(self->fd, at + PAGE, PAGE, RW,
					      MAP_PRIVATE | MAP_FIXED, files[i],
					      PAGE));
		ASSERT_EQ(i + 1, regions(self->fd));
		EXPECT_EQ(at + 2 * PAGE, map.regions[i].end);
	}
	close(zero);
}

/* All eight. */
TEST_F(model, types)
{
	static const __u16 expected[] = {
		VPROC_TYPE_HEAP, VPROC_TYPE_CODE, VPROC_TYPE_DATA,
		VPROC_TYPE_RODATA, VPROC_TYPE_MAPPED_FILE, VPROC_TYPE_SHARED,
		VPROC_TYPE_DEVICE, VPROC_TYPE_STACK,
	};
	struct vproc_brk brk = { .brk = VPROC_HEAP_START + PAGE };
	struct vproc_stack_new stack = { .size = 4 * PAGE };
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct vproc_stats stats;

	EXPECT_EQ(0, ioctl(self->fd, VPROC_BRK, &brk));
	EXPECT_EQ(AT, call_anon(self->fd, AT, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(AT + PAGE, call_anon(self->fd, AT + PAGE, PAGE, RW));
	EXPECT_EQ(AT + 2 * PAGE, call_anon(self->fd, AT + 2 * PAGE, PAGE,
					   PROT_READ));
	EXPECT_EQ(AT + 3 * PAGE, call_map(self->fd, AT + 3 * PAGE, PAGE,
					  PROT_READ, MAP_SHARED | MAP_FIXED,
					   file, 0));
	EXPECT_EQ(AT + 4 * PAGE, call_map(self->fd, AT + 4 * PAGE, PAGE, RW,
					  MAP_SHARED | MAP_ANONYMOUS |
					   MAP_FIXED, -1, 0));
	EXPECT_EQ(0, call_physical(self->fd, 0xfee00000, AT + 5 * PAGE, PAGE,
				   RW));
	EXPECT_EQ(0, ioctl(self->fd, VPROC_STACK_NEW, &stack));
	ASSERT_EQ(8, regions(self->fd));
	for (unsigned int i = 0; i < 8; i++)
		EXPECT_EQ(expected[i], map.regions[i].type);
	ASSERT_EQ(0, vproc_stats(self->fd, &stats));
	EXPECT_EQ(VPROC_STATE_MODEL, stats.state);
	EXPECT_EQ(8, stats.regions);
	EXPECT_EQ(10 * PAGE, stats.total_bytes);
	EXPECT_EQ(3 * PAGE, stats.bytes[VPROC_TYPE_STACK]);
	close(file);
}

TEST_F(model, allocate_and_free)
{
	struct vproc_allocate allocate = { .size = 3 * PAGE - 5, .prot = RW };
	struct vproc_allocate bad = { .size = PAGE, .prot = 8 };

	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_ALLOCATE, &bad));
	bad = (struct vproc_allocate){ .size = PAGE, .reserved = 1 };
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_ALLOCATE, &bad));
	bad = (struct vproc_allocate){ .prot = RW };
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_ALLOCATE, &bad));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_ALLOCATE, &allocate));
	ASSERT_EQ(1, regions(self->fd));
	EXPECT_EQ(allocate.addr, map.regions[0].start);
	EXPECT_EQ(allocate.addr + 3 * PAGE, map.regions[0].end);
	EXPECT_ERRNO(EINVAL, call_free(self->fd, allocate.addr, 4 * PAGE));
	EXPECT_ERRNO(EINVAL, call_free(self->fd, AT, PAGE));
	EXPECT_EQ(0, call_free(self->fd, allocate.addr + PAGE, PAGE));
	EXPECT_EQ(2, regions(self->fd));
}

TEST_F(model, unmap_and_protect)
{
	struct vproc_mprotect bad = { .addr = AT, .size = PAGE, .reserved = 1 };

	EXPECT_EQ(AT, call_anon(self->fd, AT, 8 * PAGE, RW));
	EXPECT_EQ(0, call_unmap(self->fd, AT + 4 * PAGE, PAGE));
	EXPECT_ERRNO(ENOMEM, call_protect(self->fd, AT + 2 * PAGE, 5 * PAGE,
					  PROT_READ));
	/* As by the system call, what lies before the hole is changed. */
	ASSERT_EQ(3, regions(self->fd));
	EXPECT_EQ(VPROC_PERM_READ, map.regions[1].perm);
	EXPECT_EQ(AT + 2 * PAGE, map.regions[1].start);
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_PROTECT, &bad));
	EXPECT_ERRNO(EINVAL, call_protect(self->fd, AT, PAGE, 8));
	EXPECT_ERRNO(EINVAL, call_protect(self->fd, AT + 1, PAGE, RW));
	EXPECT_ERRNO(ENOMEM, call_protect(self->fd, AT, -PAGE, RW));
	EXPECT_EQ(0, call_protect(self->fd, AT, 0, RW));
	EXPECT_ERRNO(EINVAL, call_unmap(self->fd, AT + 1, PAGE));
	EXPECT_ERRNO(EINVAL, call_unmap(self->fd, AT, 0));
	EXPECT_ERRNO(EINVAL, call_unmap(self->fd, 1ull << 60, PAGE));
	EXPECT_EQ(0, call_unmap(self->fd, AT, 100 * PAGE));
	EXPECT_EQ(0, regions(self->fd));
	/* A file that is not open for writing. */
	EXPECT_EQ(AT, call_map(self->fd, AT, PAGE, PROT_READ,
			       MAP_SHARED | MAP_FIXED, self->read_only, 0));
	EXPECT_ERRNO(EACCES, call_protect(self->fd, AT, PAGE, RW));
}

TEST_F(model, remap)
{
	struct vproc_mremap bad = { .addr = AT, .reserved = 1 };
	const int fixed = MREMAP_MAYMOVE | MREMAP_FIXED;

	EXPECT_EQ(AT, call_anon(self->fd, AT, 4 * PAGE, RW));
	EXPECT_EQ(AT, call_remap(self->fd, AT, 4 * PAGE, 6 * PAGE, 0, 0));
	EXPECT_EQ(AT, call_remap(self->fd, AT, 6 * PAGE, 3 * PAGE, 0, 0));
	EXPECT_EQ(AT + 16 * PAGE, call_remap(self->fd, AT, 3 * PAGE, 3 * PAGE,
					     fixed, AT + 16 * PAGE));
	ASSERT_EQ(1, regions(self->fd));
	EXPECT_EQ(AT + 16 * PAGE, map.regions[0].start);
	EXPECT_EQ(AT + 19 * PAGE, map.regions[0].end);
	EXPECT_EQ(AT, call_remap(self->fd, AT + 16 * PAGE, PAGE, PAGE,
				 fixed | MREMAP_DONTUNMAP, AT));
	EXPECT_EQ(2, regions(self->fd));
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_MREMAP, &bad));
	EXPECT_ERRNO(EFAULT, call_remap(self->fd, AT + 64 * PAGE, PAGE,
					2 * PAGE, 0, 0));
	EXPECT_ERRNO(ENOMEM, call_remap(self->fd, AT + 16 * PAGE, PAGE,
					2 * PAGE, 0, 0));
	EXPECT_ERRNO(EPERM, call_remap(self->fd, AT, PAGE, PAGE, fixed, 0));
}

TEST_F(model, physical)
{
	struct vproc_map_physical bad = {
		.addr = AT, .size = PAGE, .reserved = 1,
	};
	struct vproc_page_info info = { .addr = AT + PAGE + 5 };

	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_MAP_PHYSICAL, &bad));
	EXPECT_ERRNO(EINVAL, call_physical(self->fd, 0, AT, PAGE, 8));
	EXPECT_ERRNO(EINVAL, call_physical(self->fd, 1, AT, PAGE, RW));
	EXPECT_ERRNO(EOVERFLOW, call_physical(self->fd, -PAGE, AT, 2 * PAGE,
					      RW));
	EXPECT_ERRNO(EPERM, call_physical(self->fd, 0, 0, PAGE, RW));
	EXPECT_ERRNO(ENOMEM, call_physical(self->fd, 0, VPROC_USER_END, PAGE,
					   RW));
	ASSERT_EQ(0, call_physical(self->fd, 0xfee00000, AT, 4 * PAGE, RW));
	EXPECT_ERRNO(EEXIST, call_physical(self->fd, 0, AT, PAGE, RW));
	EXPECT_EQ(0, call_unmap(self->fd, AT, PAGE));
	ASSERT_EQ(0, ioctl(self->fd, VPROC_PAGE_INFO, &info));
	EXPECT_EQ(0xfee01005, info.phys);
	EXPECT_EQ(VPROC_TYPE_DEVICE, info.type);
	EXPECT_EQ(VPROC_PAGE_PRESENT | VPROC_PAGE_USER | VPROC_PAGE_WRITABLE |
		  VPROC_PAGE_NO_EXECUTE, info.page_flags);
	info.addr = AT;
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_PAGE_INFO, &info));
}

TEST_F(model, heap)
{
	struct vproc_brk brk = { .brk = VPROC_HEAP_START + 100 };
	struct vproc_heap heap;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_BRK, &brk));
	brk.brk = VPROC_HEAP_START - 1;
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_BRK, &brk));
	brk.brk = VPROC_HEAP_START + VPROC_HEAP_LIMIT + 1;
	EXPECT_ERRNO(ENOMEM, ioctl(self->fd, VPROC_BRK, &brk));
	brk.brk = 3 * PAGE;
	ASSERT_EQ(0, ioctl(self->fd, VPROC_GROW_HEAP, &brk));
	EXPECT_EQ(VPROC_HEAP_START + 3 * PAGE + 100, brk.brk);
	brk.brk = -1ull;
	EXPECT_ERRNO(ENOMEM, ioctl(self->fd, VPROC_GROW_HEAP, &brk));
	ASSERT_EQ(0, vproc_heap(self->fd, &heap));
	EXPECT_EQ(VPROC_HEAP_START, heap.start);
	EXPECT_EQ(3 * PAGE + 100, heap.size);
	EXPECT_EQ(2, heap.grows);
	ASSERT_EQ(1, regions(self->fd));
	EXPECT_EQ(VPROC_TYPE_HEAP, map.regions[0].type);
	EXPECT_EQ(VPROC_NAME_HEAP, map.regions[0].name);
}

TEST_F(model, stacks)
{
	struct vproc_stack_new new = { .size = 4 * PAGE };
	struct vproc_stack_info info = {};
	__u32 first;

	ASSERT_EQ(0, ioctl(self->fd, VPROC_STACK_NEW, &new));
	first = new.id;
	EXPECT_EQ(VPROC_STACK_END, new.top);
	info.id = first;
	info.addr = VPROC_STACK_END;
	ASSERT_EQ(0, ioctl(self->fd, VPROC_STACK_INFO, &info));
	EXPECT_EQ(VPROC_STACK_END - 4 * PAGE, info.bottom);
	EXPECT_EQ(VPROC_STACK_END, info.sp);
	EXPECT_EQ(3 * PAGE, info.usable_size);
	EXPECT_EQ(PAGE, info.guard_size);
	EXPECT_EQ(VPROC_STACK_SIZE, info.limit);
	EXPECT_EQ(1, info.contains);
	EXPECT_EQ(0, info.in_guard);
	EXPECT_EQ(0, stack_op(self->fd, VPROC_STACK_SP, first, info.bottom));
	EXPECT_ERRNO(EINVAL, stack_op(self->fd, VPROC_STACK_SP, first,
				      info.bottom - 1));
	EXPECT_EQ(0, stack_op(self->fd, VPROC_GROW_STACK, first, PAGE));
	EXPECT_ERRNO(EINVAL, stack_op(self->fd, VPROC_GROW_STACK, first, 0));
	EXPECT_ERRNO(ENOMEM, stack_op(self->fd, VPROC_GROW_STACK, first,
				      VPROC_STACK_SIZE));
	EXPECT_EQ(0, call_touch(self->fd, VPROC_STACK_END - 32 * PAGE,
				PROT_READ));
	info.addr = VPROC_STACK_END - 33 * PAGE;
	ASSERT_EQ(0, ioctl(self->fd, VPROC_STACK_INFO, &info));
	EXPECT_EQ(info.addr, info.bottom);
	EXPECT_EQ(1, info.in_guard);

	new.top = 0;
	ASSERT_EQ(0, ioctl(self->fd, VPROC_STACK_NEW, &new));
	EXPECT_NE(first, new.id);
	EXPECT_GT(VPROC_STACK_END - VPROC_STACK_SIZE, new.top);
	EXPECT_ERRNO(EINVAL, stack_op(self->fd, VPROC_STACK_FREE, first, 1));
	EXPECT_EQ(0, stack_op(self->fd, VPROC_STACK_FREE, first, 0));
	EXPECT_ERRNO(ENOENT, stack_op(self->fd, VPROC_STACK_FREE, first, 0));
	EXPECT_ERRNO(ENOENT, stack_op(self->fd, VPROC_STACK_SP, first, 0));
	EXPECT_ERRNO(ENOENT, stack_op(self->fd, VPROC_GROW_STACK, first, PAGE));
	EXPECT_ERRNO(ENOENT, ioctl(self->fd, VPROC_STACK_INFO, &info));
	EXPECT_EQ(1, regions(self->fd));
}

TEST_F(model, stack_errors)
{
	struct vproc_stack_new bad[] = {
		{ .size = 2 * PAGE - 1 },
		{ .size = 2 * PAGE, .limit = PAGE },
		{ .size = 2 * PAGE, .top = AT + 1 },
		{ .size = 2 * PAGE, .reserved = 1 },
	};
	struct vproc_stack_info info = { .reserved = 1 };
	struct vproc_stack_op op = { .reserved = 1 };

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_STACK_NEW, &bad[i]));
	bad[0] = (struct vproc_stack_new){ .size = 1ull << 60 };
	EXPECT_ERRNO(ENOMEM, ioctl(self->fd, VPROC_STACK_NEW, &bad[0]));
	EXPECT_EQ(AT, call_anon(self->fd, AT, PAGE, RW));
	bad[0] = (struct vproc_stack_new){ .size = 2 * PAGE, .top = AT + PAGE };
	EXPECT_ERRNO(EEXIST, ioctl(self->fd, VPROC_STACK_NEW, &bad[0]));
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_STACK_INFO, &info));
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_STACK_SP, &op));
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_GROW_STACK, &op));
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_STACK_FREE, &op));
}

TEST_F(model, touch)
{
	struct vproc_touch bad = { .addr = AT, .access = PROT_READ,
				   .reserved = 1 };

	EXPECT_EQ(AT, call_anon(self->fd, AT, PAGE, PROT_READ));
	EXPECT_EQ(0, call_touch(self->fd, AT, PROT_READ));
	EXPECT_ERRNO(EACCES, call_touch(self->fd, AT, PROT_WRITE));
	EXPECT_ERRNO(EFAULT, call_touch(self->fd, AT + PAGE, PROT_READ));
	EXPECT_ERRNO(EINVAL, call_touch(self->fd, AT, RW));
	EXPECT_ERRNO(EINVAL, call_touch(self->fd, AT, 0));
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_TOUCH, &bad));
	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_WRITE, &bad));
	EXPECT_ERRNO(EACCES, call_write(self->fd, AT));
	EXPECT_ERRNO(EFAULT, call_write(self->fd, AT + PAGE));
}

TEST_F(model, copy_on_write)
{
	struct vproc_cow_info info = { .addr = AT };
	struct vproc_fork bad = { .flags = O_NONBLOCK };
	int children[3];
	__u64 page;

	EXPECT_ERRNO(EINVAL, ioctl(self->fd, VPROC_FORK, &bad));
	EXPECT_ERRNO(EFAULT, ioctl(self->fd, VPROC_COW_INFO, &info));
	EXPECT_EQ(AT, call_anon(self->fd, AT, 4 * PAGE, RW));
	EXPECT_EQ(AT + 8 * PAGE, call_map(self->fd, AT + 8 * PAGE, PAGE, RW,
					  MAP_SHARED | MAP_FIXED, self->memfd,
					   0));
	EXPECT_EQ(0, call_count(self->fd, AT));
	EXPECT_EQ(0, call_write(self->fd, AT));
	EXPECT_EQ(0, call_write(self->fd, AT + PAGE));
	for (unsigned int i = 0; i < 3; i++) {
		children[i] = call_fork(i ? children[i - 1] : self->fd);
		ASSERT_LE(0, children[i]);
	}
	ASSERT_EQ(0, ioctl(self->fd, VPROC_COW_INFO, &info));
	page = info.page;
	EXPECT_EQ(4, info.count);
	EXPECT_EQ(0, page % PAGE);

	EXPECT_EQ(0, call_write(children[1], AT + 7));
	EXPECT_EQ(3, call_count(self->fd, AT));
	EXPECT_EQ(1, call_count(children[1], AT));
	ASSERT_EQ(0, ioctl(children[2], VPROC_COW_INFO, &info));
	EXPECT_EQ(page, info.page);
	ASSERT_EQ(0, ioctl(children[1], VPROC_COW_INFO, &info));
	EXPECT_NE(page, info.page);
	EXPECT_EQ(0, call_unmap(children[0], AT, PAGE));
	EXPECT_EQ(2, call_count(self->fd, AT));
	EXPECT_EQ(4, call_count(self->fd, AT + PAGE));
	EXPECT_EQ(0, call_protect(children[2], AT, 4 * PAGE, PROT_READ));
	EXPECT_EQ(2, call_count(self->fd, AT));
	close(children[2]);
	EXPECT_EQ(1, call_count(self->fd, AT));
	EXPECT_EQ(3, call_count(self->fd, AT + PAGE));
	/* The file came along, and stays when the parent's mapping goes. */
	EXPECT_EQ(0, call_unmap(self->fd, 0x10000, AT + 64 * PAGE));
	EXPECT_EQ(2, call_count(children[0], AT + PAGE));
	ASSERT_EQ(2, regions(children[0]));
	EXPECT_EQ(AT + PAGE, map.regions[0].start);
	EXPECT_NE(VPROC_NAME_NONE, map.regions[1].name);
	close(children[0]);
	EXPECT_EQ(1, call_count(children[1], AT + PAGE));
	close(children[1]);
}

TEST_F(model, fork_without_descriptors)
{
	struct rlimit limit, none;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 3;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_ERRNO(EMFILE, call_fork(self->fd));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
}

TEST_F(model, queries)
{
	struct vproc_region region;
	char name[64];
	__u64 seq;

	EXPECT_EQ(AT, call_anon(self->fd, AT, PAGE, RW));
	EXPECT_EQ(1, regions(self->fd));
	seq = map.head.seq;
	EXPECT_EQ(1, regions(self->fd));
	EXPECT_EQ(seq, map.head.seq);
	ASSERT_EQ(0, vproc_query(self->fd, AT, 0, &region, name, sizeof(name)));
	EXPECT_EQ(AT, region.start);
	EXPECT_ERRNO(ENOENT, vproc_query(self->fd, AT + PAGE, VPROC_QUERY_NEXT,
					 &region, name, sizeof(name)));
	EXPECT_EQ(0, call_unmap(self->fd, AT, PAGE));
	EXPECT_EQ(0, regions(self->fd));
	EXPECT_LT(seq, map.head.seq);
}

TEST_HARNESS_MAIN
