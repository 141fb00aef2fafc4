// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a tracked process has unmapped and closed is free when that call returns, as
 * if nobody had looked on: it can be executed, locked, unmounted, opened alone.
 */
#define _GNU_SOURCE
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mount.h>

#include "check.h"
#include "lib/file.h"
#include "lib/program.h"

#define RW	(PROT_READ | PROT_WRITE)

/* How often each is done: what vproc holds is let go of at some time or other. */
#define TIMES	60

/* Bytes of a file system that is to be full. */
#define SPACE		(64 * 1024)

static struct vproc_map map;
static char text[VPROC_TEXT_SIZE];

/* What the target uses, too. */
static char dir[64];
static char file[PATH_MAX];
static char program[PATH_MAX];

FIXTURE(letgo)
{
	struct target target;
	int fd;
	pthread_t reader;
	atomic_bool stop;
	unsigned long reads;
};

/* Who looks at it meanwhile. */
FIXTURE_VARIANT(letgo)
{
	bool reads;
};

FIXTURE_VARIANT_ADD(letgo, alone)
{
	.reads = false,
};

FIXTURE_VARIANT_ADD(letgo, and_read)
{
	.reads = true,
};

static void *read_names(void *arg)
{
	struct _test_data_letgo *self = arg;

	while (!atomic_load(&self->stop)) {
		if (vproc_read_map(self->fd, &map) ||
		    vproc_render_map(self->fd, &map, text, sizeof(text)) < 0)
			break;
		self->reads++;
	}
	return NULL;
}

FIXTURE_SETUP(letgo)
{
	strcpy(dir, "/tmp/vproc.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/file", dir);
	ASSERT_EQ(0, program_copy(program, sizeof(program), 0700));
	ASSERT_EQ(0, target_start(&self->target));
	self->fd = vproc_open_attached(self->target.pid, 0);
	ASSERT_LE(0, self->fd);
	if (variant->reads)
		ASSERT_EQ(0, pthread_create(&self->reader, NULL, read_names,
					    self));
}

FIXTURE_TEARDOWN(letgo)
{
	if (variant->reads) {
		atomic_store(&self->stop, true);
		pthread_join(self->reader, NULL);
		EXPECT_LT(0, self->reads);
	}
	EXPECT_SAME(self->fd, self->target.pid);
	EXPECT_NOTHING_MISSED(self->fd);
	close(self->fd);
	target_stop(&self->target);
	program_remove(program);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

/* For the target: map a file, write to it if that is allowed, and close it again. */
static char *map_file(const char *path, int flags)
{
	int prot = flags & O_RDWR ? RW : PROT_READ;
	int fd = open(path, flags | O_CREAT | O_CLOEXEC, 0700);
	char *at;

	if (fd < 0)
		return NULL;
	if (flags & O_RDWR && !lseek(fd, 0, SEEK_END) && ftruncate(fd, PAGE))
		return NULL;
	at = mmap(NULL, PAGE, prot, MAP_SHARED, fd, 0);
	if (at != MAP_FAILED && flags & O_RDWR)
		*(volatile char *)at = *at;
	close(fd);
	return at == MAP_FAILED ? NULL : at;
}

static int use_file(const char *path, int flags)
{
	char *at = map_file(path, flags);

	return at && !munmap(at, PAGE) ? 0 : -1;
}

/* As a linker does, whose output is then run. */
static long write_and_execute(const unsigned long *args)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (unsigned long i = 0; i < args[0]; i++) {
		int status;
		pid_t pid;

		if (use_file(program, O_RDWR))
			return -errno;
		pid = vfork();
		if (!pid) {
			dup2(null, STDIN_FILENO);
			dup2(null, STDOUT_FILENO);
			execl(program, program, NULL);
			_exit(errno);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			return status ?: -1;
	}
	close(null);
	return 0;
}

TEST_F(letgo, what_was_written_can_be_executed)
{
	EXPECT_EQ(0, target_call(&self->target, write_and_execute, TIMES));
}

/* A lock of flock() goes with the last reference to the open file. */
static long lock_and_close(const unsigned long *args)
{
	for (unsigned long i = 0; i < args[0]; i++) {
		int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		char *at;

		if (fd < 0 || ftruncate(fd, PAGE) || flock(fd, LOCK_EX | LOCK_NB))
			return -errno;
		at = mmap(NULL, PAGE, args[1], MAP_PRIVATE, fd, 0);
		if (at == MAP_FAILED || close(fd) || munmap(at, PAGE))
			return -errno;
	}
	return 0;
}

TEST_F(letgo, locks_are_gone)
{
	EXPECT_EQ(0, target_call(&self->target, lock_and_close, TIMES, RW));
	EXPECT_EQ(0, target_call(&self->target, lock_and_close, TIMES,
				 PROT_READ));
}

/* Map a file of a file system of its own, and unmount that. */
static long unmap_and_unmount(const unsigned long *args)
{
	if (mount("vproc", dir, "tmpfs", 0, ""))
		return -errno;
	for (unsigned long i = 0; i < args[0]; i++) {
		if (use_file(file, O_RDWR) || use_file(file, args[1]))
			return -errno;
		if (umount(dir))
			return -errno;
		if (mount("vproc", dir, "tmpfs", 0, ""))
			return -errno;
	}
	return umount(dir) ? -errno : 0;
}

TEST_F(letgo, its_file_system_can_be_unmounted)
{
	EXPECT_EQ(0, target_call(&self->target, unmap_and_unmount, TIMES,
				 O_RDWR));
	EXPECT_EQ(0, target_call(&self->target, unmap_and_unmount, TIMES,
				 O_RDONLY));
}

/* Fill a file system of its own to more than a half, and leave nothing behind. */
static long fill_deleted_file(const unsigned long *args)
{
	static char data[SPACE * 3 / 4];

	for (unsigned long i = 0; i < args[0]; i++) {
		int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		ssize_t written;
		char *at;

		if (fd < 0 || unlink(file))
			return -errno;
		written = write(fd, data, sizeof(data));
		if (written != sizeof(data))
			return written < 0 ? -errno : -ENOSPC;
		at = mmap(NULL, sizeof(data), args[1], MAP_SHARED, fd, 0);
		if (at == MAP_FAILED || close(fd) || munmap(at, sizeof(data)))
			return -errno;
	}
	return 0;
}

TEST_F(letgo, what_a_deleted_file_took)
{
	char option[32];

	snprintf(option, sizeof(option), "size=%d", SPACE);
	ASSERT_EQ(0, mount("vproc", dir, "tmpfs", 0, option));
	EXPECT_EQ(0, target_call(&self->target, fill_deleted_file, TIMES, RW));
	EXPECT_EQ(0, target_call(&self->target, fill_deleted_file, TIMES,
				 PROT_READ));
	EXPECT_EQ(0, umount(dir));
}

/* All huge pages that there are, again and again. */
static long take_huge_pages(const unsigned long *args)
{
	const size_t size = args[1] * HUGE_PAGE;

	for (unsigned long i = 0; i < args[0]; i++) {
		char *at = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS |
				MAP_HUGETLB, -1, 0);

		if (at == MAP_FAILED)
			return -errno;
		for (unsigned long page = 0; page < args[1]; page++)
			at[page * HUGE_PAGE] = 1;
		if (munmap(at, size))
			return -errno;
	}
	return 0;
}

TEST_F(letgo, huge_pages)
{
	int nr = huge_pages_reserve(2);

	if (nr < 1)
		SKIP(return, "no huge pages");
	EXPECT_EQ(0, target_call(&self->target, take_huge_pages, TIMES, nr));
	huge_pages_reserve(0);
}

/* With args[1] the file is deleted then. */
static long map_and_stay(const unsigned long *args)
{
	if (!map_file(file, args[0]))
		return -errno;
	return args[1] && unlink(file) ? -errno : 0;
}

TEST_F(letgo, at_the_end_of_the_process)
{
	static const struct {
		int flags;
		bool deleted;
	} files[] = {
		{ O_RDWR, false }, { O_RDONLY, false }, { O_RDWR, true },
		{ O_RDONLY, true },
	};

	for (unsigned int i = 0; i < TIMES; i++) {
		struct target other;
		int fd;

		ASSERT_EQ(0, mount("vproc", dir, "tmpfs", 0, ""));
		ASSERT_EQ(0, use_file(file, O_RDWR));
		ASSERT_EQ(0, target_start(&other));
		fd = vproc_open_attached(other.pid, 0);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, target_call(&other, map_and_stay,
					 files[i % ARRAY_SIZE(files)].flags,
					 files[i % ARRAY_SIZE(files)].deleted));
		EXPECT_ERRNO(EBUSY, umount(dir));
		EXPECT_EQ(0, target_stop(&other));
		EXPECT_EQ(0, umount(dir));
		close(fd);
	}
}

TEST_HARNESS_MAIN
